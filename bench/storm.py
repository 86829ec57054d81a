"""One of the processes that `bench.replay` lets play at once: random use cases by everybody, on the same few tickets.

What `surga simulate` never does is done here most: merges, chains of them, archives that give duplicates back, answers
that are recalled and rejected, reopenings, erasures, reveals and new secrets, some by callers who may not or who read
an older version. A refusal is an answer; anything else is printed, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from random import Random

from api.server.opening import open_desk
from api.settings import load_settings
from bench.player import Player
from models import Assignment
from models.enums import PrincipalKind
from services.access.scopes import Scope
from services.core.desk import Desk
from services.credentials import identify
from services.credentials.credentials import issue
from services.master_data.codes import OUTSIDE, on_duty


async def everybody(desk: Desk) -> list[Scope]:
    """All staff of today, as tokens of theirs give it."""
    posts = Assignment.filter(on_duty(desk.today()), officer__active=True)
    found = []
    for officer in sorted({post.officer_id for post in await posts}):
        issued = await issue(desk, PrincipalKind.STAFF, name="storm", officer_id=officer)
        found.append(await identify.identify(desk, issued.token))
    return found


async def storm(seed: int, acts: int) -> list[str]:
    """Play, and give what broke."""
    async with open_desk(load_settings()) as desk:
        reference = await desk.reference()
        codes = [agency.code for agency in reference.agencies.values() if agency.active]
        outside = [each.code for each in reference.agencies.values() if each.active and each.kind in OUTSIDE]
        staff, places = await everybody(desk), sorted(reference.areas)
        player = Player(desk, staff, codes, outside, places, Random(seed))  # noqa: S311 - a play
        await player.play(acts)
    print(f"  storm {seed}: {dict(player.counts)}", flush=True)
    return player.broken


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--acts", type=int, default=1_000)
    given = parser.parse_args()
    broken = asyncio.run(storm(given.seed, given.acts))
    for each in broken:
        print(f"  a use case broke: {each}")
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
