"""What a file of somebody else says reaches the terminal as text: no command to it, no line that it did not write."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from api.cli.partner_files import written
from schema.core.printable import printable_lines
from services.access.scopes import Budget
from services.core.desk import Desk
from services.partners.terms import Terms
from tests.conftest import SECRET
from tests.factories import make_agency
from tests.forking import Program
from tests.root import ROOT

Surga = Callable[..., "subprocess.CompletedProcess[str]"]
ATTACK = "\x1b]0;owned\x07\x1b[2J\u202egnp\u2066 [bold red]"
SHOWN = "\\u001b]0;owned\\u0007\\u001b[2J\\u202egnp\\u2066 [bold red]"
CLEANED = "\\u001b]0;owned\\u0007\\u001b[2Jgnp [bold red]"  # where what nobody sees is taken away first
PRINTS = re.compile(r"\btyper\.echo\(|(?<!\.)\bprint\(|\.add_row\(|\.add_task\(")
NOBODY_ELSE_S = {"output.py"}


@pytest.fixture
def surga(program: Program, desk: Desk, database_url: str, redis_url: str, tmp_path: Path) -> Surga:
    """Run the program on this test's database, in a process of its own."""
    place = {"SURGA_DATABASE_URL": database_url, "SURGA_REDIS_URL": redis_url, "SURGA_SECRET_KEY": SECRET}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **place, "SURGA_ENVIRONMENT": "test", "COLUMNS": "300"}
        environment["SURGA_DATA_DIR"] = str(tmp_path)
        done = program.run(*words, **environment)
        assert disguises(done.stdout) == disguises(done.stderr) == set()
        return done

    return run


