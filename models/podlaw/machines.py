"""The law's machines as `transitions` machines: one machine per kind, shared by many models.

A model is a `Part`: the sandbox of one pod, the instance of one container, one node. Guards of a move are the law's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from transitions import EventData, Machine, MachineError

from podlaw.derive import value
from podlaw.events import Event, Move
from podlaw.law import Law


class Part:
    """One component of a live pod: a model of `transitions`, which adds `state`, `trigger` and one method per event."""

    state: str
    trigger: Callable[..., bool]

    def __init__(self, machine: Machine, state: str) -> None:
        machine.add_model(self, initial=state)


def machines(law: Law) -> dict[str, Machine]:
    """Return every machine of the law, ready to take models (`Part`)."""
    return {name: _machine(law, name) for name in law.whole.program.machines}


def _machine(law: Law, name: str) -> Machine:
    checked = law.whole.program.machines[name]
    events = law.whole.program.events
    transitions = [
        {"trigger": m.spec.event, "source": list(m.sources), "dest": m.spec.target, "conditions": _condition(law, m, events[m.spec.event])}
        for m in checked.moves
        if law.selection.applies(m.spec, "kubelet") and law.selection.applies(events[m.spec.event].spec, "kubelet")
    ]
    return Machine(
        model=None, states=list(checked.spec.states), initial=checked.spec.initial, transitions=transitions,
        auto_transitions=False, send_event=True, model_override=False,
    )  # fmt: skip


def _condition(law: Law, move: Move, event: Event) -> list[Callable[[EventData], bool]]:
    """Return the guard of a move over the trigger's keyword arguments: the world, what the event happens to, and its parameters."""
    if move.when is None:
        return []
    names = ("world", event.subject, *event.parameters)
    test = value(move.when, names, law.functions)

    def holds(data: EventData) -> bool:
        return bool(test(*(data.kwargs[name] for name in names)))

    return [holds]


def fire(part: Part, event: str, arguments: Mapping[str, Any]) -> str | None:
    """Trigger an event on one part with everything that guards may read; return its new state, or None where no move leads on."""
    try:
        return part.state if part.trigger(event, **arguments) else None
    except MachineError:
        return None
