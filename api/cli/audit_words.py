"""What is wrong with the audit log, in sentences for operators."""

from __future__ import annotations

from services.audit.verification import Finding, Wrong

SENTENCES = {
    Wrong.CHANGED: "{entry} was changed after it was sealed.",
    Wrong.REMOVED: "{entry} was removed.",
    Wrong.INSERTED: "{entry} was inserted: Surga did not write it.",
    Wrong.UNSEALED: "{entry} has no place in the chain and waits for none: it was inserted, or its seal was removed.",
    Wrong.UNLINKED: "{entry} does not follow from the entry before it: a seal was changed, moved or inserted here.",
    Wrong.UNKNOWN_KEY: "{entry} was inserted, or written under another SURGA_SECRET_KEY (see --earlier-key).",
    Wrong.CUT: "The log was cut: position {position}, of which a head was kept, is gone.",
    Wrong.REWRITTEN: "{entry} does not have the head that was kept: something up to here was rewritten.",
    Wrong.LOST: "Position {position}, of which a head was kept, was lost when the database was restored or failed over "
    "(see LOG_ADOPTED). Was that head kept after it? Then this is CUT or REWRITTEN: say when, as HASH@N@TIME.",
}
EXPLAINED = (
    "Position {position}, of which a head was kept, was lost when the database was restored or failed over, after that "
    "head was kept (see LOG_ADOPTED). That is known, and nothing is wrong."
)


def sentence(finding: Finding) -> str:
    """One finding; it begins with its code so that programs can read it too."""
    if finding.wrong is Wrong.GAP:
        return f"GAP: Positions {finding.position} to {finding.until} were removed, with their entries or without."
    words = (EXPLAINED if finding.explained else SENTENCES[finding.wrong]).format(
        entry=_entry(finding), position=finding.position
    )
    return f"{finding.wrong}: {words}"


def _entry(finding: Finding) -> str:
    at_position = "" if finding.position is None else f" at position {finding.position}"
    when = "" if finding.at is None else f" of {finding.at:%Y-%m-%dT%H:%M:%SZ}"
    return f"Entry {finding.entry_id}{at_position}{when}"
