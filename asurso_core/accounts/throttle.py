"""Slowing guessers down without ever locking a teacher out (T09).

Every attempt that is judged is first written down, so that parallel attempts count too. Failures
of the last hour make the next attempt wait, in growing steps of at most a minute:

* one account from one address: free up to 5 failures, then 1, 2, 4 … 60 s;
* one account from everywhere: free up to 20. An address from which its owner has signed in
  during the last month does not wait for this one;
* one wrong password on many accounts: free up to 20 accounts;
* one address: free up to 60 failures in ten minutes (a whole school sits behind one address),
  then 1, 2 … 10 s.

A browser that has signed in to the account before (its device cookie) waits for none of these:
it has a count of its own, free up to 5 failures. So an account is tried at most about 90 times an
hour by all strangers together, and its owner at the own computer does not notice them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from asurso_core import clock, text
from asurso_core.accounts.models import SignInFailure
from asurso_core.db import as_stamp, db, is_sqlite, rows, stamp_value, transaction
from asurso_core.errors import AsursoError

WINDOW = dt.timedelta(hours=1)
ADDRESS_WINDOW = dt.timedelta(minutes=10)
HOME_WINDOW = dt.timedelta(days=30)
KEPT = dt.timedelta(days=1)

PAIR_FREE, ACCOUNT_FREE, SPRAY_FREE, ADDRESS_FREE = 5, 20, 20, 60
LONGEST_WAIT, LONGEST_ADDRESS_WAIT = 60, 10


class SlowDown(AsursoError):
    """429: too many wrong attempts; ``seconds`` says how long to wait."""

    status = 429
    code = "slow_down"

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message, seconds=seconds)
        self.seconds = seconds


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One try to sign in, before it is judged.

    ``login`` is :func:`login_mark`, ``mark`` :func:`asurso_core.accounts.passwords.mark`.
    """

    login: str
    address: str
    mark: str
    user_id: int | None
    device_id: int | None

    @property
    def place(self) -> str:
        """Where the attempt is counted: at a known device, else at the network address."""
        return f"device:{self.device_id}" if self.device_id else self.address[:45]


def login_mark(login: str, secret: str, *, known: bool) -> str:
    """How a login is written down: itself if it exists, else a keyed digest.

    People type their password into the login field by mistake: that must not be kept (T32).
    """
    folded = text.fold(login)
    if known:
        return folded[:60]
    key = hashlib.blake2b(b"login mark " + secret.encode(), digest_size=32).digest()
    data = folded.encode("utf-8", "replace")
    return "?" + hashlib.blake2b(data, key=key, digest_size=16).hexdigest()


def begin(attempt: Attempt) -> tuple[int, int]:
    """Write the attempt down before it is judged: ``(its id, 0)``, or ``(0, seconds to wait)``."""
    with transaction():
        _queue(attempt.login)
        wait = seconds_to_wait(attempt)
        if wait:
            return 0, wait
        now = clock.stamp()
        SignInFailure.delete().where(SignInFailure.at < now - KEPT).execute()
        # The mark of the password comes only when it has proved wrong: see failed().
        id_ = SignInFailure.insert(
            login_key=attempt.login, address=attempt.place, password_mark="", at=now
        ).execute()
    return int(id_), 0


def failed(id_: int, attempt: Attempt) -> None:
    """The password was wrong: the written attempt stays, with the mark of the password."""
    with transaction():
        SignInFailure.update(password_mark=attempt.mark).where(SignInFailure.id == id_).execute()


def succeeded(attempt: Attempt) -> None:
    """The password was right: typing errors of this account at this place are forgotten."""
    with transaction():
        SignInFailure.delete().where(
            SignInFailure.login_key == attempt.login, SignInFailure.address == attempt.place
        ).execute()


def seconds_to_wait(attempt: Attempt) -> int:
    """How long this attempt has to wait, in whole seconds; 0 if it may be judged now."""
    now = clock.stamp()
    hour, login, here = now - WINDOW, {"login_key": attempt.login}, {"address": attempt.place}
    waits = [_wait(_seen(hour, **login, **here), PAIR_FREE, now)]
    if attempt.device_id is None:
        wait = _wait(_seen(hour, **login), ACCOUNT_FREE, now)
        if wait and not _is_home(attempt, now):
            waits.append(wait)
        spread = _seen(hour, what="DISTINCT login_key", password_mark=attempt.mark)
        waits.append(_wait(spread, SPRAY_FREE, now))
        failures = _seen(now - ADDRESS_WINDOW, **here)
        waits.append(_wait(failures, ADDRESS_FREE, now, longest=LONGEST_ADDRESS_WAIT))
    return max(waits)


def _seen(since: dt.datetime, *, what: str = "id", **which: str) -> tuple[int, dt.datetime | None]:
    """How many failures (or accounts) with these values since a moment, and the last of them."""
    narrowed = " AND ".join(f"{column} = ?" for column in which)
    ((count, last),) = rows(
        f"SELECT COUNT({what}), MAX(at) FROM core_sign_in_failure "  # noqa: S608 - our own names
        f"WHERE {narrowed} AND at > ?",
        [*which.values(), stamp_value(since)],
    )
    return int(count), as_stamp(last)


def _wait(
    seen: tuple[int, dt.datetime | None],
    free: int,
    now: dt.datetime,
    *,
    longest: int = LONGEST_WAIT,
) -> int:
    count, last = seen
    if count < free or last is None:
        return 0
    delay = min(2 ** min(count - free, 10), longest)
    passed = (now - last).total_seconds()
    # A clock that was put back must not make anybody wait longer than the delay itself (F12).
    left = delay - max(passed, 0.0)
    return 0 if left <= 0 else max(1, round(left + 0.49))


def _is_home(attempt: Attempt, now: dt.datetime) -> bool:
    """Whether the owner has signed in from this address lately."""
    if attempt.user_id is None:
        return False
    return bool(
        rows(
            'SELECT 1 FROM core_audit_entry WHERE "user" = ? AND kind = ? AND address = ? '
            "AND at > ? LIMIT 1",
            [attempt.user_id, "core.signed_in", attempt.address, stamp_value(now - HOME_WINDOW)],
        )
    )


def _queue(login: str) -> None:
    """Let attempts on one account in one by one (SQLite's writers queue anyway)."""
    if not is_sqlite():
        number = int.from_bytes(hashlib.blake2b(login.encode(), digest_size=7).digest(), "big")
        db.execute_sql("SELECT pg_advisory_xact_lock(%s)", (number,))
