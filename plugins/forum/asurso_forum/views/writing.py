"""Writing: topics, messages, reactions, votes, reports."""

from __future__ import annotations

from flask import Response, flash, request

from asurso_core import access, web
from asurso_core.actors import new_operation
from asurso_core.errors import Conflict, Invalid, Refused
from asurso_core.i18n import gettext as _
from asurso_forum import forms, queries, services
from asurso_forum.services.topics import NewPoll
from asurso_forum.views.blueprint import forum, to_message
from asurso_forum.views.reading import topic_page


@forum.route("/section/<int:section_id>/new", methods=["GET", "POST"])
@access.requires("forum.message.write")
def new_topic(section_id: int) -> Response:
    """Open a topic, perhaps with a poll."""
    who = web.actor()
    page = queries.topics(who, section_id, 1)
    if not page.may_write:
        raise Refused(_("You can read this section, but not write in it."))
    form = forms.NewTopicForm()
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                made = services.open_topic(
                    who, section_id, form.title.data, form.text.data, poll=_poll(form),
                    operation=form.op.data or None,
                )  # fmt: skip
            except Invalid as refusal:
                form.blame(refusal)
            except Refused as refusal:
                form.form_errors.append(refusal.message)
            else:
                return web.go("forum.topic", topic_id=made.id)
    else:
        form.op.data = new_operation()[:24]
    return web.render("forum/new_topic.html", status, section=page.section, form=form)


def _poll(form: forms.NewTopicForm) -> NewPoll | None:
    if not form.question.data and not form.options.data:
        return None
    if not form.question.data:
        raise Invalid(fields={"question": [_("Write what the poll asks.")]})
    return NewPoll(
        question=form.question.data, options=(form.options.data or "").splitlines(),
        multiple=bool(form.multiple.data), ends=form.ends.data,
    )  # fmt: skip


@forum.post("/topic/<int:topic_id>/write")
@access.requires("forum.message.write")
def write(topic_id: int) -> Response:
    """Add a message."""
    form = forms.MessageForm()
    if form.validate():
        try:
            made = services.write(
                web.actor(),
                topic_id,
                form.text.data,
                image=form.image.data or None,
                operation=form.op.data or None,
            )
        except Invalid as refusal:
            form.blame(refusal)
        except Refused as refusal:
            form.form_errors.append(refusal.message)
        else:
            if made.state == "waiting":
                flash(_("The message is kept. It will be shown when a moderator has read it."))
            return to_message(made.topic_id, made.number)
    # The last page, where the reply stands; what was typed stays.
    return topic_page(topic_id, 10_000, form, 422)


@forum.route("/message/<int:message_id>/edit", methods=["GET", "POST"])
@access.requires("forum.message.write")
def edit(message_id: int) -> Response:
    """Change one's own message."""
    who = web.actor()
    found = services.own_message(who, message_id)
    form = forms.EditForm(text=found.text, version=found.version)
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                services.edit(who, message_id, form.text.data, version=form.expected)
            except Invalid as refusal:
                form.blame(refusal)
            except Conflict as refusal:
                form.form_errors.append(refusal.message)
                status = 409
            else:
                return to_message(found.topic_id, found.number)
    return web.render("forum/edit.html", status, message=found, form=form)


@forum.route("/message/<int:message_id>/delete", methods=["GET", "POST"])
@access.requires("forum.message.write")
def delete(message_id: int) -> Response:
    """Delete one's own fresh message, or any as a moderator."""
    who = web.actor()
    found = queries.message_for_deed(who, message_id)
    form = forms.ReasonForm()
    if request.method == "POST" and form.validate():
        services.delete(who, message_id, form.reason.data or "")
        flash(_("The message is deleted."), "success")
        return to_message(found.topic_id, found.number)
    if not access.can(who, "forum.moderate", found):
        services.own_message(who, message_id)
    return web.render(
        "forum/deed.html", 422 if form.errors else 200, message=found, form=form,
        title=_("Delete the message"), button=_("Delete"), about="",
    )  # fmt: skip


@forum.route("/message/<int:message_id>/report", methods=["GET", "POST"])
@access.requires("forum.view")
def report(message_id: int) -> Response:
    """Ask a moderator to look at a message."""
    who = web.actor()
    found = queries.message(who, message_id)
    form = forms.ReportForm()
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            services.report(who, message_id, form.reason.data, form.note.data or "")
            flash(_("Thank you. A moderator will look at the message."), "success")
            return to_message(found.topic_id, found.number)
    return web.render("forum/report.html", status, message=found, form=form)


@forum.post("/message/<int:message_id>/react")
@access.requires("forum.message.write")
def react(message_id: int) -> Response:
    """Put a reaction, or take it back."""
    found = services.react(web.actor(), message_id, request.form.get("kind", ""))
    return to_message(found.topic_id, found.number)


@forum.post("/topic/<int:topic_id>/vote")
@access.requires("forum.message.write")
def vote(topic_id: int) -> Response:
    """Vote in the poll of a topic."""
    chosen = request.form.getlist("option")[:50]
    ids = [int(one) for one in chosen if one.isascii() and one.isdecimal() and len(one) < 10]
    services.vote(web.actor(), topic_id, ids)
    flash(_("Your vote is counted."), "success")
    return web.go("forum.topic", topic_id=topic_id)
