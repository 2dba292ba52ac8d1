"""How dated lessons follow the weekly grid: pure reckoning, without the database.

The rule (R2.3): a lesson in use, or one changed by a person, is never touched. Everything else is
made to agree with the grid and the calendar; what agrees already stays as it is.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Target(NamedTuple):
    """A lesson that the grid wants; times are minutes from midnight."""

    date: dt.date
    number: int
    starts: int
    ends: int
    group: int
    teacher: int | None
    room: int | None
    entry: int


class Existing(NamedTuple):
    """A lesson that is there. ``meant`` is the day its entry wanted, whatever a person did."""

    id: int
    date: dt.date
    number: int
    starts: int
    ends: int
    group: int
    teacher: int | None
    room: int | None
    entry: int | None
    meant: dt.date
    by_hand: bool
    cancelled: bool


class Refusal(NamedTuple):
    """A wanted lesson that cannot be placed: what it clashes by, and with which lesson."""

    target: Target
    kind: str  # teacher, room, class
    other: Existing | Target


@dataclass
class Matching:
    """What must be done before anybody was asked which lessons are in use."""

    same: list[Existing] = field(default_factory=list)
    missing: list[Target] = field(default_factory=list)
    loose: list[Existing] = field(default_factory=list)
    held: list[Existing] = field(default_factory=list)


@dataclass
class Plan:
    """What a generation will do."""

    add: list[Target] = field(default_factory=list)
    remove: list[Existing] = field(default_factory=list)
    in_use: list[Existing] = field(default_factory=list)
    by_hand: list[Existing] = field(default_factory=list)
    same: list[Existing] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.add and not self.remove

    @property
    def mark(self) -> str:
        """A short digest: the plan that is applied is the plan that was shown."""
        said = repr((sorted(self.add, key=repr), sorted(row.id for row in self.remove)))
        return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()


def _place(row: Target | Existing) -> tuple[object, ...]:
    return (row.number, row.starts, row.ends, row.teacher, row.room)


def match(targets: Iterable[Target], existing: Iterable[Existing]) -> Matching:
    """Pair the wanted lessons with those that are there, by group and day.

    ``loose`` are lessons that agree with nothing; whether they may go depends on their use.
    ``held`` were changed by a person and stay. A held lesson takes the place of the wanted one
    that it came from, so that moving a lesson does not make a second one.
    """
    found = Matching()
    wanted: dict[tuple[int, dt.date], list[Target]] = {}
    for target in targets:
        wanted.setdefault((target.group, target.date), []).append(target)
    there: dict[tuple[int, dt.date], list[Existing]] = {}
    for row in existing:
        there.setdefault((row.group, row.meant), []).append(row)
    for key, rows in there.items():
        open_ = wanted.get(key, [])
        rest = []
        for row in rows:
            twin = next(
                (one for one in open_ if not row.by_hand and _place(one) == _place(row)), None
            )
            if twin is None:
                rest.append(row)
            else:
                open_.remove(twin)
                found.same.append(row)
        for row in rest:
            if row.by_hand:
                found.held.append(row)
                twin = _twin(row, open_)
                if twin is not None:
                    open_.remove(twin)
            else:
                found.loose.append(row)
    found.missing = [target for left in wanted.values() for target in left]
    return found


def _twin(row: Existing, wanted: list[Target]) -> Target | None:
    by_entry = next((one for one in wanted if row.entry == one.entry), None)
    if by_entry is not None:
        return by_entry
    return next((one for one in wanted if row.number == one.number), None)


def settle(
    matching: Matching,
    in_use: set[int],
    others: Iterable[Existing],
    classes: Mapping[int, tuple[tuple[int, ...], int]],
) -> Plan:
    """Decide what goes, what stays and what can be added without a clash.

    ``others`` are lessons outside the reckoning on the same days; ``classes`` maps a group to the
    ids of its classes and its part.
    """
    plan = Plan(same=matching.same, by_hand=matching.held)
    open_: dict[tuple[int, dt.date], list[Target]] = {}
    for target in matching.missing:
        open_.setdefault((target.group, target.date), []).append(target)
    for row in matching.loose:
        if row.id not in in_use:
            plan.remove.append(row)
            continue
        plan.in_use.append(row)
        # Its marks stand for the lesson that the grid now wants elsewhere on the same day.
        left = open_.get((row.group, row.meant), [])
        twin = _twin(row, left) or (left[0] if left else None)
        if twin is not None:
            left.remove(twin)
    busy = _Busy(classes)
    for row in (*plan.same, *plan.in_use, *plan.by_hand, *others):
        if not row.cancelled:
            busy.take(row)
    for target in sorted((one for left in open_.values() for one in left), key=_order):
        clash = busy.clash(target)
        if clash is None:
            plan.add.append(target)
            busy.take(target)
        else:
            plan.refused.append(Refusal(target, *clash))
    return plan


def _order(target: Target) -> tuple[object, ...]:
    return (target.date, target.starts, target.number, target.group, target.entry)


class _Busy:
    """Who and what is taken when; the same rule that the triggers keep."""

    def __init__(self, classes: Mapping[int, tuple[tuple[int, ...], int]]) -> None:
        self.classes = classes
        self.taken: dict[tuple[str, int, dt.date], list[Existing | Target]] = {}

    def _keys(self, row: Existing | Target) -> list[tuple[str, int, dt.date]]:
        keys = [("class", one, row.date) for one in self.classes.get(row.group, ((), 0))[0]]
        if row.teacher is not None:
            keys.append(("teacher", row.teacher, row.date))
        if row.room is not None:
            keys.append(("room", row.room, row.date))
        return keys

    def take(self, row: Existing | Target) -> None:
        for key in self._keys(row):
            self.taken.setdefault(key, []).append(row)

    def clash(self, row: Target) -> tuple[str, Existing | Target] | None:
        part = self.classes.get(row.group, ((), 0))[1]
        for key in self._keys(row):
            for other in self.taken.get(key, ()):
                if other.starts >= row.ends or other.ends <= row.starts:
                    continue
                their = self.classes.get(other.group, ((), 0))[1]
                if key[0] == "class" and part and their and part != their:
                    continue
                return key[0], other
        return None
