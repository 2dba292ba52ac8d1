"""Own acts in a journal in words: which pupil, which lesson, what it was and became."""

from __future__ import annotations

from typing import Any

from asurso_core import clock
from asurso_core.actors import Actor
from asurso_core.db import as_date, rows
from asurso_journal import final_rows, vocabulary_rows
from asurso_journal.marks import in_letters
from asurso_journal.services import own_acts

_TITLE = """
    SELECT s.name, g.name, c.grade, c.letter FROM core_teaching_group g
      JOIN core_subject s ON s.id = g.subject_id
      JOIN core_group_class gc ON gc.group_id = g.id
      JOIN core_school_class c ON c.id = gc.school_class_id
     WHERE g.id = ? ORDER BY c.grade, c.letter
"""


def acts_page(actor: Actor, group_id: int) -> dict[str, Any]:
    """The actor's last acts in the journal of a group and its title; raises :class:`NotThere`."""
    acts = own_acts(actor, group_id)
    place = rows(_TITLE, [group_id])
    classes = ", ".join(
        f"{grade}{letter}" if len(letter) == 1 else f"{grade} {letter}"
        for _subject, _name, grade, letter in place
    )
    lessons = {
        id_: (as_date(on), number)
        for id_, on, number in rows(
            "SELECT id, date, number FROM timetable_lesson WHERE id IN ?",
            [sorted({act.place[0] for act in acts if act.slot is None}) or [0]],
        )
    }
    slots = final_rows.titles_of_slots(act.slot for act in acts if act.slot is not None)
    names = {
        id_: f"{surname} {name}"
        for id_, surname, name in rows(
            "SELECT id, surname, given_name FROM core_person WHERE id IN ?",
            [sorted({act.person for act in acts}) or [0]],
        )
    }
    letters = vocabulary_rows.letters()
    lines = [
        {
            "act": act, "at": clock.local(act.at), "pupil": names.get(act.person, ""),
            "on": lessons.get(act.place[0], (None, 0))[0] if act.slot is None else None,
            "slot": slots.get(act.slot, "") if act.slot is not None else "",
            "before": _shown(act.before, letters), "after": _shown(act.after, letters),
        }
        for act in acts
    ]  # fmt: skip
    subject, name = (place[0][0], place[0][1]) if place else ("", "")
    return {"group": group_id, "title": f"{classes} {subject}", "name": name, "lines": lines}


def _shown(held: tuple[str, str], letters: dict[str, str]) -> str:
    value, comment = in_letters(held[0], letters), held[1]
    return f"{value} — {comment}" if comment else value
