"""Whoever follows the recipes of CONTRIBUTING.md has touched all there is to touch by hand."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.recipes import RECIPES
from tests.root import ROOT

# Runs commands one after the other, and writes what each says into its file: each would import all of it anew.
WRITE = """
import json, runpy, sys
from contextlib import redirect_stdout
from pathlib import Path
for file, words in json.loads(sys.argv[1]).items():
    sys.argv = words
    with Path(file).open("w", encoding="utf-8") as said, redirect_stdout(said):
        if words[0] == "surga":
            from api.cli import main
            try:
                main()
            except SystemExit as end:
                assert not end.code, (words, end.code)
        else:
            runpy.run_module(words[0], run_name="__main__")
"""
# What proves that a list is complete; each of these was the last to be told of some new value.
CLOSED_LISTS = (
    "tests/models/test_enums.py",
    "tests/schema/core/test_pasted.py::test_every_text_of_every_input_comes_as_it_is_seen",
    "tests/schema/test_contract.py",
    "tests/schema/test_matrix.py::test_every_field_of_the_schema_is_restricted_or_open",
    "tests/schema/partners/test_filters_of_grants.py",
    "tests/services/access/filters/test_filters.py",
    "tests/services/access/filters/test_worklists.py",
    "tests/services/access/test_other_releases.py::test_all_fields_of_a_state_are_tried",
    "tests/services/access/test_rights_pages.py",
    "tests/services/access/test_ticket_fields.py",
    "tests/services/queries/test_labels.py",
    "tests/services/core/test_terms.py",
    "tests/services/feeds/test_changes.py",
    "tests/services/master_data/test_seed.py::test_kediri_speaks_of_every_channel",
    "tests/services/master_data/test_seed.py::test_the_glossary_names_every_status_role_and_classification",
    "tests/services/deadlines/test_clocks.py",
    "tests/services/deadlines/test_deadlines.py",
    "tests/services/simulation/test_cases.py::test_most_come_by_whatsapp_then_by_the_website_then_by_112",
    "tests/services/simulation/test_lives.py",
    "tests/services/tickets/test_move_table.py",
    "tests/services/queries/test_reporter_messages.py",
    "tests/services/tickets/test_workflow_pages.py",
    "tests/test_chain.py",
)
LABELS = "web/shared/src/labels"
# What commands write: the text of the schema, the pages for officers, the words of the pages.
COMMANDS = {
    "schema/schema.graphql": ["surga", "schema"],
    f"{LABELS}/id.json": ["surga", "schema", "--labels", "id"],
    f"{LABELS}/en.json": ["surga", "schema", "--labels", "en"],
    "docs/workflow.md": ["services.tickets.table.workflow_page"],
    "docs/kabar-pelapor.md": ["services.queries.reporter_page"],
    "docs/rights.md": ["services.access.rights_page"],
    "docs/alur-laporan.md": ["services.queries.officer_page"],
    "docs/errors.md": ["api.cli.errors_page"],
}
NEW_AND_CHANGED = "not test_move_table or WITH_PARTNER or ON_HOLD"  # the moves of all others are tried elsewhere


def recipes() -> dict[str, list[str]]:
    """The files that each recipe names, by its heading."""
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    parts = page.partition("\n## Recipes\n")[2].partition("\n## ")[0].split("\n### ")[1:]
    return {part.split("\n", 1)[0]: re.findall(r"^\d+\. `([^`]+)`", part, re.MULTILINE) for part in parts}


def test_there_are_seven_recipes() -> None:
    assert list(recipes()) == list(RECIPES)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_names_every_file_that_is_touched_and_few(name: str) -> None:
    edits, most = RECIPES[name]
    named = recipes()[name]

    assert len(named) <= most
    assert len(named) == len(edits)
    assert all(any(fnmatch(file, pattern) for pattern in named) for file in edits)


def test_the_page_names_every_command_that_writes_a_file() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")

    for file, words in COMMANDS.items():
        if words[0] == "surga":
            assert "`make schema`" in page
            assert "labels id > web/shared/src/labels/id.json` (en likewise)" in page
        else:
            assert f"`python -m {words[0]} > {file}`" in page


@pytest.mark.slow(seconds=50)
def test_nothing_else_has_to_change_for_one_more_of_each(tmp_path: Path) -> None:
    copy_of_the_house(tmp_path)
    for edits, _ in RECIPES.values():
        for file, made in edits.items():
            for edit in made:
                edit.make(tmp_path / file)
    written_anew(tmp_path)

    for command in (
        [sys.executable, "-m", "ruff", "check", "."],
        [sys.executable, "-m", "ruff", "format", "--check", "."],
        [sys.executable, "-m", "mypy"],
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-m", "not slow", "-k", NEW_AND_CHANGED, *CLOSED_LISTS],
    ):
        run(tmp_path, command)


def copy_of_the_house(target: Path) -> None:
    """The files of the working tree, with what mypy knows of them."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    if (ROOT / ".mypy_cache").is_dir():
        shutil.copytree(ROOT / ".mypy_cache", target / ".mypy_cache")


def written_anew(target: Path) -> None:
    run(target, [sys.executable, "-c", WRITE, json.dumps(COMMANDS)])


def run(place: Path, command: list[str]) -> str:
    """Run a command in the copy, on the copy's own code; a failure shows what it said."""
    environment = {**os.environ, "PYTHONPATH": str(place)}
    for name in [each for each in environment if each.startswith("PYTEST_")]:
        del environment[name]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-6000:]}\n{done.stderr[-2000:]}"
    return done.stdout
