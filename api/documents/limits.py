"""What one document may cost, counted in a single pass before anything expensive looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_named_type,
    is_interface_type,
    is_object_type,
)

from api.documents.formula import NOTHING, PageSize, Price, Search, clamped, is_search
from api.documents.introspection_price import FIELDS_OF_A_POINT, WHOLE, lists_of
from api.documents.prices import COUNT, COUNTS, SEARCHED, SEARCHES, points_of, size_of, work_of
from api.settings import BODY_BYTES
from services.core.paging import LARGEST_PAGE

PAGE_ARGUMENTS = frozenset({"first", "last"})
INTROSPECTION = frozenset({"__schema", "__type"})


@dataclass(frozen=True)
class DocumentLimits:
    """The most that a document may hold; counts are taken with every fragment written out where it is spread.

    characters, tokens, fragments, operations and nesting bound the text itself; depth counts fields (introspection left
    out); cost counts the fields of an answer, a page counting as often as its first or last says, at most page times,
    and other lists as often as they are long; statements counts the points of statements, counts and searches;
    repeats are fields whose name in the answer stands twice in one selection set, which validation compares in pairs;
    introspection counts the fields that it answers, where a document chooses types as of the largest of them. The
    reason for each number stands in docs/security.md, table "Limits"; in brackets is the most that a document of web/,
    or an introspection of the whole schema, has, as a test counts it.
    """

    characters: int = BODY_BYTES  # (2,185) as one HTTP body: a literal may hold the text of a report
    tokens: int = 2_000  # (271) measured by bench.documents: with all else at its limit, checking takes under 50 ms
    operations: int = 20  # (1) our choice: a tool may send one file of operations with every request
    fragments: int = 16  # (7) measured by bench.documents: validating so many, side by side, takes some 40 ms
    nesting: int = 60  # our choice: it bounds the recursion of this pass and of validation
    depth: int = 14  # (7) our choice: twice what we need
    aliases: int = 60  # (0) our choice: a page of counters asks for the same field with many filters
    directives: int = 9  # (1) our choice: each of them is validated at every place where it stands
    root_fields: int = 20  # (4) our choice: each may cost statements of its own
    fields: int = 1_000  # (229) our choice: four times an introspection
    repeats: int = 40  # (6) measured by bench.documents: they are compared in pairs, and so many take some 20 ms
    variables: int = 50  # (5) our choice: one for each field of the largest input, a filter, with room
    cost: int = 15_000  # (6,001) our choice: a page of 100 rows with 150 fields each
    statements: int = 12_000  # (2,550) our choice: twenty lists with their counts, or four searches with theirs
    introspection: int = 40_000  # (some 19,000) our choice: the whole schema twice, so that it has room to grow
    page: int = LARGEST_PAGE  # the largest page that any list gives


class OverLimit(Exception):
    """A document passes one limit; name is the field of DocumentLimits."""

    def __init__(self, name: str, limit: int) -> None:
        super().__init__(name)
        self.name = name
        self.limit = limit


@dataclass(frozen=True, slots=True)
class SelectionCounts:
    """What one selection set holds, its fragments written out."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0
    root_fields: int = 0
    repeats: int = 0
    introspection: int = 0
    price: Price = NOTHING
    most: int = 0  # hundredths of a field, of the type of which a selection on introspection types costs most

    def __add__(self, other: SelectionCounts) -> SelectionCounts:
        return SelectionCounts(
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.fields + other.fields,
            self.root_fields + other.root_fields,
            self.repeats + other.repeats,
            self.introspection + other.introspection,
            self.price + other.price,
            self.most + other.most,
        )


COUNTED = ("depth", "aliases", "directives", "fields", "root_fields", "repeats", "introspection")


def measure(schema: GraphQLSchema, document: DocumentNode, limits: DocumentLimits) -> dict[str, Price]:
    """The price of each operation by its name ("" for none); raises OverLimit.

    Every node is visited once: a fragment's counts are kept, so fragments that spread fragments cost no more than their
    text. A cycle or an unknown name counts as nothing here; validation names it.
    """
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    _at_most("operations", len(operations), limits)
    _at_most("fragments", len(document.definitions) - len(operations), limits)
    counter = _Counter(schema, limits, fragments)
    prices = {node.name.value if node.name else "": counter.operation(node) for node in operations}
    for name in fragments:
        counter.fragment(name, level=0)
    return prices


def _at_most(name: str, count: int, limits: DocumentLimits) -> None:
    limit: int = getattr(limits, name)
    if count > limit:
        raise OverLimit(name, limit)


