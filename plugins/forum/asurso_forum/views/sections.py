"""Sections in the administrator's hands."""

from __future__ import annotations

from flask import Response, flash, request

from asurso_core import access, web
from asurso_core.errors import Conflict, Invalid
from asurso_core.i18n import gettext as _
from asurso_forum import forms, queries, services
from asurso_forum.views.blueprint import forum


@forum.get("/sections")
@access.requires("forum.section.edit")
def sections() -> Response:
    """All sections, to change them."""
    return web.render("forum/sections.html", sections=queries.all_sections(web.actor()))


@forum.route("/sections/new", methods=["GET", "POST"])
@access.requires("forum.section.edit")
def new_section() -> Response:
    """Open a section."""
    return _form(None)


@forum.route("/sections/<int:section_id>", methods=["GET", "POST"])
@access.requires("forum.section.edit")
def edit_section(section_id: int) -> Response:
    """Change a section and who enters it."""
    return _form(section_id)


def _form(section_id: int | None) -> Response:
    who = web.actor()
    rights = queries.Rights()
    section = None
    if section_id is not None:
        section, rights = queries.section_to_edit(who, section_id)
    form = forms.SectionForm(
        obj=section, readers=rights.readers, writers=rights.writers, classes=rights.classes,
        moderators=rights.moderators,
    )  # fmt: skip
    offered = queries.choices(who, rights)
    form.readers.choices = form.writers.choices = forms.options(offered["roles"])
    form.classes.choices, form.moderators.choices = (
        forms.options(offered["classes"]),
        forms.options(offered["staff"]),
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                services.save_section(
                    who, section_id, title=form.title.data, about=form.about.data or "",
                    position=form.position.data or 0, archived=form.archived.data,
                    readers=form.readers.data, writers=form.writers.data,
                    classes=form.classes.data, moderators=form.moderators.data,
                    version=form.expected,
                )  # fmt: skip
            except Invalid as refusal:
                form.blame(refusal)
            except Conflict as refusal:
                form.form_errors.append(refusal.message)
                status = 409
            else:
                flash(_("Saved."), "success")
                return web.go("forum.sections")
    return web.render("forum/section_form.html", status, section=section, form=form)
