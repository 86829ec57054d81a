"""Whole operations, compiled: the executor's answer to whoever asks, by no executor, and one root asked once."""

from __future__ import annotations

import asyncio
import gc
import weakref
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
import strawberry
from graphql import ExecutionResult, OperationDefinitionNode, execute, parse, validate
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from schema.execution.operations import KEY, MOST_VARIANTS, Counts, Operation, Wholes
from schema.execution.plans import PlanExecutionContext
from schema.execution.whole_compiler import Room


@strawberry.type
class Leaf:
    text: str


@strawberry.type
class Tree:
    name: str
    leaves: list[Leaf]
    none: list[Leaf] | None

    @strawberry.field
    async def height(self, info: strawberry.Info[Any]) -> int:
        await asyncio.sleep(0)
        return 7 if info.context.height is None else info.context.height  # type: ignore[no-any-return]

    @strawberry.field
    async def fruit(self, info: strawberry.Info[Any], most: int = 1) -> list[Leaf] | None:
        info.context.picked += 1
        await asyncio.sleep(0)
        if isinstance(info.context.fruit, BaseException):
            raise info.context.fruit
        return [Row(f"f{number}") for number in range(most)]  # type: ignore[misc]

    @strawberry.field
    def age(self) -> int:
        return 3


@strawberry.input
class Start:
    at: int


@strawberry.type
class Query:
    @strawberry.field
    async def tree(self, info: strawberry.Info[Any], name: str = "oak") -> Tree | None:
        info.context.asked += 1
        await asyncio.sleep(0)
        if isinstance(info.context.tree, BaseException):
            raise info.context.tree
        if info.context.tree is not None:
            info.context.tree.name = name
        return info.context.tree  # type: ignore[no-any-return]

    @strawberry.field
    async def row(self, numbers: list[int], start: Start | None = None) -> Leaf | None:
        numbers.append(len(numbers))
        if start is not None:
            start.at += 1
        return Row(f"{numbers} {start and start.at}")  # type: ignore[return-value]

    @strawberry.field
    async def leaves(self, info: strawberry.Info[Any]) -> list[Leaf]:
        info.context.asked += 1
        return info.context.tree.leaves  # type: ignore[no-any-return]


@strawberry.interface
class Problem:
    code: str


@strawberry.type
class Frost(Problem):
    until: str


@strawberry.type
class Payload:
    tree: Tree | None
    problems: list[Problem]
    name: str | None = None


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def plant(self, info: strawberry.Info[Any], name: str) -> Payload:
        info.context.asked += 1
        await asyncio.sleep(0)
        if isinstance(info.context.tree, BaseException):
            raise info.context.tree
        return Payload(tree=info.context.tree, problems=info.context.problems, name=name)


@dataclass
class Row:
    text: Any


@dataclass
class TreeRow:
    name: Any
    leaves: Any
    none: Any = None


@dataclass
class Given:
    """A context: what the root field gives, and how often it and what is below it was asked."""

    tree: Any
    height: Any = None
    asked: int = 0
    picked: int = 0
    fruit: BaseException | None = None
    problems: Any = field(default_factory=list)


CORE = strawberry.Schema(Query, Mutation, types=[Frost], execution_context_class=PlanExecutionContext)._schema
EVERYTHING = """query ($name: String!, $v: Boolean = true) { t: tree(name: $name) {
  name leaves { text __typename } none { text } age height fruit(most: 2) { text } old: age @include(if: $v) } }"""


PLANTING = """mutation ($name: String!) { p: plant(name: $name) {
  name problems { __typename code ... on Frost { until } } t: tree { name leaves { text } height fruit { text } } } }"""


@pytest.fixture(autouse=True)
def counts() -> Counts:
    counts = CORE.extensions[KEY] = Counts()
    return counts


def grown(number: int = 25) -> TreeRow:
    return TreeRow("x", [Row(str(each)) for each in range(number)])


def operation(source: str, wholes: Wholes, **variables: Any) -> Operation:
    document = parse(source)
    assert validate(CORE, document) == []
    node = next(each for each in document.definitions if isinstance(each, OperationDefinitionNode))
    return Operation(CORE, document, node, None, variables, wholes, 50)


def shown(result: ExecutionResult) -> bytes:
    return orjson.dumps({"data": result.data, "errors": [error.formatted for error in result.errors or []]})


async def result_of(answer: Any) -> ExecutionResult:
    return answer if isinstance(answer, ExecutionResult) else await answer


