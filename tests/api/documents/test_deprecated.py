"""Which coordinates of a document will go, and who still uses them."""

from __future__ import annotations

from graphql import build_schema, parse

from api.documents.deprecations import deprecated_in, has_deprecated
from api.documents.documents import Documents
from api.security.budgets import Budgets
from api.security.partner_use import PartnerUse
from services.core.desk import Desk
from services.partners.deprecated_uses import uses_of
from tests.api.partner_desk import make_partner

SCHEMA = build_schema("""
enum Size { SMALL BIG @deprecated(reason: "2027-01-01") }
input Wish { size: Size color: String @deprecated(reason: "2027-01-01") }
type Thing { new: String old: String @deprecated(reason: "2027-01-01") }
type Query { thing(wish: Wish, way: String @deprecated(reason: "2027-01-01")): Thing }
""")
OLD = '{ thing(way: "x", wish: {size: BIG, color: "red"}) { old ...more } } fragment more on Thing { old new }'


def test_finds_fields_arguments_input_fields_and_values() -> None:
    found = deprecated_in(SCHEMA, parse(OLD))

    assert found == ("Query.thing(way:)", "Size.BIG", "Thing.old", "Wish.color")
    assert deprecated_in(SCHEMA, parse("{ thing(wish: {size: SMALL}) { new } }")) == ()


def test_a_schema_where_nothing_goes_is_not_looked_through() -> None:
    assert has_deprecated(SCHEMA)
    assert not has_deprecated(build_schema("type Query { a: Int }"))


async def test_uses_are_added_up_per_partner(desk: Desk, redis_url: str) -> None:
    one, two = [(await make_partner(desk, name))[0].id for name in ("Satu", "Dua")]
    uses = PartnerUse(desk, Budgets(redis_url, "test"))
    prepared = Documents(SCHEMA).prepare("{ thing { old } }")

    uses.note(one, prepared.deprecated)
    uses.note(two, prepared.deprecated)
    await uses.flush()
    uses.note(one, prepared.deprecated)
    await uses.flush()
    await uses.flush()

    counted = await uses_of([one, two])
    assert [(use.coordinate, use.uses) for use in counted[one]] == [("Thing.old", 2)]
    assert [(use.coordinate, use.uses) for use in counted[two]] == [("Thing.old", 1)]
    await uses.budgets.close()
