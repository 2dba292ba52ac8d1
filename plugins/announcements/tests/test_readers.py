"""Who has read and who has not: by class, as a report, without those whom one may not see."""

from __future__ import annotations

import pytest

from asurso_announcements import queries, services
from asurso_core.errors import NotThere, Refused


def shape(circle):
    return [
        (one.title, [member.name.split()[0] for member in one.members]) for one in circle.sections
    ]


def test_a_circle_stands_by_class_and_counts_everybody_once(school, write):
    row = write("class_teacher", "5А:parents", "5А:pupils", must_acknowledge=True)
    services.acknowledge(school.actor("parent"), row.id)
    services.mark_read(school.actor("pupil"), row.id)
    found = queries.circle(school.actor("class_teacher"), row.id)
    assert (found.total, found.read, found.acknowledged, found.missing) == (6, 2, 1, 5)
    (section,) = found.sections
    assert section.title == "5А"
    parent = next(one for one in section.members if one.name.startswith("Абрамова Елена"))
    assert parent.about == "Абрамов Егор"
    missing = queries.circle(school.actor("admin"), row.id, "missing")
    assert parent.id not in {one.id for one in missing.sections[0].members}


def test_a_wide_circle_has_classes_and_staff(school, write):
    row = write("deputy", "everyone")
    found = shape(queries.circle(school.actor("deputy"), row.id))
    assert [title for title, _people in found] == ["5А", "5Б", "Сотрудники"]
    by_title = dict(found)
    assert "Абрамова" in by_title["5А"]
    assert {"Абрамова", "Яковлев"} <= set(by_title["5Б"])
    assert "Ёлкина" not in by_title["Сотрудники"], "the author has not to read it"
    staff = write("deputy", "staff")
    found = shape(queries.circle(school.actor("deputy"), staff.id))
    assert [title for title, _people in found] == ["Сотрудники"]


def test_others_do_not_see_who_has_read(school, write, login_as):
    row = write("deputy", "everyone")
    for who in ("director", "class_teacher"):
        with pytest.raises(Refused):
            queries.circle(school.actor(who), row.id)
    assert login_as("parent").get(f"/announcements/{row.id}/readers").status_code == 403
    draft = write("deputy", "5А:parents", draft=True)
    with pytest.raises(NotThere):
        queries.circle(school.actor("admin"), draft.id)


def test_the_report_tells_the_same(school, write, login_as):
    row = write("class_teacher", "5А:parents", must_acknowledge=True, title="Собрание")
    services.acknowledge(school.actor("parent"), row.id)
    browser = login_as("class_teacher")
    url = "/reports/announcements.readers"
    all_of_them = browser.get(url).text
    assert "Собрание" in all_of_them
    one = browser.get(f"{url}.csv?announcement={row.id}").get_data(as_text=True)
    assert '"Абрамова Елена Викторовна";"Абрамов Егор";"24.11.2026 10:00";"24.11.2026 10:00"' in one
    assert browser.get(f"{url}.xlsx?announcement={row.id}").status_code == 200
    foreign = write("deputy", "5А:parents", title="Чужое")
    assert browser.get(f"{url}?announcement={foreign.id}").status_code == 422
    assert "Чужое" not in all_of_them
    assert login_as("parent").get(url).status_code == 404
