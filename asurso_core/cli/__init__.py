"""The command line ``asurso``."""

from __future__ import annotations

import click

from asurso_core import __version__
from asurso_core.cli.auditing import audit
from asurso_core.cli.authors import new
from asurso_core.cli.data import database, demo, import_, init
from asurso_core.cli.frame import school as school  # for commands of plugins
from asurso_core.cli.keeping import backup, restore
from asurso_core.cli.looking import doctor, routes
from asurso_core.cli.modules import plugin
from asurso_core.cli.people import person, rights, user
from asurso_core.cli.serving import serve, worker


class Commands(click.Group):
    """The kernel's commands, and under the name of each plugin the commands it brings."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands."""
        return [*super().list_commands(ctx), *_plugin_commands()]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """A command by name; plugins are asked only for what the kernel does not have.

        The commands of a plugin that is switched off say so and do nothing.
        """
        own = super().get_command(ctx, name)
        if own is not None:
            return own
        found = _plugin_commands().get(name)
        if found is not None and not ctx.resilient_parsing:
            _demand_enabled(name)
        return found


def _plugin_commands() -> dict[str, click.Command]:
    from asurso_core import plugins
    from asurso_core.hookspecs.collect import asurso_cli

    return {owner.name: command for owner, command in plugins.collect(asurso_cli)}


def _demand_enabled(name: str) -> None:
    from asurso_core import plugins, revisions
    from asurso_core.cli.frame import school

    with school():
        plugins.current().refresh(revisions.of("plugins")[0])
        if not plugins.current().is_enabled(name):
            raise click.ClickException(
                f"the plugin {name} is switched off: asurso plugin enable {name}"
            )


@click.group(cls=Commands)
@click.version_option(__version__, prog_name="asurso")
def main() -> None:
    """asurso: a school information system made of plugins."""


for _command in (
    init,
    serve,
    new,
    worker,
    demo,
    database,
    backup,
    restore,
    plugin,
    user,
    person,
    rights,
    routes,
    import_,
    doctor,
    audit,
):
    main.add_command(_command)
