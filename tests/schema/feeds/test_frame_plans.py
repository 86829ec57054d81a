"""Frames by plans are to the byte those of an execution, and are used wherever what is selected is plain."""

from __future__ import annotations

from typing import Any

import pytest
import strawberry
import structlog

from schema.core.scalars import Cursor
from schema.execution.plans import KEY, FrameExecutionContext, Plans
from schema.feeds.changes import FeedHeartbeat
from schema.feeds.followed import Followed
from services.core.desk import Desk
from tests.schema.conftest import City
from tests.schema.feeds.test_live_memory import MOMENT, OURS, Frames, followed, frames  # noqa: F401
from tests.schema.feeds.test_sharing import StockFrames
from tests.schema.live_documents import random_one

PLAIN = {
    "status": "subscription { s: ticketStatusChanged { cursor at to from version ticket { id number title } } }",
    "feed": """subscription { ticketFeed { __typename ...u ... on TicketLeft { cursor reason }
      ... on TicketEntered { ticket { id hidden { field } } } ... on FeedHeartbeat { asOf lagMilliseconds } } }
      fragment u on TicketUpdated { changed c: cursor ticket { ...t status } }
      fragment t on Ticket { leadAgency { name } }""",
}


async def told_alike(desk: Desk, group: Followed, ours: Any, shown: list[Any]) -> None:
    stock = StockFrames(desk, structlog.get_logger("tests"))
    for frame in (*shown, *shown):
        assert await ours.executed(group, frame) == await stock.executed(group, frame)


@pytest.mark.parametrize("document", PLAIN.values(), ids=PLAIN)
async def test_plain_frames_need_no_execution(
    desk: Desk,
    city: City,
    schema: strawberry.Schema,
    frames: Frames,  # noqa: F811
    document: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plans = schema._schema.extensions[KEY] = Plans()
    live, group = await followed(desk, schema, city.coordinator, document)
    await told_alike(desk, group, live.frames, frames(group))
    other, same = await followed(desk, schema, city.officer, document)
    await told_alike(desk, same, other.frames, frames(group))
    monkeypatch.setattr(FrameExecutionContext, "execute_operation", None)

    for frame in frames(group):
        await live.frames.executed(group, frame)
    assert plans.left == 0
    assert plans.served == 5 * len(frames(group))


@pytest.mark.slow
async def test_any_frame_of_any_document_is_told_alike(
    desk: Desk,
    city: City,
    schema: strawberry.Schema,
    frames: Frames,  # noqa: F811
) -> None:
    documents = [*OURS.values(), *(random_one(seed) for seed in range(40))]
    for document in documents:
        live, group = await followed(desk, schema, city.coordinator, document)
        await told_alike(desk, group, live.frames, frames(group))


async def test_a_frame_that_does_not_fit_is_placed_by_an_execution(
    desk: Desk, city: City, schema: strawberry.Schema
) -> None:
    plans = schema._schema.extensions[KEY] = Plans()
    live, group = await followed(desk, schema, city.coordinator, PLAIN["feed"])
    odd: Any = FeedHeartbeat(cursor=Cursor("d"), as_of=MOMENT, lag_milliseconds=2**40)

    told = await live.frames.executed(group, odd)

    assert b'"errors":[' in told
    assert b'"data":{"ticketFeed":null}' in told or b'"data":null' in told
    assert (plans.served, plans.left) == (0, 2)
