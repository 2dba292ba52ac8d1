"""Logins: surname and initials in Latin letters, as people of this trade know them («ИвановИИ»)."""

from __future__ import annotations

import re
from collections.abc import Container

from asurso_core.accounts.models import Person, User
from asurso_core.errors import Invalid
from asurso_core.i18n import gettext as _
from asurso_core.text import fold

#: The letters of an international passport, short enough to be typed by a child.
_LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z",
    "и": "i", "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
    "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh",
    "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
}  # fmt: skip

_ALLOWED = re.compile(r"^[A-Za-zА-Яа-яЁё0-9][A-Za-zА-Яа-яЁё0-9._@-]{2,59}$")


def latin(text: str) -> str:
    """Russian text in Latin letters; signs other than letters and digits fall out."""
    found = []
    for sign in text:
        low = sign.lower()
        put = _LATIN.get(low, low if low.isascii() and low.isalnum() else "")
        found.append(put.capitalize() if sign.isupper() else put)
    return "".join(found)


def proposed(person: Person) -> str:
    """The login a person would get if it were free: ``IvanovII``."""
    initials = "".join(
        latin(part[0].upper())[:1] for part in (person.given_name, person.patronymic) if part
    )
    surname = latin(person.surname[:1].upper() + person.surname[1:])[:40]
    login = f"{surname}{initials}"
    return login if len(login) >= 3 else f"user{login}"


def free(person: Person, taken: Container[str] | None = None) -> str:
    """A free login for a person: ``IvanovII``, ``IvanovII2``, …

    ``taken`` holds the keys of all logins in use; without it the database is asked.
    """
    base = proposed(person)
    if taken is None:
        taken = {
            key
            for (key,) in User.select(User.login_key)
            .where(User.login_key ** f"{fold(base)}%")
            .tuples()
            .execute()
        }
    number = 1
    login = base
    while fold(login) in taken:
        number += 1
        login = f"{base}{number}"
    return login


def checked(login: str) -> str:
    """The login as it may be stored; raises :class:`Invalid` with words for the field ``login``."""
    login = login.strip()
    if _ALLOWED.match(login):
        return login
    message = _(
        "A login has 3 to 60 letters and digits; a dot, a hyphen, _ and @ may stand inside it."
    )
    raise Invalid(message, {"login": [message]})


def taken(login: str, *, besides: int | None = None) -> bool:
    """Whether another account has this login, whatever the case of its letters."""
    query = User.select(User.id).where(User.login_key == fold(login))
    if besides is not None:
        query = query.where(User.id != besides)
    return bool(query.exists())
