"""Extensions of a deadline: asked for by the lead agency before it passes, decided by somebody else."""

from __future__ import annotations

from dataclasses import dataclass

from models import Extension
from models.enums import ClockKind, ClockState, EventKind, ExtensionState, Role, TextKind, Visibility
from models.officers import HANDLING_ROLES
from services.access import access
from services.access.scopes import Scope
from services.core import validation
from services.core.desk import Desk
from services.core.messages import Term
from services.core.refusals import Checks, Forbidden, InvalidInput, NotFound
from services.deadlines.readings import Reading
from services.tickets.bounds.lapses import decide as end_request
from services.tickets.bounds.lapses import extension_details
from services.tickets.case import Case, Done, KeptText, locked_case
