"""States and conditions drawn by chance, of few values each, so that everything meets everything."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from models.enums import PrincipalKind, Role
from services.access import predicates
from services.access.scopes import Budget, Granted, Sight
from services.access.states import KEPT, State
from services.access.ticket_fields import Kind
from services.core.reference import AgencyRef, AreaRef, CategoryRef, Reference

MOMENT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TIMES = ("2026-03-01T00:00:00.000000Z", "2026-03-02T01:00:00.000000Z", "2026-03-03T00:00:00.000000Z")
# Every value that decides anything, field by field; a field that decides nothing has those of its kind.
DECIDING: dict[str, tuple[Any, ...]] = {
    "id": (1, 2),
    "number": ("KDR-2026-000001",),
    "version": (1, 2),
    "status": ("RECEIVED", "VERIFIED", "RESOLVED"),
    "classification": (None, "COMPLAINT"),
    "channel": ("SURGA_WEB", "SMS"),
    "category": (None, 1, 2),
    "anonymous": (None, True, False),
    "confidential": (None, True, False),
    "supervisory": (None, True, False),
    "reported": (None, 1, 2),
    "lead": (None, 1, 2),
    "supporting": ([], [1], [2], [1, 2]),
    "assignee": (None, 1, 2),
    "kelurahan": (None, "35.71.01.1001", "35.71.01.1002"),
    "received_at": TIMES,
    "updated_at": TIMES,
    "occurred_on": (None, "2026-03-01"),
    "hold_until": (None, "2026-04-01"),
    "merged_into": (None, 1),
    "returns": (0, 1),
    "reopens": (0, 1),
    "waiting": (0, 1),
    "standing": (None, "IN_TIME", "OVERDUE"),
    "handling_class": ("ORDINARY", "LIGHT"),
    "clocks": ([], ["RESOLUTION", "RESOLUTION:OVERDUE"], ["VERIFICATION:OVERDUE"]),
    "external": ([], ["open311|one"], ["partner:1|one", "open311|two"]),
}
OF_KIND: dict[Kind, tuple[Any, ...]] = {
    Kind.VALUE: (None, "x"),
    Kind.COUNT: (0, 1),
    Kind.FLAG: (False, True),
    Kind.LIST: ([], ["x"]),
    Kind.MOMENT: (None, *TIMES),
    Kind.DAY: (None, "2026-03-01"),
}
VALUES = {name: DECIDING.get(name, OF_KIND[field.kind]) for name, field in KEPT.items()}
SCALARS = [name for name, field in KEPT.items() if field.kind is not Kind.LIST]
GRANT = Granted("contract", "digest", Budget(1, 1), predicates.Not(predicates.Among("status", ("RECEIVED",))))
SIGHTS = [
    *(Sight(PrincipalKind.STAFF, (role,), agency) for role in Role for agency in (1, 2)),
    Sight(PrincipalKind.STAFF, (Role.INSPECTOR, Role.OFFICER), 1),
    *(Sight(PrincipalKind.STAFF, (role,), 1, others=(2,)) for role in Role),
    Sight(PrincipalKind.STAFF, (Role.COORDINATOR,), 1, unexamined=(2,)),
    Sight(PrincipalKind.STAFF, (Role.LEADER,), 1, unexamined=(2,), deputy=True),
    Sight(PrincipalKind.PARTNER, client_id=1),
    Sight(PrincipalKind.PARTNER, client_id=1, granted=GRANT),
    Sight(PrincipalKind.DISPLAY),
    Sight(PrincipalKind.DISPLAY, agency_id=1),
    Sight(PrincipalKind.CITIZEN, ticket_id=1),
    Sight(PrincipalKind.ANONYMOUS),
]


def drawn_state(chance: random.Random) -> State:
    return {field: chance.choice(values) for field, values in VALUES.items()}


def leaf(chance: random.Random) -> predicates.Predicate:
    scalar = chance.choice(SCALARS)
    return chance.choice(
        [
            predicates.Anything(),
            predicates.Nothing(),
            predicates.Among(
                scalar, tuple(value for value in VALUES[scalar] if value is not None and chance.random() < 0.6)
            ),
            predicates.Flag(
                chance.choice(["anonymous", "confidential", "supervisory"]), chance.choice([None, True, False])
            ),
            predicates.Missing(scalar),
            predicates.Overlaps("supporting", chance.choice([(), (1,), (1, 2)]), "int"),
            predicates.Overlaps("clocks", chance.choice([(), ("RESOLUTION",), ("VERIFICATION:OVERDUE",)]), "text"),
            predicates.Every(
                (predicates.Not(predicates.Missing("due_at")), predicates.Since("due_at", MOMENT)),
            ),
            predicates.External(("one", "three"), chance.choice([None, "open311", "partner:1"])),
            predicates.Above(chance.choice(["returns", "reopens", "waiting"]), 0),
            predicates.Since(chance.choice(["received_at", "updated_at"]), MOMENT),
            predicates.Before(chance.choice(["received_at", "updated_at"]), MOMENT),
        ]
    )


def drawn_predicate(chance: random.Random, depth: int = 3) -> predicates.Predicate:
    if depth == 0 or chance.random() < 0.3:
        return leaf(chance)
    if chance.random() < 0.3:
        return predicates.Not(drawn_predicate(chance, depth - 1))
    parts = tuple(drawn_predicate(chance, depth - 1) for _ in range(chance.randrange(4)))
    return chance.choice([predicates.Every, predicates.Either])(parts)


def a_reference(
    agencies: Mapping[int, AgencyRef], categories: Mapping[int, CategoryRef], areas: Mapping[str, AreaRef]
) -> Reference:
    """The master data of a city that has these."""
    return Reference(
        epoch="log",
        seq=1,
        day=date(2026, 3, 2),
        agencies=dict(agencies),
        agency_codes={ref.code: ref for ref in agencies.values()},
        categories=dict(categories),
        category_codes={ref.code: ref for ref in categories.values()},
        areas=dict(areas),
        kecamatan={ref.kecamatan_code: ref.kecamatan for ref in areas.values()},
        officers={},
        city_code=None,
        city_name=None,
        number_prefix="KDR",
    )
