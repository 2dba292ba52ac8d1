"""Commands about accounts."""

from __future__ import annotations

import click

from asurso_core.actors import system
from asurso_core.cli.frame import school


@click.group()
def user() -> None:
    """Accounts."""


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
