"""Shortest examples of the moves of the observed graphs, as exploration found them, and why the other moves have none."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from msgspec import Struct, field

from podlaw.graphs import Move
from podlaw.law import Law
from podlaw.source import load

FOUND: Final = "examples/found.yaml"
MISSING: Final = "examples/missing.yaml"


class Moved(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One move of an observed graph."""

    graph: str
    source: str = field(name="from")
    target: str = field(name="to")
    move: str

    @property
    def key(self) -> Move:
        """Return the move as `podlaw.graphs` names it."""
        return self.graph, self.source, self.target, self.move


class Example(Moved, frozen=True, kw_only=True):
    """A shortest history whose last event shows a move: `podlaw explore SCOPE --path PATH` tells it.

    ``events`` are its events in words, ``before`` and ``after`` what is published around the last one.
    """

    scope: str
    path: str
    events: list[str]
    before: str
    after: str

    def told(self) -> str:
        """Return the example as numbered events."""
        lines = [f"{number:>2}. {event}" for number, event in enumerate(self.events, 1)]
        shown = [f"before: {self.before}", f"after: {self.after}"] if self.events else [f"at its creation: {self.after}"]
        replay = f" --path {self.path}" if self.path else ""
        return "\n".join(["Shortest example:", *lines, *shown, f"(podlaw explore {self.scope}{replay})"])


class Missing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Moves that no scope can show yet, for one reason."""

    why: str
    moves: list[Moved]


class Found(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The examples of one version."""

    version: str
    examples: list[Example]


class Lacking(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every reason for a move without example."""

    missing: list[Missing]


@cache
def found(directory: Path) -> Found:
    """Read the examples beside a law; raise LawError naming file and line."""
    return load(directory / FOUND).read(Found)


@cache
def missing(directory: Path) -> dict[Move, str]:
    """Read for every move without example the reason; raise LawError naming file and line."""
    return {move.key: one.why for one in load(directory / MISSING).read(Lacking).missing for move in one.moves}


def told(law: Law) -> dict[Move, str]:
    """Return for every move its example, or the reason why it has none; nothing for versions that were not explored."""
    directory, version = law.whole.directory, found(law.whole.directory).version
    if law.selection != Law(version, spec=directory).selection:
        return {}
    reasons = {move: f"No example yet: {why}" for move, why in missing(directory).items()}
    return reasons | {one.key: one.told() for one in found(directory).examples}
