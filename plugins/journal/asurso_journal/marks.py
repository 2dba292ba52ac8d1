"""What stands in a cell of the journal: reading what was typed, and averages. No database here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from asurso_core.i18n import gettext as _
from asurso_journal.scales import ORDINARY, Marking, Scale

#: The debt dot (features.md 3.4): typed as a full stop, shown as a bullet.
DOT = "•"
#: Words that stand in place of a mark and enter no average (features.md 3.6).
WORDS = {
    "зач": "зач", "зачет": "зач", "нз": "нз", "незач": "нз", "незачет": "нз",
    "н/а": "н/а", "на": "н/а",
}  # fmt: skip
#: Longest text that is looked at; the longest sense it can make is «осв/зач».
LONGEST = 20

_DOTS = frozenset(".•·")
_PARTING = str.maketrans({"\\": "/", "|": "/", ";": "/", "ё": "е", " ": "", "\u00a0": ""})
# What a forgotten Latin keyboard gives: by look, by sound, and by the place of the key.
_LOOK = str.maketrans("abcehkmnoptyx", "авсенкмпортух")
_SOUND = str.maketrans("abvgdezklmnoprstu", "абвгдезклмнопрсту")
_KEYS = str.maketrans("f,dultpbrkvyjghcneax", "абвгдезиклмнопрстуфч")


class Attendance(NamedTuple):
    """A code of attendance, as far as typing and counting need it."""

    code: str
    missed: bool = True
    allows_mark: bool = True
    letter: str = ""  # as people write it; the code itself where the school changed nothing
    archived: bool = False

    @property
    def shown(self) -> str:
        """What the cell shows."""
        return self.letter or self.code


@dataclass(frozen=True, slots=True)
class Cell:
    """The whole content of a cell: attendance code, mark, debt dot; each may be missing."""

    code: str = ""
    mark: str = ""
    dot: bool = False

    @property
    def text(self) -> str:
        """As the cell shows it: «5», «4/5», «Б/4», «•»; what is shown can be typed again."""
        return cell_text(self.code, self.mark, self.dot)


@dataclass(frozen=True, slots=True)
class MarkFact:
    """A mark as hooks tell it: ids of lesson, assignment and pupil, value, dot and comment."""

    lesson_id: int
    assignment_id: int
    pupil_id: int
    value: str
    dot: bool
    comment: str | None
    version: int


@dataclass(frozen=True, slots=True)
class AttendanceFact:
    """Attendance of a pupil at a lesson as hooks tell it; an empty code means "was there"."""

    lesson_id: int
    pupil_id: int
    code: str
    version: int


class NotAMark(ValueError):
    """What was typed has no meaning in this cell; the text says what can be typed."""


#: How the operation begins of a code that an absence of days wrote within the usual time. Its entry
#: bears the reason of the absence, but is no change outside the usual time.
ABSENCE_IN_TIME = "absence."


def target_of_cell(lesson_id: int, work: int, pupil_id: int) -> str:
    """The audit's name of a cell; ``work`` is 0 for the main column of the lesson."""
    return f"journal.cell:{lesson_id}:{work}:{pupil_id}"


def cell_text(code: str, mark: str, dot: object) -> str:
    """The content of a cell as it is shown."""
    sign = mark or (DOT if dot else "")
    return f"{code}/{sign}" if code and sign else code or sign


def in_letters(text: str, letters: Mapping[str, str]) -> str:
    """What a cell of the history held, in the letters of today: ``{code: letter}``."""
    code, slash, rest = text.partition("/")
    return f"{letters[code]}{slash}{rest}" if code in letters else text


#: Letters that every school knows, and the code they mean, where no letter of its own is like it.
HABITS = {"н": "ОТ"}


def parse(
    text: str, codes: Mapping[str, Attendance], marking: Marking = ORDINARY, standing: str = ""
) -> Cell:
    """What a teacher means by the text of a cell.

    ``codes`` maps what is typed for a code to its meaning; ``marking`` tells which marks there are.
    ``standing`` is the mark that stands there: it is taken whatever the rules of today say.
    Case, spaces and Latin look-alikes do not matter. Raises :class:`NotAMark` with words for the
    teacher.
    """
    scale = marking.scale
    if len(text) > LONGEST:
        raise NotAMark(_("This is too long for a mark."))
    plain = text.lower().translate(_PARTING)
    if not plain:
        return Cell()
    meanings = {one.code: one for one in codes.values()}
    known = {typed: code for typed, code in HABITS.items() if code in meanings}
    known.update({typed.lower(): one.code for typed, one in codes.items()})
    for reading in _readings(plain):
        found = _sense(reading, known, scale, standing)
        if found is not None:
            if marking.credited and figures(found.mark) and found.mark != standing:
                break
            if found.code and (found.mark or found.dot) and not meanings[found.code].allows_mark:
                shown = meanings[found.code].shown
                raise NotAMark(_("No mark can stand beside %(code)s.", code=shown))
            return found
    offered = ", ".join(typed.lower() for typed, one in codes.items() if not one.archived)
    if marking.credited:
        raise NotAMark(
            _("In this subject a credit is put: зач or нз, a full stop for a debt, or one of: "
              "%(codes)s.", codes=offered)
        )  # fmt: skip
    raise NotAMark(
        _("Type a mark from %(lowest)s to %(highest)s, two marks with a slash between, a full stop "
          "for a debt, or one of: %(codes)s.",
          lowest=scale.lowest, highest=scale.highest, codes=offered)
    )  # fmt: skip


