"""Statements written once for both engines."""

from __future__ import annotations

from typing import Any

from asurso_core import db as database
from asurso_core.revisions import Revision


def test_a_list_is_one_parameter_of_in(school: Any) -> None:
    wanted = [school.persons["pupil"], school.persons["parent"], 0]
    sql = "SELECT COUNT(*) FROM core_person WHERE id IN ? AND surname <> ?"
    assert database.rows(sql, [wanted, "50% ?"]) == [(2,)]
    assert database.rows(sql, [[], "x"]) == [(0,)]


def test_rows_are_put_in_one_statement_and_a_clash_is_settled(statements: Any) -> None:
    values = [(f"topic-{n}", n) for n in range(60)]
    with statements() as seen, database.transaction():
        database.put_rows(Revision, ("topic", "number"), values)
        database.put_rows(
            Revision,
            ("topic", "number"),
            [("topic-7", 700)],
            "(topic) DO UPDATE SET number = excluded.number",
        )
        database.put_rows(Revision, ("topic", "number"), [])
    assert len([sql for sql in seen if "INSERT" in sql]) == 2
    told = dict(database.rows("SELECT topic, number FROM core_revision WHERE topic LIKE 'topic-%'"))
    assert told == {**dict(values), "topic-7": 700}
