"""The own e-mail address for notices: asking for a link, opening it, ending it."""

from __future__ import annotations

from flask import Response, flash, request

from asurso_core import access, web
from asurso_core.errors import Refused
from asurso_core.i18n import gettext as _
from asurso_mail import queries, services
from asurso_mail.views.blueprint import mail


@mail.route("/email", methods=["GET", "POST"])
@access.signed_in
def email() -> Response:
    """The address of the own card, and whether notices may go there."""
    who = web.actor()
    if request.method == "POST":
        try:
            if request.form.get("do") == "withdraw":
                services.withdraw(who)
                flash(_("No more notices come by e-mail."), "success")
            else:
                services.ask(who)
                flash(_("A letter with a link is on its way."), "success")
        except Refused as refusal:
            flash(refusal.message, "warning")
        return web.go("mail.email")
    return web.render("mail/email.html", email=queries.email_of(who.person_id))


@mail.route("/email/<secret>", methods=["GET", "POST"])
@access.signed_in
def confirm(secret: str) -> Response:
    """The link of the letter: looking asks, the button confirms."""
    who = web.actor()
    if request.method == "POST":
        try:
            services.confirm(who, secret)
            flash(_("The address is confirmed. Choose what you want to hear of."), "success")
        except Refused as refusal:
            flash(refusal.message, "warning")
            return web.go("mail.email")
        return web.go("core_notices.own")
    return web.render("mail/confirm.html", row=queries.of_link(who, secret), secret=secret)
