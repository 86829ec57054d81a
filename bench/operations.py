"""CPU of each reading document of web/admin/operations beside graphql-core's plain execution of the same document.

Both work on the same desk with the same rights; only what executes it differs. The answers are compared byte by byte.
"""

from __future__ import annotations

import asyncio
import inspect
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import asyncpg
import orjson
from graphql import ExecutionResult, Executor, OperationType
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.documents.documents import Documents, Prepared
from api.server.opening import open_desk
from api.settings import Environment, Settings
from bench.desks import quiet_demo
from bench.rounds import ratios, told
from models import Ticket
from schema import build_schema
from schema.core.context import context_for
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.nodes import node_id
from services.credentials.identify import identify

ROUNDS, TIMES = 5, 20
OF_A_DECREE = {"preview-deadline-rules"}  # its variables are a whole calendar
OPERATIONS = Path(__file__).parents[1] / "web" / "admin" / "operations"


@dataclass(frozen=True)
class Case:
    """One document and who asks it."""

    desk: Desk
    prepared: Prepared
    scope: Scope

    async def ran(self, executor: type[Executor[Any]] | None) -> ExecutionResult:
        """What an executor answers, or we where there is none: by what is compiled from the second time on."""
        context = context_for(self.desk, self.scope, "id", "bench", None)  # type: ignore[arg-type]
        operation = self.prepared.executable
        result = operation.answered(context) if executor is None else operation.executed(context, executor)
        answer: ExecutionResult = await result if inspect.isawaitable(result) else result
        return answer

    async def seconds(self, executor: type[Executor[Any]] | None) -> float:
        """CPU of this process per run."""
        before = time.process_time()
        for _ in range(TIMES):
            await self.ran(executor)
        return (time.process_time() - before) / TIMES


def main() -> None:
    with quiet_demo() as (served, folder):
        asyncio.run(measured(folder, served.access["tokens"]))


async def measured(folder: Path, tokens: dict[str, str]) -> None:
    settings = Settings.model_validate({"environment": Environment.DEVELOPMENT, "data_dir": folder})
    async with open_desk(settings) as desk:
        scopes = [await identify(desk, tokens[who]) for who in ("coordinator", "admin")]
        documents = Documents(build_schema()._schema)
        print("reading documents of the admin frontend: statements, CPU, ratio to graphql-core's plain execution")
        for path in sorted(OPERATIONS.glob("*.graphql")):
            prepared = documents.prepare(path.read_text("utf-8"), None, await variables(path.read_text("utf-8")))
            if prepared.kind is OperationType.QUERY and path.stem not in OF_A_DECREE:
                await tell(path.stem, await fitting([Case(desk, prepared, scope) for scope in scopes]))


async def variables(source: str) -> dict[str, Any]:
    """What a document needs besides its defaults."""
    ticket = await Ticket.filter(confidential=False, supervisory=False).order_by("-id").first()
    assert ticket is not None  # noqa: S101
    question = {"clock": "RESOLUTION", "receivedAt": "2026-03-02T02:00:00Z", "classification": "COMPLAINT"}
    needed = {"id": node_id("Ticket", ticket.id), "first": 50, "year": 2026, "input": question}
    return {name: value for name, value in needed.items() if f"${name}" in source}


async def fitting(cases: list[Case]) -> Case:
    """The first who may ask."""
    for case in cases:
        answer = await case.ran(StrawberryGraphQLCoreExecutionContext)
        if not answer.errors:
            return case
    raise SystemExit(f"Nobody may ask this: {answer.errors}")


async def tell(name: str, case: Case) -> None:
    plain, ours = StrawberryGraphQLCoreExecutionContext, None
    with counted() as statements:
        before, answer, after = [shown(await case.ran(executor)) for executor in (plain, ours, plain)]
    if before == after != answer:  # else it tells of this very moment
        raise SystemExit(f"{name}: the plans answer otherwise than the executor.")
    rounds = [(await case.seconds(ours), await case.seconds(plain)) for _ in range(ROUNDS)]
    mine, theirs = ([each[place] for each in rounds] for place in range(2))
    middle = statistics.median(mine) * 1000
    print(f"  {name:24} {len(statements) // 3:2} {middle:7.2f} ms  {told(ratios(mine, theirs))}", flush=True)


def shown(result: ExecutionResult) -> bytes:
    """The data of an answer, but for the moments at which it was given, which cursors hold too."""
    return orjson.dumps(without_moments(result.data))


def without_moments(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_moments(each) for key, each in value.items() if not key.endswith(("asOf", "ursor"))}
    return [without_moments(each) for each in value] if isinstance(value, list) else value


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are sent while the block runs."""
    sent: list[str] = []
    plain = asyncpg.Connection._execute

    async def noted(self: Any, query: str, *args: Any, **named: Any) -> Any:
        sent.append(query)
        return await plain(self, query, *args, **named)

    with patch.object(asyncpg.Connection, "_execute", noted):
        yield sent


if __name__ == "__main__":
    main()
