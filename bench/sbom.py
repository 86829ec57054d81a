"""The bill of materials (CycloneDX 1.6, JSON) of what production runs, from the lock files alone: `make sbom`."""

from __future__ import annotations

import base64
import json
import re
import tomllib
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.licences import licence

TOP = Path(__file__).resolve().parents[1]
ENTRY = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
NAMES = {"sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}

Part = dict[str, Any]


def bill(top: Path) -> dict[str, Any]:
    """Everything in requirements/serve.txt, and the packages that the pages are built of; the same at every run."""
    parts = sorted([*python_parts(top), *web_parts(top)], key=lambda part: str(part["purl"]))
    project = tomllib.loads((top / "pyproject.toml").read_text())["project"]
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(parts, sort_keys=True))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "name": project["name"],
                "version": project["version"],
                "bom-ref": "surga",
            }
        },
        "components": parts,
        "dependencies": [{"ref": "surga", "dependsOn": [part["bom-ref"] for part in parts]}],
    }


def python_parts(top: Path) -> Iterator[Part]:
    """The distributions of the production image; each file that may be installed has a hash."""
    for name, version, rest in ENTRY.findall((top / "requirements" / "serve.txt").read_text()):
        hashes = sorted(set(re.findall(r"--hash=sha256:([0-9a-f]{64})", rest)))
        yield part(
            f"pkg:pypi/{name.lower().replace('_', '-')}@{version}",
            name,
            version,
            [("SHA-256", sum_) for sum_ in hashes],
            licence(name),
        )


def web_parts(top: Path) -> Iterator[Part]:
    """The packages that get into the pages; what only builds and tests them is left out."""
    seen = set()
    for place, entry in json.loads((top / "web" / "package-lock.json").read_text())["packages"].items():
        name = place.rpartition("node_modules/")[2]
        if "node_modules/" not in place or entry.get("link") or entry.get("dev") or (name, entry["version"]) in seen:
            continue
        seen.add((name, entry["version"]))
        purl = f"pkg:npm/{quote(name, safe='/')}@{entry['version']}"
        yield part(purl, name, entry["version"], list(sums(entry.get("integrity", ""))), entry.get("license"))


def sums(integrity: str) -> Iterator[tuple[str, str]]:
    """The hashes of a Subresource Integrity value."""
    for word in integrity.split():
        kind, _, value = word.partition("-")
        yield NAMES[kind], base64.b64decode(value).hex()


def part(purl: str, name: str, version: str, hashes: list[tuple[str, str]], told: str | None) -> Part:
    """One component."""
    found: Part = {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "hashes": [{"alg": kind, "content": content} for kind, content in hashes],
    }
    return found if told is None else found | {"licenses": [{"expression": told}]}


if __name__ == "__main__":
    print(json.dumps(bill(TOP), indent=2, sort_keys=True))
