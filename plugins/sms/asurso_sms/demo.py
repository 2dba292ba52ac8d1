"""Text messages of the demonstration school: half of the parents have confirmed a number."""

from __future__ import annotations

import datetime as dt
import random

from asurso_core import clock
from asurso_core.accounts import actor_for
from asurso_core.actors import FAMILY
from asurso_core.db import rows
from asurso_core.demo import DemoClass, DemoPerson, DemoPupil, DemoSchool, DemoStep
from asurso_sms import alphabet
from asurso_sms.conversation import replies
from asurso_sms.models import Inbound, Message, Phone, Query
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


#: What parents of the demonstration school ask; some in Latin letters, some in vain.
_QUESTIONS = (
    "ОЦЕНКИ", "оценки {name}", "ПРОГНОЗ", "прогноз {name}", "ДЗ", "дз {name} завтра", "РАСП",
    "ДОЛГИ", "OCENKI", "prognoz {name}", "пропуски {name}", "ОЦЕНКИ {name} МАТЕМ",
    "когда собрание?", "помощь",
)  # fmt: skip


def ask(school: DemoSchool) -> None:
    """Enter questions of some parents with the answers that the school really gives."""
    lots = school.lots("sms.questions")
    found = rows(
        "SELECT p.person_id, p.number, u.id FROM sms_phone p "
        "JOIN core_user u ON u.person_id = p.person_id "
        "WHERE p.stopped_at IS NULL ORDER BY p.person_id"
    )
    names = {
        guardian.person.id: pupil.given_name
        for school_class in school.classes
        for pupil in school_class.pupils
        for guardian in pupil.guardians
    }
    moments = sorted(
        dt.datetime.combine(
            school.today - dt.timedelta(days=lots.randrange(1, 14)),
            dt.time(lots.randrange(5, 15), lots.randrange(60)),
        )
        for _question in range(min(_ASKING, len(found)))
    )
    asking = zip(moments, lots.sample(found, len(moments)), strict=True)
    for count, (moment, (person, number, user)) in enumerate(asking):
        text = lots.choice(_QUESTIONS).format(name=names.get(person, ""))
        with clock.frozen(moment.replace(tzinfo=dt.UTC)):
            told = replies.reply(actor_for(user, FAMILY), text)
        _question(school, person, number, moment, text, told, count)
    school.bulk.flush()


#: Of so many parents a question is entered.
_ASKING = 40


def _question(
    school: DemoSchool, person: int, number: str, moment: dt.datetime, text: str,
    told: replies.Reply, count: int,
) -> None:  # fmt: skip
    heard = school.bulk.add(
        Inbound, gateway="file", gateway_id=f"demo-{count}", sender=number, receiver="1234",
        text=text, received_at=moment, handled_at=moment,
    )  # fmt: skip
    parts = alphabet.count(told.text).parts
    later = moment + dt.timedelta(seconds=4)
    message = school.bulk.add(
        Message, mark=f"demo-answer-{count}", person=person, phone=number, text=told.text,
        purpose="answer", about=told.about, family=told.about is not None, school_class=None,
        year=school.year_id, urgent=False, reference=f"query:{heard}", parts=parts,
        price=parts * 250, gateway="file", state="delivered", reason="", created_at=moment,
        due_at=moment, expires_at=moment + dt.timedelta(days=1), sent_at=moment, final_at=later,
    )  # fmt: skip
    state = "choice" if told.choices else "answered" if told.about else "helped"
    school.bulk.add(
        Query, inbound=heard, person=person, asked_at=moment, command=told.command,
        about=told.about, state=state, message=message,
    )  # fmt: skip


STEPS = [
    DemoStep(name="sms", order=60, fill=fill),
    DemoStep(name="sms.questions", order=70, fill=ask),
]
