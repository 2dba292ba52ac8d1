"""The grid of the journal as strings: one per table row, because 1,800 cells pass through here.

Names and texts are escaped once each; a cell that holds nothing is a bare ``<td>``. Ids stand on
the headers only, and in :func:`columns_for_script`; closed columns are told by ``<col>``.
"""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup, escape

from asurso_core.i18n import date_text
from asurso_core.i18n import gettext as _
from asurso_journal import marks as cell
from asurso_journal import moved
from asurso_journal.scales import Scale

#: The frozen columns at the right, in order; the script writes fresh numbers into them.
TAIL = ("simple", "weighted", "count", "missed", "dots")


@dataclass(slots=True)
class Column:
    """One column: a work of a lesson, or a lesson that has no work yet."""

    lesson: int
    assignment: int  # 0 while the main column has no work
    main: bool
    date: dt.date
    number: int
    letter: str
    weight: int
    title: str
    cancelled: bool
    closed: str  # why cells cannot be changed; empty when they can
    note: str = ""  # of the lesson: «замена: Ёлкина А. П.»


@dataclass(slots=True)
class Row:
    """One pupil; ``spans`` are the ``[since, until)`` of belonging to the group."""

    id: int
    name: str
    spans: list[tuple[dt.date, dt.date | None]]


@dataclass(slots=True)
class Final:
    """The last column: marks of the study period, of whoever belongs to the group on a ``day``."""

    slot: int
    title: str
    day: dt.date
    closed: str  # why they cannot be put now; empty when they can


@dataclass(slots=True)
class Grid:
    """All that the table shows."""

    columns: list[Column]
    rows: list[Row]
    marks: list[tuple[Any, ...]]  # assignment, pupil, value, dot, has a comment, version
    codes: list[tuple[Any, ...]]  # lesson, pupil, code, version
    missed_codes: frozenset[str]
    today: dt.date
    starts: dt.date
    ends: dt.date
    scale: Scale
    #: Marks of the subject that pupils got in other groups in this period.
    brought: dict[int, list[moved.Brought]] = field(default_factory=dict)
    #: Pupils whose page the reader may open; None is all of them.
    linked: set[int] | None = None
    reasons: list[str] = field(default_factory=list)
    final: Final | None = None
    #: Pupil → the mark of the period, whether it has a reason, its version.
    finals: dict[int, tuple[str, bool, int]] = field(default_factory=dict)


def columns_for_script(grid: Grid) -> list[list[int]]:
    """``[lesson, assignment, main, reason]`` of each column; reason 0 means open."""
    reasons: dict[str, int] = {}
    told = []
    for one in grid.columns:
        reason = 0
        if one.closed:
            reason = reasons.setdefault(one.closed, len(reasons) + 1)
        told.append([one.lesson, one.assignment, int(one.main), reason])
    grid.reasons = list(reasons)
    return told


