"""Tables of the configuration as frozen dataclasses; whatever does not fit is told, all at once."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


class Faulty(Exception):
    """The configuration cannot be used; ``faults`` are sentences that name the keys."""

    def __init__(self, faults: list[str]) -> None:
        """Keep what is wrong."""
        super().__init__("; ".join(faults))
        self.faults = faults


def read(shape: type[T], table: Mapping[str, Any], where: str) -> T:
    """Make a dataclass of a table.

    :raises Faulty: unknown or missing keys, values of a wrong kind.
    """
    hints = get_type_hints(shape)
    known = {one.name: one for one in dataclasses.fields(shape)}  # type: ignore[arg-type]
    faults = [f"{where}: unknown key {name!r}" for name in sorted(set(table) - set(known))]
    values: dict[str, Any] = {}
    for name, one in known.items():
        if name in table:
            if not _fits(table[name], hints[name]):
                faults.append(f"{where}: {name} must be {_in_words(hints[name])}")
            values[name] = tuple(table[name]) if isinstance(table[name], list) else table[name]
        elif one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING:
            faults.append(f"{where}: {name} is missing")
    if faults:
        raise Faulty(faults)
    return shape(**values)


def _fits(value: Any, hint: Any) -> bool:
    origin = get_origin(hint)
    if origin is types.UnionType:
        return any(_fits(value, one) for one in get_args(hint))
    if origin is tuple:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if origin is not None:  # Mapping[str, str]
        return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint)


def _in_words(hint: Any) -> str:
    if get_origin(hint) is tuple:
        return "a list of texts"
    if get_origin(hint) is not None and get_origin(hint) is not types.UnionType:
        return "a table of texts"
    return {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}.get(
        hint, str(hint)
    )
