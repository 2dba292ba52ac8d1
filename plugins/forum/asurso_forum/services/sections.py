"""Opening sections and saying who enters them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import peewee as pw

from asurso_core import access, audit
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import Conflict, Invalid
from asurso_core.i18n import gettext as _
from asurso_forum.models import MODERATE, READ, WRITE, Section, SectionRight
from asurso_forum.permissions import SECTIONS

#: Roles that belong to classes; for the others the choice of classes means nothing.
OF_CLASSES = frozenset({"pupil", "parent", "teacher"})


def save_section(
    actor: Actor,
    section_id: int | None,
    *,
    title: str,
    about: str,
    position: int,
    archived: bool,
    readers: Collection[str],
    writers: Collection[str],
    classes: Collection[int],
    moderators: Collection[int],
    version: int = 0,
) -> Section:
    """Open a section or change one, with its rights.

    Roles that write also read. With ``classes`` pupils, parents and teachers enter only if they
    belong to one of them. ``moderators`` are persons.

    :raises Conflict: somebody changed it first.
    :raises Invalid: a title that another section has, or nobody who may read.
    """
    access.require_any(actor, SECTIONS)
    with transaction():
        if section_id is None:
            section, before = Section(version=0), None
            last = Section.select(pw.fn.MAX(Section.position)).scalar()
            position = position or (last or 0) + 1
        else:
            section = access.find(actor, SECTIONS, Section, section_id)
            before = _facts(section)
            if section.version != version:
                raise Conflict(_("Somebody changed this section first."))
        if not {*readers, *writers}:
            raise Invalid(fields={"readers": [_("Choose who may read the section.")]})
        section.title, section.about = " ".join(title.split()), about.strip()
        section.position, section.archived = position, archived
        section.version += 1
        section.save()
        SectionRight.delete().where(SectionRight.section == section).execute()
        for right in _rights(readers, writers, classes, moderators):
            SectionRight.create(section=section, **right)
        audit.record(
            actor, "forum.section_changed", f"forum.section:{section.id}", before=before,
            after=_facts(section), topic=None,
        )  # fmt: skip
    return section


def _rights(
    readers: Collection[str],
    writers: Collection[str],
    classes: Collection[int],
    moderators: Collection[int],
) -> Iterator[dict[str, Any]]:
    for role in sorted({*readers, *writers}):
        level = WRITE if role in writers else READ
        if classes and role in OF_CLASSES:
            for class_id in sorted(set(classes)):
                yield {"level": level, "role": role, "school_class": class_id}
        else:
            yield {"level": level, "role": role}
    for person_id in sorted(set(moderators)):
        yield {"level": MODERATE, "person": person_id}


def _facts(section: Section) -> dict[str, Any]:
    rights = SectionRight.select().where(SectionRight.section == section).order_by(SectionRight.id)
    return {
        "title": section.title,
        "archived": section.archived,
        "rights": [
            [one.level, one.role, one.school_class_id, one.person_id] for one in rights
        ],
    }  # fmt: skip
