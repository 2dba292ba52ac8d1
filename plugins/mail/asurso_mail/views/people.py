"""The address book."""

from __future__ import annotations

from flask import Response, jsonify, request

from asurso_core import access, web
from asurso_core.actors import Actor
from asurso_mail import queries, services
from asurso_mail.views.blueprint import mail


def _asked() -> tuple[str, str]:
    return request.args.get("group", "")[:60], request.args.get("q", "")[:100].replace("\x00", "")


def _people(who: Actor, group: str, text: str) -> list[queries.Contact]:
    if text.strip():
        return queries.search_people(who, text, 100)
    return queries.people(who, group) if group else []


@mail.get("/people")
@access.requires("mail.use")
def people() -> Response:
    """Whom one may write to, by groups or found by a name, a subject, a class."""
    who = web.actor()
    group, text = _asked()
    return web.render(
        "mail/people.html", groups=queries.groups(who), group=group, q=text,
        people=_people(who, group, text), most=queries.MOST_SHOWN, draft=None,
    )  # fmt: skip


@mail.get("/people.json")
@access.requires("mail.use")
def people_json() -> Response:
    """People for the quick choice while typing."""
    found = queries.search_people(web.actor(), _asked()[1], 12)
    response = jsonify(
        people=[{"token": one.token, "name": one.name, "about": one.about} for one in found]
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@mail.route("/draft/<int:copy_id>/people", methods=["GET", "POST"])
@access.requires("mail.use")
def choose(copy_id: int) -> Response:
    """Add people of the book to a draft."""
    who = web.actor()
    draft = queries.draft(who, copy_id)
    if request.method == "POST":
        added = request.form.getlist("to")[:200]
        services.save_draft(
            who,
            services.Letter(
                kind=draft.kind, to=[*draft.to, *added], keys=draft.keys, outside=draft.outside,
                subject=draft.subject, text=draft.text, draft=copy_id, version=draft.version,
            ),
        )  # fmt: skip
        return web.go("mail.draft", copy_id=copy_id)
    group, text = _asked()
    return web.render(
        "mail/people.html", groups=queries.groups(who), group=group, q=text,
        people=_people(who, group, text), most=queries.MOST_SHOWN, draft=copy_id,
    )  # fmt: skip
