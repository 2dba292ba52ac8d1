"""Pages of the diary."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

from flask import Blueprint, Response, flash, render_template, request
from markupsafe import Markup

from asurso_core import access, clock, files, plugins, web
from asurso_core.errors import Conflict, Invalid, NotThere, Refused
from asurso_core.i18n import gettext as _
from asurso_diary import forms, lines, queries
from asurso_diary.hookspecs import Section
from asurso_journal.api import (
    ANSWER_FILES,
    MARK_VIEW,
    NOTE,
    NOTE_FILES,
    finals_of_pupil,
    hand_in,
    notes_of_pupil,
    pupil_task,
    read_comments,
    scale,
    send_note,
    shown,
    withdraw_note,
)

diary = Blueprint("diary", __name__)


@diary.context_processor
def _words() -> dict[str, Any]:
    """What templates need beside their data: the addresses of files."""
    return {"file_url": files.url}


@diary.get("/")
@access.requires("diary.view")
def index() -> Response:
    """One's own diary or the first child's; staff choose a pupil."""
    who = web.actor()
    children = queries.children(who)
    if children:
        return web.go("diary.week", pupil=children[0].id, day=clock.today().isoformat())
    if who.side == "family":
        return web.render("diary/nobody.html", barred=queries.is_barred(who))
    return web.render("diary/choose.html", classes=queries.readable_classes(who))


@diary.get("/<int:pupil>/week/<day>")
@access.requires("diary.view")
def week(pupil: int, day: str) -> Response:
    """The week of one pupil that a day belongs to."""
    who = web.actor()
    children = queries.children(who)
    child = queries.pupil(who, pupil, children)
    found = queries.week(who, child, _day(day))
    return web.render(
        "diary/week.html",
        child=child,
        children=children,
        week=found,
        lessons=lines.lessons,
        before=(found.monday - dt.timedelta(days=7)).isoformat(),
        after=(found.monday + dt.timedelta(days=7)).isoformat(),
        now=clock.today().isoformat(),
        may_read=who.side == "family"
        and any(
            mark["comment"]
            for one in found.days
            for lesson in one["lessons"]
            for mark in lesson["marks"]
        ),
        sections=_sections(queries.sections(who, child, found.monday)),
    )


def _sections(found: list[tuple[str, Section]]) -> list[dict[str, Any]]:
    """Headings and ready text; a section whose template fails is left out and told."""
    made = []
    for plugin, section in found:
        text = plugins.current().contained(
            plugin, "diary_sections", functools.partial(render_template, section.template),
            {"data": section.data},
        )  # fmt: skip
        if text is not None:
            made.append({"title": section.title, "text": Markup(text)})  # noqa: S704 - escaped there
    return made


@diary.get("/<int:pupil>/periods", defaults={"period": None})
@diary.get("/<int:pupil>/periods/<int:period>")
@access.requires("diary.view")
def periods(pupil: int, period: int | None) -> Response:
    """Marks and averages of one pupil by subject in a period."""
    who = web.actor()
    children = queries.children(who)
    child = queries.pupil(who, pupil, children)
    place = queries.place_of(child.id, clock.today())
    span = None
    lines = []
    if place is not None:
        span = _span(place, period)
    if place is not None and span is not None:
        lines = queries.period(who, child, place, span)
    return web.render(
        "diary/periods.html",
        child=child,
        children=children,
        place=place,
        span=span,
        lines=lines,
        letter=who.holds(MARK_VIEW),
        now=clock.today().isoformat(),
    )


@diary.get("/<int:pupil>/what-if/<int:period>/<int:subject_id>")
@access.requires("diary.view")
def what_if(pupil: int, period: int, subject_id: int) -> Response:
    """What a period mark would be with marks that are only imagined: ``?mark=5&work=1&…``."""
    who = web.actor()
    children = queries.children(who)
    child = queries.pupil(who, pupil, children)
    place = queries.place_of(child.id, clock.today())
    span = _span(place, period) if place else None
    if span is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    rows = _imagined()
    found = queries.what_if(who, child, span, subject_id, rows)
    return web.render(
        "diary/what_if.html", child=child, children=children, span=span, found=found,
        rows=[*rows, *([("", 0)] * queries.MOST_IMAGINED)][: queries.MOST_IMAGINED],
        shown=shown, now=clock.today().isoformat(), scale=scale(),
    )  # fmt: skip


def _imagined() -> list[tuple[str, int]]:
    """The lines of the form that hold a mark; whatever is no number of a work is no work."""
    works = request.args.getlist("work")
    marks = request.args.getlist("mark")
    if len(marks) != len(works) or len(marks) > queries.MOST_IMAGINED:
        raise Invalid(_("Choose marks and kinds of works from the lists."))
    return [
        (mark, int(work) if work.isascii() and work.isdecimal() and len(work) < 10 else 0)
        for mark, work in zip(marks, works, strict=True)
        if mark
    ]


@diary.get("/<int:pupil>/finals")
@access.requires("diary.view")
def finals(pupil: int) -> Response:
    """Period, year, exam and final marks of one pupil by subject."""
    who = web.actor()
    children = queries.children(who)
    child = queries.pupil(who, pupil, children)
    place = queries.place_of(child.id, clock.today())
    found = None
    if place is not None:
        found = finals_of_pupil(who, child.id, place.year_id)
    return web.render(
        "diary/finals.html", child=child, children=children, place=place, found=found,
        now=clock.today().isoformat(), scale=scale(place.year_id if place else None),
    )  # fmt: skip


@diary.get("/<int:pupil>/absences")
@access.requires("diary.view")
def absences(pupil: int) -> Response:
    """Lessons that the child missed, and the way to tell the class teacher."""
    return _absences(pupil)


def _absences(pupil: int, form: forms.NoteForm | None = None, status: int = 200) -> Response:
    who = web.actor()
    children = queries.children(who)
    child = queries.pupil(who, pupil, children)
    place = queries.place_of(child.id, clock.today())
    if form is None:
        form = forms.NoteForm(
            formdata=None, data={"starts": clock.today(), "ends": clock.today()}
        )  # fmt: skip
    return web.render(
        "diary/absences.html", status, child=child, children=children, place=place,
        found=queries.absences(who, child, place) if place is not None else None,
        notes=notes_of_pupil(who, child.id), form=form, now=clock.today().isoformat(),
        may_send=who.side == "family" and who.holds(NOTE),
    )  # fmt: skip


@diary.post("/<int:pupil>/absences")
@access.requires("journal.absence.send")
def tell_absence(pupil: int) -> Response:
    """Tell the class teacher that the child is absent."""
    who = web.actor()
    child = queries.pupil(who, pupil, queries.children(who))
    form = forms.NoteForm()
    if form.validate():
        try:
            upload = files.receive(NOTE_FILES, form.file.data) if form.has_file else None
            send_note(
                who, child.id, starts=form.starts.data, ends=form.ends.data or form.starts.data,
                reason=form.reason.data or "", upload=upload,
            )  # fmt: skip
        except Invalid as error:
            form.blame(error)
        else:
            flash(_("The note is sent to the class teacher."), "success")
            return web.go("diary.absences", pupil=child.id)
    return _absences(pupil, form, 422)


@diary.post("/<int:pupil>/absences/<int:note_id>/withdraw")
@access.requires("journal.absence.send")
def withdraw(pupil: int, note_id: int) -> Response:
    """Take a note back while nobody has answered it."""
    who = web.actor()
    child = queries.pupil(who, pupil, queries.children(who))
    withdraw_note(who, child.id, note_id)
    flash(_("The note is taken back."), "success")
    return web.go("diary.absences", pupil=child.id)


@diary.get("/<int:pupil>/task/<int:task_id>")
@access.requires("diary.view")
def task(pupil: int, task_id: int) -> Response:
    """A homework with its files, and the answer of the pupil."""
    return _task(pupil, task_id)


def _task(
    pupil: int, task_id: int, form: forms.AnswerForm | None = None, status: int = 200
) -> Response:
    who = web.actor()
    children = queries.children(who)
    child = queries.pupil(who, pupil, children)
    return web.render(
        "diary/task.html", status, child=child, children=children,
        found=pupil_task(who, child.id, task_id), now=clock.today().isoformat(),
        form=form or forms.AnswerForm(formdata=None), scale=scale(),
    )  # fmt: skip


@diary.post("/<int:pupil>/task/<int:task_id>")
@access.requires("journal.answer.send")
def answer(pupil: int, task_id: int) -> Response:
    """Hand in one's own answer."""
    who = web.actor()
    child = queries.pupil(who, pupil, queries.children(who))
    if child.id != who.person_id:
        raise NotThere(_("There is no such page, or it is not open to you."))
    form, status = forms.AnswerForm(), 422
    if form.validate():
        try:
            hand_in(who, task_id, text=form.text.data or "", uploads=form.uploads(ANSWER_FILES))
        except (Invalid, Conflict, Refused) as error:
            form.blame(error)
            status = {Conflict: 409, Refused: 403}.get(type(error), 422)
        else:
            flash(_("The answer is handed in."), "success")
            return web.go("diary.task", pupil=child.id, task_id=task_id)
    return _task(pupil, task_id, form, status)


@diary.post("/<int:pupil>/week/<day>/read")
@access.requires("diary.view")
def comments_read(pupil: int, day: str) -> Response:
    """The comments of this week were read."""
    who = web.actor()
    child = queries.pupil(who, pupil, queries.children(who))
    on = _day(day)
    monday = on - dt.timedelta(days=on.weekday())
    read_comments(who, child.id, monday, monday + dt.timedelta(days=6))
    flash(_("The teachers see that the comments were read."), "success")
    return web.go("diary.week", pupil=child.id, day=day)


def _span(place: queries.Place, wanted: int | None) -> queries.Span | None:
    if wanted is None:
        return place.span_at(clock.today())
    for span in place.spans:
        if span.id == wanted:
            return span
    raise NotThere(_("There is no such page, or it is not open to you."))


def _day(text: str) -> dt.date:
    try:
        found = dt.date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        found = None
    if found is None or not 2000 <= found.year <= 2099:
        raise NotThere(_("There is no such page, or it is not open to you."))
    return found
