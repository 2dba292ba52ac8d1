"""How a table fits on a sheet: how wide its columns are, which headings are turned, what is cut.

A table of three columns and one of forty go the same way: upright in ordinary type, then on the
side, then in smaller type, then cut between columns with the names repeated. Widths are reckoned
from the texts, in units of the size of the type (em); the sheet is measured in points.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from asurso_core.reports.documents import Column, Document, Table, headings, row_of, signed

#: Text width of A4 with margins of 14 mm: upright and on its side, in points.
UPRIGHT, SIDEWAYS = 516.0, 762.0
#: Sizes of the type on paper, in points: the greatest that fits is taken.
SIZES = (9.5, 8.5, 7.5, 6.5)
#: Nobody is named in less than this, and no text needs more than that before it is broken (em).
_NAME, _MOST, _LEAST = 11.0, 60.0, 1.1
#: The longest word that is not broken, in em; bold type is so much wider.
_WORD, _BOLD = 13.0, 1.12
#: What stands around the text of a cell, at both sides together.
_INSET = 0.75
#: How many em a table may be wide on a large screen before its headings are turned.
SCREEN = 70.0
#: Figures narrower than this may stand below turned headings; only in tables of many columns.
_NARROW, _MANY = 6.0, 6
#: The longest turned heading in one line; longer ones are broken into several.
HEADING = 15.0


@dataclass(frozen=True)
class Fit:
    """A table, or a part of one, as it goes on a sheet.

    ``columns`` are the places of its columns, ``widths`` theirs in points, ``turned`` the places of
    those whose heading reads upwards, ``size`` that of the type.
    """

    columns: list[int]
    widths: list[float]
    turned: frozenset[int]
    size: float


@functools.lru_cache(maxsize=8192)
def width_of(text: str) -> float:
    """About how wide a text is, in em; rather too wide. The same figures stand in a table often."""
    return sum(
        0.3 if sign in " .,;:()-|ijl1" else 0.55 if sign.isdigit() else 0.74 if sign.isupper()
        else 0.55
        for sign in text
    )  # fmt: skip


@dataclass(frozen=True)
class _Need:
    """What a column needs: at the least without breaking a word, and to stand in one line."""

    least: float
    whole: float


@functools.lru_cache(maxsize=8192)
def _longest_word(text: str) -> float:
    return max((width_of(word) for word in text.replace("-", "- ").split()), default=0.0)


def leading(table: Table) -> int:
    """How many columns tell of whom a row is: those up to the first that is no figure."""
    if len(table.columns) > 1 and table.columns[0].number and not table.columns[1].number:
        return 2
    return 1


def _body(table: Table) -> list[list[str]]:
    """The texts of each column."""
    rows = [row_of(one).cells for one in table.rows]
    return [
        [signed(cells[at], number=column.number) for cells in rows]
        for at, column in enumerate(table.columns)
    ]


def _widest(texts: Sequence[str]) -> float:
    return max((width_of(one) for one in texts), default=0.0)


def turned_of(table: Table, room: float) -> frozenset[int]:
    """The places of columns whose heading reads upwards in ``room`` em.

    None while level headings fit. Else all narrow columns with a word for a heading, so that they
    are read alike; names are never turned.
    """
    if len(table.columns) <= _MANY:
        return frozenset()
    bodies = _body(table)
    if sum(one.least for one in _needs(table, bodies)) <= room:
        return frozenset()
    return frozenset(
        at
        for at, (column, texts) in enumerate(zip(table.columns, bodies, strict=True))
        if at >= leading(table) and _widest(texts) < _NARROW and len(str(column.title)) > 3
    )


def turned_height(title: str) -> float:
    """How high a turned heading stands, in em."""
    width = width_of(title) * 1.1
    return round(width + 0.5 if width <= HEADING else HEADING, 2)


def _needs(
    table: Table, bodies: list[list[str]], turned: frozenset[int] = frozenset()
) -> list[_Need]:
    """What each column needs."""
    last_name = leading(table) - 1
    return [
        _need(column, texts, named=at == last_name, turned=at in turned)
        for at, (column, texts) in enumerate(zip(table.columns, bodies, strict=True))
    ]


def _need(column: Column, texts: Sequence[str], *, named: bool, turned: bool) -> _Need:
    title, body = str(column.title), _widest(texts)
    word = max((_longest_word(one) for one in texts), default=0.0)
    if turned:
        lines = math.ceil(width_of(title) / HEADING)
        width = max(body, lines * 1.25, _LEAST) + _INSET
        return _Need(width, width)
    if named:
        least = min(max(word, _NAME), body)
    else:
        least = body if column.number and body < _NARROW else min(word, _WORD)
    # Headings are bold, and none is hyphenated that could stand whole.
    least = max(least, min(_longest_word(title) * _BOLD, _WORD), _LEAST)
    return _Need(least + _INSET, max(least, min(body, _MOST)) + _INSET)


def wide(document: Document) -> bool:
    """Whether a document lies on its side: a table does not fit upright in ordinary type."""
    room = UPRIGHT / SIZES[0]
    for table in document.tables:
        found = _needs(table, _body(table), turned_of(table, room))
        if sum(one.least for one in found) > room:
            return True
    return False


def fits(table: Table, *, sideways: bool) -> list[Fit]:
    """The table in one piece where that can be, else cut between columns."""
    width = SIDEWAYS if sideways else UPRIGHT
    turned = turned_of(table, width / SIZES[0])
    found = _needs(table, _body(table), turned)
    for size in SIZES:
        if sum(one.least for one in found) * size <= width:
            every = list(range(len(found)))
            return [Fit(every, _widths(found, width, size), turned, size)]
    size = SIZES[-1]
    return [
        Fit(part, _widths([found[at] for at in part], width, size), turned & set(part), size)
        for part in _cut(table, found, width / size)
    ]


def _cut(table: Table, found: Sequence[_Need], width: float) -> list[list[int]]:
    """Places of columns by part; each part begins with the names, and groups stay whole."""
    names = list(range(leading(table)))
    room = width - sum(found[at].least for at in names)
    blocks: list[list[int]] = []
    at = 0
    for group, count in headings(table) or [("", 1)] * len(found):
        block = [one for one in range(at, at + count) if one not in names]
        at += count
        whole = group and sum(found[one].least for one in block) <= room
        blocks += [block] if whole else [[one] for one in block]
    parts: list[list[int]] = [[]]
    left = room
    for block in blocks:
        need = sum(found[one].least for one in block)
        if need > left and parts[-1]:
            parts.append([])
            left = room
        parts[-1] += block
        left -= need
    return [names + part for part in parts]


def _widths(found: Sequence[_Need], width: float, size: float) -> list[float]:
    """Widths in points: what is left over the least goes to those that want more."""
    least = [one.least * size for one in found]
    wanted = [max(0.0, one.whole * size - low) for one, low in zip(found, least, strict=True)]
    left = max(0.0, width - sum(least))
    share = min(1.0, left / sum(wanted)) if sum(wanted) else 0.0
    given = [low + more * share for low, more in zip(least, wanted, strict=True)]
    # Columns too wide for a sheet even alone are squeezed rather than cut off.
    squeeze = min(1.0, width / sum(given)) if given else 1.0
    return [math.floor(one * squeeze * 10) / 10 for one in given]
