"""The GraphQL contract: types, inputs, results and resolvers, a file or a folder for each noun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schema.core import enums as _enums  # noqa: F401 - gives the closed lists their terms before the types use them

if TYPE_CHECKING:
    import strawberry


def build_schema() -> strawberry.Schema:
    """The whole schema; the text of it is checked in as schema/schema.graphql."""
    from schema import assembly  # all of it, half a second; who imports one file of this layer does without

    return assembly.build_schema()
