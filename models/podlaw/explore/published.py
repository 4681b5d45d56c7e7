"""The pods that the published words of a state show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from podlaw.explore.prepare import Ready
from podlaw.explore.search import Words
from podlaw.ground.nodes import Value
from podlaw.ground.records import GATES
from podlaw.pod import with_containers
from podlaw.snapshot import Container, Snapshot


class Published:
    """Turns published words into pods; each pod is made once."""

    def __init__(self, ready: Ready) -> None:
        self.ready = ready
        self.first = {pod: life.api for pod, life in ready.placed.lives().items()}
        self._known: dict[Words, dict[str, Snapshot]] = {}

    def pods(self, words: Words) -> dict[str, Snapshot]:
        """Return every pod of the scope as published, by name; a scope's only pod has an empty name."""
        public = words[: self.ready.places.published]
        if public not in self._known:
            state = self.ready.places.unpacked(public)
            self._known[public] = {pod: _pod(start, _fields(state, f"{pod}.api".lstrip("."))) for pod, start in self.first.items()}
        return self._known[public]


def _fields(state: Mapping[str, Value], prefix: str) -> dict[str, dict[str, Value]]:
    """Return the values of one pod's variables: by container or gate, with the pod's own under an empty name."""
    found: dict[str, dict[str, Value]] = defaultdict(dict)
    for name, value in state.items():
        if name.startswith((f"{prefix}.", f"{prefix}[")):
            container, _, field = name[len(prefix) :].lstrip("[").rpartition("].") if name[len(prefix)] == "[" else ("", "", name[len(prefix) + 1 :])
            found[container][field] = value
    return found


def _pod(start: Snapshot, fields: Mapping[str, Mapping[str, Value]]) -> Snapshot:
    own: dict[str, Any] = {}
    for path, value in fields.get("", {}).items():
        head, _, rest = path.partition(".")
        own[head] = replace(own.get(head, getattr(start, head)), **{rest: value}) if rest else value
    containers: list[Container] = [replace(c, **fields.get(c.name, {})) for c in start.all]
    for name, key in GATES.items():
        own[name] = tuple(replace(g, **fields.get(getattr(g, key), {})) for g in getattr(start, name))
    return with_containers(replace(start, **own), containers)
