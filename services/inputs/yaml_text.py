"""YAML that comes with the program or with a city, read by the C library of PyYAML: in a tenth of the time."""

from __future__ import annotations

from typing import Any

import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # not everywhere is PyYAML built with it


def read_yaml(text: str) -> Any:
    """What a text says. Raises yaml.YAMLError, whose text shows line and column."""
    try:
        return yaml.load(text, Loader=LOADER)  # noqa: S506 - both are safe loaders
    except yaml.YAMLError:
        return yaml.safe_load(text)  # its words show the line too
