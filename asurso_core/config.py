"""One frozen Config read from ``instance/asurso.toml`` and ``ASURSO_*`` variables."""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import current_app


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything that the operator of a school decides outside the web interface."""

    #: Folder of the school's own things: database, secret key, files.
    instance: Path
    #: ``sqlite:///…`` or ``postgresql://…``.
    database: str
    #: Signs cookies; made on first use, kept in ``secret.key`` with mode 0600.
    secret_key: str = field(repr=False)
    #: Host names the site answers to; empty means any (fine on loopback only).
    trusted_hosts: tuple[str, ...] = ()
    #: The site is reached by HTTPS: cookies are ``Secure`` and carry the ``__Host-`` prefix.
    https: bool = False
    #: How many proxies in front set ``X-Forwarded-*``; 0 trusts none.
    proxies: int = 0
    #: Start the kernel alone, without any plugin.
    safe_mode: bool = False
    #: Load only these plugins; None loads every installed one.
    plugins: tuple[str, ...] | None = None
    #: Largest request body in bytes.
    max_body: int = 20 * 1024 * 1024
    #: Where people reach the site, for links in messages: ``https://school.example``.
    address: str = ""
    #: What the operator says to single plugins: ``[plugin.sms]`` and so on (:func:`of_plugin`).
    plugin: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    #: Checks of `asurso doctor` that are known and borne: number → reason, in ``[silenced]``.
    silenced: Mapping[str, str] = field(default_factory=dict)
    #: Errors are re-raised and templates reloaded; never in production.
    testing: bool = False


def load(instance: str | Path | None = None, **overrides: Any) -> Config:
    """Read the configuration of an instance folder (``ASURSO_INSTANCE`` or ``./instance``).

    Raises ``ValueError`` with the file's name when the file is not valid TOML or holds an unknown
    key: a misspelt option must not be silently ignored.
    """
    folder = Path(instance or os.environ.get("ASURSO_INSTANCE") or "instance").resolve()
    values: dict[str, Any] = {}
    file = folder / "asurso.toml"
    if file.exists():
        try:
            values = tomllib.loads(file.read_text("utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f"{file}: {error}") from error
    known = {name for name in Config.__dataclass_fields__ if name not in {"instance", "secret_key"}}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ValueError(f"{file}: unknown options: {', '.join(unknown)}")
    _demand_reasons(values.get("silenced", {}), file)
    _demand_tables(values.get("plugin", {}), file)
    values["address"] = str(values.get("address", "")).rstrip("/")
    values.update(_from_environment())
    values.update(overrides)
    values.setdefault("database", f"sqlite:///{folder / 'asurso.sqlite3'}")
    for name in ("trusted_hosts", "plugins"):
        if values.get(name) is not None:
            values[name] = tuple(values[name])
    values.setdefault("secret_key", _secret_key(folder))
    return Config(instance=folder, **values)


def _demand_reasons(silenced: Any, file: Path) -> None:
    """What is silenced without a reason is forgotten; raises ``ValueError``."""
    if not isinstance(silenced, dict):
        raise ValueError(f'{file}: [silenced] is a table: S04 = "the reason"')
    for name, reason in silenced.items():
        if not isinstance(reason, str) or len(reason.strip()) < 5:
            raise ValueError(f"{file}: silencing {name} needs a reason in words")


def _demand_tables(sections: Any, file: Path) -> None:
    """What belongs to a plugin stands in a table of its name; raises ``ValueError``."""
    if not isinstance(sections, dict):
        raise ValueError(f"{file}: [plugin.<name>] is a table for each plugin")
    for name, section in sections.items():
        if not isinstance(section, dict):
            raise ValueError(f"{file}: [plugin.{name}] must be a table")


def of_plugin(name: str) -> Mapping[str, Any]:
    """The operator's table ``[plugin.<name>]``; empty when there is none. Needs an application.

    What may only be said here, and never in the web: addresses that the program calls, passwords
    of gateways (T24).
    """
    conf: Config = current_app.extensions["asurso_config"]
    return conf.plugin.get(name, {})


def _from_environment() -> dict[str, Any]:
    found: dict[str, Any] = {}
    if url := os.environ.get("ASURSO_DATABASE"):
        found["database"] = url
    if os.environ.get("ASURSO_SAFE_MODE"):
        found["safe_mode"] = os.environ["ASURSO_SAFE_MODE"] not in {"0", "false", ""}
    if "ASURSO_PLUGINS" in os.environ:
        found["plugins"] = tuple(
            name.strip() for name in os.environ["ASURSO_PLUGINS"].split(",") if name.strip()
        )
    return found


def _secret_key(folder: Path) -> str:
    file = folder / "secret.key"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            return file.read_text("ascii").strip()
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(secrets.token_urlsafe(48))
    return file.read_text("ascii").strip()
