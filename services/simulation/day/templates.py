"""Cases of one piece: what a report says, and what becomes of it, from cases/ of the city's folder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter
from typing import Any

from models.enums import Classification, ReasonList
from services.reasons.reasons import CODES
from services.simulation.day.places import KINDS, STREET
from services.simulation.day.weights import Weighted, weighted

STYLES = ("chat", "formal", "told")
# What is known of every ticket by its columns, when it is answered.
OF_A_TICKET = frozenset({"alamat", "kelurahan", "kecamatan", "tempat"})


@dataclass(frozen=True, slots=True)
class Span:
    """How long something lasts: in the words of a chat and of a letter, and in days."""

    spoken: str
    written: str
    days: int


@dataclass(frozen=True, slots=True)
class Outside:
    """Whose matter it is instead; late: only the agency that looks at it finds out."""

    agency: str
    reason: str
    referred: bool
    late: bool


@dataclass(frozen=True, slots=True)
class Emergency:
    """How many in a hundred 112 takes, and who goes."""

    per_cent: int
    unit: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Why an agency waits, and how many days at least and at most."""

    reason: str
    days: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Unresolved:
    """How many in a hundred stay unresolved, and what the reporter is told."""

    per_cent: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Template:
    """One thing that people report, with all that belongs to it; days is how long its work takes on average."""

    code: str
    category: str | None
    kind: Classification
    weight: float
    days: float
    place: str
    titles: tuple[str, ...]
    say: Mapping[str, tuple[str, ...]]
    agencies: Weighted[str]
    by_area: bool = False
    support: tuple[str, ...] = ()
    channels: str = "common"
    hours: str | None = None
    months: frozenset[int] = frozenset()
    only: tuple[str, ...] = ()
    spans: tuple[str, ...] = ()
    fill: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    urgent: bool = False
    bare: bool = False
    supervisory: bool = False
    flags: tuple[int, int] | None = None
    reported: Weighted[str] | None = None
    notes: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    outcome: str | None = None
    outside: Outside | None = None
    emergency: Emergency | None = None
    hold: Hold | None = None
    unresolved: Unresolved | None = None
    junk: str | None = None
    patterns: tuple[re.Pattern[str], ...] = ()
    words: frozenset[str] = frozenset()  # all that its reports name

    def title_words(self, title: str) -> dict[str, str] | None:
        """The words that fill a title of this case; None where the title is none of its."""
        for pattern in self.patterns:
            if found := pattern.fullmatch(title):
                return found.groupdict()
        return None

    @property
    def given(self) -> frozenset[str]:
        """What its reports never lack: a place that is named, and a time where they say since when."""
        place = "LOCATION" if self.words & {"jalan", "tempat", "desa"} else ""
        return frozenset({place, "TIME" if "sejak" in self.words else ""})

    def literal(self, title: str) -> int:
        """How many letters of a title are the case's own, and fill none of its words."""
        return len(title) - sum(map(len, (self.title_words(title) or {}).values()))

    @property
    def codes(self) -> Iterator[str]:
        """Every agency that it names."""
        yield from (*self.agencies.items, *self.support)
        if self.reported is not None:
            yield from self.reported.items
        if self.outside is not None:
            yield self.outside.agency


def read_templates(raw: Sequence[Mapping[str, Any]]) -> tuple[Template, ...]:
    """The cases of a file. Raises ValueError, KeyError or TypeError that names the one that is wrong."""
    return tuple(_read(dict(each)) for each in raw)


def _read(raw: dict[str, Any]) -> Template:
    code = raw["code"]
    try:
        template = _template(raw)
        _check(template)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"case {code}: {error!r}") from error
    return template


