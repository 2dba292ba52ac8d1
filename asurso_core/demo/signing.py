"""Signing in to the demonstration: one easy password, and one account of every kind to try."""

from __future__ import annotations

import csv
import functools
from collections.abc import Callable, Iterator
from pathlib import Path

from asurso_core import plugins
from asurso_core.accounts.passwords import hash_password
from asurso_core.demo.context import (
    DemoAccount,
    DemoClass,
    DemoGuardian,
    DemoPerson,
    DemoPupil,
    DemoSchool,
    DemoTeacher,
)
from asurso_core.hookspecs.collect import asurso_roles

#: The password of every demonstration account, easy to type on a phone.
PASSWORD = "demo-2026"  # noqa: S105 - it is printed for everybody to see
HEADER = ("login", "password", "role", "name", "about")


@functools.cache
def hash_for(role: str) -> str:
    """The hash of the demonstration password, one for a kind of users.

    Three thousand honest hashes would take minutes. A hash shared by accounts would be a fault in
    a real school; here the password is public anyway, and the school is marked as invented.
    """
    del role
    return hash_password(PASSWORD)


def accounts(school: DemoSchool) -> list[DemoAccount]:
    """One sign-in for every kind of user, in the order in which they are shown."""
    return [
        DemoAccount(login=person.login, password=PASSWORD, role=role, name=person.name, about=about)
        for role, person, about in _chosen(school)
    ]


def _chosen(school: DemoSchool) -> Iterator[tuple[str, DemoPerson, str]]:
    for role in ("admin", "director", "deputy"):
        person = _of_role(school, role)
        yield role, person, person.position or ""
    teacher = _plain_teacher(school)
    yield "teacher", teacher, f"{teacher.position}: {_classes_of(school, teacher)}"
    shown = _shown_class(school)
    if shown.leader is not None:
        about = f"{shown.leader.position}, классный руководитель {shown.title}"
        yield "teacher", shown.leader, about
    both = _teacher_with_child(school)
    if both is not None:
        children = ", ".join(_children(school, both))
        yield "teacher", both, f"{both.position} и родитель: {children}"
    pupil, guardian = _pupil_with_one_parent(school, shown)
    yield "pupil", pupil, f"Ученик {shown.title}" if pupil.sex == "m" else f"Ученица {shown.title}"
    yield "parent", guardian.person, "Родитель: " + ", ".join(_children(school, guardian.person))
    several = _parent_of_two(school)
    if several is not None:
        yield "parent", several, "Родитель двоих: " + ", ".join(_children(school, several))
    for role in ("technical", "secretary", "hr", "medical", "psychologist"):
        person = _of_role(school, role)
        yield role, person, person.position or ""


def _plain_teacher(school: DemoSchool) -> DemoTeacher:
    """A teacher of a main subject who leads no class and has no child here, if there is one."""
    leaders = {found.leader for found in school.classes}
    ranked = sorted(
        (teacher for teacher in school.teachers if teacher.roles == ["teacher"]),
        key=lambda found: (
            found in leaders,
            found.trade not in {"maths", "russian", "history"},
            -found.hours,
        ),
    )
    return ranked[0]


def _teacher_with_child(school: DemoSchool) -> DemoTeacher | None:
    """A teacher whose child learns here, best in a grade that gets marks."""
    grades = {
        guardian.person: school_class.grade
        for school_class in school.classes
        for pupil in school_class.pupils
        for guardian in pupil.guardians
    }
    found = [teacher for teacher in school.teachers if "parent" in teacher.roles]
    return max(found, key=lambda teacher: grades[teacher] > 1, default=None)


def _of_role(school: DemoSchool, role: str) -> DemoPerson:
    return next(person for person in school.staff if person.roles == [role])


def _shown_class(school: DemoSchool) -> DemoClass:
    """The class that the demonstration looks at first: thirty pupils, with marks."""
    for found in school.classes:
        if found.title == "7А":
            return found
    return max(school.classes, key=lambda found: (found.grade > 1, found.size))


def _pupils(school: DemoSchool, wanted: Callable[[DemoPupil], bool]) -> Iterator[DemoPupil]:
    for school_class in school.classes:
        yield from (pupil for pupil in school_class.pupils if wanted(pupil))


def _children(school: DemoSchool, parent: DemoPerson) -> list[str]:
    return [
        f"{pupil.given_name}, {school_class.title}"
        for school_class in school.classes
        for pupil in school_class.pupils
        if any(guardian.person is parent for guardian in pupil.guardians)
    ]


def _pupil_with_one_parent(school: DemoSchool, shown: DemoClass) -> tuple[DemoPupil, DemoGuardian]:
    """A pupil who is there all year, and a parent of this one child only, who may be told."""
    for pupil in shown.pupils:
        for guardian in pupil.guardians:
            if (
                pupil.until is None
                and pupil.since == school.calendar.starts
                and guardian.may_receive
                and guardian.person.roles == ["parent"]
                and len(_children(school, guardian.person)) == 1
            ):
                return pupil, guardian
    raise LookupError("no family with one child")


def _parent_of_two(school: DemoSchool) -> DemoPerson | None:
    """A parent of two children of different grades, both with marks (the first grade has none)."""
    found: dict[DemoPerson, list[int]] = {}
    for school_class in school.classes:
        for pupil in school_class.pupils:
            for guardian in pupil.guardians:
                if guardian.may_receive and guardian.person.roles == ["parent"]:
                    found.setdefault(guardian.person, []).append(school_class.grade)
    ranked = [person for person, grades in found.items() if len(grades) == len(set(grades)) == 2]
    return max(ranked, key=lambda person: min(found[person]), default=None)


def _classes_of(school: DemoSchool, teacher: DemoPerson) -> str:
    titles = {group.school_class.title: None for group in school.groups if group.teacher is teacher}
    return ", ".join(titles)


# --- the file ----------------------------------------------------------------------------------


def write(path: Path, found: list[DemoAccount]) -> None:
    """Write the accounts beside the database, for people and for tests."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out, lineterminator="\n")
        lines.writerow(HEADER)
        lines.writerows(
            (item.login, item.password, item.role, item.name, item.about) for item in found
        )


def read(path: Path) -> list[DemoAccount]:
    """The accounts of a file written by :func:`write`."""
    with path.open(encoding="utf-8", newline="") as file:
        return [DemoAccount(**row) for row in csv.DictReader(file)]


def describe(path: Path) -> str:
    """The sign-ins as a table for a terminal, roles by their titles."""
    found = read(path)
    titles = {role.name: str(role.label) for _plugin, role in plugins.collect(asurso_roles)}
    roles = [titles.get(item.role, item.role) for item in found]
    wide = max(len(item.login) for item in found)
    kind = max(len(title) for title in roles)
    return "\n".join(
        f"{item.login:<{wide}}  {item.password}  {title:<{kind}}  {item.name} — {item.about}"
        for item, title in zip(found, roles, strict=True)
    )
