"""surga search"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer
from rich.table import Table

from api.cli.output import add_row, add_task, echo, open_progress, print_table
from api.cli.running import run_async
from api.server.opening import open_desk
from api.settings import load_settings
from services.core.paging import LONGEST_SEARCH
from services.search.explanation import Explanation, Word, explain
from services.search.rebuilding import outdated, rebuild
from services.search.word_list import WordKind

TextArgument = Annotated[list[str], typer.Argument(help="A word or a sentence, as one would search for it.")]
WHY = {
    WordKind.ROOT: "a form of this root in the city's list",
    WordKind.WORD: "said by the city's list",
    WordKind.SHORT: "an abbreviation of the city's list",
    WordKind.SMALL: "a small word: need not stand there if others are asked for",
    WordKind.NUMBERED: "a word that a number counts: a 2 behind it doubles nothing",
}


def verbs() -> typer.Typer:
    """What can be seen and done of the search for words."""
    group = typer.Typer(help="See what search makes of words, and make its index anew.", no_args_is_help=True)
    group.command("explain", context_settings={"ignore_unknown_options": True})(show)
    group.command("rebuild")(remake)
    return group


def show(text: TextArgument) -> None:
    """Say how words are normalised, what they count as and why, and what a search for them asks for.

    Ends with 1 where nothing is left to search for, with 2 where it is too long.
    """
    said = " ".join(text).replace("\x00", "")
    if len(said) > LONGEST_SEARCH:
        raise typer.BadParameter(f"a search has at most {LONGEST_SEARCH} characters")
    found = run_async(explained(said))
    echo(f"normalised: {' '.join(found.clean.split())}")
    print_table(words_table(found))
    for line in asked_lines(found):
        echo(line)
    if found.condition is None and found.number is None:
        echo("Nothing is left to search for.", err=True)
        raise typer.Exit(1)


def remake() -> None:
    """Make what is outdated anew while the desk works; `surga worker` does it by itself within a minute.

    Ends with 1 where something is left, as somebody held it: run it again.
    """
    with open_progress() as progress:
        bar = add_task(progress, "tickets", total=None)
        done, left = run_async(remade(lambda so_far: progress.update(bar, completed=so_far)))
    echo(f"The words of {done} tickets are made anew; {left} are left.")
    if left:
        raise typer.Exit(1)


def words_table(found: Explanation) -> Table:
    """Every word with what it counts as; words of one position stand for the same."""
    table = Table()
    for name in ("place", "word", "counts as", "why"):
        table.add_column(name, no_wrap=True)
    for each in found.words:
        add_row(table, str(each.position), each.word, each.lexeme, reason(each))
    return table


def reason(word: Word) -> str:
    """Why a word counts as what it counts as."""
    if word.kind is not None:
        return WHY[WordKind(word.kind)]
    if word.whole:
        return "the whole, in one writing"
    if word.word.isdigit():
        return "a number"
    return "as it is" if word.word == word.lexeme else "the stemmer"


def asked_lines(found: Explanation) -> list[str]:
    """What a search asks for."""
    said = {"asks for": found.condition, "or numbers like": found.number, "else titles like": found.alike}
    return [f"{name}: {value}" for name, value in said.items() if value is not None]


async def explained(text: str) -> Explanation:
    async with open_desk(load_settings()):
        return await explain(text)


async def remade(progress: Callable[[int], None]) -> tuple[int, int]:
    async with open_desk(load_settings()):
        done, _ = await rebuild(progress)
        return done, await outdated()
