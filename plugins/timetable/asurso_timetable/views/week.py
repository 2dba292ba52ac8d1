"""Weeks: one's own, a class, a teacher, a room; and the lists to choose from."""

from __future__ import annotations

from typing import Any

from flask import request

from asurso_core import access
from asurso_core.actors import FAMILY
from asurso_core.web import actor, go, render
from asurso_timetable.queries import week as queries
from asurso_timetable.views.blueprint import asked_monday, timetable


def _tabs() -> dict[str, Any]:
    who = actor()
    return {"whole_school": queries.sees_school(who), "family": who.side == FAMILY}


@timetable.get("/")
@access.requires("timetable.view")
def index() -> Any:
    """One's own week: lessons of the pupil, of a child, or those that a teacher gives."""
    who = actor()
    monday = asked_monday()
    if who.side != FAMILY:
        if "teacher" not in who.roles:
            return go("timetable.classes")
        found = queries.week_of_teacher(who, who.person_id or 0, monday)
        return render("timetable/week.html", week=found, mine=True, **_tabs())
    pupils = queries.pupils_of(who)
    asked = request.args.get("child", "")
    chosen = next((one for one in pupils if str(one.id) == asked), pupils[0] if pupils else None)
    if asked and chosen is not None and str(chosen.id) != asked:
        return go("timetable.index")
    week = None if chosen is None else queries.week_of_pupil(who, chosen, monday)
    return render("timetable/week.html", week=week, mine=True, pupils=pupils, **_tabs())


@timetable.get("/classes")
@access.requires("timetable.view")
def classes() -> Any:
    """Classes to choose from."""
    found = queries.classes_to_see(actor())
    return render("timetable/classes.html", grades=found, **_tabs())


@timetable.get("/teachers")
@access.requires("timetable.view")
def teachers() -> Any:
    """Teachers to choose from."""
    found = queries.teachers_to_see(actor())
    return render("timetable/teachers.html", teachers=found, **_tabs())


@timetable.get("/rooms")
@access.requires("timetable.view")
def rooms() -> Any:
    """Rooms to choose from."""
    return render("timetable/rooms.html", rooms=queries.rooms_to_see(actor()), **_tabs())


@timetable.get("/class/<int:class_id>")
@access.requires("timetable.view")
def of_class(class_id: int) -> Any:
    """The week of a class."""
    found = queries.week_of_class(actor(), class_id, asked_monday())
    return render("timetable/week.html", week=found, **_tabs())


@timetable.get("/teacher/<int:person_id>")
@access.requires("timetable.view")
def of_teacher(person_id: int) -> Any:
    """The week of a teacher."""
    found = queries.week_of_teacher(actor(), person_id, asked_monday())
    return render("timetable/week.html", week=found, **_tabs())


@timetable.get("/room/<int:room_id>")
@access.requires("timetable.view")
def of_room(room_id: int) -> Any:
    """The week of a room."""
    found = queries.week_of_room(actor(), room_id, asked_monday())
    return render("timetable/week.html", week=found, **_tabs())
