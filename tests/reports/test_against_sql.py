"""Standard reports of the school of a thousand pupils beside the same figures of bare rows."""

from __future__ import annotations

import flask
import pytest

from asurso_core import plugins
from asurso_core.accounts.queries import actor_for
from asurso_core.db import db, rows
from asurso_core.hookspecs.collect import asurso_reports
from asurso_core.reports.documents import row_of, value_of
from tests.reports.plain import COMPARED
from tests.reports.raw import Raw, great_school


def lines_of(table, expect):
    """The compared cells of a table; the title of a total is «Σ»."""
    for row in map(row_of, table.rows):
        cells = [value_of(cell) for cell in row.cells]
        if row.kind == "total":
            cells[0] = "Σ"
        yield expect.read(cells) if expect.read else cells[expect.columns]


def actors(name):
    """A deputy, the administrator for what is not the deputy's; dates of birth are neither's."""
    sql = """SELECT MIN(u.id) FROM core_user u JOIN core_user_role ur ON ur.user_id = u.id
               JOIN core_role r ON r.id = ur.role_id WHERE r.name = ?"""
    roles = ("secretary",) if name == "core.class_list" else ("deputy", "admin")
    return [actor_for(rows(sql, [role])[0][0], "staff") for role in roles]


def differences(report, actor, expectations):
    """What the report says and the rows do not, and the other way round; and how much was asked."""
    told, asked, documents = [], 0, {}
    for expect in expectations:
        key = repr(expect.params)
        if key not in documents:
            with db.atomic() as around:
                documents[key] = report.build(actor, expect.params)
                around.rollback()
        tables = documents[key].tables
        found = sorted(map(repr, lines_of(tables[expect.table], expect) if tables else ()))
        wanted = sorted(map(repr, expect.rows))
        asked += len(wanted)
        if found != wanted:
            more = [line for line in found if line not in wanted]
            less = [line for line in wanted if line not in found]
            told.append((expect.params, expect.table, len(found), more, len(wanted), less))
    return told, asked


@pytest.fixture
def place(engine, tmp_path, request):
    """The address of an empty database."""
    if engine == "sqlite":
        return f"sqlite:///{tmp_path / 'great.sqlite3'}"
    return str(request.getfixturevalue("postgres_cluster").create_database("asurso_great"))


def test_reports_of_a_thousand_pupils_agree_with_figures_made_of_bare_rows(
    place, tmp_path, subtests
):
    with great_school(place, tmp_path):
        raw = Raw()
        reports = {one.name: one for _owner, one in plugins.collect(asurso_reports)}
        for name, expectations in COMPARED.items():
            with subtests.test(name):
                report = reports[name]
                actor = next(one for one in actors(name) if one.holds(report.requires))
                flask.g.actor = actor
                told, asked = differences(report, actor, expectations(raw))
                assert told == []
                assert asked > 0
