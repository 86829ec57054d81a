"""The price of an operation as a sum whose sizes still hang on variables, and on how much there is in the city."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

Sizes = Callable[[], Mapping[str, int]]


def no_sizes() -> Mapping[str, int]:
    """Of a city of which nothing is known."""
    return {}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known when an operation comes: its variables, the largest page, and the real sizes of lists."""

    variables: Mapping[str, object]
    page: int
    sizes: Sizes = no_sizes


@dataclass(frozen=True, slots=True)
class PageSize:
    """The rows of one page: at least rows, and what the variables say; list is one whose real size may be known."""

    rows: int
    variables: tuple[str, ...] = ()
    list: str | None = None

    @property
    def is_fixed(self) -> bool:
        return not self.variables and self.list is None

    def of(self, known: Known) -> int:
        least = known.sizes().get(self.list, self.rows) if self.list else self.rows
        return max([least, *(clamped(known.variables.get(name), known.page) for name in self.variables)])


@dataclass(frozen=True, slots=True)
class Search:
    """Points that are due where a variable holds a text to search for, itself or in its field `search`.

    variable is None where the text stands in the document.
    """

    variable: str | None
    points: int

    def of(self, known: Known) -> int:
        asked = self.variable is None or is_search(known.variables.get(self.variable))
        return self.points if asked else 0


@dataclass(frozen=True, slots=True)
class Price:
    """fixed and paged are fields of the answer; points and searches are due once, however many rows there are.

    counts: how many counts of all rows stand directly below, which a search makes dearer.
    """

    fixed: int = 0
    paged: tuple[tuple[PageSize, Price], ...] = ()
    points: int = 0
    searches: tuple[Search, ...] = ()
    counts: int = 0

    def __add__(self, other: Price) -> Price:
        return Price(
            self.fixed + other.fixed,
            self.paged + other.paged,
            self.points + other.points,
            self.searches + other.searches,
            self.counts + other.counts,
        )

    def times(self, size: PageSize) -> Price:
        """The price of size rows that have so many fields each; what is due once stays as it is."""
        if not size.is_fixed:
            return replace(self, fixed=0, paged=((size, Price(self.fixed, self.paged)),))
        if size.rows == 1:
            return self
        paged = tuple((PageSize(size.rows), Price(0, (part,))) for part in self.paged)
        return replace(self, fixed=self.fixed * size.rows, paged=paged)

    def fields(self, known: Known) -> int:
        """The fields of the answer."""
        return self.fixed + sum(size.of(known) * price.fields(known) for size, price in self.paged)

    def due_once(self, known: Known) -> int:
        """The points of statements, counts and searches."""
        return self.points + sum(search.of(known) for search in self.searches)


NOTHING = Price()


def clamped(value: object, page: int) -> int:
    """Rows that a page argument asks for: what is out of bounds is refused later, so it never counts above page."""
    if value is None or isinstance(value, bool):
        return 1
    if isinstance(value, float) and value.is_integer():  # 10.0 is the Int 10 (GraphQL 3.5.1), as some programs write it
        value = int(value)
    if isinstance(value, int):
        return min(max(value, 1), page)
    return page


def is_search(value: object) -> bool:
    """Whether a value makes a list search for words."""
    if isinstance(value, Mapping):
        value = value.get("search")
    return isinstance(value, str) and bool(value.strip())
