"""The model as pure functions: which events are enabled, and what each makes of a pod, a node or a claim.

This is the law's own text rendered to Python, one function per guard, effect and machine; it decides nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from podlaw import derive, events
from podlaw.law import Law
from podlaw.pod import Life, Process, with_containers
from podlaw.snapshot import Snapshot
from podlaw.world import ALONE, Claim, Node, World

Values = Mapping[str, Any]  # an event's parameters; `container` is a name
Subject = TypeVar("Subject", bound=Life | Node | Claim)


class Rendered(msgspec.Struct, frozen=True):
    """One event of one version as Python functions."""

    spec: events.Event
    guards: tuple[Callable[..., bool], ...]
    moves: tuple[tuple[str, Callable[..., str | None]], ...]
    do: Callable[..., Any]


class Refusal(msgspec.Struct, frozen=True):
    """Why an event cannot happen: the words of the guard that fails, or the state that no move leads on from, and its rules."""

    says: str
    rules: tuple[str, ...]
    guard: bool = True

    @property
    def why(self) -> str:
        """The same as a clause with the rules."""
        return ("it needs that " if self.guard else "") + self.says + (f" ({', '.join(self.rules)})" if self.rules else "")


class Model:
    """The events of one law as pure functions over `Life`."""

    def __init__(self, law: Law) -> None:
        self.law = law
        program, selection = law.whole.program, law.selection
        live = {name: e for name, e in program.events.items() if selection.applies(e.spec, "kubelet")}
        movers = {(m.spec.machine, name): text for m in program.machines.values() for name, e in live.items() if (text := events.moves(m, name, e, selection))}
        concerned = {name: [m for m in program.machines.values() if (m.spec.machine, name) in movers] for name in live}
        parts = [events.composed(c, program.kubelet_owns, selection) for c in program.compositions.values()]
        parts += movers.values()
        parts += [events.function(e, concerned[name], selection) for name, e in live.items()]
        space = derive.compiled("\n\n".join(parts), {**law.functions, "replace": replace, "with_containers": with_containers})
        self.events = {
            name: Rendered(
                e,
                tuple(space[f"guard_{name}_{i}"] for i in range(len(e.guards))),
                tuple((m.spec.machine, space[f"move_{m.spec.machine}_{name}"]) for m in concerned[name]),
                space[f"do_{name}"],
            )
            for name, e in live.items()
        }
        self.merged: Callable[[Life, Snapshot], Snapshot] = space["merged"]
        self.hidden = tuple(name for name, e in live.items() if e.spec.hidden)

    def refusal(self, subject: Subject, name: str, values: Values, world: World = ALONE) -> Refusal | None:
        """Return why an event cannot happen now to a pod, node or claim, or None where it can."""
        event = self.events[name]
        arguments = _arguments(subject, event.spec, values)
        for guard, test in zip(event.spec.guards, event.guards, strict=True):
            if not test(world, subject, *arguments):
                return Refusal(guard.says, guard.rules)
        for machine, move in event.moves:
            if move(world, subject, *arguments) is None:
                spec = self.law.whole.program.machines[machine].spec
                state = state_of(subject, values["container"] if spec.of == "container" else "", spec.variable)
                return Refusal(f"the {machine} is {state}, and no move leads on from there", (spec.id,), guard=False)
        return None

    def apply(self, subject: Subject, name: str, values: Values, world: World = ALONE) -> Subject | None:
        """Return the pod, node or claim after an event, or None where the event cannot happen."""
        event = self.events[name]
        arguments = _arguments(subject, event.spec, values)
        for test in event.guards:
            if not test(world, subject, *arguments):
                return None
        moved = []
        for _, move in event.moves:
            state = move(world, subject, *arguments)
            if state is None:
                return None
            moved.append(state)
        after: Subject = event.do(world, subject, *arguments, *moved)
        return after

    def steps(self, life: Life, names: tuple[str, ...] | None = None, world: World = ALONE) -> Iterator[tuple[str, str, Life]]:
        """Yield every hidden step that can happen now: its event, its container's name if any, and the pod after it."""
        for name in self.hidden if names is None else names:
            if self.events[name].spec.of_container:
                for process in life.processes:
                    after = self.apply(life, name, {"container": process.spec.name}, world)
                    if after is not None:
                        yield name, process.spec.name, after
            else:
                after = self.apply(life, name, {}, world)
                if after is not None:
                    yield name, "", after


def process(life: Life | Node | Claim, name: str) -> Process:
    """Return the container of that name; raise KeyError where there is none."""
    for one in life.processes if isinstance(life, Life) else ():
        if one.spec.name == name:
            return one
    raise KeyError(name)


def _arguments(subject: Life | Node | Claim, event: events.Event, values: Values) -> list[Any]:
    return [process(subject, values[name]) if name == "container" else values[name] for name in event.parameters]


def state_of(subject: Life | Node | Claim, owner: str, variable: str) -> str:
    """Return a machine's state in a pod, node or claim of the model: of the container ``owner``, or of the whole where it is empty."""
    place: object = process(subject, owner) if owner else subject
    for name in variable.split("."):
        place = getattr(place, name)
    return str(place)
