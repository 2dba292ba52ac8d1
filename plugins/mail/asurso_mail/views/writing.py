"""Writing letters: a page that keeps what is typed on the server."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response, flash, jsonify, request, url_for

from asurso_core import access, clock, web
from asurso_core.actors import Actor, new_operation
from asurso_core.errors import Conflict, Invalid, NotThere, Refused
from asurso_core.i18n import gettext as _
from asurso_core.i18n import ngettext
from asurso_mail import forms, policy, queries, services
from asurso_mail.views.blueprint import mail, numbers


def _typed(form: forms.LetterForm, copy_id: int | None = None) -> services.Letter:
    return services.Letter(
        kind=form.kind.data or "letter", to=form.to.data, keys=form.keys.data,
        outside=form.outside.data, subject=form.subject.data or "", text=form.text.data or "",
        answers=forms.number(form.answers), forwards=forms.number(form.forwards),
        draft=copy_id or forms.number(form.draft), version=form.expected, op=form.op.data or "",
    )  # fmt: skip


def _form_of(draft: queries.Draft) -> forms.LetterForm:
    return forms.LetterForm(
        formdata=None, kind=draft.kind, to=draft.to, keys=draft.keys, outside=draft.outside,
        subject=draft.subject, text=draft.text, answers=draft.answers or "",
        forwards=draft.forwards or "", draft=draft.copy_id or "", version=draft.version,
        op=new_operation()[:24],
    )  # fmt: skip


def _page(
    form: forms.LetterForm,
    files: list[queries.File],
    status: int = 200,
    confirm: services.Confirm | None = None,
    other: queries.Draft | None = None,
) -> Response:
    """The page of writing, with whatever was typed."""
    who = web.actor()
    broadcast = form.kind.data == "broadcast"
    if broadcast:
        access.require_any(who, "mail.broadcast")
    return web.render(
        "mail/write.html", status, form=form, files=files, broadcast=broadcast,
        contacts=[] if broadcast
        else queries.contacts(who, form.to.data, forms.number(form.answers)),
        choices=queries.broadcast_choices(who) if broadcast else [],
        may_outside=not broadcast and queries.may_send_outside(who), confirm=confirm, other=other,
        draft_id=forms.number(form.draft), most_files=policy.MOST_FILES,
        letter_mb=policy.rule("letter_mb"),
    )  # fmt: skip


@mail.route("/write", methods=["GET", "POST"])
@access.requires("mail.use")
def write() -> Response:
    """A new letter; ``?answer=``, ``?forward=``, ``?to=`` and ``?kind=broadcast`` say of what."""
    who = web.actor()
    if request.method == "POST":
        return _deed(who, None)
    draft = _begun(who)
    if draft.left_out:
        flash(
            ngettext(
                "%(num)s recipient is left out: you may not write to this person.",
                "%(num)s recipients are left out: you may not write to them.",
                draft.left_out,
            )
        )
    return _page(_form_of(draft), draft.files)


def _begun(who: Actor) -> queries.Draft:
    for name, begin in (("answer", queries.answer), ("forward", queries.forward)):
        if name in request.args:
            copy_id = web.integer(name)
            if name == "answer":
                return queries.answer(who, copy_id, request.args.get("all") == "1")
            return begin(who, copy_id)
    if request.args.get("kind") == "broadcast":
        return queries.Draft(kind="broadcast", keys=request.args.getlist("key")[:50])
    return queries.Draft(to=request.args.getlist("to")[:100])


@mail.route("/draft/<int:copy_id>", methods=["GET", "POST"])
@access.requires("mail.use")
def draft(copy_id: int) -> Response:
    """A letter that was begun before."""
    who = web.actor()
    if request.method == "POST":
        return _deed(who, copy_id)
    found = queries.draft(who, copy_id)
    return _page(_form_of(found), found.files)


@mail.post("/draft/save")
@access.requires("mail.use")
def autosave() -> Response:
    """Keep what was typed so far: told by the page's script every few seconds and at leaving."""
    form = forms.LetterForm()
    if not form.validate():
        raise Invalid(_("The draft is not saved: look at what is wrong."), form.messages())
    copy = services.save_draft(web.actor(), _typed(form))
    return jsonify(
        ok=True, draft=copy.id, version=copy.message.version,
        url=url_for("mail.draft", copy_id=copy.id),
        told=_("Draft saved at %(time)s", time=clock.local().strftime("%H:%M")),
    )  # fmt: skip


