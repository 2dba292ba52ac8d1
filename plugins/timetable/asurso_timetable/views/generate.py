"""Making dated lessons: preview, then apply."""

from __future__ import annotations

from typing import Any

from flask import flash, request

from asurso_core import access
from asurso_core.errors import Conflict, Invalid
from asurso_core.i18n import gettext as _
from asurso_core.web import actor, go, render
from asurso_timetable import forms
from asurso_timetable.queries import grid as grids
from asurso_timetable.queries import preview
from asurso_timetable.services import generate as services
from asurso_timetable.views.blueprint import timetable


@timetable.route("/generate", methods=["GET", "POST"])
@access.requires("timetable.edit")
def generate() -> Any:
    """Show what would change; a POST with the mark of what was shown does it."""
    found = grids.grids(actor())
    if found.year is None:
        return go("timetable.grids")
    sent = request.args if request.method == "GET" else request.form
    form = forms.SpanForm(sent if sent.get("start") or sent.get("end") else None)
    form.school_class.offer([(one.id, one.title) for one in found.classes], _("All classes"))
    if not form.is_submitted() and not sent:
        form.start.data, form.end.data = services.default_start(found.year), found.year.ends
    shown, status = None, 200
    if sent and form.validate():
        try:
            span = services.span_of(
                actor(), found.year.id, form.school_class.data, form.start.data, form.end.data
            )
            if request.method == "POST":
                made = services.generate(actor(), span, mark=form.mark.data)
                flash(_("Lessons added: %(added)s, removed: %(removed)s.",
                        added=len(made.add), removed=len(made.remove)), "success")  # fmt: skip
                return go("timetable.grids")
            shown = preview.of(services.plan(span))
        except (Invalid, Conflict) as error:
            status = error.status
            form.form_errors.append(error.message)
    status = 422 if form.errors and status == 200 else status
    return render("timetable/generate.html", status, form=form, found=found, shown=shown)
