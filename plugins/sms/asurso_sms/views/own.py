"""One's own number: asked for, confirmed by a code, the consent, and its end."""

from __future__ import annotations

from typing import Any

from flask import Response, flash

from asurso_core import access, web
from asurso_core.errors import AsursoError
from asurso_core.i18n import gettext as _
from asurso_sms import forms, numbers, queries
from asurso_sms.services import phones
from asurso_sms.views.blueprint import sms


@sms.get("/phone")
@access.requires("sms.own_phone.edit")
def phone() -> Response:
    """The number as it stands, and the next step."""
    return _page()


@sms.post("/phone")
@access.requires("sms.own_phone.edit")
def ask() -> Response:
    """Have a code sent to a number."""
    form = forms.NumberForm()
    status = 422
    if form.validate_on_submit():
        try:
            phones.ask(web.actor(), form.number.data or "")
        except AsursoError as refusal:
            form.blame(refusal)
            status = refusal.status
        else:
            flash(_("The code is on its way. It comes within a minute or two."), "success")
            return web.go("sms.phone")
    return _page(status, number_form=form)


@sms.post("/phone/code")
@access.requires("sms.own_phone.edit")
def confirm() -> Response:
    """Enter the code."""
    form = forms.CodeForm()
    status = 422
    if form.validate_on_submit():
        try:
            phones.confirm(web.actor(), form.code.data or "")
        except AsursoError as refusal:
            form.blame(refusal)
            status = refusal.status
        else:
            flash(_("The number is confirmed."), "success")
            return web.go("sms.phone")
    return _page(status, code_form=form)


@sms.post("/phone/withdraw")
@access.requires("sms.own_phone.edit")
def withdraw() -> Response:
    """Withdraw the consent."""
    phones.withdraw(web.actor())
    flash(_("The consent is withdrawn: nothing is sent to you any more."), "success")
    return web.go("sms.phone")


@sms.post("/phone/consent")
@access.requires("sms.own_phone.edit")
def consent() -> Response:
    """Give the consent again, or go on after СТОП."""
    phones.consent(web.actor())
    flash(_("Messages are sent to you again."), "success")
    return web.go("sms.phone")


@sms.post("/phone/release")
@access.requires("sms.own_phone.edit")
def release() -> Response:
    """Give one's own number up."""
    phones.release(web.actor())
    flash(_("The number is forgotten."), "success")
    return web.go("sms.phone")


def _page(status: int = 200, **given: Any) -> Response:
    forms_here = {
        "number_form": forms.NumberForm(formdata=None), "code_form": forms.CodeForm(formdata=None)
    }  # fmt: skip
    return web.render(
        "sms/phone.html",
        status,
        own=queries.own_phone(web.actor()),
        consent=phones.CONSENT,
        told=numbers.told,
        **{**forms_here, **given},
    )
