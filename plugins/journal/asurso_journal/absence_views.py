"""Pages of attendance by days: who is absent today, a class on a day, absences, parents' notes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from flask import Response, flash, request

from asurso_core import access, clock, web
from asurso_core.actors import Actor
from asurso_core.errors import AsursoError, Conflict, Invalid, NotThere
from asurso_core.i18n import gettext as _
from asurso_journal import absence_rows, forms, pupil_page, services, vocabulary_rows
from asurso_journal.views import journal


def _day(text: str) -> dt.date:
    try:
        found = dt.date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        found = None
    if found is None or not 2000 <= found.year <= 2099:
        raise NotThere(_("There is no such day."))
    return found


@journal.get("/days")
@access.requires("journal.day.view")
def days() -> Response:
    """Who is absent: all classes the reader may see, ``?date=`` or today."""
    text = request.args.get("date", "")
    day = _day(text) if text else clock.today()
    return web.render(
        "journal/days.html", day=day, classes=absence_rows.days_of_school(web.actor(), day),
        before=day - dt.timedelta(days=1), after=day + dt.timedelta(days=1), today=clock.today(),
    )  # fmt: skip


@journal.get("/day/<int:class_id>/<day>")
@access.requires("journal.day.view")
def class_day(class_id: int, day: str) -> Response:
    """Pupils of a class against the lessons of a day; absences are entered from here."""
    return _class_day(web.actor(), class_id, _day(day))


def _class_day(
    who: Actor,
    class_id: int,
    day: dt.date,
    form: forms.AbsenceForm | None = None,
    status: int = 200,
) -> Response:
    page = absence_rows.day_page(who, class_id, day)
    form = form or _form(page, None)
    return web.render(
        "journal/class_day.html", status, page=page, form=form, reasons=_reasons(page),
        before=day - dt.timedelta(days=1), after=day + dt.timedelta(days=1), today=clock.today(),
        may_see_marks=who.holds("journal.mark.view"),
    )  # fmt: skip


def _form(page: absence_rows.DayPage, formdata: Any) -> forms.AbsenceForm:
    chosen = request.args.get("pupil", "")
    start: dict[str, Any] = {"starts": page.day, "ends": page.day}
    if chosen.isdecimal() and len(chosen) < 10:
        start["pupil"] = int(chosen)
    form = forms.AbsenceForm(formdata=formdata, data=start)
    form.pupil.offer([(one["id"], one["name"]) for one in page.pupils])
    form.code.choices = _reasons(page)
    return form


def _reasons(page: absence_rows.DayPage, may: str = "") -> list[tuple[str, str]]:
    """The codes that may be entered from here, illness first: it is most of them."""
    found = sorted(page.codes.items(), key=lambda one: not one[1][3])
    return [
        (code, f"{letter} — {name}")
        for code, (letter, name, missed, illness, archived) in found
        if missed and not archived and ((may or page.may) == "any" or illness)
    ]


def _all_reasons(may: str) -> list[tuple[str, str]]:
    return [
        (one.code, f"{one.letter} — {one.name}")
        for one in sorted(services.reason_codes(), key=lambda one: not one.illness)
        if may == "any" or one.illness
    ]


@journal.post("/day/<int:class_id>/<day>")
@access.requires("journal.day.view")
def enter_absence(class_id: int, day: str) -> Response:
    """Enter an absence of days."""
    who, on = web.actor(), _day(day)
    page = absence_rows.day_page(who, class_id, on)
    form = _form(page, request.form)
    form.code.choices = _reasons(page, "any")  # the service says why another reason is refused
    if form.validate():
        try:
            services.add_absence(who, form.pupil.data, **form.values())
        except Invalid as error:
            form.blame(error)
        else:
            flash(_("The absence is entered."), "success")
            return web.go("journal.class_day", class_id=class_id, day=day)
    return _class_day(who, class_id, on, form, 422)


# --- one absence -------------------------------------------------------------------------------


@journal.get("/absence/<int:absence_id>")
@access.requires("journal.day.view")
def absence(absence_id: int) -> Response:
    """An absence, to be changed or taken back."""
    return _absence(web.actor(), absence_id)


def _absence(
    who: Actor, absence_id: int, form: forms.AbsenceForm | None = None, status: int = 200
) -> Response:
    row, person = absence_rows.absence(who, absence_id)
    may = services.may_enter(who, row.pupil_id)
    if form is None:
        form = forms.AbsenceForm(formdata=None, obj=row)
        form.version.data = str(row.version)
    form.code.choices = _all_reasons(may or "any")
    class_id = absence_rows.class_of_pupil(row.pupil_id, row.starts)
    return web.render(
        "journal/absence.html", status, row=row, person=person, form=form, may=may,
        class_id=class_id, letter=vocabulary_rows.letters().get(row.code, row.code),
    )  # fmt: skip


@journal.post("/absence/<int:absence_id>")
@access.requires("journal.day.view")
def change_absence(absence_id: int) -> Response:
    """Change days, reason and certificate."""
    who = web.actor()
    row, _person = absence_rows.absence(who, absence_id)
    form = forms.AbsenceForm()
    form.pupil.offer([(row.pupil_id, "")])
    form.pupil.data = row.pupil_id
    form.code.choices = _all_reasons("any")
    if form.validate():
        try:
            services.change_absence(who, absence_id, version=form.expected, **form.values())
        except Conflict as error:
            form.blame(error)
            form.version.data = str(row.version)
            return _absence(who, absence_id, form, 409)
        except Invalid as error:
            form.blame(error)
        else:
            flash(_("Saved."), "success")
            return _to_day(row.pupil_id, row.starts)
    return _absence(who, absence_id, form, 422)


@journal.post("/absence/<int:absence_id>/remove")
@access.requires("journal.day.view")
def remove_absence(absence_id: int) -> Response:
    """Take an absence back."""
    who = web.actor()
    row, _person = absence_rows.absence(who, absence_id)
    services.remove_absence(who, absence_id, version=forms.AbsenceForm().expected)
    flash(_("The absence is taken back. Codes that teachers changed since stay."), "success")
    return _to_day(row.pupil_id, row.starts)


def _to_day(pupil_id: int, day: dt.date) -> Response:
    return web.go(
        "journal.class_day", class_id=absence_rows.class_of_pupil(pupil_id, day),
        day=day.isoformat(),
    )  # fmt: skip


# --- notes of parents --------------------------------------------------------------------------


@journal.post("/absence-note/<int:note_id>/accept")
@access.requires("journal.absence.edit")
def accept_note(note_id: int) -> Response:
    """Accept a parent's note: it becomes an absence."""
    form = forms.NoteAnswerForm()
    return _answered(
        lambda who: services.accept_note(
            who, note_id, code=form.code.data or "", version=form.expected,
            certificate=form.certificate.data or "",
        ),
        _("The note is accepted, the lessons bear the code."),
    )  # fmt: skip


