"""What must hold: at every frame that is written, at every end of a subscription, and when all is quiet."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from realtime.callbacks import GroupPlan
from realtime.cursors import FeedPosition
from realtime.log import LoggedEvent
from tests.realtime.seeded.ledger import Change
from tests.realtime.seeded.plans import Scope, UnreadableError, Wanted, decided, interests, keys_of
from tests.realtime.seeded.segments import Segment

if TYPE_CHECKING:
    from tests.realtime.seeded.world import World

MOMENT = 0.1  # what a turn of the loop may take
LATE_SECONDS = 3.0
USUALLY = 100
CLOCK_SECONDS = 1.5  # how exact the clocks of the hub are that no event waits for


class Check:
    """Looks at every frame. violate is told what does not hold."""

    def __init__(self, world: World, violate: Callable[..., None]) -> None:
        self._world = world
        self._violate = violate

    # ---------------------------------------------------------------- every frame

    def shown(self, segment: Segment, body: dict[str, Any]) -> None:
        """One frame was written to a client that had not been told the end of this subscription."""
        self._require_time(segment, body)
        {"event": self._event, "heartbeat": self._heartbeat, "reset": self._reset, "picture": self._snapshot}[
            body["kind"]
        ](segment, body)

    def _event(self, segment: Segment, body: dict[str, Any]) -> None:
        seq, epoch = body["seq"], body["epoch"]
        event = self._world.ledger.logs[epoch][seq - 1]
        if event.ticket_id != body["ticket"] or segment.plan.snapshot:
            self._violate("a frame of another event", seq)
        if segment.cursor is not None and (epoch, seq) <= (segment.epoch, segment.cursor):
            self._violate("twice, or out of order", segment.plan.key, segment.cursor, seq)
        self._require_row(segment, event, body)
        self._require_rights(segment, epoch, seq)
        self._require_in_time(segment, epoch, seq)
        self.passed(segment, epoch, seq - 1)
        segment.epoch, segment.cursor = epoch, seq

    def _heartbeat(self, segment: Segment, body: dict[str, Any]) -> None:
        seq, now = body["seq"], self._world.loop.time()
        if segment.cursor is not None and body["epoch"] == segment.epoch and seq < segment.cursor:
            self._violate("a heartbeat goes back", segment.plan.key, segment.cursor, seq)
        self.passed(segment, body["epoch"], seq)
        self.require_beat(segment)
        segment.epoch, segment.cursor, segment.beat_at = body["epoch"], seq, now

    def _reset(self, segment: Segment, body: dict[str, Any]) -> None:
        if not segment.plan.feed:
            self._violate("a reset for something else than a feed", segment.plan.key)
        self._require_reason_to_reload(segment)
        segment.reset = True
        segment.epoch, segment.cursor = body["epoch"], body["seq"]

    def _snapshot(self, segment: Segment, body: dict[str, Any]) -> None:
        self.require_snapshot_in_time(segment)
        segment.snapshot, segment.snapshot_at = body, self._world.loop.time()
        change = self._end_of_rights(segment.scope)
        limits = self._world.profile.limits
        latest = body["at"] - limits.lease - limits.render_seconds - CLOCK_SECONDS
        if change is not None and change.since < latest and (change.epoch, change.seq) < (body["epoch"], body["seq"]):
            self._violate("a picture under rights that are no more", segment.plan.key, change.seq)

    # ---------------------------------------------------------------- rows, rights, time

    def _require_row(self, segment: Segment, event: LoggedEvent, body: dict[str, Any]) -> None:
        """Shown by the row of now, as far as the log was read."""
        world, ticket = self._world, body["ticket"]
        position, epoch = world.position
        row, current = body["row"], epoch == body["epoch"] == world.ledger.epoch
        if current and row["seq"] < world.ledger.touched(ticket, position):
            self._violate("shown by a row that is old", segment.plan.key, event.seq, row["seq"], position)
        if decided(event, segment.wanted, row) != body["what"]:
            self._violate("hidden, and shown", segment.plan.key, event.seq, body)

    def _require_rights(self, segment: Segment, epoch: str, seq: int) -> None:
        for change in (self._end_of_rights(segment.scope), self._end_of_plan(segment.wanted)):
            if change is None:
                continue
            if change.epoch == epoch and change.seq < seq:
                self._violate("shown after a change of rights, under the old ones", segment.plan.key, change.seq, seq)
            late = self._world.loop.time() - change.since - self._world.profile.limits.lease
            if late > MOMENT + 100 * self._world.profile.step:
                self._violate("shown without a lease", segment.plan.key, change.seq, seq, round(late, 3))

    def _end_of_rights(self, scope: Scope) -> Change | None:
        return self._world.ledger.principals[scope.name].changes.get(scope.generation)

    def _end_of_plan(self, wanted: Wanted) -> Change | None:
        return self._world.ledger.references.get(wanted.reference)

    def _require_time(self, segment: Segment, body: dict[str, Any]) -> None:
        """Nothing is shown after the end of its scope; what is no event, not for long."""
        until, world = segment.scope.valid_until, self._world
        if until is None or until > world.desk.clock():
            return
        over = (world.desk.clock() - until).total_seconds()
        over = min(over, world.loop.time() - world.desk.jumped_at)
        if over > (MOMENT if body["kind"] == "event" else CLOCK_SECONDS) + 100 * world.profile.step:
            self._violate("shown after the end of its scope", segment.plan.key, body["kind"], round(over, 3))

    def _require_in_time(self, segment: Segment, epoch: str, seq: int) -> None:
        """A live event comes soon, unless its own group, its account or what all need was slow."""
        world = self._world
        if segment.live_at is None or not world.profile.exact:
            return
        since = max(world.ledger.committed[epoch][seq - 1], segment.live_at)
        if world.loop.time() - since > LATE_SECONDS and not self._excused(segment, since):
            self._violate("late", segment.plan.key, seq, round(world.loop.time() - since, 3))

    def _excused(self, segment: Segment, since: float) -> bool:
        return self._world.trouble_until(segment.plan.key, segment.scope.name) >= since

    # ---------------------------------------------------------------- clocks

    def require_beat(self, segment: Segment) -> None:
        """Heartbeats are at most so far apart."""
        world = self._world
        if not segment.plan.feed or segment.live_at is None or segment.ahead or not world.profile.exact:
            return
        since = max(segment.beat_at, segment.live_at)
        gap, most = world.loop.time() - since, world.profile.limits.heartbeat + world.slow_beats(since)
        if gap > most and world.faults.trouble_until.get(segment.plan.key, 0.0) < since:
            self._violate("heartbeats are too far apart", segment.plan.key, round(gap, 3))

    def require_snapshot_in_time(self, segment: Segment) -> None:
        """Pictures too."""
        world = self._world
        if not segment.plan.snapshot or segment.live_at is None or not world.profile.exact:
            return
        gap = world.loop.time() - segment.snapshot_at
        if gap > world.profile.limits.heartbeat + MOMENT and not self._excused(segment, segment.snapshot_at):
            self._violate("pictures are too far apart", segment.plan.key, round(gap, 3))

    # ---------------------------------------------------------------- nothing is left out

    def passed(self, segment: Segment, epoch: str, upto: int) -> None:
        """The client was told that it knows everything up to here."""
        if segment.cursor is None or segment.plan.snapshot:
            return
        if segment.epoch != epoch:
            self._violate("passed on to another log", segment.plan.key, segment.epoch, epoch)
            return
        for event in self._world.ledger.logs[epoch][segment.cursor : upto]:
            if self.must_show(event, segment.wanted, epoch):
                self._violate("missed", segment.plan.key, event.seq, upto)
                return

    def must_show(self, event: LoggedEvent, wanted: Wanted, epoch: str) -> bool:
        """Whether an event is visible by every row that its ticket had from then to now."""
        if event.ticket_id is None or event.after is None or not _concerns(event, wanted):
            return False
        rows = self._world.ledger.rows_since(event.ticket_id, epoch, event.seq)
        try:
            return all(decided(event, wanted, row) for row in rows)
        except UnreadableError:
            return False

    # ---------------------------------------------------------------- ends

    def ended(self, segment: Segment) -> None:
        """A subscription was ended: was there a reason, and can it go on from where it is?"""
        if not segment.line.broken:
            self.require_beat(segment)
        if segment.ended == "CURSOR_EXPIRED":
            self._require_reason_to_reload(segment)
        if segment.ended == "INTERNAL":
            self._require_hurt(segment)
        if segment.ended == "BUDGET_EXCEEDED" and segment.place is not None:
            self._require_place(segment, segment.place)

    def _require_place(self, segment: Segment, place: FeedPosition) -> None:
        if segment.cursor is None or place.epoch != segment.epoch:
            return
        if place.seq < segment.cursor:
            self._violate("told to go on from before what it has", segment.plan.key, segment.cursor, place.seq)
        self.passed(segment, place.epoch, place.seq)

    def _require_hurt(self, segment: Segment) -> None:
        """A group is only ended for what happened to it, or to what all need."""
        world, key = self._world, segment.plan.key
        lately = max(world.faults.trouble_until.get(each, 0.0) for each in (key, None)) >= segment.begun_at
        if world.hurt(key) == segment.hurt_before and segment.live_at is not None and not lately:
            self._violate("ended though nothing happened to it", segment.plan.key)

    def _require_reason_to_reload(self, segment: Segment) -> None:
        if not any(reason(segment) for reason in (self._moved, self._is_far, self._is_late, self._is_bad)):
            self._violate("told to reload for no reason", segment.plan.key, segment.after, segment.cursor)

    def _moved(self, segment: Segment) -> bool:
        """The log was replaced, the plan is another, or the cursor is another list's."""
        world, after = self._world, segment.after
        other = after is not None and segment.plan.mark is not None and after.mark != segment.plan.mark
        replaced = segment.epoch is not None and segment.epoch != world.ledger.epoch
        lately = any(at >= segment.begun_at - 15.0 for at in world.ledger.replaced_at)
        return other or replaced or lately or self._end_of_plan(segment.wanted) is not None

    def _is_far(self, segment: Segment) -> bool:
        """More was missed than a replay may hold."""
        world, limits = self._world, self._world.profile.limits
        if segment.cursor is None:
            return False
        missed = world.ledger.events[segment.cursor :]
        old = bool(missed) and missed[0].recorded_at < world.ledger.at() - limits.horizon
        return old or len(missed) > min(limits.horizon_reach, limits.horizon_matches)

    def _is_late(self, segment: Segment) -> bool:
        """The group was slower than it may be, for events that this member had before perhaps."""
        world, limits = self._world, self._world.profile.limits
        waiting = world.ledger.committed[world.ledger.epoch][segment.cursor or 0 :]
        late = any(world.loop.time() - at > limits.late_seconds for at in waiting)
        tight = limits.most_waiting < USUALLY or limits.late_seconds < USUALLY
        slow = max(world.faults.trouble_until.values(), default=0.0) >= segment.begun_at
        return late or len(waiting) > limits.most_waiting or (tight and (slow or segment.ahead))

    def _is_bad(self, segment: Segment) -> bool:
        """There is an event that this plan does not understand; its group may come to it later than this member."""
        return segment.wanted.strict and any(event.details.get("bad") for event in self._world.ledger.events)

    # ---------------------------------------------------------------- when all is quiet

    def at_rest(self, segment: Segment) -> None:
        """A live subscription has everything."""
        world = self._world
        if segment.member is None or segment.member not in world.hub.registry.connections.get(segment.line, ()):
            self._violate("nobody writes to it, and it was not told", segment.plan.key)
        elif segment.plan.snapshot:
            self._require_snapshot(segment.plan, segment.snapshot)
            self.require_snapshot_in_time(segment)
        else:
            self.passed(segment, world.ledger.epoch, world.ledger.last)
            self.require_beat(segment)

    def _require_snapshot(self, plan: GroupPlan, snapshot: dict[str, Any] | None) -> None:
        """The last picture shows every change, and what changed by the clock alone."""
        world = self._world
        if snapshot is None or snapshot["shows"] != world.desk.whole(plan):
            self._violate("the last picture is old", plan.key, snapshot)
        elif snapshot["until"] < world.loop.time() - LATE_SECONDS:
            self._violate("the last picture was over by the clock", plan.key, snapshot["until"])


def _concerns(event: LoggedEvent, wanted: Wanted) -> bool:
    keys, found = keys_of(wanted), interests(event)
    return keys is None or found is None or not keys.isdisjoint(found)
