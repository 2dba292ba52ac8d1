"""Pages of portfolios."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, make_response, request, url_for

from asurso_core import access, clock, files, typesetting, web
from asurso_core.actors import Actor
from asurso_core.errors import Conflict, Invalid, NotThere
from asurso_core.i18n import gettext as _
from asurso_core.judging import DOCUMENTS, PICTURES
from asurso_portfolio import forms, paper, queries, services
from asurso_portfolio.services import rules
from asurso_portfolio.vocabulary import LEVELS, PLACES, VISIBILITIES

portfolio = Blueprint("portfolio", __name__)

#: What a link is offered for at first.
USUAL_DAYS = 30


@portfolio.context_processor
def _words() -> dict[str, Any]:
    return {
        "levels": LEVELS,
        "places": PLACES,
        "visibilities": VISIBILITIES,
        "file_url": files.url,
        "file_size": files.in_words,
        "is_pupil": queries.is_pupil,
        "may_keep": queries.may_keep,
        "accepted_files": ",".join((*PICTURES, *DOCUMENTS)),
    }


# --- pages of people -----------------------------------------------------------------------------


@portfolio.get("/")
@access.requires("portfolio.browse")
def index() -> Response:
    """One's own page, the first child's, or the list of people."""
    who = web.actor()
    if queries.may_keep(who):
        return web.go("portfolio.page", person_id=who.person_id)
    children = queries.children(who)
    if children:
        return web.go("portfolio.page", person_id=children[0].id)
    return web.go("portfolio.people")


@portfolio.get("/people")
@access.requires("portfolio.browse")
def people() -> Response:
    """Everybody on whose page something is open to the reader."""
    who = web.actor()
    name = request.args.get("name", "")[:80].replace("\x00", "")
    found, pages, total = web.paged(queries.people(who, name))
    titles = queries.class_titles_of([one.id for one in found])
    return web.render(
        "portfolio/people.html",
        people=found,
        page=min(web.page_number(), pages),
        pages=pages,
        page_url=lambda number: url_for("portfolio.people", name=name or None, page=number),
        total=total,
        name=name,
        titles=titles,
    )


@portfolio.get("/<int:person_id>")
@access.signed_in
def page(person_id: int) -> Response:
    """The page of one person; whose page, and what of it, its rights tell."""
    who = web.actor()
    found = queries.page(who, person_id)
    children = queries.children(who)
    return web.render(
        "portfolio/page.html", page=found, kinds=queries.offered_kinds(who), children=children
    )


@portfolio.get("/<int:person_id>/pdf")
@access.signed_in
def page_pdf(person_id: int) -> Response:
    """The same page on paper."""
    found = queries.page(web.actor(), person_id)
    made = typesetting.pdf("portfolio", "page.typ", paper.page(found), pictures=paper.scans(found))
    answer = make_response(made)
    answer.mimetype = "application/pdf"
    name = f"{_('Portfolio')} {found.person.short_name}.pdf"
    answer.headers["Content-Disposition"] = files.attachment(name)
    return answer


@portfolio.route("/about", methods=["GET", "POST"])
@access.requires("portfolio.keep")
def about() -> Response:
    """Words about oneself."""
    who = web.actor()
    row = queries.own_page(who)
    form = forms.AboutForm(obj=row)
    _fit_readers(who, form)
    other = None
    if form.validate_on_submit():
        try:
            services.save_about(who, form.expected, form.about.data or "", form.visibility.data)
        except Conflict as conflict:
            form.form_errors.append(conflict.message)
            form.version.raw_data = [str(conflict.details["version"])]
            form.version.data = str(conflict.details["version"])
            other = queries.own_page(who)
        except Invalid as refusal:
            forms.tell(form, refusal)
        else:
            flash(_("Saved."), "success")
            return web.go("portfolio.page", person_id=who.person_id)
    status = 409 if other is not None else 422 if form.errors else 200
    return web.render("portfolio/about.html", status, form=form, other=other)


@portfolio.get("/waiting")
@access.requires("portfolio.confirm")
def waiting() -> Response:
    """Achievements of one's own class that wait to be confirmed."""
    return web.render("portfolio/waiting.html", items=queries.waiting(web.actor()))


# --- items ---------------------------------------------------------------------------------------


