"""The whole on one drawing: who acts, what their events move, and who writes which copy of a pod."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from podlaw.events import Event
from podlaw.law import Law
from podlaw.picture import Arrow, Cause, Picture, State

NAME: Final = "whole"
COPIES: Final = {  # the fields of the model that are copies of a pod, and what they are
    "api": ("published pod", "what the API shows"),
    "cached": ("cached status", "what the kubelet's status manager holds"),
    "seen": ("pod cache", "what the kubelet has seen of the runtime"),
}


def whole(law: Law) -> Picture:
    """Return components and what they move as one picture; each arrow lists the events of one component on one thing."""
    program = law.whole.program
    live = {name: e for name, e in program.events.items() if law.selection.applies(e.spec, "kubelet")}
    causes: dict[tuple[str, str], list[Cause]] = defaultdict(list)
    for event in live.values():
        for target in dict.fromkeys(_targets(law, event)):
            causes[event.spec.by, target].append(_cause(event))
    writers = dict.fromkeys(event.spec.by for event in live.values())
    boxes = [State(writer, "acts") for writer in writers]
    boxes += [State(_name(name), machine.spec.says.partition(",")[0].rstrip(".")) for name, machine in program.machines.items()]
    boxes += [State(name, says) for name, says in COPIES.values()]
    arrows = tuple(Arrow(by, target, tuple(found)) for (by, target), found in causes.items())
    touched = {name for arrow in arrows for name in (arrow.source, arrow.target)}
    says = "Who acts on what: machines, and the copies of a pod."
    return Picture("The whole", says, tuple(box for box in boxes if box.name in touched), arrows)


def _targets(law: Law, event: Event) -> Iterator[str]:
    """Yield the machines that an event moves, and the copies of a pod that it writes."""
    for name, machine in law.whole.program.machines.items():
        if any(move.spec.event == event.spec.event for move in machine.moves):
            yield _name(name)
    for target in (*event.do, *event.each):
        head = target.removeprefix("container.").partition(".")[0].partition("_")[0]
        if head in COPIES:
            yield COPIES[head][0]


def _name(machine: str) -> str:
    return machine.replace("_", " ")


def _cause(event: Event) -> Cause:
    spec = event.spec
    return Cause(spec.event.replace("_", " "), "", spec.by, spec.hidden, f"{spec.event} ({spec.by}): {spec.says}")
