"""The one table of moves: from where, to where, by which mutation, by whom, and what that needs.

Marks such as S17 are those of docs/glossary.md; what has none is our choice.
"""

from __future__ import annotations

from models.enums import OPEN_STATUSES, ClockKind, MoveMutation, MoveNeed, ReasonList, TicketStatus, Visibility
from services.tickets.table.rows import By, Given, Move, Moves, Who

S, BY, NEED, LIST = TicketStatus, MoveMutation, MoveNeed, ReasonList
OPEN = tuple(status for status in TicketStatus if status in OPEN_STATUSES)

RULES = (
    # "Verifikasi" of LAPOR! (S17): the coordinator reads every report first (S18).
    Moves((S.RECEIVED,), S.VERIFIED, BY.VERIFY, Who.DESK, reporter_text="told.VERIFIED"),
    # What was held or closed before any agency had it is verified like a new report.
    Moves((S.ON_HOLD, S.REOPENED), S.VERIFIED, BY.VERIFY, Who.DESK, reporter_text="told.VERIFIED", given=Given.NO_LEAD),
    # Disposisi is the coordinator's (S18); a reopened report may have come to the wrong agency.
    Moves(
        (S.VERIFIED, S.REOPENED), S.DISPATCHED, BY.DISPATCH, Who.DESK, (NEED.AGENCY,), reporter_text="told.DISPATCHED"
    ),
    # A redirect corrects the desk's own choice, so it counts no return; its reason is a note, as dispatchTicket has no
    # reason code. The other agency begins anew, wherever the first one was.
    *(
        Moves(
            sources,
            S.DISPATCHED,
            BY.DISPATCH,
            Who.DESK,
            (NEED.AGENCY, NEED.NOTE),
            reporter_text="told.REDIRECTED",
            given=given,
        )
        for sources, given in (
            ((S.DISPATCHED,), Given.ANYTHING),
            ((S.IN_PROGRESS, S.ON_HOLD, S.ANSWERED), Given.LEAD),
            ((S.INCOMPLETE,), Given.KEPT),
        )
    ),
    # "Mohon didampingi ..." comes after the survey: with the same lead agency others come and go, and nothing else
    # changes. Where it was only dispatched, the row above does this, too.
    *(
        Moves((status,), status, BY.DISPATCH, Who.DESK, (NEED.AGENCY,), given=given)
        for status, given in (
            (S.IN_PROGRESS, Given.LEAD),
            (S.ON_HOLD, Given.LEAD),
            (S.ANSWERED, Given.LEAD),
            (S.REOPENED, Given.LEAD),
            (S.INCOMPLETE, Given.KEPT),
        )
    ),
    # Agencies return what is not theirs to the desk, with a reason, so that they do not pass reports around (S63).
    Moves(
        (S.DISPATCHED, S.IN_PROGRESS), S.VERIFIED, BY.RETURN, Who.HANDLER, (NEED.REASON,), LIST.RETURN, "told.RETURNED"
    ),
    Moves(
        (S.ON_HOLD, S.REOPENED),
        S.VERIFIED,
        BY.RETURN,
        Who.HANDLER,
        (NEED.REASON,),
        LIST.RETURN,
        "told.RETURNED",
        Given.LEAD,
    ),
    # What the reporter completed is verified next.
    Moves(
        (S.INCOMPLETE,),
        S.RECEIVED,
        BY.CHANGE_STATUS,
        Who.DESK,
        reporter_text="told.COMPLETED",
        given=Given.NOT_KEPT,
    ),
    # An agency that asked its reporter goes on from where it was: the report never left it.
    *(
        Moves(
            (S.INCOMPLETE,),
            to,
            BY.CHANGE_STATUS,
            Who.HANDLER,
            reporter_text="told.COMPLETED_FOR_AGENCY",
            given=given,
        )
        for to, given in ((S.DISPATCHED, Given.KEPT_DISPATCHED), (S.IN_PROGRESS, Given.KEPT_IN_PROGRESS))
    ),
    # What the desk held before anybody verified it is received again.
    Moves((S.ON_HOLD,), S.RECEIVED, BY.CHANGE_STATUS, Who.DESK, reporter_text="told.RECEIVED", given=Given.NO_LEAD),
    # Incomplete reports go back to the reporter (S18, S73), who must read what is missing: the note is public. Whoever
    # has the report asks: an agency keeps it meanwhile, and no return is counted.
    *(
        Moves(
            sources,
            S.INCOMPLETE,
            BY.CHANGE_STATUS,
            who,
            (NEED.NOTE,),
            reporter_text="told.INCOMPLETE",
            note=Visibility.PUBLIC,
        )
        for sources, who in (
            ((S.RECEIVED, S.VERIFIED), Who.DESK),
            ((S.DISPATCHED, S.IN_PROGRESS), Who.HANDLER),
        )
    ),
    # "Tunda" of LAPOR! (S17), with a reason and a day, so that nothing is held for ever.
    Moves(
        (S.RECEIVED, S.VERIFIED),
        S.ON_HOLD,
        BY.CHANGE_STATUS,
        Who.DESK,
        (NEED.REASON, NEED.UNTIL),
        LIST.HOLD_BY_DESK,
        "told.ON_HOLD",
    ),
    # A hold goes on without a detour that the reporter is told of; the day is given anew, and so is the reason.
    Moves(
        (S.ON_HOLD,),
        S.ON_HOLD,
        BY.CHANGE_STATUS,
        Who.DESK,
        (NEED.REASON, NEED.UNTIL),
        LIST.HOLD_BY_DESK,
        "told.ON_HOLD",
        Given.NO_LEAD,
    ),
    Moves(
        (S.ON_HOLD,),
        S.ON_HOLD,
        BY.CHANGE_STATUS,
        Who.HANDLER,
        (NEED.REASON, NEED.UNTIL),
        LIST.HOLD_BY_AGENCY,
        "told.ON_HOLD",
        Given.LEAD,
    ),
    # "Bukan wewenang" of LAPOR! (S17, S18), often found out at the survey only. The desk alone decides this, and says
    # who is responsible; agencies propose it by returning the report as OUTSIDE_CITY.
    Moves(
        (S.RECEIVED, S.VERIFIED, S.DISPATCHED, S.IN_PROGRESS, S.ON_HOLD),
        S.OUT_OF_JURISDICTION,
        BY.CHANGE_STATUS,
        Who.DESK,
        (NEED.REASON, NEED.AGENCY),
        LIST.JURISDICTION,
        "told.OUT_OF_JURISDICTION",
    ),
    # 112 counts minutes (S62), and the report is closed: the note says who took it there.
    Moves(
        (S.RECEIVED, S.VERIFIED, S.DISPATCHED),
        S.DIVERTED_TO_EMERGENCY,
        BY.CHANGE_STATUS,
        Who.DESK,
        (NEED.NOTE,),
        reporter_text="told.DIVERTED_TO_EMERGENCY",
    ),
    # "Arsipkan" of LAPOR! (S17). What an agency works on, or what is held, is archived only where its reporter
    # withdraws it (services/reasons/reasons.py); all else is returned first.
    Moves(
        OPEN,
        S.ARCHIVED,
        BY.CHANGE_STATUS,
        Who.DESK,
        (NEED.REASON,),
        LIST.ARCHIVE,
        "told.ARCHIVED",
    ),
    # The agency begins (S18, S23), and goes on where the reporter answers back (S15).
    Moves((S.DISPATCHED, S.ANSWERED), S.IN_PROGRESS, BY.CHANGE_STATUS, Who.HANDLER, reporter_text="told.IN_PROGRESS"),
    # An agency that still has the ticket goes on with it without a second dispatch.
    Moves(
        (S.ON_HOLD, S.REOPENED),
        S.IN_PROGRESS,
        BY.CHANGE_STATUS,
        Who.HANDLER,
        reporter_text="told.IN_PROGRESS",
        given=Given.LEAD,
    ),
    # "Pengerjaan ditunda" (S36), with a reason and a day like the desk's.
    Moves(
        (S.DISPATCHED, S.IN_PROGRESS),
        S.ON_HOLD,
        BY.CHANGE_STATUS,
        Who.HANDLER,
        (NEED.REASON, NEED.UNTIL),
        LIST.HOLD_BY_AGENCY,
        "told.ON_HOLD",
    ),
    # What can not be solved is evaluated (S1), so it needs a reason, the liaison officer, and a note that the reporter
    # reads as the explanation.
    Moves(
        (S.IN_PROGRESS, S.ANSWERED),
        S.UNRESOLVED,
        BY.CHANGE_STATUS,
        Who.LIAISON,
        (NEED.REASON, NEED.NOTE),
        LIST.UNRESOLVED,
        "told.UNRESOLVED",
        note=Visibility.PUBLIC,
    ),
    Moves(
        (S.ON_HOLD,),
        S.UNRESOLVED,
        BY.CHANGE_STATUS,
        Who.LIAISON,
        (NEED.REASON, NEED.NOTE),
        LIST.UNRESOLVED,
        "told.UNRESOLVED",
        Given.LEAD,
        Visibility.PUBLIC,
    ),
    # The liaison officer answers for the agency, after approving the answer (S70).
    Moves((S.IN_PROGRESS,), S.ANSWERED, BY.SEND_ANSWER, Who.LIAISON, (NEED.ANSWER,), reporter_text="told.ANSWERED"),
    # Nothing is resolved without an answer, and no complaint without evidence that the reporter can read; a question
    # ends with its answer, and a wish with what became of it.
    *(
        Moves(
            (S.ANSWERED,),
            S.RESOLVED,
            BY.CHANGE_STATUS,
            Who.RESOLVER,
            needs,
            reasons,
            "told.RESOLVED",
            given,
            Visibility.PUBLIC,
        )
        for given, needs, reasons in (
            (Given.COMPLAINT, (NEED.EVIDENCE,), None),
            (Given.INFORMATION_REQUEST, (), None),
            (Given.ASPIRATION, (NEED.REASON,), LIST.OUTCOME),
        )
    ),
    # LAPOR! reopens while the reporter may answer back (S15, S16); afterwards it is a decision of who had the ticket.
    Moves(
        (S.RESOLVED, S.UNRESOLVED),
        S.REOPENED,
        BY.REOPEN,
        Who.HANDLER,
        (NEED.REASON,),
        LIST.REOPEN,
        "told.REOPENED",
        given=Given.LEAD,
    ),
    Moves(
        (S.RESOLVED, S.UNRESOLVED),
        S.REOPENED,
        BY.REOPEN,
        Who.DESK,
        (NEED.REASON,),
        LIST.REOPEN,
        "told.REOPENED",
        given=Given.NO_LEAD,
    ),
    # What the desk closed, the desk reopens.
    Moves(
        (S.OUT_OF_JURISDICTION, S.DIVERTED_TO_EMERGENCY, S.ARCHIVED),
        S.REOPENED,
        BY.REOPEN,
        Who.DESK,
        (NEED.REASON,),
        LIST.REOPEN,
        "told.REOPENED",
    ),
    # LAPOR! refuses duplicates (S33); here their senders keep a number that leads to the other report.
    Moves(OPEN, S.ARCHIVED, BY.MERGE, Who.DESK, (NEED.DUPLICATE_OF,), reporter_text="told.MERGED"),
    # Who does not answer back in time lets the report end (S14, S15): it is resolved by silence, never as satisfied.
    Moves(
        (S.ANSWERED,),
        S.RESOLVED,
        ClockKind.REPORTER_REPLY,
        Who.CLOCK,
        reporter_text="told.RESOLVED_BY_SILENCE",
        reason="NO_REPLY",
    ),
    # What its reporter does not complete in time counts as withdrawn (our choice, unverified), and may be sent again.
    Moves(
        (S.INCOMPLETE,),
        S.ARCHIVED,
        ClockKind.COMPLETION,
        Who.CLOCK,
        reporter_text="told.ARCHIVED",
        reason="INCOMPLETE",
    ),
)
EVERY_MOVE: tuple[Move, ...] = tuple(move for rule in RULES for move in rule.moves())
# What people choose from, and what happens by itself when a clock passes.
MOVES: tuple[Move, ...] = tuple(move for move in EVERY_MOVE if move.who is not Who.CLOCK)
BY_CLOCK: dict[By, Move] = {move.by: move for move in EVERY_MOVE if move.who is Who.CLOCK}
MOVES_FROM = {status: tuple(move for move in MOVES if move.source is status) for status in TicketStatus}
MUTATION_NAMES: dict[By, str] = {
    MoveMutation.VERIFY: "verifyTicket",
    MoveMutation.DISPATCH: "dispatchTicket",
    MoveMutation.RETURN: "returnTicket",
    MoveMutation.CHANGE_STATUS: "changeTicketStatus",
    MoveMutation.SEND_ANSWER: "sendAnswer",
    MoveMutation.REOPEN: "reopenTicket",
    MoveMutation.MERGE: "mergeTicket",
}
