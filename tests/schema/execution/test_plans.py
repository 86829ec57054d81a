"""Plans: the same answer as the executor to the byte, on any document and any data, and proof that they are used."""

from __future__ import annotations

import asyncio
import enum
import gc
import inspect
import os
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NewType

import orjson
import pytest
import strawberry
from graphql import DocumentNode, ExecutionResult, Executor, OperationDefinitionNode, execute, parse, validate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from schema.execution.operations import Operation, Wholes
from schema.execution.plans import KEY, FrameExecutionContext, PlanExecutionContext, Plans

FEWEST = 300
EXAMPLES = int(os.environ.get("PLAN_EXAMPLES", FEWEST))  # `make fuzz` asks for more
Code = NewType("Code", str)


class Color(enum.StrEnum):
    RED = "red"
    BLUE = "blue"


class Level(enum.Enum):
    LOW = 1
    HIGH = 2


@strawberry.enum
class Shade(enum.Enum):
    """An enum one of whose members the schema calls otherwise."""

    DARK = strawberry.enum_value("dark", name="NIGHT")
    PALE = "pale"


strawberry.enum(Color)
strawberry.enum(Level)


@strawberry.interface
class Node:
    id: strawberry.ID


@strawberry.type
class Owner(Node):
    name: str | None
    boss: Owner | None

    @classmethod
    def is_type_of(cls, value: Any, _info: object) -> bool:
        return isinstance(value, OwnerRow)


@strawberry.type
class Tag:
    text: str
    owners: list[Owner] | None


@strawberry.type
class Row:
    text: str
    note: str | None
    number: int
    maybe: int | None
    ratio: float | None
    flag: bool | None
    color: Color
    level: Level | None
    shade: Shade | None
    at: datetime
    day: date | None
    amount: Decimal | None
    key: uuid.UUID | None
    code: Code | None
    owner: Owner | None
    must: Owner
    tags: list[Tag]
    words: list[str] | None
    grid: list[list[int | None]] | None
    node: Node | None
    renamed: str = strawberry.field(name="otherName")

    @strawberry.field
    def shout(self) -> str:
        return f"{self.text}!"

    @strawberry.field
    def times(self, n: int = 2) -> str:
        return str(self.text) * n


@strawberry.type
class Item:
    name: str


@strawberry.type
class Query:
    @strawberry.field
    def rows(self, info: strawberry.Info[Any]) -> list[Row] | None:
        return info.context  # type: ignore[no-any-return]

    @strawberry.field
    def strict(self, info: strawberry.Info[Any]) -> list[Row]:
        return info.context  # type: ignore[no-any-return]

    @strawberry.field
    def gaps(self, info: strawberry.Info[Any]) -> list[Row | None] | None:
        return info.context  # type: ignore[no-any-return]

    @strawberry.field
    def one(self, info: strawberry.Info[Any]) -> Row | None:
        return info.context[0] if info.context else None

    @strawberry.field
    def owners(self, info: strawberry.Info[Any]) -> list[Owner]:
        return [row.must for row in info.context]

    @strawberry.field
    def nodes(self, info: strawberry.Info[Any]) -> list[Node]:
        return [row.must for row in info.context]


@dataclass
class OwnerRow:
    id: Any
    name: Any = None
    boss: Any = None


@dataclass
class TagRow:
    text: Any
    owners: Any = None


def owner(name: str = "Ana") -> OwnerRow:
    return OwnerRow("o1", name, OwnerRow("o2", "Budi"))


KEY_OF_ROW = uuid.UUID(int=7)


@dataclass
class RowData:
    text: Any = "a"
    note: Any = None
    number: Any = 1
    maybe: Any = 2
    ratio: Any = 0.5
    flag: Any = True
    color: Any = Color.RED
    level: Any = Level.HIGH
    shade: Any = Shade.DARK
    at: Any = datetime(2026, 3, 2, tzinfo=UTC)
    day: Any = date(2026, 3, 2)
    amount: Any = Decimal("1.50")
    key: Any = KEY_OF_ROW
    code: Any = "c"
    owner: Any = None
    must: Any = field(default_factory=lambda: owner())
    tags: Any = field(default_factory=lambda: [TagRow("x", [owner()]), TagRow("y")])
    words: Any = ("p", "q")
    grid: Any = field(default_factory=lambda: [[1, None], []])
    node: Any = field(default_factory=lambda: owner())
    renamed: Any = "r"


