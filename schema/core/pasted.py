"""Inputs whose texts lose what nobody sees as soon as they are read, whatever becomes of them."""

from __future__ import annotations

from typing import Any

from services.inputs.signs import seen

AS_SENT = {"client_mutation_id"}  # comes back as it was sent, so it is refused for such a sign instead


class Pasted:
    """The base of every input: its texts, and those in its lists, come as they are seen.

    What kind of value each is, and what is refused, is for services/core/validation.py.
    """

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if name not in AS_SENT:
                setattr(self, name, _as_seen(value))


def _as_seen(value: Any) -> Any:
    # The values of closed lists are texts too, but of a class of their own.
    if type(value) is str:
        return seen(value)
    return [_as_seen(each) for each in value] if type(value) is list else value
