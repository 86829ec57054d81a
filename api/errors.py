"""What keeps the program from starting."""

from __future__ import annotations


class CannotStart(Exception):
    """Something stands in the way of starting; the message is one line that says what, and what to do."""
