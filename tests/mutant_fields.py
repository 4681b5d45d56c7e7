"""Every value of the law's files: where it stands, how its place is called, and which rules the entries around it bear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import yaml

from podlaw.tables import listed

GROUPS = ("derivations", "rules", "graphs", "machines", "events", "compositions")
NAMED = (  # fields that name an entry
    "refusal", "default", "drop", "property", "table", "row", "event", "machine", "composition", "graph", "move", "id", "says",
)  # fmt: skip
BEARING = ("id", "also", "rule")  # fields that name the rules which an entry bears
RULE = re.compile("[A-Z]+-[0-9]+")


class Field(msgspec.Struct, frozen=True):
    """One value of a file: the keys that lead to it, and its node; `data` is the whole file as plain text."""

    file: str
    data: Any
    keys: tuple[str | int, ...]
    place: str
    node: yaml.Node

    @property
    def line(self) -> int:
        """Return the 1-based line."""
        return int(self.node.start_mark.line) + 1

    @property
    def pattern(self) -> str:
        """Return the keys with positions as `*`."""
        return ".".join("*" if isinstance(key, int) else key for key in self.keys)

    def rules(self, *keys: str | int) -> tuple[tuple[str, ...], ...]:
        """Return the rule ids of the entries around the value, or around one of its parts, those of the nearest first."""
        found, data = [], self.data
        for key in (*self.keys, *keys, None):
            given = [data[bearing] for bearing in BEARING if bearing in data] if isinstance(data, dict) else []
            if borne := tuple(rule for one in given for rule in listed(one) if RULE.fullmatch(rule)):
                found.append(borne)
            data = None if key is None or isinstance(data, str) else data[key]
        return tuple(reversed(found))

    @property
    def entry(self) -> dict[str, Any]:
        """Return the table, machine, graph or event that the value belongs to."""
        found: dict[str, Any] = self.data[self.keys[0]][self.keys[1]]
        return found


def fields(field: Field) -> Iterator[Field]:
    """Yield a value and every value under it; places read as `phase/some-running/when`."""
    yield field
    file, data, keys, place, node = msgspec.structs.astuple(field)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from fields(Field(file, data, (*keys, key.value), f"{place}/{key.value}".lstrip("/") if key.value not in GROUPS else place, value))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from fields(Field(file, data, (*keys, index), named(place, index, value), value))


def named(place: str, index: int, node: yaml.Node) -> str:
    given = {key.value: value.value for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}
    name = next((given[field] for field in NAMED if isinstance(given.get(field), str)), str(index))
    parent = place.rpartition("/")[0] if place.endswith(("/rows", "/moves", "/edges")) else place
    return f"{parent}/{name}".lstrip("/")
