"""The house: who takes a ticket's row, how full a folder may be, and docs that name only what is there."""

import ast
import re
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import models
from tests.named_commands import unknown_commands
from tests.root import ROOT

LAYERS = ("api", "schema", "services", "realtime", "models", "workers")
ALL = "|".join((*LAYERS, "tests", "bench", "web", "cities", "docs"))
MOST_FILES = 16
ROW = re.compile(rf"\b({'|'.join(models.__all__)})\.[a-z_]+\(")
PATH = re.compile(rf"(?<![\w./:-])((?:{ALL})(?:/[\w.*{{}},-]+)+/?)(?:::(\w+))?")
NAME = re.compile(rf"(?<![\w./-])((?:{'|'.join(LAYERS)})(?:\.[a-z]\w*)+)(?:\.([A-Z]\w*))?(?![\w/(])")
NOT_OURS = re.compile(r"/(node_modules|dist|pages)\b|\.(svg|new)$|^api/commit\.txt$")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "web" / "README.md"])
WHO_TAKES_A_TICKET = {
    "access/access.py",  # the door: rows for somebody
    "access/states.py",  # a row as a state, without reading any
    "intake/duplicates.py",
    "intake/open311/importer.py",
    "intake/submissions.py",
    "master_data/seed.py",
    "master_data/seeding/areas.py",
    "reporters/citizens.py",
    "simulation/acting/use_cases.py",
    "simulation/demo.py",
    "simulation/present.py",
    "simulation/waiting/extending.py",
    "tickets/case.py",
    "tickets/continuations.py",
    "tickets/merging.py",
    "tickets/records/texts.py",
}


def taken(path: Path) -> set[str]:
    """The names that a file takes out of models."""
    nodes = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]
    return {alias.name for node in nodes if node.module in ("models", "models.tickets") for alias in node.names}


def test_only_these_files_of_services_take_a_ticket_s_row() -> None:
    services = ROOT / "services"

    assert {
        str(path.relative_to(services)) for path in services.rglob("*.py") if "Ticket" in taken(path)
    } == WHO_TAKES_A_TICKET


def test_the_schema_takes_no_row_of_a_ticket() -> None:
    assert [path for path in (ROOT / "schema").rglob("*.py") if "Ticket" in taken(path)] == []


def test_no_folder_of_services_is_full() -> None:
    folders = [folder for folder in (ROOT / "services").rglob("*") if folder.is_dir()]

    full = {folder.name for folder in folders if len(list(folder.glob("*.py"))) - 1 > MOST_FILES}

    assert full == set()


def packages() -> list[Path]:
    """The folders of the layers that have folders."""
    return [path.parent for layer in ("services", "schema", "api") for path in (ROOT / layer).glob("*/**/__init__.py")]


def docstring(folder: Path) -> str:
    return ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8"))) or ""


def modules(folder: Path) -> set[str]:
    """The files and folders that can be imported out of a folder."""
    return {path.stem for path in folder.glob("[!_]*.py")} | {path.parent.name for path in folder.glob("*/__init__.py")}


def test_every_package_says_in_one_docstring_what_it_is_the_only_place_for() -> None:
    without = {
        str(folder.relative_to(ROOT)) for folder in packages() if not docstring(folder).startswith("The only place ")
    }

    assert without == set()


def test_a_package_holds_no_more_than_its_docstring() -> None:
    bodies = {folder: ast.parse((folder / "__init__.py").read_text("utf-8")).body for folder in packages()}

    assert [str(folder.relative_to(ROOT)) for folder, body in bodies.items() if len(body) > 1] == ["api/cli"]


def test_a_package_without_a_file_of_its_name_names_its_doors() -> None:
    nameless = [str(folder) for folder in packages() if not doors(folder) and folder.name not in modules(folder)]

    assert nameless == []
    assert [str(folder) for folder in packages() if not doors(folder) <= modules(folder)] == []


def doors(folder: Path) -> set[str]:
    """What a docstring ends with, as in: Doors: moves, workflow."""
    return {name for line in re.findall(r"\bDoors: ([\w, ]+)\.$", docstring(folder)) for name in line.split(", ")}


def test_every_question_of_contributing_leads_to_a_file_that_holds_the_answer() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    table = page.partition("## Where is it?")[2].partition("\n## ")[0].partition("\nYou need")[0]
    rows = re.findall(r"^\| (.+\?) \| `([\w/]+\.py)` \| `(\w+)` \|$", table, re.MULTILINE)

    assert page.startswith("# Contributing\n\n## Where is it?\n")
    assert len(rows) == 13
    assert [(path, name) for _, path, name in rows if name not in defined(ROOT / path)] == []


