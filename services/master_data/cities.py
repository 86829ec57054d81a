"""A city's master data: one folder of YAML, read and checked before anything of it reaches the database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from models.enums import AgencyKind, AreaLevel, Channel, ReasonList, Role
from services.access.oversight import DEPUTIES
from services.deadlines.policies import Policy
from services.master_data.city_calendar import FILE as CALENDAR
from services.master_data.city_calendar import CityCalendar, read_calendar
from services.master_data.city_deadlines import check_names, read_deadlines
from services.master_data.city_entries import CityInvalid, Entry, Problems, entries
from services.master_data.city_resolving import FILE as RESOLVING
from services.master_data.city_resolving import read_resolving
from services.reasons.promises import ReporterRule
from services.reasons.reasons import CODES
from services.reasons.resolving import ResolvingRule
from services.search.word_list import WordList, WordListInvalid, read_word_list

FORMAT = 1
SHORT = 40  # letters of a short name at most; our choice: what a row of a wallboard holds
FOLDER = Path(__file__).resolve().parents[2] / "cities"
WORDS = "search.yaml"  # may be missing: a city without it has the stemmer's words
NAME_ANOTHER = "name one by --city or SURGA_CITY_DIR; without both it is Kediri's, which comes with this program."
FILES = (
    "city.yaml",
    "sources.yaml",
    "agencies.yaml",
    "areas.yaml",
    "categories.yaml",
    "channels.yaml",
    "deadlines.yaml",
    "oversight.yaml",
    "reasons.yaml",
    "reporters.yaml",
)


@dataclass(frozen=True, slots=True)
class DatedName:
    """A name of an agency from one day on, to another one included."""

    name: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class CityAgency:
    """short_name is what people in the office say; None where they say the name."""

    code: str
    kind: AgencyKind
    parent: str | None
    area: str | None
    short_name: str | None
    names: tuple[DatedName, ...]

    def name_on(self, day: date) -> str:
        """The name in force on that day; before the first one, the first."""
        current = [dated.name for dated in self.names if dated.valid_from <= day]
        return current[-1] if current else self.names[0].name


@dataclass(frozen=True, slots=True)
class CityArea:
    code: str
    name: str
    level: AreaLevel
    parent: str | None


@dataclass(frozen=True, slots=True)
class CityCategory:
    code: str
    name: str
    parent: str | None
    sp4n: str | None


@dataclass(frozen=True, slots=True)
class CityChannel:
    """The words for a channel, by language (`id`, `en`)."""

    code: Channel
    labels: dict[str, str]


@dataclass(frozen=True, slots=True)
class CityOversight:
    """From valid_from on: the role of deputy examines what no inspector is free to examine; codes are agencies'."""

    inspectorate: str
    deputy: Role
    valid_from: date
    legal_basis: str


@dataclass(frozen=True, slots=True)
class CityReasons:
    """From valid_from on a list offers these codes, in this order."""

    list_name: ReasonList
    codes: tuple[str, ...]
    valid_from: date
    legal_basis: str


@dataclass(frozen=True, slots=True)
class City:
    """One city's folder, checked; parents come before their children in every tuple."""

    folder: Path
    code: str
    name: str
    timezone: str
    number_prefix: str
    version: str
    desk: str | None
    agencies: tuple[CityAgency, ...]
    areas: tuple[CityArea, ...]
    categories: tuple[CityCategory, ...]
    channels: tuple[CityChannel, ...]
    deadlines: tuple[Policy, ...]
    oversight: tuple[CityOversight, ...]
    reasons: tuple[CityReasons, ...]
    reporters: tuple[ReporterRule, ...]
    search: WordList
    calendar: CityCalendar
    resolving: tuple[ResolvingRule, ...]


