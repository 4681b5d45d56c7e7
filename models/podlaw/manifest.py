"""Manifests as plain values with fields: structs made from the records of spec/types.yaml, which bear the names of JSON."""

from __future__ import annotations

from collections.abc import Mapping
from types import GenericAlias
from typing import Any, Final

import msgspec

from podlaw import wire
from podlaw.errors import InputError
from podlaw.types import Type, Vocabulary

Path = tuple[str | int, ...]
PLAIN: Final[Mapping[str, Any]] = {"text": str, "int": wire.Int, "bool": bool}


class Shapes:
    """One struct type per record; a field that is not given is empty, or none where the record says so."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.made: dict[str, Any] = {}

    def record(self, name: str) -> Any:
        """Return the struct type of a record."""
        if name not in self.made:
            fields = [(field, *self._field(kind)) for field, kind in self.vocabulary.records[name].items()]
            self.made[name] = msgspec.defstruct(name, fields, kw_only=True)
        return self.made[name]

    def _field(self, kind: Type) -> tuple[Any, Any]:
        base: Any = PLAIN.get(kind.name) or self.record(kind.name)
        if kind.many:
            return GenericAlias(list, (base,)), msgspec.field(default_factory=list)
        return (base | None, None) if kind.optional else (base, msgspec.field(default_factory=base))


def read(shape: Any, document: Any) -> Any:
    """Return plain data as ``shape``; raise InputError naming the field that cannot be read."""
    try:
        return msgspec.convert(document, shape)
    except (msgspec.ValidationError, RecursionError) as error:
        raise InputError(wire.sentence(error)) from None


def given(value: Any, kind: Type) -> bool:
    """Return whether a field of some type is given; one that may be none is given even where it is empty."""
    return value is not None if kind.optional else bool(value != type(value)())


def written(place: Path) -> str:
    """Return a path as the API server writes it: `spec.containers[0].name`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")


def put(document: Any, place: Path, value: Any) -> None:
    """Set the field at a path of plain data, or take it away where the value is none."""
    *parents, last = place
    for part in parents:
        document = document.setdefault(part, {}) if isinstance(part, str) else document[part]
    if value is None:
        document.pop(last, None)
    else:
        document[last] = value
