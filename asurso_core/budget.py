"""Time budgets: code of a plugin that takes too long is ended, so that the page goes on.

A watching thread raises :class:`TooSlow` in the thread that is over its time. That ends loops; a
call that waits outside of Python (``time.sleep``, a socket) is ended only when it comes back, and
is told apart afterwards by the clock. Plugins are trusted code: this guards against mistakes.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
import time
from collections.abc import Iterator


class TooSlow(Exception):
    """Code took longer than it may; the text says how long that is."""


#: So often the watching thread looks at the clock while anybody is being watched.
_LOOK_EVERY = 0.1

_lock = threading.Lock()
_somebody = threading.Event()
_watched: dict[object, tuple[float, int, float]] = {}  # token → deadline, thread, seconds
_ended: set[object] = set()
_watcher: int | None = None  # the process whose thread is running: a fork has none


@contextlib.contextmanager
def budget(seconds: float) -> Iterator[None]:
    """Let a block run so long and no longer.

    :raises TooSlow: the block was ended, or came back too late by itself.
    """
    token = object()
    began = time.monotonic()
    with _lock:
        _start_watching()
        _watched[token] = (began + seconds, threading.get_ident(), seconds)
    _somebody.set()
    try:
        yield
    finally:
        with _lock:
            _watched.pop(token, None)
            if token in _ended:
                _ended.discard(token)
                _interrupt(threading.get_ident(), None)  # what is still on its way is called back
    if time.monotonic() - began > seconds:
        raise TooSlow(_text(time.monotonic() - began, seconds))


def _text(took: float, seconds: float) -> str:
    return f"took {took:.1f} s where {seconds:g} s are allowed"


def _start_watching() -> None:
    global _watcher  # noqa: PLW0603 - one thread a process
    if _watcher == os.getpid():
        return
    _watcher = os.getpid()
    _watched.clear()
    threading.Thread(target=_watch, name="asurso-budget", daemon=True).start()


def _watch() -> None:
    while True:
        _somebody.wait()
        time.sleep(_LOOK_EVERY)
        now = time.monotonic()
        with _lock:
            for token, (deadline, thread, seconds) in list(_watched.items()):
                if now > deadline:
                    del _watched[token]
                    _ended.add(token)
                    _interrupt(thread, _exception(seconds))
            if not _watched:
                _somebody.clear()


def _exception(seconds: float) -> type[TooSlow]:
    # The interpreter makes an instance without arguments, so the words come with the class.
    class Ended(TooSlow):
        def __init__(self) -> None:
            super().__init__(f"was ended after {seconds:g} s")

    Ended.__name__ = Ended.__qualname__ = TooSlow.__name__
    return Ended


def _interrupt(thread: int, exception: type[BaseException] | None) -> None:
    told = ctypes.py_object(exception) if exception is not None else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), told)
