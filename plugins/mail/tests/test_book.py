"""Whom somebody may write to: the book, the search in it and sending answer alike."""

from __future__ import annotations

import datetime as dt

import pytest

from asurso_core import access
from asurso_core.accounts import Guardian
from asurso_core.db import db
from asurso_core.errors import Invalid
from asurso_core.school import ClassMember
from asurso_mail import queries, services


def told(school, who, side=None, group=None):
    """Names of the test school of everybody in somebody's book, or in a group of it."""
    actor = school.actor(who, side)
    called = {id_: name for name, id_ in school.persons.items()}
    keys = [group] if group else [one.key for one in queries.groups(actor)]
    return {
        f"{one.address[1]}:{called[one.address[0]]}"
        for key in keys
        for one in queries.people(actor, key)
    }


def everybody(school):
    """Every account of the small school, on each of its sides."""
    return [(who, side) for who in school.users for side in school.actor(who).sides]


STAFF = {
    "admin", "director", "deputy", "teacher", "class_teacher", "teacher_parent", "english_1",
    "english_2", "technical", "secretary", "hr", "medical", "psychologist",
}  # fmt: skip
OFFICE = {"admin", "director", "deputy", "medical", "psychologist", "secretary"}


def staff(*names):
    return {f"staff:{name}" for name in names}


def family(*names):
    return {f"family:{name}" for name in names}


def test_a_parent_sees_teachers_of_the_own_child_and_the_administration(school):
    book = told(school, "other_parent")
    assert book == staff("teacher_parent", *OFFICE)  # 5Б has no class teacher yet
    both = told(school, "parent")  # children in both classes
    assert both == staff("teacher", "class_teacher", "english_1", "teacher_parent", *OFFICE)
    # english_2 teaches the other half of the class.
    assert told(school, "teacher_parent", "family") == staff(
        "teacher", "class_teacher", "english_1", *OFFICE
    )


def test_a_pupil_sees_the_class_and_own_teachers(school):
    assert told(school, "pupil_3") == family("pupil", "pupil_2", "pupil_4") | staff(
        "teacher", "class_teacher", "english_2", *OFFICE
    )


def test_staff_see_the_staff_and_the_families_of_their_right(school):
    own_class = family("pupil", "pupil_2", "pupil_3", "pupil_4", "parent", "teacher_parent")
    assert told(school, "class_teacher") == own_class | staff(*(STAFF - {"class_teacher"}))
    assert told(school, "english_1") == family(
        "pupil", "pupil_2", "parent", "teacher_parent"
    ) | staff(*(STAFF - {"english_1"}))
    assert told(school, "technical") == staff(*(STAFF - {"technical"}))
    assert family("pupil_6", "other_parent") <= told(school, "secretary")


def test_rules_of_the_school_open_and_close_the_book(school, rules):
    rules(parents_to_parents=True, pupils_to_pupils=False, public_roles=["director"])
    assert told(school, "parent") & family(*school.persons) == family(
        "other_parent", "teacher_parent"
    )
    assert told(school, "pupil_3") == staff("teacher", "class_teacher", "english_2", "director")


def _enough(names):
    """A few letters so that every name has a word that begins with one of them."""
    chosen = []
    while names:
        firsts = [{word[0] for word in words} for words in names]
        best = max(sorted(set().union(*firsts)), key=lambda one: sum(one in f for f in firsts))
        chosen.append(best)
        names = [words for words, f in zip(names, firsts, strict=True) if best not in f]
    return chosen


