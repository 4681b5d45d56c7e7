"""The model's half of the law: machines, events and compositions, loaded and checked together."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from podlaw import schema
from podlaw.events import Composition, Event, Guard, Machine, composition, event, machine, signature, writers
from podlaw.source import load
from podlaw.types import Scope

EVENTS: Final = ("events.yaml", "cluster.yaml")  # what happens to one pod, and what happens around it


class Program(msgspec.Struct, frozen=True):
    """Everything that moves, of all versions; ``writers`` are the guards that all events of a pod by one writer share."""

    machines: dict[str, Machine]
    events: dict[str, Event]
    compositions: dict[str, Composition]
    kubelet_owns: tuple[str, ...]
    writers: dict[str, tuple[Guard, ...]]


def program(directory: Path, scope: Scope) -> Program:
    """Load and check spec/machines, the events and compositions.yaml; raise LawError naming file and line."""
    whole = load(directory / "compositions.yaml")
    composing = whole.read(schema.Compositions)
    compositions = {spec.composition: composition(whole, i, spec, scope) for i, spec in enumerate(composing.compositions)}
    functions = {**scope.functions, **{name: signature(c.spec, scope) for name, c in compositions.items()}}
    scope = Scope(scope.vocabulary, scope.names, functions)
    happening = [(source, source.read(schema.Events)) for source in (load(directory / name) for name in EVENTS)]
    shared: dict[str, tuple[Guard, ...]] = {}
    for source, content in happening:
        for writer, guards in writers(source, content.writers, scope).items():
            shared[writer] = (*shared.get(writer, ()), *guards)
    specs = [spec for _, content in happening for spec in content.events]
    events: dict[str, Event] = {}
    for source, content in happening:
        for i, spec in enumerate(content.events):
            if spec.event in events:
                raise source.error(f"two events are called {spec.event}; rename one", "events", i)
            events[spec.event] = event(source, i, spec, scope, shared.get(spec.by, ()) if spec.of == "pod" else ())
            if spec.pods and not any(one.event == spec.pods and one.of == "pod" and not one.parameters for one in specs):
                raise source.error(f"'{spec.pods}' is not an event of pods without parameters; name one", "events", i, "pods")
    files = [(source, source.read(schema.Machines)) for source in map(load, sorted((directory / "machines").glob("*.yaml")))]
    named = {spec.event: spec for spec in specs}
    machines = {spec.machine: machine(f, i, spec, named, scope) for f, content in files for i, spec in enumerate(content.machines)}
    return Program(machines, events, compositions, tuple(composing.kubelet_owns), shared)
