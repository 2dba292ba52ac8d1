"""Rules that the database itself keeps, on both engines, whoever writes.

A closed year refuses every insert, update and delete, even by hand-written SQL (T29). peewee
cannot express triggers, so they are declared beside the models and (re)made after migrations.
"""

from __future__ import annotations

from asurso_core.db import EXTRAS

#: The text by which a refusal of the closed-year guard is recognised.
CLOSED_YEAR = "asurso:closed-year"


#: The text by which a refusal of the append-only guard is recognised.
APPEND_ONLY = "asurso:append-only"


def trigger(owner: str, name: str, *, sqlite: str = "", postgres: str = "") -> None:
    """Declare a trigger of an owner; ``name`` is unique in the database.

    An engine without text does without the trigger.

    ``sqlite`` is one CREATE TRIGGER statement. ``postgres`` is the body of a plpgsql trigger
    function followed by the table clause, parted by a line ``---``; it runs for each row unless
    the clause says otherwise.
    """
    mine = EXTRAS.setdefault(owner, {"sqlite": {}, "postgres": {}})
    if sqlite:
        mine["sqlite"][name] = sqlite
    if postgres:
        mine["postgres"][name] = postgres


def append_only(owner: str, table: str) -> None:
    """Refuse every change and removal of rows of ``table``; rows can only be added."""
    refuse = f"RAISE EXCEPTION '{APPEND_ONLY}' USING ERRCODE = '23514';"
    for deed in ("update", "delete"):
        name = f"{table}_no_{deed}"
        trigger(
            owner,
            name,
            sqlite=(
                f"CREATE TRIGGER {name} BEFORE {deed.upper()} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END"
            ),
            postgres=f"{refuse}\n---\nBEFORE {deed.upper()} ON {table}",
        )
    # SQLite has no TRUNCATE.
    trigger(
        owner,
        f"{table}_no_truncate",
        postgres=f"{refuse}\n---\nBEFORE TRUNCATE ON {table} FOR EACH STATEMENT",
    )


def closed_year(
    owner: str, table: str, year: str, *,
    mass: bool = False, update_of: str = "", delete: bool = True,
) -> None:  # fmt: skip
    """Refuse writing to rows of ``table`` that belong to a closed year.

    ``year`` is SQL giving the id of a row's year, with ``{row}`` in the place of the row:
    ``SELECT year_id FROM core_teaching_group WHERE id = {row}.group_id``. ``mass`` is for tables
    that get many rows in one statement: PostgreSQL then asks once a statement, after it, because
    asking for each row made the attendance of a class and the filling of a year twice as slow.

    What tells of a person must go with the person, whatever the year: ``update_of`` names the only
    columns whose change is refused, so that the others can be emptied, and without ``delete`` rows
    can be taken away.
    """
    for deed, sides in (("insert", ("NEW",)), ("update", ("OLD", "NEW")), ("delete", ("OLD",))):
        if deed == "delete" and not delete:
            continue
        name = f"{table}_closed_{deed}"
        when = f"UPDATE OF {update_of}" if deed == "update" and update_of else deed.upper()
        # An update may neither touch a row of a closed year nor smuggle a row into one.
        ids = ", ".join(f"({year.format(row=side)})" for side in sides)
        shut = (
            "EXISTS (SELECT 1 FROM core_academic_year WHERE state = 'closed' "  # noqa: S608 - our own names
            f"AND id IN ({ids}))"
        )
        trigger(
            owner,
            name,
            sqlite=(
                f"CREATE TRIGGER {name} BEFORE {when} ON {table} WHEN {shut} "
                f"BEGIN SELECT RAISE(ABORT, '{CLOSED_YEAR}'); END"
            ),
            postgres=(
                # PostgreSQL cannot tell columns apart when it asks once a statement.
                _for_whole_statements(deed, sides, table, year)
                if mass and when == deed.upper()
                else f"IF {shut} THEN RAISE EXCEPTION '{CLOSED_YEAR}' USING ERRCODE = '23514'; "
                f"END IF; RETURN {'OLD' if deed == 'delete' else 'NEW'};"
                f"\n---\nBEFORE {when} ON {table}"
            ),
        )


def _for_whole_statements(deed: str, sides: tuple[str, ...], table: str, year: str) -> str:
    found = (
        "EXISTS (SELECT 1 FROM {rows} r JOIN core_academic_year y ON y.id = ({year}) "
        "WHERE y.state = 'closed')"
    )
    touched = " OR ".join(
        found.format(rows=f"{side.lower()}_rows", year=year.format(row="r")) for side in sides
    )
    closed = "EXISTS (SELECT 1 FROM core_academic_year WHERE state = 'closed')"
    named = " ".join(f"{side} TABLE AS {side.lower()}_rows" for side in sides)
    return (
        f"IF {closed} AND ({touched}) THEN "
        f"RAISE EXCEPTION '{CLOSED_YEAR}' USING ERRCODE = '23514'; END IF; "
        f"RETURN NULL;\n---\nAFTER {deed.upper()} ON {table} "
        f"REFERENCING {named} FOR EACH STATEMENT"
    )
