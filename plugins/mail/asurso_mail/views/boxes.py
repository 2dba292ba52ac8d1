"""Boxes, own folders, the search, and what is done with many letters at once."""

from __future__ import annotations

from flask import Response, flash, request

from asurso_core import access, web
from asurso_core.errors import Invalid, NotThere
from asurso_core.i18n import gettext as _
from asurso_core.i18n import ngettext
from asurso_mail import forms, kinds, queries, services
from asurso_mail.views.blueprint import mail, numbers


def _list(name: str) -> Response:
    page = queries.box(
        web.actor(), name, before=request.args.get("before", ""),
        after=request.args.get("after", ""),
    )  # fmt: skip
    title = page.folder.name if page.folder else kinds.BOXES[page.name]
    return web.render(
        "mail/box.html", page=page, title=title, boxes=kinds.BOXES, folders=page.folders,
        unread=page.unread,
    )  # fmt: skip


@mail.get("/")
@access.requires("mail.use")
def index() -> Response:
    """The inbox."""
    return _list("inbox")


@mail.get("/box/<box>")
@access.requires("mail.use")
def box(box: str) -> Response:
    """Sent letters, drafts, the trash."""
    if box == "inbox":
        return web.go("mail.index")
    return _list(box if box in kinds.BOXES else "")


@mail.get("/folder/<int:folder_id>")
@access.requires("mail.use")
def folder(folder_id: int) -> Response:
    """An own folder."""
    return _list(f"folder:{folder_id}")


@mail.get("/search")
@access.requires("mail.use")
def search() -> Response:
    """Own letters that hold all words, in any form."""
    who = web.actor()
    text = request.args.get("q", "")[:100].replace("\x00", "")
    found = queries.search(who, text) if text.strip() else None
    folders, unread = queries.shelves(who)
    return web.render(
        "mail/search.html", q=text, found=found, folders=folders, unread=unread, boxes=kinds.BOXES
    )


@mail.post("/sort")
@access.requires("mail.use")
def sort() -> Response:
    """What was chosen to be done with the ticked letters."""
    who = web.actor()
    ids = numbers(request.form.getlist("id"))
    deed = request.form.get("do", "")
    if not ids:
        flash(_("Tick the letters first."), "warning")
        return web.back("mail.index")
    if deed == "move":
        place = request.form.get("place", "")
        if not place:
            flash(_("Choose a folder first."), "warning")
            return web.back("mail.index")
        told = ngettext("%(num)s letter was moved.", "%(num)s letters were moved.",
                        services.move(who, ids, place))  # fmt: skip
    elif deed in _DEEDS:
        told = _DEEDS[deed](who, ids)
    else:
        raise NotThere(_("There is no such page, or it is not open to you."))
    flash(told, "success")
    return web.back("mail.index")


_DEEDS = {
    "trash": lambda who, ids: ngettext(
        "%(num)s letter was put into the trash.", "%(num)s letters were put into the trash.",
        services.trash(who, ids),
    ),
    "restore": lambda who, ids: ngettext(
        "%(num)s letter is back.", "%(num)s letters are back.", services.restore(who, ids)
    ),
    "delete": lambda who, ids: ngettext(
        "%(num)s letter was deleted for good.", "%(num)s letters were deleted for good.",
        services.delete_for_good(who, ids),
    ),
    "read": lambda who, ids: ngettext(
        "%(num)s letter is marked as read.", "%(num)s letters are marked as read.",
        services.mark(who, ids, read=True),
    ),
    "unread": lambda who, ids: ngettext(
        "%(num)s letter is marked as not read.", "%(num)s letters are marked as not read.",
        services.mark(who, ids, read=False),
    ),
}  # fmt: skip


@mail.post("/empty")
@access.requires("mail.use")
def empty() -> Response:
    """Empty one's own trash."""
    count = services.empty_trash(web.actor())
    flash(
        ngettext("%(num)s letter was deleted for good.", "%(num)s letters were deleted for good.",
                 count),
        "success",
    )  # fmt: skip
    return web.go("mail.box", box="trash")


@mail.route("/folders", methods=["GET", "POST"])
@access.requires("mail.use")
def folders() -> Response:
    """Own folders: making them."""
    who = web.actor()
    form = forms.FolderForm()
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                services.make_folder(who, form.name.data)
            except Invalid as refusal:
                form.blame(refusal)
            else:
                flash(_("The folder is there."), "success")
                return web.go("mail.folders")
    shelves, unread = queries.shelves(who)
    return web.render(
        "mail/folders.html", status, form=form, folders=shelves, unread=unread, boxes=kinds.BOXES
    )


@mail.route("/folder/<int:folder_id>/edit", methods=["GET", "POST"])
@access.requires("mail.use")
def edit_folder(folder_id: int) -> Response:
    """Rename an own folder, or delete it."""
    who = web.actor()
    found = queries.own_folder(who, folder_id)
    if request.form.get("do") == "delete":
        services.drop_folder(who, folder_id)
        flash(_("The folder is deleted; its letters are in the inbox."), "success")
        return web.go("mail.folders")
    form = forms.FolderForm(name=found.name)
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                services.rename_folder(who, folder_id, form.name.data)
            except Invalid as refusal:
                form.blame(refusal)
            else:
                flash(_("Saved."), "success")
                return web.go("mail.folders")
    return web.render("mail/folder_form.html", status, form=form, folder=found)
