"""Period, year and final marks: how they are suggested, and what may be typed. No database here.

Every rule is a value of :class:`Rules`, so that a school can replace it and a closed period can
keep the very rules it was closed by (features.md 3.6, regulations.md 1.5). Averages are whole
hundredths; everything is rounded half up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, NamedTuple

from asurso_journal import marks as cell
from asurso_journal import scales
from asurso_journal.scales import FIVE, ORDINARY, Marking, Scale

#: Slots of a pupil's subject beside the study periods, which are called by their ids.
YEAR, EXAM, FINAL = 0, -1, -2
#: Not attested, exempt, passed, not passed, "was taught" (features.md 3.6; mark_codes of 4.1).
UNATTESTED, EXEMPT, PASSED, FAILED, TAUGHT = "н/а", "осв", "зач", "нз", "изуч"
WORDS = (UNATTESTED, EXEMPT, PASSED, FAILED, TAUGHT)
_TYPED = {
    "на": UNATTESTED, "н/а": UNATTESTED, "осв": EXEMPT, "освобожден": EXEMPT,
    "освобождена": EXEMPT, "зач": PASSED, "зачет": PASSED, "зачтено": PASSED, "нз": FAILED,
    "незач": FAILED, "незачет": FAILED, "изуч": TAUGHT, "изучал": TAUGHT, "изучала": TAUGHT,
}  # fmt: skip

WEIGHTED, SIMPLE = "weighted", "simple"
#: How the year mark follows from the marks of the periods and of the exam.
MEAN, WITH_EXAM, NOT_ABOVE_EXAM, NOT_BELOW_EXAM = "mean", "with_exam", "not_above", "not_below"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The rules of a school for final marks; all of them can be changed by it.

    ``thresholds`` are the least averages for 5, 4 and 3 in hundredths; on another scale (``scale``
    is its name) an average is rounded to whole points. ``fewest`` maps weekly hours to the number
    of marks below which a warning stands; the last entry serves for more hours. ``missed_percent``
    is the share of missed lessons from which a missing attestation is spoken of.
    """

    average: str = WEIGHTED
    thresholds: tuple[int, int, int] = (450, 350, 250)
    year: str = MEAN
    fewest: tuple[int, ...] = (3, 5, 7)
    missed_percent: int = 67
    scale: str = FIVE.name

    def as_json(self) -> dict[str, Any]:
        """Plain values, as a closed period keeps them."""
        return asdict(self)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Rules:
        """The rules that a closed period was closed by; what it does not know is as usual."""
        known = {one.name for one in fields(cls)}
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in found.items()
            if name in known
        }
        return cls(**values)


class Worked(NamedTuple):
    """A mark of a lesson, as far as arithmetic needs it."""

    value: str
    weight: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What an average speaks for, and everything that must be said about it.

    ``value`` is empty where nothing can be suggested. ``average`` is in hundredths. ``warnings``
    are names: ``few``, ``missed``, ``unattested``, ``none``; words are made where they are shown.
    """

    value: str = ""
    average: int | None = None
    count: int = 0
    total: int = 0
    weights: int = 0
    warnings: tuple[str, ...] = field(default=())


def parse(text: str, marking: Marking = ORDINARY) -> str | None:
    """What was typed as a final mark: «5», «н/а», «осв» …; None if it makes no sense."""
    plain = text.strip().lower().replace("ё", "е").replace(" ", "").rstrip(".")
    if plain == "":
        return ""
    if plain in _TYPED:
        return _TYPED[plain]
    return plain if not marking.credited and marking.scale.point(plain) is not None else None


def level(average: int | None, rules: Rules) -> str:
    """The mark that an average speaks for by the school's rules; empty without marks."""
    if average is None:
        return ""
    if rules.scale != FIVE.name:
        return str(_whole(average))
    for mark, least in zip("543", rules.thresholds, strict=True):
        if average >= least:
            return mark
    return "2"


def fewest_marks(weekly_hours: float | None, rules: Rules) -> int:
    """How many marks a period should have at least, by the weekly hours; 0 where unknown."""
    if not weekly_hours or not rules.fewest:
        return 0
    place = max(1, min(len(rules.fewest), int(weekly_hours + 0.5)))
    return rules.fewest[place - 1]


def of_period(
    marks: Iterable[Worked], rules: Rules, *,
    weekly_hours: float | None = None, lessons: int = 0, missed: int = 0, credited: bool = False,
) -> Suggestion:  # fmt: skip
    """The mark of a study period that the marks of its lessons speak for (features.md 3.6).

    Nothing is ever written by it. ``lessons`` held and ``missed`` by the pupil serve the warnings.
    Where the subject is ``credited``, figures are left out: they could not be put.
    """
    total = weights = count = 0
    passed: list[str] = []
    for value, weight in marks:
        if value in {PASSED, FAILED}:
            passed.append(value)
        if weight <= 0 or credited:
            continue
        factor = weight if rules.average == WEIGHTED else 1
        for figure in cell.figures(value):
            total += figure * factor
            weights += factor
            count += 1
    average = cell.hundredths(total, weights)
    warnings: list[str] = []
    if 0 < count < fewest_marks(weekly_hours, rules):
        warnings.append("few")
    if lessons and missed * 100 >= lessons * rules.missed_percent:
        warnings.append("missed")
    value = level(average, rules)
    if not value and passed:
        value = FAILED if passed[-1] == FAILED else PASSED
    if not value:
        warnings.append("none")
    return Suggestion(value, average, count, total, weights, tuple(warnings))