def disguises(text: str) -> set[str]:
    """What a terminal would obey, or not show."""
    return {letter for letter in text if unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp")} - {"\n"}


def test_only_one_file_of_the_program_prints() -> None:
    files = (ROOT / "api" / "cli").glob("*.py")

    assert {path.name for path in files if PRINTS.search(path.read_text("utf-8"))} == NOBODY_ELSE_S


@pytest.mark.parametrize("name", ["a\u202eb", "Dinas Kesehatan", "\x1b[2J", "ꦱꦸꦫꦒ"])
def test_a_grant_that_is_printed_says_the_same_when_it_is_read_again(name: str) -> None:
    terms = Terms(coordinates=frozenset(), purpose=name, rows=None, budget=Budget(1, 1), ends_at=None)

    printed = printable_lines(written(name, terms, {name: "{ a }"}))

    assert disguises(printed) == set()
    found = yaml.safe_load(printed)
    assert (found["name"], found["purpose"], found["documents"]) == (name, name, {name: "{ a }"})


@pytest.mark.slow
async def test_rows_of_staff_that_are_refused(surga: Surga, tmp_path: Path) -> None:
    await make_agency("DISHUB")
    rows = [
        f"{ATTACK},Sari,DISHUB,OFFICER,2025-01-01,",
        f"sari@kediri.example,{ATTACK},DISHUB,OFFICER,2025-01-01,",
        f"budi@kediri.example,Budi,{ATTACK},OFFICER,2025-01-01,",
        f"budi@kediri.example,Budi,DISHUB,{ATTACK},2025-01-01,",
        f"budi@kediri.example,Budi,DISHUB,OFFICER,{ATTACK},",
        '"first\nleft out: line 1: forged",Budi,DISHUB,OFFICER,2025-01-01,',
    ]
    file = tmp_path / "staff.csv"
    file.write_text("\n".join(["email,name,agency_code,role,valid_from,valid_to", *rows]))

    done = surga("staff", "import", str(file))

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 6
    assert CLEANED in done.stderr.splitlines()[0]
    assert "\\u000aleft out: line 1: forged" in done.stderr


@pytest.mark.slow
async def test_an_address_that_is_a_formula_is_text_in_the_file_of_links(surga: Surga, tmp_path: Path) -> None:
    await make_agency("DISHUB")
    file, links = tmp_path / "staff.csv", tmp_path / "links.csv"
    names = ("=cmd@kediri.example", "+sum@kediri.example", "-x@kediri.example", "budi@kediri.example")
    rows = [f"{name},Budi,DISHUB,OFFICER,2025-01-01," for name in names]
    file.write_text("\n".join(["email,name,agency_code,role,valid_from,valid_to", *rows]))

    done = surga("staff", "import", str(file), "--links", str(links))

    assert done.returncode == 0, done.stderr
    found = {row["email"] for row in csv.DictReader(links.read_text().splitlines())}
    assert found == {"'=cmd@kediri.example", "'+sum@kediri.example", "'-x@kediri.example", "budi@kediri.example"}
    assert names[0] in surga("staff", "list").stdout


@pytest.mark.slow
async def test_records_of_another_city_that_are_refused(surga: Surga, tmp_path: Path) -> None:
    file = tmp_path / "open311.json"
    usual = {"service_request_id": "1", "requested_datetime": "2026-01-01T00:00:00Z", "status": "open"}
    file.write_text(
        json.dumps(
            [
                usual | {"service_request_id": ATTACK, "status": "neither"},
                usual | {"status": ATTACK},
                usual | {"requested_datetime": ATTACK},
                usual | {"service_request_id": "1\nforged", "lat": ATTACK},
            ]
        )
    )

    done = surga("import", "open311", str(file), "--source", ATTACK[:20])

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 4
    assert f"left out: record 1 ({SHOWN})" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("file", ["city.yaml", "sources.yaml", "agencies.yaml", "categories.yaml", "deadlines.yaml"])
async def test_a_city_s_folder(surga: Surga, tmp_path: Path, file: str) -> None:
    folder = tmp_path / "city"
    shutil.copytree(ROOT / "cities" / "kediri", folder)
    quoted = json.dumps(ATTACK)
    for text in (f"{quoted}: {quoted}\n", f"- {quoted}\n", f"- code: {quoted}\n  kind: {quoted}\n", f"{ATTACK}: [\n"):
        (folder / file).write_text(text)

        done = surga("seed", "--city", str(folder))

        assert done.returncode == 1
        assert done.stderr.startswith("surga: ")


@pytest.mark.slow
async def test_what_a_city_is_called_is_printed_as_text(surga: Surga, tmp_path: Path) -> None:
    folder = tmp_path / "city"
    shutil.copytree(ROOT / "cities" / "kediri", folder)
    for file in ("city.yaml", "categories.yaml"):
        path = folder / file
        path.write_text(
            re.sub(r"(?m)^( *(?:- )?name: ).*$", lambda found: found[1] + json.dumps(ATTACK), path.read_text())
        )

    first, second = surga("seed", "--city", str(folder)), surga("seed", "--city", str(folder))

    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert second.stdout.endswith(f"\n{CLEANED} was up to date already.\n")


@pytest.mark.slow
async def test_the_file_of_a_partner(surga: Surga, tmp_path: Path) -> None:
    file, quoted = tmp_path / "partner.yaml", json.dumps(ATTACK)
    usual = "name: '[bold red] Dinas'\npurpose: Uji\ncoordinates: standard\n"
    for text in (
        f"{quoted}: 1\n",
        usual.replace("standard", quoted),
        usual.replace("'[bold red] Dinas'", quoted),
        usual.replace("Uji", quoted),
        f"{usual}endsAt: {quoted}\n",
        f"{usual}rows: {{{quoted}: {quoted}}}\n",
        ATTACK,
    ):
        file.write_text(text)
        assert surga("partner", "import", str(file)).returncode == 1, text

    file.write_text(f"{usual}documents: {{'[bold red]': '[red]'}}\n")
    assert surga("partner", "import", str(file)).returncode == 0
    surga("partner", "diff", ATTACK)
    assert "[bold red] Dinas" in surga("partner", "list").stdout
    exported = yaml.safe_load(surga("partner", "export", "[bold red] Dinas").stdout)
    assert (exported["name"], list(exported["documents"])) == ("[bold red] Dinas", ["[bold red]"])
