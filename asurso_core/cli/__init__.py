"""The command line ``asurso``."""

from __future__ import annotations

import click

from asurso_core import __version__


@click.group()
@click.version_option(__version__, prog_name="asurso")
def main() -> None:
    """asurso: a school information system made of plugins."""
