"""The first tables of portfolio."""

from peewee import *


def up(migrator, db):
    class Person(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_person"

    class Page(Model):
        person = ForeignKeyField(Person, unique=True, on_delete="RESTRICT")
        about = TextField(default="")
        visibility = CharField(max_length=10, default="me")
        version = IntegerField(default=1)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "portfolio_page"

    db.create_tables([Page])

    class Item(Model):
        owner = ForeignKeyField(Person, on_delete="RESTRICT")
        kind = CharField(max_length=40)
        title = CharField(max_length=200)
        text = TextField(default="")
        date = DateField(null=True)
        level = CharField(null=True, max_length=20)
        place = CharField(null=True, max_length=20)
        venue = CharField(null=True, max_length=200)
        subject = CharField(null=True, max_length=80)
        visibility = CharField(max_length=10, default="me")
        confirmed_at = DateTimeField(null=True)
        confirmed_by = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        created_at = DateTimeField()
        version = IntegerField(default=1)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "portfolio_item"
            indexes = ((("kind", "date"), False),)

    db.create_tables([Item])

    class Author(Model):
        item = ForeignKeyField(Item, on_delete="CASCADE")
        person = ForeignKeyField(Person, on_delete="RESTRICT")
        position = IntegerField()
        accepted = BooleanField(default=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "portfolio_author"
            indexes = ((("item", "person"), True), (("person", "position"), False))

    db.create_tables([Author])

    class Link(Model):
        item = ForeignKeyField(Item, on_delete="CASCADE")
        token = CharField(unique=True, max_length=43)
        expires_on = DateField()
        created_at = DateTimeField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "portfolio_link"

    db.create_tables([Link])


def down(migrator, db):
    for name in ("link", "author", "item", "page"):
        migrator.migrate(migrator.drop_table(f"portfolio_{name}"))
