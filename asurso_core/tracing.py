"""``ASURSO_TRACE=hooks``: every answer to a hook is told on stderr, with its time.

For whoever writes a plugin. What is told may speak of persons: not for a school at work. Without
the variable nothing is wrapped, and a call costs what it cost before.
"""

from __future__ import annotations

import functools
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any

_LONGEST = 60


def wanted(what: str) -> bool:
    """Whether ``ASURSO_TRACE`` names this; the names are separated by commas."""
    return what in os.environ.get("ASURSO_TRACE", "").split(",")


def told(hook: str, owner: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which tells on stderr of each of its calls: arguments, answer, milliseconds."""

    @functools.wraps(function)
    def call(*args: Any, **arguments: Any) -> Any:
        asked = ", ".join(f"{name}={short(value)}" for name, value in arguments.items())
        began, answer = time.perf_counter(), ""
        try:
            result = function(*args, **arguments)
        except BaseException as error:
            answer = f"raised {type(error).__name__}: {error}"
            raise
        else:
            answer = short(result)
            return result
        finally:
            spent = (time.perf_counter() - began) * 1000
            sys.stderr.write(f"hook {hook}({asked}) {owner}: {answer}  {spent:.1f} ms\n")

    return call


def short(value: Any) -> str:
    """A value on a part of a line: ``[NavItem × 3]``, ``<Actor>``, ``'core.start'``."""
    if isinstance(value, (Sequence, Set, Mapping)) and not isinstance(value, (str, bytes)):
        kinds = sorted({type(one).__name__ for one in value})
        return f"[{', '.join(kinds)} × {len(value)}]" if kinds else "[]"
    if value is None or isinstance(value, (str, int, float, bool)):
        text = repr(value)
        return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return f"<{type(value).__name__}>"
