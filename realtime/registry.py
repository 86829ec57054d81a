"""The connections, their subscriptions, and the groups that these belong to."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import partial

from realtime.callbacks import GroupPlan, HubCallbacks, SubscribeRequest, settled
from realtime.cursors import FeedPosition
from realtime.groups import Group
from realtime.history import History
from realtime.interests import InterestIndex
from realtime.limits import HubLimits
from realtime.members import Connection, Member


@dataclass(slots=True)
class Holding:
    """What counts for one account: its groups with members, and the points of an event that reaches all of them."""

    groups: int = 0
    cost: int = 0


class Registry:
    """Groups by key and members by connection. A member that has left is never written to again."""

    def __init__(
        self, callbacks: HubCallbacks, history: History, limits: HubLimits, monotonic: Callable[[], float]
    ) -> None:
        self.groups: dict[Hashable, Group] = {}
        self.index: InterestIndex[Group] = InterestIndex(callbacks.interests)
        self.feeds: OrderedDict[Group, None] = OrderedDict()  # those that get heartbeats, the longest silent first
        self.snapshots: dict[Group, None] = {}
        self.connections: dict[Connection, dict[Member, Group]] = {}
        self.idle: OrderedDict[Group, None] = OrderedDict()  # those that nobody uses, the longest idle first
        self.members = self.executions = 0
        self.lost = 0
        self.failures = 0
        self._callbacks = callbacks
        self._history = history
        self._limits = limits
        self._monotonic = monotonic
        self._holdings: dict[str, Holding] = {}

    def note_execution(self) -> None:
        """A group ran GraphQL once more."""
        self.executions += 1

    # ---------------------------------------------------------------- groups

    def group(self, request: SubscribeRequest, make: Callable[[GroupPlan], Group]) -> Group | None:
        """The group of this request, made if need be; None where there are too many, or too many of one principal."""
        group = self.groups.get(request.plan.key)
        if group is not None and not group.idle:
            return group
        if not self._is_modest(request) or (group is None and not self._has_room(request)):
            return None
        if group is None:
            group = self._add(make(request.plan))
        group.principal = request.principal
        return group

    def _add(self, group: Group) -> Group:
        self.groups[group.plan.key] = group
        self.idle[group] = None
        return group

    def forget(self, group: Group) -> None:
        """Remove a group; whoever is about to join it finds it ended."""
        group.end()
        self.idle.pop(group, None)
        self._rest(group)
        if self.groups.get(group.plan.key) is group:
            del self.groups[group.plan.key]

    def touch_all(self) -> None:
        """Rights or master data changed: snapshots are outdated."""
        for group in self.snapshots:
            group.touch_all()

    # ---------------------------------------------------------------- members

    def enter(self, member: Member, group: Group) -> bool:
        """Note that this member is about to join; False where its connection is gone."""
        members = self.connections.get(member.connection)
        if members is None:
            return False
        members[member] = group
        self.members += 1
        group.entered += 1
        if group.entered == 1 and not group.ended:
            self._use(group)
        return True

    def leave(self, member: Member) -> None:
        """Write nothing more to this member."""
        member.open = False
        group = self.connections.get(member.connection, {}).pop(member, None)
        if group is None:
            return
        group.members.pop(member, None)
        self.members -= 1
        group.entered -= 1
        group.used_at = self._monotonic()
        if group.idle and group.busy:
            self.forget(group)  # no event wakes it any more: who joins would miss those after what it still shows
        elif group.idle and not group.ended:
            self._rest(group)
            self.idle[group] = None

    def _use(self, group: Group) -> None:
        """The first member is there: events find this group, and it counts for its account."""
        self.idle.pop(group, None)
        self.index.add(group, group.keys)
        if group.plan.feed:
            self.feeds[group] = None
        if group.plan.snapshot:
            self.snapshots[group] = None
            group.touch_all()  # it was not woken by events while it had no member
        if group.principal is not None:
            group.account = group.principal
            held = self._holdings.setdefault(group.principal, Holding())
            held.groups += 1
            held.cost += group.plan.cost

    def _rest(self, group: Group) -> None:
        """The last member has left: events do not find this group, and it counts for no account."""
        self.index.remove(group, group.keys)
        self.feeds.pop(group, None)
        self.snapshots.pop(group, None)
        account, group.account = group.account, None
        if account is not None:
            held = self._holdings[account]
            held.groups -= 1
            held.cost -= group.plan.cost
            if not held.groups:
                del self._holdings[account]

    def lose(self, members: Iterable[Member]) -> None:
        """Remove members whose connections are gone."""
        for member in members:
            self.lost += 1
            self.leave(member)

    def leave_all(self, connection: Connection) -> list[str]:
        """Remove all members of a connection; gives their operations, which are still to be refused."""
        members = tuple(self.connections.get(connection, ()))
        for member in members:
            self.leave(member)
        return [member.operation for member in members]

    def detach(self, connection: Connection) -> None:
        """Remove a connection with all its subscriptions."""
        self.leave_all(connection)
        self.connections.pop(connection, None)

    # ---------------------------------------------------------------- endings

    def fail(self, group: Group) -> None:
        """End a group that could only go on with a hole: its members resume with their cursors."""
        self.failures += 1
        self._refuse_all(group, lambda: self._callbacks.failed("INTERNAL"))
        self.forget(group)

    def spend(self, group: Group) -> None:
        """Refuse the members of a group whose budget is empty, each with the position that it has reached."""
        for member in tuple(group.members):
            reached = max(group.position, member.position)  # who joined while the group was late may be further
            self.unpaid(member, group, None if group.plan.snapshot else FeedPosition(self._history.epoch, reached))

    def unpaid(self, member: Member, group: Group, position: FeedPosition | None = None) -> None:
        """Refuse one member whose budget is empty."""
        self._refuse(member, lambda: self._callbacks.spent(group.plan, position))

    def expire(self, group: Group, position: FeedPosition | None = None) -> None:
        """End a group whose members have to reload what they show; who is about to join it has to come again."""
        position = position or FeedPosition(self._history.epoch, group.position)
        self._refuse_all(group, lambda: self._callbacks.expired(group.plan, position))
        self.forget(group)

    async def end_outdated(self, seconds: float) -> None:
        """End the groups whose filter means something else by the master data of now: a fresh list is another one."""
        groups = tuple(self.groups.values())
        keys = await settled(self._callbacks.outdated([group.plan for group in groups]), seconds)
        for group in groups:
            if group.plan.key in keys:
                self.expire(group)

    def start_again(self, position: FeedPosition) -> None:
        """Expire every subscription, as its position is of another log; snapshots have none, and are rendered anew."""
        for members in tuple(self.connections.values()):
            for member, group in tuple(members.items()):
                if not group.plan.snapshot:
                    self._refuse(member, partial(self._callbacks.expired, group.plan, position))
        for group in tuple(self.groups.values()):
            if group.plan.snapshot:
                group.touch_all()
            else:
                self.forget(group)

    def _refuse_all(self, group: Group, reason: Callable[[], Exception]) -> None:
        for member in tuple(group.members):
            self._refuse(member, reason)

    def _refuse(self, member: Member, reason: Callable[[], Exception]) -> None:
        if member.open:
            member.connection.refuse(member.operation, reason())
        self.leave(member)

    # ---------------------------------------------------------------- room

    def _is_modest(self, request: SubscribeRequest) -> bool:
        """Whether this principal may have one more group, by number and cost; groups without members do not count."""
        held = self._holdings.get(request.principal) if request.principal is not None else None
        if held is None:
            return True
        limits = self._limits
        most_cost = limits.cost_of_principal * request.share
        return held.groups < limits.groups_of_principal * request.share and held.cost + request.plan.cost <= most_cost

    def _has_room(self, request: SubscribeRequest) -> bool:
        most = self._limits.groups - (0 if request.reserved else self._limits.groups_reserved)
        if len(self.groups) >= most and self.idle:
            self.forget(next(iter(self.idle)))
        return len(self.groups) < most
