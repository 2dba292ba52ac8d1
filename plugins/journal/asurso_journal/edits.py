"""Reading a batch of cell edits as it comes from a script or from a plain form: shape only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from asurso_core.errors import Invalid
from asurso_core.i18n import gettext as _
from asurso_journal.services.cells import MOST, Edit
from asurso_journal.services.finals import FinalEdit

_OP = re.compile(r"[A-Za-z0-9._:-]{1,40}\Z")
_CELL = re.compile(r"cell-(\d{1,10})-(\d{1,10})-(\d{1,10})\Z")
#: JSON can carry halves of characters, which no database takes.
_HALF = re.compile("[\ud800-\udfff]")
_TOP = 2**31


def _bad() -> Invalid:
    return Invalid(_("The request cannot be understood. Reload the page and try again."))


def from_json(body: Any) -> list[Edit | FinalEdit]:
    """Edits of a JSON body ``{"edits": […]}``; raises :class:`Invalid` for anything else.

    One with a ``slot`` is a mark of a study period, the others are cells of lessons.
    """
    found = body.get("edits") if isinstance(body, dict) else None
    if not isinstance(found, list):
        raise _bad()
    if len(found) > MOST:
        raise Invalid(_("Too many changes at once: at most %(most)s.", most=MOST))
    return [_from_dict(one) for one in found]


def _from_dict(one: Any) -> Edit | FinalEdit:
    if not isinstance(one, dict):
        raise _bad()
    op, value, comment = one.get("op"), one.get("value"), one.get("comment")
    if not isinstance(op, str) or not _OP.match(op):
        raise _bad()
    if not isinstance(value, str) or len(value) > 100 or "\x00" in value:
        raise _bad()
    if "slot" in one:
        return FinalEdit(
            op=op, pupil=_id(one.get("pupil")), slot=_id(one["slot"]), group=_id(one.get("group")),
            value=value, version=_whole(one.get("version", 0)), reason=_comment(one.get("reason")),
        )  # fmt: skip
    assignment = one.get("assignment")
    return Edit(
        op=op,
        lesson=_id(one.get("lesson")),
        assignment=None if assignment is None else _whole(assignment) or None,
        pupil=_id(one.get("pupil")),
        value=value,
        version=_whole(one.get("version", 0)),
        comment=_comment(comment),
    )


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _TOP:
        raise _bad()
    return value


def _id(value: Any) -> int:
    number = _whole(value)
    if number == 0:
        raise _bad()
    return number


def _comment(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or "\x00" in value or _HALF.search(value):
        raise _bad()
    if len(value) > 500:
        raise Invalid(_("A comment can be at most 500 characters long."))
    return value


def from_form(form: Mapping[str, str]) -> list[Edit]:
    """Edits of a plain form: ``cell-<lesson>-<assignment or 0>-<pupil>`` and its companions.

    ``was-…`` is what the page showed: a cell left as it was is no edit, so that a whole class can
    be sent although somebody else has changed other cells meanwhile. ``version-…`` and
    ``comment-…`` go with it. ``op`` names the whole form.
    """
    op = form.get("op", "")
    if not re.match(r"[A-Za-z0-9]{1,16}\Z", op):
        raise _bad()
    found = []
    for name, value in form.items():
        match = _CELL.match(name)
        if match is None:
            continue
        lesson, assignment, pupil = (int(part) for part in match.groups())
        tail = name.removeprefix("cell-")
        comment = form.get(f"comment-{tail}")
        same = value.strip() == form.get(f"was-{tail}", "\x00")
        if same and (comment is None or comment.strip() == form.get(f"noted-{tail}", "")):
            continue
        version = form.get(f"version-{tail}", "0")
        if max(lesson, assignment, pupil) >= _TOP or not version.isdecimal() or len(version) > 9:
            raise _bad()
        if len(value) > 100 or "\x00" in value:
            raise _bad()
        found.append(
            Edit(
                op=f"{op}.{assignment}.{pupil}",
                lesson=lesson,
                assignment=assignment or None,
                pupil=pupil,
                value=value,
                version=int(version),
                comment=_comment(comment),
            )
        )
    if len(found) > MOST:
        raise Invalid(_("Too many changes at once: at most %(most)s.", most=MOST))
    return found
