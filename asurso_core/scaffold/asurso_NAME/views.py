"""Pages of the plugin; a view is: form, then query or service, then render."""

from __future__ import annotations

from asurso_core import access, web
from flask import Blueprint, Response

from asurso_@name@ import queries, services
from asurso_@name@.forms import NoteForm

pages = Blueprint("@name@", __name__)


@pages.get("/")
@access.requires("@name@.read")
def index() -> Response:
    """The newest notes, and the form for one more."""
    return _page(NoteForm())


@pages.post("/")
@access.requires("@name@.write")
def add() -> Response:
    """Write a note."""
    form = NoteForm()
    if not form.validate_on_submit():
        return _page(form, 422)
    services.add(web.actor(), form.text.data or "")
    return web.go("@name@.index")


@pages.post("/<int:note_id>/remove")
@access.requires("@name@.write")
def remove(note_id: int) -> Response:
    """Take a note away."""
    services.remove(web.actor(), note_id)
    return web.go("@name@.index")


def _page(form: NoteForm, status: int = 200) -> Response:
    who = web.actor()
    notes = queries.latest(who)
    return web.render(
        "@name@/index.html",
        status,
        form=form,
        notes=notes,
        removable=queries.removable(who, notes),
        may_write=who.holds("@name@.write"),
    )
