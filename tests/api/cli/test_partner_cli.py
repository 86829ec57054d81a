"""`surga partner`: agree, give keys, register operations, and see what a change would break."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from models import AuditEntry, Client, Credential, Grant, StoredDocument
from models.enums import PrincipalKind
from services.access.grants import standard_grants
from services.core.desk import Desk
from services.credentials.identify import identify
from tests.conftest import SECRET
from tests.forking import Program

pytestmark = pytest.mark.slow

Surga = Callable[..., "subprocess.CompletedProcess[str]"]
FILE = """
name: Dinas Kesehatan Kota
purpose: Laporan kesehatan
endsAt: 2099-12-31
budget: {points: 5000, restorePerSecond: 50}
rows: {status: [RESOLVED], receivedFrom: 2026-01-01T00:00:00+07:00}
coordinates:
  Query: [tickets, "tickets(filter:)"]
  TicketConnection: [edges]
  TicketEdge: [node]
  Ticket: [number, status]
documents:
  Daftar: "{ tickets(first: 5) { edges { node { number status } } } }"
"""


@pytest.fixture
def surga(program: Program, desk: Desk, database_url: str, redis_url: str) -> Surga:
    """Run the program on this test's database, in a process of its own."""
    place = {"SURGA_DATABASE_URL": database_url, "SURGA_REDIS_URL": redis_url, "SURGA_SECRET_KEY": SECRET}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **place, "SURGA_ENVIRONMENT": "test", "COLUMNS": "200"}
        return program.run(*words, **environment)

    return run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mitra.yaml"
    path.write_text(FILE)
    return path


async def test_a_file_makes_a_partner_once_and_comes_back_by_export(surga: Surga, file: Path) -> None:
    first, second = surga("partner", "import", str(file)), surga("partner", "import", str(file))
    exported = yaml.safe_load(surga("partner", "export", "Dinas Kesehatan Kota").stdout)

    assert first.stdout == "Dinas Kesehatan Kota is a partner now.\n", first.stderr
    assert second.stdout == "Dinas Kesehatan Kota was so already.\n"
    given = yaml.safe_load(FILE)
    assert {name: sorted(names) for name, names in exported["coordinates"].items()} == given["coordinates"] | {
        "Query": ["tickets", "tickets(filter:)"]
    }
    assert exported["budget"] == given["budget"]
    assert exported["rows"]["status"] == ["RESOLVED"]
    assert exported["documents"] == given["documents"]
    assert (await Grant.get()).version == 1
    assert [entry.kind for entry in await AuditEntry.all().order_by("id")] == ["GRANT_CHANGED", "EXPORTED"]


async def test_keys_are_shown_once_listed_and_revoked(surga: Surga, desk: Desk) -> None:
    surga("partner", "create", "Mitra")
    made = surga("partner", "key", "create", "Mitra", "produksi", "--days", "30", "--network", "203.0.113.0/24")
    token = made.stdout.strip()
    key = await Credential.get()

    scope = await identify(desk, token)
    listed = surga("partner", "key", "list", "Mitra").stdout
    revoked = surga("partner", "key", "revoke", str(key.id))

    assert scope.networks == ("203.0.113.0/24",)
    assert "produksi" in listed
    assert "203.0.113.0/24" in listed
    assert token not in listed
    assert revoked.stdout == f"Key {key.id} is revoked.\n"
    assert (await Credential.get()).revoked_at is not None


@pytest.mark.parametrize("number", [str(2**40), str(2**63), "9" * 40, "-1"])
@pytest.mark.parametrize("command", [("token", "revoke"), ("partner", "key", "revoke")])
def test_a_number_that_was_never_given_out_is_refused(surga: Surga, command: tuple[str, ...], number: str) -> None:
    refused = surga(*command, number)

    assert refused.returncode in (1, 2)
    assert "Traceback" not in refused.stderr
    assert refused.stdout == ""


async def test_the_schema_of_a_partner_is_printed(surga: Surga, file: Path) -> None:
    surga("partner", "import", str(file))

    printed = surga("partner", "schema", "Dinas Kesehatan Kota").stdout

    assert "type Ticket {" in printed
    assert "  title" not in printed
    assert "type Mutation" not in printed


async def test_diff_names_the_operations_that_a_grant_breaks(surga: Surga, file: Path, tmp_path: Path) -> None:
    surga("partner", "import", str(file))
    narrow = tmp_path / "sempit.yaml"
    narrow.write_text(FILE.replace("[number, status]", "[number]"))

    whole = surga("partner", "diff", "Dinas Kesehatan Kota")
    broken = surga("partner", "diff", "Dinas Kesehatan Kota", "--file", str(narrow))

    assert whole.stdout == "Nothing breaks in the 1 registered operations of Dinas Kesehatan Kota.\n"
    assert whole.returncode == 0
    assert broken.stdout.splitlines() == [
        "Dinas Kesehatan Kota: Daftar breaks: Cannot query field 'status' on type 'Ticket'.",
        "- Ticket.status",
    ]
    assert broken.returncode == 1
    assert (await Grant.get()).version == 1


async def test_migrate_reports_what_broke_and_stops_for_nothing(surga: Surga, file: Path) -> None:
    surga("partner", "import", str(file))
    await StoredDocument.create(
        client=await Client.get(), name="Lama", text="{ tickets(first: 1) { gone } }", stored_at="2026-01-01T00:00:00Z"
    )

    done = surga("migrate", "--purpose", "test")

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1:] == [
        "partner Dinas Kesehatan Kota: Lama breaks: Cannot query field 'gone' on type 'TicketConnection'."
    ]


async def test_migrate_gives_partners_from_before_grants_the_standard_one(surga: Surga) -> None:
    await Client.create(kind=PrincipalKind.PARTNER, name="Lama")
    await Client.create(kind=PrincipalKind.DISPLAY, name="Layar")

    done = surga("migrate", "--purpose", "test")

    assert done.returncode == 0, done.stderr
    grant = await Grant.get().prefetch_related("client", "grant_set")
    assert grant.client.name == "Lama"
    assert frozenset(grant.grant_set.coordinates) == standard_grants()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("  Ticket: [number, status]", "  Ticket: [number, rahasia]"),
        ("rows: {status: [RESOLVED],", "rows: {search: lampu,"),
        ("rows: {status: [RESOLVED],", "rows: {agencyCode: [tidak-ada],"),
        ("points: 5000", "points: 0"),
        ("name: Dinas Kesehatan Kota", "nama: Dinas Kesehatan Kota"),
    ],
)
async def test_a_wrong_file_is_one_line_and_changes_nothing(surga: Surga, file: Path, line: str, said: str) -> None:
    spoil(file, line, said)

    done = surga("partner", "import", str(file))

    assert done.returncode == 1
    assert done.stderr.startswith("surga: ")
    assert done.stderr.count("\n") == 1
    assert await Client.all().count() == 0
    assert await Grant.all().count() == 0


def spoil(file: Path, line: str, said: str) -> None:
    file.write_text(FILE.replace(line, said))


async def test_an_unknown_partner_is_one_line(surga: Surga) -> None:
    done = surga("partner", "end", "Siapa")

    assert (done.returncode, done.stderr) == (1, "surga: There is no such partner.\n")
