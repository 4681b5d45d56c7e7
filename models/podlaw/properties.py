"""Named properties of the model: what must hold of every pod with its containers, its node and all around it, in every state or step.

Rules (`podlaw.rules`) judge what is published; a property may speak of what the runtime and the kubelet have. In its expressions
`life` is a pod of the model, `world` all pods, nodes and claims; `old` and `was` are the same before a step.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from podlaw import derive, schema
from podlaw.events import LIFE, WORLD
from podlaw.pod import Life
from podlaw.source import Source, load
from podlaw.tables import Bindings, bindings, expression, listed
from podlaw.types import BOOL, Scope
from podlaw.world import World

Key = tuple[str, str]
Test = Callable[..., bool]
Tests = tuple[Test, Test]


class Property(msgspec.Struct, frozen=True):
    """One checked property."""

    spec: schema.Invariant
    premise: ast.expr
    then: ast.expr
    where: str

    @property
    def key(self) -> Key:
        """Its name and sentence, which no other has."""
        return self.spec.property, self.spec.says

    @property
    def around(self) -> bool:
        """Whether it speaks of more than the pod itself, so that what happens to others can break it."""
        return any(isinstance(n, ast.Name) and n.id in ("world", "was") for tree in (self.premise, self.then) for n in ast.walk(tree))

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that the property sums up."""
        return listed(self.spec.rule)


class Broken(msgspec.Struct, frozen=True):
    """A property that does not hold of a pod."""

    property: str
    rules: tuple[str, ...]
    says: str
    pod: str


def properties(directory: Path, scope: Scope) -> tuple[Property, ...]:
    """Load and check spec/properties.yaml; raise LawError naming file and line."""
    source = load(directory / "properties.yaml")
    content = source.read(schema.Properties)
    bound = bindings(source, content.let, scope.bind(life=LIFE, world=WORLD), {}, "let")
    found = tuple(_property(source, i, spec, bound) for i, spec in enumerate(content.properties))
    if len({p.key for p in found}) != len(found):
        raise source.error("two properties have the same name and sentence; rename one", "properties")
    return found


def _property(source: Source, index: int, spec: schema.Invariant, bound: Bindings) -> Property:
    at = ("properties", index)
    inner = Bindings(bound.macros, bound.lets, bound.scope.bind(old=LIFE, was=WORLD)) if spec.kind == "step" else bound
    premise = expression(source, spec.premise, BOOL, inner, *at, "if")
    return Property(spec, premise, expression(source, spec.then, BOOL, inner, *at, "then", test=premise), source.where(*at))


class Referee:
    """Judges pods of the model by the properties of one version; ``witnessed`` holds the keys of those whose *if* has held."""

    def __init__(self, properties: tuple[Property, ...], functions: Mapping[str, Any]) -> None:
        self.properties = properties
        self.witnessed: set[Key] = set()
        names = {"always": ("world", "life"), "step": ("world", "life", "old", "was")}
        pairs = [(p, [derive.value(tree, names[p.spec.kind], functions) for tree in (p.premise, p.then)]) for p in properties]
        self._all: list[tuple[Property, Tests]] = [(one, (premise, then)) for one, (premise, then) in pairs]
        self._around = [(one, both) for one, both in self._all if one.around]

    def judge(self, world: World, life: Life, old: Life, was: World) -> Iterator[Broken]:
        """Yield every property that does not hold of a pod to which an event has happened; ``old`` and ``was`` are before it."""
        return self._judged(self._all, world, life, old, was)

    def around(self, world: World, life: Life, was: World) -> Iterator[Broken]:
        """Yield every property that no longer holds of a pod around which an event has happened."""
        return self._judged(self._around, world, life, life, was)

    def _judged(self, some: list[tuple[Property, Tests]], world: World, life: Life, old: Life, was: World) -> Iterator[Broken]:
        for one, (premise, then) in some:
            given = (world, life) if one.spec.kind == "always" else (world, life, old, was)
            if premise(*given):
                self.witnessed.add(one.key)
                if not then(*given):
                    yield Broken(one.spec.property, one.rules, one.spec.says, life.api.name)