@journal.post("/absence-note/<int:note_id>/decline")
@access.requires("journal.absence.edit")
def decline_note(note_id: int) -> Response:
    """Decline a parent's note with words."""
    form = forms.NoteAnswerForm()
    return _answered(
        lambda who: services.decline_note(
            who, note_id, answer=form.answer.data or "", version=form.expected
        ),
        _("The parent will read your answer."),
    )


def _answered(deed: Callable[[Actor], Any], said: str) -> Response:
    """Do it and go back to the page of the day; what is refused is told there."""
    try:
        deed(web.actor())
        flash(said, "success")
    except (Conflict, Invalid) as error:
        for text in _texts(error):
            flash(text, "error")
    return web.back("journal.days")


# --- one pupil ---------------------------------------------------------------------------------


@journal.get("/pupil/<int:pupil>")
@access.requires("journal.mark.view")
def pupil(pupil: int) -> Response:
    """All subjects of one pupil in a study period: marks and absences by day, averages."""
    wanted = request.args.get("period", "")
    number = int(wanted) if wanted.isdecimal() and len(wanted) < 10 else None
    return web.render("journal/pupil.html", page=pupil_page.page(web.actor(), pupil, number))


def _texts(error: AsursoError) -> list[str]:
    told = [text for texts in getattr(error, "fields", {}).values() for text in texts]
    return told or [error.message]
