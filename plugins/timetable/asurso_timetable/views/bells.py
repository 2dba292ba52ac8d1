"""Bells: schedules, their lessons, and which class lives by which."""

from __future__ import annotations

from typing import Any

from flask import flash, request
from wtforms.fields.choices import SelectChoice

from asurso_core import access, clock
from asurso_core.errors import Invalid
from asurso_core.i18n import gettext as _
from asurso_core.web import actor, go, render
from asurso_timetable import bells as shipped_bells
from asurso_timetable import forms
from asurso_timetable.queries import bells as queries
from asurso_timetable.services import bells as services
from asurso_timetable.views.blueprint import timetable


@timetable.get("/bells")
@access.requires("timetable.edit")
def bells() -> Any:
    """All schedules, and the classes that live by them."""
    return render("timetable/bells.html", schedules=queries.schedules(actor()))


@timetable.route("/bells/new", methods=["GET", "POST"])
@access.requires("timetable.edit")
def new_bells() -> Any:
    """A schedule: empty, a copy or a shipped set."""
    form = forms.NewBellsForm()
    form.source.choices = [
        SelectChoice("", _("Empty")),
        *(
            SelectChoice(f"copy-{id_}", title, optgroup=_("Copy"))
            for id_, title in queries.schedule_choices()
        ),
        *(
            SelectChoice(f"set-{one.code}", one.title, optgroup=_("Usual bells"))
            for one in shipped_bells.shipped().values()
        ),
    ]
    if form.validate_on_submit():
        kind, _dash, value = (form.source.data or "").partition("-")
        try:
            made = services.create(
                actor(),
                form.title.data,
                copy_of=int(value) if kind == "copy" else None,
                code=value if kind == "set" else None,
            )
        except Invalid as error:
            forms.tell(form, error)
        else:
            return go("timetable.edit_bells", schedule_id=made.id)
    return render("timetable/bells_new.html", 422 if form.errors else 200, form=form)


@timetable.route("/bells/<int:schedule_id>", methods=["GET", "POST"])
@access.requires("timetable.edit")
def edit_bells(schedule_id: int) -> Any:
    """Lessons of a schedule."""
    schedule, slots = queries.schedule_to_change(actor(), schedule_id)
    data: dict[str, Any] = {"title": schedule.title}
    for slot in slots:
        data |= {f"starts_{slot.number}": slot.starts, f"ends_{slot.number}": slot.ends}
    form = forms.BellsForm(data=data)
    if form.validate_on_submit():
        try:
            services.save(actor(), schedule_id, form.title.data, form.slots())
        except Invalid as error:
            forms.tell(form, error)
        else:
            flash(_("The bells are saved."), "success")
            return go("timetable.bells")
    status = 422 if form.errors else 200
    return render("timetable/bells_edit.html", status, form=form, schedule=schedule)


@timetable.post("/bells/<int:schedule_id>/archive")
@access.requires("timetable.edit")
def archive_bells(schedule_id: int) -> Any:
    """Put a schedule away, or take it out again."""
    services.archive(actor(), schedule_id, archived=request.form.get("archived") != "0")
    return go("timetable.bells")


@timetable.route("/bells/classes", methods=["GET", "POST"])
@access.requires("timetable.edit")
def class_bells() -> Any:
    """Which class lives by which bells, from date to date."""
    found = queries.bells_of_classes(actor())
    form = forms.AssignForm()
    form.schedule.offer(queries.schedule_choices())
    form.classes.choices = [
        SelectChoice(row.school_class.id, row.school_class.title) for row in found
    ]
    if request.method == "GET":
        form.since.data = clock.today()
    if form.validate_on_submit():
        try:
            services.assign(actor(), form.classes.data or [], form.schedule.data, form.since.data)
        except Invalid as error:
            forms.tell(form, error)
        else:
            flash(_("The bells are saved."), "success")
            return go("timetable.class_bells")
    return render("timetable/class_bells.html", 422 if form.errors else 200, form=form, found=found)
