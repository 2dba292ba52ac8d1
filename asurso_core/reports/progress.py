"""How far a report is that takes long: told by whoever builds it, shown on the page of its job."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_listener: ContextVar[Callable[[int, int], None] | None] = ContextVar("listener", default=None)


def progress(done: int, total: int) -> None:
    """Tell that ``done`` of ``total`` parts are built; nothing where nobody waits for it.

    Call it in ``build`` of a report with ``long=True``, outside of transactions; it ends the work
    of a job that somebody has cancelled.
    """
    listen = _listener.get()
    if listen is not None:
        listen(done, total)


@contextmanager
def listened(listen: Callable[[int, int], None]) -> Iterator[None]:
    """Hear of the progress inside the block."""
    token = _listener.set(listen)
    try:
        yield
    finally:
        _listener.reset(token)