@portfolio.route("/new/<kind>", methods=["GET", "POST"])
@access.requires("portfolio.keep")
def new(kind: str) -> Response:
    """A new item of a kind on one's own page."""
    who = web.actor()
    declared = next((one for one in queries.offered_kinds(who) if one.name == kind), None)
    if declared is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    form = forms.ItemForm(visibility="class" if queries.is_pupil(who) else "school")
    own = form.fit(declared)
    _fit_readers(who, form)
    if form.validate_on_submit():
        try:
            row = services.create(who, kind, form.values())
        except Invalid as refusal:
            forms.tell(form, refusal)
        else:
            flash(_("Saved. Now you can add files."), "success")
            return web.go("portfolio.item", item_id=row.id)
    status = 422 if form.errors else 200
    return web.render(
        "portfolio/item_form.html", status, form=form, own=own, kind=declared, item=None, other=None
    )


@portfolio.get("/items/<int:item_id>")
@access.signed_in
def item(item_id: int) -> Response:
    """One item with its files, authors and links."""
    return _item_page(item_id)


def _item_page(item_id: int, status: int = 200, **given: Any) -> Response:
    """The page of an item; ``given`` are forms that came back with something wrong."""
    who = web.actor()
    found = queries.item(who, item_id)
    more: dict[str, Any] = {}
    if "own" in found.may:
        more["links"] = queries.links(item_id)
        link = forms.LinkForm(formdata=None, expires_on=clock.today() + dt.timedelta(USUAL_DAYS))
        more["link_form"] = link
        seen = forms.VisibilityForm(formdata=None, obj=found.row)
        _fit_readers(who, seen)
        more["visibility_form"] = seen
        if found.kind.shared:
            more["author_form"] = forms.AuthorForm(formdata=None)
    if "edit" in found.may:
        more["file_form"] = forms.FileForm(formdata=None)
    return web.render("portfolio/item.html", status, item=found, **{**more, **given})


@portfolio.route("/items/<int:item_id>/edit", methods=["GET", "POST"])
@access.requires("portfolio.keep")
def edit(item_id: int) -> Response:
    """Change an item that is not confirmed."""
    who = web.actor()
    found = rules.require(who, item_id, "edit")
    form = forms.ItemForm(obj=found.row)
    own = form.fit(found.kind, visibility="own" in found.may)
    if "own" in found.may:
        _fit_readers(who, form)
    other = None
    if form.validate_on_submit():
        try:
            services.change(who, item_id, form.expected, form.values())
        except Conflict as conflict:
            form.form_errors.append(conflict.message)
            form.version.raw_data = [str(conflict.details["version"])]
            form.version.data = str(conflict.details["version"])
            other = queries.item(who, item_id)
        except Invalid as refusal:
            forms.tell(form, refusal)
        else:
            flash(_("Saved."), "success")
            return web.go("portfolio.item", item_id=item_id)
    status = 409 if other is not None else 422 if form.errors else 200
    return web.render(
        "portfolio/item_form.html", status, form=form, own=own, kind=found.kind, item=found,
        other=other,
    )  # fmt: skip


@portfolio.post("/items/<int:item_id>/delete")
@access.requires("portfolio.keep")
def remove(item_id: int) -> Response:
    """Delete an item of one's own."""
    who = web.actor()
    services.remove(who, item_id)
    flash(_("Deleted."), "success")
    return web.go("portfolio.page", person_id=who.person_id)


@portfolio.post("/items/<int:item_id>/move")
@access.requires("portfolio.keep")
def move(item_id: int) -> Response:
    """Move an item up or down, or (dragged) before another one."""
    who = web.actor()
    sent = request.get_json(silent=True) if request.is_json else request.form
    values = sent if isinstance(sent, dict) else {}
    before = _whole(values.get("before"))
    step = {"up": -1, "down": 1}.get(str(values.get("step")), 0)
    services.move(who, item_id, step=step, before=before)
    if request.is_json:
        return make_response({"ok": True})
    return make_response(
        web.go("portfolio.page", person_id=who.person_id, _anchor=f"item-{item_id}")
    )


@portfolio.post("/items/<int:item_id>/readers")
@access.requires("portfolio.keep")
def readers(item_id: int) -> Response:
    """Say who reads an item."""
    form = forms.VisibilityForm()
    return _deed(
        item_id,
        "visibility_form",
        form,
        lambda who: services.show_to(who, item_id, form.visibility.data),
    )


@portfolio.post("/items/<int:item_id>/confirm")
@access.requires("portfolio.confirm")
def confirm(item_id: int) -> Response:
    """Confirm an achievement as it was seen."""
    version = _whole(request.form.get("version")) or 0
    services.confirm(web.actor(), item_id, version)
    flash(_("The achievement is confirmed."), "success")
    return web.back("portfolio.item", item_id=item_id)


