"""One new thing by each recipe of CONTRIBUTING.md: in which files, behind which line, and with which lines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Edit:
    """Lines that come right behind a line that is there once; without one they are a whole new file."""

    behind: str | None
    lines: str

    def make(self, file: Path) -> None:
        if self.behind is None:
            assert not file.exists(), file
            file.write_text(self.lines, "utf-8")
            return
        text = file.read_text("utf-8")
        assert text.count(f"{self.behind}\n") == 1, (file, self.behind)
        file.write_text(text.replace(f"{self.behind}\n", f"{self.behind}\n{self.lines}"), "utf-8")


STATUS = {
    "models/enums/tickets.py": [Edit('    ON_HOLD = "ON_HOLD"', '    WITH_PARTNER = "WITH_PARTNER"\n')],
    "services/core/terms.yaml": [
        Edit(
            '    ON_HOLD: {term: "ditunda, with a reason and a date; clocks pause", id: Ditunda, en: On hold}',
            "    WITH_PARTNER: {term: pada mitra, id: Pada mitra, en: With a partner}\n",
        )
    ],
    "docs/glossary.md": [
        Edit(
            "| `ON_HOLD` | Ditunda | Ditunda sampai tanggalnya | tunda | S17, S36 |",
            "| `WITH_PARTNER` | Pada mitra | Pada mitra | - | unverified |\n",
        )
    ],
    "services/tickets/table/rules.py": [
        Edit(
            "RULES = (",
            """    Moves((S.ON_HOLD,), S.WITH_PARTNER, BY.CHANGE_STATUS, Who.DESK, reporter_text="told.WITH_PARTNER"),
""",
        )
    ],
    "services/core/texts/rules.yaml": [
        Edit(
            '  en: "Your report is being worked on by [{agency}|the agency in charge]."',
            """told.WITH_PARTNER:
  id: "Laporan Anda dikerjakan bersama mitra."
  en: "A partner works on your report, too."
""",
        ),
    ],
    "tests/services/tickets/test_move_table.py": [
        Edit(
            "    S.ARCHIVED: (set(), set(), {REOPEN}),\n}",
            """EXPECTED[S.ON_HOLD][2].add((BY.CHANGE_STATUS, S.WITH_PARTNER))
EXPECTED[S.WITH_PARTNER] = (set(), set(), {MERGE, *change(S.ARCHIVED)})
""",
        )
    ],
}
FILTER = {
    "services/access/filters/filters.py": [
        Edit(
            "    external_id: Annotated[str | None, FieldRule(needs.NOTHING)] = None",
            "    urgent: Annotated[bool | None, FieldRule(needs.STAFF_ONLY)] = None\n",
        ),
        Edit(
            """    if wanted.assignee_id is not None:
        parts.append(Among("assignee", (wanted.assignee_id,)))""",
            """    if wanted.urgent is not None:
        parts.append(Flag("supervisory", wanted.urgent))
""",
        ),
    ],
    "schema/tickets/filters.py": [
        Edit(
            "    kelurahan_code: list[str] | None = None",
            "    urgent: bool | None = None\n",
        )
    ],
}
COLUMN = {
    "models/tickets.py": [
        Edit(
            "    reopen_count = fields.IntField(db_default=0)", "    escalation_count = fields.IntField(db_default=0)\n"
        )
    ],
    "models/migrations/0046_escalation_counts.py": [
        Edit(
            None,
            '''"""Tickets count how often they were taken higher."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("models", "0045_indexes_of_open_tickets")]

    initial = False

    operations = [
        ops.AddField(model_name="Ticket", name="escalation_count", field=fields.IntField(db_default=0)),
    ]
''',
        )
    ],
    "services/access/ticket_fields.py": [
        Edit(
            '    TicketField("reopen_count", "reopens", "reopen_count", "reopenCount", Kind.COUNT, open=True),',
            '    TicketField("escalation_count", "escalations", "escalation_count", "escalationCount", Kind.COUNT, '
            "open=True),\n",
        )
    ],
    "schema/tickets/tickets.py": [
        Edit(
            '    reopen_count: int = strawberry.field(description="How often it was reopened.")',
            '    escalation_count: int = strawberry.field(description="How often it was taken higher.")\n',
        )
    ],
}
CHANNEL = {
    "models/enums/tickets.py": [Edit('    WHATSAPP = "WHATSAPP"', '    TELEGRAM = "TELEGRAM"\n')],
    "services/core/terms.yaml": [
        Edit(
            "    WHATSAPP: {term: WhatsApp, id: WhatsApp Lapor Mbak Wali 112, en: WhatsApp Lapor Mbak Wali 112}",
            "    TELEGRAM: {term: Telegram, id: Telegram, en: Telegram}\n",
        )
    ],
    "docs/glossary.md": [
        Edit("| `WHATSAPP` | WhatsApp Lapor Mbak Wali 112 | S10 |", "| `TELEGRAM` | Telegram | unverified |\n")
    ],
    "cities/kediri/channels.yaml": [
        Edit(
            "- {code: WHATSAPP, label: {id: WhatsApp Lapor Mbak Wali 112, en: WhatsApp Lapor Mbak Wali 112}, "
            "source: [S10]}",
            "- {code: TELEGRAM, label: {id: Telegram, en: Telegram}, unverified: true}\n",
        )
    ],
}
EVENT = {
    "models/enums/events.py": [
        Edit('    NOTE_ADDED = "NOTE_ADDED"', '    CALLED_BACK = "CALLED_BACK"\n'),
        Edit("        EventKind.NOTE_ADDED,", "        EventKind.CALLED_BACK,\n"),
    ],
    "services/core/terms.yaml": [
        Edit("    NOTE_ADDED: {id: Catatan, en: Note}", "    CALLED_BACK: {id: Pelapor ditelepon, en: Called back}\n")
    ],
    "services/tickets/editing.py": [
        Edit(
            '        case.record(EventKind.NOTE_ADDED, text=kept, changed=("timeline",), '
            "visibility=visibility, details=details)\n    return case.done()",
            '''

