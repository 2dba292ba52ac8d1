"""Commands about accounts."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from asurso_core.actors import system
from asurso_core.cli.frame import school


@click.group()
def user() -> None:
    """Accounts."""


@click.group("access")
def rights() -> None:
    """Who may do what."""


@rights.command("why")
@click.argument("login")
@click.argument("permission")
@click.argument("object_", metavar="[OBJECT]", default="")
def why(login: str, permission: str, object_: str) -> None:
    """Tell why an account may or may not do something, to OBJECT such as lesson:17 or class:3.

    Exit code 1 when it may not on any side.
    """
    from flask_babel import force_locale

    from asurso_core.admin import why as reasons

    with school(), force_locale("ru"):
        found = reasons.explain(system("asurso access why"), login, permission, object_)
        for one in found:
            click.echo(one.title)
            for step in one.steps:
                sign = {"good": "+", "bad": "-"}.get(step.kind, " ")
                click.echo(f"  {sign} {step.text}")
            click.echo(f"  => {one.verdict}")
    if not any(one.allowed for one in found):
        sys.exit(1)


@user.command("reset-password")
@click.argument("login")
def reset_password(login: str) -> None:
    """Give an account a new one-time password and end its sessions; prints it once."""
    from asurso_core.accounts import passwords
    from asurso_core.accounts.models import User

    with school():
        found = User.get_or_none(User.login_key == login.strip().lower())
        if found is None:
            raise click.ClickException(f"there is no account {login!r}")
        password = passwords.issue(system("asurso user reset-password"), found)
    click.echo(f"{found.login}: one-time password {password}")


@user.command("reset-second-factor")
@click.argument("login")
def reset_second_factor(login: str) -> None:
    """Take the second factor of an account away: for an administrator who lost phone and paper."""
    from asurso_core.accounts import second_factor
    from asurso_core.accounts.models import User

    with school():
        found = User.get_or_none(User.login_key == login.strip().lower())
        if found is None:
            raise click.ClickException(f"there is no account {login!r}")
        second_factor.reset(system("asurso user reset-second-factor"), found)
    click.echo(f"{found.login}: the password alone opens the account now")


@click.group()
def person() -> None:
    """Personal data of one person."""


def _person_of(login: str) -> Any:
    from asurso_core.accounts.models import User

    found = User.get_or_none(User.login_key == login.strip().lower())
    if found is None:
        raise click.ClickException(f"there is no account {login!r}")
    return found.person


@person.command("export")
@click.argument("login")
def export(login: str) -> None:
    """Print everything that is kept about the person of an account, as JSON."""
    from asurso_core import privacy

    with school():
        data = privacy.export(system("asurso person export"), _person_of(login).id)
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


@person.command("erase")
@click.argument("login")
@click.option("--surname", required=True, help="The person's surname, typed to be sure.")
def erase(login: str, surname: str) -> None:
    """Make an archived person nameless in all plugins; cannot be undone."""
    from asurso_core import privacy
    from asurso_core.errors import Invalid

    with school():
        try:
            privacy.erase(system("asurso person erase"), _person_of(login).id, surname)
        except Invalid as refusal:
            raise click.ClickException(" ".join(refusal.fields["typed"])) from refusal
    click.echo("erased")
