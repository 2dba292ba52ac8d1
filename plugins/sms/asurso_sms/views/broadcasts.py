"""Broadcasts: writing, looking at what will leave, sending, and what became of them."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, jsonify, request, url_for

from asurso_core import access, audience, clock, jobs, web
from asurso_core.errors import AsursoError, Conflict, Invalid, NotThere, Refused
from asurso_core.i18n import gettext as _
from asurso_core.i18n import ngettext
from asurso_sms import history, numbers, preview, texts, words
from asurso_sms.forms_broadcasts import BroadcastForm, counted, shown
from asurso_sms.policy import rule
from asurso_sms.services import broadcasts as services
from asurso_sms.views.blueprint import sms

#: So many recipients stand on a page.
SIZE = 100


def roubles(kopecks: int) -> str:
    """«12,50 ₽»."""
    return f"{kopecks // 100},{kopecks % 100:02d} ₽".replace(",00", "")


@sms.get("/broadcasts")
@access.requires("sms.broadcast")
def broadcasts() -> Response:
    """Broadcasts that one may see, the newest first."""
    who = web.actor()
    kind, state = request.args.get("kind", ""), request.args.get("state", "")
    found, pages, total = web.paged(history.broadcasts(who, kind=kind, state=state), 30)
    kept: dict[str, Any] = {
        name: value for name, value in (("kind", kind), ("state", state)) if value
    }
    return web.render(
        "sms/broadcasts.html", found=found, total=total, pages=pages, kind=kind, state=state,
        page=min(web.page_number(), pages), filtered=bool(kept),
        page_url=lambda number: url_for("sms.broadcasts", page=number, **kept),
        keys=history.told_keys(found), outcomes=history.outcomes(who, found), history=history,
        local=clock.local, roubles=roubles,
    )  # fmt: skip


@sms.route("/broadcasts/new", methods=["GET", "POST"])
@access.requires("sms.broadcast")
def new_broadcast() -> Response:
    """Write a broadcast, of a text of the school if one is chosen."""
    data: dict[str, Any] = {"keys": request.args.getlist("to")[:20]}
    chosen = request.args.get("template", "")
    if chosen.isascii() and chosen.isdecimal() and len(chosen) < 10:
        row = history.template(web.actor(), int(chosen))
        data |= {"kind": row.kind, "text": row.text}
    return _form(None, data)


@sms.route("/broadcasts/<int:broadcast_id>/edit", methods=["GET", "POST"])
@access.requires("sms.broadcast")
def edit_broadcast(broadcast_id: int) -> Response:
    """Go on with a draft."""
    row = services.own_draft(web.actor(), broadcast_id)
    if row.repeats_id is not None:
        raise Conflict(_("This one repeats another broadcast; its text stays."))
    return _form(broadcast_id, shown(row, history.keys_of(row)))


def _form(broadcast_id: int | None, data: dict[str, Any]) -> Response:
    who, form, status, cost = web.actor(), BroadcastForm(data=data), 200, None
    deed = request.form.get("deed", "")
    if request.method == "POST" and deed != "find":
        status = 422
        if form.validate():
            try:
                if deed == "count":
                    cost = preview.counted(who, form.content)
                    status = 200
                else:
                    row = services.save(who, broadcast_id, form.content, version=form.expected)
                    return web.go("sms.broadcast", broadcast_id=row.id)
            except (Invalid, Refused, Conflict) as refusal:
                form.blame(refusal)
                status = refusal.status
    chosen = [key for key in form.keys.data or [] if isinstance(key, str)]
    return web.render(
        "sms/broadcast_form.html", status, form=form, draft_id=broadcast_id,
        offers=_offers(who, chosen), fields=texts.offered(),
        found=history.people(who, form.who.data or ""), asked=bool(form.who.data),
        templates=history.templates(who), may_hurry=services.may_hurry(who),
        told=_told(cost) if cost is not None else "", price=int(rule("part_price")),
        latin=bool(rule("latin")),
    )  # fmt: skip


def _offers(who: Any, chosen: list[str]) -> list[dict[str, Any]]:
    """What can be chosen, by section; single people only if they were chosen already."""
    offered = audience.choices(who, "sms.broadcast")
    known = {one.key for one in offered}
    found = [
        {"key": one.key, "label": one.label, "section": one.section, "chosen": one.key in chosen}
        for one in offered
    ]
    persons = [key for key in dict.fromkeys(chosen) if key.startswith("person:")]
    try:
        audience.check(who, "sms.broadcast", persons)
        named = audience.titles(key for key in persons if key not in known)
    except AsursoError:
        named = {}
    return found + [
        {"key": key, "label": label, "section": "person", "chosen": True}
        for key, label in named.items()
    ]


def _told(cost: Any) -> str:
    """How many it reaches and what it costs, in a line."""
    lines = [ngettext("%(num)s message", "%(num)s messages", cost.messages)]
    if cost.messages:
        price = roubles(cost.price)
        lines[0] += ", " + (_("at most %(price)s", price=price) if cost.most else price)
    if cost.unreached:
        lines.append(
            ngettext(
                "%(num)s person has no confirmed number and is told in the notice centre",
                "%(num)s people have no confirmed number and are told in the notice centre",
                cost.unreached,
            )
        )
    return "; ".join(lines) + "."


@sms.post("/broadcasts/count")
@access.requires("sms.broadcast")
def count_broadcast() -> Response:
    """How many a text reaches and what it costs, while it is being written; nothing is kept."""
    content = counted(request.get_json(silent=True))
    return jsonify(words=_told(preview.counted(web.actor(), content)))


@sms.get("/broadcasts/people.json")
@access.requires("sms.broadcast")
def broadcast_people() -> Response:
    """People whom one may address one by one, by a part of the name."""
    found = history.people(web.actor(), request.args.get("q", "")[:100].replace("\x00", ""))
    return jsonify(people=[{"key": key, "name": name} for key, name in found])


@sms.get("/broadcasts/<int:broadcast_id>")
@access.requires("sms.broadcast")
def broadcast(broadcast_id: int) -> Response:
    """A draft as it will leave, or what became of a broadcast."""
    row = history.find(web.actor(), broadcast_id)
    return _preview(row) if row.state == "draft" else _outcome(row)


def _preview(row: Any, status: int = 200, refusal: AsursoError | None = None) -> Response:
    who = web.actor()
    return web.render(
        "sms/broadcast_preview.html", status, row=row, many=services.MANY,
        seen=preview.of(who, row, web.page_number()), keys=history.told_keys([row]).get(row.id, ""),
        page_url=lambda number: url_for("sms.broadcast", broadcast_id=row.id, page=number),
        local=clock.local, roubles=roubles, history=history, refusal=refusal, told=_told,
    )  # fmt: skip


def _outcome(row: Any, *, printed: bool = False) -> Response:
    who = web.actor()
    way = request.args.get("way", "")[:12]
    query = history.recipients_of(who, row, "" if printed else way)
    if printed:
        found, pages, total = list(query), 1, 0
    else:
        found, pages, total = web.paged(query, SIZE)
    return web.render(
        "sms/broadcast_print.html" if printed else "sms/broadcast.html", row=row, found=found,
        total=total, pages=pages, page=min(web.page_number(), pages), way=way,
        page_url=lambda number: url_for(
            "sms.broadcast", broadcast_id=row.id, page=number, way=way or None
        ),
        outcome=history.outcomes(who, [row]).get(row.id) or history.Outcome({}),
        keys=history.told_keys([row]).get(row.id, ""), history=history, words=words,
        readable=history.readable(who, row, found), masked=numbers.masked, local=clock.local,
        roubles=roubles, is_author=row.author_id == who.person_id, job=_job(row),
    )  # fmt: skip


def _job(row: Any) -> str:
    """Why the job of a broadcast does not go on; empty while it does, or is over."""
    if row.state not in {"waiting", "sending"} or row.job is None:
        return ""
    state, error = jobs.states_of([row.job]).get(row.job, ("failed", ""))
    return "" if state in {"waiting", "running"} else error or _("it was cancelled")


@sms.get("/broadcasts/<int:broadcast_id>/print")
@access.requires("sms.broadcast")
def print_broadcast(broadcast_id: int) -> Response:
    """All recipients and how they were told, on paper."""
    row = history.find(web.actor(), broadcast_id)
    if row.state == "draft":
        raise NotThere(_("There is no such page, or it is not open to you."))
    return _outcome(row, printed=True)


@sms.post("/broadcasts/<int:broadcast_id>/send")
@access.requires("sms.broadcast")
def send_broadcast(broadcast_id: int) -> Response:
    """Let a draft leave."""
    who = web.actor()
    try:
        row = services.send(
            who, broadcast_id, version=_number("version"), count=_number("count"),
            price=_number("price"), sure=bool(request.form.get("sure")),
        )  # fmt: skip
    except (Invalid, Refused, Conflict) as refusal:
        row = history.find(who, broadcast_id)
        if row.state != "draft":
            raise
        return _preview(row, refusal.status, refusal)
    if row.due_at is not None and row.due_at > clock.stamp():
        when = clock.local(row.due_at).strftime("%d.%m.%Y %H:%M")
        flash(_("It leaves on %(when)s. Until then it can be cancelled.", when=when), "success")
    else:
        flash(_("It is on its way. Open this page again to see who got it."), "success")
    return web.go("sms.broadcast", broadcast_id=row.id)


def _number(name: str) -> int:
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


@sms.post("/broadcasts/<int:broadcast_id>/cancel")
@access.requires("sms.broadcast")
def cancel_broadcast(broadcast_id: int) -> Response:
    """Stop what has not left yet."""
    services.cancel(web.actor(), broadcast_id)
    flash(_("The broadcast is cancelled. What had left before has left."), "success")
    return web.go("sms.broadcast", broadcast_id=broadcast_id)


@sms.post("/broadcasts/<int:broadcast_id>/discard")
@access.requires("sms.broadcast")
def discard_broadcast(broadcast_id: int) -> Response:
    """Throw a draft away."""
    services.discard(web.actor(), broadcast_id)
    flash(_("The draft is thrown away."), "success")
    return web.go("sms.broadcasts")


@sms.post("/broadcasts/<int:broadcast_id>/again")
@access.requires("sms.broadcast")
def repeat_broadcast(broadcast_id: int) -> Response:
    """A draft for those whom it has not reached."""
    row = services.again(
        web.actor(), broadcast_id, with_unknown=bool(request.form.get("with_unknown"))
    )
    return web.go("sms.broadcast", broadcast_id=row.id)
