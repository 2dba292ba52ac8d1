"""Texts that the school uses again and again: the usual ones, and keeping them."""

from __future__ import annotations

from asurso_core import access, audit
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import Conflict, Invalid
from asurso_core.i18n import gettext as _
from asurso_sms import history, texts
from asurso_sms.models import Template
from asurso_sms.permissions import TEMPLATES
from asurso_sms.services.broadcasts import KINDS

#: What a new school begins with; the school changes and removes them as it likes.
USUAL = (
    ("meeting", "Родительское собрание",
     "Родительское собрание {класс} состоится {дата} в 18:00, кабинет 12. Ждём вас."),
    ("event", "Мероприятие класса",
     "{дата} в 14:00 в актовом зале праздник {класс}. Приглашаем родителей."),
    ("trip", "Экскурсия",
     "{дата} {класс} едет на экскурсию. Сбор в 8:30 у школы. Нужны удобная обувь и перекус."),
    ("cancelled", "Отмена занятий",
     "{дата} занятий не будет из-за мороза. Задания смотрите в дневнике."),
    ("cancelled", "Уроки начнутся позже",
     "{дата} уроки {класс} начнутся в 9:20, первого урока не будет."),
    ("performance", "Успеваемость", "{имя}: средний балл {средний}, долги: {долги}."),
    ("absence", "Нет в школе",
     "{имя} сегодня не пришёл на уроки. Сообщите, пожалуйста, причину классному руководителю."),
)  # fmt: skip


def install() -> None:
    """Write the usual texts into an empty table; safe to repeat.

    A table that holds anything is left alone: what the school removed stays removed.
    """
    with transaction():
        if not Template.select().exists():
            Template.insert_many(
                [{"kind": kind, "title": title, "text": text} for kind, title, text in USUAL]
            ).execute()


def save(
    actor: Actor, template_id: int | None, *, title: str, kind: str, text: str, version: int = 0
) -> Template:
    """Keep a text, a new one or another version of one.

    :raises Invalid: it is empty, or has a field that is not known.
    :raises Conflict: it was changed meanwhile.
    """
    access.require_any(actor, TEMPLATES)
    wrong: dict[str, list[str]] = {}
    if kind not in KINDS:
        wrong["kind"] = [_("Choose one of the list.")]
    if not title.strip():
        wrong["title"] = [_("Give it a title.")]
    try:
        if not text.strip():
            raise Invalid(_("The message is empty."))
        texts.check(text)
    except Invalid as refusal:
        wrong["text"] = [refusal.message]
    if wrong:
        raise Invalid(fields=wrong)
    values = {
        "title": title.strip()[:80], "kind": kind, "text": text.replace("\r\n", "\n").strip(),
    }  # fmt: skip
    with transaction():
        before = None
        if template_id is None:
            row = Template.create(**values)
        else:
            row = history.template(actor, template_id)
            before = {"title": row.title, "text": row.text}
            changed = (
                Template.update(version=Template.version + 1, **values)
                .where(Template.id == row.id, Template.version == version)
                .execute()
            )
            if not changed:
                raise Conflict(_("It was changed in another window. Open it anew."))
        audit.record(
            actor, "sms.template_saved", f"sms.template:{row.id}", before=before,
            after={"title": values["title"], "text": values["text"]}, topic=None,
        )  # fmt: skip
    saved: Template = Template.get_by_id(row.id)
    return saved


def remove(actor: Actor, template_id: int) -> None:
    """Remove a text; broadcasts that were made of it stay as they are."""
    access.require_any(actor, TEMPLATES)
    with transaction():
        row = history.template(actor, template_id)
        row.delete_instance()
        audit.record(
            actor, "sms.template_removed", f"sms.template:{row.id}",
            before={"title": row.title, "text": row.text}, topic=None,
        )  # fmt: skip
