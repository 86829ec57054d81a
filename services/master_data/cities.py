"""A city's master data: one folder of YAML, read and checked before anything of it reaches the database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from models.enums import Sp4nStatus
from services.deadlines.escalation.rules import EscalationRule
from services.deadlines.holds import HoldRule
from services.inputs.yaml_text import read_yaml
from services.master_data.city import City, CityNotifications, CityOverdueLimit
from services.master_data.city_calendar import FILE as CALENDAR
from services.master_data.city_calendar import CityCalendar, read_calendar
from services.master_data.city_deadlines import read_deadlines
from services.master_data.city_entries import CityInvalid, Entry, Problems, entries
from services.master_data.city_escalations import FILE as ESCALATIONS
from services.master_data.city_escalations import read_escalations
from services.master_data.city_holds import FILE as HOLDS
from services.master_data.city_holds import WALLBOARD, read_holds, read_overdue_limits
from services.master_data.city_lists import (
    read_agencies,
    read_areas,
    read_categories,
    read_channels,
    read_oversight,
    read_reasons,
    read_reporters,
    read_sp4n,
)
from services.master_data.city_notifications import FILE as NOTIFICATIONS
from services.master_data.city_notifications import read_notifications
from services.master_data.city_references import check_references
from services.master_data.city_resolving import FILE as RESOLVING
from services.master_data.city_resolving import read_resolving
from services.reasons.resolving import ResolvingRule
from services.search.word_list import WordList, WordListInvalid, read_word_list

FORMAT = 1
FOLDER = Path(__file__).resolve().parents[2] / "cities"
SP4N = "sp4n.yaml"  # may be missing: then every word of SP4N-LAPOR! is unknown, and kept
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


def load_city(folder: Path) -> City:
    """Read a city's folder. Raises CityInvalid, which names every file and entry that is wrong."""
    _require_files(folder)
    problems = Problems()
    raw = {name: _document(folder, name, problems) for name in FILES}
    problems.raise_if_any()
    city = _city(folder, raw, problems)
    check_references(city, problems)
    problems.raise_if_any()
    return city


def _city(folder: Path, raw: dict[str, Any], problems: Problems) -> City:
    """What each file says by itself; what is wrong with it is noted, and how the files fit is for others to ask."""
    sources = _sources(raw["sources.yaml"], problems)
    head = Entry("city.yaml", "the city", raw["city.yaml"], problems, sources)
    agencies = entries("agencies.yaml", raw["agencies.yaml"], problems, sources)
    areas = tuple(read_areas(entries("areas.yaml", raw["areas.yaml"], problems, sources)))
    names_from = head.day("names_from")
    found = tuple(read_agencies(agencies, names_from))
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
        categories=tuple(read_categories(entries("categories.yaml", raw["categories.yaml"], problems, sources))),
        channels=tuple(read_channels(entries("channels.yaml", raw["channels.yaml"], problems, sources))),
        deadlines=read_deadlines(entries("deadlines.yaml", raw["deadlines.yaml"], problems, sources), problems),
        oversight=tuple(read_oversight(entries("oversight.yaml", raw["oversight.yaml"] or [], problems, sources))),
        reasons=tuple(read_reasons(entries("reasons.yaml", raw["reasons.yaml"] or [], problems, sources))),
        reporters=tuple(read_reporters(entries("reporters.yaml", raw["reporters.yaml"] or [], problems, sources))),
        search=_word_list(folder, problems),
        calendar=_calendar(folder, problems, sources, [agency.code for agency in found]),
        resolving=_resolving(folder, problems, sources, [agency.code for agency in found]),
        notifications=_notifications(folder, problems, sources),
        holds=_holds(folder, problems, sources),
        overdue_limits=_overdue_limits(folder, problems, sources),
        escalations=_escalations(folder, problems, sources),
        sp4n=_sp4n(folder, problems, sources),
    )
    head.equals("format", FORMAT)
    head.finish("province")
    return city


def _require_files(folder: Path) -> None:
    """Raises CityInvalid that names the folder once, where it is no folder or lacks files of a city."""
    path = folder.absolute()
    if not folder.is_dir():
        kind = "is no folder" if folder.exists() else "is not there"
        raise CityInvalid((f"The folder of the city, {path}, {kind}: {NAME_ANOTHER}",))
    if missing := [name for name in FILES if not (folder / name).exists()]:
        raise CityInvalid((f"The folder of the city, {path}, lacks {', '.join(missing)}: {NAME_ANOTHER}",))


def find_city(code: str | None) -> Path:
    """The folder, among those that come with this program, of the city with this code. Raises CityInvalid."""
    for head in sorted(FOLDER.glob("*/city.yaml")):
        if read_yaml(head.read_text(encoding="utf-8")).get("code") == code:
            return head.parent
    raise CityInvalid((f"No folder under {FOLDER.name}/ is that of the city {code}: seed the desk first.",))


def _document(folder: Path, name: str, problems: Problems) -> Any:
    try:
        return read_yaml((folder / name).read_text(encoding="utf-8"))
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


def _notifications(folder: Path, problems: Problems, sources: frozenset[str]) -> tuple[CityNotifications, ...]:
    """What the city says of how long notifications are kept."""
    if not (folder / NOTIFICATIONS).exists():
        return ()
    before = len(problems.lines)
    raw = _document(folder, NOTIFICATIONS, problems)
    return () if len(problems.lines) > before else read_notifications(raw, problems, sources)


def _overdue_limits(folder: Path, problems: Problems, sources: frozenset[str]) -> tuple[CityOverdueLimit, ...]:
    """What the city says of when its board alarms; where it says nothing, it never does."""
    if not (folder / WALLBOARD).exists():
        return ()
    before = len(problems.lines)
    raw = _document(folder, WALLBOARD, problems)
    return () if len(problems.lines) > before else read_overdue_limits(raw, problems, sources)


def _sp4n(folder: Path, problems: Problems, sources: frozenset[str]) -> dict[str, Sp4nStatus]:
    """What the words of SP4N-LAPOR! mean; where the city says nothing, all are unknown."""
    if not (folder / SP4N).exists():
        return {}
    before = len(problems.lines)
    raw = _document(folder, SP4N, problems)
    return {} if len(problems.lines) > before else read_sp4n(entries(SP4N, raw or [], problems, sources))


def _holds(folder: Path, problems: Problems, sources: frozenset[str]) -> tuple[HoldRule, ...]:
    """What the city says of how long agencies hold reports; where it says nothing, nothing bounds it."""
    if not (folder / HOLDS).exists():
        return ()
    before = len(problems.lines)
    raw = _document(folder, HOLDS, problems)
    return () if len(problems.lines) > before else read_holds(raw, problems, sources)


def _escalations(folder: Path, problems: Problems, sources: frozenset[str]) -> tuple[EscalationRule, ...]:
    """The rungs of the city's ladder; one without the file escalates nothing by itself."""
    if not (folder / ESCALATIONS).exists():
        return ()
    before = len(problems.lines)
    raw = _document(folder, ESCALATIONS, problems)
    return () if len(problems.lines) > before else read_escalations(raw, problems, sources)


def _sources(raw: Any, problems: Problems) -> frozenset[str]:
    if isinstance(raw, dict) and all(isinstance(item, dict) and item.get("title") for item in raw.values()):
        return frozenset(map(str, raw))
    problems.add("sources.yaml", "the file", "must map each mark to {title, address}")
    return frozenset()
