"""The rungs of a city's ladder of escalation."""

from __future__ import annotations

from tortoise.backends.base.client import BaseDBAsyncClient

from services.deadlines.escalation.rules import EscalationRule
from services.deadlines.rows.escalation import sync_ladder
from services.master_data.city import City
from services.master_data.seeding.report import Outcome, Seeded

KIND = "escalation"


async def seed_escalations(connection: BaseDBAsyncClient, city: City) -> list[Seeded]:
    came, changed, gone = await sync_ladder(connection, city.escalations)
    outcomes = {id(rule): Outcome.ADDED for rule in came} | {id(rule): Outcome.CHANGED for rule in changed}
    found = [Seeded(KIND, _named(rule), outcomes.get(id(rule), Outcome.UNCHANGED)) for rule in city.escalations]
    return [*found, *(Seeded(KIND, _named(rule), Outcome.RETIRED) for rule in gone)]


def _named(rule: EscalationRule) -> str:
    return f"{rule.code} from {rule.valid_from}"
