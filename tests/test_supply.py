"""What we ship is made of parts whose licences we may use, and a bill of materials lists every one of them."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from bench import sbom
from bench.licences import licence, licences_in
from tests.root import ROOT

LOCKS = ("serve", "demo", "dev", "build", "pip")
WEB, RIVALS = (
    json.loads((ROOT / folder / "package-lock.json").read_text())["packages"] for folder in ("web", "bench/rivals")
)

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


def locked(name):
    """The distributions of a lock file, with their versions."""
    return re.findall(
        r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", (ROOT / "requirements" / f"{name}.txt").read_text(), re.MULTILINE
    )


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_distribution_has_a_licence_that_we_may_use(lock):
    refused = {}
    for name, _ in locked(lock):
        told = licence(name)
        if told is None:
            refused[name] = "not installed here, and not read by hand"
        elif others := licences_in(told, ALLOWED) - ALLOWED:
            refused[name] = others

    assert refused == {}


def test_who_installed_what_develops_has_what_the_demo_needs():
    assert set(locked("demo")) < set(locked("dev"))


@pytest.mark.parametrize("packages", [WEB, RIVALS], ids=["web", "rivals"])
def test_every_package_of_npm_has_a_licence_that_we_may_use(packages):
    foreign = {place: entry for place, entry in packages.items() if "node_modules/" in place and not entry.get("link")}

    refused = {
        place: entry.get("license")
        for place, entry in foreign.items()
        if licences_in(entry.get("license", "none"), ALLOWED) - ALLOWED
    }

    assert len(foreign) > 100
    assert refused == {}


@pytest.mark.parametrize("word", ["GPL-3.0-only", "AGPL-3.0 AND MIT", "UNLICENSED", "none"])
def test_other_licences_are_refused(word):
    assert licences_in(word, ALLOWED) - ALLOWED


def test_the_bill_of_materials_lists_every_locked_part_once():
    bill = sbom.bill(ROOT)

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


def test_the_bill_of_materials_names_the_licence_of_every_part():
    told = {part["purl"]: part.get("licenses") for part in sbom.bill(ROOT)["components"]}

    assert [purl for purl, licences in told.items() if licences is None or len(licences) != 1] == []
    assert {
        purl: one["expression"] for purl, [one] in told.items() if licences_in(one["expression"], ALLOWED) - ALLOWED
    } == {}
    assert [told[purl] for purl in told if purl.startswith("pkg:pypi/starlette@")] == [[{"expression": "BSD-3-Clause"}]]


def test_the_bill_is_the_same_at_every_run(tmp_path):
    runs = [
        subprocess.run([sys.executable, "-m", "bench.sbom"], cwd=ROOT, capture_output=True, check=True) for _ in "ab"
    ]

    assert runs[0].stdout == runs[1].stdout
    assert json.loads(runs[0].stdout)["metadata"]["component"]["name"] == "surga"
