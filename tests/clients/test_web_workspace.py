"""What has to be true of the web workspace without running any of it, and its own tests."""

import json
from collections import defaultdict
from itertools import chain
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, is_abstract_type, print_ast, validate

from tests.clients import documents
from tests.clients.node import WEB, Node

RIVALS = WEB.parent / "bench" / "rivals"


@pytest.fixture(scope="module")
def checked_in() -> GraphQLSchema:
    """The schema as clients read it."""
    return build_schema(documents.schema_text())


@pytest.mark.parametrize("name", documents.NAMES)
def test_a_document_fits_the_schema(checked_in: GraphQLSchema, name: str) -> None:
    assert validate(checked_in, documents.document(name)) == []


@pytest.mark.parametrize("name", documents.NAMES)
def test_a_document_holds_one_operation_named_like_its_file(name: str) -> None:
    named = documents.operation(name).name

    assert named is not None
    assert named.value == {"ticket-row": "TicketRowById"}.get(
        name, "".join(word.capitalize() for word in name.split("-"))
    )


# Partners and reporters' identities are handled by mutations and, later, by pages of their own; the documents of the
# officers' everyday work have none of them.
OF_ADMINISTRATORS = {
    "approveDisplay",
    "changePartnerGrant",
    "createPartner",
    "createPartnerKey",
    "denyDisplay",
    "endPartner",
    "eraseReporter",
    "findReporterTickets",
    "renameDisplay",
    "revealReporter",
    "revokeDisplay",
    "revokePartnerKey",
    "rotateTrackingSecret",
    "storePartnerDocument",
}


def test_every_action_of_an_officer_has_a_document(checked_in: GraphQLSchema) -> None:
    asked = set(chain.from_iterable(documents.root_fields(name) for name in documents.NAMES))
    assert checked_in.mutation_type is not None

    assert set(checked_in.mutation_type.fields) - asked == OF_ADMINISTRATORS


def test_a_fragment_reads_the_same_in_every_document() -> None:
    texts: dict[str, set[str]] = defaultdict(set)

    for fragment in chain.from_iterable(documents.fragments(name) for name in documents.NAMES):
        texts[fragment.name.value].add(print_ast(fragment))

    assert [name for name, found in texts.items() if len(found) > 1] == []


def test_the_cache_knows_every_type_behind_an_interface_or_union(checked_in: GraphQLSchema) -> None:
    known = json.loads((WEB / "shared" / "contract" / "possible-types.json").read_text())
    abstract = [kind for kind in checked_in.type_map.values() if is_abstract_type(kind)]

    found = {kind.name: sorted(member.name for member in checked_in.get_possible_types(kind)) for kind in abstract}

    assert found == known


@pytest.mark.parametrize("folder", [WEB, RIVALS], ids=["web", "rivals"])
def test_locks_every_package_without_naming_where_it_came_from(folder: Path) -> None:
    packages = json.loads((folder / "package-lock.json").read_text())["packages"]
    foreign = {
        path: package for path, package in packages.items() if "node_modules" in path and not package.get("link")
    }

    assert foreign
    assert [path for path, package in foreign.items() if "resolved" in package] == []
    assert [path for path, package in foreign.items() if "integrity" not in package] == []


def test_names_exact_versions_only() -> None:
    files = [WEB / "package.json", *WEB.glob("*/package.json"), RIVALS / "package.json"]
    manifests = [json.loads(path.read_text()) for path in files]
    wanted = chain.from_iterable(
        {**manifest.get("dependencies", {}), **manifest.get("devDependencies", {})}.items() for manifest in manifests
    )

    assert [name for name, version in wanted if not version.replace(".", "").isdigit()] == []


@pytest.mark.slow
async def test_the_tests_of_the_workspace_pass(node: Node) -> None:
    said, complaint, code = await node.call("npm", "test")

    assert code == 0, said + complaint


@pytest.mark.slow
async def test_the_workspace_is_well_formed_and_well_typed(node: Node) -> None:
    said, complaint, code = await node.call("npm", "run", "check")

    assert code == 0, said + complaint
