"""The documents of the admin frontend, as they lie in the web workspace."""

from graphql import DocumentNode, FragmentDefinitionNode, OperationDefinitionNode, parse

from tests.clients.node import WEB
from tests.root import ROOT

FOLDER = WEB / "admin" / "operations"
NAMES = sorted(path.stem for path in FOLDER.glob("*.graphql"))


def text(name: str) -> str:
    """Return one document's text."""
    return (FOLDER / f"{name}.graphql").read_text()


def document(name: str) -> DocumentNode:
    """Return one document, parsed."""
    return parse(text(name), no_location=True)


def operation(name: str) -> OperationDefinitionNode:
    """Return the only operation of a document."""
    (found,) = (part for part in document(name).definitions if isinstance(part, OperationDefinitionNode))
    return found


def root_fields(name: str) -> list[str]:
    """Return the fields of Query, Mutation or Subscription that a document asks for."""
    return [selection.name.value for selection in operation(name).selection_set.selections]  # type: ignore[attr-defined]


def fragments(name: str) -> list[FragmentDefinitionNode]:
    """Return the fragments that a document carries."""
    return [part for part in document(name).definitions if isinstance(part, FragmentDefinitionNode)]


def schema_text() -> str:
    """Return the checked-in schema."""
    return (ROOT / "schema" / "schema.graphql").read_text()