async def call_back(desk: Desk, scope: Scope, ticket_id: int) -> Done:
    """Say that the reporter was called back."""
    async with locked_case(desk, scope, ticket_id) as case:
        if not access.handles(scope.sight, case.state):
            raise Forbidden("NOT_YOUR_TICKET")
        case.record(EventKind.CALLED_BACK, changed=("timeline",))
    return case.done()
''',
        )
    ],
}
MUTATION = {
    "services/staff/staff.py": [
        Edit(
            "    return found, AuditKind.ACCOUNT_CHANGED",
            '''

async def close_sessions(desk: Desk, scope: Scope, officer_id: int) -> Officer:
    """End whatever is open of an account, say after a telephone was lost."""
    require_admin(scope, ADMIN_ONLY)
    async with account_changes(desk, scope) as changes:
        officer = await changes.officer(officer_id)
        await changes.end_credentials(officer.id, End.ACCOUNT_ENDED)
    return officer
''',
        )
    ],
    "schema/staff/mutations.py": [
        Edit("from schema.core.context import Context, Info", "from schema.core.pasted import Pasted\n"),
        Edit(
            "from services.staff.pages import account_by_id",
            """

@strawberry.input
class CloseSessionsInput(Pasted):
    id: strawberry.ID
    client_mutation_id: str | None = None
""",
        ),
        Edit(
            "        return echoed(shown.AcceptInvitationPayload(email=officer.email), input)",
            """
    @strawberry.mutation(description="Akhiri semua sesi: an account whose telephone was lost. For admins.")
    async def close_sessions(self, info: Info, input: CloseSessionsInput) -> shown.StaffPayload:  # noqa: A002
        context = info.context
        use_case = staff.close_sessions(context.desk, context.scope, _officer(input.id))
        return echoed(await _payload(context, use_case), input)
""",
        ),
    ],
    "services/access/open_fields.py": [Edit('    "Mutation": (', '        "closeSessions "\n')],
    "web/admin/operations/close-sessions.graphql": [
        Edit(
            None,
            """mutation CloseSessions($input: CloseSessionsInput!) {
  closeSessions(input: $input) {
    account {
      id
      version
    }
    errors {
      code
      message
      path
    }
  }
}
""",
        )
    ],
}
AUDIT = {
    "models/enums/audit.py": [Edit('    ACCOUNT_ENDED = "ACCOUNT_ENDED"', '    ACCOUNT_CLOSED = "ACCOUNT_CLOSED"\n')],
    "services/core/terms.yaml": [
        Edit(
            "    ACCOUNT_ENDED: {term: akun dinonaktifkan, id: Akun dinonaktifkan, en: Account deactivated}",
            "    ACCOUNT_CLOSED: {term: sesi akun diakhiri, id: Sesi akun diakhiri, en: Sessions ended}\n",
        )
    ],
    "services/staff/staff.py": [
        Edit(
            "        officer = await changes.officer(officer_id)\n"
            "        await changes.end_credentials(officer.id, End.ACCOUNT_ENDED)",
            "        await changes.record(AuditKind.ACCOUNT_CLOSED, officer.id)\n",
        )
    ],
}
# By the heading of CONTRIBUTING.md: what is added, and how many files it may take.
RECIPES: dict[str, tuple[dict[str, list[Edit]], int]] = {
    "A ticket status": (STATUS, 6),
    "A field of the filter": (FILTER, 2),
    "A column of the ticket": (COLUMN, 5),
    "A channel": (CHANNEL, 4),
    "A kind of event": (EVENT, 3),
    "A mutation": (MUTATION, 4),
    "A kind of audit entry": (AUDIT, 3),
}
