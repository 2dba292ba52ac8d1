"""What the demonstration school writes to each other."""

from __future__ import annotations

import datetime as dt

from asurso_core.demo import DemoPerson, DemoSchool, DemoStep
from asurso_mail.models import (
    AUTHOR,
    BROADCAST,
    DRAFTS,
    FOLDER,
    HIDDEN,
    INBOX,
    LETTER,
    SENT,
    TO,
    Copy,
    Folder,
    Message,
    Report,
)
from asurso_mail.services import index_again

STAFF, FAMILY = "staff", "family"


def fill(school: DemoSchool) -> None:
    """A class teacher, a subject teacher, parents and pupils of one class, and the staff."""
    school.bulk.flush()
    klass = next((one for one in school.classes if one.grade == 5), None)
    if klass is None or klass.leader is None:
        return
    leader = klass.leader
    pupils = [one for one in klass.pupils if one.until is None]
    families = [
        (child, link.person) for child in pupils for link in child.guardians if link.may_receive
    ]
    if not families:
        return
    child, parent = families[0]
    group = next(
        (one for one in school.groups
         if one.school_class is klass and one.teacher not in {None, leader}), None,
    )  # fmt: skip
    teacher = group.teacher if group is not None and group.teacher else leader

    first = _letter(
        school, 21, (parent, FAMILY), [(teacher, STAFF)], "Домашнее задание",
        f"Здравствуйте! {child.given_name} болел два дня. Подскажите, пожалуйста, что нужно "
        "сделать к следующему уроку?\n\nЗаранее спасибо!",
    )  # fmt: skip
    _letter(
        school, 18, (teacher, STAFF), [(parent, FAMILY)], "Re: Домашнее задание",
        "Добрый день! Ничего страшного, вот список:\n\n- прочитать параграф 14\n- решить задачи "
        "**5 и 6**, остальные по желанию\n\nЕсли что-то будет непонятно, пусть подойдёт на "
        "перемене.\n\n> Подскажите, пожалуйста, что нужно сделать к следующему уроку?",
        answers=first,
    )  # fmt: skip
    _letter(
        school, 23, (leader, STAFF),
        sorted({(one, FAMILY) for _child, one in families}, key=lambda pair: pair[0].id),
        "Родительское собрание",
        "Уважаемые родители! Собрание состоится в четверг в 18:00 в кабинете класса.\n\n"
        "1. Итоги первой четверти\n2. Экскурсия\n3. Разное\n\nПросьба ответить, сможете ли прийти.",
        keys=[f"class:{klass.id}:parents"], addressed=f"родители: {klass.title}",
    )  # fmt: skip
    staff = [one for one in school.staff if one is not leader]
    _letter(
        school, 25, (staff[0], STAFF),
        [(one, STAFF) for one in school.staff if one is not staff[0]],
        "Совещание в понедельник",
        "Коллеги, в понедельник в 14:30 короткое совещание в учительской.",
        keys=["staff"], addressed="все работники",
    )  # fmt: skip
    if len(pupils) > 2:
        rude = _letter(
            school, 16, (pupils[1], FAMILY), [(pupils[0], FAMILY)], "Привет",
            "Ты вчера так смешно упал на физкультуре, все ржали!",
        )  # fmt: skip
        Report.create(
            message=rude, reporter=pupils[0].id, side=FAMILY, reason="insult",
            note="Мне это неприятно", created_at=_hours_ago(school, 15),
        )  # fmt: skip
    draft = Message.create(
        author=leader.id, side=STAFF, kind=LETTER, subject="Экскурсия",
        text="Предлагаю съездить в…",
        created_at=_hours_ago(school, 1.5), chosen={"to": [], "keys": [], "outside": []},
    )  # fmt: skip
    _hold(draft, leader, STAFF, AUTHOR, DRAFTS, _hours_ago(school, 1.5))
    shelf = Folder.create(owner=leader.id, side=STAFF, name="Собрания", name_key="собрания")
    Copy.update(box=FOLDER, folder=shelf).where(
        Copy.owner == leader.id, Copy.side == STAFF, Copy.part == AUTHOR, Copy.box == SENT
    ).execute()


def _hours_ago(school: DemoSchool, hours: float) -> dt.datetime:
    moment = school.now - dt.timedelta(hours=hours)
    return moment.astimezone(dt.UTC).replace(tzinfo=None)


def _hold(
    message: Message, who: DemoPerson, side: str, part: str, box: str, at: dt.datetime,
    read: bool = True,
) -> None:  # fmt: skip
    Copy.create(
        message=message, owner=who.id, side=side, part=part, box=box, at=at,
        read_at=at if read else None,
    )  # fmt: skip


def _letter(
    school: DemoSchool,
    hours: float,
    author: tuple[DemoPerson, str],
    people: list[tuple[DemoPerson, str]],
    subject: str,
    text: str,
    *,
    answers: Message | None = None,
    keys: list[str] | None = None,
    addressed: str = "",
) -> Message:
    at = _hours_ago(school, hours)
    message: Message = Message.create(
        author=author[0].id, side=author[1], kind=BROADCAST if keys else LETTER, subject=subject,
        text=text, created_at=at, sent_at=at, answers=answers.id if answers else None,
        chosen={"keys": keys or []}, recipients=len(people), open_list=not keys,
        addressed=addressed or ", ".join(_short(one) for one, _side in people)[:255],
    )  # fmt: skip
    message.thread = (answers.thread or answers.id) if answers else message.id
    message.save()
    _hold(message, author[0], author[1], AUTHOR, SENT, at)
    for place, (who, side) in enumerate(people):
        _hold(message, who, side, HIDDEN if keys else TO, INBOX, at, read=place % 3 == 1)
    index_again([message.id])
    return message


def _short(who: DemoPerson) -> str:
    initials = [f"{part[0]}." for part in (who.given_name, who.patronymic) if part]
    return " ".join([who.surname, *initials])


STEPS = [DemoStep(name="mail", order=45, fill=fill)]
