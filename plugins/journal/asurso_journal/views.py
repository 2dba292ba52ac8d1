"""Pages of the journal: the grid, the card of a lesson, the day of a teacher."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, Response, flash, jsonify, request

from asurso_core import access, clock, files, web
from asurso_core.actors import new_operation
from asurso_core.errors import Conflict, NotThere
from asurso_core.i18n import gettext as _
from asurso_core.i18n import ngettext
from asurso_journal import edits, finals, forms, grid, queries, services, task_rows

journal = Blueprint("journal", __name__)


@journal.context_processor
def _words() -> dict[str, Any]:
    """What templates need beside their data: the addresses of files."""
    return {"file_url": files.url}


@journal.get("/")
@access.requires("journal.view")
def index() -> Response:
    """Own journals first; then those of all classes the reader may see."""
    who = web.actor()
    return web.render(
        "journal/index.html", shelf=queries.shelf(who), can_totals=who.holds("journal.final.view"),
        can_days=who.holds("journal.day.view"), today=clock.today().isoformat(),
        can_close=who.holds("journal.period.close"), can_print=who.holds("journal.print"),
        can_watch=who.holds("journal.alarm.view"),
        can_vocabulary=who.holds("journal.vocabulary.edit"),
    )  # fmt: skip


@journal.get("/<int:group>")
@access.requires("journal.view")
def present(group: int) -> Response:
    """The journal of a group in the period of today."""
    period = queries.present_period(web.actor(), group)
    return web.go("journal.grid_page", group=group, period=period)


@journal.get("/<int:group>/<int:period>")
@access.requires("journal.view")
def grid_page(group: int, period: int) -> Response:
    """The grid of a group in a period; answered 304 while nothing in it has changed."""
    tag = web.etag(f"group:{group}")
    unchanged = web.not_modified(tag)
    if unchanged is not None:
        return unchanged
    page = queries.grid_page(web.actor(), group, period)
    columns = grid.columns_for_script(page.grid)
    response = web.render(
        "journal/grid.html",
        page=page,
        columns=columns,
        head=grid.head(page.grid),
        body=grid.body(page.grid),
        notes=grid.notes(page.lessons),
        tail=grid.TAIL,
        final_words=finals.WORDS,
        code_names={one["code"]: one["name"] for one in page.codes},
    )
    return web.tagged(response, tag)


# --- one lesson --------------------------------------------------------------------------------


@journal.get("/lesson/<int:lesson_id>")
@access.requires("journal.view")
def lesson(lesson_id: int) -> Response:
    """The card of one lesson: pupils in a column, big targets."""
    return _card(lesson_id)


def _card(
    lesson_id: int, *, status: int = 200, answers: list[dict[str, Any]] | None = None,
    note: forms.NoteForm | None = None,
) -> Response:  # fmt: skip
    who = web.actor()
    card = queries.card(who, lesson_id)
    card.late = task_rows.is_late(card.lesson, card.homework_at)
    if not card.note_closed:
        card.next_day = next(iter(task_rows.due_days(who, card.lesson)), None)
    if note is None:
        note = forms.NoteForm(formdata=None, data={**card.note})
    work = forms.WorkForm(formdata=None)
    work.type.choices = [(one["id"], one["name"]) for one in card.types]
    main = card.works[0]["id"] if card.works else 0  # its fields bear 0, whatever its id
    typed = {
        (
            0 if answer["assignment"] in {None, main} else answer["assignment"],
            answer["pupil"],
        ): answer
        for answer in answers or []
        if answer["state"] not in {"saved", "repeated"}
    }
    return web.render(
        "journal/card.html", status, card=card, note=note, work=work,
        op=new_operation()[:16], rows=grid.pupils(card, typed, request.form if answers else {}),
        kinds=grid.kinds,
    )  # fmt: skip


@journal.post("/edits")
@access.requires("journal.mark.edit")
def change() -> Response:
    """Change cells: JSON from a script, or the plain form of the lesson card."""
    who = web.actor()
    if not request.is_json:
        return _change_by_form()
    body = request.get_json(silent=True)
    bound = body.get("user") if isinstance(body, dict) else None
    if bound is not None and bound != who.login:
        # Typed by somebody else in this browser: it is theirs to send (F14).
        return _json_refusal("other_user", _("These marks were typed by another person."))
    return jsonify(results=services.apply_all(who, edits.from_json(body)))


def _json_refusal(code: str, message: str) -> Response:
    answer = jsonify(error={"code": code, "message": message})
    answer.status_code = 409
    return answer


def _change_by_form() -> Response:
    lesson_id = web.integer("lesson", request.form)
    found = services.apply_edits(web.actor(), edits.from_form(request.form))
    bad = [one for one in found if one["state"] not in {"saved", "repeated"}]
    if bad:
        return _card(lesson_id, status=409 if any(
            one["state"] == "conflict" for one in bad) else 422, answers=found)  # fmt: skip
    flash(ngettext("%(num)s change is saved.", "%(num)s changes are saved.", len(found)), "success")
    return web.go("journal.lesson", lesson_id=lesson_id)


@journal.post("/lesson/<int:lesson_id>/note")
@access.requires("journal.homework.edit")
def write_note(lesson_id: int) -> Response:
    """Save topic and homework."""
    form = forms.NoteForm()
    if not form.validate():
        return _card(lesson_id, status=422, note=form)
    try:
        services.set_lesson_note(
            web.actor(), lesson_id, topic=form.topic.data or "",
            homework=form.homework.data or "", version=form.expected,
        )  # fmt: skip
    except Conflict as error:
        flash(f"{error.message} {error.details['topic']} / {error.details['homework']}", "warning")
        form.version.data = str(error.details["version"])
        return _card(lesson_id, status=409, note=form)
    flash(_("Topic and homework are saved."), "success")
    return web.go("journal.lesson", lesson_id=lesson_id)


@journal.post("/lesson/<int:lesson_id>/attendance")
@access.requires("journal.mark.edit")
def confirm(lesson_id: int) -> Response:
    """Say that attendance was taken and nobody else is missing."""
    services.confirm_attendance(web.actor(), lesson_id)
    flash(_("Attendance is confirmed."), "success")
    return web.go("journal.lesson", lesson_id=lesson_id)


@journal.post("/lesson/<int:lesson_id>/works")
@access.requires("journal.homework.edit")
def add_work(lesson_id: int) -> Response:
    """Add a column to a lesson."""
    form = _work_form(lesson_id)
    if not form.validate():
        _flash_errors(form)
        return _card(lesson_id, status=422)
    services.add_assignment(
        web.actor(), lesson_id, type_id=form.type.data, title=form.title.data or "",
        weight=form.weight.data,
    )  # fmt: skip
    return web.go("journal.lesson", lesson_id=lesson_id)


@journal.post("/lesson/<int:lesson_id>/works/<int:work_id>")
@access.requires("journal.homework.edit")
def change_work(lesson_id: int, work_id: int) -> Response:
    """Change type, title and weight of a column."""
    form = _work_form(lesson_id)
    if not form.validate():
        _flash_errors(form)
        return _card(lesson_id, status=422)
    services.update_assignment(
        web.actor(), work_id, type_id=form.type.data, title=form.title.data or "",
        weight=form.weight.data, version=form.expected,
    )  # fmt: skip
    return web.go("journal.lesson", lesson_id=lesson_id)


@journal.post("/lesson/<int:lesson_id>/works/<int:work_id>/remove")
@access.requires("journal.homework.edit")
def remove_work(lesson_id: int, work_id: int) -> Response:
    """Take an empty column away."""
    del lesson_id
    return web.go("journal.lesson", lesson_id=services.remove_assignment(web.actor(), work_id))


def _work_form(lesson_id: int) -> forms.WorkForm:
    card = queries.card(web.actor(), lesson_id)
    form = forms.WorkForm()
    form.type.choices = [(one["id"], one["name"]) for one in card.types]
    return form


def _flash_errors(form: forms.WorkForm) -> None:
    for texts in form.messages().values():
        for text in texts:
            flash(text, "error")


# --- the day, history --------------------------------------------------------------------------


@journal.get("/today")
@access.requires("journal.view")
def today() -> Response:
    """The lessons of a day: ``?date=``, today by default."""
    who = web.actor()
    text = request.args.get("date", "")
    try:
        date = dt.date.fromisoformat(text) if text else clock.today()
    except ValueError as error:
        raise NotThere(_("There is no such day.")) from error
    if not 2000 <= date.year <= 2099:
        raise NotThere(_("There is no such day."))
    return web.render(
        "journal/today.html", date=date, lessons=queries.day_of_teacher(who, date),
        unfilled=queries.unfilled(who), before=date - dt.timedelta(days=1),
        after=date + dt.timedelta(days=1),
    )  # fmt: skip


@journal.get("/cell/<int:lesson_id>/<int:work>/<int:pupil>")
@access.requires("journal.history.view")
def history(lesson_id: int, work: int, pupil: int) -> Response:
    """All values of one cell."""
    found = queries.history(web.actor(), lesson_id, work, pupil)
    return web.render("journal/history.html", **found)
