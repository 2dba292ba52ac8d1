"""The weekly timetable: nobody is needed twice, nobody waits, nothing is forgotten."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from asurso_timetable.solver import (
    Block,
    ClassWork,
    NoTimetable,
    Part,
    Placed,
    cells_of,
    day_lengths,
    solve,
)

USUAL = {n: [(480 + 55 * (n - 1), 525 + 55 * (n - 1))] for n in range(1, 8)}
# The first grade begins later, has long breaks, and its autumn is another season of the year.
FIRST = {
    1: [(510, 550), (1440 + 510, 1440 + 545)],
    2: [(565, 605), (1440 + 560, 1440 + 595)],
    3: [(645, 685), (1440 + 635, 1440 + 670)],
    4: [(695, 735)],
    5: [(745, 785)],
}
BELLS = {"usual": USUAL, "first": FIRST}
GYMS = (900, 901)

# subject, hours, teacher shared by all classes
SHARED = [("rus", 5, 1), ("math", 5, 2), ("lit", 3, 1), ("hist", 3, 3), ("bio", 2, 4)]


def older(number: int) -> ClassWork:
    """A class of 25 hours: five subjects, English in two halves, physical training in a gym."""
    group = number * 100
    helpers = 10 * (number // 2)  # two classes share one set of teachers
    blocks = [
        Block(
            subject=subject,
            hours=hours,
            difficulty=9 if subject == "math" else 0,
            parts=(
                Part(group=group + index, teacher=helpers + teacher, rooms=(helpers + teacher,)),
            ),
        )
        for index, (subject, hours, teacher) in enumerate(SHARED)
    ]
    blocks.append(
        Block(
            subject="eng",
            hours=3,
            parts=tuple(
                Part(group=group + 20 + part, teacher=500 + part, rooms=(500 + part,))
                for part in (1, 2)
            ),
        )
    )
    sport = Part(group=group + 30, teacher=600 + number % 3, rooms=GYMS)
    blocks.append(Block(subject="pe", hours=3, light=True, parts=(sport,)))
    blocks.append(Block(subject="own", hours=1, parts=(Part(group=group + 31),)))
    return ClassWork(id=number, bells="usual", days=day_lengths(25, 6), blocks=tuple(blocks))


def youngest(number: int) -> ClassWork:
    """A first grade of 21 hours with one teacher, and a musician whom all classes share."""
    group = number * 100
    blocks = (
        Block(subject="class", hours=18, parts=(Part(group=group, teacher=700 + number),)),
        Block(subject="mus", hours=1, light=True, parts=(Part(group=group + 1, teacher=601),)),
        Block(
            subject="pe",
            hours=2,
            light=True,
            parts=(Part(group=group + 2, teacher=700 + number, rooms=GYMS),),
        ),
    )
    return ClassWork(id=number, bells="first", days=day_lengths(21, 4), blocks=blocks, main_until=3)


CLASSES = [*(older(number) for number in range(8)), *(youngest(number) for number in (8, 9))]


@pytest.fixture(scope="module")
def placed() -> list[Placed]:
    return solve(CLASSES, BELLS, seed=1)


def spans(lesson: Placed) -> list[tuple[int, int]]:
    work = next(found for found in CLASSES if found.id == lesson.school_class)
    return BELLS[work.bells][lesson.number]


def overlap(one: Placed, two: Placed) -> bool:
    return one.weekday == two.weekday and any(
        a < d and c < b for a, b in spans(one) for c, d in spans(two)
    )


def pairs_that_meet(lessons: list[Placed]) -> list[tuple[Placed, Placed]]:
    return [
        (one, two)
        for index, one in enumerate(lessons)
        for two in lessons[index + 1 :]
        if overlap(one, two)
    ]


def test_no_teacher_is_in_two_places_by_the_clock(placed):
    by_teacher = defaultdict(list)
    for lesson in placed:
        by_teacher[lesson.teacher].append(lesson)
    del by_teacher[None]
    assert not any(pairs_that_meet(lessons) for lessons in by_teacher.values())


def test_no_room_is_used_twice_by_the_clock(placed):
    by_room = defaultdict(list)
    for lesson in placed:
        by_room[lesson.room].append(lesson)
    del by_room[None]
    assert set(GYMS) <= set(by_room)
    assert not any(pairs_that_meet(lessons) for lessons in by_room.values())


def test_every_hour_of_every_group_is_placed(placed):
    wanted = {
        part.group: block.hours for work in CLASSES for block in work.blocks for part in block.parts
    }
    assert Counter(lesson.group for lesson in placed) == wanted


def test_pupils_begin_with_the_first_lesson_and_never_wait(placed):
    for work in CLASSES:
        for weekday, length in enumerate(work.days, 1):
            numbers = {
                lesson.number
                for lesson in placed
                if lesson.school_class == work.id and lesson.weekday == weekday
            }
            assert numbers == set(range(1, length + 1))


def test_only_halves_of_one_block_stand_side_by_side(placed):
    groups = defaultdict(set)
    for lesson in placed:
        groups[lesson.school_class, lesson.weekday, lesson.number].add(lesson.group)
    together = {frozenset(found) for found in groups.values() if len(found) > 1}
    assert together == {frozenset({work.id * 100 + 21, work.id * 100 + 22}) for work in CLASSES[:8]}


def test_a_subject_comes_once_a_day(placed):
    often = Counter((lesson.group, lesson.weekday) for lesson in placed if lesson.school_class < 8)
    assert max(often.values()) == 1


def test_hard_subjects_keep_away_from_the_last_lesson(placed):
    maths = {work.id * 100 + 1 for work in CLASSES[:8]}
    last = [
        lesson
        for lesson in placed
        if lesson.group in maths
        and lesson.number == CLASSES[lesson.school_class].days[lesson.weekday - 1]
    ]
    assert len(last) <= 4  # of forty


def test_the_same_question_has_the_same_answer(placed):
    assert solve(CLASSES, BELLS, seed=1) == placed
    assert solve(CLASSES, BELLS, seed=2) != placed


def test_one_teacher_for_two_classes_at_all_hours_is_refused():
    works = [
        ClassWork(
            id=number,
            bells="usual",
            days=(7, 7, 7, 7, 7),
            blocks=(Block(subject="all", hours=35, parts=(Part(group=number, teacher=1),)),),
        )
        for number in (1, 2)
    ]
    with pytest.raises(NoTimetable):
        solve(works, BELLS, seed=1)


def test_hours_that_do_not_fill_the_days_are_refused():
    work = ClassWork(
        id=1,
        bells="usual",
        days=(5, 5, 5, 5, 5),
        blocks=(Block(subject="x", hours=24, parts=(Part(group=1),)),),
    )
    with pytest.raises(ValueError, match="do not agree"):
        solve([work], BELLS, seed=1)


@pytest.mark.parametrize(
    ("hours", "most", "days"),
    [(34, 7, (7, 7, 7, 7, 6)), (29, 6, (6, 6, 6, 6, 5)), (21, 4, (4, 5, 4, 4, 4)),
     (23, 5, (5, 5, 5, 4, 4))],
)  # fmt: skip
def test_days_are_even_and_the_end_of_the_week_is_light(hours, most, days):
    assert day_lengths(hours, most) == days


def test_more_lessons_than_the_norm_do_not_fit():
    with pytest.raises(ValueError, match="do not fit"):
        day_lengths(32, 6)


def test_two_lessons_share_a_moment_only_if_they_overlap_by_the_clock():
    cells = cells_of(BELLS)
    for one, mine in cells.items():
        for two, their in cells.items():
            meet = any(
                a < d and c < b for a, b in BELLS[one[0]][one[1]] for c, d in BELLS[two[0]][two[1]]
            )
            assert bool(set(mine) & set(their)) == meet, (one, two)