def head(grid: Grid) -> Markup:
    """Columns of the table, and its header: months, days with letters and weights."""
    parts = ['<colgroup><col class="names">']
    for one in grid.columns:
        kind = "today" if one.date == grid.today else "ro" if one.closed else ""
        parts.append(f'<col class="{kind}">' if kind else "<col>")
    parts.append(f'<col span="{len(TAIL)}" class="tail">')
    parts.append(f"{'<col class=tail>' if grid.final else ''}</colgroup><thead><tr>")
    pupil = _("Pupil")  # outside of the f-string: texts inside of one are not gathered
    parts.append(f'<th scope="col" rowspan="2" class="names">{escape(pupil)}</th>')
    month, span, months = 0, 0, []
    for one in grid.columns:
        if one.date.month != month and span:
            months.append((month, span))
            span = 0
        month, span = one.date.month, span + 1
    if span:
        months.append((month, span))
    for number, width in months:
        name = date_text(dt.date(2024, number, 1), "LLLL")
        parts.append(f'<th scope="colgroup" colspan="{width}" class="month">{escape(name)}</th>')
    for short, full in (
        (_("Avg"), _("Simple average")),
        (_("Wgt"), _("Weighted average")),
        (_("Mks"), _("Number of marks")),
        (_("Abs"), _("Missed lessons")),
        (_("Dbt"), _("Debts")),
    ):
        parts.append(
            f'<th scope="col" rowspan="2" class="tail"><abbr title="{escape(full)}">'
            f"{escape(short)}</abbr></th>"
        )
    if grid.final:
        full = _("Mark of the period: %(title)s", title=grid.final.title)
        short = escape(_("Ttl"))
        parts.append(
            f'<th scope="col" rowspan="2" class="tail" data-c={len(grid.columns)}>'
            f'<abbr title="{escape(full)}">{short}</abbr></th>'
        )
    parts.append("</tr><tr>")
    twice = _twice(grid.columns)
    for index, one in enumerate(grid.columns):
        parts.append(_column_head(index, one, one.lesson in twice))
    parts.append("</tr></thead>")
    return Markup("".join(parts))  # noqa: S704 - names are escaped, values come from a closed set


def _twice(columns: list[Column]) -> set[int]:
    """Lessons that share their day with another one: their number is shown."""
    days: dict[dt.date, set[int]] = {}
    for one in columns:
        days.setdefault(one.date, set()).add(one.lesson)
    return {lesson for found in days.values() if len(found) > 1 for lesson in found}


def _column_head(index: int, one: Column, numbered: bool) -> str:
    told = date_text(one.date, "EEEE, d MMMM")
    title = one.title or ""
    label = f"{told}, {title}" if title else told
    sign = escape(one.letter) if one.letter else "·"
    weight = f"<sub>{one.weight}</sub>" if one.weight != 1 and one.letter else ""
    number = f"<sup>{one.number}</sup>" if numbered else ""
    if one.note:
        number += "<sup>*</sup>"
    kind = '"day off"' if one.cancelled else "day"
    hint = f' title="{escape(one.note)}"' if one.note else ""
    return (
        f"<th scope=col data-c={index} class={kind}>"
        f'<a href="/journal/lesson/{one.lesson}" aria-label="{escape(label)}"{hint}>'
        f"{one.date.day}{number}</a><span class=kind>{sign}{weight}</span>"
    )


def body(grid: Grid) -> Markup:
    """The rows of the pupils."""
    parts = ["<tbody>"]
    mains: dict[int, int] = {}
    for index, one in enumerate(grid.columns):
        if one.main:
            mains[one.lesson] = index
    works = {
        one.assignment: (index, one) for index, one in enumerate(grid.columns) if one.assignment
    }
    by_pupil: dict[int, dict[int, list[Any]]] = {}
    pairs: dict[int, list[tuple[str, int]]] = {}
    dots: dict[int, int] = {}
    missed: dict[int, int] = {}
    for work, pupil, value, dot, noted, version in grid.marks:
        found = works.get(work)
        if found is None:
            continue
        index, column = found
        by_pupil.setdefault(pupil, {})[index] = [
            value or (cell.DOT if dot else ""),
            "",
            version,
            noted,
        ]
        if value:
            pairs.setdefault(pupil, []).append((value, column.weight))
        elif dot:
            dots[pupil] = dots.get(pupil, 0) + 1
    for lesson, pupil, code, version in grid.codes:
        main = mains.get(lesson)
        if main is None:
            continue
        entry = by_pupil.setdefault(pupil, {}).setdefault(main, ["", "", 0, False])
        entry[1], entry[2] = code, entry[2] + version
        if code in grid.missed_codes:
            missed[pupil] = missed.get(pupil, 0) + 1
    for number, row in enumerate(grid.rows, 1):
        parts.append(
            _row(grid, number, row, by_pupil.get(row.id, {}), pairs.get(row.id, []),
                 missed.get(row.id, 0), dots.get(row.id, 0))
        )  # fmt: skip
    parts.append("</tbody>")
    return Markup("".join(parts))  # noqa: S704 - names are escaped, values come from a closed set


