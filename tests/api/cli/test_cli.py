"""The program as a user meets it: its help, and what it refuses, in one line and with exit code 1."""

import socket
import subprocess
import sys
from importlib.metadata import version

import pytest
from typer.testing import CliRunner

from api.cli.program import GROUPS, VERBS, program
from api.cli.running import one_line
from api.settings import Settings, variable
from tests.root import ROOT

pytestmark = pytest.mark.slow

FIELDS = Settings.model_fields.items()


@pytest.fixture
def surga(program):
    """Run the program as a process of its own, told of nothing but this environment."""
    return program.run


def refusal(done):
    """What the program said in its one line."""
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    return line


@pytest.mark.parametrize("verb", [*VERBS, *GROUPS])
def test_every_verb_explains_itself(verb):
    shown = CliRunner().invoke(program(), [verb, "--help"])

    assert shown.exit_code == 0
    assert "Usage" in shown.output


def test_a_verb_is_started_without_what_only_others_need():
    """Among it the schema, which takes half of the start of all that serves nobody, and memory of every worker."""
    started = "import sys; from api.cli import program; program.program(sys.argv[1]); print(*sys.modules)"

    for verb, absent in (("audit", {"schema.assembly", "uvicorn"}), ("worker", {"schema.assembly"})):
        done = subprocess.run(
            [sys.executable, "-c", started, verb], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert absent.isdisjoint(done.stdout.split())


def test_the_version_is_that_of_the_installed_program():
    assert CliRunner().invoke(program(), ["version"]).output.splitlines()[0] == f"surga {version('surga')}"


def test_every_setting_is_listed_with_what_it_is_for(monkeypatch):
    monkeypatch.setenv("COLUMNS", "250")
    lines = CliRunner().invoke(program(), ["settings"]).output.splitlines()

    listed = {line.split()[0]: line for line in lines[1:] if line and not line.startswith("What is wrong")}
    assert list(listed) == [variable((name,)) for name in Settings.model_fields]
    assert all(field.description and field.description in listed[variable((name,))] for name, field in FIELDS)
    assert listed["PORT"].split() == ["PORT", "8000", "the", "port", "to", "serve", "on"]
    assert "5/minute,10/15 minutes,20/hour,40/day" in listed["SURGA_SIGN_INS"]
    assert "or a file, SURGA_SECRET_KEY_FILE" in listed["SURGA_SECRET_KEY"]


@pytest.mark.parametrize("words", [["version"], ["no-such-verb"], ["migrate"]])
def test_a_forked_program_does_what_a_started_one_does(surga, words, tmp_path):
    environment = {"SURGA_DATA_DIR": str(tmp_path), "COLUMNS": "100"}
    command = [sys.executable, "-c", "from api.cli import main; main()", *words]
    started = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60)

    forked = surga(*words, folder=tmp_path, **environment)

    said = [(done.returncode, done.stdout, done.stderr.replace("-c ", "surga ")) for done in (started, forked)]
    assert said[0] == said[1]


@pytest.mark.parametrize("words", [["migrate"], ["seed"], ["token", "list"], ["simulate"]])
def test_without_a_database_one_line_says_what_to_give(surga, words, tmp_path):
    line = refusal(surga(*words, SURGA_DATA_DIR=str(tmp_path)))

    assert line.startswith("surga: No database: give SURGA_DATABASE_URL and SURGA_REDIS_URL")


def test_reports_of_the_play_are_printed_without_a_database_as_the_page_shows_them(surga, tmp_path):
    printed = surga("simulate", "--print", "20", "--seed", "1", SURGA_DATA_DIR=str(tmp_path))

    assert printed.returncode == 0
    assert printed.stdout == (ROOT / "docs" / "demo.md").read_text("utf-8").split("--seed 1 -->\n\n")[1]


def test_a_wrong_setting_is_one_line(surga, tmp_path):
    line = refusal(surga("migrate", SURGA_DATA_DIR=str(tmp_path), SURGA_ENVIRONMENT="staging"))

    assert line.startswith("surga: SURGA_ENVIRONMENT: ")


def test_the_demo_refuses_a_busy_port_before_it_starts_anything(surga, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        line = refusal(surga("demo", PORT=str(port), SURGA_DATA_DIR=str(tmp_path / "data")))

    assert line.startswith(f"surga: Port {port} of 127.0.0.1 can not be used")
    assert not (tmp_path / "data").exists()


def test_the_demo_serves_this_machine_only(surga, tmp_path):
    line = refusal(surga("demo", HOST="0.0.0.0", SURGA_DATA_DIR=str(tmp_path / "data")))

    assert "HOST=0.0.0.0 is open to others" in line
    assert not (tmp_path / "data").exists()


def test_production_needs_its_secret(surga, empty_database_url, redis_url):
    told = {"SURGA_DATABASE_URL": empty_database_url, "SURGA_REDIS_URL": redis_url}

    line = refusal(surga("seed", SURGA_ENVIRONMENT="production", **told))

    assert line.startswith("surga: SURGA_SECRET_KEY: it is missing")


def test_a_production_database_is_migrated_seeded_and_never_played_on(surga, empty_database_url, redis_url, tmp_path):
    safe = {"SURGA_SECRET_KEY": "rV7hQ2mKzP0wXb9TnEj4LsYc8GdUf1Ao", "SURGA_HOSTS": "lapor.example.go.id"}
    told = {
        "SURGA_DATABASE_URL": empty_database_url,
        "SURGA_REDIS_URL": redis_url,
        "SURGA_DATA_DIR": str(tmp_path),
    } | safe

    first = surga("migrate", **told)
    second = surga("migrate", **told)
    seeded = surga("seed", **told)

    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stdout.splitlines()[-1] == "The database is up to date; its purpose is production."
    assert seeded.returncode == 0
    assert "area: 49 added" in seeded.stdout
    for words in (["simulate", "--acts", "1"], ["simulate", "--bulk", "1"]):
        assert refusal(surga(*words, **told)).startswith("surga: This is a production database")
    assert refusal(surga("migrate", "--purpose", "demo", **told)).startswith("surga: This is a production database")


def test_a_database_that_does_not_answer_is_one_line(surga, tmp_path):
    line = refusal(surga("migrate", SURGA_DATABASE_URL=f"postgresql://x@/x?host={tmp_path}"))

    assert "Traceback" not in line


def test_a_line_holds_no_control_characters():
    assert one_line(ValueError("first\nsecond \x1b[2Jthird")) == "first second [2Jthird"
