"""One pod, node or claim that lives: its state in the model, and the `transitions` machines that move with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any, Generic

from transitions import Machine

from podlaw.errors import EventError
from podlaw.machines import Part, fire
from podlaw.model import Model, Subject, process, state_of
from podlaw.pod import Life
from podlaw.world import ALONE, Node, World


class Live(Generic[Subject]):
    """A subject of events with one part per machine, or per machine and container.

    ``moves`` counts machine, state, event and state: how often each move was taken.
    """

    def __init__(self, model: Model, machines: Mapping[str, Machine], subject: Subject) -> None:
        self.model = model
        self.subject: Subject = subject
        self.moves: Counter[tuple[str, str, str, str]] = Counter()
        self._parts: dict[tuple[str, str], Part] = {}
        for name, machine in machines.items():
            spec = model.law.whole.program.machines[name].spec
            for owner in owners(subject, spec.of):
                self._parts[name, owner] = Part(machine, state_of(subject, owner, spec.variable))

    def fire(self, event: str, values: Mapping[str, Any], world: World = ALONE) -> Subject:
        """Let one event happen that is not refused, and return the subject after it; raise EventError where machine and model differ."""
        rendered = self.model.events[event]
        arguments = {name: process(self.subject, v) if name == "container" else v for name, v in values.items()}
        moved = []
        for machine, _ in rendered.moves:
            part = self._parts[machine, values["container"] if (machine, "") not in self._parts else ""]
            before = part.state
            state = fire(part, event, {"world": world, rendered.spec.subject: self.subject, **arguments})
            if state is None:
                raise EventError(f"the machine '{machine}' has no move on '{event}' from '{part.state}'; this is a fault of the law")
            self.moves[machine, before, event, state] += 1
            moved.append(state)
        after: Subject = rendered.do(world, self.subject, *arguments.values(), *moved)
        self.subject = after
        self._reset(rendered.spec.each)
        return after

    def _reset(self, assigned: Collection[str]) -> None:
        """Put the machines of containers where an event has put their variables in every container, which is no move of any one of them."""
        for (machine, owner), part in self._parts.items():
            variable = self.model.law.whole.program.machines[machine].spec.variable
            if owner and variable in assigned:
                part.state = state_of(self.subject, owner, variable)

    def place(self, subject: Subject) -> None:
        """Put the subject, and every machine with it, into another state."""
        self.subject = subject
        for part, state in self.parts():
            part.state = state

    def parts(self) -> list[tuple[Part, str]]:
        """Return every part with the state that the model has for it."""
        programs = self.model.law.whole.program.machines
        return [(part, state_of(self.subject, owner, programs[machine].spec.variable)) for (machine, owner), part in self._parts.items()]


def owners(subject: object, of: str) -> list[str]:
    """Return for whom a subject needs a part of a machine: each of its containers, itself (an empty text), or nobody."""
    if isinstance(subject, Life):
        return [p.spec.name for p in subject.processes] if of == "container" else [""] * (of == "pod")
    return [""] * (of == ("node" if isinstance(subject, Node) else "claim"))
