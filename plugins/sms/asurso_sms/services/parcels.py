"""Parcels of the kernel's notices as short texts, made right before they leave."""

from __future__ import annotations

from asurso_core import notices
from asurso_core.i18n import gettext as _
from asurso_core.i18n import ngettext
from asurso_sms import alphabet
from asurso_sms.policy import rule

_PREFIX = "notices:"
#: A notice is no letter: what is longer stands in the diary.
MOST_PARTS = 3


def is_parcel(reference: str) -> bool:
    """Whether a message carries a parcel of the kernel."""
    return reference.startswith(_PREFIX)


def text_of(reference: str) -> str | None:
    """What a parcel says now, in three parts at most; None if nothing is left."""
    parcel = notices.parcel(reference)
    if parcel is None:
        return None
    lines = [f"{item.title}. {item.text}" if item.text else item.title for item in parcel.items]
    return _fitting(lines)


def _fitting(lines: list[str]) -> str:
    """As many whole lines as the bound of parts lets through, then how many more there are."""
    most = min(MOST_PARTS, int(rule("most_parts")))
    for kept in range(len(lines), 0, -1):
        left = len(lines) - kept
        told = lines[:kept]
        if left:
            told.append(
                ngettext("and %(num)s more in the diary", "and %(num)s more in the diary", left)
            )
        text = "\n".join(told)
        if _parts(text) <= most:
            return text
    text, tail = lines[0], "… " + _("in full: the diary")
    while _parts(text + tail) > most:  # one line alone is too long: its end is in the diary
        text = text[: len(text) * 19 // 20]
    return text + tail


def _parts(text: str) -> int:
    sent = alphabet.transliterated(text) if rule("latin") else text
    return alphabet.count(sent).parts


def tell(reference: str, state: str, reason: str) -> None:
    """Tell the kernel what became of a parcel; call inside the transaction that makes it true."""
    if is_parcel(reference):
        notices.report(reference, state, reason)