def _template(raw: dict[str, Any]) -> Template:
    if unknown := set(raw) - set(Template.__dataclass_fields__) | {"patterns", "words"} & set(raw):
        raise ValueError(f"{sorted(unknown)} are no known keys")
    titles = _texts(raw["titles"])
    flags = raw.get("flags")
    return Template(
        code=raw["code"],
        category=raw["category"],
        kind=Classification(raw["kind"]),
        weight=float(raw["weight"]),
        days=float(raw.get("days", 1)),
        place=raw.get("place", STREET),
        titles=titles,
        say={style: _texts(raw["say"][style]) for style in STYLES},
        words=frozenset().union(*(names_in(text) for style in STYLES for text in raw["say"][style])),
        agencies=weighted(raw["agencies"]),
        fill={name: _texts(values) for name, values in raw.get("fill", {}).items()},
        months=frozenset(raw.get("months", ())),
        flags=None if flags is None else (flags["anonymous"], flags["confidential"]),
        reported=weighted(raw["reported"]) if "reported" in raw else None,
        outside=_outside(raw.get("outside")),
        emergency=Emergency(**raw["emergency"]) if "emergency" in raw else None,
        hold=Hold(raw["hold"]["reason"], tuple(raw["hold"]["days"])) if "hold" in raw else None,
        unresolved=Unresolved(**raw["unresolved"]) if "unresolved" in raw else None,
        junk=raw["junk"]["reason"] if "junk" in raw else None,
        patterns=tuple(map(_pattern, titles)),
        **_optional(raw),
    )


def _optional(raw: Mapping[str, Any]) -> dict[str, Any]:
    lists = {name: tuple(raw[name]) for name in LISTS if name in raw}
    return lists | {name: raw[name] for name in PLAIN if name in raw}


LISTS = ("support", "only", "spans", "notes", "answers", "evidence")
PLAIN = ("by_area", "channels", "hours", "urgent", "bare", "supervisory", "outcome")


def _outside(raw: Mapping[str, Any] | None) -> Outside | None:
    if raw is None:
        return None
    return Outside(raw["agency"], raw["reason"], raw["referred"], raw.get("found") == "AGENCY")


def _texts(raw: Sequence[str]) -> tuple[str, ...]:
    texts = tuple(raw)
    if isinstance(raw, str) or not texts or not all(isinstance(text, str) and text for text in texts):
        raise ValueError(f"{raw!r} must be a list of texts")
    return texts


def _pattern(title: str) -> re.Pattern[str]:
    """What a filled title looks like; the same word twice is held to be the same."""
    parts, seen = [], set()
    for text, name, _, _ in Formatter().parse(title):
        parts.append(re.escape(text))
        if name:
            parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>.+)")
            seen.add(name)
    return re.compile("".join(parts))


def names_in(text: str) -> frozenset[str]:
    """The words that a template's text asks for."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)


def _check(template: Template) -> None:
    """Check that a case has all that its kind and its outcomes need. Raises ValueError."""
    known = OF_A_TICKET | frozenset.intersection(*map(names_in, template.titles))
    later = (*template.notes, *template.answers, *template.evidence)
    if template.unresolved is not None:
        later += (template.unresolved.text,)
        _require_code(ReasonList.UNRESOLVED, template.unresolved.reason)
    if unknown := frozenset().union(*map(names_in, later)) - known:
        raise ValueError(f"{sorted(unknown)} can not be known when it is answered")
    if template.outside is not None:
        _require_code(ReasonList.JURISDICTION, template.outside.reason)
    if template.hold is not None:
        _require_code(ReasonList.HOLD_BY_AGENCY, template.hold.reason)
    if template.junk is not None:
        _require_code(ReasonList.ARCHIVE, template.junk)
    elif template.outside is None:
        _require_work(template)


def _require_code(name: ReasonList, code: str) -> None:
    if code not in CODES[name]:
        raise ValueError(f"{code} is no reason of {name}")


def _require_work(template: Template) -> None:
    if not template.notes or not template.answers:
        raise ValueError("it needs notes and answers")
    if template.kind is Classification.COMPLAINT and not template.evidence:
        raise ValueError("a complaint needs evidence")
    if (template.kind is Classification.ASPIRATION) != (template.outcome is not None):
        raise ValueError("an aspiration, and nothing else, needs an outcome")
    if template.outcome is not None:
        _require_code(ReasonList.OUTCOME, template.outcome)


def known_place(place: str, public: Mapping[str, Any]) -> bool:
    """Whether places of this kind can be drawn."""
    return place in KINDS or place in public
