"""What the tests of moves ask for, and the rows by which they see that nothing changed."""

from models import Answer, Event, Ticket, TicketText
from models.enums import Classification
from services.tickets.moves import (
    Verify,
)


async def rows():
    """All that a refusal must leave as it was."""
    return (
        await Ticket.all().order_by("id").values(),
        await TicketText.all().order_by("id").values(),
        await Answer.all().order_by("id").values(),
        await Event.all().order_by("seq").values("seq"),
    )


def verification(ticket, **more):
    return Verify(ticket.id, ticket.version, Classification.COMPLAINT, **more)
