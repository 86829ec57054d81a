"""Marking notifications as read."""

from __future__ import annotations

import strawberry

from schema.core.context import Info
from schema.core.pasted import Pasted
from schema.results import UserError, echoed, user_errors
from services.core.nodes import key_of
from services.core.paging import LARGEST_PAGE
from services.core.refusals import Refusal
from services.notifications import reading
from services.notifications.notifications import unread_of


@strawberry.input(description="Exactly one of ids and allUpTo.")
class MarkNotificationsReadInput(Pasted):
    ids: list[strawberry.ID] | None = strawberry.field(default=None, description=f"At most {LARGEST_PAGE}.")
    all_up_to: strawberry.ID | None = strawberry.field(
        default=None, description="This one and all that came before it."
    )
    client_mutation_id: str | None = None

    def to_command(self) -> reading.MarkRead:
        """The command; what is no id of a notification stands in it as such."""
        ids = None if self.ids is None else tuple(key_of(str(each), "Notification") for each in self.ids)
        upto = None if self.all_up_to is None else key_of(str(self.all_up_to), "Notification") or 0
        return reading.MarkRead(ids, upto, self.client_mutation_id)


@strawberry.type(description="What is still unread, or why nothing happened.")
class MarkNotificationsReadPayload:
    unread: int
    errors: list[UserError] = strawberry.field(default_factory=list)
    client_mutation_id: str | None = None


@strawberry.type
class NotificationMutation:
    @strawberry.mutation(description="Tandai sudah dibaca.")
    async def mark_notifications_read(
        self,
        info: Info,
        input: MarkNotificationsReadInput,  # noqa: A002
    ) -> MarkNotificationsReadPayload:
        context = info.context
        try:
            unread = await reading.mark_read(context.desk, context.scope, input.to_command())
        except Refusal as refusal:
            errors = await user_errors(context, refusal)
            return echoed(MarkNotificationsReadPayload(unread=await unread_of(context.scope), errors=errors), input)
        return echoed(MarkNotificationsReadPayload(unread=unread), input)
