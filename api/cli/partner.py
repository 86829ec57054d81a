"""surga partner"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from graphql import GraphQLSchema
from rich.table import Table

from api.cli import partner_files, partner_keys
from api.cli.desks import writing_desk
from api.cli.output import add_row, echo, echo_lines, print_table
from api.cli.running import run_async
from api.errors import CannotStart
from models import Grant
from schema import build_schema
from schema.partners.breakage import Broken, broken
from schema.partners.completing import checker, completed
from schema.partners.contracts import contract
from schema.partners.texts import contract_text
from services.access.scopes import SYSTEM
from services.core.desk import Desk
from services.core.messages import say
from services.core.refusals import Refusal
from services.partners import deprecated_uses, partners, stored_documents
from services.partners.partners import TermsChange
from services.partners.terms import Check, GrantRefused, Terms

T = TypeVar("T")
NameArgument = Annotated[str, typer.Argument(help="The partner's name.")]
FileArgument = Annotated[Path, typer.Argument(help="A YAML file as export writes it.", exists=True, dir_okay=False)]
FileOption = Annotated[
    Path | None, typer.Option("--file", help="A YAML file as export writes it.", exists=True, dir_okay=False)
]
CompleteOption = Annotated[bool, typer.Option("--complete", help="Add what its fields need to open something.")]
DocumentArgument = Annotated[Path, typer.Argument(help="A GraphQL document.", exists=True, dir_okay=False)]
DocumentName = Annotated[str, typer.Argument(help="The name of the operation, as the list shows it.")]


def verbs() -> typer.Typer:
    """What can be done with partners."""
    group = typer.Typer(help="Agree with other systems on what they see, and give them keys.", no_args_is_help=True)
    pairs: tuple[tuple[str, Callable[..., None]], ...] = (
        ("create", create),
        ("import", import_),
        ("export", export),
        ("grant", grant),
        ("end", end),
        ("list", show),
        ("schema", schema),
        ("diff", diff),
    )
    for name, verb in pairs:
        group.command(name)(verb)
    documents = typer.Typer(help="The operations that a partner registered.", no_args_is_help=True)
    documents.command("store")(store)
    documents.command("remove")(remove)
    group.add_typer(documents, name="document")
    group.add_typer(partner_keys.verbs(), name="key")
    return group


def create(name: NameArgument, file: FileOption = None, complete: CompleteOption = False) -> None:
    """Make a partner: with the grant of a file, or with the standard grant."""
    terms = (
        given_terms(file, complete=complete)[1]
        if file
        else partner_files.terms_in({"coordinates": "standard", "purpose": partners.STANDARD_PURPOSE})
    )
    check = checked(core())
    on_desk(lambda desk: partners.create(desk, SYSTEM, name, terms, check))
    echo(f"{name} is a partner now; `surga partner key create {name!r} NAME` gives it a key.")


def import_(file: FileArgument, complete: CompleteOption = False) -> None:
    """Make the partner of a file, or change it to what the file says. A second run changes nothing."""
    name, terms, documents = given_terms(file, complete=complete)
    echo(on_desk(lambda desk: imported(desk, name, terms, documents)))


def given_terms(file: Path, *, complete: bool) -> tuple[str, Terms, dict[str, str]]:
    """What a file says; where it is to be complete, with what its fields need, which is printed."""
    name, terms, documents = partner_files.read_file(file)
    if complete:
        whole = completed(core(), terms.coordinates)
        for each in changes(terms.coordinates, whole):
            echo(each)
        terms = replace(terms, coordinates=whole)
    return name, terms, documents


async def imported(desk: Desk, name: str, terms: Terms, documents: dict[str, str]) -> str:
    check, known = checked(core()), {each.client.name: each for each in await partners.listing(SYSTEM)}
    if name not in known:
        made = await partners.create(desk, SYSTEM, name, terms, check)
        said, key = f"{name} is a partner now.", made.id
    else:
        before = known[name]
        wanted = TermsChange({field: getattr(terms, field) for field in Terms.__slots__})
        after = await partners.change(desk, SYSTEM, before.client_id, wanted, check)
        said = f"{name} was changed." if after.version != before.version else f"{name} was so already."
        key = before.client_id
    for document, text in documents.items():
        await stored_documents.store_document(desk, SYSTEM, key, document, text)
    return said


def export(name: NameArgument) -> None:
    """Print a partner's grant and its registered operations as YAML."""

    async def work(desk: Desk) -> tuple[Terms, dict[str, str]]:
        await partners.note_export(desk, (await partners.named(name)).id)
        return await agreed(name)

    echo_lines(partner_files.written(name, *on_desk(work)), nl=False)


def grant(name: NameArgument, file: FileArgument, complete: CompleteOption = False) -> None:
    """Change a partner's grant to that of a file, at once on every server."""
    terms = given_terms(file, complete=complete)[1]
    check = checked(core())
    wanted = TermsChange({field: getattr(terms, field) for field in Terms.__slots__})

    async def work(desk: Desk) -> Grant:
        return await partners.change(desk, SYSTEM, (await partners.named(name)).id, wanted, check)

    echo(f"The grant of {name} is at version {on_desk(work).version}.")


