"""Queries that are named by a hash (automatic persisted queries), which this server does not keep."""

from __future__ import annotations

from services.core.refusals import EdgeRefusal


def is_persisted_only(query: object, extensions: object) -> bool:
    """Whether a client names a persisted query by its hash instead of sending its text."""
    return not query and isinstance(extensions, dict) and extensions.get("persistedQuery") is not None


def persisted_refusal() -> EdgeRefusal:
    """The answer after which clients with automatic persisted queries send the text, and stay with it."""
    return EdgeRefusal("PERSISTED_QUERY_NOT_SUPPORTED", "persisted_query")