def refuse_archived(meaning: Attendance | None) -> None:
    """Raise :class:`NotAMark` for a code that the school no longer puts."""
    if meaning is not None and meaning.archived:
        raise NotAMark(_("The school does not put %(code)s any more.", code=meaning.shown))


def _readings(plain: str) -> Iterable[str]:
    yield plain
    if any("a" <= sign <= "z" for sign in plain):
        yield plain.translate(_LOOK)
        yield plain.translate(_SOUND)
    yield plain.translate(_KEYS)


def _sense(plain: str, known: Mapping[str, str], scale: Scale, standing: str) -> Cell | None:
    if plain in WORDS:  # «н/а» is one word, not two parts
        return Cell(mark=WORDS[plain])
    for length in range(min(4, len(plain)), 0, -1):
        code = known.get(plain[:length])
        if code is None:
            continue
        if plain[length:] == "/":
            return None
        rest = plain[length:].removeprefix("/")
        signs = _signs(rest, scale, standing)
        if signs is not None:
            return Cell(code, *signs)
    signs = _signs(plain, scale, standing)
    return None if signs is None else Cell("", *signs)


def _signs(plain: str, scale: Scale, standing: str) -> tuple[str, bool] | None:
    """``(mark, dot)`` of what stands beside or without a code; None if it makes no sense."""
    if plain == "":
        return "", False
    if plain in _DOTS:
        return "", True
    if plain in WORDS:
        return WORDS[plain], False
    if plain == standing:
        return plain, False
    parts = plain.split("/")
    if len(parts) > 2 or any(scale.point(part) is None for part in parts):
        return None
    return plain, False


# --- averages ----------------------------------------------------------------------------------

#: Marks whose figures were asked for; there are as many as texts of marks.
_FIGURES: dict[str, tuple[int, ...]] = {}


def figures(mark: str) -> tuple[int, ...]:
    """The numbers of a mark of any scale: «5» → (5,), «8/10» → (8, 10), «зач» → ()."""
    found = _FIGURES.get(mark)
    if found is None:
        parts = mark.split("/")
        plain = all(part.isascii() and part.isdecimal() for part in parts)
        found = _FIGURES[mark] = tuple(int(part) for part in parts) if plain else ()
    return found


class Averages(NamedTuple):
    """Averages of a pupil in hundredths (425 is 4,25), None without marks; and how many marks."""

    simple: int | None
    weighted: int | None
    count: int  # type: ignore[assignment]  # a tuple's own count() is not used here

    @property
    def simple_number(self) -> Decimal | None:
        """The simple average with two places."""
        return as_decimal(self.simple)

    @property
    def weighted_number(self) -> Decimal | None:
        """The weighted average with two places."""
        return as_decimal(self.weighted)


def averages(marks: Iterable[tuple[str, int]]) -> Averages:
    """Simple and weighted average of ``(mark, weight)`` pairs (features.md 3.6).

    Half up to two places. Whatever is no number, and marks of weight 0, enter neither average; a
    double mark is two marks of the same weight.
    """
    total = count = weighted = weight_sum = 0
    for mark, weight in marks:
        if weight <= 0:
            continue
        for figure in figures(mark):
            total += figure
            count += 1
            weighted += figure * weight
            weight_sum += weight
    return Averages(hundredths(total, count), hundredths(weighted, weight_sum), count)


def hundredths(total: int, count: int) -> int | None:
    """``total / count`` in hundredths, half up, in whole numbers; None for no marks."""
    return None if count == 0 else (200 * total + count) // (2 * count)


def as_decimal(value: int | None) -> Decimal | None:
    """Hundredths as a number with two places."""
    return None if value is None else Decimal(value).scaleb(-2)


def shown(value: int | None) -> str:
    """Hundredths as people read them: 425 → «4,25»; empty for None."""
    return "" if value is None else f"{value // 100},{value % 100:02d}"
