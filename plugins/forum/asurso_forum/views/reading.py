"""Reading: sections, topics, the search, and how far one has read."""

from __future__ import annotations

from flask import Response, flash, jsonify, request

from asurso_core import access, web
from asurso_core.actors import new_operation
from asurso_core.app import wants_json
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_forum import forms, queries, services
from asurso_forum.views.blueprint import forum, to_message


@forum.get("/")
@access.requires("forum.view")
def index() -> Response:
    """The sections that the reader may enter."""
    return web.render("forum/index.html", sections=queries.sections(web.actor()))


@forum.get("/section/<int:section_id>")
@access.requires("forum.view")
def section(section_id: int) -> Response:
    """Topics of a section."""
    found = queries.topics(web.actor(), section_id, web.page_number())
    return web.render("forum/section.html", page=found)


@forum.get("/topic/<int:topic_id>")
@access.requires("forum.view")
def topic(topic_id: int) -> Response:
    """A page of a topic; ``?page=`` or the first one."""
    return topic_page(topic_id, web.page_number())


def topic_page(
    topic_id: int, number: int, form: forms.MessageForm | None = None, status: int = 200
) -> Response:
    """The page of a topic, with a reply that could not be written."""
    page = queries.topic_page(web.actor(), topic_id, number)
    if form is None:
        form = forms.MessageForm(formdata=None, op=new_operation()[:24])
    return web.render("forum/topic.html", status, page=page, form=form)


@forum.get("/topic/<int:topic_id>/unread")
@access.requires("forum.view")
def unread(topic_id: int) -> Response:
    """To the first message that the reader has not seen, or to the last one."""
    page = queries.topic_page(web.actor(), topic_id, 1)
    return to_message(topic_id, max(1, min(page.read + 1, page.topic.last_open)))


@forum.get("/message/<int:message_id>")
@access.requires("forum.view")
def message(message_id: int) -> Response:
    """To a message in its topic."""
    found = queries.message(web.actor(), message_id)
    return to_message(found.topic_id, found.number)


@forum.get("/message/<int:message_id>/quote")
@access.requires("forum.view")
def quote(message_id: int) -> Response:
    """The text of a message as a quotation: for the script of the page, or as a page to answer."""
    found, text = queries.quotation(web.actor(), message_id)
    if wants_json():
        return jsonify(text=text)
    form = forms.MessageForm(formdata=None, op=new_operation()[:24], text=text)
    return web.render("forum/reply.html", topic=found.topic, form=form, draft=f"q{message_id}")


@forum.get("/topic/<int:topic_id>/people.json")
@access.requires("forum.view")
def people(topic_id: int) -> Response:
    """Names for a mention."""
    text = request.args.get("q", "").replace("\x00", "")
    response = jsonify(names=queries.people(web.actor(), topic_id, text))
    response.headers["Cache-Control"] = "no-store"
    return response


@forum.get("/search")
@access.requires("forum.view")
def search() -> Response:
    """Messages that hold all words, in any form."""
    text = request.args.get("q", "")[:100].replace("\x00", "")
    found = queries.search(web.actor(), text, 51) if text.strip() else []
    return web.render("forum/search.html", q=text, found=found[:50], more=len(found) > 50)


@forum.post("/topic/<int:topic_id>/read")
@access.requires("forum.view")
def read(topic_id: int) -> Response:
    """Remember how far the reader has come: told by the page's script, or by its button."""
    body = request.get_json(silent=True) if request.is_json else None
    number = body.get("number") if isinstance(body, dict) else request.form.get("number", "")
    text = str(number)
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise NotThere(_("There is no such page, or it is not open to you."))
    services.mark_read(web.actor(), topic_id, int(text))
    if wants_json():
        return jsonify(ok=True)
    return web.back("forum.topic", topic_id=topic_id)


@forum.post("/section/<int:section_id>/read")
@access.requires("forum.view")
def read_section(section_id: int) -> Response:
    """Everything in a section is read."""
    services.mark_section_read(web.actor(), section_id)
    return web.go("forum.section", section_id=section_id)


@forum.post("/topic/<int:topic_id>/subscribe")
@access.requires("forum.view")
def subscribe(topic_id: int) -> Response:
    """Follow a topic or stop following it."""
    followed = services.subscribe(web.actor(), topic_id)
    flash(_("You follow this topic.") if followed else _("You do not follow this topic any more."))
    return web.back("forum.topic", topic_id=topic_id)
