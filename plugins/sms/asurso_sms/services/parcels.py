"""Parcels of the kernel's notices as short texts, made right before they leave."""

from __future__ import annotations

from asurso_core import notices
from asurso_core.i18n import ngettext
from asurso_sms import alphabet
from asurso_sms.policy import rule

_PREFIX = "notices:"


def is_parcel(reference: str) -> bool:
    """Whether a message carries a parcel of the kernel."""
    return reference.startswith(_PREFIX)


def text_of(reference: str) -> str | None:
    """What a parcel says now, in as many parts as the school allows; None if nothing is left."""
    parcel = notices.parcel(reference)
    if parcel is None:
        return None
    lines = [f"{item.title}. {item.text}" if item.text else item.title for item in parcel.items]
    return _fitting(lines)


def _fitting(lines: list[str]) -> str:
    """As many whole lines as the bound of parts lets through, then how many more there are."""
    most = int(rule("most_parts"))
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
    text = lines[0]
    while _parts(text + "…") > most:  # one line alone is too long: its end is in the diary
        text = text[: len(text) * 9 // 10]
    return text + "…"


def _parts(text: str) -> int:
    sent = alphabet.transliterated(text) if rule("latin") else text
    return alphabet.count(sent).parts


def tell(reference: str, state: str, reason: str) -> None:
    """Tell the kernel what became of a parcel; call inside the transaction that makes it true."""
    if is_parcel(reference):
        notices.report(reference, state, reason)