async def alike(asked: Operation, tree: Any, height: Any = None) -> bytes:
    """The answer, after checking that an executor gives it too, and that the root is asked once each."""
    guarded = isinstance(tree, BaseException) and not isinstance(tree, Exception)  # the others know no such thing
    stock = execute(
        CORE, asked.document, None, Given(tree, height), asked.variables,
        executor_class=PlanExecutionContext if guarded else StrawberryGraphQLCoreExecutionContext,
    )  # fmt: skip
    wanted = shown(await result_of(stock))
    for _ in range(3):
        context = Given(tree, height)
        assert shown(await result_of(asked.answered(context))) == wanted
        assert context.asked == 1
        assert context.picked <= 1
    return wanted


async def test_what_is_asked_again_is_answered_without_an_executor(
    counts: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = operation(EVERYTHING, Wholes(), name="ash")
    answer = orjson.loads(await alike(asked, grown()))
    monkeypatch.setattr(PlanExecutionContext, "execute_field", None)

    again = await result_of(asked.answered(Given(grown())))

    tree = answer["data"]["t"]
    assert (tree["name"], tree["height"], tree["old"], tree["none"]) == ("ash", 7, 3, None)
    assert (len(tree["leaves"]), tree["fruit"]) == (25, [{"text": "f0"}, {"text": "f1"}])
    assert again.data == answer["data"]
    assert (counts.compiled, counts.served, counts.left) == (1, 3, 0)


async def test_each_caller_gets_an_own_answer_by_own_variables() -> None:
    wholes = Wholes()
    document = operation(EVERYTHING, wholes, name="ash")
    for name, shows in (("elm", True), ("fir", False), ("yew", None), ("box", True)):
        variables = {"name": name} if shows is None else {"name": name, "v": shows}
        asked = Operation(CORE, document.document, document.node, None, variables, wholes, 50)
        tree = orjson.loads(await alike(asked, grown(1)))["data"]["t"]

        assert (tree["name"], "old" in tree) == (name, shows is not False)


@pytest.mark.parametrize(
    ("tree", "height"),
    [
        (ValueError("odd"), None),
        (asyncio.CancelledError(), None),
        (SystemExit(3), None),
        ("no tree", None),
        (TreeRow("x", None), None),
        (TreeRow("x", "abc"), None),
        (TreeRow("x", [Row("a"), Row(None)]), None),
        (TreeRow("x", [Row(str(each)) for each in range(20)] + [None]), None),
        (TreeRow("x", [], [Row(None)]), None),
        (grown(2), 2**40),
        (grown(2), "tall"),
    ],
)
async def test_what_is_odd_is_placed_by_an_executor_that_asks_nothing_again(
    counts: Counts, tree: Any, height: Any
) -> None:
    answer = orjson.loads(await alike(operation(EVERYTHING, Wholes(), name="ash"), tree, height))

    assert len(answer["errors"]) >= 1
    assert (counts.served, counts.left) == (0, 2)


@pytest.mark.parametrize("fruit", [ValueError("rotten"), asyncio.CancelledError(), None])
async def test_what_is_late_is_asked_once_though_something_beside_it_fails(counts: Counts, fruit: Any) -> None:
    asked, told, failing = operation(EVERYTHING, Wholes(), name="ash"), set(), "fruit" if fruit else "height"
    for _ in range(3):
        context = Given(grown(2), 7 if fruit else 2**40, fruit=fruit)
        told.add(shown(await result_of(asked.answered(context))))
        assert (context.asked, context.picked) == (1, 1)

    [answer] = map(orjson.loads, told)
    assert answer["errors"][0]["path"] == ["t", failing]
    assert counts.left == 2


async def test_nothing_is_an_answer_too(counts: Counts) -> None:
    assert orjson.loads(await alike(operation(EVERYTHING, Wholes(), name="ash"), None)) == {
        "data": {"t": None},
        "errors": [],
    }
    assert (counts.served, counts.left) == (2, 0)


@pytest.mark.parametrize("variables", [{}, {"name": 5}, {"name": None}, {"name": "ash", "v": "yes"}])
async def test_wrong_variables_are_told_by_an_executor(counts: Counts, variables: dict[str, Any]) -> None:
    wholes = Wholes()
    for _ in range(2):
        await result_of(operation(EVERYTHING, wholes, name="ash").answered(Given(grown())))
    asked = operation(EVERYTHING, wholes, **variables)
    stock = asked.executed(Given(grown()), StrawberryGraphQLCoreExecutionContext)
    answer = asked.answered(Given(grown()))

    assert isinstance(answer, ExecutionResult)
    assert isinstance(stock, ExecutionResult)
    assert shown(answer) == shown(stock)
    assert counts.served == 1


@pytest.mark.parametrize(
    "source",
    [
        "{ a: tree { name } b: tree { name } }",
        "{ tree { name } __typename }",
        "{ __schema { queryType { name } } }",
        'mutation { plant(name: "a") { name } b: plant(name: "b") { name } }',
        'mutation { plant(name: "a") { __typename } }',
        "query @experimental_disableErrorPropagation { tree { name } }",
        "{ tree { __typename } }",
    ],
)
async def test_nothing_is_compiled_of_what_has_no_single_plain_root(counts: Counts, source: str) -> None:
    wholes = Wholes()
    asked = Operation(CORE, parse(source), parse(source).definitions[0], None, {}, wholes, 50)  # type: ignore[arg-type]
    answers = [shown(await result_of(asked.answered(Given(grown())))) for _ in range(3)]

    assert len(set(answers)) == 1
    assert wholes.hopeless
    assert counts.compiled == 0


async def test_merged_root_fields_are_one(counts: Counts) -> None:
    source = "{ tree { name } ...q } fragment q on Query { tree { leaves { text } ... { height } } }"
    answer = orjson.loads(await alike(operation(source, Wholes()), grown(1)))

    assert answer["data"] == {"tree": {"name": "oak", "leaves": [{"text": "0"}], "height": 7}}
    assert counts.served == 2


async def test_the_name_of_the_root_is_known(counts: Counts) -> None:
    asked = operation("query ($v: Boolean = true) { __typename a: __typename @include(if: $v) }", Wholes())
    answers = [await result_of(asked.answered(None)) for _ in range(3)]

    assert [answer.data for answer in answers] == [{"__typename": "Query", "a": "Query"}] * 3
    assert answers[1].data is not answers[2].data
    assert counts.served == 2


@pytest.mark.parametrize("start", ["", ", start: { at: 5 }"])
async def test_what_a_resolver_does_to_its_arguments_is_seen_by_no_other_caller(counts: Counts, start: str) -> None:
    asked = operation(f"{{ row(numbers: [4, 2]{start}) {{ text }} }}", Wholes())
    answers = [await result_of(asked.answered(Given(None))) for _ in range(3)]

    assert [answer.data for answer in answers] == [
        {"row": {"text": f"[4, 2, 2] {6 if start else None}"}}
    ] * 3  # fmt: skip
    assert counts.served == 2


async def test_a_list_at_the_root_is_completed_as_well(counts: Counts) -> None:
    assert len(orjson.loads(await alike(operation("{ leaves { text } }", Wholes()), grown()))["data"]["leaves"]) == 25
    assert counts.served == 2


async def test_who_goes_away_is_not_answered() -> None:
    asked = operation("{ tree { name } }", Wholes())
    for _ in range(2):
        await result_of(asked.answered(Given(grown())))
    task = asyncio.ensure_future(result_of(asked.answered(Given(grown()))))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_variants_are_bounded(counts: Counts) -> None:
    names = [f"v{number}" for number in range(4)]
    defined = " ".join(f"${name}: Boolean!" for name in names)
    source = f"query ({defined}) {{ tree {{ name " + " ".join(f"a{n}: age @skip(if: ${n})" for n in names) + " } }"
    wholes, document = Wholes(), parse(source)
    for number in range(2**4):
        variables = {name: bool(number >> place & 1) for place, name in enumerate(names)}
        asked = Operation(CORE, document, document.definitions[0], None, variables, wholes, 50)  # type: ignore[arg-type]
        await alike(asked, grown(1))

    assert (len(wholes.variants), counts.compiled) == (MOST_VARIANTS, MOST_VARIANTS)


@pytest.mark.parametrize(
    ("first", "given"),
    [
        ("($v: [Int!]!) { row(numbers: $v) { text } }", [1]),
        ("($v: Start) { row(numbers: [1], start: $v) { text } }", {"at": 1}),
    ],
)
async def test_what_another_operation_hangs_on_may_be_any_value_here(counts: Counts, first: str, given: Any) -> None:
    source = f"query A{first} query B($v: Boolean!) {{ tree {{ name @include(if: $v) }} }}"
    asked = operation(source, Wholes(), v=given)
    asked = Operation(CORE, asked.document, asked.node, "A", asked.variables, asked.wholes, 50)
    answers = [shown(await result_of(asked.answered(Given(None)))) for _ in range(3)]

    assert len(set(answers)) == 1
    assert (counts.compiled, counts.served) == (1, 2)


@pytest.mark.parametrize("place", ["tree @include(if: $v) { name }", "tree { name age @skip(if: $v) }"])
async def test_a_null_where_a_directive_takes_none_is_placed_by_an_executor(counts: Counts, place: str) -> None:
    wholes, source = Wholes(), f"query ($v: Boolean = true) {{ {place} }}"
    asked = operation(source, wholes, v=None)
    stock = shown(await result_of(asked.executed(Given(grown()), StrawberryGraphQLCoreExecutionContext)))
    answers = [shown(await result_of(asked.answered(Given(grown())))) for _ in range(3)]

    assert answers == [stock] * 3
    await alike(operation(source, wholes, v=True), grown())
    assert counts.compiled == 1


async def test_what_is_compiled_of_a_document_is_bounded_by_its_text(counts: Counts) -> None:
    """A fragment that is spread many times is a short text, and a long program."""
    spread = " ".join(f"t{number}: leaves {{ ...f }}" for number in range(40))
    long = f"{{ tree {{ {spread} }} }} fragment f on Leaf {{ {' '.join(f'a{each}: text' for each in range(40))} }}"
    other, room = "query ($v: Boolean!) { tree { name age @include(if: $v) } }", Room.of("x" * 10)
    for source, variables in ((long, {}), (other, {"v": True}), (other, {"v": False})):
        await alike(operation(source, Wholes(room=room), **variables), grown(1))

    assert counts.compiled == 2
    assert 0 <= room.characters < Room.of("x" * 10).characters
    await alike(operation(other, Wholes(room=Room(0)), v=True), grown(1))
    assert counts.compiled == 2


async def test_what_is_compiled_goes_with_its_document_and_holds_no_caller() -> None:
    wholes, context = Wholes(), Given(grown())
    asked = operation(EVERYTHING, wholes, name="ash")
    for _ in range(3):
        await result_of(asked.answered(context))
    tree, document = weakref.ref(context.tree), weakref.ref(asked.document)
    [whole] = wholes.variants.values()
    assert whole is not None

    assert whole.root.info.variable_values == {}
    assert whole.root.info.context is None
    del context, asked, whole
    gc.collect()
    assert tree() is None
    wholes.variants.clear()
    gc.collect()
    assert document() is None


@pytest.mark.parametrize(
    ("tree", "height", "problems", "served"),
    [
        (grown(12), None, [], 2),
        (None, None, [], 2),
        (None, None, [Frost(code="COLD", until="May")], 0),
        (None, None, None, 0),
        (None, None, [None], 0),
        (TreeRow(None, [], None), None, [], 0),
        (grown(2), 2**40, [], 0),
        (grown(2), "tall", [], 0),
        (ValueError("hard ground"), None, [], 0),
    ],
)
async def test_what_a_mutation_gives_is_completed_as_by_an_executor_and_done_once(
    counts: Counts, tree: Any, height: Any, problems: Any, served: int
) -> None:
    asked = operation(PLANTING, Wholes(), name="ash")
    stock = asked.executed(Given(tree, height, problems=problems), StrawberryGraphQLCoreExecutionContext)
    wanted = shown(await result_of(stock))

    for _ in range(3):
        context = Given(tree, height, problems=problems)
        assert shown(await result_of(asked.answered(context))) == wanted
        assert context.asked == 1
        assert context.picked <= 1

    assert (counts.compiled, counts.served, counts.left) == (1, served, 2 - served)


@pytest.mark.parametrize("fruit", [ValueError("rotten"), asyncio.CancelledError()])
async def test_what_is_late_below_a_payload_is_asked_once_though_it_fails(counts: Counts, fruit: Any) -> None:
    asked, told = operation(PLANTING, Wholes(), name="ash"), set()
    for _ in range(3):
        context = Given(grown(2), fruit=fruit)
        told.add(shown(await result_of(asked.answered(context))))
        assert (context.asked, context.picked) == (1, 1)

    [answer] = map(orjson.loads, told)
    assert answer["errors"][0]["path"] == ["p", "t", "fruit"]
    assert counts.left == 2