CODE = strawberry.scalar(name="Code", serialize=lambda value: None if value == "none" else f"<{value}>")
SCHEMA = strawberry.Schema(
    Query, types=[Owner], config=StrawberryConfig(scalar_map={Code: CODE}), execution_context_class=PlanExecutionContext
)
CORE = SCHEMA._schema


@pytest.fixture(autouse=True)
def plans() -> Plans:
    CORE.extensions[KEY] = Plans()
    return CORE.extensions[KEY]  # type: ignore[no-any-return]


def run(executor: type[Executor[Any]], source: str, rows: Any, variables: dict[str, Any] | None = None) -> Any:
    document = parse(source)
    assert validate(CORE, document) == []
    return execute(CORE, document, None, rows, variables, executor_class=executor)


def shown(result: ExecutionResult) -> bytes:
    """Every byte that a client would read, the order of keys and errors included."""
    return orjson.dumps({"data": result.data, "errors": [error.formatted for error in result.errors or []]})


def both(source: str, rows: Any, variables: dict[str, Any] | None = None) -> bytes:
    """The answer with plans, after checking that it is the answer without, at the first and the second call.

    Plans for single objects too are tried beside, on plans of their own.
    """
    document = parse(source)
    assert validate(CORE, document) == []
    stock, *planned = [
        execute(CORE, document, None, rows, variables, executor_class=executor)
        for executor in (StrawberryGraphQLCoreExecutionContext, PlanExecutionContext, PlanExecutionContext)
    ]
    kept, CORE.extensions[KEY] = CORE.extensions[KEY], Plans()
    planned += [execute(CORE, document, None, rows, variables, executor_class=FrameExecutionContext) for _ in "ab"]
    CORE.extensions[KEY] = kept
    assert isinstance(stock, ExecutionResult)
    for result in (*planned, *by_wholes(document, rows, variables or {})):
        assert isinstance(result, ExecutionResult)
        assert shown(result) == shown(stock)
    return shown(stock)


def by_wholes(document: DocumentNode, rows: Any, variables: dict[str, Any]) -> list[ExecutionResult]:
    """The answers of what is compiled of a whole operation, the first of which an executor gives."""
    [node] = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    operation = Operation(CORE, document, node, None, variables, Wholes(), 50)
    kept, CORE.extensions[KEY] = CORE.extensions[KEY], Plans()
    answers = [operation.answered(rows) for _ in "abc"]
    results = [at_once(each) if inspect.iscoroutine(each) else each for each in answers]
    CORE.extensions[KEY] = kept
    return results


def at_once(answer: Coroutine[Any, Any, ExecutionResult]) -> ExecutionResult:
    """An answer that has nothing to wait for."""
    with pytest.raises(StopIteration) as end:
        answer.send(None)
    result: ExecutionResult = end.value.value
    return result


EVERYTHING = """{ rows { text note number maybe ratio flag color level shade at day amount key code otherName __typename
  owner { id name boss { id } } must { id boss { name boss { id } } } words grid
  tags { text owners { name id } } } }"""


def test_a_list_of_plain_objects_is_completed_by_its_plan(plans: Plans) -> None:
    answer = orjson.loads(both(EVERYTHING, [RowData(), RowData(owner=owner("Citra"), note="n")]))

    assert answer["errors"] == []
    assert answer["data"]["rows"][1]["owner"] == {"id": "o1", "name": "Citra", "boss": {"id": "o2"}}
    assert answer["data"]["rows"][0]["code"] == "<c>"
    assert answer["data"]["rows"][0]["shade"] == "NIGHT"
    assert (plans.compiled, plans.served, plans.left) == (1, 2, 0)


