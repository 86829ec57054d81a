"""`surga admin` and `surga staff`: the first admin, staff out of a file, links that are printed once, and ends."""

from __future__ import annotations

import csv
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.cli.links import base_url
from api.settings import Settings
from models import Assignment, Invitation, Officer
from models.enums import Role
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal
from services.credentials import invitations
from services.credentials.identify import identify
from services.credentials.sign_in import SignIn, sign_in
from tests.conftest import SECRET
from tests.factories import make_agency, make_officer
from tests.forking import Program

pytestmark = pytest.mark.slow

Surga = Callable[..., "subprocess.CompletedProcess[str]"]
PASSWORD = "kuda lumping menari"
FILE = """email,name,agency_code,role,valid_from,valid_to
sari@kediri.example,Sari Dewi,DISHUB,OFFICER,2025-01-01,
budi@kediri.example,Budi,DISHUB,LIAISON,2025-01-01,2099-12-31
"""


@pytest.fixture
def surga(program: Program, desk: Desk, database_url: str, redis_url: str, tmp_path: Path) -> Surga:
    """Run the program on this test's database, in a process of its own."""
    place = {"SURGA_DATABASE_URL": database_url, "SURGA_REDIS_URL": redis_url, "SURGA_SECRET_KEY": SECRET}

    def run(*words: str, **told: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **place, "SURGA_ENVIRONMENT": "test", "COLUMNS": "200", **told}
        environment["SURGA_DATA_DIR"] = str(tmp_path)
        return program.run(*words, **environment)

    return run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "petugas.csv"
    path.write_text(FILE)
    return path


async def test_the_first_admin_of_a_new_desk_comes_in_by_a_link(surga: Surga, desk: Desk) -> None:
    assert surga("seed").returncode == 0

    done = surga("admin", "create", "Kepala@Kediri.example", SURGA_HOSTS="lapor.example.go.id", SURGA_HTTPS="true")

    assert done.returncode == 0, done.stderr
    [link] = done.stdout.splitlines()
    start, _, token = link.partition("#token=")
    assert start == "https://lapor.example.go.id/invite"
    # The clock of the program is the real one, that of this test stands in March.
    await Invitation.all().update(expires_at=desk.now() + desk.rules.invitation_lifetime)
    await Assignment.all().update(valid_from=desk.today())
    officer = await invitations.accept(desk, token, PASSWORD, "0" * 32)
    scope = await identify(desk, (await sign_in(desk, SignIn("kepala@kediri.example", PASSWORD))).token)
    assert (officer.name, scope.roles) == ("Kepala", frozenset({Role.ADMIN}))
    assert (await Assignment.get().prefetch_related("agency")).agency.code == "DISKOMINFO"


async def test_an_officer_becomes_an_admin_and_twice_is_a_new_link(surga: Surga, desk: Desk) -> None:
    agency = await make_agency("DISHUB")
    officer = await make_officer(agency, Role.COORDINATOR)

    first = surga("admin", "create", officer.email, "--url", "http://meja.example/")
    second = surga("admin", "create", officer.email)

    assert first.stdout.startswith("http://meja.example/invite#token=srg_"), first.stderr
    assert second.stdout.startswith("http://127.0.0.1:8000/invite#token=srg_")
    roles = await Assignment.filter(officer_id=officer.id).order_by("id").values_list("role", "agency_id")
    assert roles == [(Role.COORDINATOR, agency.id), (Role.ADMIN, agency.id)]
    assert await Invitation.all().count() == 1
    assert (await Officer.get(id=officer.id)).name == officer.name


async def test_an_admin_needs_an_agency_that_somebody_knows(surga: Surga, desk: Desk) -> None:
    await make_agency("DISHUB")

    unknown = surga("admin", "create", "kepala@kediri.example")
    wrong = surga("admin", "create", "kepala@kediri.example", "--agency", "TIDAK-ADA")
    right = surga("admin", "create", "kepala@kediri.example", "--agency", "DISHUB", "--name", "Ibu Kepala")

    assert (unknown.returncode, unknown.stderr.count("\n")) == (1, 1)
    assert "--agency" in unknown.stderr
    assert (wrong.returncode, wrong.stderr) == (1, "surga: The agency is unknown or no longer active.\n")
    assert right.returncode == 0
    assert await Officer.all().values_list("name", flat=True) == ["Ibu Kepala"]


