"""Passwords: hashing, the rules of R3.5d, and one-time passwords that somebody else gives.

A forgotten password is never recovered (R3.5f): the administrator, or the class teacher for the
own class, gives a new one-time password with :func:`issue`.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import hmac
import re
import secrets
import threading
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from asurso_core import audit, clock, settings, text
from asurso_core.accounts.models import Device, Person, User
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.i18n import gettext as _

#: Longest text taken as a password; everything from the set minimum up to here is accepted.
LONGEST = 128
#: How long a one-time password opens the door (features R3.5d, reliability-security T08).
INITIAL_LIFE = dt.timedelta(days=14)
#: Consonants and digits that nobody mixes up on paper; without vowels no words can arise.
INITIAL_ALPHABET = "cdfghjkmnprtvwx34679"

#: About 40 ms on a small server; above the minimum that OWASP names (19 MiB, 2 passes).
_hasher = PasswordHasher(time_cost=3, memory_cost=19_456, parallelism=1)
#: At most half of a worker's four threads hash at once: the rest go on answering pages.
_turns = threading.BoundedSemaphore(2)


# --- hashing -----------------------------------------------------------------------------------


def _plain(password: str) -> str:
    """One form of the same typed text, whatever keyboard composed its letters."""
    return unicodedata.normalize("NFKC", password)


def hash_password(password: str) -> str:
    """The argon2id hash of a password, with its parameters, as stored in ``User.password_hash``."""
    with _turns:
        return _hasher.hash(_plain(password))


@functools.cache
def _dummy_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))


def fits(stored: str | None, password: str) -> bool:
    """Whether a password belongs to a stored hash.

    Without a stored hash (unknown login, account without a password) the same work is done
    against a hash of nothing, so that time does not tell which logins exist (T10).
    """
    known = stored or _dummy_hash()
    with _turns:
        try:
            _hasher.verify(known, _plain(password)[: LONGEST * 2])
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether a hash was made with other parameters than those of today."""
    return _hasher.check_needs_rehash(stored)


def mark(secret: str, password: str) -> str:
    """A keyed digest that tells equal wrong passwords apart from others and reveals nothing."""
    key = b"password mark " + secret.encode()
    return hmac.new(key, _plain(password).encode("utf-8", "replace"), hashlib.sha256).hexdigest()[
        :16
    ]


# --- one-time passwords ------------------------------------------------------------------------


def new_initial() -> str:
    """A random one-time password such as ``kf7m-3pxg-wh4t``: 51 bits, easy to read from paper."""
    return "-".join("".join(secrets.choice(INITIAL_ALPHABET) for _n in range(4)) for _g in range(3))


def issue(actor: Actor, user: User) -> str:
    """Give an account a new one-time password; returns it in plain text, this one time only.

    The old password, all sessions and all known devices of the account end. The caller has asked
    whether the actor may do this. The password must be changed at the first sign-in and stops
    working after :data:`INITIAL_LIFE`.
    """
    from asurso_core.accounts import sessions

    password = new_initial()
    hashed = hash_password(password)
    with transaction():
        set_initial(user, hashed)
        sessions.end_all(actor, user, why="password_issued")
        Device.delete().where(Device.user == user.id).execute()
        audit.record(actor, "core.password_issued", f"core.user:{user.id}", person=user.person_id)
    return password


def set_initial(user: User, hashed: str) -> None:
    """Store the hash of a one-time password; call inside the transaction of the deed."""
    now = clock.stamp()
    user.password_hash = hashed
    user.must_change = True
    user.initial_expires_at = now + INITIAL_LIFE
    user.password_changed_at = now
    User.update(
        password_hash=hashed,
        must_change=True,
        initial_expires_at=user.initial_expires_at,
        password_changed_at=now,
        version=User.version + 1,
    ).where(User.id == user.id).execute()


# --- the rules ---------------------------------------------------------------------------------


def problems(password: str, user: User | None, person: Person | None) -> list[str]:
    """What is wrong with a wished password, in words that say what to do; empty if it is good.

    The rules (R3.5d): length; nothing that everybody guesses; not built from the login, the names
    or the birth date of its owner, in any usual spelling, transliteration or keyboard layout. No
    rules about capitals, digits and signs: they make passwords worse.
    """
    shortest = max(8, min(64, int(settings.get("core", "password_length"))))
    plain = _plain(password)
    if "\x00" in plain:
        return [_("The text holds a character that cannot be stored.")]
    if len(plain) < shortest:
        return [
            _("Take at least %(count)s characters. Three or four words do well.", count=shortest)
        ]
    if len(plain) > LONGEST:
        return [_("Take at most %(count)s characters.", count=LONGEST)]
    readings = _readings(plain)
    if any(_leans_on_owner(one, user, person, shortest) for one in readings):
        return [
            _(
                "The password is built from your name, login or birth date. "
                "Take words that have nothing to do with you."
            )
        ]
    if any(_is_common(one) for one in readings):
        return [
            _(
                "Everybody tries this password first. "
                "Take three or four words that do not belong together."
            )
        ]
    words = _context_words(user, person)
    if any(zxcvbn(one[:72], user_inputs=words)["score"] < 2 for one in _typed_latin(plain)):
        return [
            _("This password is easily guessed. Make it longer: add one or two unrelated words.")
        ]
    return []


_LATIN_KEYS = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
_RUSSIAN_KEYS = "ёйцукенгшщзхъфывапролджэячсмитьбю"
_SHIFTED = dict(zip('~{}:"<>', "ёхъжэбю", strict=True))
_TO_RUSSIAN = str.maketrans({**dict(zip(_LATIN_KEYS, _RUSSIAN_KEYS, strict=True)), **_SHIFTED})
_TO_LATIN = str.maketrans(dict(zip(_RUSSIAN_KEYS, _LATIN_KEYS, strict=True)))
_GAPS = re.compile(r"[\s._\-/\\,:;|+*#№()'\"`]+")