#: Whoever would need more marks than this for a better period mark is told nothing.
MOST_NEEDED = 15


class Needed(NamedTuple):
    """So many of the best marks for works of a weight bring the period mark ``value``."""

    value: str
    count: int  # type: ignore[assignment]  # a tuple's own count() is not used here
    weight: int


def way_up(marks: Sequence[Worked], rules: Rules, weights: Iterable[int]) -> list[Needed]:
    """How many of the best marks of each of the weights, alone, lead to the next better level.

    On the five-point scale that is the next mark. A heavier one is told only where fewer would do.
    Nothing where there is no mark yet, where it is of the best level, or where more than
    :data:`MOST_NEEDED` would be needed. Where the plain average counts, weights do not matter.
    """
    now = of_period(marks, rules)
    scale = scales.find(rules.scale)
    better = _next_level(now, scale)
    if better is None:
        return []
    kinds = {weight for weight in weights if weight > 0} if rules.average == WEIGHTED else {1}
    found: list[Needed] = []
    for weight in sorted(kinds):
        most = found[-1].count - 1 if found else MOST_NEEDED
        more = list(marks)
        for count in range(1, most + 1):
            more.append(Worked(str(scale.highest), weight))
            if int(of_period(more, rules).value) >= better:
                found.append(Needed(str(better), count, weight))
                break
    return found


def _next_level(now: Suggestion, scale: Scale) -> int | None:
    """The least points of the level above what is suggested; None where there is none."""
    if now.average is None or scale.level(int(now.value)) == 5:
        return None
    return min(least for least in scale.least if least > int(now.value))


def _numbers(values: Iterable[str]) -> list[int]:
    return [int(one) for one in values if one.isdecimal()]


def _words(values: Sequence[str]) -> str:
    """The one word that all marks say; not passed outweighs passed."""
    said = [one for one in values if one]
    if said and all(one == EXEMPT for one in said):
        return EXEMPT
    said = [one for one in said if one != EXEMPT]
    if said and all(one in {PASSED, FAILED} for one in said):
        return FAILED if FAILED in said else PASSED
    if said and all(one == said[0] for one in said):
        return said[0]
    return ""


def of_year(periods: Sequence[str], exam: str, rules: Rules) -> Suggestion:
    """The year mark that the marks of the periods, and of an exam, speak for.

    ``periods`` are the marks of all study periods in order, empty where none was put.
    """
    numbers = _numbers(periods)
    warnings: list[str] = []
    if UNATTESTED in periods:
        warnings.append("unattested")
    if any(one == "" for one in periods):
        warnings.append("none")
    examined = _numbers([exam])
    if rules.year == WITH_EXAM:
        numbers = numbers + examined
    average = cell.hundredths(sum(numbers), len(numbers))
    if average is None:
        return Suggestion(_words(periods), None, 0, 0, 0, tuple(warnings))
    mark = _whole(average)
    if examined and rules.year == NOT_ABOVE_EXAM:
        mark = min(mark, examined[0])
    if examined and rules.year == NOT_BELOW_EXAM:
        mark = max(mark, examined[0])
    return Suggestion(str(mark), average, len(numbers), sum(numbers), len(numbers), tuple(warnings))


#: Courses that make one line of the certificate of the ninth grade, «Математика», with one exam.
MATHEMATICS = ("Алгебра", "Геометрия", "Вероятность и статистика")


def of_course(grade: int, year: str, exam: str, earlier: Sequence[str] = ()) -> Suggestion:
    """The final mark of a subject (regulations.md 1.5, 0.8).

    In the ninth grade it is the mean of year and exam in the pupil's favour; a course of
    :data:`MATHEMATICS` counts with the years of the others, which ``earlier`` holds. In the
    eleventh it is the mean of half-years and years of the tenth and eleventh grade, which
    ``earlier`` holds without the present year; otherwise the year mark, or its mean with the exam
    where there was one.
    """
    numbers = _numbers([*earlier, year] if grade == 11 else [*earlier, year, exam])
    average = cell.hundredths(sum(numbers), len(numbers))
    if average is None:
        return Suggestion(year if year in WORDS else "")
    return Suggestion(str(_whole(average)), average, len(numbers), sum(numbers), len(numbers))


def _whole(average: int) -> int:
    """Hundredths as a mark, half up."""
    return (average + 50) // 100
