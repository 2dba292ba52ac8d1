"""Pages of accounts: signing in and out, one's own settings."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify

from asurso_core import access, web

accounts = Blueprint("accounts", __name__)


@accounts.get("/sign-in")
@access.public
def sign_in() -> Response:
    """The sign-in page."""
    return web.render("core/sign_in.html")


@accounts.post("/sign-out")
@access.signed_in
def sign_out() -> Response:
    """End this session."""
    return web.go("accounts.sign_in")


@accounts.post("/side")
@access.signed_in
def switch_side() -> Response:
    """Look as staff or as family."""
    return web.go("core.start")


@accounts.get("/settings")
@access.signed_in
def settings() -> Response:
    """One's own settings."""
    return web.go("core.start")


@accounts.post("/theme")
@access.signed_in
def theme() -> Response:
    """Choose light, dark or automatic."""
    return web.back("core.start")


@accounts.get("/search")
@access.requires("core.people.search")
def search() -> Response:
    """Find people."""
    return web.go("core.start")


@accounts.post("/ping")
@access.signed_in
def ping() -> Response:
    """Keep the session alive."""
    return jsonify(ok=True)


@accounts.post("/reenter")
@access.public
def reenter() -> Response:
    """Sign in again in place."""
    return jsonify(ok=False)


@accounts.get("/password")
@access.signed_in
def change_password() -> Response:
    """Change one's password."""
    return web.go("core.start")


BLUEPRINTS: list[Any] = [accounts]
NAVIGATION: list[Any] = []