class _Counter:
    def __init__(
        self, schema: GraphQLSchema, limits: DocumentLimits, fragments: Mapping[str, FragmentDefinitionNode]
    ) -> None:
        self.schema = schema
        self.limits = limits
        self.fragments = fragments
        self.lists = lists_of(schema)
        self.known: dict[str, SelectionCounts] = {}

    def operation(self, node: OperationDefinitionNode) -> Price:
        variables = node.variable_definitions or ()
        _at_most("variables", len(variables), self.limits)
        directives = len(node.directives or ()) + sum(len(variable.directives or ()) for variable in variables)
        root = self.schema.get_root_type(node.operation)
        counts = self.selections(node.selection_set, root, 0, set()) + SelectionCounts(directives=directives)
        self.bounded(counts)
        _at_most("root_fields", counts.root_fields, self.limits)
        return counts.price

    def fragment(self, name: str, level: int) -> SelectionCounts:
        if name not in self.known:
            self.known[name] = SelectionCounts()
            node = self.fragments.get(name)
            if node is not None:
                type_ = self.schema.get_type(node.type_condition.name.value)
                counts = self.selections(node.selection_set, type_, level, set())
                self.known[name] = counts + SelectionCounts(directives=len(node.directives or ()))
        return self.known[name]

    def selections(
        self, node: SelectionSetNode, type_: GraphQLNamedType | None, level: int, keys: set[str]
    ) -> SelectionCounts:
        _at_most("nesting", level, self.limits)
        total = SelectionCounts()
        for selection in node.selections:
            total += self.selection(selection, type_, level, keys)
            self.bounded(total)
        return total

    def bounded(self, counts: SelectionCounts) -> None:
        for name in COUNTED:
            if name != "root_fields":
                _at_most(name, getattr(counts, name), self.limits)

    def selection(
        self, node: SelectionNode, type_: GraphQLNamedType | None, level: int, keys: set[str]
    ) -> SelectionCounts:
        directives = SelectionCounts(directives=len(node.directives or ()))
        if isinstance(node, FieldNode):
            return directives + self.field(node, type_, level, keys)
        if isinstance(node, FragmentSpreadNode):
            return directives + self.fragment(node.name.value, level + 1)
        if isinstance(node, InlineFragmentNode):
            condition = node.type_condition
            inner = self.schema.get_type(condition.name.value) if condition else type_
            return directives + self.selections(node.selection_set, inner, level + 1, keys)
        raise OverLimit("nesting", self.limits.nesting)

    def field(self, node: FieldNode, type_: GraphQLNamedType | None, level: int, keys: set[str]) -> SelectionCounts:
        name = node.name.value
        key = node.alias.value if node.alias else name
        repeats = int(key in keys)
        keys.add(key)
        definition = self.definition(type_, name)
        inner = SelectionCounts()
        if node.selection_set:
            child = get_named_type(definition.type) if definition else None
            inner = self.selections(node.selection_set, child, level + 1, set())
        introspective, most = type_ is not None and type_.name.startswith("__"), 0
        if introspective:
            average, most = self.lists.priced(name, inner.price.fixed, inner.most)
            price = Price(average)
        else:
            price = self.price(node, type_, definition, inner.price)
        counts = replace(
            inner,
            depth=inner.depth + (not introspective),
            aliases=inner.aliases + (node.alias is not None),
            fields=inner.fields + 1,
            root_fields=1,
            repeats=inner.repeats + repeats,
            price=price,
            most=most,
        )
        if name in INTROSPECTION:
            answered = (inner.most if name == "__type" else inner.price.fixed) // WHOLE
            return replace(counts, price=Price(1 + answered // FIELDS_OF_A_POINT), introspection=answered)
        return counts

    def price(
        self, node: FieldNode, type_: GraphQLNamedType | None, definition: GraphQLField | None, inner: Price
    ) -> Price:
        """The price of a field: its rows, its own statements, and what it searches for."""
        parent, name = type_.name if type_ else "", node.name.value
        is_count = f"{parent}.{name}" in COUNTS
        own = Price(
            fixed=work_of(parent, name),
            points=points_of(parent, name) + (COUNT if is_count else 0),
            searches=self.searches(node, SEARCHES.get(f"{parent}.{name}", 0) * (1 + inner.counts)),
            counts=int(is_count),
        )
        return replace(inner, counts=0).times(self.size(node, parent, definition)) + own

    def searches(self, node: FieldNode, points: int) -> tuple[Search, ...]:
        if not points:
            return ()
        values = [argument.value for argument in node.arguments or () if argument.name.value in SEARCHED]
        return tuple(search for value in values for search in searches_in(value, points))

    def definition(self, type_: GraphQLNamedType | None, name: str) -> GraphQLField | None:
        if is_object_type(type_) or is_interface_type(type_):
            return self.schema.get_field(type_, name)
        return None

    def size(self, node: FieldNode, parent: str, definition: GraphQLField | None) -> PageSize:
        given = [argument for argument in node.arguments or () if argument.name.value in PAGE_ARGUMENTS]
        sizes = [self.argument_size(argument) for argument in given] or self.default_sizes(definition)
        if not sizes and (rows := size_of(parent, node.name.value)) > 1:
            return PageSize(rows, (), f"{parent}.{node.name.value}")
        return PageSize(max((s.rows for s in sizes), default=1), tuple(v for s in sizes for v in s.variables))

    def argument_size(self, argument: ArgumentNode) -> PageSize:
        if isinstance(argument.value, VariableNode):
            return PageSize(1, (argument.value.name.value,))
        return PageSize(clamped(literal_rows(argument.value), self.limits.page), ())

    def default_sizes(self, definition: GraphQLField | None) -> list[PageSize]:
        arguments = definition.args if definition else {}
        values = [default_rows(arguments[name]) for name in PAGE_ARGUMENTS & arguments.keys()]
        return [PageSize(clamped(value, self.limits.page), ()) for value in values]


def searches_in(value: ValueNode, points: int) -> list[Search]:
    """The searches in an argument; one that is written out hangs on no variable."""
    if isinstance(value, VariableNode):
        return [Search(value.name.value, points)]
    if isinstance(value, ObjectValueNode):
        inner = [field.value for field in value.fields if field.name.value == "search"]
        return [search for each in inner for search in searches_in(each, points)]
    return [Search(None, points)] if isinstance(value, StringValueNode) and is_search(value.value) else []


def default_rows(argument: GraphQLArgument) -> object:
    """The number that stands in the schema for an argument that is left out."""
    default = argument.default
    if default is not None:
        return literal_rows(default.literal) if default.literal else default.value
    return None if argument.default_value is Undefined else argument.default_value


def literal_rows(node: ValueNode | None) -> object:
    """The number that a literal stands for; a number too long to be one is as good as endless."""
    if isinstance(node, IntValueNode):
        return int(node.value) if len(node.value) < 12 else float("inf")
    return None