async def test_a_file_comes_in_once_after_a_rehearsal(surga: Surga, file: Path) -> None:
    await make_agency("DISHUB")

    rehearsed = surga("staff", "import", str(file), "--dry-run")
    assert await Officer.all().count() == 0
    done, again = surga("staff", "import", str(file)), surga("staff", "import", str(file))

    said = "2 rows: 2 accounts added, 0 changed; 2 assignments added, 0 changed; 0 rows left out."
    assert rehearsed.stdout == f"Dry run, nothing is kept. {said}\n", rehearsed.stderr
    assert done.stdout == f"{said}\n"
    assert again.stdout.splitlines()[1] == "Nothing new: every row was here already."
    assert (rehearsed.returncode, done.returncode, again.returncode) == (0, 0, 0)
    listed = surga("staff", "list").stdout
    assert [name in listed for name in ("sari@kediri.example", "Budi", "LIAISON", "2099-12-31")] == [True] * 4


async def test_bad_rows_are_named_and_the_rest_comes_in(surga: Surga, file: Path) -> None:
    await make_agency("DISHUB")
    spoil(file)

    done = surga("staff", "import", str(file))

    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "left out: line 4 (lain@kediri.example): agency_code: The agency is unknown or no longer active.",
        "left out: line 5 (x): email: This e-mail address is incomplete or mistyped; an example: name@contoh.go.id.",
    ]
    assert await Officer.all().count() == 2


def spoil(file: Path) -> None:
    file.write_text(f"{FILE}lain@kediri.example,Lain,DISHUBB,OFFICER,2025-01-01,\nx,X,DISHUB,OFFICER,2025-01-01,\n")


async def test_links_of_new_accounts_go_into_a_private_file(surga: Surga, file: Path, tmp_path: Path) -> None:
    await make_agency("DISHUB")
    links = tmp_path / "tautan.csv"

    done = surga("staff", "import", str(file), "--links", str(links), "--url", "https://lapor.example.go.id")
    again = surga("staff", "import", str(file), "--links", str(links))

    assert done.returncode == 0, done.stderr
    rows = written(links)
    assert [row["email"] for row in rows] == ["budi@kediri.example", "sari@kediri.example"]
    assert all(row["link"].startswith("https://lapor.example.go.id/invite#token=srg_") for row in rows)
    assert stat.S_IMODE(links.stat().st_mode) == 0o600
    assert again.stderr == f"surga: {links} is there already; name a new file.\n"


def written(links: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(links.read_text().splitlines()))


async def test_an_account_is_ended_and_its_link_renewed_by_hand(surga: Surga, desk: Desk, file: Path) -> None:
    await make_agency("DISHUB")
    surga("staff", "import", str(file))

    renewed = surga("staff", "link", "SARI@kediri.example")
    ended = surga("staff", "end", "sari@kediri.example")
    again = surga("staff", "end", "sari@kediri.example")

    token = renewed.stdout.strip().partition("#token=")[2]
    with pytest.raises(EdgeRefusal):
        await identify(desk, token)  # a link is no token
    assert ended.stdout == "The account of sari@kediri.example has ended.\n"
    assert (again.returncode, again.stderr) == (1, "surga: There is no such account, or it was deactivated.\n")
    assert (await Officer.get(email="sari@kediri.example")).active is False


@pytest.mark.parametrize(
    ("told", "start"),
    [
        ({"hosts": ("*.example.id", "lapor.example.id"), "https": True}, "https://lapor.example.id"),
        ({"hosts": ("lapor.example.id",), "port": 8123}, "http://lapor.example.id:8123"),
        ({"host": "0.0.0.0"}, "http://127.0.0.1:8000"),
        ({"host": "::1", "port": 81}, "http://[::1]:81"),
    ],
)
def test_links_lead_where_the_desk_is_served(settings: Settings, told: dict[str, Any], start: str) -> None:
    assert base_url(settings.model_copy(update={"host": "127.0.0.1", "port": 8000, **told})) == start


@pytest.mark.parametrize("content", [b"\xff\xfe", b"email\n", b""])
async def test_a_file_that_is_none_is_one_line(surga: Surga, tmp_path: Path, content: bytes) -> None:
    path = put(tmp_path, content)

    done = surga("staff", "import", str(path))

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith(f"surga: {path}: ")


def put(folder: Path, content: bytes) -> Path:
    path = folder / "bukan.csv"
    path.write_bytes(content)
    return path
