"""Frames: one execution of a group's operation, as the bytes that all of its members get."""

from __future__ import annotations

from typing import Any

import orjson
from graphql import ExecutionResult, Executor

from realtime.log import LoggedEvent
from schema.core.context import group_context
from schema.core.errors import ErrorLog, forget_frames, formatted
from schema.execution.plans import FrameExecutionContext
from schema.feeds.changes import KINDS, OfTicket, frame_of
from schema.feeds.failures import passing_trouble
from schema.feeds.followed import FeedSubscription, Followed, NotificationSubscription
from schema.feeds.frame_plans import FramePlans
from schema.feeds.shared_frames import CURSOR, Pieces, Shared
from services.access.scopes import Sight
from services.core.desk import Desk
from services.core.messages import DEFAULT_LANGUAGE
from services.core.reference import Reference
from services.feeds.changes import readable_changes
from services.feeds.decisions import view_of
from services.feeds.feeds import LoadedTicket
from services.queries.views import TicketView


def built(followed: Followed) -> Executor[Any]:
    """The executor of a group: its variables are coerced and its operation is found once, not at every event."""
    prepared = followed.prepared
    executor = FrameExecutionContext.build(
        prepared.schema,
        prepared.document,
        None,
        None,
        prepared.variables,
        prepared.operation_name,
        hide_suggestions=True,
    )
    assert isinstance(executor, FrameExecutionContext)  # noqa: S101 - planned before, with the same variables
    followed.executor, followed.plans = executor, FramePlans(executor)
    return executor


class Frames:
    """Runs the operations of groups."""

    def __init__(self, desk: Desk, log: ErrorLog) -> None:
        self.views, self.pieces, self.names = Shared(), Shared(), Shared()
        self._desk = desk
        self._log = log

    def view(self, row: LoadedTicket, sight: Sight) -> TicketView:
        """A ticket as it is now, once for all groups of this sight."""
        view: TicketView = self.views.take((row, sight), lambda: view_of(row, sight))
        return view

    def changes(self, event: LoggedEvent, sight: Sight, reference: Reference) -> list[str]:
        """The names of what an event changed and this sight may read, once for all groups of this sight."""
        names: list[str] = self.names.take((event, sight, reference), lambda: readable_changes(event, sight, reference))
        return names

    def shown(
        self, followed: FeedSubscription, event: LoggedEvent, row: LoadedTicket, shown: OfTicket, cursor: str
    ) -> bytes | None:
        """What an event shows, made once for all groups of this sight and document; None where it has no plan."""
        if followed.plans is None:
            built(followed)
        plans = followed.plans
        plan = None if plans is None else plans.plan(KINDS[type(shown)])
        if plans is None or plan is None:
            return None
        owners = event, row, followed.sight, plan, plans.key
        pieces: Pieces | None = self.pieces.take(owners, lambda: self._pieces(followed, row, shown))
        return None if pieces is None else pieces.frame(cursor)

    def _pieces(self, followed: FeedSubscription, row: LoadedTicket, shown: OfTicket) -> Pieces | None:
        payload = self.planned(followed, frame_of(shown, CURSOR, self.view(row, followed.sight)))
        return None if payload is None else Pieces(payload)

    def planned(self, followed: Followed, frame: object) -> bytes | None:
        """What the plan for this kind of frame gives; None where the operation has to be run."""
        if followed.plans is None:
            built(followed)
        data = followed.plans.data(frame) if followed.plans is not None else None
        return None if data is None else orjson.dumps({"data": data})

    async def executed(self, followed: Followed, frame: object) -> bytes:
        """Run the group's operation once, with the frame as what its root field gives."""
        planned = self.planned(followed, frame)
        if planned is not None:
            return planned
        executor = followed.executor or built(followed)
        once = executor.build_per_event_executor(frame)
        language = followed.reader.language if isinstance(followed, NotificationSubscription) else DEFAULT_LANGUAGE
        once.context_value = group_context(self._desk, followed.sight, language)
        result: Any = once.execute_operation()
        return self.written(result if isinstance(result, ExecutionResult) else await result)

    def written(self, result: ExecutionResult) -> bytes:
        """A result as JSON; raises EdgeRefusal where it failed with what passes by itself."""
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            passing = passing_trouble(result.errors)
            if passing is not None:
                for error in result.errors:
                    forget_frames(error)
                raise passing
            body["errors"] = formatted(result.errors, DEFAULT_LANGUAGE, log=self._log)
        return orjson.dumps(body)
