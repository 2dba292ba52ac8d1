"""What is answered to a text: the command, the child, the question, and the text of the answer.

Nothing is written and nothing is sent here.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from asurso_core import clock, plugins
from asurso_core.actors import Actor
from asurso_core.errors import NotThere, Refused
from asurso_core.i18n import gettext as _
from asurso_sms import alphabet
from asurso_sms.conversation import families, parsing, spelling
from asurso_sms.conversation.families import Child
from asurso_sms.hookspecs import SmsQuestion, sms_commands
from asurso_sms.policy import rule

#: An answer takes no more parts; the rest is in the diary.
MOST_PARTS = 3
#: So long a piece may be in an answer that does not fit whole; the first of these that helps.
LONGEST_PIECES = (160, 120, 90, 60, 40)
#: What does not stand before «… полностью: дневник».
_LOOSE = ",;:. …"

STOP = ("СТОП", "stop", "отписаться", "отписка")
START = ("СТАРТ", "start", "подписаться")
HELP = ("ПОМОЩЬ", "помогите", "help", "справка", "команды")
#: An alias is shortened to no less than this.
_ALIAS = 3


@dataclass(frozen=True)
class Reply:
    """An answer: ``command`` and ``about`` say what was understood.

    ``choices`` are the ids of the children among whom the asker is to choose by a figure;
    ``again`` if that is still about the question before. ``chosen`` says that this text chose.
    """

    text: str
    command: str = ""
    about: int | None = None
    choices: tuple[int, ...] = ()
    again: bool = False
    chosen: bool = False


@dataclass(frozen=True)
class Pending:
    """A question that waits for a figure: the children in order, and the text it was about."""

    choices: tuple[int, ...]
    text: str


@dataclass(frozen=True)
class Understood:
    """A text taken apart for one family.

    ``plugin`` and ``command`` are None for what is no command, ``command`` alone for ПОМОЩЬ.
    ``children`` are those who can be meant. ``unclear`` are titles of subjects that fit equally
    well; ``left`` are words, days and periods without a meaning here.
    """

    plugin: Any = None
    command: Any = None
    children: tuple[Child, ...] = ()
    subjects: tuple[int, ...] = ()
    unclear: tuple[str, ...] = ()
    days: tuple[dt.date, dt.date] | None = None
    period: tuple[str, int | None] | None = None
    left: tuple[str, ...] = ()


def first_word_is(text: str, words: Sequence[str]) -> bool:
    """Whether a text begins with one of these words, whole and rightly spelt in either alphabet."""
    tokens = parsing.scan(text)
    return bool(tokens) and isinstance(tokens[0], str) and any(
        spelling.fit(tokens[0], word) == spelling.WHOLE for word in words
    )  # fmt: skip


def understand(
    text: str,
    found: Sequence[Child],
    learnt: dict[int, families.Subjects],
    chosen: Child | None = None,
) -> Understood:
    """What a text asks for, of the children found and the subjects they learn.

    ``chosen`` is the child if that is known already.
    """
    plugin, command, rest = _command(parsing.scan(text))
    if plugin is None or not found:
        return Understood(plugin, command)
    takes = command.takes
    asked = parsing.arguments(rest, clock.today(), ahead=command.ahead, periods="period" in takes)
    children, words = families.whom(asked.words, found, learnt)
    subjects: tuple[int, ...] = ()
    unclear: list[str] = []
    if chosen is not None:
        children = [chosen]
    if "subject" in takes and len(children) == 1:
        mine = learnt.get(children[0].person.id, {})
        subjects, words, unclear = families.which(words, mine)
    days = asked.days if "day" in takes else None
    return Understood(
        plugin, command, tuple(children), subjects, tuple(unclear), days, asked.period,
        tuple(words) if days == asked.days else (*words, "?"),
    )  # fmt: skip


def reply(actor: Actor, text: str, pending: Pending | None = None) -> Reply:
    """The answer to a text of somebody with a confirmed number.

    ``pending`` is the question about the child that may be answered by a figure or a name.
    """
    found = families.children(actor)
    plugin, command, rest = _command(parsing.scan(text))
    if command is HELP:
        return Reply(_help(found, rest), "help")
    if plugin is None:
        return _answered(actor, found, text, pending) or Reply(_short_help())
    if not found:
        return Reply(_nobody(), command.name)
    return _asked(actor, found, text, None)


# --- which command -----------------------------------------------------------------------------


def _command(tokens: Sequence[parsing.Token]) -> tuple[Any, Any, list[parsing.Token]]:
    """``(plugin, command, the other tokens)``; the command is the first word, or stands whole.

    Plugin and command are None if there is none; for ПОМОЩЬ the command is :data:`HELP`.
    """
    known = plugins.collect(sms_commands)
    words: dict[int, Sequence[str]] = {at: one.words for at, (_plugin, one) in enumerate(known)}
    words[-1] = HELP
    for at, token in enumerate(tokens):
        if isinstance(token, parsing.Dates):
            continue
        levels = {number: _fit(token, forms) for number, forms in words.items()}
        best = max(levels.values())
        found = [number for number, level in levels.items() if level == best]
        # «Какие оценки у Вани?»: later words count when they are whole.
        if best == 0 or (at and best < spelling.WHOLE) or len(found) != 1:
            continue
        rest = [
            other
            for place, other in enumerate(tokens)
            if place != at and not _is_whole(other, words[found[0]])
        ]
        return (None, HELP, rest) if found[0] < 0 else (*known[found[0]], rest)
    return None, None, list(tokens)


def _fit(word: str, forms: Sequence[str]) -> int:
    """How well a word fits a command: its own word may be shortened more than its aliases."""
    first = spelling.fit(word, forms[0])
    others = [spelling.fit(word, form) for form in forms[1:] if len(word) >= _ALIAS]
    weak = [spelling.BEGUN_SLIPPED if level == spelling.BEGUN else level for level in others]
    return max([first, *weak])


def _is_whole(token: parsing.Token, forms: Sequence[str]) -> bool:
    return isinstance(token, str) and _fit(token, forms) == spelling.WHOLE


# --- which child, and what of it ---------------------------------------------------------------


def _answered(actor: Actor, found: list[Child], text: str, pending: Pending | None) -> Reply | None:
    """A figure or a name after «1 Иван 5А, 2 Мария 8Б: ответьте цифрой»; None if it is neither."""
    words = spelling.split(text[: parsing.LONGEST])
    if pending is None or not words:
        return None
    by_id = {child.person.id: child for child in found}
    mine = [by_id[id_] for id_ in pending.choices if id_ in by_id]
    if len(words) == 1 and words[0].isascii() and words[0].isdigit():
        place = int(words[0][:4])
        id_ = pending.choices[place - 1] if 0 < place <= len(pending.choices) else None
        if id_ is None and mine:
            command = understand(pending.text, mine, {}).command
            return dataclasses.replace(_choose(mine, command), again=True)
        chosen = [by_id[id_]] if id_ in by_id else []
    else:
        chosen, left = families.whom(words, mine, {})
        chosen = [] if left else chosen
    if len(chosen) != 1:
        return None
    return dataclasses.replace(_asked(actor, found, pending.text, chosen[0]), chosen=True)


def _choose(found: Sequence[Child], command: Any) -> Reply:
    listed = ", ".join(f"{at} {child.label}" for at, child in enumerate(found, 1))
    text = _("%(children)s: answer with a figure", children=listed)
    choices = tuple(child.person.id for child in found)
    return Reply(fitted(text.split(" ")), "" if command is None else command.name, choices=choices)


def _asked(actor: Actor, found: list[Child], text: str, chosen: Child | None) -> Reply:
    asked = understand(text, found, families.subjects(found), chosen)
    if asked.plugin is None:
        return Reply(_short_help())
    command = asked.command
    if len(asked.children) != 1:
        return _choose(asked.children, command)
    child = asked.children[0]
    if asked.unclear:
        which = _("Which subject: %(list)s?", list=", ".join(asked.unclear))
        return Reply(fitted(which.split(" ")), command.name, child.person.id)
    try:
        period = families.period(child, asked.period, clock.today())
    except families.NoSuchPeriod as error:
        none = _("There is no such period. There are: %(list)s.", list=str(error))
        return Reply(fitted(none.split(" ")), command.name, child.person.id)
    question = SmsQuestion(
        who=child.label, subjects=asked.subjects, days=asked.days, period=period,
        period_asked=asked.period is not None, year=child.year,
    )  # fmt: skip
    pieces = _told(asked, actor, child, question)
    if len(found) > 1 and pieces and not pieces[0].startswith(child.label):
        pieces = [f"{child.label}.", *pieces]
    told = fitted(pieces)
    if asked.left:
        unclear = _("Not everything was understood: send HELP.")
        noted = f"{told.rstrip('.')}. {unclear}"
        told = noted if is_short(noted) else told
    return Reply(told, command.name, child.person.id)


def _told(asked: Understood, actor: Actor, child: Child, question: SmsQuestion) -> list[str]:
    """The pieces that a plugin answers; a plugin that fails spoils only its own answer."""

    def ask() -> list[str]:
        try:
            answer = asked.command.answer(actor, child.person, question)
        except (NotThere, Refused):
            return [f"{child.label}:", _("this is not open to you")]
        return [str(piece) for piece in answer]

    failed = [f"{child.label}:", _("there is no answer now, look into the diary")]
    told: list[str] = plugins.current().contained(
        asked.plugin.name, "sms_commands", ask, {}, failure=failed
    )
    return told


# --- texts -------------------------------------------------------------------------------------


def _nobody() -> str:
    return fitted(_("No pupil is tied to your number. Ask the class teacher.").split(" "))


def _short_help() -> str:
    words = [command.words[0] for _plugin, command in plugins.collect(sms_commands)]
    listed = ", ".join([*words, HELP[0], STOP[0]])
    return fitted(_("Commands: %(list)s", list=listed).split(" "))


def _help(found: Sequence[Child], rest: Sequence[parsing.Token]) -> str:
    """The commands with an example of the own family; after ПОМОЩЬ a command is explained."""
    plugin, command, _rest = _command(rest)
    if plugin is not None:
        return fitted(f"{command.words[0]} {command.help}".split(" "))
    words = [command.words[0] for _plugin, command in plugins.collect(sms_commands)]
    if not words or not found:
        return _short_help()
    text = _(
        "%(list)s. Example: %(word)s %(name)s. More: %(help)s %(word)s",
        list=", ".join([*words, STOP[0]]), word=words[0], help=HELP[0],
        name=found[0].person.given_name.upper(),
    )  # fmt: skip
    return fitted(text.split(" "))


def fitted(pieces: Iterable[str]) -> str:
    """Pieces joined by spaces in at most three parts of a message.

    Where they do not fit the longest ones are shortened, then the last ones left out, and the
    text says where all of it is.
    """
    whole = [" ".join(piece.split()) for piece in pieces]
    text = " ".join(piece for piece in whole if piece)
    if is_short(text):
        return text
    end = " … " + _("in full: the diary")
    cut = whole
    for most in LONGEST_PIECES:
        cut = [_shortened(piece, most) for piece in whole if piece]
        text = " ".join(cut).rstrip(_LOOSE) + end
        if is_short(text):
            return text
    while len(cut) > 1 and not is_short(" ".join(cut).rstrip(_LOOSE) + end):
        cut.pop()
    return " ".join(cut).rstrip(_LOOSE) + end


def is_short(text: str) -> bool:
    """Whether a text, as it will go out, takes no more parts than an answer may."""
    sent = alphabet.transliterated(text) if rule("latin") else text
    return alphabet.count(sent).parts <= min(MOST_PARTS, int(rule("most_parts")))


def _shortened(piece: str, most: int) -> str:
    if len(piece) <= most:
        return piece
    cut = piece[: most - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut) + "…"
