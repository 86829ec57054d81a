"""Frames: one execution of a group's operation, as the bytes that all of its members get."""

from __future__ import annotations

from typing import Any

import orjson
from graphql import ExecutionResult, Executor

from schema.core.context import group_context
from schema.core.errors import ErrorLog, forget_frames, formatted
from schema.execution.plans import FrameExecutionContext
from schema.feeds.failures import passing_trouble
from schema.feeds.followed import Followed, NotificationSubscription
from schema.feeds.frame_plans import FramePlans
from services.core.desk import Desk
from services.core.messages import DEFAULT_LANGUAGE


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
        self._desk = desk
        self._log = log

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
