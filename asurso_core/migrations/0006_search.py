"""Words of owners' rows for the search, and the engine's own index over them."""

from peewee import *


def up(migrator, db):
    class SearchEntry(Model):
        owner = CharField(max_length=40)
        kind = CharField(max_length=40)
        item = IntegerField()
        stems = TextField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_search_entry"
            indexes = ((("owner", "kind", "item"), True),)

    db.create_tables([SearchEntry])
    if isinstance(db, SqliteDatabase):
        db.execute_sql(
            "CREATE VIRTUAL TABLE core_search_index USING fts5(stems, "
            "content='core_search_entry', content_rowid='id', "
            "tokenize='unicode61 remove_diacritics 0')"
        )
    else:
        db.execute_sql(
            "CREATE TABLE core_search_index (entry integer PRIMARY KEY REFERENCES "
            "core_search_entry (id) ON DELETE CASCADE, vector tsvector NOT NULL)"
        )
        db.execute_sql(
            "CREATE INDEX core_search_index_vector ON core_search_index USING gin (vector)"
        )


def down(migrator, db):
    db.execute_sql("DROP TABLE core_search_index")
    migrator.migrate(migrator.drop_table("core_search_entry"))
