"""The words of the kernel's notices as a text message, made right before it leaves (T26)."""

from __future__ import annotations

from collections.abc import Sequence

from asurso_core import clock, notices
from asurso_core.db import transaction
from asurso_core.i18n import gettext as _
from asurso_core.notices import Item
from asurso_sms import alphabet
from asurso_sms.models import NOTICE, PARCEL, Message
from asurso_sms.policy import rule
from asurso_sms.services import budget

#: A notice is no letter: what is longer stands in the diary.
MOST_PARTS = 3


def is_parcel(row: Message) -> bool:
    """Whether a message carries notices of the kernel."""
    return row.purpose == NOTICE and row.reference.startswith(PARCEL)


def prepare(row: Message) -> str:
    """Make the words of a message that carries notices; why it must not leave, or empty.

    Other messages are left alone.
    """
    if not is_parcel(row):
        return ""
    parcel = notices.parcel(row.reference)
    if parcel is None:
        return _("nothing of it is to be told any more")
    text = text_of(parcel.items)
    parts = alphabet.count(text).parts
    price = parts * int(rule("part_price"))
    over = budget.excess(price - row.price, clock.stamp()) if price > row.price else ""
    if over:
        return over
    with transaction():
        Message.update(text=text, parts=parts, price=price).where(Message.id == row.id).execute()
    row.text, row.parts, row.price = text, parts, price
    return ""


def text_of(items: Sequence[Item]) -> str:
    """One line for each notice, three parts at most; what is left out stands in the diary."""
    lines = [_line(item) for item in items]
    whole = _written("\n".join(lines))
    if _fits(whole):
        return whole
    tail = _written(_("in full: in the diary"))
    while len(lines) > 1:
        lines.pop()
        shorter = _written("\n".join(lines)) + "\n" + tail
        if _fits(shorter):
            return shorter
    # One notice alone is too long: as much of it as there is room for.
    text = _written(lines[0])
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _fits(_cut(text, middle, tail)) else (low, middle - 1)
    return _cut(text, low, tail)


def _line(item: Item) -> str:
    title, text = (" ".join(part.split()) for part in (item.title, item.text))
    if not text:
        return title
    return f"{title}{' ' if title.endswith(('.', '!', '?', ':')) else '. '}{text}"


def _written(text: str) -> str:
    return alphabet.transliterated(text) if rule("latin") else text


def _fits(text: str) -> bool:
    return alphabet.count(text).parts <= min(MOST_PARTS, int(rule("most_parts")))


def _cut(text: str, length: int, tail: str) -> str:
    return (
        f"{text[:length].rstrip()}… {tail}"
        if not rule("latin")
        else f"{text[:length].rstrip()}... {tail}"
    )
