"""Invented people who belong together: families with their children, and the staff."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable
from dataclasses import dataclass

from asurso_core.demo.context import (
    DemoClass,
    DemoGuardian,
    DemoPerson,
    DemoPupil,
    DemoTeacher,
)
from asurso_core.demo.names import (
    ELDERS,
    POOLS,
    Pool,
    common,
    feminine,
    patronymic,
    pick_pool,
)
from asurso_core.demo.plan import Trade

#: Families that the demonstration promises, whatever the lots: (surname of the man, given name of
#: the first child, sex). Rare endings, «ё», two namesakes in one class.
_PROMISED = (
    ("Ёлкин", "Фёдор", "m"),
    ("Ким", "Алёна", "f"),
    ("Черных", "Дарья", "f"),
    ("Мартынюк", "Егор", "m"),
    ("Соколов-Ильин", "Таисия", "f"),
    ("Кузнецов", "Анна", "f"),
    ("Кузнецов", "Анна", "f"),
)


@dataclass(frozen=True, kw_only=True)
class Family:
    """Parents of children at this school; the school may know only one of them, or neither."""

    pool: Pool
    father: DemoPerson
    mother: DemoPerson
    known: tuple[DemoPerson, ...]
    #: The surname of the children, as a boy bears it.
    surname: str


def birth_range(grade: int, year: int) -> tuple[dt.date, dt.date]:
    """When pupils of a grade were born, if the school year begins in ``year``."""
    return dt.date(year - grade - 6, 3, 1), dt.date(year - grade - 5, 2, 28)


def _between(rng: random.Random, first: dt.date, last: dt.date) -> dt.date:
    return first + dt.timedelta(days=rng.randint(0, (last - first).days))


def _adult(
    rng: random.Random, pool: Pool, sex: str, surname: str, birth_date: dt.date
) -> DemoPerson:
    plain = rng.random() < pool.without_patronymic
    return DemoPerson(
        surname=feminine(surname) if sex == "f" else surname,
        given_name=common(rng, pool.men if sex == "m" else pool.women),
        patronymic=None if plain else patronymic(rng.choice(pool.grandfathers), sex),
        sex=sex,
        birth_date=birth_date,
        family_name=surname,
    )


class Families:
    """Fills the seats of classes with children of families, brothers and sisters included."""

    def __init__(self, classes: list[DemoClass], year: int, rng: random.Random) -> None:
        self._rng = rng
        self._year = year
        self._left = {school_class: school_class.size for school_class in classes}
        self._made = 0
        self.parents: list[DemoPerson] = []

    def fill(self, staff: Iterable[DemoTeacher]) -> None:
        """Make families until every seat is taken; some of the staff send their own children."""
        rng = self._rng
        seats = [found for found, left in self._left.items() for _ in range(left)]
        rng.shuffle(seats)
        promised = list(_PROMISED)
        own = [teacher for teacher in staff if teacher.family_name in POOLS[0].surnames]
        namesakes: DemoClass | None = None
        while seats:
            seat = seats.pop()
            if not self._left[seat]:
                continue
            if self._made % 2 == 0 and promised:
                surname, given_name, sex = promised.pop(0)
                if surname == "Кузнецов":
                    # Namesakes meet in one class, where only the birth date tells them apart.
                    if namesakes is not None and self._left[namesakes]:
                        seats.append(seat)
                        seat = namesakes
                    namesakes = seat
                self._named(seat, surname, given_name, sex)
            elif self._made % 4 == 1 and (teacher := self._parent_among(own, seat)):
                own.remove(teacher)
                self._family([seat], self._parents(seat.grade, teacher))
            else:
                classes = [seat, *self._classes_of_siblings(seat)]
                self._family(classes, self._parents(max(found.grade for found in classes)))
            self._made += 1

    def one_more(self, school_class: DemoClass) -> DemoPupil:
        """One more child for a class, beyond its seats (somebody who has left since)."""
        self._left[school_class] += 1
        self._family([school_class], self._parents(school_class.grade))
        return school_class.pupils[-1]

    def _named(self, seat: DemoClass, surname: str, given_name: str, sex: str) -> None:
        family = self._parents(seat.grade, surname=surname)
        pupil = self._child(family, seat.grade, sex)
        pupil.given_name = given_name
        if surname == "Черных":
            pupil.patronymic = None  # the family came from abroad and never had one
        self._settle([(pupil, seat)], family)

    def _parent_among(self, staff: list[DemoTeacher], seat: DemoClass) -> DemoTeacher | None:
        born = birth_range(seat.grade, self._year)[0]
        for teacher in staff:
            if 21 <= (born - teacher.birth_date).days // 365 <= 36:
                return teacher
        return None

    def _classes_of_siblings(self, seat: DemoClass) -> list[DemoClass]:
        rng, found, grades = self._rng, [], {seat.grade}
        if self._left[seat] > 1 and rng.random() < 0.012:
            found.append(seat)  # twins sit in one class
        lot = rng.random()
        for _ in range(2 if lot < 0.045 else 1 if lot < 0.30 else 0):
            free = [
                other
                for other, left in self._left.items()
                if left
                and other.building == seat.building
                and other.grade not in grades
                and abs(other.grade - seat.grade) <= 7
            ]
            if free:
                chosen = rng.choice(free)
                grades.add(chosen.grade)
                found.append(chosen)
        return found

    def _parents(
        self, eldest_grade: int, teacher: DemoTeacher | None = None, surname: str = ""
    ) -> Family:
        rng = self._rng
        pool = POOLS[0] if teacher or surname else pick_pool(rng)
        if teacher is not None:
            surname = teacher.family_name
        surname = surname or rng.choice(pool.surnames)
        eldest = birth_range(eldest_grade, self._year)[0]
        mother_birth = eldest - dt.timedelta(days=rng.randint(20 * 365, 33 * 365))
        father_birth = mother_birth - dt.timedelta(days=rng.randint(-700, 2600))
        other = teacher is None and rng.random() < 0.12
        maiden = rng.choice(pool.surnames) if other else surname
        father = _adult(rng, pool, "m", surname, father_birth)
        mother = _adult(rng, pool, "f", maiden, mother_birth)
        if teacher is not None:
            father, mother = (teacher, mother) if teacher.sex == "m" else (father, teacher)
        lot = rng.random()
        known: tuple[DemoPerson, ...] = (mother, father)
        if teacher is None and lot < 0.01:
            known = ()  # a grandmother answers for the children
        elif teacher is None and lot < 0.03:
            known = (father,)
        elif teacher is None and (lot < 0.28 or (other and lot < 0.5)):
            known = (mother,)
        by_mother = other and known == (mother,)
        return Family(
            pool=pool,
            father=father,
            mother=mother,
            known=known,
            surname=maiden if by_mother else surname,
        )

    def _family(self, classes: list[DemoClass], family: Family) -> None:
        children: list[tuple[DemoPupil, DemoClass]] = []
        for school_class in classes:
            pupil = self._child(family, school_class.grade, self._rng.choice("mf"))
            taken = {other.given_name for other, _ in children}
            while pupil.given_name in taken:
                pupil.given_name = self._given_name(family, pupil.sex)
            for other, its_class in children:
                if its_class is school_class:
                    pupil.birth_date = other.birth_date
            children.append((pupil, school_class))
        self._settle(children, family)

    def _given_name(self, family: Family, sex: str) -> str:
        return common(self._rng, family.pool.boys if sex == "m" else family.pool.girls)

    def _child(self, family: Family, grade: int, sex: str) -> DemoPupil:
        named_after = family.father.given_name if family.father.patronymic else None
        return DemoPupil(
            surname=feminine(family.surname) if sex == "f" else family.surname,
            given_name=self._given_name(family, sex),
            patronymic=patronymic(named_after, sex) if named_after else None,
            sex=sex,
            birth_date=_between(self._rng, *birth_range(grade, self._year)),
            family_name=family.surname,
            roles=["pupil"],
            since=dt.date(self._year, 9, 1),
        )

    def _settle(self, children: list[tuple[DemoPupil, DemoClass]], family: Family) -> None:
        """Seat the children and write down who answers for them."""
        answering = [
            (person, "мать" if person is family.mother else "отец") for person in family.known
        ]
        if not answering:
            age = self._rng.randint(21 * 365, 27 * 365)
            birth = family.mother.birth_date - dt.timedelta(days=age)
            granny = _adult(self._rng, family.pool, "f", family.surname, birth)
            granny.given_name = self._rng.choice(ELDERS.women)
            answering = [(granny, "опекун")]
        # One father in a few hundred may not be told about his children, by a court's order.
        barred = len(answering) == 2 and self._rng.random() < 0.005
        for person, _ in answering:
            if "parent" not in person.roles:
                person.roles.append("parent")
                if not isinstance(person, DemoTeacher):
                    self.parents.append(person)
        for pupil, school_class in children:
            self._left[school_class] -= 1
            school_class.pupils.append(pupil)
            pupil.guardians = [
                DemoGuardian(
                    person=person,
                    relation=relation,
                    may_receive=not (barred and person is family.father),
                )
                for person, relation in answering
            ]


# --- staff -------------------------------------------------------------------------------------

_AGES = (24, 28, 31, 35, 36, 38, 39, 41, 42, 44, 46, 49, 52, 55, 58, 61, 65)


def make_teacher(
    trade: Trade, building: str, year: int, rng: random.Random, taken: set[str]
) -> DemoTeacher:
    """A teacher of a trade; ``taken`` keeps two of the staff from having the same short name."""
    sex = "f" if rng.random() < trade.women else "m"
    found = _employee(sex, rng.choice(_AGES), year, rng, taken)
    return DemoTeacher(
        surname=found.surname,
        given_name=found.given_name,
        patronymic=found.patronymic,
        sex=sex,
        birth_date=found.birth_date,
        family_name=found.family_name,
        roles=["teacher"],
        position=trade.position,
        trade=trade.name,
        building=building,
    )


def make_employee(
    position: str, roles: list[str], sex: str, year: int, rng: random.Random, taken: set[str]
) -> DemoPerson:
    """A member of staff who does not teach."""
    found = _employee(sex, rng.choice(_AGES[2:]), year, rng, taken)
    found.roles, found.position = list(roles), position
    return found


def _employee(sex: str, age: int, year: int, rng: random.Random, taken: set[str]) -> DemoPerson:
    birth = _between(rng, dt.date(year - age - 1, 1, 1), dt.date(year - age, 1, 1))
    while True:
        pool = ELDERS if age > 54 else pick_pool(rng)
        found = _adult(rng, pool, sex, rng.choice(pool.surnames), birth)
        if found.patronymic is None:
            continue  # pupils address their teachers by it
        short = f"{found.surname} {found.given_name[0]} {found.patronymic[0]}"
        if short not in taken:
            taken.add(short)
            return found
