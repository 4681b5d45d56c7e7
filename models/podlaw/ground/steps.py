"""The ground form of a law on a scope: variables, guarded simultaneous assignments, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import msgspec

from podlaw.events import Event
from podlaw.ground.fuse import following
from podlaw.ground.nodes import FALSE, TRUE, Node, Value, choice, conjunction, const, disjunction, equal, less, mapped, negation, nodes, rebuilt, total
from podlaw.ground.records import Record, Sym, either, leaves, record, written
from podlaw.ground.scope import CHOSEN, ENVIRONMENT, Placed, Values, earlier, numbered
from podlaw.ground.symbolic import Meaning, Names, stored
from podlaw.law import Law
from podlaw.tables import chosen


class Step(msgspec.Struct, frozen=True):
    """One event with all its parameters: when it can happen, and what each variable becomes; the others stay.

    ``boundary`` holds where only a cap of the scope keeps it from happening. ``pod`` is the name of what it happens to:
    a pod (nothing where the scope has one only), a node or a claim.
    """

    event: str
    pod: str
    values: Values
    guard: Node
    boundary: Node
    changes: dict[str, Node]

    @property
    def name(self) -> str:
        """Return the step for people, as `exit(app, code=1)`."""
        given = [str(v) if k == "container" else f"{k}={v}" for k, v in self.values.items() if k not in (*CHOSEN, "id")]
        pod = f"{self.pod}: " if self.pod else ""
        return f"{pod}{self.event}({', '.join(given)})" if given else pod + self.event


class Ground(msgspec.Struct, frozen=True):
    """Every variable with its first value, the largest value of those that have a cap, and every step.

    ``flags`` are the machines and truth values that pods have as a whole.
    """

    start: dict[str, Value]
    caps: dict[str, int]
    flags: tuple[str, ...]
    steps: tuple[Step, ...]


def included(law: Law, placed: Placed) -> dict[str, Event]:
    """Return the events of this version that the scope includes."""
    spec, found = placed.spec, {}
    for name, event in law.whole.program.events.items():
        takes = set(event.parameters) - {"container", "id", *CHOSEN}
        wanted = name in spec.events or (event.spec.by not in ENVIRONMENT and not takes)
        if wanted and name not in spec.without and law.selection.applies(event.spec, "kubelet"):
            found[name] = event
    return found


def ground(law: Law, placed: Placed) -> Ground:
    """Return the law on a scope, as it stands: nothing is folded away but what is static."""
    events, meaning = included(law, placed), Meaning(law)
    start: dict[str, Value] = {}
    around = surroundings(law, placed, start)
    steps: list[Step] = []
    for kind, name, one in around.subjects:
        made = Grounder(law, placed, meaning, around, name, one)
        for event in events.values():
            if event.spec.of == kind and event.spec.event not in placed.spec.fuse:
                steps += made.steps(event)
    caps = {path: cap for path in start for counter, cap in placed.spec.caps.items() if path.endswith(counter)}
    machines = {m.spec.variable for m in law.whole.program.machines.values() if m.spec.of == "pod"}
    flags = [f"{pod}.{name}".lstrip(".") for pod in placed.lives() for name, kind in _fields(law) if name in machines or kind == "bool"]
    return Ground(start, caps, tuple(f for f in flags if f in start), tuple(steps))


ALONE = Record({"pods": (), "nodes": (), "claims": (), "controllers": (), "budgets": ()})  # the world of a pod that knows of nothing around it


class Around(msgspec.Struct, frozen=True):
    """The world of a scope as one record, and each pod, node and claim of it: its kind, the name its variables begin with, its record."""

    world: Record
    subjects: tuple[tuple[str, str, Record], ...]

    @property
    def pods(self) -> dict[str, Record]:
        """Return every pod by name."""
        return {name: one for kind, name, one in self.subjects if kind == "pod"}


def surroundings(law: Law, placed: Placed, start: dict[str, Value]) -> Around:
    """Return everything in a scope as records; what changes becomes a variable, noted with its first value in ``start``."""
    events = included(law, placed).values()
    changing = written(law.whole.program, [*events, *(law.whole.program.events[e.spec.pods] for e in events if e.spec.pods)])
    found: list[tuple[str, str, Record]] = [("pod", name, record(life, name, changing, start)) for name, life in placed.lives().items()]
    found += [("node", one.name, record(one, one.name, changing, start)) for one in placed.spec.nodes]
    found += [("claim", one.name, record(one, one.name, changing, start)) for one in placed.spec.claims]
    lists = {f"{kind}s": tuple(one for k, _, one in found if k == kind) for kind in ("pod", "node", "claim")}
    fixed = {name: tuple(record(one, one.name, changing, {}) for one in getattr(placed.spec, name)) for name in ("controllers", "budgets")}
    return Around(Record({**lists, **fixed}), tuple(found))


def _fields(law: Law) -> Iterator[tuple[str, str]]:
    """Yield the fields of a pod of the model with the names of their types."""
    yield from ((name, kind.name) for name, kind in law.whole.vocabulary.records["Life"].items())


class Grounder:
    """Grounds the events of one pod, node or claim of a scope."""

    def __init__(self, law: Law, placed: Placed, meaning: Meaning, around: Around, name: str, subject: Record) -> None:
        self.law, self.scope, self.meaning, self.pod, self.subject = law, placed.spec, meaning, name, subject
        self.world, self.pods = around.world, around.pods

    def steps(self, event: Event) -> Iterator[Step]:
        """Yield every step of an event: for each container, choice of parameters and answer of the clock."""
        for values in self._choices(event):
            guard, after = self._happens(event, values, self.subject)
            if guard is FALSE:
                continue
            for one in following(self.law, event, self.scope.fuse):
                for more in self._choices(one):
                    can, then = self._happens(one, more, after)
                    after = either(can, then, after)
            changes = changed(self.subject, after, self.pod)
            if event.spec.pods:
                changes |= self._together(event.spec.pods)
            yield from self._answered(event.spec.event, values, guard, changes)

    def _together(self, name: str) -> dict[str, Node]:
        """Return what an event that happens with one of a node changes in the pods there, where it can happen to them taken alone."""
        found: dict[str, Node] = {}
        event = self.law.whole.program.events[name]
        for pod, life in self.pods.items():
            can, after = self._happens(event, {}, life, ALONE)
            for one in following(self.law, event, self.scope.fuse):
                fused, then = self._happens(one, {}, after, ALONE)
                after = either(fused, then, after)
            here = conjunction((can, equal(life.get("api").get("node"), self.subject.get("name"))))
            found |= changed(life, either(here, after, life), pod)
        return found

    def _choices(self, event: Event) -> Iterator[Values]:
        """Yield the parameters of an event that are chosen: all but a fresh container's id."""
        names = [p.get("spec").get("name").value for p in self.subject.get("processes")] if event.of_container else [""]
        given: list[Values] = self.scope.events.get(event.spec.event) or [{}]
        for name, values in product(names, given):
            chosen_ = {**({"container": name} if name else {}), **{k: v for k, v in CHOSEN.items() if k in event.parameters}, **values}
            yield {parameter: chosen_[parameter] for parameter in event.parameters if parameter in chosen_}

    def _happens(self, event: Event, values: Values, life: Record, world: Record | None = None) -> tuple[Node, Record]:
        """Return when an event can happen to a pod, node or claim, and what it is after it."""
        given: dict[str, Sym] = {"world": world or self.world, event.subject: life, **{k: _given(v) for k, v in values.items()}}
        process = None
        if event.of_container:
            process = next((p for p in life.get("processes") if p.get("spec").get("name").value == values["container"]), None)
        if process is not None:
            given |= {"container": process, "id": fresh(self.meaning.call("next_attempt", [process]), life.get("sandboxes"))}
        lets = {n: t for n, let in event.lets.items() if (t := chosen(let, self.law.selection, "kubelet")) is not None}
        names = self.meaning.lazily(lets, given)
        guards = []
        for guard in event.guards:
            guards.append(self.meaning.of(guard.when, names))
            if guards[-1] is FALSE:
                return FALSE, life
        moved = self._moved(event, names)
        guards += [can for can, _ in moved.values()]
        if FALSE in guards:
            return FALSE, life
        return conjunction(guards), self._after(event, life, process, names, {v: to for v, (_, to) in moved.items()})

    def _moved(self, event: Event, names: Names) -> dict[str, tuple[Node, Node]]:
        """Return for each machine that an event moves when it can, and its next state, by the path of its variable."""
        found: dict[str, tuple[Node, Node]] = {}
        for machine in self.law.whole.program.machines.values():
            moves = [m for m in machine.moves if m.spec.event == event.spec.event and self.law.selection.applies(m.spec, "kubelet")]
            if moves:
                owner = names["container" if machine.spec.of == "container" else event.subject]
                state = owner.get(machine.spec.variable.split(".")[0])
                for part in machine.spec.variable.split(".")[1:]:
                    state = state.get(part)
                tests = []
                for move in moves:
                    at = disjunction(equal(state, const(s)) for s in move.sources)
                    tests.append(at if at is FALSE or move.when is None else conjunction((at, self.meaning.of(move.when, names))))
                to: Node = state
                for move, test in zip(reversed(moves), reversed(tests), strict=True):
                    to = choice(test, const(move.spec.target), to)
                prefix = "container." if machine.spec.of == "container" else ""
                found[prefix + machine.spec.variable] = (disjunction(tests), to)
        return found

    def _after(self, event: Event, life: Record, process: Record | None, names: Names, moved: dict[str, Node]) -> Record:
        values = {path: self.meaning.of(tree, names) for path, tree in event.do.items()} | moved
        mine = {path.removeprefix("container."): value for path, value in values.items() if path.startswith("container.")}
        after = stored(life, {path: value for path, value in values.items() if not path.startswith("container.")})
        if event.spec.of != "pod":
            return after
        processes = life.get("processes")
        if event.each:
            inner = [{path: self.meaning.of(tree, self.meaning.within(names, "p", p)) for path, tree in event.each.items()} for p in processes]
            processes = tuple(stored(p, changes) for p, changes in zip(processes, inner, strict=True))
        elif process is not None:
            processes = tuple(stored(p, mine) if p is process else p for p in processes)
        return after.replaced({"processes": processes})

    def _answered(self, event: str, values: Values, guard: Node, changes: dict[str, Node]) -> Iterator[Step]:
        """Yield one step for each answer that the clock may give, those that differ."""
        asked = [n for n in nodes((guard, *changes.values())) if n.op == "free"]
        told = set()
        for answers in product((TRUE, FALSE), repeat=len(asked)):
            known = dict(zip(asked, answers, strict=True))
            done = rebuilt((guard, *changes.values()), lambda leaf, known=known: known.get(leaf, leaf))  # type: ignore[misc]
            can = done[guard]
            after = {path: done[node] for path, node in changes.items()}
            key = (can, *after.values())
            if can is not FALSE and key not in told:
                told.add(key)
                capped = self._capped(after)
                yield Step(event, self.pod, values, conjunction((can, capped)), conjunction((can, negation(capped))), after)

    def _capped(self, changes: dict[str, Node]) -> Node:
        """Return whether every counter stays within its cap."""
        return conjunction(
            negation(less(const(cap), node)) for path, node in changes.items() for counter, cap in self.scope.caps.items() if path.endswith(counter)
        )


def changed(before: Record, after: Record, name: str) -> dict[str, Node]:
    """Return what each variable that differs becomes; ``name`` is what their names begin with."""
    return {path: node for (path, node), (_, old) in zip(leaves(after, name), leaves(before, name), strict=True) if node is not old}


def _given(value: Any) -> Sym:
    """Return a chosen parameter: a constant, or a list of them."""
    return tuple(map(const, value)) if isinstance(value, list) else const(value)


def fresh(attempt: Node, sandboxes: Node) -> Node:
    """Return the id of the container that would be created now."""
    return mapped("id", numbered, total(attempt, mapped("earlier", lambda n: earlier(int(n or 0)), sandboxes)))