@mail.post("/draft/<int:copy_id>/discard")
@access.requires("mail.use")
def discard(copy_id: int) -> Response:
    """Throw a draft away."""
    services.discard(web.actor(), copy_id)
    flash(_("The draft is deleted."), "success")
    return web.go("mail.box", box="drafts")


def _deed(who: Actor, copy_id: int | None) -> Response:
    """What the pressed button says: send, save, hang files on it, choose people."""
    form = forms.LetterForm()
    deed = request.form.get("do", "save")
    letter = _typed(form, copy_id)
    fits = form.validate()
    form.draft.data = letter.draft or ""
    if not fits:
        return _page(form, _files(who, letter), 422)
    uploads = [one for one in form.file.data or [] if getattr(one, "filename", "")]
    try:
        if deed != "send" or uploads:
            letter = _kept(who, letter, uploads)
        if deed == "send":
            return _sent(who, letter, form)
        return _after(who, deed, letter)
    except services.Confirm as question:
        _renew(form, letter)
        form.confirmed.data = question.count
        return _page(form, _files(who, letter), 200, question)
    except Invalid as refusal:
        _renew(form, letter)
        form.blame(refusal)
        return _page(form, _files(who, letter), 422)
    except Conflict as refusal:
        form.form_errors.append(refusal.message)
        return _second(who, letter, form)


def _second(who: Actor, letter: services.Letter, form: forms.LetterForm) -> Response:
    """Another tab was first: what was typed here stays, what it says there is shown beside it."""
    try:
        other = queries.draft(who, letter.draft or 0)
    except NotThere:
        # It was sent or thrown away there: what is typed here becomes a letter of its own.
        form.draft.data, form.op.data = "", new_operation()[:24]
        return _page(form, [], 409)
    form.version.data = other.version
    return _page(form, other.files, 409, other=other)


def _kept(who: Actor, letter: services.Letter, uploads: list[Any]) -> services.Letter:
    """The letter as a draft with its files, so that nothing is lost whatever comes next."""
    copy = services.save_draft(who, letter)
    letter = replace(letter, draft=copy.id, version=copy.message.version, forwards=None)
    if uploads:
        services.add_files(who, copy.id, uploads)
    return letter


def _renew(form: forms.LetterForm, letter: services.Letter) -> None:
    """The page goes on with the draft as it is now."""
    form.draft.data = letter.draft or ""
    form.version.data = letter.version
    if letter.draft:
        form.forwards.data = ""


def _sent(who: Actor, letter: services.Letter, form: forms.LetterForm) -> Response:
    try:
        copy = services.send(who, letter, confirmed=forms.number(form.confirmed))
    except Refused as refusal:
        # Nothing of what was typed is lost: it waits among the drafts.
        copy = services.save_draft(who, letter)
        flash(refusal.message, "warning")
        return web.go("mail.draft", copy_id=copy.id)
    flash(_("The letter is sent."), "success")
    return web.go("mail.letter", copy_id=copy.id)


def _after(who: Actor, deed: str, letter: services.Letter) -> Response:
    copy_id = letter.draft or 0
    if deed.startswith("drop:"):
        for file_id in numbers([deed.removeprefix("drop:")]):
            services.drop_file(who, copy_id, file_id)
    elif deed == "people":
        return web.go("mail.choose", copy_id=copy_id)
    elif deed == "save":
        flash(_("The draft is saved."), "success")
    return web.go("mail.draft", copy_id=copy_id)


def _files(who: Actor, letter: services.Letter) -> list[queries.File]:
    """Files of the draft, or those that will go along with a letter that is handed on."""
    if letter.draft:
        return queries.draft(who, letter.draft).files
    return queries.forward(who, letter.forwards).files if letter.forwards else []
