"""What the demonstration school talks about: everybody, the teachers, one class."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

from asurso_core import fulltext, markup
from asurso_core.demo import DemoClass, DemoPerson, DemoSchool, DemoStep
from asurso_forum.models import (
    MODERATE,
    OPEN,
    READ,
    WRITE,
    Message,
    Poll,
    PollOption,
    PollVote,
    Reaction,
    ReadMark,
    Report,
    Section,
    SectionRight,
    Subscription,
    Topic,
)

_STAFF = (
    "director", "deputy", "teacher", "secretary", "hr", "medical", "psychologist",
)  # fmt: skip
#: Title, hours ago, what was said by turns: who of the section (an index) and the words.
_ALL = [
    (
        "Что читаем на каникулах", 250, True,
        ("Поделитесь книгой, от которой не оторваться. Пишите **автора и название** и пару слов, "
        "почему она вам понравилась.\n\nЛучшие советы повешу на стенд в библиотеке."),
        ["Дочитываю «Двух капитанов» Каверина. Думал, будет скучно, а там тайна на тайне!",
         "> Дочитываю «Двух капитанов» Каверина.\n\nПоддерживаю! И фильм старый посмотрите.",
         "«Вино из одуванчиков» Брэдбери. Она про лето, зимой как раз.",
         "А нам в младшие классы что-нибудь?\n\n- смешное\n- с картинками",
         "Для младших — «Денискины рассказы», всегда работает"],
    ),
    (
        "Потерялась синяя куртка", 70, False,
        ("Вчера после шестого урока в гардеробе осталась синяя куртка с капюшоном, в кармане ключи "
        "с брелоком-ёжиком. Если кто-то взял по ошибке — принесите, пожалуйста, на вахту."),
        ["Похожую видела сегодня на второй вешалке от окна.", "Нашлась! Спасибо всем, кто искал."],
    ),
    (
        "Турнир по шахматам", 30, False,
        ("Набираем команды на школьный турнир. Играем по субботам, начало в 11:00. Записывайтесь "
        "прямо здесь: *имя, класс, разряд, если есть*."),
        ["Мы с братом придём.", "Можно без разряда?", "Можно и нужно. Научим."],
    ),
]  # fmt: skip
_TEACHERS = [
    (
        "Электронный журнал: вопросы и ответы", 400, True,
        ("Собираем сюда вопросы по журналу, чтобы ответ видели все.\n\n"
        "1. Сначала посмотрите, нет ли ответа ниже.\n2. Пишите класс и предмет, **без фамилий "
        "учеников**."),
        ["Можно ли исправить отметку за прошлую неделю?",
         "> Можно ли исправить отметку за прошлую неделю?\n\nДа, в течение семи дней после урока.",
         "А точка потом сама пропадает, когда ставишь отметку?", "Да, отметка встаёт на её место."],
    ),
    (
        "Методический день: открытые уроки", 50, False,
        ("В декабре проводим методический день. Кто готов показать урок? Тема дня — работа с "
        "текстом на любом предмете."),
        ["Могу показать физику в восьмом классе: читаем условие задачи по шагам.",
         "Приду посмотреть, у нас с этим как раз трудно.",
         "Запишите и меня: окружающий мир, второй класс."],
    ),
]  # fmt: skip
_CLASS = [
    (
        "Экскурсия в музей космонавтики", 40, False,
        ("Дорогие родители и ребята! Предлагаю съездить в музей космонавтики. Проголосуйте, "
        "когда едем: мне нужно успеть заказать автобус."),
        ["Мы за субботу, в воскресенье тренировка.", "А сколько будет стоить автобус?",
         "Посчитаю, когда узнаю, сколько нас. Напишу здесь же.", "Ура, ракета!"],
    ),
    (
        "Дежурство и столовая", 120, False,
        "Напоминаю: на этой неделе дежурит наш класс. Дежурные приходят к 8:10.",
        ["А если автобус опаздывает?", "Предупредите меня, ничего страшного."],
    ),
]  # fmt: skip


def fill(school: DemoSchool) -> None:
    """Open three sections and let people talk in them."""
    school.bulk.flush()
    if not school.classes or not school.staff:
        return
    lots = school.lots("forum")
    teachers: list[DemoPerson] = [one for one in school.staff if "teacher" in one.roles]
    klass = next((one for one in school.classes if one.grade == 5), school.classes[-1])
    leader = klass.leader or teachers[0]
    pupils: list[DemoPerson] = [one for one in klass.pupils if one.until is None]
    parents = [link.person for one in klass.pupils for link in one.guardians if link.may_receive]

    everybody = _section("Школьная жизнь", "О чём говорит вся школа", 1)
    for role in (*_STAFF, "pupil", "parent"):
        SectionRight.create(section=everybody, level=WRITE, role=role)
    SectionRight.create(section=everybody, level=MODERATE, person=leader.id)
    for topic in _ALL:
        _talk(school, lots, everybody, leader, [*pupils[:6], *parents[:4], *teachers[:3]], topic)

    staff = _section("Учительская", "Методические и технические вопросы, только для работников", 2)
    for role in _STAFF:
        SectionRight.create(section=staff, level=WRITE, role=role)
    for topic in _TEACHERS:
        _talk(school, lots, staff, teachers[-1], teachers[:-1], topic)

    _class_section(school, lots, klass, leader, [*parents[:5], *pupils[:3]])


def _class_section(
    school: DemoSchool,
    lots: random.Random,
    klass: DemoClass,
    leader: DemoPerson,
    people: Sequence[DemoPerson],
) -> None:
    own = _section(f"Наш класс: {klass.title}", "Ребята, родители и учителя класса", 3)
    for role in ("teacher", "pupil", "parent"):
        SectionRight.create(section=own, level=WRITE, role=role, school_class=klass.id)
    SectionRight.create(section=own, level=MODERATE, person=leader.id)
    SectionRight.create(section=own, level=READ, role="director")
    trip = _talk(school, lots, own, leader, people, _CLASS[0])
    poll = Poll.create(
        topic=trip, question="Когда едем?", ends=school.today + dt.timedelta(days=10)
    )
    options = [
        PollOption.create(poll=poll, position=n, text=text)
        for n, text in enumerate(("В субботу, 5 декабря", "В воскресенье, 6 декабря", "Не поедем"))
    ]
    for one in people[1:]:
        PollVote.create(option=lots.choice(options[:2]), person=one.id)
    _talk(school, lots, own, leader, people, _CLASS[1])
    doubtful = Message.get(Message.topic == trip, Message.number == 5)
    Report.create(
        message=doubtful, reporter=people[0].id, reason="other",
        note="Просто проверяю, как работает кнопка", created_at=_hours_ago(school, 2),
    )  # fmt: skip


def _section(title: str, about: str, position: int) -> Section:
    made: Section = Section.create(title=title, about=about, position=position)
    return made


def _hours_ago(school: DemoSchool, hours: float) -> dt.datetime:
    moment = school.now - dt.timedelta(hours=hours)
    return moment.astimezone(dt.UTC).replace(tzinfo=None)


def _talk(
    school: DemoSchool,
    lots: random.Random,
    section: Section,
    author: DemoPerson,
    people: Sequence[DemoPerson],
    told: tuple[str, int, bool, str, list[str]],
) -> Topic:
    title, hours, pinned, first, answers = told
    step = hours / (len(answers) + 2)
    texts = [first, *answers]
    topic: Topic = Topic.create(
        section=section, title=title, author=author.id, pinned=pinned,
        created_at=_hours_ago(school, hours), last_number=len(texts), last_open=len(texts),
        last_at=_hours_ago(school, hours - step * len(answers)),
    )  # fmt: skip
    Subscription.create(person=author.id, topic=topic)
    readers = set()
    for n, text in enumerate(texts):
        who = author if n == 0 else people[(n * 3 + len(title)) % len(people)]
        message: Message = Message.create(
            topic=topic, number=n + 1, author=who.id, text=text, state=OPEN,
            created_at=_hours_ago(school, hours - step * n),
        )  # fmt: skip
        words = markup.plain(text)
        fulltext.put("forum", "message", message.id, f"{title} {words}" if n == 0 else words)
        readers.add(who.id)
        for fan in people[: lots.randrange(4)]:
            if fan.id != who.id:
                kind = lots.choice(("thanks", "agree", "interesting"))
                Reaction.create(message=message, person=fan.id, kind=kind)
    for reader in sorted(readers):
        ReadMark.create(person=reader, topic=topic, number=len(texts) - 1)
    return topic


STEPS = [DemoStep(name="forum", order=40, fill=fill)]
