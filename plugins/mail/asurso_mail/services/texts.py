"""What may stand in a letter: one line of subject, a text of bounded length, real addresses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from asurso_core.errors import Invalid
from asurso_core.i18n import gettext as _
from asurso_mail import policy

#: Control signs, and what some programs take for the end of a line: none may stand in a header.
_BREAKS = frozenset({"Cc", "Zl", "Zp", "Cs"})
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def is_one_line(text: str) -> bool:
    """Whether a text can stand in a header: no line ends and no other control signs (T27)."""
    return not any(unicodedata.category(sign) in _BREAKS for sign in text)


def is_storable(text: str) -> bool:
    """Whether both engines can keep a text: no NUL, no half of a pair."""
    return "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def subject_of(text: str) -> str:
    """A subject with single spaces.

    :raises Invalid: it has line ends or control signs, or is too long.
    """
    if not is_one_line(text):
        raise Invalid(fields={"subject": [_("The subject must be one line of plain text.")]})
    text = " ".join(text.split())
    if len(text) > policy.LONGEST_SUBJECT:
        raise Invalid(
            fields={"subject": [_("At most %(longest)s characters fit here.",
                                  longest=policy.LONGEST_SUBJECT)]}
        )  # fmt: skip
    return text


def text_of(text: str) -> str:
    """The text of a letter with plain line ends; raises ``Invalid`` when it cannot be kept."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not is_storable(text):
        raise Invalid(fields={"text": [_("The text holds a character that cannot be stored.")]})
    if len(text) > policy.LONGEST:
        raise Invalid(
            fields={"text": [_("At most %(longest)s characters fit here.",
                               longest=policy.LONGEST)]}
        )  # fmt: skip
    return text


def is_address(text: str) -> bool:
    """Whether a text is an e-mail address that every server understands: ASCII, no quotes."""
    if len(text) > 254 or text.count("@") != 1:
        return False
    local, domain = text.split("@")
    labels = domain.split(".")
    return (
        len(local) <= 64
        and bool(_LOCAL.fullmatch(local))
        and len(labels) > 1
        and all(_LABEL.fullmatch(label) for label in labels)
        and not labels[-1].isdigit()
    )


def outside_of(addresses: Iterable[str]) -> list[str]:
    """Outside addresses, each once; a domain in Russian letters becomes its ASCII form.

    :raises Invalid: one of them is no address, or there are too many.
    """
    found = []
    for one in addresses:
        local, at, domain = one.strip().rpartition("@")
        try:
            plain = f"{local}{at}{domain.encode('idna').decode('ascii').lower()}"
        except UnicodeError:
            plain = ""
        if not is_address(plain):
            told = "".join(sign for sign in one if is_one_line(sign))[:60]
            raise Invalid(
                fields={"outside": [_("«%(text)s» is not an e-mail address.", text=told)]}
            )
        found.append(plain)
    found = list(dict.fromkeys(found))
    if len(found) > policy.MOST_OUTSIDE:
        raise Invalid(
            fields={"outside": [_("At most %(most)s outside addresses fit into one letter.",
                                  most=policy.MOST_OUTSIDE)]}
        )  # fmt: skip
    return found
