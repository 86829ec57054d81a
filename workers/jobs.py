"""The background jobs, each short, with its period."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from services.clocks.passing import pass_clocks
from services.clocks.recounting import recount_clocks
from services.core.desk import Desk
from services.credentials.invitations import expire_invitations
from services.credentials.sessions import expire_sessions
from services.displays.device_grant import forget_ended
from services.epochs import keep_alive
from services.evaluation.follow_ups import follow_up
from services.intake.idempotency import expire_idempotency_keys
from services.notifications.calendar_warning import warn_of_calendar
from services.notifications.expiry import expire_notifications
from services.partners.partners import end_left_keys
from services.reporters.contacts import normalise_contacts
from services.reporters.reindexing import reindex
from services.reporters.retention import erase_expired_reporters
from services.sp4n.sharing import share_ids
from services.staff.older_addresses import normalise_addresses
from services.tickets.mutation_ids import forget_mutation_ids
from services.tickets.releases import release_left
from services.tickets.supervision import follow_posts
from services.unresolved.filling import fill
from workers import audit, epochs, notifications, search, words


@dataclass(frozen=True, slots=True)
class Job:
    """run does the work once and gives the number of things done; lock is this job's own advisory lock.

    quiet: nothing is said of a run that went well. anywhere: it is done where the log is not at home, too.
    """

    name: str
    lock: int
    every: timedelta
    run: Callable[[Desk], Awaitable[int]]
    quiet: bool = False
    anywhere: bool = False


PASSING = "pass_clocks"  # the link CLOCKS breaks when it is late
NOTIFYING = "notify"
# Locks are numbers of our own, apart from those that anybody else takes in this database. Periods are our choice: a
# second where somebody waits for it (a restored log, the seal of an entry), else as seldom as nobody would notice.
JOBS = (
    Job("adopt_log", 7_357_212, timedelta(seconds=1), epochs.adopt_log, quiet=True, anywhere=True),
    Job(PASSING, 7_357_228, timedelta(seconds=1), pass_clocks, quiet=True),
    Job("recount_clocks", 7_357_229, timedelta(seconds=1), recount_clocks, quiet=True),
    Job("keep_log_alive", 7_357_213, timedelta(minutes=1), keep_alive, quiet=True),
    Job("fill_unresolved_cases", 7_357_226, timedelta(seconds=10), fill, quiet=True),
    Job("share_sp4n_ids", 7_357_230, timedelta(minutes=1), share_ids, quiet=True),
    Job("follow_up_cases", 7_357_227, timedelta(minutes=1), follow_up, quiet=True),
    Job("release_left", 7_357_217, timedelta(minutes=1), release_left, quiet=True),
    Job("expire_idempotency_keys", 7_357_201, timedelta(minutes=10), expire_idempotency_keys),
    Job("erase_expired_reporters", 7_357_203, timedelta(hours=6), erase_expired_reporters),
    Job("reindex_after_erasures", 7_357_214, timedelta(minutes=10), reindex),
    Job("words_leave_the_log", 7_357_215, timedelta(minutes=1), words.leave_the_log, quiet=True),
    Job("words_of_search", 7_357_219, timedelta(minutes=1), search.make_words, quiet=True),
    Job("forget_mutation_ids", 7_357_216, timedelta(hours=1), forget_mutation_ids),
    Job("forget_ended_devices", 7_357_207, timedelta(hours=1), forget_ended),
    Job("normalise_addresses", 7_357_221, timedelta(minutes=10), normalise_addresses, quiet=True),
    Job("normalise_contacts", 7_357_222, timedelta(minutes=10), normalise_contacts, quiet=True),
    Job("end_left_keys", 7_357_220, timedelta(minutes=10), end_left_keys, quiet=True),
    Job(NOTIFYING, 7_357_223, timedelta(seconds=1), notifications.notify, quiet=True),
    Job("warn_of_calendar", 7_357_224, timedelta(hours=1), warn_of_calendar, quiet=True),
    Job("expire_notifications", 7_357_225, timedelta(hours=1), expire_notifications),
    Job("follow_posts", 7_357_218, timedelta(seconds=5), follow_posts, quiet=True),
    Job("expire_sessions", 7_357_202, timedelta(minutes=10), expire_sessions),
    Job("expire_invitations", 7_357_208, timedelta(hours=1), expire_invitations),
    Job("settle_audit_counts", 7_357_204, timedelta(seconds=5), audit.settle_counts, quiet=True),
    Job("seal_audit_log", 7_357_205, timedelta(seconds=1), audit.seal, quiet=True),
    Job("tell_audit_head", 7_357_206, timedelta(hours=1), audit.tell_head, quiet=True),
)
