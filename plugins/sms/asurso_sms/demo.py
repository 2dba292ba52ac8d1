"""Text messages of the demonstration school: half of the parents have confirmed a number."""

from __future__ import annotations

import datetime as dt
import random

from asurso_core.demo import DemoClass, DemoPerson, DemoPupil, DemoSchool, DemoStep
from asurso_sms import alphabet
from asurso_sms.models import Message, Phone
from asurso_sms.services.phones import CONSENT, CONSENT_VERSION

_NOTICES = (
    "{name}: математика 5",
    "{name}: русский язык 2",
    "{name}: физика 4, домашняя работа 5",
    "{name} сегодня отсутствует на первом уроке",
    "{name}: долг по алгебре, сдать до пятницы",
)
_BROADCASTS = (
    "Родительское собрание {title} в четверг в 18:00, кабинет 12",
    "Завтра {title} учится с 9:00, первого урока нет",
    "Экскурсия {title} переносится на следующую неделю",
)
#: What became of them: mostly delivered, as with a gateway that works.
_FATES = ("delivered",) * 16 + ("sent", "failed", "unknown", "expired")
_REASONS = {
    "failed": "UNDELIV, err 001", "unknown": "шлюз не ответил: ответа нет слишком долго",
    "expired": "EXPIRED",
}  # fmt: skip


def fill(school: DemoSchool) -> None:
    """Enter confirmed numbers, and messages of the last four weeks."""
    lots = school.lots("sms")
    numbers: dict[int, str] = {}
    confirmed = dt.datetime.combine(school.calendar.starts, dt.time(14))
    for at, parent in enumerate(school.parents):
        if lots.random() < 0.5:
            numbers[parent.id] = f"+7900{at:07}"
            school.bulk.add(
                Phone, person=parent.id, number=numbers[parent.id], confirmed_at=confirmed,
                asked_from="", tries=0, consent_at=confirmed, consent_version=CONSENT_VERSION,
                consent_text=str(CONSENT),
                stopped_at=confirmed if lots.random() < 0.03 else None,
            )  # fmt: skip
    count = 0
    for school_class in school.classes:
        for pupil in school_class.pupils:
            for link in pupil.guardians if pupil.until is None else ():
                if link.may_receive and link.person.id in numbers and lots.random() < 0.4:
                    count += 1
                    _message(
                        school, lots, school_class, pupil, link.person, numbers[link.person.id],
                        count,
                    )  # fmt: skip
    school.bulk.flush()


def _message(
    school: DemoSchool, lots: random.Random, school_class: DemoClass, pupil: DemoPupil,
    parent: DemoPerson, number: str, count: int,
) -> None:  # fmt: skip
    broadcast = lots.random() < 0.4
    text = lots.choice(_BROADCASTS if broadcast else _NOTICES).format(
        name=pupil.given_name, title=school_class.title
    )
    state = lots.choice(_FATES)
    day = school.today - dt.timedelta(days=lots.randrange(1, 28))
    asked = dt.datetime.combine(day, dt.time(lots.randrange(5, 14), lots.randrange(60)))
    left = asked + dt.timedelta(seconds=lots.randrange(2, 9))
    parts = alphabet.count(text).parts
    school.bulk.add(
        Message, mark=f"demo-{count}", person=parent.id, phone=number, text=text,
        purpose="broadcast" if broadcast else "notice", about=None if broadcast else pupil.id,
        family=not broadcast, school_class=school_class.id, year=school.year_id, urgent=False,
        reference="", parts=parts, price=parts * 250, gateway="file", state=state,
        reason=_REASONS.get(state, ""), created_at=asked, due_at=asked,
        expires_at=asked + dt.timedelta(days=1), sent_at=left,
        final_at=None if state in {"sent", "unknown"} else left + dt.timedelta(seconds=7),
    )  # fmt: skip


STEPS = [DemoStep(name="sms", order=60, fill=fill)]
