"""Who is there: the lines, their subscriptions, and the groups that these belong to."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable

from realtime.cursors import FeedPosition
from realtime.groups import Group, GroupPlan, Handed, Wish
from realtime.members import Line, Member


class Registry:
    """Groups by key and members by line. A member that was let go is never written to again."""

    def __init__(self, handed: Handed, most_groups: int, most_of_principal: int) -> None:
        self.groups: dict[Hashable, Group] = {}
        self.lines: dict[Line, dict[Member, Group]] = {}
        self.lost = 0
        self._handed = handed
        self._most_groups = most_groups
        self._most_of_principal = most_of_principal
        self._executions_before = 0

    @property
    def executions(self) -> int:
        return self._executions_before + sum(group.executions for group in self.groups.values())

    @property
    def members(self) -> int:
        return sum(len(members) for members in self.lines.values())

    def group(self, wish: Wish, make: Callable[[GroupPlan], Group]) -> Group | None:
        """The group of this wish, made if need be; None where there are too many, or too many of one principal."""
        group = self.groups.get(wish.plan.key)
        if group is None and self._is_modest(wish.principal) and self._has_room():
            group = self.groups[wish.plan.key] = make(wish.plan)
            group.principal = wish.principal
        return group

    def forget(self, group: Group) -> None:
        """Let a group go; whoever is about to join it must not."""
        group.ended = True
        if self.groups.get(group.plan.key) is group:
            del self.groups[group.plan.key]
            self._executions_before += group.executions

    def enter(self, member: Member, group: Group) -> bool:
        """Note that this member is about to join; False where its line is gone."""
        members = self.lines.get(member.line)
        if members is not None:
            members[member] = group
        return members is not None

    def leave(self, member: Member) -> None:
        """Write nothing more to this member."""
        member.open = False
        group = self.lines.get(member.line, {}).pop(member, None)
        if group is not None and member in group.members:
            del group.members[member]
            group.used_at = time.monotonic()

    def lose(self, members: Iterable[Member]) -> None:
        """Let members go whose lines are gone."""
        for member in members:
            self.lost += 1
            self.leave(member)

    def end(self, members: Iterable[Member], code: str) -> None:
        """Let members go, and tell each why."""
        for member in tuple(members):
            member.line.refuse(member.operation, self._handed.failed(code))
            self.leave(member)

    def spend(self, group: Group, place: FeedPosition | None = None) -> None:
        """Let the members of a group go whose budget is empty: they come back with the place that they have reached."""
        for member in tuple(group.members):
            self.unpaid(member, group, place)

    def unpaid(self, member: Member, group: Group, place: FeedPosition | None = None) -> None:
        """Let one member go that nobody pays for."""
        if member.open:
            member.line.refuse(member.operation, self._handed.spent(group.plan, place))
        self.leave(member)

    def fail(self, group: Group) -> None:
        """End a group that could only go on with a hole: its members come back with their cursors."""
        self.end(group.members, "INTERNAL")
        self.forget(group)

    def expire(self, group: Group, place: FeedPosition) -> None:
        """End a group whose members have to reload what they show; who is about to join it is told to come again."""
        for member in tuple(group.members):
            self._expire(member, group, place)
        self.forget(group)

    def start_again(self, place: FeedPosition) -> None:
        """Nobody's position means anything any more; pictures have none, and are drawn anew."""
        for members in tuple(self.lines.values()):
            for member, group in tuple(members.items()):
                if group.plan.picture:
                    member.position = place.seq
                else:
                    self._expire(member, group, place)
        for group in tuple(self.groups.values()):
            if group.plan.picture:
                group.position = place.seq
                group.touch_all()
            else:
                self.forget(group)

    def _expire(self, member: Member, group: Group, place: FeedPosition) -> None:
        member.line.refuse(member.operation, self._handed.expired(group.plan, place))
        self.leave(member)

    def detach(self, line: Line) -> None:
        """Let a line go with all its subscriptions."""
        for member in tuple(self.lines.get(line, ())):
            self.leave(member)
        self.lines.pop(line, None)

    def _is_modest(self, principal: str | None) -> bool:
        """Whether this principal leaves groups to others; those that nobody uses do not count."""
        if principal is None or len(self.groups) < self._most_of_principal:
            return True
        own = sum(group.principal == principal and not group.idle for group in self.groups.values())
        return own < self._most_of_principal

    def _has_room(self) -> bool:
        if len(self.groups) < self._most_groups:
            return True
        idle = min((group for group in self.groups.values() if group.idle), key=_used_at, default=None)
        if idle is not None:
            self.forget(idle)
        return idle is not None


def _used_at(group: Group) -> float:
    return group.used_at
