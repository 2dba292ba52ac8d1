"""Columns of the files of people (features 9.6): how they are called, and what a cell must hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from asurso_core import clock
from asurso_core.accounts import people_fields
from asurso_core.i18n import gettext as _
from asurso_core.tables import Sheet
from asurso_core.text import fold

KINDS = ("staff", "pupils", "parents")


@dataclass(frozen=True)
class Column:
    """A column: its field, its head in the template, and other heads that are understood."""

    field: str
    head: str
    required: bool = False
    also: tuple[str, ...] = ()


_SURNAME = Column("surname", "Фамилия", True)
_GIVEN = Column("given_name", "Имя", True)
_PATRONYMIC = Column("patronymic", "Отчество")
_BIRTH = Column("birth_date", "Дата рождения", True, ("Д.р.", "Др", "Дата рожд.", "День рождения"))
_PHONE = Column("phone", "Телефон", False, ("Мобильный телефон", "Тел.", "Номер телефона"))
_EMAIL = Column("email", "E-mail", False, ("Email", "Почта", "Электронная почта", "Эл. почта"))
_SNILS = Column("snils", "СНИЛС")
_LOGIN = Column("login", "Логин", False, ("Имя пользователя", "Учётная запись"))
_PASSWORD = Column("password", "Пароль")

COLUMNS: dict[str, tuple[Column, ...]] = {
    "staff": (
        _SURNAME, _GIVEN, _PATRONYMIC, _BIRTH,
        Column("sex", "Пол"),
        Column("position", "Должность", False, ("Пост",)),
        Column("subjects", "Предметы", False, ("Предмет",)),
        _LOGIN, _PASSWORD, _PHONE, _EMAIL, _SNILS,
    ),
    "pupils": (
        Column("class", "Класс", True),
        _SURNAME, _GIVEN, _PATRONYMIC, _BIRTH,
        Column("sex", "Пол", True),
        Column("file_number", "№ личного дела", False, ("Личное дело", "Номер личного дела")),
        Column("document_kind", "Документ (тип)", False, ("Тип документа", "Документ")),
        Column("document_series", "Документ (серия)", False, ("Серия документа", "Серия")),
        Column("document_number", "Документ (номер)", False, ("Номер документа", "Номер")),
        _SNILS,
        Column("address", "Адрес", False, ("Адрес проживания", "Адрес регистрации")),
        _PHONE, _LOGIN, _PASSWORD,
        Column("since", "Дата зачисления", False, ("Зачислен", "Дата приёма")),
        Column("order", "№ приказа", False, ("Приказ", "Номер приказа")),
    ),
    "parents": (
        Column("child", "Ребёнок (ФИО)", False,
               ("Ребёнок", "ФИО ребёнка", "Ученик", "ФИО ученика")),
        Column("child_birth", "Дата рождения ребёнка", False, ("Ребёнок (дата рождения)",)),
        Column("child_file", "№ личного дела ребёнка", False,
               ("№ личного дела", "Личное дело ребёнка", "Ребёнок (№ личного дела)", "№ дела")),
        Column("relation", "Родство", True, ("Степень родства", "Кем приходится")),
        Column("full_name", "ФИО", True, ("ФИО родителя", "Родитель", "Родитель (ФИО)")),
        _PHONE, _EMAIL, _LOGIN, _PASSWORD,
    ),
}  # fmt: skip


@dataclass
class Row:
    """A row of the file: its number there, what its cells hold, and what is wrong with them."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)

    @property
    def title(self) -> str:
        """Whom the row speaks of, as it was written."""
        if self.values.get("full_name"):
            return str(self.values["full_name"])
        names = ("surname", "given_name", "patronymic")
        return " ".join(str(self.values[name]) for name in names if self.values.get(name))


@dataclass
class Parsed:
    """A file understood: its rows, the columns it has, the heads that nobody knows."""

    rows: list[Row]
    fields: tuple[str, ...]
    unknown: list[str]
    missing: list[str]
    repeated: list[str]


