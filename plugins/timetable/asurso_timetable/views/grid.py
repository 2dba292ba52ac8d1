"""The editor of the weekly grid."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, request, url_for
from werkzeug.datastructures import MultiDict

from asurso_core import access
from asurso_core.errors import Conflict, Invalid
from asurso_core.i18n import gettext as _
from asurso_core.web import actor, go, render
from asurso_timetable import forms
from asurso_timetable.queries import grid as queries
from asurso_timetable.services import grid as services
from asurso_timetable.views.blueprint import plain_json, timetable


@timetable.get("/grids")
@access.requires("timetable.edit")
def grids() -> Any:
    """Grids of the year, and what should be made again."""
    return render("timetable/grids.html", found=queries.grids(actor()), form=_grid_form())


def _grid_form() -> forms.GridForm:
    form = forms.GridForm()
    form.copy_of.offer([(one.id, one.title) for one in queries.grids(actor()).grids])
    return form


@timetable.route("/grids/new", methods=["GET", "POST"])
@access.requires("timetable.edit")
def new_grid() -> Any:
    """A grid from a day, empty or as a copy."""
    found = queries.grids(actor())
    form = forms.GridForm()
    form.copy_of.offer([(one.id, one.title) for one in found.grids], _("An empty grid"))
    if request.method == "GET" and found.present:
        form.copy_of.data = found.present
    if found.year is not None and form.validate_on_submit():
        try:
            services.create_grid(
                actor(), found.year.id, form.title.data, form.since.data, copy_of=form.copy_of.data
            )
        except Invalid as error:
            forms.tell(form, error)
        else:
            return go("timetable.grids")
    return render("timetable/grid_new.html", 422 if form.errors else 200, form=form, found=found)


@timetable.post("/grids/<int:grid_id>/delete")
@access.requires("timetable.edit")
def delete_grid(grid_id: int) -> Any:
    """Throw a grid away."""
    services.delete_grid(actor(), grid_id)
    flash(_("The grid was deleted."))
    return go("timetable.grids")


@timetable.get("/grids/<int:grid_id>/class/<int:class_id>")
@access.requires("timetable.edit")
def editor(grid_id: int, class_id: int) -> Any:
    """The whole week of a class in one table."""
    return render("timetable/editor.html", editor=queries.editor(actor(), grid_id, class_id))


@timetable.route("/grids/<int:grid_id>/class/<int:class_id>/new", methods=["GET", "POST"])
@access.requires("timetable.edit")
def new_entry(grid_id: int, class_id: int) -> Any:
    """A new weekly lesson, by a form."""
    found = queries.editor(actor(), grid_id, class_id)
    form = forms.NewEntryForm(request.args if request.method == "GET" else None)
    form.group.offer(queries.group_choices(class_id))
    form.teacher.offer(queries.sorted_teachers(), _("The teacher of the group"))
    form.room.offer(queries.room_choices(), _("No room"))
    if form.validate_on_submit():
        teacher = services.ANY if form.teacher.data is None else form.teacher.data
        try:
            services.place(
                actor(), grid_id, class_id, group_id=form.group.data, weekday=form.weekday.data,
                number=form.number.data or 0, parity=form.parity.data, teacher_id=teacher,
                room_id=form.room.data,
            )  # fmt: skip
        except Invalid as error:
            forms.tell(form, error)
        else:
            return go("timetable.editor", grid_id=grid_id, class_id=class_id)
    status = 422 if form.errors else 200
    return render("timetable/entry.html", status, form=form, editor=found, entry=None)


@timetable.post("/grids/<int:grid_id>/class/<int:class_id>/place")
@access.requires("timetable.edit")
def place(grid_id: int, class_id: int) -> Any:
    """Put a group or an already placed lesson into a cell; for the script of the editor."""
    data = plain_json()
    form = forms.PlaceForm(MultiDict({"parity": "0", **data}), meta={"csrf": False})
    ids = {name: _id(data.get(name)) for name in ("entry", "group")}
    if not form.validate() or not (ids["entry"] or ids["group"]):
        raise Invalid(_("Choose a lesson and a place for it."), form.messages())
    if ids["entry"]:
        services.move(
            actor(), ids["entry"], weekday=form.weekday.data, number=form.number.data or 0
        )
    else:
        services.place(
            actor(), grid_id, class_id, group_id=ids["group"], weekday=form.weekday.data,
            number=form.number.data or 0, parity=form.parity.data,
        )  # fmt: skip
    return jsonify(url=url_for("timetable.editor", grid_id=grid_id, class_id=class_id))


def _id(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


@timetable.route(
    "/grids/<int:grid_id>/class/<int:class_id>/entry/<int:entry_id>", methods=["GET", "POST"]
)
@access.requires("timetable.edit")
def entry(grid_id: int, class_id: int, entry_id: int) -> Any:
    """Move a weekly lesson, or give it another teacher, room or parity."""
    found = queries.editor(actor(), grid_id, class_id)
    row = queries.entry_of(actor(), entry_id)
    form = forms.EntryForm(
        data={
            "weekday": row.weekday, "number": row.number, "parity": row.parity,
            "teacher": row.teacher_id, "room": row.room_id,
        }
    )  # fmt: skip
    form.teacher.offer(queries.sorted_teachers(), _("Nobody yet"))
    form.room.offer(queries.room_choices(), _("No room"))
    if form.validate_on_submit():
        try:
            services.move(
                actor(), entry_id, weekday=form.weekday.data, number=form.number.data or 0,
                parity=form.parity.data, teacher_id=form.teacher.data, room_id=form.room.data,
            )  # fmt: skip
        except Invalid as error:
            forms.tell(form, error)
        else:
            return go("timetable.editor", grid_id=grid_id, class_id=class_id)
    status = 422 if form.errors else 200
    return render("timetable/entry.html", status, form=form, editor=found, entry=row)


@timetable.post("/grids/<int:grid_id>/class/<int:class_id>/entry/<int:entry_id>/remove")
@access.requires("timetable.edit")
def remove_entry(grid_id: int, class_id: int, entry_id: int) -> Any:
    """Take a lesson out of the week."""
    services.remove(actor(), entry_id)
    return go("timetable.editor", grid_id=grid_id, class_id=class_id)


@timetable.post("/grids/<int:grid_id>/class/<int:class_id>/undo")
@access.requires("timetable.edit")
def undo(grid_id: int, class_id: int) -> Any:
    """Take back one's last act in this grid."""
    try:
        services.undo(actor(), grid_id)
    except (Invalid, Conflict) as error:
        flash(error.message, "danger")
    return go("timetable.editor", grid_id=grid_id, class_id=class_id)
