"""Make a ground form small: find the values that each variable can have, fold what they decide, drop what nobody reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from podlaw.errors import LawError
from podlaw.ground.control import Facts, control
from podlaw.ground.nodes import FALSE, Function, Node, Value, choice, const, equal, facts, nodes, rebuilt, var, variables
from podlaw.ground.steps import Ground, Step
from podlaw.ground.values import Domains, narrowed, values

MOST: Final = 256  # values of one variable; more come from a counter without a cap


class Finite(msgspec.Struct, frozen=True):
    """A ground form whose every variable has a known finite domain, with what it publishes.

    ``outputs`` are expressions over the variables that were kept because somebody asks for them, by name.
    """

    start: dict[str, Value]
    domains: dict[str, tuple[Value, ...]]
    steps: tuple[Step, ...]
    constants: dict[str, Value]


def finite(ground: Ground, kept: Iterable[str]) -> Finite:
    """Return the ground form with finite domains, folded; variables that no guard and none of ``kept`` rests on are dropped.

    Raises LawError for a variable that grows without bound: the scope needs a cap for it.
    """
    kept = list(kept)
    start, steps = _alive(ground.start, ground.steps, kept)
    fixed: dict[str, Value] = {}
    while True:
        domains = reachable(start, steps, ground.caps)
        single = {name: next(iter(d)) for name, d in domains.items() if len(d) == 1}
        fixed |= single
        before = steps
        steps = folded(steps, domains, _controlled(ground.flags, start, steps, domains))
        start = {name: value for name, value in start.items() if name not in single}
        if not single and [s.changes for s in steps] == [s.changes for s in before] and [s.guard for s in steps] == [s.guard for s in before]:
            break
    live, steps = _alive(start, steps, kept)
    ordered = {name: tuple(sorted(domains[name], key=rank)) for name in live}
    return Finite(live, ordered, steps, fixed)


def _controlled(flags: Iterable[str], start: Mapping[str, Value], steps: Sequence[Step], domains: Domains) -> list[Facts]:
    """Return for each step what holds of machines and flags wherever it can happen; those of each pod are walked by themselves."""
    owners: dict[str, list[str]] = {}
    for name in flags:
        if name in start:
            owners.setdefault(name.rpartition(".")[0], []).append(name)
    found: list[Facts] = [{} for _ in steps]
    for names in owners.values():
        mine = [place for place, step in enumerate(steps) if not step.changes.keys().isdisjoint(names) or names[0].rpartition(".")[0] == step.pod]
        for place, held in zip(mine, control(names, start, [steps[place] for place in mine], domains), strict=True):
            found[place] |= held
    return found


def _alive(start: Mapping[str, Value], steps: Iterable[Step], kept: Iterable[str]) -> tuple[dict[str, Value], tuple[Step, ...]]:
    """Drop the variables that no guard and none of ``kept`` rests on."""
    needed = read(steps, [name for name in kept if name in start])
    live = {name: value for name, value in start.items() if name in needed}
    return live, tuple(msgspec.structs.replace(s, changes={n: c for n, c in s.changes.items() if n in needed}) for s in steps)


def rank(value: Value) -> tuple[int, int, str]:
    """Return a sort key of values: none first, then truth values and numbers, then texts."""
    if value is None:
        return (0, 0, "")
    return (2, 0, value) if isinstance(value, str) else (1, int(value), "")


def reachable(start: Mapping[str, Value], steps: Iterable[Step], caps: Mapping[str, int]) -> Domains:
    """Return for each variable the values it may come to have, each variable taken by itself."""
    domains: Domains = {name: frozenset({value}) for name, value in start.items()}
    ready = [(s, nodes((s.guard,)), nodes(s.changes.values())) for s in steps]
    changed = set(domains)
    seen: dict[int, set[str]] = {i: variables((s.guard, *s.changes.values())) for i, (s, _, _) in enumerate(ready)}
    first = True
    while changed:
        now, changed = changed, set()
        for place, (step, tests, effects) in enumerate(ready):
            if not first and not (seen[place] & now):
                continue
            known = dict(domains)
            guard = values(tests, known)[step.guard]
            if True not in guard:
                continue
            if not narrowed(step.guard, known):
                continue
            may = values(effects, known)
            for name, node in step.changes.items():
                more = may[node] - domains[name]
                if name in caps:
                    more = frozenset(value for value in more if not isinstance(value, int) or value <= caps[name])
                if more:
                    domains[name] |= more
                    changed.add(name)
                    if len(domains[name]) > MOST:
                        raise LawError(_unbounded(domains))
        first = False
    return domains


def _unbounded(domains: Domains) -> str:
    """Return a sentence about a variable that grows without bound: a counter rather than what is computed from it."""
    large = [name for name, domain in domains.items() if len(domain) > MOST // 2]
    counters = [name for name in large if all(isinstance(value, int) for value in domains[name])]
    name = (counters or large)[0]
    cap = f"caps: {{{name.rpartition('.')[2]}: 2}}"
    return f"the variable '{name}' has more than {MOST} values; give the scope a cap for the counter that it follows, such as {cap}"


def folded(steps: Iterable[Step], domains: Domains, control_: Sequence[Facts]) -> tuple[Step, ...]:
    """Return the steps with everything folded that the domains decide; steps that can never happen are left out."""
    kept = []
    for step, held in zip(steps, control_, strict=True):
        roots = (step.guard, step.boundary, *step.changes.values())
        done = decided(roots, domains)
        guard, boundary = done[step.guard], done[step.boundary]
        known = facts(guard) | held
        after = rebuilt((done[node] for node in step.changes.values()), lambda leaf: leaf, known)
        changes = {name: after[done[node]] for name, node in step.changes.items() if len(domains[name]) > 1}
        moved = {name: node for name, node in changes.items() if node is not var(name) and node is not known.get(var(name))}
        if guard is not FALSE or boundary is not FALSE:
            kept.append(msgspec.structs.replace(step, guard=guard, boundary=boundary, changes=moved))
    return tuple(kept)


def decided(roots: Sequence[Node], domains: Domains) -> dict[Node, Node]:
    """Return what every node below ``roots`` becomes; one with a single value is that constant."""
    may = values(nodes(roots), domains)
    done = rebuilt(roots, lambda leaf: _leaf(leaf, domains))
    again = values(nodes(done.values()), domains)
    single = {node: found for node, new in done.items() for found in (may[node], again[new]) if len(found) == 1}
    return {node: const(next(iter(single[node]))) if node in single else new for node, new in done.items()}


def _leaf(leaf: Node, domains: Domains) -> Node:
    """Return a variable of one value as that constant, and a function of a value as a choice between the values."""
    if leaf.op == "map":
        assert isinstance(leaf.value, Function)
        (arg,) = leaf.args
        *others, last = sorted(values(nodes((arg,)), domains)[arg], key=rank)
        result = const(leaf.value.function(last))
        for value in others:
            result = choice(equal(arg, const(value)), const(leaf.value.function(value)), result)
        return result
    if leaf.op == "var" and len(domains[str(leaf.value)]) == 1:
        return const(next(iter(domains[str(leaf.value)])))
    return leaf


def read(steps: Iterable[Step], kept: Iterable[str]) -> set[str]:
    """Return the variables that guards read, those of ``kept``, and those that either rests on."""
    steps = list(steps)
    needed = set(kept) | variables(n for s in steps for n in (s.guard, s.boundary))
    todo = list(needed)
    sources: dict[str, set[str]] = {}
    for step in steps:
        for name, node in step.changes.items():
            sources.setdefault(name, set()).update(variables((node,)))
    while todo:
        for name in sources.get(todo.pop(), ()):
            if name not in needed:
                needed.add(name)
                todo.append(name)
    return needed