def load_city(folder: Path) -> City:
    """Read a city's folder. Raises CityInvalid, which names every file and entry that is wrong."""
    _require_files(folder)
    problems = Problems()
    raw = {name: _document(folder, name, problems) for name in FILES}
    problems.raise_if_any()
    sources = _sources(raw["sources.yaml"], problems)
    head = Entry("city.yaml", "the city", raw["city.yaml"], problems, sources)
    agencies = entries("agencies.yaml", raw["agencies.yaml"], problems, sources)
    areas = tuple(_areas(entries("areas.yaml", raw["areas.yaml"], problems, sources)))
    names_from = head.day("names_from")
    found = tuple(_agencies(agencies, names_from))
    city = City(
        folder=folder,
        code=head.text("code", limit=20),
        name=head.text("name", limit=100),
        timezone=head.timezone("timezone"),
        number_prefix=head.matching("number_prefix", r"[A-Z]{2,8}", "2 to 8 capital letters"),
        version=head.text("version"),
        desk=head.optional("desk"),
        agencies=found,
        areas=areas,
        categories=tuple(_categories(entries("categories.yaml", raw["categories.yaml"], problems, sources))),
        channels=tuple(_channels(entries("channels.yaml", raw["channels.yaml"], problems, sources))),
        deadlines=read_deadlines(entries("deadlines.yaml", raw["deadlines.yaml"], problems, sources), problems),
        oversight=tuple(_oversight(entries("oversight.yaml", raw["oversight.yaml"] or [], problems, sources))),
        reasons=tuple(_reasons(entries("reasons.yaml", raw["reasons.yaml"] or [], problems, sources))),
        reporters=tuple(_reporters(entries("reporters.yaml", raw["reporters.yaml"] or [], problems, sources))),
        search=_word_list(folder, problems),
        calendar=_calendar(folder, problems, sources, [agency.code for agency in found]),
        resolving=_resolving(folder, problems, sources, [agency.code for agency in found]),
    )
    head.equals("format", FORMAT)
    head.finish("province")
    _check_references(city, problems)
    problems.raise_if_any()
    return city


def _require_files(folder: Path) -> None:
    """Raises CityInvalid that names the folder once, where it is no folder or lacks files of a city."""
    place = folder.absolute()
    if not folder.is_dir():
        kind = "is no folder" if folder.exists() else "is not there"
        raise CityInvalid((f"The folder of the city, {place}, {kind}: {NAME_ANOTHER}",))
    if missing := [name for name in FILES if not (folder / name).exists()]:
        raise CityInvalid((f"The folder of the city, {place}, lacks {', '.join(missing)}: {NAME_ANOTHER}",))


def find_city(code: str | None) -> Path:
    """The folder, among those that come with this program, of the city with this code. Raises CityInvalid."""
    for head in sorted(FOLDER.glob("*/city.yaml")):
        if yaml.safe_load(head.read_text(encoding="utf-8")).get("code") == code:
            return head.parent
    raise CityInvalid((f"No folder under {FOLDER.name}/ is that of the city {code}: seed the desk first.",))


