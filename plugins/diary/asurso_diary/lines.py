"""Lessons of a diary's week as strings: forty of them a page, each built once, escaped here."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

from asurso_core.i18n import gettext as _


def lessons(day: dict[str, Any], icons: dict[str, Any]) -> Markup:
    """The lessons of one day of :func:`asurso_diary.queries.week` as list items.

    ``icons`` are ready pictures: ``home`` before homework, ``chat`` before a comment.
    """
    return Markup("".join(_lesson(one, icons) for one in day["lessons"]))  # noqa: S704 - escaped


def _lesson(one: dict[str, Any], icons: dict[str, Any]) -> str:
    off = " is-off" if one["cancelled"] else ""
    parts = [
        f"<li class='diary-lesson{off}'><div class=diary-when><strong>{one['number']}</strong>",
        f"<span>{one['clock']}</span></div><div class=diary-what>",
        f"<p class=diary-subject><strong>{escape(one['subject'])}</strong>",
    ]
    if one["room"]:
        room = escape(_("room %(name)s", name=one["room"]))
        parts.append(f" <span class=muted>{room}</span>")
    if one["cancelled"]:
        parts.append(f" <span class='tag tag-warn'>{escape(_('cancelled'))}</span>")
        if one["note"]:
            parts.append(f" <span class=muted>{escape(one['note'])}</span>")
    parts.append("</p>")
    if one["homework"]:
        homework = escape(one["homework"])
        parts.append(f"<p class=diary-homework>{icons['home']} <span>{homework}</span></p>")
    parts.extend(_task(task, icons) for task in one["tasks"])
    if one["topic"]:
        parts.append(f"<p class='diary-topic muted'>{escape(one['topic'])}</p>")
    if one["absence"] is not None:
        kind = "bad" if one["absence"].missed else "warn"
        name = escape(one["absence"].name)
        parts.append(f"<p class=diary-absence><span class='tag tag-{kind}'>{name}</span></p>")
    for mark in one["marks"]:
        if mark["comment"]:
            comment = escape(mark["comment"])
            parts.append(f"<p class=diary-comment>{icons['chat']} <span>{comment}</span></p>")
    parts.append("</div>")
    if one["marks"]:
        told = "".join(_mark(mark) for mark in one["marks"])
        parts.append(f"<ul class=diary-marks aria-label='{escape(_('Marks'))}'>{told}</ul>")
    parts.append("</li>")
    return "".join(parts)


def _task(task: dict[str, Any], icons: dict[str, Any]) -> str:
    text = f"{escape(task['text'])} " if task["text"] else ""
    links = "".join(
        f"<a href='{escape(link)}' rel='noopener noreferrer'>{escape(_('Link'))}</a> "
        for link in task["links"]
    )
    word = escape(_("Files and answer") if task["files"] else _("Open the homework"))
    state = ""
    if task["state"] is not None:
        kind, name = task["state"]
        state = f" <span class='tag tag-{kind}'>{escape(name)}</span>"
    return (
        f"<p class='diary-homework diary-task'>{icons['home']} <span>{text}{links}"
        f"<a href='{task['url']}'>{word}</a>{state}</span></p>"
    )


def _mark(mark: dict[str, Any]) -> str:
    what = escape(mark["title"] or mark["type"])
    if mark["weight"] != 1:
        what += " · " + escape(_("weight %(n)s", n=mark["weight"]))
    if mark["dot"]:
        sign = (
            "<span class=diary-dot><span class=dot aria-hidden=true></span>"
            f"<span>{escape(_('debt'))}</span></span>"
        )
    else:
        best = f" mark-{mark['best']}" if mark["best"] else ""
        sign = f"<span class='mark{best}'>{escape(mark['text'])}</span>"
    return f"<li>{sign}<span class=diary-for>{what}</span></li>"
