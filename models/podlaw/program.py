"""The model's half of the law: machines, events and compositions, loaded and checked together."""

from __future__ import annotations

from pathlib import Path

import msgspec

from podlaw import schema
from podlaw.events import Composition, Event, Machine, composition, event, machine, signature, writers
from podlaw.source import load
from podlaw.types import Scope


class Program(msgspec.Struct, frozen=True):
    """Everything that moves, of all versions."""

    machines: dict[str, Machine]
    events: dict[str, Event]
    compositions: dict[str, Composition]
    kubelet_owns: tuple[str, ...]


def program(directory: Path, scope: Scope) -> Program:
    """Load and check spec/machines, events.yaml and compositions.yaml; raise LawError naming file and line."""
    whole = load(directory / "compositions.yaml")
    composing = whole.read(schema.Compositions)
    compositions = {spec.composition: composition(whole, i, spec, scope) for i, spec in enumerate(composing.compositions)}
    functions = {**scope.functions, **{name: signature(c.spec, scope) for name, c in compositions.items()}}
    scope = Scope(scope.vocabulary, scope.names, functions)
    happening = load(directory / "events.yaml")
    read = happening.read(schema.Events)
    specs, shared = read.events, writers(happening, read.writers, scope)
    events = {spec.event: event(happening, i, spec, scope, shared.get(spec.by, ()) if spec.of == "pod" else ()) for i, spec in enumerate(specs)}
    if len(events) != len(specs):
        raise happening.error("two events have the same name; rename one", "events")
    files = [(source, source.read(schema.Machines)) for source in map(load, sorted((directory / "machines").glob("*.yaml")))]
    named = {spec.event: spec for spec in specs}
    machines = {spec.machine: machine(f, i, spec, named, scope) for f, content in files for i, spec in enumerate(content.machines)}
    return Program(machines, events, compositions, tuple(composing.kubelet_owns))