def _readings(plain: str) -> set[str]:
    """The text as typed and as the same keys give it in the other layout, without gaps."""
    low = plain.lower()
    twins = (low, low.translate(_TO_RUSSIAN), low.translate(_TO_LATIN))
    return {_GAPS.sub("", text.fold(one)) for one in twins}


def _typed_latin(plain: str) -> set[str]:
    return {plain, plain.lower().translate(_TO_LATIN)}


# How a Russian letter is written in Latin, by passports, banks and children.
_LATIN = {
    "а": "a", "б": "b", "в": "v|w", "г": "g", "д": "d", "е": "ye|je|e|yo|jo", "ж": "zh|j|g",
    "з": "z", "и": "i|y", "й": "y|j|i|", "к": "k|c", "л": "l", "м": "m", "н": "n", "о": "o",
    "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f|ph", "х": "kh|h|x", "ц": "ts|tz|c|z",
    "ч": "ch|4", "ш": "sh|6", "щ": "shch|sch|sh|w", "ъ": "", "ы": "y|i", "ь": "y|j|i|",
    "э": "e|eh", "ю": "yu|iu|ju|u", "я": "ya|ia|ja|a",
}  # fmt: skip


def _in_latin(word: str) -> str:
    """A pattern of every usual transliteration of a folded word."""
    found = "".join(f"(?:{_LATIN[sign]})" if sign in _LATIN else re.escape(sign) for sign in word)
    return found.replace("(?:k|c)(?:s)", "(?:(?:k|c)s|x)")


_MONTHS = [
    ("январь", "января", "янв", "january", "jan"),
    ("февраль", "февраля", "фев", "february", "feb"),
    ("март", "марта", "мар", "march", "mar"),
    ("апрель", "апреля", "апр", "april", "apr"),
    ("май", "мая", "may"),
    ("июнь", "июня", "июн", "june", "jun"),
    ("июль", "июля", "июл", "july", "jul"),
    ("август", "августа", "авг", "august", "aug"),
    ("сентябрь", "сентября", "сен", "сент", "september", "sep", "sept"),
    ("октябрь", "октября", "окт", "october", "oct"),
    ("ноябрь", "ноября", "ноя", "нояб", "november", "nov"),
    ("декабрь", "декабря", "дек", "december", "dec"),
]


def _date_patterns(day: dt.date) -> Iterator[str]:
    """Every usual way of writing a date, gaps left out: 01022015, 1215, 1февраля2015 …"""
    names = sorted(_MONTHS[day.month - 1], key=len, reverse=True)
    spelt = "|".join([*names, *(_in_latin(name) for name in names if name > "z")])
    days = f"(?:0?{day.day})"
    months = f"(?:0?{day.month}|{spelt})"
    years = f"(?:{day.year}|{day.year % 100:02d})"
    yield f"{days}{months}{years}(?:года|г|goda|g)?"
    yield f"{months}{days}{years}"
    yield f"{years}{months}{days}"
    yield f"{years}{days}{months}"
    yield f"{day.day:02d}{day.month:02d}"
    yield f"{days}(?:{spelt})"
    yield str(day.year)


def _owner_words(user: User | None, person: Person | None) -> list[str]:
    words = []
    if person is not None:
        names = (person.surname, person.given_name, person.patronymic)
        words = [part for name in names if name for part in [name, *re.split(r"[\s-]+", name)]]
    if user is not None:
        words += [user.login, re.sub(r"[\d\W_]+$", "", user.login)]
    squeezed = {_GAPS.sub("", text.fold(word)) for word in words}
    return sorted((word for word in squeezed if len(word) > 2), key=len, reverse=True)


def _leans_on_owner(reading: str, user: User | None, person: Person | None, shortest: int) -> bool:
    """Whether too little is left once the owner's names and dates are struck out.

    «мой кот Иван любит сметану» is good even for an Иван; «Иванов2015» and «17052015!» are not.
    """
    patterns = [f"{re.escape(word)}|{_in_latin(word)}" for word in _owner_words(user, person)]
    if person is not None and person.birth_date is not None:
        patterns[:0] = _date_patterns(person.birth_date)
    rest = reading
    for pattern in patterns:
        rest = re.sub(pattern, " ", rest)
    if rest == reading:
        return False
    left = rest.replace(" ", "")
    return len(left) < shortest or not re.search(r"[^\W\d_]", left)


def _context_words(user: User | None, person: Person | None) -> list[str]:
    words = _owner_words(user, person)
    if person is not None and person.birth_date is not None:
        day = person.birth_date
        words += [day.strftime("%d%m%Y"), day.strftime("%d%m%y"), day.strftime("%Y%m%d")]
    twins = [word.translate(_TO_LATIN) for word in words]
    return [*words, *twins, "asurso", "shkola", "dnevnik", "zhurnal"]


@functools.cache
def _common() -> frozenset[str]:
    file = Path(__file__).resolve().parent.parent / "data" / "common_passwords.txt"
    lines = file.read_text("utf-8").splitlines()
    return frozenset(
        _GAPS.sub("", text.fold(line)) for line in lines if line and not line.startswith("# ")
    )


def _is_common(reading: str) -> bool:
    """On the list of usual passwords, as it stands or with digits and signs before or after."""
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", reading)
    doubled = len(reading) % 2 == 0 and reading[: len(reading) // 2] == reading[len(reading) // 2 :]
    half = reading[: len(reading) // 2] if doubled else ""
    return any(one in _common() for one in (reading, core, half) if one)
