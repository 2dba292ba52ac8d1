"""What every command needs: the application of the instance, and an open connection."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import click
from flask import Flask

from asurso_core import config, plugins, revisions, schema
from asurso_core import db as database
from asurso_core.errors import AsursoError, PluginError

_lent: list[Flask] = []


@contextlib.contextmanager
def lent(app: Flask) -> Iterator[None]:
    """Commands of the block work on this application and its open connection: for tests."""
    _lent.append(app)
    try:
        yield
    finally:
        _lent.pop()


@contextlib.contextmanager
def school(*, upgraded: bool = True, **options: Any) -> Iterator[Flask]:
    """The assembled application with an open connection; ``options`` overrule ``asurso.toml``.

    :raises click.ClickException: the configuration or a plugin is wrong, or (with ``upgraded``)
        migrations are waiting; the text says what to do.
    """
    from asurso_core.app import create_app

    if _lent:
        try:
            yield _lent[-1]
        except AsursoError as error:
            raise click.ClickException(error.message) from error
        return
    try:
        app = create_app(config.load(**options))
    except (ValueError, PluginError) as error:
        raise click.ClickException(str(error)) from error
    with app.app_context(), database.connection():
        if upgraded:
            demand_upgraded()
            plugins.current().refresh(revisions.of("plugins")[0])
        try:
            yield app
        except AsursoError as error:
            raise click.ClickException(error.message) from error
        finally:
            plugins.current().settle()


def demand_upgraded() -> None:
    """Stop with instructions when the database is not made, not up to date, or too new."""
    newer = schema.unknown()
    if newer:
        raise click.ClickException(schema.newer_than_we(newer))
    waiting = schema.pending()
    if not waiting:
        return
    if len(waiting) == len(schema.status()):
        raise click.ClickException("no school is here yet: run `asurso init` or `asurso demo`")
    raise click.ClickException(
        f"the database waits for {len(waiting)} migrations ({', '.join(waiting[:5])}): "
        "run `asurso db upgrade`"
    )