@portfolio.post("/items/<int:item_id>/withdraw")
@access.signed_in
def withdraw(item_id: int) -> Response:
    """Take a confirmation back; the service asks whether one may."""
    services.withdraw(web.actor(), item_id)
    flash(_("The confirmation is withdrawn."), "success")
    return web.go("portfolio.item", item_id=item_id)


# --- files, links, authors -----------------------------------------------------------------------


@portfolio.post("/items/<int:item_id>/files")
@access.requires("portfolio.keep")
def add_file(item_id: int) -> Response:
    """Hang a file on an item."""
    form = forms.FileForm()
    return _deed(
        item_id,
        "file_form",
        form,
        lambda who: services.add_file(who, item_id, form.upload.data),
    )


@portfolio.post("/items/<int:item_id>/files/<int:file_id>/delete")
@access.requires("portfolio.keep")
def drop_file(item_id: int, file_id: int) -> Response:
    """Take a file off an item."""
    services.drop_file(web.actor(), item_id, file_id)
    flash(_("Deleted."), "success")
    return web.go("portfolio.item", item_id=item_id)


@portfolio.post("/items/<int:item_id>/links")
@access.requires("portfolio.keep")
def add_link(item_id: int) -> Response:
    """Make a secret link."""
    form = forms.LinkForm()
    return _deed(
        item_id,
        "link_form",
        form,
        lambda who: services.add_link(who, item_id, form.expires_on.data),
    )


@portfolio.post("/items/<int:item_id>/links/<int:link_id>/withdraw")
@access.requires("portfolio.keep")
def drop_link(item_id: int, link_id: int) -> Response:
    """Withdraw a secret link."""
    services.drop_link(web.actor(), item_id, link_id)
    flash(_("The link no longer works."), "success")
    return web.go("portfolio.item", item_id=item_id)


@portfolio.post("/items/<int:item_id>/authors")
@access.requires("portfolio.keep")
def invite(item_id: int) -> Response:
    """Invite another author."""
    form = forms.AuthorForm()
    return _deed(
        item_id,
        "author_form",
        form,
        lambda who: services.invite(who, item_id, form.name.data),
    )


@portfolio.post("/items/<int:item_id>/authors/<int:author_id>/remove")
@access.requires("portfolio.keep")
def part_with(item_id: int, author_id: int) -> Response:
    """Take an author off an item, or leave it."""
    who = web.actor()
    services.part_with(who, item_id, author_id)
    flash(_("Saved."), "success")
    return web.go("portfolio.page", person_id=who.person_id)


@portfolio.post("/items/<int:item_id>/answer")
@access.requires("portfolio.keep")
def answer(item_id: int) -> Response:
    """Accept or decline to be an author."""
    who = web.actor()
    services.answer(who, item_id, accept=request.form.get("accept") == "1")
    flash(_("Saved."), "success")
    return web.go("portfolio.page", person_id=who.person_id)


def _deed(item_id: int, name: str, form: Any, deed: Callable[[Actor], object]) -> Response:
    """Check a small form of an item's page and do its deed; wrong input comes back on the page."""
    who = web.actor()
    queries.find(who, item_id)
    if form.validate_on_submit():
        try:
            deed(who)
        except Invalid as refusal:
            forms.tell(form, refusal)
        else:
            flash(_("Saved."), "success")
            return web.go("portfolio.item", item_id=item_id)
    return _item_page(item_id, 422, **{name: form})


# --- secret links --------------------------------------------------------------------------------


@portfolio.get("/l/<token>")
@access.public
def by_link(token: str) -> Response:
    """One item for whoever has its secret address; nothing else of the page is shown."""
    answer = web.render("portfolio/by_link.html", item=queries.by_token(token), token=token)
    return _secret(answer)


@portfolio.get("/l/<token>/files/<int:file_id>")
@access.public
def link_file(token: str, file_id: int) -> Response:
    """A file of such an item."""
    return _secret(files.response(queries.file_by_token(token, file_id)))


def _secret(answer: Response) -> Response:
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Cache-Control"] = "no-store"
    return answer


# --- small helps ---------------------------------------------------------------------------------


def _fit_readers(who: Actor, form: Any) -> None:
    if not queries.is_pupil(who):
        forms.without_class(form)


def _whole(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def link_url(token: str) -> str:
    """A secret address in full, to be copied."""
    return url_for("portfolio.by_link", token=token, _external=True)


portfolio.add_app_template_global(link_url, "portfolio_link_url")
