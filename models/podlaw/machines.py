"""The law's machines as `transitions` machines: one machine per kind, shared by many models.

A model is a `Part`: the sandbox of one pod, the instance of one container. Guards of a move are the law's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from transitions import EventData, Machine, MachineError

from podlaw.derive import value
from podlaw.events import Move
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
        {"trigger": m.spec.event, "source": list(m.sources), "dest": m.spec.target, "conditions": _condition(law, m, tuple(events[m.spec.event].parameters))}
        for m in checked.moves
        if law.selection.applies(m.spec, "kubelet") and law.selection.applies(events[m.spec.event].spec, "kubelet")
    ]
    return Machine(
        model=None, states=list(checked.spec.states), initial=checked.spec.initial, transitions=transitions,
        auto_transitions=False, send_event=True, model_override=False,
    )  # fmt: skip


def _condition(law: Law, move: Move, parameters: tuple[str, ...]) -> list[Callable[[EventData], bool]]:
    """Return the guard of a move over the trigger's keyword arguments `life` and the event's parameters."""
    if move.when is None:
        return []
    test = value(move.when, ("life", *parameters), law.functions)

    def holds(event: EventData) -> bool:
        return bool(test(event.kwargs["life"], *(event.kwargs[name] for name in parameters)))

    return [holds]


def fire(part: Part, event: str, life: object, arguments: Mapping[str, Any]) -> str | None:
    """Trigger an event on one part and return its new state, or None where no move leads on."""
    try:
        return part.state if part.trigger(event, life=life, **arguments) else None
    except MachineError:
        return None
