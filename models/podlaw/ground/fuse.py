"""Which hidden events happen as part of which steps: a fused event follows a step that writes what it reads."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from podlaw.events import Event, Machine
from podlaw.expr import calls
from podlaw.law import Law
from podlaw.program import Program


def following(law: Law, event: Event, fuse: Sequence[str]) -> list[Event]:
    """Return the fused events that happen at once after an event, in their order."""
    program, found = law.whole.program, []
    changed = writes(program, event)
    for name in fuse:
        one = program.events[name]
        if law.selection.applies(one.spec, "kubelet") and changed & reads(program, one):
            found.append(one)
            changed |= writes(program, one)
    return found


def writes(program: Program, event: Event) -> frozenset[str]:
    """Return the fields of the pod of the model that an event assigns; those of a container count as `processes`."""
    owned = (*event.do, *(f"container.{m.spec.variable}" if m.spec.of == "container" else m.spec.variable for m in _machines(program, event)))
    heads = {target.partition(".")[0] for target in owned}
    return frozenset({"processes" if head == "container" else head for head in heads} | ({"processes"} if event.each else set()))


def reads(program: Program, event: Event) -> frozenset[str]:
    """Return the fields of the pod of the model that an event reads in guards, moves and effects."""
    trees = [g.when for g in event.guards] + [tree for let in event.lets.values() for _, tree in let.alternatives]
    trees += [*event.do.values(), *event.each.values()]
    trees += [m.when for machine in _machines(program, event) for m in machine.moves if m.when is not None]
    states = {"processes" if m.spec.of == "container" else m.spec.variable for m in _machines(program, event)}
    return frozenset(states | set(_fields(program, trees, set())))


def _machines(program: Program, event: Event) -> list[Machine]:
    return [m for m in program.machines.values() if any(move.spec.event == event.spec.event for move in m.moves)]


def _fields(program: Program, trees: Iterable[ast.AST], known: set[str]) -> Iterator[str]:
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "life":
                yield node.attr
            elif isinstance(node, ast.Name) and node.id in ("container", "p"):
                yield "processes"
        for name in calls(tree) & set(program.compositions) - known:
            composition = program.compositions[name]
            inner = [composition.meta, composition.status, *(t for s in composition.steps for t in s.set.values())]
            inner += [t for s in composition.steps for let in s.lets.values() for _, t in let.alternatives]
            yield from _fields(program, inner, known | {name})