def test_the_executor_never_sees_a_field_of_a_planned_list(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    stock = PlanExecutionContext.execute_field

    def spying(self: Any, parent: Any, *args: Any) -> Any:
        seen.append(parent.name)
        return stock(self, parent, *args)

    monkeypatch.setattr(PlanExecutionContext, "execute_field", spying)
    run(PlanExecutionContext, EVERYTHING, [RowData()] * 50)

    assert seen == ["Query"]


@pytest.mark.parametrize(
    ("source", "compiled"),
    [
        ("{ rows { a: text b: text text } }", 1),
        ("{ rows { ...f } } fragment f on Row { text ...g } fragment g on Row { must { name } }", 1),
        ("{ rows { must { ... on Node { id } ... on Owner { name } } must { boss { id } } } }", 1),
        ("{ rows { ... { text } text } rows { number } }", 1),
        ("{ owners { __typename } }", 1),
        ("{ gaps { text } strict { number } }", 2),
        ("{ rows { __typename } }", 0),
        ("{ rows { text @include(if: true) } }", 0),
        ("{ rows { ...f @skip(if: false) } } fragment f on Row { text }", 0),
        ("{ rows { ...f } } fragment f on Row { ...g } fragment g on Row { must { id @skip(if: true) name } }", 0),
        ("{ nodes { id } }", 0),
    ],
)
def test_selections_of_every_shape_have_the_same_answer(plans: Plans, source: str, compiled: int) -> None:
    both(source, [RowData(), RowData()])

    assert plans.compiled == compiled
    assert plans.left == 0


@pytest.mark.parametrize(
    "selection", ["shout", "times", "times(n: 3)", "node { id }", "text node { ... on Owner { name } }"]
)
def test_what_is_not_plain_is_left_to_the_executor(plans: Plans, selection: str) -> None:
    both(f"{{ rows {{ text {selection} }} }}", [RowData()])

    assert plans.compiled == 0


def test_plain_lists_under_rows_with_resolvers_have_plans(plans: Plans) -> None:
    both("{ rows { shout tags { text } } }", [RowData(), RowData()])

    assert (plans.compiled, plans.served) == (1, 4)


@pytest.mark.parametrize(
    ("selection", "counts"),
    [
        ("text number must { id boss { name } } tags { text }", (1, 1)),
        ("shout must { id } tags { text } owner { name }", (2, 2)),  # owner is null
        ("text @include(if: true) node { id }", (1, 1)),  # what an interface turns out to be is an object
        ("__typename", (0, 0)),
    ],
)
def test_a_single_object_has_a_plan_where_frames_are_executed(
    plans: Plans, selection: str, counts: tuple[int, int]
) -> None:
    run(FrameExecutionContext, f"{{ one {{ {selection} }} }}", [RowData()])

    assert (plans.compiled, plans.served, plans.left) == (*counts, 0)


def test_a_single_object_that_does_not_fit_is_the_executors(plans: Plans) -> None:
    source = "{ one { text must { name boss { id } } } }"
    broken = RowData(must=OwnerRow("o", boss=OwnerRow(None)))
    answer = orjson.loads(shown(run(FrameExecutionContext, source, [broken])))

    assert answer["data"] == {"one": {"text": "a", "must": {"name": None, "boss": None}}}
    assert [error["path"] for error in answer["errors"]] == [["one", "must", "boss", "id"]]
    assert (plans.served, plans.left) == (0, 3)


@pytest.mark.parametrize("value", [True, False])
def test_conditions_follow_their_variables(value: bool) -> None:
    source = (
        "query ($v: Boolean!) { rows { text number @include(if: $v) ...f @skip(if: $v) } } fragment f on Row { note }"
    )

    assert (b"number" in both(source, [RowData()], {"v": value})) is value


def test_a_merged_field_has_a_plan_for_each_set_of_its_nodes(plans: Plans) -> None:
    source = "query ($v: Boolean!) { rows { text } rows @include(if: $v) { number } }"
    document = parse(source)
    answers = [
        execute(CORE, document, None, [RowData()], {"v": value}, executor_class=PlanExecutionContext)
        for value in (True, False, True)
    ]

    assert [answer.data for answer in answers] == [  # type: ignore[union-attr]
        {"rows": [{"text": "a", "number": 1}]},
        {"rows": [{"text": "a"}]},
        {"rows": [{"text": "a", "number": 1}]},
    ]
    assert plans.compiled == 2


BAD: dict[str, list[Any]] = {
    "text": [None, 5, 1.5, True, b"x", ValueError("odd"), Color.RED, object(), ["a"]],
    "note": [5, ValueError("odd"), Color.BLUE],
    "number": [None, 2**31, -(2**31) - 1, 1.0, 1.5, True, "7", "x", float("nan")],
    "ratio": [3, float("inf"), float("nan"), "1.5", "x", True],
    "flag": [0, 1, "true", 1.0, None],
    "color": [None, "red", "green", "RED", Level.LOW, 5, ["red"]],
    "shade": ["dark", "NIGHT", "DARK", Color.RED],
    "level": [1, Color.RED, "LOW", 2.0],
    "at": [None, "2026-03-02", date(2026, 3, 2), 5],
    "day": [datetime(2026, 3, 2, tzinfo=UTC), "x"],
    "amount": [1, 1.5, "x"],
    "key": ["x", 1],
    "code": ["none", None, 5, ValueError("odd")],
    "owner": ["x", TagRow("t"), {"id": "1"}, ValueError("odd"), OwnerRow(None), OwnerRow(7, boss=OwnerRow(None))],
    "must": [None, "x", OwnerRow("1", boss=OwnerRow("2", boss=5))],
    "tags": [None, (), [None], [TagRow(None)], [TagRow("x", [None])], [TagRow("x", [OwnerRow(None)])], {}, "ab"],
    "words": [None, [], [None], ["a", 5], "ab", {"a"}, 5, [ValueError("odd")]],
    "grid": [None, [None], [[2**40]], [(1,)], [1], [["x"]]],
    "renamed": [None],
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_values_that_do_not_fit_have_the_executors_errors(name: str) -> None:
    for value in BAD[name]:
        for source in (EVERYTHING, EVERYTHING.replace("rows", "strict"), EVERYTHING.replace("rows", "gaps")):
            both(source, [RowData(), RowData(**{name: value}), RowData()])
        both(EVERYTHING.replace("rows", "one"), [RowData(**{name: value})])


@pytest.mark.parametrize(
    "rows", [None, [], (), [None], [RowData(), None], [5], "ab", {}, 5, [ValueError("odd")], ValueError("odd")]
)
def test_lists_of_every_kind_have_the_same_answer(rows: Any) -> None:
    for name in ("rows", "strict", "gaps"):
        both(f"{{ {name} {{ text must {{ name }} }} }}", rows)


def test_an_attribute_that_raises_is_placed_by_the_executor(plans: Plans) -> None:
    class Raising(RowData):
        @property
        def note(self) -> Any:
            raise LookupError("odd")

        @note.setter
        def note(self, value: Any) -> None:
            pass

    answer = orjson.loads(both("{ rows { text note } }", [RowData(), Raising()]))

    assert answer["errors"] == [
        {"message": "odd", "path": ["rows", 1, "note"], "locations": [{"line": 1, "column": 15}]}
    ]
    assert (plans.served, plans.left) == (0, 2)


def test_a_generator_is_read_once() -> None:
    for source in ("{ rows { text } }", "{ rows { words } }"):
        made = [
            orjson.loads(shown(run(executor, source, [RowData(words=(word for word in "ab"))])))
            for executor in (StrawberryGraphQLCoreExecutionContext, PlanExecutionContext)
        ]
        assert made[0] == made[1]


async def test_attributes_that_must_be_awaited_are_left_to_the_executor() -> None:
    async def later(value: Any) -> Any:
        await asyncio.sleep(0)
        return value

    for name, source in (
        ("text", "{ rows { text } }"),
        ("code", "{ rows { code } }"),
        ("must", "{ rows { must { __typename } } }"),
        ("tags", "{ rows { tags { text } } }"),
        ("words", "{ rows { words } }"),
    ):
        answers = []
        for executor in (StrawberryGraphQLCoreExecutionContext, PlanExecutionContext):
            result = run(executor, source, [RowData(**{name: later(getattr(RowData(), name))})])
            answers.append(shown(await result if inspect.isawaitable(result) else result))
        assert answers[0] == answers[1]
        assert b'"errors":[]' in answers[0]


LEAVES = (
    "text note number maybe ratio flag color level shade at day amount key code otherName words grid __typename shout"
)


def selections(depth: int) -> st.SearchStrategy[str]:
    """Selections of Row, with aliases, repetitions, fragments, conditions, nested objects and lists."""
    leaf = st.sampled_from(LEAVES.split())
    owners = st.sampled_from(
        ["{ id }", "{ name id }", "{ __typename }", "{ boss { id name } }", "{ ...o }", "{ x: id }"]
    )
    part = st.one_of(
        leaf,
        st.tuples(st.sampled_from("pq"), leaf).map(lambda pair: f"{pair[0]}_{pair[1]}: {pair[1]}"),
        st.tuples(st.sampled_from(["owner", "must"]), owners).map(" ".join),
        owners.map(lambda inner: f"tags {{ text owners {inner} }}"),
        st.sampled_from(["...r", "tags { text }", "text @include(if: $v)", "must @skip(if: $v) { id }", "node { id }"]),
    )
    if depth:
        part = st.one_of(part, part, selections(depth - 1).map(lambda inner: f"... on Row {{ {inner} }}"))
    return st.lists(part, min_size=1, max_size=8).map(" ".join)


def row_data() -> st.SearchStrategy[RowData]:
    """Rows of which one in a few holds something odd."""
    odd = st.sampled_from(sorted(BAD)).flatmap(
        lambda name: st.sampled_from(BAD[name]).map(lambda value: RowData(**{name: value}))
    )
    fine = st.builds(RowData, note=st.none() | st.text(max_size=3), owner=st.none() | st.just(owner()))
    return st.one_of(fine, fine, fine, odd)


@pytest.mark.slow
@settings(max_examples=EXAMPLES, deadline=None, derandomize=EXAMPLES == FEWEST, suppress_health_check=list(HealthCheck))
@given(selections(2), st.sampled_from(["rows", "strict", "gaps"]), st.lists(row_data(), max_size=4), st.booleans())
def test_any_document_on_any_data_has_the_same_answer(chosen: str, name: str, rows: list[RowData], v: bool) -> None:
    source = (
        f"query ($v: Boolean!) {{ {name} {{ {chosen} }}"
        f" ok: {name} {{ text @include(if: $v) number ...r must {{ ...o }} }} one {{ {chosen} }} }}"
        " fragment r on Row { maybe color must { ...o } } fragment o on Owner { id name }"
    )

    both(source, rows, {"v": v})
    alone = f"{name} {{ {chosen} note @skip(if: $v) }}" if rows else f"o: one {{ {chosen} shout @skip(if: $v) }}"
    both(with_fragments(f"query ($v: Boolean!) {{ {alone} }}"), rows or [RowData()], {"v": v})


def with_fragments(source: str) -> str:
    """The document with those of the fragments that it needs."""
    source += " fragment r on Row { maybe color must { ...o } }" if "...r" in source else ""
    return source + (" fragment o on Owner { id name }" if "...o" in source else "")


def test_plans_are_bounded(plans: Plans) -> None:
    plans.most_kept = 3
    documents = [parse(f"{{ rows {{ a{number}: text }} }}") for number in range(10)]
    for number, document in enumerate(documents):
        answer = execute(CORE, document, None, [RowData()], executor_class=PlanExecutionContext)
        assert answer.data == {"rows": [{f"a{number}": "a"}]}  # type: ignore[union-attr]

    assert len(plans) == 3
    assert plans.compiled == 10


def test_a_plan_goes_with_its_document(plans: Plans) -> None:
    for number in range(200):
        answer = run(PlanExecutionContext, f"{{ rows {{ a{number}: text must {{ b{number}: id }} }} }}", [RowData()])
        # The document is gone and its ids are free: the next may take them, and must not find another's plan.
        assert answer.data == {"rows": [{f"a{number}": "a", "must": {f"b{number}": "o1"}}]}
    gc.collect()

    assert len(plans) == 0
    assert plans.compiled == 200


def test_schemas_do_not_share_plans(plans: Plans) -> None:
    @strawberry.type
    class Query:
        @strawberry.field
        def tags(self) -> list[Tag]:
            return [TagRow("x")]  # type: ignore[list-item]

    other = strawberry.Schema(Query, types=[Owner], execution_context_class=PlanExecutionContext)._schema
    execute(other, parse("{ tags { text } }"), executor_class=PlanExecutionContext)

    assert other.extensions[KEY].compiled == 1
    assert plans.compiled == 0


def test_a_middleware_sees_every_field(plans: Plans) -> None:
    seen: list[str] = []

    def watching(resolver: Any, source: Any, info: Any, **args: Any) -> Any:
        seen.append(info.field_name)
        return resolver(source, info, **args)

    execute(
        CORE, parse("{ rows { text } }"), None, [RowData()], executor_class=PlanExecutionContext, middleware=[watching]
    )

    assert seen == ["rows", "text"]
    assert plans.served == 0


def test_plans_serve_strawberrys_own_execution_too(plans: Plans) -> None:
    assert SCHEMA.execute_sync("{ rows { text } }", context_value=[RowData()]).data == {"rows": [{"text": "a"}]}
    assert plans.served == 1


def test_another_way_to_read_attributes_has_no_plan() -> None:
    @strawberry.type
    class Query:
        @strawberry.field
        def items(self) -> list[Item]:
            return [{"name": "x"}]  # type: ignore[list-item]

    config = StrawberryConfig(default_resolver=lambda source, name: source[name])
    schema = strawberry.Schema(Query, config=config, execution_context_class=PlanExecutionContext)
    result = schema.execute_sync("{ items { name } }")

    assert result.data == {"items": [{"name": "x"}]}
    assert schema._schema.extensions[KEY].compiled == 0