def _document(folder: Path, name: str, problems: Problems) -> Any:
    try:
        return yaml.safe_load((folder / name).read_text(encoding="utf-8"))
    except OSError as error:
        problems.add(name, "the file", f"cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        problems.add(name, "the file", "is not UTF-8 text")
    except yaml.YAMLError as error:
        problems.add(name, "the file", "is not YAML: " + " ".join(str(error).split()))
    return None


def _word_list(folder: Path, problems: Problems) -> WordList:
    if not (folder / WORDS).exists():
        return WordList()
    try:
        return read_word_list(_document(folder, WORDS, problems))
    except WordListInvalid as invalid:
        for line in invalid.problems:
            problems.add(WORDS, "the file", line)
        return WordList()


def _calendar(folder: Path, problems: Problems, sources: frozenset[str], agencies: list[str]) -> CityCalendar:
    """What the city says of office hours; one without the file works Monday to Friday."""
    if not (folder / CALENDAR).exists():
        return CityCalendar()
    before = len(problems.lines)
    raw = _document(folder, CALENDAR, problems)
    return CityCalendar() if len(problems.lines) > before else read_calendar(raw, problems, sources, agencies)


def _resolving(
    folder: Path, problems: Problems, sources: frozenset[str], agencies: list[str]
) -> tuple[ResolvingRule, ...]:
    """What the city says of who resolves; where it says nothing, liaison officers do."""
    if not (folder / RESOLVING).exists():
        return ()
    before = len(problems.lines)
    raw = _document(folder, RESOLVING, problems)
    return () if len(problems.lines) > before else read_resolving(raw, problems, sources, agencies)


def _sources(raw: Any, problems: Problems) -> frozenset[str]:
    if isinstance(raw, dict) and all(isinstance(item, dict) and item.get("title") for item in raw.values()):
        return frozenset(map(str, raw))
    problems.add("sources.yaml", "the file", "must map each mark to {title, address}")
    return frozenset()


def _areas(found: Iterator[Entry]) -> Iterator[CityArea]:
    for kecamatan in found:
        code = kecamatan.text("code", limit=20)
        yield CityArea(code, kecamatan.text("name", limit=100), AreaLevel.KECAMATAN, None)
        for kelurahan in kecamatan.children("kelurahan"):
            yield CityArea(
                kelurahan.text("code", limit=20), kelurahan.text("name", limit=100), AreaLevel.KELURAHAN, code
            )
            kelurahan.finish()
        kecamatan.finish()


def _agencies(found: Iterator[Entry], names_from: date) -> Iterator[CityAgency]:
    for entry in found:
        yield CityAgency(
            code=entry.text("code", limit=64),
            kind=entry.member("kind", AgencyKind),
            parent=entry.optional("parent"),
            area=entry.optional("area"),
            short_name=entry.text("short", limit=SHORT) if entry.has("short") else None,
            names=tuple(_names(entry, names_from)),
        )
        entry.finish()


def _names(entry: Entry, names_from: date) -> Iterator[DatedName]:
    if not entry.has("names"):
        yield DatedName(entry.text("name", limit=200), names_from, None)
        return
    before: date | None = None
    for dated in entry.children("names", label="name"):
        name = DatedName(dated.text("name", limit=200), dated.day("valid_from"), dated.optional_day("valid_to"))
        if before is not None and name.valid_from <= before:
            dated.wrong("valid_from must come after the name before it has ended")
        before = name.valid_to or name.valid_from
        dated.finish()
        yield name


def _categories(found: Iterator[Entry], parent: str | None = None) -> Iterator[CityCategory]:
    for entry in found:
        code = entry.text("code", limit=64)
        yield CityCategory(code, entry.text("name", limit=200), parent, entry.text("sp4n", limit=200))
        if parent is None:
            yield from _categories(entry.children("children"), code)
        entry.finish()


def _channels(found: Iterator[Entry]) -> Iterator[CityChannel]:
    for entry in found:
        code = entry.member("code", Channel)
        yield CityChannel(code, entry.words("label", ("id", "en")))
        entry.finish()


def _oversight(found: Iterator[Entry]) -> Iterator[CityOversight]:
    for entry in found:
        entry.text("code", limit=64)
        deputy = entry.member("deputy", Role)
        if deputy not in DEPUTIES:
            entry.wrong(f"deputy must be one of {', '.join(DEPUTIES)}")
        yield CityOversight(
            entry.text("inspectorate", limit=64),
            deputy,
            entry.day("valid_from"),
            entry.text("legal_basis", limit=300),
        )
        entry.finish()


def _reasons(found: Iterator[Entry]) -> Iterator[CityReasons]:
    for entry in found:
        entry.text("code", limit=64)
        name = entry.member("list", ReasonList)
        yield CityReasons(
            name,
            entry.choices("codes", CODES[name]),
            entry.day("valid_from"),
            entry.text("legal_basis", limit=300),
        )
        entry.finish()


def _reporters(found: Iterator[Entry]) -> Iterator[ReporterRule]:
    for entry in found:
        entry.text("code", limit=64)
        yield ReporterRule(
            entry.whole("completion_days", least=1, most=366),
            entry.words("contact", ("id", "en")),
            entry.day("valid_from"),
            entry.text("legal_basis", limit=300),
        )
        entry.finish()


def _check_references(city: City, problems: Problems) -> None:
    for file, codes in (
        ("agencies.yaml", [agency.code for agency in city.agencies]),
        ("areas.yaml", [area.code for area in city.areas]),
        ("categories.yaml", [category.code for category in city.categories]),
        ("channels.yaml", [channel.code.value for channel in city.channels]),
        ("oversight.yaml", [f"from {rule.valid_from}" for rule in city.oversight]),
        ("reasons.yaml", [f"{rule.list_name} from {rule.valid_from}" for rule in city.reasons]),
        ("reporters.yaml", [f"from {rule.valid_from}" for rule in city.reporters]),
    ):
        for code in sorted({code for code in codes if codes.count(code) > 1}):
            problems.add(file, f"entry {code}", "stands in the file more than once")
        first: dict[str, str] = {}
        for code in dict.fromkeys(codes):
            other = first.setdefault(code.casefold(), code)
            if other != code:
                problems.add(file, f"entry {code}", f"differs from {other} in case only")
    areas, agencies = {area.code for area in city.areas}, {agency.code for agency in city.agencies}
    if city.desk is not None and city.desk not in agencies:
        problems.add("city.yaml", "the city", f"desk {city.desk} is not in agencies.yaml")
    for rule in city.oversight:
        if rule.inspectorate not in agencies:
            where = f"entry from {rule.valid_from}"
            problems.add("oversight.yaml", where, f"inspectorate {rule.inspectorate} is not in agencies.yaml")
    check_names(city.deadlines, problems, agencies, {category.code for category in city.categories})
    seen: set[str] = set()
    for agency in city.agencies:
        if agency.parent is not None and agency.parent not in seen:
            problems.add("agencies.yaml", f"entry {agency.code}", f"parent {agency.parent} must stand above it")
        if agency.area is not None and agency.area not in areas:
            problems.add("agencies.yaml", f"entry {agency.code}", f"area {agency.area} is not in areas.yaml")
        seen.add(agency.code)
