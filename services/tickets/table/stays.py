"""What of a ticket ends with its stay in a status (decided here)."""

from __future__ import annotations

from typing import Any

# What belongs to one stay in a status: on hold, incomplete, out of jurisdiction, closed by itself, evaluated.
OF_ONE_STAY: dict[str, Any] = {
    "hold_until": None,
    "resumes": None,
    "referred_to_id": None,
    "closed_by_silence": False,
    "case_done": False,
}
