"""Dated lessons by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import flash, request

from asurso_core import access
from asurso_core.errors import Invalid
from asurso_core.forms import VersionedForm
from asurso_core.i18n import gettext as _
from asurso_core.web import actor, back, go, render
from asurso_timetable import forms
from asurso_timetable.queries import grid as choices
from asurso_timetable.queries import lesson as queries
from asurso_timetable.services import lessons as services
from asurso_timetable.views.blueprint import timetable


def _shown(class_id: int, date: dt.date) -> Any:
    return go("timetable.of_class", class_id=class_id, week=date.isoformat())


def _offer(form: forms.LessonForm, nobody: str) -> None:
    form.teacher.offer(choices.sorted_teachers(), nobody)
    form.room.offer(choices.room_choices(), _("No room"))


@timetable.route("/class/<int:class_id>/lessons/new", methods=["GET", "POST"])
@access.requires("timetable.edit")
def new_lesson(class_id: int) -> Any:
    """Add a lesson to a class."""
    school_class = queries.class_to_change(actor(), class_id)
    form = forms.NewLessonForm(request.args if request.method == "GET" else None)
    _offer(form, _("The teacher of the group"))
    form.group.offer(choices.group_choices(class_id))
    if form.validate_on_submit():
        teacher = services.ANY if form.teacher.data is None else form.teacher.data
        try:
            services.add_lesson(
                actor(), form.group.data, form.date.data, form.number.data or 0, teacher_id=teacher,
                room_id=form.room.data, starts=form.starts.data, ends=form.ends.data,
                note=form.note.data,
            )  # fmt: skip
        except Invalid as error:
            forms.tell(form, error)
        else:
            return _shown(class_id, form.date.data)
    status = 422 if form.errors else 200
    return render("timetable/lesson_new.html", status, form=form, school_class=school_class)


@timetable.route("/lesson/<int:lesson_id>", methods=["GET", "POST"])
@access.requires("timetable.edit")
def lesson(lesson_id: int) -> Any:
    """Move a lesson, or give it another teacher or room; marks stay with it."""
    found = queries.lesson_to_change(actor(), lesson_id)
    row = found.row
    form = forms.LessonForm(
        data={
            "date": row.date, "number": row.number, "teacher": row.teacher_id,
            "room": row.room_id, "note": row.note or "", "version": found.version,
        }
    )  # fmt: skip
    _offer(form, _("Nobody yet"))
    if form.validate_on_submit():
        try:
            services.move_lesson(
                actor(), lesson_id, expected=form.expected, date=form.date.data,
                number=form.number.data or 0, teacher_id=form.teacher.data, room_id=form.room.data,
                starts=form.starts.data, ends=form.ends.data, note=form.note.data,
            )  # fmt: skip
        except Invalid as error:
            forms.tell(form, error)
        else:
            return _shown(found.class_id, form.date.data)
    return render("timetable/lesson.html", 422 if form.errors else 200, form=form, found=found)


@timetable.post("/lesson/<int:lesson_id>/cancel")
@access.requires("timetable.edit")
def cancel_lesson(lesson_id: int) -> Any:
    """Cancel a lesson with a reason."""
    found = queries.lesson_to_change(actor(), lesson_id)
    form = forms.CancelForm()
    if not form.validate():
        raise Invalid(_("Check the reason."), form.messages())
    services.cancel_lesson(actor(), lesson_id, expected=form.expected, note=form.note.data or "")
    return _shown(found.class_id, found.row.date)


@timetable.post("/lesson/<int:lesson_id>/restore")
@access.requires("timetable.edit")
def restore_lesson(lesson_id: int) -> Any:
    """Let a cancelled lesson take place."""
    form = VersionedForm()
    services.restore_lesson(actor(), lesson_id, expected=form.expected)
    return back("timetable.lesson", lesson_id=lesson_id)


@timetable.post("/lesson/<int:lesson_id>/delete")
@access.requires("timetable.edit")
def delete_lesson(lesson_id: int) -> Any:
    """Delete a lesson that nothing was written about."""
    found = queries.lesson_to_change(actor(), lesson_id)
    services.delete_lesson(actor(), lesson_id)
    flash(_("The lesson was deleted."))
    return _shown(found.class_id, found.row.date)
