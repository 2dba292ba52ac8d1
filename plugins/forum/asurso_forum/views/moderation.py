"""What moderators see and do."""

from __future__ import annotations

from flask import Response, flash, request

from asurso_core import access, web
from asurso_core.errors import Conflict, Invalid
from asurso_core.i18n import gettext as _
from asurso_forum import forms, queries, services
from asurso_forum.views.blueprint import forum, to_message


@forum.get("/moderation")
@access.requires("forum.moderate")
def moderation() -> Response:
    """Messages that were reported or wait to be shown."""
    found = queries.queue(web.actor(), 51)
    return web.render("forum/moderation.html", cases=found[:50], more=len(found) > 50)


@forum.route("/message/<int:message_id>/hide", methods=["GET", "POST"])
@access.requires("forum.moderate")
def hide(message_id: int) -> Response:
    """Take a message out of sight, with a reason."""
    who = web.actor()
    found = queries.message_for_deed(who, message_id)
    access.require(who, "forum.moderate", found, see="forum.view")
    form = forms.ReasonForm()
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                services.hide(who, message_id, form.reason.data or "")
            except Invalid as refusal:
                form.blame(refusal)
            else:
                flash(_("The message is hidden."), "success")
                return _after(found.topic_id, found.number)
    return web.render(
        "forum/deed.html", status, message=found, form=form, title=_("Hide the message"),
        button=_("Hide"), about=_("In its place everybody sees the reason. It can be shown again."),
    )  # fmt: skip


@forum.post("/message/<int:message_id>/restore")
@access.requires("forum.moderate")
def restore(message_id: int) -> Response:
    """Show a message; reports about it had no ground."""
    found = services.restore(web.actor(), message_id)
    flash(_("Everybody sees the message."), "success")
    return _after(found.topic_id, found.number)


def _after(topic_id: int, number: int) -> Response:
    """Back to the queue if the moderator came from it, else to the message."""
    if request.form.get("from") == "queue":
        return web.go("forum.moderation")
    return to_message(topic_id, number)


@forum.get("/message/<int:message_id>/history")
@access.requires("forum.moderate")
def history(message_id: int) -> Response:
    """What a message said before."""
    found, texts = queries.history(web.actor(), message_id)
    return web.render("forum/history.html", message=found, texts=texts)


@forum.route("/topic/<int:topic_id>/edit", methods=["GET", "POST"])
@access.requires("forum.moderate")
def edit_topic(topic_id: int) -> Response:
    """Rename, pin, close or move a topic."""
    who = web.actor()
    found = queries.topic(who, topic_id)
    access.require(who, "forum.moderate", found, see="forum.view")
    form = forms.TopicForm(
        title=found.title, pinned=found.pinned, closed=found.closed, section=found.section_id,
        version=found.version,
    )  # fmt: skip
    form.section.choices = forms.options(queries.movable_to(who, found))
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                services.change_topic(
                    who, topic_id, title=form.title.data, pinned=form.pinned.data,
                    closed=form.closed.data, section_id=form.section.data, version=form.expected,
                )  # fmt: skip
            except Invalid as refusal:
                form.blame(refusal)
            except Conflict as refusal:
                form.form_errors.append(refusal.message)
                status = 409
            else:
                flash(_("Saved."), "success")
                return web.go("forum.topic", topic_id=topic_id)
    return web.render(
        "forum/edit_topic.html", status, topic=found, form=form,
        reason=forms.ReasonForm(formdata=None),
    )  # fmt: skip


@forum.post("/topic/<int:topic_id>/delete")
@access.requires("forum.moderate")
def delete_topic(topic_id: int) -> Response:
    """Put a whole topic out of sight."""
    form = forms.ReasonForm()
    reason = form.reason.data or "" if form.validate() else ""
    found = services.delete_topic(web.actor(), topic_id, reason)
    flash(_("The topic is deleted."), "success")
    return web.go("forum.section", section_id=found.section_id)


@forum.post("/topic/<int:topic_id>/restore")
@access.requires("forum.moderate")
def restore_topic(topic_id: int) -> Response:
    """Bring a deleted topic back."""
    services.restore_topic(web.actor(), topic_id)
    flash(_("The topic is back."), "success")
    return web.go("forum.topic", topic_id=topic_id)
