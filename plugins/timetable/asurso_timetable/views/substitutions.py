"""The journal of substitutions, and the page on which they are made."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import flash, request

from asurso_core import access, clock
from asurso_core.errors import Conflict, Invalid, NotThere
from asurso_core.i18n import gettext as _
from asurso_core.web import actor, go, render
from asurso_timetable import forms, substitutions
from asurso_timetable.queries import grid as choices
from asurso_timetable.services import substitutions as services
from asurso_timetable.views.blueprint import timetable


def _day(name: str, usual: dt.date) -> dt.date:
    text = request.args.get(name, "")
    try:
        found = dt.date.fromisoformat(text) if text else usual
    except ValueError as error:
        raise NotThere(_("There is no such day.")) from error
    if not 2000 <= found.year <= 2099:
        raise NotThere(_("There is no such day."))
    return found


@timetable.get("/substitutions", endpoint="substitutions")
@access.requires("timetable.substitute.view")
def listed() -> Any:
    """Substitutions of a span: the present month by default."""
    today = clock.today()
    since = _day("since", today.replace(day=1))
    until = _day("until", max(today + dt.timedelta(days=14), since))
    return render(
        "timetable/substitutions.html", found=substitutions.substitutions(since, until),
        since=since, until=until, kinds=substitutions.KINDS, reasons=substitutions.REASONS,
        payments=substitutions.PAYMENTS, may=actor().holds("timetable.substitute.edit"),
    )  # fmt: skip


@timetable.get("/substitutions/new")
@access.requires("timetable.substitute.edit")
def new_substitutions() -> Any:
    """Lessons of an absent teacher with those who are free: one click a lesson."""
    today = clock.today()
    since = _day("since", today)
    until = _day("until", since)
    if until < since or (until - since).days > 31:
        until = since
    text = request.args.get("teacher", "")
    teacher = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    found = substitutions.lessons_of_absent(teacher, since, until) if teacher else []
    return render(
        "timetable/substitutions_new.html", teachers=choices.sorted_teachers(), teacher=teacher,
        since=since, until=until, found=found, kinds=substitutions.KINDS,
        reasons=substitutions.REASONS, payments=substitutions.PAYMENTS,
        subjects=choices.subject_choices(), reason=request.args.get("reason", "ill"),
    )  # fmt: skip


@timetable.post("/substitutions/lesson/<int:lesson_id>")
@access.requires("timetable.substitute.edit")
def substitute(lesson_id: int) -> Any:
    """Appoint a substitute for a lesson."""
    form = forms.SubstitutionForm()
    form.substitute.offer(choices.sorted_teachers())
    form.subject.offer(choices.subject_choices())
    if not form.validate():
        flash(" ".join(text for texts in form.messages().values() for text in texts), "error")
        return _back()
    change = services.Change(
        kind=form.kind.data or "", reason=form.reason.data or "", payment=form.payment.data or "",
        substitute_id=form.substitute.data, subject_id=form.subject.data,
        order_number=form.order_number.data or "",
    )  # fmt: skip
    try:
        services.substitute(actor(), lesson_id, change, expected=form.expected)
    except Invalid as error:
        told = [text for texts in error.fields.values() for text in texts] or [error.message]
        flash(" ".join(told), "error")
    except Conflict as error:
        flash(error.message, "error")
    else:
        flash(_("The substitution is written down."), "success")
    return _back()


def _back() -> Any:
    kept = {
        name: request.form[name]
        for name in ("teacher", "since", "until", "reason")
        if request.form.get(name)
    }
    return go("timetable.new_substitutions", **kept)


@timetable.post("/substitutions/<int:substitution_id>/take-back")
@access.requires("timetable.substitute.edit")
def take_substitution_back(substitution_id: int) -> Any:
    """Let the teacher give the lesson after all."""
    try:
        services.take_back(actor(), substitution_id)
    except Invalid as error:
        flash(error.message, "error")
    else:
        flash(_("The substitution is taken back."), "success")
    return go("timetable.substitutions")
