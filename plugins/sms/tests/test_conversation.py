"""Questions by text message, from the number that it came from to what is sent and written down."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tuned
from hypothesis import strategies as st

from asurso_core import audit, clock, plugins, settings
from asurso_core.accounts import Guardian, Person, User
from asurso_core.actors import system
from asurso_core.db import transaction
from asurso_core.school import ClassMember
from asurso_core.testing.make import SmallSchool
from asurso_sms import alphabet, conversation
from asurso_sms.conversation import replies
from asurso_sms.models import Inbound, Message, Phone, Query

MOTHER, FATHER, TEACHER, PUPIL = (f"+7927000000{n}" for n in range(1, 5))
NUMBERS = {
    "parent": MOTHER, "other_parent": FATHER, "teacher_parent": TEACHER, "pupil": PUPIL,
}  # fmt: skip


@pytest.fixture
def say(school: SmallSchool) -> Callable[..., str | None]:
    """``say(MOTHER, "ОЦЕНКИ")`` is the text that was sent back, None for silence.

    The mother has Egor (5А) and Nika (5Б), the father Timur (5Б), the teacher Maya (5А).
    """
    for name, number in NUMBERS.items():
        Phone.create(person=school.persons[name], number=number, confirmed_at=clock.stamp())
    ids = itertools.count(1)

    def tell(sender: str, text: str) -> str | None:
        row = Inbound.create(
            gateway="file", gateway_id=f"m{next(ids)}", sender=sender, receiver="1234", text=text,
            received_at=clock.stamp(),
        )  # fmt: skip
        before = Message.select().count()
        conversation.answer(row, lambda: None)
        sent = list(Message.select().order_by(Message.id))[before:]
        assert len(sent) <= 1
        return sent[0].text if sent else None

    return tell


@pytest.fixture
def rules(app: Any) -> Callable[..., None]:
    """``rules(queries_a_day=2)`` sets rules of the school."""
    del app

    def change(**values: Any) -> None:
        with transaction():
            settings.put(system("tests"), "sms", values)
        settings.forget()

    return change


def outcomes() -> list[str]:
    return [row.state for row in Query.select().order_by(Query.id)]


# --- who is asking -------------------------------------------------------------------------------


def test_an_only_child_needs_no_name(say):
    assert say(FATHER, "ОЦЕНКИ") == "Тимур 5Б 18-24.11: отметок нет"


def test_one_of_several_is_asked_for_by_the_first_name(say):
    assert say(MOTHER, "оценки ника") == "Ника 5Б 18-24.11: отметок нет"
    assert say(MOTHER, "прогноз егора") == "Егор 5А. Прогноз 2 четв: отметок пока нет"


def test_without_a_name_a_figure_is_asked_for_and_answers_the_question(say):
    asked = say(MOTHER, "оценки 1 четв")
    assert asked == "1 Егор 5А, 2 Ника 5Б: ответьте цифрой"
    assert say(MOTHER, "2") == "Ника 5Б 1 четв: отметок нет"
    # The other child, too, and by name.
    assert say(MOTHER, " 1. ") == "Егор 5А 1 четв: отметок нет"
    assert say(MOTHER, "ника") == "Ника 5Б 1 четв: отметок нет"


def test_a_figure_waits_for_a_quarter_of_an_hour(say):
    say(MOTHER, "долги")
    with clock.frozen("2026-11-24T10:14:59"):
        assert say(MOTHER, "1") == "Егор 5А: долгов нет"
    with clock.frozen("2026-11-24T10:15:01"):
        assert say(MOTHER, "1").startswith("Команды: ОЦЕНКИ, ПРОГНОЗ")


def test_a_figure_out_of_range_is_asked_again_and_stays_with_the_question(say):
    say(MOTHER, "долги")
    assert say(MOTHER, "3") == "1 Егор 5А, 2 Ника 5Б: ответьте цифрой"
    assert say(MOTHER, "0") == "1 Егор 5А, 2 Ника 5Б: ответьте цифрой"
    assert say(MOTHER, "2") == "Ника 5Б: долгов нет"


def test_another_question_ends_the_one_that_waited(say):
    say(MOTHER, "долги")
    say(MOTHER, "помощь")
    assert say(MOTHER, "1").startswith("Команды:")


def test_a_figure_for_a_child_who_was_taken_away_meanwhile_is_not_answered(say, school):
    say(MOTHER, "долги")
    Guardian.update(may_receive=False).where(Guardian.pupil == school.persons["pupil"]).execute()
    assert say(MOTHER, "1").startswith("Команды:")


def test_a_teacher_with_a_child_asks_as_a_parent_only(say):
    assert say(TEACHER, "оценки") == "Майя 5А 18-24.11: отметок нет"
    assert say(TEACHER, "оценки ника").startswith("Майя 5А 18-24.11: отметок нет")


def test_a_pupil_asks_about_themselves_from_fourteen_on(say, school):
    assert say(PUPIL, "оценки").startswith("К вашему номеру не привязан")
    Person.update(birth_date=dt.date(2012, 11, 24)).where(
        Person.id == school.persons["pupil"]
    ).execute()
    assert say(PUPIL, "оценки") == "Егор 5А 18-24.11: отметок нет"
    assert "Ника" not in say(PUPIL, "оценки ника")


@pytest.mark.parametrize("gone", ["barred", "left", "archived", "not a guardian"])
def test_a_child_who_is_not_told_about_is_as_if_not_there(say, school, gone):
    nika = school.persons["pupil_5"]
    link = Guardian.pupil == nika
    if gone == "barred":
        Guardian.update(may_receive=False).where(link).execute()
    elif gone == "left":
        ClassMember.update(until=dt.date(2026, 11, 24)).where(ClassMember.pupil == nika).execute()
    elif gone == "archived":
        Person.update(archived_at=clock.stamp()).where(Person.id == nika).execute()
    else:
        Guardian.delete().where(link).execute()
    # Egor is an only child now; whoever asks for Nika is answered about him.
    assert say(MOTHER, "долги") == "Егор 5А: долгов нет"
    assert "Ника" not in say(MOTHER, "долги ника")


def test_nobody_to_ask_about_is_told_without_a_word_more(say, school):
    Guardian.update(may_receive=False).execute()
    text = "К вашему номеру не привязан ни один ученик. Спросите классного руководителя."
    assert say(MOTHER, "оценки") == text
    assert say(MOTHER, "оценки егор") == text


# --- which number --------------------------------------------------------------------------------


@pytest.mark.parametrize("sender", ["89270000001", "79270000001", "9270000001", MOTHER])
def test_the_answer_goes_to_the_confirmed_number_however_the_gateway_writes_it(say, sender):
    assert say(sender, "долги егор") == "Егор 5А: долгов нет"
    assert Message.get().phone == MOTHER


def test_an_unknown_number_learns_nothing(say):
    for sender in ("+79270000009", "MTS", "", "1234", "79270000001x", "+7927000000"):
        assert say(sender, "оценки егор") is None
    assert outcomes() == ["silent"] * 6
    assert {row.person_id for row in Query.select()} == {None}


def test_a_number_that_is_only_asked_for_is_unknown(say, school):
    Phone.create(person=school.persons["teacher"], asked="+79270000008", asked_at=clock.stamp())
    assert say("+79270000008", "оценки") is None


def test_where_the_school_wants_it_an_unknown_number_is_told_so_once_a_day(say, rules):
    rules(answer_unknown=True)
    assert say("+79270000009", "оценки").startswith("Этот номер школе не известен.")
    assert say("+79270000009", "оценки") is None
    assert say("89270000009", "оценки") is None
    assert Message.get().person_id is None
    with clock.frozen("2026-11-25T10:00"):
        assert say("+79270000009", "оценки") is not None


def test_all_unknown_numbers_together_are_told_little(say, rules):
    rules(answer_unknown=True)
    told = [say(f"+792711100{n:02}", "привет") for n in range(25)]
    assert len([text for text in told if text]) == conversation.MOST_UNKNOWN


@pytest.mark.parametrize("gone", ["blocked", "archived", "person"])
def test_a_closed_account_is_unknown(say, school, gone):
    if gone == "person":
        Person.update(archived_at=clock.stamp()).where(
            Person.id == school.persons["parent"]
        ).execute()
    else:
        User.update(state=gone).where(User.id == school.users["parent"]).execute()
    assert say(MOTHER, "оценки егор") is None


# --- how often, СТОП -----------------------------------------------------------------------------


def test_too_many_questions_are_refused_once_and_then_left_alone(say, rules):
    rules(queries_a_day=2)
    assert say(FATHER, "долги") == "Тимур 5Б: долгов нет"
    assert say(FATHER, "что?").startswith("Команды")
    assert say(FATHER, "долги").startswith("В день школа отвечает на 2 вопроса.")
    assert say(FATHER, "долги") is None
    assert say(MOTHER, "долги егор") is not None
    assert outcomes() == ["answered", "helped", "refused", "silent", "answered"]
    with clock.frozen("2026-11-25T00:01"):
        assert say(FATHER, "долги") == "Тимур 5Б: долгов нет"


def test_stop_is_answered_once_and_nothing_after_it_until_start(say):
    stopped = say(MOTHER, "Стоп!")
    assert stopped == "SMS от школы больше не приходят. Чтобы получать их снова, отправьте СТАРТ"
    assert say(MOTHER, "СТОП") is None
    assert say(MOTHER, "оценки егор") is None
    assert say(MOTHER, "СТАРТ") == "SMS от школы снова приходят. Список команд: ПОМОЩЬ"
    assert say(MOTHER, "долги егор") == "Егор 5А: долгов нет"
    assert outcomes() == ["stopped", "silent", "silent", "started", "answered"]


def test_stop_works_when_the_day_is_used_up(say, rules):
    rules(queries_a_day=1)
    say(MOTHER, "долги егор")
    assert say(MOTHER, "stop").startswith("SMS от школы больше не приходят")
    assert Phone.get(Phone.number == MOTHER).stopped_at is not None


def test_stop_and_start_in_turn_cost_no_more_than_the_questions_of_a_day(say, rules):
    rules(queries_a_day=3)
    told = [say(MOTHER, word) for word in ("стоп", "старт") * 5]
    assert len([text for text in told if text]) == 3
    assert Phone.get(Phone.number == MOTHER).stopped_at is None


def test_a_withdrawn_consent_is_silence_and_start_does_not_give_it_again(say):
    Phone.update(withdrawn_at=clock.stamp()).execute()
    assert say(MOTHER, "долги егор") is None
    assert say(MOTHER, "старт") is None
    assert say(MOTHER, "стоп") is None


# --- what is written down ------------------------------------------------------------------------


def test_a_message_that_comes_again_is_answered_once(say):
    say(MOTHER, "долги егор")
    row = Inbound.get()
    done = []
    conversation.answer(row, lambda: done.append(True))
    assert Message.select().count() == Query.select().count() == len(done) == 1


def test_every_question_is_written_down_with_what_was_told(say, school):
    say(MOTHER, "долги егор")
    row = Query.get()
    assert (row.person_id, row.about_id) == (school.persons["parent"], school.persons["pupil"])
    assert (row.command, row.state) == ("journal.debts", "answered")
    assert (row.inbound.text, row.message.text) == ("долги егор", "Егор 5А: долгов нет")
    assert (row.message.purpose, row.message.about_id) == ("answer", school.persons["pupil"])
    entry = audit.AuditEntry.get(audit.AuditEntry.kind == "sms.asked")
    assert (entry.user, entry.side, entry.person) == (
        school.users["parent"], "family", school.persons["pupil"],
    )  # fmt: skip
    assert entry.after == {"command": "journal.debts"}


def test_the_questions_of_a_day_cost_few_statements(say, queries):
    say(FATHER, "долги")
    with queries(27):
        say(FATHER, "долги")


# --- any text ------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    ["оценки", "прогноз", "дз", "расп", "итоги", "ДОЛГИ", "пропуски", "помощь", "егор", "ника",
     "мат", "1", "2", "четв", "год", "12.09", "31.02", "99.99.9999", "завтра", "пн", "ocenki",
     "5А", "5-", "«", "ё", "\u0301", "ﷺ", "１２．０９", "٣", "ii", "-", "за", "неделю"]
)  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=1000),
    st.lists(st.one_of(WORDS, st.text(max_size=8)), max_size=60).map(" ".join),
    st.lists(WORDS, max_size=8).map(" ".join),
)


@tuned(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS, waits=st.booleans())
def test_any_text_gets_an_answer_of_at_most_three_parts(school, text, waits):
    children = (school.persons["pupil"], school.persons["pupil_5"])
    pending = replies.Pending(children, "оценки") if waits else None
    told = replies.reply(school.actor("parent", "family"), text, pending)
    assert told.text
    assert alphabet.count(told.text).parts <= 3


def test_an_answer_that_is_too_long_says_where_the_rest_is(app):
    pieces = ["Иван 5А, ДЗ на 19.09:", *(f"Предмет{n}: прочитать и выучить;" for n in range(20))]
    told = replies.fitted(pieces)
    assert alphabet.count(told).parts == 3
    assert told.endswith("прочитать и выучить … полностью: дневник")
    one = replies.fitted(["Иван 5А:", "Лит: " + "читать " * 100])
    assert one == "Иван 5А: Лит: " + "читать " * 22 + "… полностью: дневник"


def test_answers_in_latin_letters_are_measured_as_they_go_out(rules):
    pieces = ["Мат 4 5 4 5 4," for _number in range(30)]
    short = len(replies.fitted(pieces))
    rules(latin=True)
    assert len(replies.fitted(pieces)) > short * 1.8


def test_a_school_that_allows_one_part_only_is_answered_in_one(say, rules):
    rules(most_parts=1)
    for sender, text in (
        (MOTHER, "оценки"), (MOTHER, "помощь"), (MOTHER, "?"), (MOTHER, "стоп"),
        (PUPIL, "оценки"), (FATHER, "итоги"), (FATHER, "оценки 9 модуль химия"),
    ):  # fmt: skip
        assert say(sender, text)
    assert {row.parts for row in Message.select()} == {1}


# --- help, and plugins that are off or fail ------------------------------------------------------


def test_help_lists_the_commands_with_an_example_of_the_own_family(say):
    assert say(MOTHER, "помощь") == (
        "ОЦЕНКИ, ПРОГНОЗ, ИТОГИ, ПРОПУСКИ, ДОЛГИ, ДЗ, РАСП, СТОП. "
        "Например: ОЦЕНКИ ЕГОР. Подробнее: ПОМОЩЬ ОЦЕНКИ"
    )
    assert say(MOTHER, "помощь дз") == "ДЗ [имя] [предмет] [дата]: что задано на следующий день"


def test_what_is_not_understood_is_answered_by_the_commands(say):
    commands = "Команды: ОЦЕНКИ, ПРОГНОЗ, ИТОГИ, ПРОПУСКИ, ДОЛГИ, ДЗ, РАСП, ПОМОЩЬ, СТОП"
    assert say(MOTHER, "добрый день") == commands
    assert say(MOTHER, "") == commands


def test_words_without_a_meaning_are_told_of(say):
    assert say(FATHER, "долги химия") == "Тимур 5Б: долгов нет. Не всё понято, отправьте ПОМОЩЬ."


def test_a_period_that_the_class_has_not_is_named_with_those_it_has(say):
    assert say(FATHER, "оценки 2 триместр") == (
        "Такого периода нет. Есть: 1 четв, 2 четв, 3 четв, 4 четв."
    )
    assert say(FATHER, "оценки 1 полугодие") == "Тимур 5Б 1 полуг: отметок нет"


def test_a_switched_off_plugin_has_no_commands(say, plugins):
    plugins.disable("journal")
    assert say(FATHER, "оценки") == "Команды: РАСП, ПОМОЩЬ, СТОП"


def test_hook_sms_commands(say, join):
    from dataclasses import dataclass

    from asurso_core import hookimpl
    from asurso_core.errors import NotThere

    # The class is the plugin's own; the hook knows it by its name.
    @dataclass(frozen=True)
    class SmsCommand:
        name: str = "guest.books"
        words: tuple[str, ...] = ("КНИГИ", "библиотека")
        help: str = "[имя]: какие книги на руках"
        takes: frozenset[str] = frozenset()
        ahead: bool = False
        order: int = 90

        def answer(self, actor, pupil, question):
            if pupil.given_name == "Майя":
                raise NotThere
            return [f"{question.who}:", "«Муму»"]

    # Optional: the plugin starts without text messages too.
    @hookimpl(optionalhook=True)
    def sms_commands():
        return [SmsCommand()]

    join(sms_commands)
    assert say(FATHER, "knigi") == "Тимур 5Б: «Муму»"
    assert say(TEACHER, "книги") == "Майя 5А: эти сведения вам не открыты"


def test_a_plugin_that_fails_spoils_only_its_own_answer(say, join):
    from dataclasses import dataclass

    from asurso_core import hookimpl

    @dataclass(frozen=True)
    class SmsCommand:
        name: str = "guest.broken"
        words: tuple[str, ...] = ("КНИГИ",)
        help: str = ""
        takes: frozenset[str] = frozenset()
        ahead: bool = False
        order: int = 90

        def answer(self, actor, pupil, question):
            raise ZeroDivisionError

    @hookimpl(optionalhook=True)
    def sms_commands():
        return [SmsCommand()]

    join(sms_commands)
    manager = plugins.current()
    manager.reraise = False
    try:
        text = say(FATHER, "книги")
    finally:
        manager.reraise = True
        manager.forget()
    assert text == "Тимур 5Б: сейчас ответить не получилось, посмотрите в дневнике"
    assert say(FATHER, "долги") == "Тимур 5Б: долгов нет"