@pytest.mark.parametrize("opened", [False, True])
def test_the_book_the_search_and_sending_agree_for_every_pair(school, rules, opened):
    """R4.x.10: of every two people, on every side, all three say the same."""
    if opened:
        rules(parents_to_parents=True, pupils_to_pupils=False, public_roles=["secretary"])
    rules(family_letters=1000, family_recipients=10_000)
    rules(family_named=100)
    people = everybody(school)
    letters = _enough([school.person(who).search_text.split() for who, _side in people])
    disagree = []
    for who, side in [one for one in people if not opened or one[1] == "family"]:
        actor = school.actor(who, side)
        book = told(school, who, side)
        found = {
            one.token for one in
            (hit for letter in letters for hit in queries.search_people(actor, letter, 100))
        }  # fmt: skip
        tokens = {f"{there}:{other}": f"{there}:{school.persons[other]}" for other, there in people}
        if found != {tokens[one] for one in book}:
            disagree.append((who, side, "search"))
        # One letter reaches everybody who is listed, none reaches anybody else.
        with db.atomic() as around:
            services.send(actor, services.Letter(to=[tokens[one] for one in book], text="x"))
            around.rollback()
        for one in tokens.keys() - book - {f"{side}:{who}"}:
            with db.atomic() as around:
                try:
                    services.send(actor, services.Letter(to=[tokens[one]], text="x"))
                    disagree.append((who, side, one))
                except Invalid:
                    pass
                around.rollback()
    assert disagree == []


def test_a_teacher_is_found_by_the_subject_and_told_with_it(school, login_as):
    (found,) = queries.search_people(school.actor("teacher_parent", "family"), "матем")
    assert found.name == "Мартынюк Иван Андреевич"
    assert "Математика (5А)" in found.about
    (leader,) = queries.search_people(school.actor("pupil"), "классный")
    assert leader.about.startswith("классный руководитель 5А")
    answer = login_as("parent").get("/mail/people.json?q=матем").json["people"]
    assert {one["token"] for one in answer} == {
        f"staff:{school.persons[one]}" for one in ("teacher", "teacher_parent")
    }


def test_staff_find_by_child_class_and_subject(school):
    deputy = school.actor("deputy")

    def names(text):
        called = {id_: name for name, id_ in school.persons.items()}
        return {f"{one.address[1]}:{called[one.address[0]]}" for one in
                queries.search_people(deputy, text, 100)}  # fmt: skip

    assert names("абрамов егор") == {"family:pupil", "family:parent"}
    assert names("5б") == family("pupil_5", "pupil_6", "parent", "other_parent")
    assert names("англ") == staff("english_1", "english_2")
    assert names("%") == names("_") == set()


def test_families_learn_of_other_parents_only_the_class(school, rules):
    rules(parents_to_parents=True)
    (found,) = queries.search_people(school.actor("other_parent"), "абрамова елена")
    assert found.about == "родитель: 5Б"
    (seen,) = queries.search_people(school.actor("class_teacher"), "абрамова елена")
    assert "Абрамов Егор, 5А" in seen.about


def test_who_may_not_learn_of_the_child_has_no_book_of_it(school):
    Guardian.update(may_receive=False).where(
        Guardian.guardian == school.persons["other_parent"]
    ).execute()
    assert told(school, "other_parent") == staff(*OFFICE)
    key = f"class:{school.ids['5Б']}:parents"
    reached = queries.broadcast_members(school.actor("deputy"), [key])
    assert (school.persons["other_parent"], "family") not in reached


def test_the_book_follows_the_relations_of_the_day(school, clock):
    """T26: who has moved to another class is written to by others from that day on."""
    moved = dt.date(2026, 12, 1)
    ClassMember.update(until=moved).where(ClassMember.pupil == school.persons["pupil_3"]).execute()
    ClassMember.create(pupil=school.persons["pupil_3"], school_class=school.ids["5Б"], since=moved)
    token = f"family:{school.persons['pupil_3']}"
    letter = services.Letter(to=[token], text="x")
    services.send(school.actor("pupil"), letter)
    clock.move("2026-12-02")
    with pytest.raises(Invalid):
        services.send(school.actor("pupil"), letter)
    services.send(school.actor("pupil_6"), letter)


def test_a_group_of_others_is_empty_for_whoever_asks_for_it(school, login_as):
    key = f"class:{school.ids['5Б']}:parents"
    assert queries.people(school.actor("class_teacher"), key) == []
    assert queries.people(school.actor("parent"), "role:hr") == []
    assert "Яковлев" not in login_as("pupil").get(f"/mail/people?group={key}").text


def test_nobody_can_be_given_the_letters_of_others():
    assert access.permissions()["mail.use"].scopes == ("own",)
