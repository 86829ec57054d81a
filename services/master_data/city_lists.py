"""A city's lists, entry by entry; whatever is wrong is a line of the entry's problems."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from models.enums import AgencyKind, AreaLevel, Channel, ReasonList, Role, Sp4nStatus
from services.access.oversight import DEPUTIES
from services.inputs.sp4n import status_word
from services.master_data.city import (
    CityAgency,
    CityArea,
    CityCategory,
    CityChannel,
    CityOversight,
    CityReasons,
    DatedName,
)
from services.master_data.city_entries import Entry
from services.reasons.promises import ReporterRule
from services.reasons.reasons import CODES

SHORT = 40  # letters of a short name at most; our choice: what a row of a wallboard holds


def read_areas(found: Iterator[Entry]) -> Iterator[CityArea]:
    for kecamatan in found:
        code = kecamatan.text("code", limit=20)
        yield CityArea(code, kecamatan.text("name", limit=100), AreaLevel.KECAMATAN, None)
        for kelurahan in kecamatan.children("kelurahan"):
            yield CityArea(
                kelurahan.text("code", limit=20), kelurahan.text("name", limit=100), AreaLevel.KELURAHAN, code
            )
            kelurahan.finish()
        kecamatan.finish()


def read_agencies(found: Iterator[Entry], names_from: date) -> Iterator[CityAgency]:
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


def read_categories(found: Iterator[Entry], parent: str | None = None) -> Iterator[CityCategory]:
    for entry in found:
        code = entry.text("code", limit=64)
        yield CityCategory(code, entry.text("name", limit=200), parent, entry.text("sp4n", limit=200))
        if parent is None:
            yield from read_categories(entry.children("children"), code)
        entry.finish()


def read_channels(found: Iterator[Entry]) -> Iterator[CityChannel]:
    for entry in found:
        code = entry.member("code", Channel)
        yield CityChannel(code, entry.words("label", ("id", "en")))
        entry.finish()


def read_oversight(found: Iterator[Entry]) -> Iterator[CityOversight]:
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


def read_reasons(found: Iterator[Entry]) -> Iterator[CityReasons]:
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


def read_reporters(found: Iterator[Entry]) -> Iterator[ReporterRule]:
    for entry in found:
        entry.text("code", limit=64)
        yield ReporterRule(
            entry.whole("completion_days", least=1, most=366) if entry.has("completion_days") else None,
            entry.words("contact", ("id", "en")),
            entry.day("valid_from"),
            entry.text("legal_basis", limit=300),
        )
        entry.finish()


def read_sp4n(found_entries: Iterator[Entry]) -> dict[str, Sp4nStatus]:
    """Status by word; whatever is wrong is a line of problems with its entry."""
    found: dict[str, Sp4nStatus] = {}
    for entry in found_entries:
        entry.text("code", limit=64)
        status = entry.member("status", Sp4nStatus)
        for word in (status_word(str(word))[:100] for word in entry.listed("words")):
            if word in found:
                entry.wrong(f"the word {word} stands in the file more than once")
            found[word] = status
        entry.finish()
    return found
