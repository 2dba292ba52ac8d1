"""What moderators see and decide."""

from __future__ import annotations

from flask import Response, flash, request

from asurso_core import access, web
from asurso_core.errors import Invalid
from asurso_core.i18n import gettext as _
from asurso_mail import forms, kinds, queries, services
from asurso_mail.views.blueprint import mail


@mail.get("/moderation")
@access.requires("mail.moderate")
def moderation() -> Response:
    """Letters that were reported, what was decided, who may not write."""
    who = web.actor()
    return web.render(
        "mail/moderation.html", cases=queries.cases(who),
        decided=queries.cases(who, decided=True), bans=queries.bans(who),
        decisions=kinds.DECISIONS,
    )  # fmt: skip


@mail.route("/moderation/<int:report_id>", methods=["GET", "POST"])
@access.requires("mail.moderate")
def case(report_id: int) -> Response:
    """One reported letter with the talk around it."""
    who = web.actor()
    found = queries.reported(who, report_id)
    form = forms.DecisionForm()
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                services.decide(
                    who, report_id, form.decision.data, form.words.data or "", form.days.data or 0
                )
            except Invalid as refusal:
                form.blame(refusal)
            else:
                flash(_("Decided."), "success")
                return web.go("mail.moderation")
    return web.render("mail/case.html", status, case=found, form=form, decisions=kinds.DECISIONS)


@mail.post("/bans/<int:ban_id>/lift")
@access.requires("mail.moderate")
def lift(ban_id: int) -> Response:
    """Give somebody the right to write back."""
    services.lift(web.actor(), ban_id)
    flash(_("The person may write again."), "success")
    return web.go("mail.moderation")
