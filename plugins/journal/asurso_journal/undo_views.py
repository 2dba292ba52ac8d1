"""Own acts in a journal, to be taken back one by one."""

from __future__ import annotations

from flask import Response, flash, jsonify, request

from asurso_core import access, web
from asurso_core.errors import Refused
from asurso_core.i18n import gettext as _
from asurso_journal import services, undo_rows
from asurso_journal.views import journal


@journal.get("/<int:group>/acts")
@access.requires("journal.mark.edit")
def own_acts(group: int) -> Response:
    """The reader's last hundred acts in a journal."""
    return web.render("journal/acts.html", **undo_rows.acts_page(web.actor(), group))


@journal.post("/<int:group>/undo")
@access.requires("journal.mark.edit")
def undo(group: int) -> Response:
    """Take an act back: the named one by a form, the last one by the script of the grid."""
    who = web.actor()
    if request.is_json:
        try:
            return jsonify(results=[services.undo(who, group)])
        except Refused as refusal:  # nothing is left: that is no failure
            return jsonify(results=[], message=refusal.message)
    act = web.integer("act", request.form)
    try:
        answer = services.undo(who, group, act)
    except Refused as refusal:
        flash(refusal.message, "warning")
    else:
        if answer["state"] == "saved":
            flash(
                _("Taken back. Stands there now: %(value)s", value=answer["value"] or "—"),
                "success",
            )
        else:
            flash(answer["message"], "warning")
    return web.go("journal.own_acts", group=group)