def _row(
    grid: Grid, number: int, row: Row, filled: dict[int, list[Any]],
    pairs: list[tuple[str, int]], missed: int, dots: int,
) -> str:  # fmt: skip
    cells = ["<td>"] * len(grid.columns)
    left = ""
    if not moved.is_whole(row.spans, grid.starts, grid.ends):
        for index, column in enumerate(grid.columns):
            if not moved.is_there(row.spans, column.date):
                cells[index] = '<td class="out">'
        last = max((u or dt.date.max) for _s, u in row.spans)
        if last <= grid.today:
            word = _("left %(day)s", day=date_text(last, "d.MM"))
            left = f" <small>{escape(word)}</small>"
    for index, (mark, code, version, noted) in filled.items():
        cells[index] = _filled(
            mark, code, version, bool(noted), grid.scale.tone(mark), out="out" in cells[index]
        )
    elsewhere = grid.brought.get(row.id, [])
    mean = cell.averages([*pairs, *((one.value, one.weight) for one in elsewhere)])
    name = f"<s>{escape(row.name)}</s>{left}" if left else str(escape(row.name))
    if grid.linked is None or row.id in grid.linked:
        name = f"<a href=/journal/pupil/{row.id}>{name}</a>"
    return (
        f"<tr><th scope=row data-p={row.id}><i>{number}</i>"
        f"{name}{_elsewhere(elsewhere)}</th>{''.join(cells)}"
        f"<td>{cell.shown(mean.simple)}<td><b>{cell.shown(mean.weighted)}</b>"
        f"<td>{mean.count or ''}<td>{missed or ''}<td>{dots or ''}{_final(grid, row)}</tr>"
    )


def _final(grid: Grid, row: Row) -> str:
    """The mark of the period, a cell as any other."""
    if grid.final is None:
        return ""
    mark, noted, version = grid.finals.get(row.id, ("", False, 0))
    out = not moved.is_there(row.spans, grid.final.day)
    if not version:
        return '<td class="out">' if out else "<td>"
    return _filled(mark, "", version, noted, grid.scale.tone(mark), out=out)


def _elsewhere(marks: list[moved.Brought]) -> str:
    """Marks of another group that count in the averages: how many, and which, in a word."""
    if not marks:
        return ""
    listed = ", ".join(f"{one.value} ({date_text(one.date, 'd.MM')})" for one in marks)
    word = _("in another group: %(marks)s", marks=listed)
    return f' <abbr class=elsewhere title="{escape(word)}">+{len(marks)}</abbr>'


@functools.lru_cache(maxsize=4096)
def _filled(mark: str, code: str, version: int, noted: bool, tone: str, *, out: bool) -> str:
    text = f"{code}/{mark}" if code and mark else code or mark
    classes = []
    if out:
        classes.append("out")
    if code:
        classes.append("abs")
    if tone:
        classes.append(f"m{tone}")
    if noted:
        classes.append("c")
    attribute = (
        f' class="{" ".join(classes)}"'
        if len(classes) > 1
        else (f" class={classes[0]}" if classes else "")
    )
    # Most cells are written once: a filled cell that tells no version has the version 1 (grid.js).
    told = "" if version == 1 and text else f" data-v={version}"
    return f"<td{attribute}{told}>{escape(text)}"


def notes(lessons: list[dict[str, Any]]) -> Markup:
    """Rows of the table of topics and homework: date with a link to the card, topic, homework."""
    return Markup("".join(  # noqa: S704 - every text is escaped
        f'<tr><th scope=row><a href="/journal/lesson/{one["id"]}">'
        f'{date_text(one["date"], "d.MM, EEEEEE")}</a>'
        f'<td>{escape(one["topic"]) or "—"}<td>{escape(one["homework"]) or "—"}\n'
        for one in lessons
    ))  # fmt: skip


