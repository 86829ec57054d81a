"""Sources: every module of rules says where its rules come from, and every source that is named can be looked up."""

import ast
import re
from functools import cache
from pathlib import Path

import yaml

from tests.root import ROOT

SERVICES = ROOT / "services"
SOURCE = re.compile(
    r"\bS\d{1,2}b?\b|docs/adr/\d{4}|\b(UU|UU PDP|Perpres) \d+/\d{4}|\bRFC \d+|\bOpen311 GeoReport\b"
    r"|\b[Dd]ecided here\b|\bour choice\b"
)
MARK, RECORDS = re.compile(r"\bS\d{1,2}b?\b"), re.compile(r"docs/adr/(\d{4}(?:, \d{4})*)")
# What holds no rule of the domain: what all share, reads and writes files, pages and rows, or makes up people and days.
WITHOUT_RULES = (
    "core/board_cache.py",
    "core/counters.py",
    "core/installation.py",
    "core/keys.py",
    "core/labels.py",
    "core/messages.py",
    "core/nodes.py",
    "core/reference.py",
    "core/refusals.py",
    "core/transactions.py",
    "inputs/*.py",
    "simulation/**/*.py",
    "master_data/cit*.py",
    "master_data/seeding/*.py",
    "access/rights_page.py",
    "access/shortcuts.py",
    "access/states.py",
    "credentials/known_scopes.py",
    "credentials/prefetch.py",
    "deadline_rules/commands.py",
    "deadline_rules/fields.py",
    "intake/forms.py",
    "intake/open311/json_stream.py",
    "queries/columns.py",
    "queries/deadline_words.py",
    "queries/holds.py",
    "queries/labels.py",
    "queries/lists/orders.py",
    "queries/officer_page.py",
    "queries/reporter_page.py",
    "tickets/clocks/measures.py",
    "tickets/commands.py",
    "tickets/location.py",
    "tickets/records/changes.py",
    "tickets/records/saving.py",
    "tickets/table/words.py",
    "tickets/table/workflow_page.py",
)


@cache
def docstrings() -> dict[Path, tuple[str, list[str]]]:
    """Of each module of services its own docstring, and those of its public functions and classes."""
    trees = {path: ast.parse(path.read_text("utf-8")) for path in SERVICES.rglob("*.py") if path.stem != "__init__"}
    return {path: (ast.get_docstring(tree) or "", public_docstrings(tree)) for path, tree in trees.items()}


def public_docstrings(tree: ast.Module) -> list[str]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found = [ast.get_docstring(node) for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]
    return [text for text in found if text]


def without_rules(pattern: str) -> set[Path]:
    return {path for path in SERVICES.glob(pattern) if path in docstrings()}


def test_every_module_of_rules_names_its_sources() -> None:
    plumbing = set().union(*map(without_rules, WITHOUT_RULES))

    assert [
        str(path.relative_to(SERVICES))
        for path, (module, public) in docstrings().items()
        if path not in plumbing and not SOURCE.search(module) and not (public and all(map(SOURCE.search, public)))
    ] == []


def test_no_module_without_rules_is_named_in_vain() -> None:
    assert [pattern for pattern in WITHOUT_RULES if not without_rules(pattern)] == []


def test_every_mark_of_a_source_is_explained() -> None:
    further = (ROOT / "docs" / "glossary.md").read_text("utf-8").partition("## Further sources")[2]
    explained = set(yaml.safe_load((ROOT / "cities" / "kediri" / "sources.yaml").read_text("utf-8")))
    named = {mark for module, public in docstrings().values() for mark in MARK.findall(" ".join((module, *public)))}

    assert named - explained - set(MARK.findall(further)) == set()


def test_every_record_that_is_named_is_there() -> None:
    texts = [" ".join((module, *public)) for module, public in docstrings().values()]
    named = {number for text in texts for numbers in RECORDS.findall(text) for number in numbers.split(", ")}

    assert named - {path.name[:4] for path in (ROOT / "docs" / "adr").glob("*.md")} == set()
