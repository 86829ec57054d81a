"""Secrets of the settings that stand in files of their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

SECRET_FIELDS = ("secret_key", "identity_secrets", "database_url", "redis_url")  # each may come as SURGA_<NAME>_FILE


def from_files(environ: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The secrets that stand in files of their own, without the line break at the end, and what is wrong with those."""
    found: dict[str, str] = {}
    wrong = []
    for field in SECRET_FIELDS:
        name = file_variable(field)
        if not environ.get(name):
            continue
        if environ.get(name.removesuffix("_FILE")):
            wrong.append(f"{name}: give the file or {name.removesuffix('_FILE')}, not both")
        try:
            if text := Path(environ[name]).read_text().strip():
                found[field] = text
        except (OSError, UnicodeDecodeError) as failed:
            wrong.append(f"{name}: the file can not be read ({getattr(failed, 'strerror', None) or 'not UTF-8'})")
    return found, wrong


def file_variable(field: str) -> str:
    """The environment variable that names the file of a secret."""
    return f"SURGA_{field.upper()}_FILE"
