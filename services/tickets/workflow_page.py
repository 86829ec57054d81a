"""docs/workflow.md, written from the table of moves.

Run `python -m services.tickets.workflow_page > docs/workflow.md`.
"""

from __future__ import annotations

import sys

from models.enums import CLOSED_STATUSES, TicketStatus
from services.core.labels import labels
from services.core.messages import say
from services.tickets.workflow import MOVES, MUTATION_NAMES, Given, Move

HEAD = """# The way of a ticket

This page is generated from the table in `services/tickets/workflow.py`; a test compares the two. Change the table, then
run `python -m services.tickets.workflow_page > docs/workflow.md`.

The coordinator may make every move of the table; a move of an agency is then recorded as made on its behalf. For a
supervisory ticket (berkadar pengawasan) the inspector does what the coordinator does, and nobody with a post in the
reported agency even sees it. It is never dispatched to that agency; while none is named, to the inspectorate only.
Supporting agencies write notes and drafts, and make no moves.

A return counts one bounce and leads back to VERIFIED; reopening is counted; neither touches the time of receipt.
Merging archives the duplicate, which keeps its number and points to the other ticket; reopening takes it back.
"""


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join([HEAD, *_statuses(), "", *_diagram(), "", *_table(), "", *_reasons(), ""])


def _statuses() -> list[str]:
    words = labels("id")["TicketStatus"]
    rows = [
        f"| {status} | {words[status]} | {'closed' if status in CLOSED_STATUSES else 'open'} |"
        for status in TicketStatus
    ]
    return ["## Statuses", "", "| status | istilah | |", "|---|---|---|", *rows]


def _diagram() -> list[str]:
    names = [f'    state "{words}" as {status}' for status, words in labels("id")["TicketStatus"].items()]
    arrows = [f"    {source} --> {to}: {', '.join(by)}" for (source, to), by in _arrows().items()]
    return ["## Picture", "", "```mermaid", "stateDiagram-v2", *names, "    [*] --> RECEIVED", *arrows, "```"]


def _arrows() -> dict[tuple[TicketStatus, TicketStatus], list[str]]:
    """The mutations that lead from one status to another; merging would draw an arrow from everywhere."""
    arrows: dict[tuple[TicketStatus, TicketStatus], list[str]] = {}
    for move in MOVES:
        names = arrows.setdefault((move.source, move.to), [])
        if MUTATION_NAMES[move.by] not in names:
            names.append(MUTATION_NAMES[move.by])
    return {pair: names for pair, names in arrows.items() if names != ["mergeTicket"]}


def _table() -> list[str]:
    head = ["| from | to | by | who | needs | only | the reporter is told |", "|---|---|---|---|---|---|---|"]
    ordered = sorted(MOVES, key=lambda move: list(TicketStatus).index(move.source))
    return ["## Moves", "", *head, *(_row(move) for move in ordered)]


def _row(move: Move) -> str:
    words = labels("en")["MoveNeed"]
    needs = ", ".join(words[need].lower() for need in move.needs) or "-"
    only = "-" if move.given is Given.ANYTHING else say(f"given.{move.given}", "en")
    reporter_text = say(move.reporter_text) if move.reporter_text else "-"
    cells = (move.source, move.to, MUTATION_NAMES[move.by], say(f"who.{move.who}", "en"), needs, only, reporter_text)
    return f"| {' | '.join(cells)} |"


def _reasons() -> list[str]:
    groups: dict[tuple[str, ...], list[Move]] = {}
    for move in MOVES:
        if move.reason_codes:
            groups.setdefault(move.reason_codes, []).append(move)
    lines = ["## Reason codes", ""]
    for codes, moves in groups.items():
        lines += [_reason_title(moves), "", "| code | alasan | reason |", "|---|---|---|"]
        lines += [f"| {code} | {say(f'reason.{code}')} | {say(f'reason.{code}', 'en')} |" for code in codes]
        lines.append("")
    return lines[:-1]


def _reason_title(moves: list[Move]) -> str:
    ways = sorted({f"{move.source} to {move.to}" for move in moves})
    return f"### {MUTATION_NAMES[moves[0].by]}: {', '.join(ways)}"


if __name__ == "__main__":
    sys.stdout.write(page())