def defined(path: Path) -> set[str]:
    """The names that a file defines at its top; none where there is no file."""
    nodes = ast.parse(path.read_text("utf-8")).body if path.is_file() else []
    assigned = [target for node in nodes if isinstance(node, ast.Assign) for target in node.targets]
    assigned += [node.target for node in nodes if isinstance(node, ast.AnnAssign)]
    named = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    return named | {target.id for target in assigned if isinstance(target, ast.Name)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_only_what_is_there(page: Path) -> None:
    assert list(unknown(page.read_text("utf-8"))) == []


@pytest.mark.parametrize("layer", LAYERS)
def test_docstrings_and_comments_name_only_what_is_there(layer: str) -> None:
    files = sorted((ROOT / layer).rglob("*.py"))

    assert [(str(path.relative_to(ROOT)), name) for path in files for name in unknown(prose_of(path))] == []


def prose_of(path: Path) -> str:
    """The docstrings and comments of a file."""
    with path.open("rb") as file:
        comments = [token.string for token in tokenize.tokenize(file.readline) if token.type == tokenize.COMMENT]
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, kinds)]
    return "\n".join([*comments, *(ast.get_docstring(node) or "" for node in nodes)])


def unknown(text: str) -> Iterator[str]:
    """The paths, dotted names and commands of a text that do not exist."""
    yield from unknown_paths(text)
    yield from unknown_names(text)
    yield from unknown_commands(text)


def unknown_paths(text: str) -> Iterator[str]:
    for path, function in PATH.findall(text):
        plain = path.rstrip("/.,")
        if NOT_OURS.search(plain) or any(sign in plain for sign in "*{<"):
            continue
        if not (any(ROOT.glob(f"{plain}*")) or is_there(plain.replace("/", "."))):
            yield path
        elif function and f"def {function}(" not in (ROOT / plain).read_text("utf-8"):
            yield f"{path}::{function}"


def unknown_names(text: str) -> Iterator[str]:
    for module, attribute in NAME.findall(text):
        name = f"{module}.{attribute}" if attribute else module
        if module.rsplit(".", 1)[-1] not in ("graphql", "md", "py", "yaml") and not is_there(name):
            yield name


def is_there(name: str) -> bool:
    """Whether a dotted name is a module, or something that one defines."""
    module, _, attribute = name.rpartition(".")
    file = ROOT / name.replace(".", "/")
    if file.is_dir() or file.with_suffix(".py").exists():
        return True
    source = ROOT / f"{module.replace('.', '/')}.py"
    return source.exists() and re.search(rf"\b{attribute}\b", source.read_text("utf-8")) is not None


def test_contributing_says_what_every_folder_of_services_is_about() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    there = {folder.name for folder in (ROOT / "services").iterdir() if (folder / "__init__.py").exists()}

    assert set(re.findall(r"^\| `(\w+)/` \| .+ \|$", page, re.MULTILINE)) == there


@pytest.mark.parametrize("layer", ["api", "schema", "services"])
def test_the_page_of_the_architecture_names_every_folder_of_a_layer(layer: str) -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    [rows] = [each["layers"] for each in contracts if each.get("containers") == [layer]]
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    [named] = re.findall(rf"^\| `{layer}/` \| (.+) \|$", page, re.MULTILINE)

    assert {name for row in rows for name in row.split(" | ")} - set(re.findall(r"\w+", named)) == set()
    assert set(re.findall(r"`(\w+)`", named)) == {folder.parent.name for folder in (ROOT / layer).glob("*/__init__.py")}


def test_one_function_of_services_opens_transactions() -> None:
    """Raw ones tell nobody BUSY: services/core/transactions.transaction does, wherever a lock was waited for."""
    services = ROOT / "services"

    openers = {
        str(path.relative_to(services))
        for path in services.rglob("*.py")
        if re.search(r"\bin_transaction\b", path.read_text("utf-8"))
    }

    assert openers == {"core/transactions.py"}


def test_only_services_read_and_write_rows() -> None:
    """Resolvers translate, the edge decides nothing: both name models only in annotations."""
    files = [path for layer in ("api", "schema", "workers") for path in (ROOT / layer).rglob("*.py")]

    assert [str(path.relative_to(ROOT)) for path in files if ROW.search(path.read_text("utf-8"))] == []
