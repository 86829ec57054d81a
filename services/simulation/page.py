"""Reports of the simulation as a page for people: what came in, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from models.enums import EventKind, TicketStatus
from realtime.log import NewEvent
from services.core.labels import labels
from services.core.messages import say, written_day
from services.simulation.day.rhythm import Load
from services.simulation.lives import Life
from services.simulation.offline import offline_simulation
from services.simulation.scenario import Scenario

LANGUAGE = "id"
FIRST_DAY = date(2026, 2, 2)  # a Monday without days off in its week; any other would do
WEEKDAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
FLAGS = {"anonymous": "anonim", "confidential": "rahasia", "supervisory": "berkadar pengawasan"}


def page(scenario: Scenario, count: int, seed: int, load: Load) -> str:
    """So many reports of a made-up week in Markdown, from its Monday on; the same seed gives the same page."""
    zone = ZoneInfo(scenario.city.timezone)
    days = 1 + count // scenario.rhythm.least(load)
    lives = offline_simulation(scenario, seed).lives(FIRST_DAY, days, load)[:count]
    parts = ["\n".join(_report(scenario, life, number, zone)) for number, life in enumerate(lives, start=1)]
    return "\n\n".join(parts) + "\n"


def _report(scenario: Scenario, life: Life, number: int, zone: ZoneInfo) -> Iterator[str]:
    row, form = life.row, life.form
    yield f"### {number}. {form.title}"
    yield ""
    yield f"*{' · '.join(_about(scenario, life, zone))}*"
    yield ""
    yield from (f"> {line}".rstrip() for line in form.body.split("\n"))
    yield ""
    if form.kelurahan_code or form.address:
        yield f"- Lokasi: {', '.join(_location(scenario, life))}"
    for event in life.events[1:]:
        if line := _line(scenario, life, event):
            yield f"- {_moment(event.at, zone)}: {line}"
    yield f"- Akhir: {labels(LANGUAGE)['TicketStatus'][row['status']]}"


def _about(scenario: Scenario, life: Life, zone: ZoneInfo) -> Iterator[str]:
    row, words = life.row, labels(LANGUAGE)
    yield _moment(row["received_at"], zone)
    yield next(each.labels[LANGUAGE] for each in scenario.city.channels if each.code is row["channel"])
    if life.form.template.category:
        yield next(each.name for each in scenario.city.categories if each.code == life.form.template.category)
    if row["classification"]:
        yield words["Classification"][row["classification"]]
    yield from (word for column, word in FLAGS.items() if row[column])
    if life.form.reported_agency_code:
        yield f"terlapor: {scenario.short_name_of(life.form.reported_agency_code)}"


def _location(scenario: Scenario, life: Life) -> Iterator[str]:
    if life.form.address:
        yield life.form.address
    if life.form.kelurahan_code:
        yield f"Kelurahan {scenario.places.about(life.form.kelurahan_code)['kelurahan']}"


def _line(scenario: Scenario, life: Life, event: NewEvent) -> str | None:
    """What is worth reading of an entry; None for all else."""
    text = next((each.body for each in life.texts if each.id == event.text_id), "")
    after, before = event.after or {}, event.before or {}
    if event.kind is EventKind.DISPATCHED:
        if before.get("lead") == after["lead"]:
            return f"instansi pendukung ditambah. {text}"
        lead = scenario.city.agencies[after["lead"] - 1]
        return f"diteruskan ke {lead.short_name or lead.code}" + (f". {text}" if text else "")
    if event.kind is EventKind.NOTE_ADDED:
        return f"catatan internal: {text}"
    if event.kind is EventKind.ANSWER_SENT:
        return f"jawaban: {text}"
    if event.kind is EventKind.RETURNED:
        return f"dikembalikan: {_reason(event)}"
    if event.kind is EventKind.REOPENED:
        return f"dibuka kembali: {_reason(event)}"
    if event.kind is EventKind.MERGED:
        return "digabungkan dengan laporan sebelumnya tentang hal yang sama"
    if event.kind is EventKind.STATUS_CHANGED and after["status"] != before["status"]:
        return _change(event, TicketStatus(after["status"]), text)
    return None


def _change(event: NewEvent, to: TicketStatus, text: str) -> str:
    word = labels(LANGUAGE)["TicketStatus"][to].lower()
    said = [part for part in (_reason(event), text) if part]
    until = event.after and event.after["hold_until"]
    if until:
        said.append(f"sampai {written_day(date.fromisoformat(until), LANGUAGE)}")
    return f"{word}: {'. '.join(said)}" if said else word


def _reason(event: NewEvent) -> str:
    """The words of an entry's reason, empty where it has none."""
    code = event.details.get("reason")
    return "" if code is None else say(f"reason.{code}", LANGUAGE)


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{WEEKDAYS[local.weekday()]}, {written_day(local.date(), LANGUAGE)}, pukul {local:%H.%M} WIB"
