"""The types of works and the codes of attendance that a journal cannot work without."""

from __future__ import annotations

from asurso_core.db import transaction
from asurso_core.i18n import gettext as _
from asurso_journal.models import AssignmentType, AttendanceCode

#: The type of the work that a first mark of a lesson is put for (features.md 3.1).
ANSWER = "Ответ на уроке"

# name, letter, weight, control work (features.md 3.2)
_TYPES = [
    ("Ответ на уроке", "О", 1, False),
    ("Работа на уроке", "Р", 1, False),
    ("Домашняя работа", "Д", 1, False),
    ("Самостоятельная работа", "С", 2, False),
    ("Проверочная работа", "ПР", 2, False),
    ("Практическая работа", "А", 2, False),
    ("Лабораторная работа", "Л", 2, False),
    ("Тестирование", "Т", 2, False),
    ("Диктант", "Н", 2, True),
    ("Изложение", "И", 2, True),
    ("Сочинение", "Ч", 2, True),
    ("Проект", "П", 2, False),
    ("Зачёт", "З", 2, True),
    ("Контрольная работа", "К", 3, True),
]
# code, name, missed, excused, illness, may stand beside a mark (features.md 3.3)
_CODES = [
    ("ОТ", "отсутствовал", True, False, False, True),
    ("Б", "болезнь", True, True, True, True),
    ("УП", "уважительная причина", True, True, False, True),
    ("НП", "неуважительная причина", True, False, False, True),
    ("ОП", "опоздал", False, False, False, True),
    ("ОСВ", "освобождён", False, True, False, True),
]


def install_vocabulary() -> None:
    """Write the usual types of works and attendance codes into empty tables; safe to repeat.

    A table that holds anything is left alone: what the school removed stays removed.
    """
    with transaction():
        if not AssignmentType.select().exists():
            AssignmentType.insert_many(
                [
                    {
                        "name": name, "letter": letter, "weight": weight, "is_control": control,
                        "position": place, "archived": False,
                    }
                    for place, (name, letter, weight, control) in enumerate(_TYPES)
                ]
            ).execute()  # fmt: skip
        if not AttendanceCode.select().exists():
            AttendanceCode.insert_many(
                [
                    {
                        "code": code, "name": name, "missed": missed, "excused": excused,
                        "illness": illness, "allows_mark": allows, "position": place,
                    }
                    for place, (code, name, missed, excused, illness, allows) in enumerate(_CODES)
                ]
            ).execute()  # fmt: skip


def answer_type_id() -> int:
    """The id of the type of an ordinary answer; the first type of the list if it was removed."""
    found = (
        AssignmentType.select(AssignmentType.id)
        .order_by((AssignmentType.name == ANSWER).desc(), AssignmentType.position)
        .tuples()
        .first()
    )
    if found is None:
        raise LookupError(_("The school has no types of works."))
    return int(found[0])