def _key(head: str) -> str:
    return re.sub(r"[\s*.:_\-]+", "", fold(head).replace("номер ", "№"))


def parse(kind: str, sheet: Sheet) -> Parsed:
    """Understand the rows of a sheet of people; nothing is looked up in the database."""
    columns = COLUMNS[kind]
    heads = {_key(name): column for column in columns for name in (column.head, *column.also)}
    places: dict[int, Column] = {}
    unknown, repeated = [], []
    for at, head in enumerate(sheet.header):
        column = heads.get(_key(head)) if head else None
        if column is None:
            if head:
                unknown.append(head[:60])
        elif column in places.values():
            repeated.append(head[:60])
        else:
            places[at] = column
    present = {column.field for column in places.values()}
    missing = [column.head for column in columns if column.required and column.field not in present]
    if kind == "parents" and not present & {"child", "child_file"}:
        missing.insert(0, "Ребёнок (ФИО)")
    rows = []
    if not missing and not repeated:
        rows = [_row(number, cells, places) for number, cells in sheet.rows]
    return Parsed(rows, tuple(sorted(present)), unknown, missing, repeated)


def _row(number: int, cells: tuple[str, ...], places: dict[int, Column]) -> Row:
    row = Row(number)
    for at, column in places.items():
        cell = cells[at] if at < len(cells) else ""
        try:
            value = _CHECKS.get(column.field, _other(column.field))(cell)
        except ValueError as error:
            row.problems.append((column.head, str(error)))
            row.values[column.field] = None
            continue
        if value is None and column.required:
            row.problems.append((column.head, _("This cell must be filled in.")))
        row.values[column.field] = value
    return row


def _other(name: str) -> Callable[[str], Any]:
    return lambda cell: people_fields.text(cell, people_fields.LENGTHS.get(name, 120))


def _birth(cell: str) -> Any:
    return people_fields.birth_date(cell, clock.today())


def _full_name(cell: str) -> str | None:
    found = people_fields.name(cell)
    if found is not None and len(found.split()) < 2:
        raise ValueError(_("Write the surname, the given name and the patronymic."))
    return found


def _relation(cell: str) -> str | None:
    found = people_fields.text(cell, people_fields.LENGTHS["relation"])
    return found.lower() if found else None


def _login(cell: str) -> str | None:
    from asurso_core.accounts import logins
    from asurso_core.errors import Invalid

    if not cell.strip():
        return None
    try:
        return logins.checked(cell)
    except Invalid as error:
        raise ValueError(error.message) from error


_CHECKS: dict[str, Callable[[str], Any]] = {
    "surname": people_fields.name,
    "given_name": people_fields.name,
    "patronymic": people_fields.name,
    "full_name": _full_name,
    "child": people_fields.name,
    "child_birth": _birth,
    "birth_date": _birth,
    "since": people_fields.date,
    "sex": people_fields.sex,
    "phone": people_fields.phone,
    "email": people_fields.email,
    "snils": people_fields.snils,
    "relation": _relation,
    "login": _login,
    # Whoever has the file would know every password in it, so none is taken over (R4.6.2b).
    "password": lambda _cell: None,
}


def template(kind: str, classes: list[str]) -> bytes:
    """An empty XLSX file with the heads of a kind and drop-down lists."""
    from asurso_core import tables

    lists = {"Пол": ["м", "ж"]}
    if kind == "pupils":
        lists["Класс"] = classes
    if kind == "parents":
        lists["Родство"] = list(people_fields.RELATIONS)
    columns = [column for column in COLUMNS[kind] if column.field != "password"]
    notes = {"Дата рождения": "Например: 17.05.2015", "СНИЛС": "Например: 123-456-789 00"}
    return tables.write_xlsx(
        {"staff": "Сотрудники", "pupils": "Ученики", "parents": "Родители"}[kind],
        [column.head for column in columns],
        required=[column.head for column in columns if column.required],
        lists=lists,
        notes=notes,
    )
