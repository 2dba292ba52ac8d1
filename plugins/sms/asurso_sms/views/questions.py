"""Questions that came by text message: one's own, and those of everybody for the administrator."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for

from asurso_core import access, web
from asurso_sms import asked
from asurso_sms.views.blueprint import day_of, sms


@sms.get("/questions")
@access.requires("sms.questions.view")
def questions() -> Response:
    """Who asked what about whom, and what was told."""
    who = web.actor()
    wanted = asked.Filter(
        state=request.args.get("state", ""),
        command=request.args.get("command", "")[:60].replace("\x00", ""),
        since=day_of(request.args.get("since", "")),
        until=day_of(request.args.get("until", "")),
        name=request.args.get("name", "")[:80].replace("\x00", "").strip(),
    )
    found, pages, total = web.paged(asked.questions(who, wanted), 50)
    kept: dict[str, Any] = {
        "state": wanted.state, "command": wanted.command, "name": wanted.name,
        "since": wanted.since.isoformat() if wanted.since else "",
        "until": wanted.until.isoformat() if wanted.until else "",
    }  # fmt: skip
    return web.render(
        "sms/questions.html",
        questions=asked.told(who, found),
        total=total,
        page=min(web.page_number(), pages),
        pages=pages,
        page_url=lambda number: url_for(
            "sms.questions", page=number, **{name: value for name, value in kept.items() if value}
        ),
        filters=kept,
        commands=[(one.name, one.word) for one in asked.commands()],
        states=asked.STATES,
        badges=asked.BADGES,
    )


@sms.get("/phone/questions")
@access.requires("sms.own_phone.edit")
def own_questions() -> Response:
    """What can be asked from one's own number, and what was asked."""
    who = web.actor()
    found, pages, total = web.paged(asked.own_questions(who), 20)
    return web.render(
        "sms/own_questions.html",
        questions=asked.told(who, found),
        total=total,
        page=min(web.page_number(), pages),
        pages=pages,
        page_url=lambda number: url_for("sms.own_questions", page=number),
        commands=asked.commands(),
        states=asked.STATES,
        badges=asked.BADGES,
    )
