"""Which gateways there are, and by which one messages leave: ``[plugin.sms]``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import current_app

from asurso_core import config, plugins
from asurso_sms.gateways.options import Faulty, read
from asurso_sms.hookspecs import Gateway, GatewayKind, sms_gateways

#: The gateway of a school that has configured none: messages go into a file.
DEFAULT = "file"


@dataclass(frozen=True, kw_only=True)
class _Section:
    """The keys of ``[plugin.sms]``."""

    #: By which of ``gateways`` messages leave.
    gateway: str = DEFAULT
    #: The sender that receivers see; most gateways want one that was registered.
    sender: str = ""
    #: Where the gateways find this program, if that is not where people do.
    callback: str = ""
    gateways: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Setup:
    """What the configuration says, made into objects."""

    out: Gateway
    sender: str
    callback: str
    gateways: Mapping[str, Gateway]
    #: Nothing was configured: messages only go into a file.
    is_default: bool


def setup() -> Setup:
    """The gateways of the configuration; made once for each application.

    :raises Faulty: the section cannot be used; every fault is named.
    """
    made = current_app.extensions.get("asurso_sms")
    if made is None:
        made = current_app.extensions["asurso_sms"] = _make()
    if isinstance(made, Faulty):
        raise made
    return made


def _make() -> Setup | Faulty:
    try:
        return _read(config.of_plugin("sms"))
    except Faulty as fault:
        return fault


def _read(table: Mapping[str, Any]) -> Setup:
    section = read(_Section, {**table, "gateways": {}}, "[plugin.sms]")
    declared = table.get("gateways", {})
    faults: list[str] = []
    gateways: dict[str, Gateway] = {}
    kinds = {kind.name: kind for _plugin, kind in plugins.collect(sms_gateways)}
    if not isinstance(declared, dict):
        raise Faulty(["[plugin.sms]: gateways must be a table for each gateway"])
    for name, options in declared.items():
        try:
            gateways[name] = _one(name, options, kinds)
        except Faulty as fault:
            faults += fault.faults
    if DEFAULT not in declared:
        gateways[DEFAULT] = _one(DEFAULT, {"kind": "file"}, kinds)
    if section.gateway not in gateways and section.gateway not in declared:
        faults.append(f"[plugin.sms]: there is no gateway {section.gateway!r}")
    if declared and "gateway" not in table:
        faults.append("[plugin.sms]: gateway is missing: by which one do messages leave?")
    if faults:
        raise Faulty(faults)
    address = current_app.extensions["asurso_config"].address
    return Setup(
        out=gateways[section.gateway], sender=section.sender,
        callback=(section.callback or address).rstrip("/"), gateways=gateways,
        is_default=section.gateway == DEFAULT,
    )  # fmt: skip


def _one(name: str, options: Any, kinds: Mapping[str, GatewayKind]) -> Gateway:
    where = f"[plugin.sms.gateways.{name}]"
    if not isinstance(options, dict):
        raise Faulty([f"{where} must be a table"])
    if not name.replace("-", "").replace("_", "").isalnum() or len(name) > 40:
        raise Faulty([f"{where}: a name has letters, figures, - and _ only"])
    kind = kinds.get(str(options.get("kind", "")))
    if kind is None:
        raise Faulty([f"{where}: kind must be one of {', '.join(sorted(kinds))}"])
    own = {key: value for key, value in options.items() if key != "kind"}
    return kind.build(name, read(kind.options, own, where))


def gateway(name: str) -> Gateway | None:
    """A configured gateway by its name."""
    return setup().gateways.get(name)


def file_gateway() -> Path:
    """Where the file gateway writes."""
    return Path(current_app.instance_path) / "sms.log"
