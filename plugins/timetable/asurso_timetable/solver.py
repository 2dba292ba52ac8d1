"""A weekly timetable without clashes: pure search, no database.

Every class has its days filled from the first lesson on, so pupils never wait; the search only
decides which lesson of the class stands where. It starts from a spread-out guess and swaps two
lessons of one class at a time: first until no teacher and no room is needed twice at one moment,
then to please people (hard subjects in the middle of the day, few idle hours for teachers).

Moments are told apart by the clock, not by the number of the lesson: the first grade has bells of
its own, and they change during the year.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

#: Number of a lesson → when it is held, as ``(starts, ends)`` in minutes. Several spans are several
#: seasons of one year; keep seasons apart by adding a day (1440) to the minutes of each next one.
Bells = Mapping[int, Sequence[tuple[int, int]]]

_CLASH = 60
_TWICE_A_DAY = 12
_IDLE = 2
_PATIENCE = 30_000


@dataclass(frozen=True, kw_only=True)
class Part:
    """One teaching group of a block, with its teacher and the rooms of which any will do."""

    group: int
    teacher: int | None = None
    rooms: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Block:
    """What a class does at one time: one group, or subgroups side by side."""

    subject: str
    parts: tuple[Part, ...]
    hours: int
    #: Points of difficulty: from ``ClassWork.hard_from`` on a subject avoids first and last place.
    difficulty: int = 0
    #: This subject can do without the first lessons of the day.
    light: bool = False
    #: Two lessons in a row are welcome (workshops); otherwise once a day is the rule.
    double: bool = False


@dataclass(frozen=True, kw_only=True)
class ClassWork:
    """A class: its bells, how many lessons each weekday has, and what is to be taught."""

    id: int
    bells: str
    days: tuple[int, ...]
    blocks: tuple[Block, ...]
    hard_from: int = 8
    #: Lessons after this number are for light subjects where possible (short days of autumn).
    main_until: int = 99


@dataclass(frozen=True, kw_only=True)
class Placed:
    """One weekly lesson of one group."""

    school_class: int
    weekday: int  # 1 Monday
    number: int
    group: int
    teacher: int | None
    room: int | None


class NoTimetable(Exception):
    """The search found no arrangement without clashes."""


def day_lengths(hours: int, most: int, days: int = 5) -> tuple[int, ...]:
    """Lessons a day for a weekly load: even, the week's middle longer, its end lighter.

    Raises ``ValueError`` when the load does not fit under ``most`` lessons a day (one day may
    have one more: the norm for primary classes with physical training).
    """
    if hours > most * days + 1:
        raise ValueError(f"{hours} lessons do not fit into {days} days of {most}")
    even, rest = divmod(hours, days)
    longer = [day for day in (1, 2, 0, 3, 4, 5) if day < days]  # Tuesday, Wednesday, Monday, …
    return tuple(even + (day in longer[:rest]) for day in range(days))


def solve(
    classes: Sequence[ClassWork], bells: Mapping[str, Bells], *, seed: int, polish: int = 100
) -> list[Placed]:
    """Place every hour of every class.

    ``polish`` is the number of improving tries for each weekly lesson. The answer depends only on
    the arguments. Raises :class:`NoTimetable` when the search gives up, ``ValueError`` when hours
    and days of a class do not agree.
    """
    for attempt in range(3):
        lots = random.Random(f"{seed}:{attempt}")  # noqa: S311 - lots, not secrets
        search = _Search(classes, bells, lots)
        if search.settle():
            search.polish(polish)
            try:
                return search.placed()
            except NoTimetable:
                continue
    raise NoTimetable("no timetable without clashes was found")


def cells_of(bells: Mapping[str, Bells]) -> dict[tuple[str, int], tuple[int, ...]]:
    """Moments that each lesson of each set of bells takes; two overlap iff they share one."""
    lessons = [
        ((name, number), tuple(spans))
        for name, numbers in bells.items()
        for number, spans in numbers.items()
    ]
    edges = sorted({minute for _, spans in lessons for span in spans for minute in span})
    covers = set()
    for left, right in itertools.pairwise(edges):
        cover = frozenset(
            key for key, spans in lessons if any(s <= left and right <= e for s, e in spans)
        )
        if cover:
            covers.add(cover)
    # A moment that takes part in a longer list of lessons tells nothing new.
    kept = [cover for cover in covers if not any(cover < other for other in covers)]
    kept.sort(key=sorted)
    return {
        key: tuple(index for index, cover in enumerate(kept) if key in cover) for key, _ in lessons
    }


class _Search:
    """The state of one attempt: which block of a class stands at which place of its week."""

    def __init__(
        self, classes: Sequence[ClassWork], bells: Mapping[str, Bells], rng: random.Random
    ) -> None:
        self._rng = rng
        self._classes = classes
        self._cells = cells_of(bells)
        self._width = 1 + max((c for cells in self._cells.values() for c in cells), default=0)
        self._resources()
        # Per class: places of the week, the block standing at each, and what is fixed about them.
        self._places: list[list[tuple[int, int]]] = []
        self._at: list[list[int]] = []
        self._moments: list[list[tuple[int, ...]]] = []
        self._dislike: list[list[list[int]]] = []
        self._often: list[list[int]] = []
        self._seen: list[list[list[int]]] = []
        self._same_hour: list[list[list[int]]] = []
        for work in classes:
            self._add_class(work)

    # --- preparing

    def _resources(self) -> None:
        """Number what can be needed twice: teachers, and rooms not already tied to a teacher."""
        tied: dict[tuple[int, ...], set[int | None]] = {}
        for work in self._classes:
            for block in work.blocks:
                for part in block.parts:
                    if part.rooms:
                        tied.setdefault(part.rooms, set()).add(part.teacher)
        ids: dict[tuple[str, object], int] = {}
        self._capacity: list[int] = []
        pools = [set(rooms) for rooms in tied]
        for number, pool in enumerate(pools):
            if any(pool & other for other in pools[number + 1 :]):
                raise ValueError("sets of rooms must be the same or have nothing in common")

        def resource(kind: str, key: object, capacity: int) -> int:
            if (kind, key) not in ids:
                ids[kind, key] = len(self._capacity)
                self._capacity.append(capacity)
            return ids[kind, key]

        self._needs: list[list[tuple[int, ...]]] = []
        for work in self._classes:
            needs = []
            for block in work.blocks:
                found = []
                for part in block.parts:
                    if part.teacher is not None:
                        found.append(resource("teacher", part.teacher, 1))
                    users = tied.get(part.rooms, set())
                    if part.rooms and not (len(users) == 1 and None not in users):
                        found.append(resource("rooms", part.rooms, len(part.rooms)))
                needs.append(tuple(found))
            self._needs.append(needs)
        self._taken = [[0] * (self._width * 7) for _ in self._capacity]

    def _add_class(self, work: ClassWork) -> None:
        places = [
            (day, number)
            for day, length in enumerate(work.days, 1)
            for number in range(1, length + 1)
        ]
        if sum(block.hours for block in work.blocks) != len(places):
            raise ValueError(f"class {work.id}: hours and days do not agree")
        index = len(self._places)
        self._places.append(places)
        self._moments.append(
            [
                tuple(day * self._width + cell for cell in self._cells[work.bells, number])
                for day, number in places
            ]
        )
        self._dislike.append(
            [
                [self._discomfort(work, block, day, number) for block in work.blocks]
                for day, number in places
            ]
        )
        self._often.append(
            [
                max(2 if block.double else 1, -(-block.hours // len(work.days)))
                for block in work.blocks
            ]
        )
        self._seen.append([[0] * len(work.blocks) for _ in range(len(work.days) + 1)])
        self._same_hour.append([[0] * len(work.blocks) for _ in range(max(work.days) + 1)])
        self._at.append(self._first_guess(work, places))
        for place, block in enumerate(self._at[index]):
            self._put(index, place, block)

    @staticmethod
    def _discomfort(work: ClassWork, block: Block, day: int, number: int) -> int:
        cost = 0
        last = work.days[day - 1]
        if block.difficulty >= work.hard_from:
            cost += 4 * (number == last) + 2 * (number == 1)
            cost += number > 5
        if number > work.main_until and not block.light:
            cost += 6
        if block.light and number == 1:
            cost += 1
        return cost

    def _first_guess(self, work: ClassWork, places: list[tuple[int, int]]) -> list[int]:
        """Deal the subjects out over the days, then mix each day."""
        order = sorted(range(len(work.blocks)), key=lambda b: -work.blocks[b].hours)
        left = list(work.days)
        by_day: list[list[int]] = [[] for _ in work.days]
        for block in order:
            for _ in range(work.blocks[block].hours):
                day = min(
                    (day for day in range(len(left)) if left[day]),
                    key=lambda day: (by_day[day].count(block), -left[day], self._rng.random()),
                )
                by_day[day].append(block)
                left[day] -= 1
        for blocks in by_day:
            self._rng.shuffle(blocks)
        return [by_day[day - 1][number - 1] for day, number in places]

    # --- changing; both return by how much the cost moves

    def _put(self, index: int, place: int, block: int) -> int:
        cost = 0
        moments = self._moments[index][place]
        for need in self._needs[index][block]:
            taken, capacity = self._taken[need], self._capacity[need]
            for moment in moments:
                if taken[moment] >= capacity:
                    cost += _CLASH
                taken[moment] += 1
        day, number = self._places[index][place]
        seen = self._seen[index][day]
        if seen[block] >= self._often[index][block]:
            cost += _TWICE_A_DAY * seen[block]
        seen[block] += 1
        # Always the last lesson, or always the first: nobody likes that.
        hours = self._same_hour[index][number]
        cost += hours[block]
        hours[block] += 1
        return cost + self._dislike[index][place][block]

    def _lift(self, index: int, place: int, block: int) -> int:
        cost = 0
        moments = self._moments[index][place]
        for need in self._needs[index][block]:
            taken, capacity = self._taken[need], self._capacity[need]
            for moment in moments:
                taken[moment] -= 1
                if taken[moment] >= capacity:
                    cost -= _CLASH
        day, number = self._places[index][place]
        seen = self._seen[index][day]
        seen[block] -= 1
        if seen[block] >= self._often[index][block]:
            cost -= _TWICE_A_DAY * seen[block]
        hours = self._same_hour[index][number]
        hours[block] -= 1
        cost -= hours[block]
        return cost - self._dislike[index][place][block]

    def _swap(self, index: int, one: int, two: int) -> int:
        at = self._at[index]
        first, second = at[one], at[two]
        cost = self._lift(index, one, first) + self._lift(index, two, second)
        cost += self._put(index, one, second) + self._put(index, two, first)
        at[one], at[two] = second, first
        return cost

    # --- searching

    def _clashing(self) -> list[tuple[int, int]]:
        return [
            (index, place)
            for index, at in enumerate(self._at)
            for place in range(len(at))
            if self._clashes(index, place)
        ]

    def _clashes(self, index: int, place: int) -> bool:
        moments = self._moments[index][place]
        return any(
            self._taken[need][moment] > self._capacity[need]
            for need in self._needs[index][self._at[index][place]]
            for moment in moments
        )

    def settle(self) -> bool:
        """Swap until nothing clashes; False when patience runs out."""
        rng = self._rng
        forbidden: dict[tuple[int, int, int], int] = {}
        waiting: list[tuple[int, int]] = []
        for step in range(_PATIENCE):
            while waiting and not self._clashes(*waiting[-1]):
                waiting.pop()
            if not waiting:
                waiting = self._clashing()
                if not waiting:
                    return True
                rng.shuffle(waiting)
            index, place = waiting.pop()
            other = self._best_partner(index, place, forbidden, step)
            if other is None:
                continue
            at = self._at[index]
            # What was just moved away may not come straight back.
            until = step + 12 + rng.randint(0, 10)
            forbidden[index, place, at[place]] = until
            forbidden[index, other, at[other]] = until
            self._swap(index, place, other)
        return False

    def _best_partner(
        self, index: int, place: int, forbidden: dict[tuple[int, int, int], int], step: int
    ) -> int | None:
        at = self._at[index]
        mine = at[place]
        best: list[int] = []
        lowest = 10**9
        self._lift(index, place, mine)
        for other, theirs in enumerate(at):
            if theirs == mine:
                continue
            if (
                forbidden.get((index, other, mine), -1) > step
                or forbidden.get((index, place, theirs), -1) > step
            ):
                continue
            cost = self._lift(index, other, theirs)
            cost += self._put(index, place, theirs)
            cost += self._put(index, other, mine)
            self._lift(index, other, mine)
            self._lift(index, place, theirs)
            self._put(index, other, theirs)
            if cost < lowest:
                best, lowest = [other], cost
            elif cost == lowest:
                best.append(other)
        self._put(index, place, mine)
        return self._rng.choice(best) if best else None

    def polish(self, tries: int) -> None:
        """Swap at random and keep what is no worse: fewer idle hours, calmer days."""
        self._count_teachers()
        rng = self._rng
        sizes = [len(at) for at in self._at]
        for _ in range(tries * sum(sizes)):
            index = rng.randrange(len(sizes))
            one, two = rng.randrange(sizes[index]), rng.randrange(sizes[index])
            at = self._at[index]
            if at[one] == at[two]:
                continue
            cost = self._swap(index, one, two)
            if cost < _CLASH // 2:
                # at[] is swapped already: what stands at `two` came from `one`.
                cost += self._move_teachers(index, one, two, at[two], at[one])
                if cost <= 0:
                    continue
                self._move_teachers(index, one, two, at[one], at[two])
            self._swap(index, one, two)

    def _count_teachers(self) -> None:
        self._days: dict[tuple[int, int], list[int]] = {}
        for index, at in enumerate(self._at):
            for place, block in enumerate(at):
                self._shift_teachers(index, place, block, 1)

    def _shift_teachers(self, index: int, place: int, block: int, by: int) -> int:
        day, number = self._places[index][place]
        cost = 0
        for part in self._classes[index].blocks[block].parts:
            if part.teacher is None:
                continue
            counts = self._days.setdefault((part.teacher, day), [0] * 12)
            before = _idle(counts)
            counts[number] += by
            cost += _idle(counts) - before
        return cost * _IDLE

    def _move_teachers(self, index: int, one: int, two: int, first: int, second: int) -> int:
        """Block ``first`` went from place one to place two, ``second`` the other way."""
        return (
            self._shift_teachers(index, one, first, -1)
            + self._shift_teachers(index, two, second, -1)
            + self._shift_teachers(index, two, first, 1)
            + self._shift_teachers(index, one, second, 1)
        )

    # --- the answer

    def placed(self) -> list[Placed]:
        """The timetable with a room for every lesson; :class:`NoTimetable` if rooms do not do."""
        lessons: list[tuple[Placed, tuple[int, ...]]] = []
        shared: dict[tuple[int, tuple[int, ...]], list[int]] = {}
        for work, places, moments, at in zip(
            self._classes, self._places, self._moments, self._at, strict=True
        ):
            for place, block in enumerate(at):
                for part in work.blocks[block].parts:
                    day, number = places[place]
                    if len(part.rooms) > 1:
                        shared.setdefault((day, part.rooms), []).append(len(lessons))
                    lesson = Placed(
                        school_class=work.id,
                        weekday=day,
                        number=number,
                        group=part.group,
                        teacher=part.teacher,
                        room=part.rooms[0] if part.rooms else None,
                    )
                    lessons.append((lesson, moments[place]))
        rooms: dict[int, int] = {}
        for (_, choice), users in shared.items():
            # Long lessons of other bells first: they overlap with most of the others.
            users.sort(key=lambda user: -len(lessons[user][1]))
            rooms.update(_share(users, choice, [lessons[user][1] for user in users]))
        return [
            replace(lesson, room=rooms.get(index, lesson.room))
            for index, (lesson, _) in enumerate(lessons)
        ]


def _idle(counts: list[int]) -> int:
    """Free lessons between the first and the last one of a teacher's day."""
    held = [number for number, count in enumerate(counts) if count]
    return held[-1] - held[0] + 1 - len(held) if held else 0


def _share(
    lessons: list[int], rooms: tuple[int, ...], moments: list[tuple[int, ...]]
) -> dict[int, int]:
    """Give each lesson one of the rooms so that none is used twice at a moment."""
    chosen: list[int] = []
    used: Counter[tuple[int, int]] = Counter()

    def place(position: int) -> bool:
        if position == len(lessons):
            return True
        for shift in range(len(rooms)):
            room = rooms[(position + shift) % len(rooms)]
            if any(used[room, moment] for moment in moments[position]):
                continue
            used.update((room, moment) for moment in moments[position])
            chosen.append(room)
            if place(position + 1):
                return True
            chosen.pop()
            used.subtract((room, moment) for moment in moments[position])
        return False

    if not place(0):
        raise NoTimetable("there are not enough rooms")
    return dict(zip(lessons, chosen, strict=True))
