"""The cases of the named properties: a step in which each clause comes to bear and holds, and the same step with the clause broken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

from derivation_cases import Given, life, merged, world
from podlaw.properties import Key
from podlaw.world import World

PLACE: Final = Path(__file__).parent / "data" / "properties.yaml"


class Other(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another step: what else the old pod has, and what else the pod after it."""

    old: Given = {}
    after: Given = {}


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One clause, named by how its sentence begins. Where it is broken ``old`` and the step change further, or the world ``around`` does."""

    property: str
    says: str
    old: Given
    keeps: Given
    breaks: Given
    kept: Given = {}  # what only the old pod of the kept step has
    broken: Given = {}  # what only the old pod of the broken step has
    world: Given = {}
    was: Given | None = None
    around: Given | None = None
    also: list[Other] = []  # other steps that break it, each a part of it
    allows: list[Other] = []  # steps that come close
    lives: str = ""
    scopes: str = ""

    def names(self, key: Key) -> bool:
        """Return whether it is the case of a clause."""
        return key[0] == self.property and key[1].startswith(self.says)


class Searched(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A property of the law itself that a search of its own judges."""

    property: str
    says: str
    rule: list[str]
    by: str
    judge: str


class Cases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every pod begins from, all cases, and the properties that need none."""

    base: Given
    clauses: list[Case]
    searched: list[Searched]


CASES: Final = msgspec.convert(yaml.safe_load(PLACE.read_text(encoding="utf-8")), Cases)


def step(case: Case, broken: bool) -> tuple[World, Any, Any, World]:
    """Return the world, the pod, the pod before and the world before of a step that keeps a clause or breaks it."""
    old = merged(merged(CASES.base, case.old), case.broken if broken else case.kept)
    after = merged(merged(old, case.keeps), case.breaks if broken else {})
    around = case.around if broken and case.around is not None else case.world
    return world(around), life(after), life(old), world(case.was if case.was is not None else around)


def other(case: Case, one: Other) -> tuple[World, Any, Any, World]:
    """Return the same of another step."""
    old = merged(merged(CASES.base, case.old), one.old)
    return world(case.world), life(merged(merged(old, case.keeps), one.after)), life(old), world(case.was if case.was is not None else case.world)


def reasons(field: str) -> Iterator[Case]:
    """Yield the cases that tell why no life, or no scope, gets to their clause."""
    yield from (case for case in CASES.clauses if getattr(case, field))