# --- the card of a lesson ----------------------------------------------------------------------


def pupils(card: Any, trouble: dict[Any, Any], sent: Any) -> Markup:
    """The pupils of a lesson's card: name, one tap for absent, a field for each work.

    ``trouble`` holds answers to edits that were not saved, ``sent`` what was typed then.
    """
    absent, away = escape(_("absent")), escape(_("away"))
    words = f"<span class=card-long>{absent}</span><span class=card-short>{away}</span>"
    lines = []
    for one in card.pupils:
        name = escape(one["name"])
        parts = [
            f'<li class="card-pupil{" is-absent" if one["missed"] else ""}">',
            f"<span class=card-name>{name}{_away(one['away'])}</span>",
        ]
        if not card.closed:
            parts.append(
                '<button type=button class="btn btn-outline card-absent js-only" data-absent '
                f"aria-pressed={'true' if one['missed'] else 'false'} "
                f'aria-label="{absent}, {name}">{words}</button>'
            )
        for index, found in enumerate(one["cells"]):
            parts.append(_field(card, one, name, index, found, trouble, sent))
        lines.append("".join(parts))
    return Markup("\n".join(lines))  # noqa: S704 - names and typed texts are escaped


def _away(absence: tuple[str, dt.date] | None) -> str:
    """How long a pupil is known to be absent, as the class teacher entered it (features.md 3.3)."""
    if absence is None:
        return ""
    letter, until = absence
    told = _("%(letter)s until %(day)s", letter=letter, day=date_text(until, "d MMM"))
    return f" <span class='tag tag-note card-away'>{escape(told)}</span>"


def _field(
    card: Any, pupil: dict[str, Any], name: Any, index: int, found: dict[str, Any],
    trouble: dict[Any, Any], sent: Any,
) -> str:  # fmt: skip
    key = f"{card.lesson.id}-{found['work']}-{pupil['id']}"
    wrong = trouble.get((found["work"], pupil["id"]))
    text, version, told, classes = found["text"], found["version"], "", ""
    label = name
    if len(card.works) > 1:
        work = card.works[index]
        label = f"{name}, {escape(work['title'] or work['name'])}"
    if wrong is not None:
        text = sent.get(f"cell-{key}", text)
        version = version if wrong["version"] is None else wrong["version"]
        told = f"<span class='field-error card-error'>{escape(_wrong(wrong))}</span>"
        classes = " is-invalid"
    return (
        f'<input class="card-mark form-control{classes}" name=cell-{key} value="{escape(text)}" '
        f"maxlength=20 autocomplete=off data-version={version} data-pupil={pupil['id']} "
        f'data-work={found["work"]} aria-label="{label}"{" readonly" if card.closed else ""}>'
        f'<input type=hidden name=was-{key} value="{escape(found["text"])}">'
        f"<input type=hidden name=version-{key} value={version}>{told}"
    )


def _wrong(answer: dict[str, Any]) -> str:
    text = str(answer["message"])
    if answer["state"] == "conflict":
        text += " " + _("Stands there now: %(value)s", value=answer["value"] or "—")
        if answer.get("changed_by"):
            text += f" ({answer['changed_by']}, {answer['changed_at']})"
    return text


def kinds(card: Any, chosen: int = 0) -> Markup:
    """Options of a list of the kinds of work, one of them chosen; each tells its usual weight.

    Those that do not fit the lesson are offered only where they stand already.
    """
    offered = [one for one in card.types if one["fits"] or one["id"] == chosen]
    made = _kinds(tuple((one["id"], one["weight"], one["name"]) for one in offered))
    return Markup(made.replace(f"<option value={chosen} ", f"<option value={chosen} selected "))  # noqa: S704 - escaped below


@functools.lru_cache(maxsize=16)
def _kinds(types: tuple[tuple[int, int, str], ...]) -> str:
    return "".join(
        f"<option value={id_} data-weight={weight}>{escape(name)}</option>"
        for id_, weight, name in types
    )
