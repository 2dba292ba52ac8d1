"""The yardstick: a Flask page that says hello, under the settings of ``asurso serve``."""

from __future__ import annotations

import sys

from flask import Flask

from asurso_core.cli.serving import run_gunicorn


def make() -> Flask:
    """One route, no database, no session."""
    app = Flask("hello")

    @app.get("/")
    def hello() -> str:
        return "hello"

    return app


if __name__ == "__main__":
    run_gunicorn(sys.argv[1], int(sys.argv[2]), make)
