"""Finding texts by words in any form: «экскурсии» finds «экскурсия», ё and е are one letter.

Owners put the words of their rows here and ask for the ids back, as a query that joins into the
condition of their own rights. Stems are made in one place, by one program, so both engines give
the same answers; the engine's own index (FTS5, or GIN over a ``tsvector``) finds them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Any

import peewee as pw
import snowballstemmer

from asurso_core.db import EXTRAS, Record, db, is_sqlite
from asurso_core.text import fold

#: The most words of a question that are looked for, and of a text that are kept.
MOST_ASKED, MOST_KEPT = 8, 20_000
_WORD = re.compile(r"[^\W_]+")
_INDEX = "core_search_index"


class SearchEntry(Record):
    """The stems of one row of an owner."""

    owner = pw.CharField(40)
    kind = pw.CharField(40)
    item = pw.IntegerField()  # a plain number: the table belongs to another owner
    stems = pw.TextField()

    class Meta:
        indexes = ((("owner", "kind", "item"), True),)

    @classmethod
    def create_table(cls, safe: bool = True, **options: Any) -> None:
        """Make the table and the index of words that the engine keeps for it."""
        super().create_table(safe, **options)
        make_index()


_SQLITE = [
    f"""CREATE VIRTUAL TABLE IF NOT EXISTS {_INDEX} USING fts5(stems,
        content='core_search_entry', content_rowid='id',
        tokenize='unicode61 remove_diacritics 0')""",
]
_POSTGRES = [
    f"""CREATE TABLE IF NOT EXISTS {_INDEX} (
        entry integer PRIMARY KEY REFERENCES core_search_entry (id) ON DELETE CASCADE,
        vector tsvector NOT NULL)""",
    f"CREATE INDEX IF NOT EXISTS {_INDEX}_vector ON {_INDEX} USING gin (vector)",
]


def make_index() -> None:
    """Make the engine's index of words; the migration and a fresh schema give the same."""
    for sql in _SQLITE if is_sqlite() else _POSTGRES:
        db.execute_sql(sql)


def rebuild() -> None:
    """Fill the index anew from the rows, after rows were written past the triggers."""
    if is_sqlite():
        db.execute_sql(f"INSERT INTO {_INDEX}({_INDEX}) VALUES ('rebuild')")  # noqa: S608 - our own name
        return
    db.execute_sql(f"DELETE FROM {_INDEX}")  # noqa: S608 - our own name
    db.execute_sql(
        f"INSERT INTO {_INDEX} SELECT id, to_tsvector('simple', stems) FROM core_search_entry"  # noqa: S608
    )


# The index lies beside the table; triggers hold the two together, whoever writes.
_OUT = f"INSERT INTO {_INDEX}({_INDEX}, rowid, stems) VALUES ('delete', OLD.id, OLD.stems);"  # noqa: S608
_IN = f"INSERT INTO {_INDEX}(rowid, stems) VALUES (NEW.id, NEW.stems);"  # noqa: S608 - our own name
_mine = EXTRAS.setdefault("core", {"sqlite": {}, "postgres": {}})
for _deed, _body in (("insert", _IN), ("delete", _OUT), ("update", f"{_OUT} {_IN}")):
    _name = f"core_search_entry_{_deed}"
    _mine["sqlite"][_name] = (
        f"CREATE TRIGGER {_name} AFTER {_deed.upper()} ON core_search_entry BEGIN {_body} END"
    )
_mine["postgres"]["core_search_entry_put"] = (
    f"INSERT INTO {_INDEX} VALUES (NEW.id, to_tsvector('simple', NEW.stems)) "  # noqa: S608 - our own name
    "ON CONFLICT (entry) DO UPDATE SET vector = excluded.vector; RETURN NEW;"
    "\n---\nAFTER INSERT OR UPDATE ON core_search_entry"
)


@functools.cache
def _stemmers() -> tuple[Any, Any]:
    return snowballstemmer.stemmer("russian"), snowballstemmer.stemmer("english")


@functools.lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    russian, english = _stemmers()
    return str((english if word.isascii() else russian).stemWord(word))


def stems(text: str) -> list[str]:
    """The stems of the words of a text, in their order."""
    return [_stem(word[:60]) for word in _WORD.findall(fold(text))[:MOST_KEPT]]


def put(owner: str, kind: str, item: int, text: str) -> None:
    """Keep the words of a row in place of those kept before; call inside a transaction."""
    words = " ".join(stems(text))
    SearchEntry.insert(owner=owner, kind=kind, item=item, stems=words).on_conflict(
        conflict_target=[SearchEntry.owner, SearchEntry.kind, SearchEntry.item],
        update={SearchEntry.stems: words},
    ).execute()


def remove(owner: str, kind: str, items: Iterable[int]) -> None:
    """Forget rows; call inside a transaction."""
    SearchEntry.delete().where(
        SearchEntry.owner == owner, SearchEntry.kind == kind, SearchEntry.item.in_(list(items))
    ).execute()


def find(owner: str, kind: str, text: str) -> Any:
    """A query of the ids of rows that hold every word of the text, in whatever form.

    For ``Model.id.in_(find(…))`` beside the condition of who may see what; a text without words
    finds nothing.
    """
    wanted = list(dict.fromkeys(stems(text.replace("\x00", " "))))[:MOST_ASKED]
    query = SearchEntry.select(SearchEntry.item).where(
        SearchEntry.owner == owner, SearchEntry.kind == kind
    )
    if not wanted:
        return query.where(pw.SQL("1 = 0"))
    if is_sqlite():
        matching = f"SELECT rowid FROM {_INDEX} WHERE {_INDEX} MATCH ?"  # noqa: S608 - our own name
        asked = " ".join(f'"{word}"' for word in wanted)
    else:
        matching = f"SELECT entry FROM {_INDEX} WHERE vector @@ to_tsquery('simple', %s)"  # noqa: S608
        asked = " & ".join(f"'{word}'" for word in wanted)
    return query.where(
        SearchEntry.id.in_(pw.NodeList((pw.SQL("("), pw.SQL(matching, [asked]), pw.SQL(")"))))
    )