def end(name: NameArgument) -> None:
    """End everything agreed with a partner at once; its sockets close."""

    async def work(desk: Desk) -> bool:
        return await partners.end(desk, SYSTEM, (await partners.named(name)).id)

    echo(f"{name} has ended." if on_desk(work) else f"{name} had ended before.")


def show() -> None:
    """List the partners, what they may spend, and what they use that will go."""
    table = Table("partner", "purpose", "fields", "rows", "points", "per second", "ends", "uses what will go")
    for row in on_desk(lambda desk: rows()):
        add_row(table, *row)
    print_table(table)


async def rows() -> list[tuple[str, ...]]:
    """One line for each partner."""
    grants = await partners.listing(SYSTEM)
    uses = await deprecated_uses.uses_of([each.client_id for each in grants])
    lines: list[tuple[str, ...]] = []
    for each in grants:
        terms = await partners.terms_of(each)
        old = ", ".join(f"{use.coordinate} ({use.uses})" for use in uses[each.client_id]) or "-"
        ends = terms.ends_at.date().isoformat() if terms.ends_at else "-"
        budget = (str(terms.budget.points), str(terms.budget.restore_per_second))
        lines.append(
            (each.client.name, terms.purpose, str(len(terms.coordinates)), str(terms.rows or "-"), *budget, ends, old)
        )
    return lines


def schema(name: NameArgument) -> None:
    """Print a partner's schema, as its engineers see it."""
    terms, _ = on_desk(lambda desk: agreed(name))
    echo_lines(contract_text(contract(core(), terms.coordinates)))


def diff(name: NameArgument, file: FileOption = None) -> None:
    """Say what breaks in a partner's registered operations: by this program's schema, or by the grant of a file.

    Ends with 1 where anything breaks.
    """
    terms, documents = on_desk(lambda desk: agreed(name))
    coordinates = partner_files.read_file(file)[1].coordinates if file else terms.coordinates
    lines = report(name, closed(core(), coordinates), broken(core(), coordinates, documents))
    lines += changes(terms.coordinates, coordinates)
    for line in lines or [f"Nothing breaks in the {len(documents)} registered operations of {name}."]:
        echo(line)
    if broken(core(), coordinates, documents):
        raise typer.Exit(1)


def report(name: str, closed_ones: list[str], broken_ones: list[Broken]) -> list[str]:
    """What a partner loses, for a person."""
    lines = [f"{name}: {text}" for text in closed_ones]
    return lines + [f"{name}: {each.document} breaks: {'; '.join(each.errors)}" for each in broken_ones]


def changes(before: frozenset[str], after: frozenset[str]) -> list[str]:
    """The coordinates that come and go."""
    return [f"+ {each}" for each in sorted(after - before)] + [f"- {each}" for each in sorted(before - after)]


def closed(schema_: GraphQLSchema, coordinates: frozenset[str]) -> list[str]:
    """Why coordinates open nothing, in words."""
    try:
        checker(schema_)(coordinates)
    except GrantRefused as refused:
        return [say(each.code, "en", **each.params) for each in refused.each()]
    return []


async def broken_everywhere() -> list[str]:
    """What this program's schema breaks, for every partner that has not ended."""
    agreements = await partners.listing(SYSTEM)
    schema_, lines = core() if agreements else GraphQLSchema(), []
    for each in agreements:
        terms = await partners.terms_of(each)
        found = broken(schema_, terms.coordinates, await stored_documents.documents_of(each.client_id))
        lines += report(each.client.name, closed(schema_, terms.coordinates), found)
    return lines


def store(name: NameArgument, document: DocumentName, file: DocumentArgument) -> None:
    """Register an operation of a partner, so that `diff` and `surga migrate` can tell what would break it."""
    text = file.read_text("utf-8")

    async def work(desk: Desk) -> Any:
        return await stored_documents.store_document(desk, SYSTEM, (await partners.named(name)).id, document, text)

    on_desk(work)
    echo(f"{document} is registered for {name}.")


def remove(name: NameArgument, document: DocumentName) -> None:
    """Forget a registered operation."""

    async def work(desk: Desk) -> bool:
        return await stored_documents.remove_document(SYSTEM, (await partners.named(name)).id, document)

    echo(f"{document} is forgotten." if on_desk(work) else f"There is no {document}.")


async def agreed(name: str) -> tuple[Terms, dict[str, str]]:
    """The terms and the registered operations of a partner."""
    client = await partners.named(name)
    return await partners.terms_of(await partners.agreement(client.id)), await stored_documents.documents_of(client.id)


def core() -> GraphQLSchema:
    """The desk's schema."""
    return build_schema()._schema


def checked(schema_: GraphQLSchema) -> Check:
    """The schema's check of coordinates."""
    return checker(schema_)


def on_desk(work: Callable[[Desk], Awaitable[T]]) -> T:
    """Run work on the desk that the settings lead to; raises CannotStart with the text of a refusal."""

    async def main() -> T:
        async with writing_desk() as desk:
            return await work(desk)

    return said(main())


def said(work: Coroutine[Any, Any, T]) -> T:
    try:
        return run_async(work)
    except GrantRefused as refused:
        raise CannotStart(
            " ".join(dict.fromkeys(say(each.code, "en", **each.params) for each in refused.each()))
        ) from None
    except Refusal as refusal:
        raise CannotStart(say(refusal.code, "en", **refusal.params)) from None
