"""What holds of a pod's machines and flags whenever a step can happen: found by walking them alone, all else being open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from podlaw.ground.nodes import Node, Value, const, nodes, var
from podlaw.ground.steps import Step
from podlaw.ground.values import Domains, narrowed, values

Facts = dict[Node, Node]


def control(names: Sequence[str], start: Mapping[str, Value], steps: Sequence[Step], domains: Domains) -> list[Facts]:
    """Return for each step the variables of ``names`` that have one value wherever it can happen, with that value."""
    ready = [(s, nodes((s.guard,)), nodes(s.changes[n] for n in names if n in s.changes)) for s in steps]
    seen: list[list[set[Value]]] = [[set() for _ in names] for _ in steps]
    first = tuple(start[name] for name in names)
    todo, known = [first], {first}
    while todo:
        state = todo.pop()
        here: Domains = {**domains, **{name: frozenset({value}) for name, value in zip(names, state, strict=True)}}
        for place, (step, tests, effects) in enumerate(ready):
            if True not in values(tests, here)[step.guard] or not narrowed(step.guard, inner := dict(here)):
                continue
            for values_, value in zip(seen[place], state, strict=True):
                values_.add(value)
            after = values(effects, inner)
            for new in _product([tuple(after[step.changes[n]]) if n in step.changes else (v,) for n, v in zip(names, state, strict=True)]):
                if new not in known:
                    known.add(new)
                    todo.append(new)
    return [{var(name): const(next(iter(v))) for name, v in zip(names, found, strict=True) if len(v) == 1} for found in seen]


def _product(choices: Sequence[tuple[Value, ...]]) -> list[tuple[Value, ...]]:
    made: list[tuple[Value, ...]] = [()]
    for options in choices:
        made = [(*one, option) for one in made for option in options]
    return made
