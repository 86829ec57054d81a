"""Who handles an agency's tickets: active officers with a post of that day there that does."""

from __future__ import annotations

from models.enums import HANDLING_ROLES

ROLES = ", ".join(f"'{role}'" for role in HANDLING_ROLES)


def handlers(day: str) -> str:
    """These posts a with their officers o, as a part of a statement from FROM on; conditions may follow.

    day: the parameter of the day, e.g. $1; its first and its last day belong to a post.
    """
    return (
        f"FROM assignment a JOIN officer o ON o.id = a.officer_id AND o.active WHERE a.role IN ({ROLES})"
        f" AND a.valid_from <= {day} AND (a.valid_to IS NULL OR a.valid_to >= {day})"
    )
