"""Broadcasts of the demonstration school: a class teacher's, the deputy's, a draft."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable
from typing import Any

from asurso_core.demo import DemoClass, DemoPerson, DemoSchool, DemoStep
from asurso_sms import alphabet
from asurso_sms.models import Broadcast, Message, Phone, Recipient, Target

#: What became of a message: mostly delivered, as with a gateway that works.
_FATES = ("delivered",) * 12 + ("failed", "unknown")
_REASONS = {"failed": "UNDELIV, err 001", "unknown": "шлюз не ответил: ответа нет слишком долго"}


def fill(school: DemoSchool) -> None:
    """Enter both with their recipients; who has no number was told in the notice centre."""
    lots = school.lots("sms broadcasts")
    fifth = [one for one in school.classes if one.grade == 5] or school.classes[:1]
    deputies = [one for one in school.staff if "deputy" in one.roles]
    if fifth and fifth[0].leader is not None:
        text = "Родительское собрание {класс} состоится {дата} в 18:00, кабинет 12. Ждём вас."
        _cast(school, lots, fifth[0].leader, "meeting", text, fifth[:1], days=6)
    if fifth and deputies:
        text = "Завтра уроки 5-х классов начнутся в 9:20, первого урока не будет."
        _cast(school, lots, deputies[0], "cancelled", text, fifth, days=3)
    chiefs = [one for one in school.staff if "admin" in one.roles]
    if fifth and chiefs:
        draft = school.bulk.add(
            Broadcast, author=chiefs[0].id, kind="other", urgent=False, state="draft", reason="",
            text="С 1 декабря вход в школу по картам. {имя}, {класс}: карту выдаст классный "
            "руководитель.",
            created_at=dt.datetime.combine(school.today, dt.time(5, 40)), version=1,
            with_unknown=False,
        )  # fmt: skip
        school.bulk.add(Target, broadcast=draft, key=f"parallel:{fifth[0].grade}:parents")
    school.bulk.flush()


def _cast(
    school: DemoSchool, lots: random.Random, author: DemoPerson, kind: str, text: str,
    classes: Iterable[DemoClass], *, days: int,
) -> None:  # fmt: skip
    at = dt.datetime.combine(school.today - dt.timedelta(days=days), dt.time(11, 20))
    row = school.bulk.add(
        Broadcast, author=author.id, kind=kind, text=text, day=at.date() + dt.timedelta(days=2),
        urgent=False, state="done", reason="", created_at=at - dt.timedelta(minutes=4), due_at=at,
        started_at=at, finished_at=at + dt.timedelta(seconds=9), version=1, with_unknown=False,
    )  # fmt: skip
    written: set[int] = set()
    told: list[dict[str, Any]] = []
    for place in classes:
        key = f"class:{place.id}:parents"
        school.bulk.add(Target, broadcast=row, key=key, school_class=place.id)
        for pupil in place.pupils:
            for link in pupil.guardians if pupil.until is None else ():
                if not link.may_receive or link.person.id in written:
                    continue
                written.add(link.person.id)
                message = _message(
                    school, lots, row, link.person.id, place,
                    text.replace("{класс}", place.title)
                    .replace("{дата}", f"{at + dt.timedelta(days=2):%d.%m}"), at,
                )  # fmt: skip
                told.append({
                    "person": link.person.id, "pupil": pupil.id, "key": key,
                    "school_class": place.id, "state": "texted" if message else "notified",
                    "message": message, "reason": "" if message else "Номер не подтверждён.",
                })  # fmt: skip
    school.bulk.flush()  # messages before whoever refers to them
    for one in told:
        school.bulk.add(Recipient, broadcast=row, **one)


def _message(
    school: DemoSchool, lots: random.Random, row: int, person: int, place: DemoClass, text: str,
    at: dt.datetime,
) -> int | None:  # fmt: skip
    """The message to somebody with a number that is not stopped; its id."""
    phone = Phone.get_or_none(Phone.person == person, Phone.stopped_at.is_null())
    if phone is None:
        return None
    state, parts = lots.choice(_FATES), alphabet.count(text).parts
    left = at + dt.timedelta(seconds=lots.randrange(2, 9))
    return school.bulk.add(
        Message, mark=f"demo-cast-{row}-{person}", person=person, phone=phone.number, text=text,
        purpose="broadcast", about=None, family=False, school_class=place.id,
        year=school.year_id, urgent=False, reference="", parts=parts,
        price=parts * 250, gateway="file", state=state, reason=_REASONS.get(state, ""),
        created_at=at, due_at=at, expires_at=at + dt.timedelta(days=1), sent_at=left,
        final_at=None if state == "unknown" else left + dt.timedelta(seconds=7),
    )  # fmt: skip


STEPS = [DemoStep(name="sms.broadcasts", order=61, fill=fill)]
