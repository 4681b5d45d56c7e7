"""Check the law's machines, events and compositions, and render those of one version to Python functions."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from podlaw import schema
from podlaw.derive import render, statements, used
from podlaw.expr import ExpressionError
from podlaw.source import Source
from podlaw.tables import Bindings, Let, bindings, chosen, expression, listed
from podlaw.types import BOOL, Scope, Signature, Type
from podlaw.versions import Selection

LIFE, WORLD = Type("Life"), Type("World")
SUBJECTS: Final = {"pod": ("life", LIFE), "container": ("life", LIFE), "node": ("node", Type("Node")), "claim": ("claim", Type("Claim"))}
Tree = dict[str, Any]  # a nested mapping of field names to expressions


class Guard(msgspec.Struct, frozen=True):
    """One condition of an event and the words in which a refusal names it."""

    when: ast.expr
    says: str
    rules: tuple[str, ...]


class Move(msgspec.Struct, frozen=True):
    """One move of a machine."""

    spec: schema.Move
    sources: tuple[str, ...]
    when: ast.expr | None


class Machine(msgspec.Struct, frozen=True):
    """One checked machine."""

    spec: schema.Machine
    moves: tuple[Move, ...]
    where: str


class Event(msgspec.Struct, frozen=True):
    """One checked event."""

    spec: schema.Event
    parameters: dict[str, Type]
    lets: dict[str, Let]
    guards: tuple[Guard, ...]
    do: dict[str, ast.expr]
    each: dict[str, ast.expr]
    where: str

    @property
    def of_container(self) -> bool:
        """Whether the event is about one container."""
        return "container" in self.parameters

    @property
    def subject(self) -> str:
        """The name by which expressions speak of what the event happens to: life, node or claim."""
        return SUBJECTS[self.spec.of][0]


class Step(msgspec.Struct, frozen=True):
    """One checked step of a composition."""

    each: bool | str
    lets: dict[str, Let]
    set: dict[str, ast.expr]


class Composition(msgspec.Struct, frozen=True):
    """One checked composition."""

    spec: schema.Composition
    parameters: dict[str, Type]
    meta: ast.expr
    status: ast.expr
    steps: tuple[Step, ...]


def machine(source: Source, index: int, spec: schema.Machine, events: Mapping[str, schema.Event], scope: Scope) -> Machine:
    """Check one machine: its states are the members of the variable's type, its moves name events and states."""
    at = ("machines", index)
    root = Type("Process") if spec.of == "container" else SUBJECTS[spec.of][1]
    kind = _field(source, root, spec.variable, scope, *at, "variable")
    if set(spec.states) != (members := scope.vocabulary.enums.get(kind.name, frozenset())):
        raise source.error(f"the states of {spec.machine} are not the members of {kind.name}: {', '.join(sorted(members))}", *at, "states")
    for state in (spec.initial, *spec.final):
        _state(source, spec, state, *at, "initial")
    moves = [_move(source, spec, i, move, events, scope, *at) for i, move in enumerate(spec.moves)]
    return Machine(spec, tuple(moves), source.where(*at))


def _move(source: Source, spec: schema.Machine, index: int, move: schema.Move, events: Mapping[str, schema.Event], scope: Scope, *at: str | int) -> Move:
    place = (*at, "moves", index)
    if move.event not in events:
        raise source.error(f"'{move.event}' is not an event; known are {', '.join(sorted(events))}", *place)
    if SUBJECTS[events[move.event].of] != SUBJECTS[spec.of]:
        raise source.error(f"'{move.event}' happens to a {events[move.event].of} and cannot move a machine of a {spec.of}", *place)
    if spec.of == "container" and events[move.event].each:
        raise source.error(f"'{move.event}' moves one container and has 'each', which replaces all; assign {spec.variable} under 'each'", *place)
    for state in (*listed(move.source), move.target):
        _state(source, spec, state, *place)
    inner = _bound_to(spec.of, scope).bind(**_parameters(source, events[move.event], scope, *place))
    when = None if move.when is None else expression(source, move.when, BOOL, Bindings({}, {}, inner), *place)
    return Move(move, listed(move.source), when)


def _state(source: Source, spec: schema.Machine, state: str, *at: str | int) -> None:
    if state not in spec.states:
        raise source.error(f"'{state}' is not a state of {spec.machine}; it has {', '.join(spec.states)}", *at)


def _parameters(source: Source, event: schema.Event, scope: Scope, *at: str | int) -> dict[str, Type]:
    try:
        return {name: scope.vocabulary.type(text) for name, text in event.parameters.items()}
    except ExpressionError as error:
        raise source.error(str(error), *at, "parameters") from None


def _field(source: Source, root: Type, path: str, scope: Scope, *at: str | int) -> Type:
    kind = root
    for name in path.split("."):
        fields = scope.vocabulary.records.get(kind.name, {})
        if name not in fields:
            raise source.error(f"{kind} has no field '{name}'; it has {', '.join(sorted(fields))}", *at)
        kind = fields[name]
    return kind


def _bound_to(of: str, scope: Scope) -> Scope:
    """Return the scope of what happens to a pod, node or claim: its name, and all others as `world`."""
    name, kind = SUBJECTS[of]
    return scope.bind(**{name: kind, "world": WORLD})


def event(source: Source, index: int, spec: schema.Event, scope: Scope, shared: Sequence[Guard]) -> Event:
    """Check one event: guards are conditions, targets exist and take the values given; ``shared`` are the guards of its writer."""
    at = ("events", index)
    parameters = _parameters(source, spec, scope, *at)
    bound = bindings(source, spec.let, _bound_to(spec.of, scope).bind(**parameters), {}, *at, "let")
    guards = (*guarding(source, spec.guards, bound, *at, "guards"), *shared)
    do = {t: _assigned(source, t, v, spec, bound, *at, "do", t) for t, v in spec.do.items()}
    if spec.each and spec.of != "pod":
        raise source.error(f"'{spec.event}' happens to a {spec.of}, which has no containers; only pods have 'each'", *at, "each")
    lost = next((t for t in do if spec.each and t.startswith("container.")), None)
    if lost is not None:
        raise source.error(f"'{lost}' is lost beside 'each', which replaces all containers; write it under 'each'", *at, "do", lost)
    inner = Bindings(bound.macros, bound.lets, bound.scope.bind(p=Type("Process")))
    each = {t: expression(source, v, _field(source, Type("Process"), t, scope, *at, "each", t), inner, *at, "each", t) for t, v in spec.each.items()}
    return Event(spec, parameters, bound.lets, guards, do, each, source.where(*at))


def guarding(source: Source, guards: Sequence[schema.Guard], bound: Bindings, *at: str | int) -> tuple[Guard, ...]:
    """Check the guards of one event, or of one writer."""
    return tuple(Guard(expression(source, g.when, BOOL, bound, *at, i, "when"), g.says, listed(g.rule)) for i, g in enumerate(guards))


def writers(source: Source, given: Mapping[str, list[schema.Guard]], scope: Scope) -> dict[str, tuple[Guard, ...]]:
    """Check the guards that every event of a pod by one writer has."""
    bound = Bindings({}, {}, _bound_to("pod", scope))
    return {name: guarding(source, guards, bound, "writers", name) for name, guards in given.items()}


def _assigned(source: Source, target: str, value: schema.Text, spec: schema.Event, bound: Bindings, *at: str | int) -> ast.expr:
    head, _, rest = target.partition(".")
    root, path = (Type("Process"), rest) if head == "container" and "container" in spec.parameters else (SUBJECTS[spec.of][1], target)
    return expression(source, value, _field(source, root, path, bound.scope, *at), bound, *at)


def composition(source: Source, index: int, spec: schema.Composition, scope: Scope) -> Composition:
    """Check one composition."""
    at = ("compositions", index)
    parameters = {name: scope.vocabulary.type(text) for name, text in spec.parameters.items()}
    bound = Bindings({}, {}, scope.bind(life=LIFE, **parameters))
    meta, status = (expression(source, text, Type("Pod"), bound, *at, key) for key, text in (("meta", spec.meta), ("status", spec.status)))
    steps = tuple(_step(source, step, bound.scope.bind(pod=Type("Pod")), *at, "steps", i) for i, step in enumerate(spec.steps))
    return Composition(spec, parameters, meta, status, steps)


def _step(source: Source, step: schema.Step, scope: Scope, *at: str | int) -> Step:
    root, inner = Type("Container" if step.each else "Pod"), scope
    if isinstance(step.each, str):
        root = Type(_field(source, Type("Pod"), step.each, scope, *at, "each").name)
        inner = scope.bind(g=root)
    elif step.each:
        inner = scope.bind(c=root, p=Type("Process"))
    bound = bindings(source, step.let, inner, {}, *at, "let")
    kinds = {target: _field(source, root, target, scope, *at, "set", target) for target in step.set}
    return Step(step.each, bound.lets, {t: expression(source, value, kinds[t], bound, *at, "set", t) for t, value in step.set.items()})


def signature(spec: schema.Composition, scope: Scope) -> Signature:
    """Return a composition as a function of the pod of the model and its parameters."""
    return Signature((LIFE, *(scope.vocabulary.type(text) for text in spec.parameters.values())), Type("Pod"))


# ---- rendering


def nested(targets: Iterable[tuple[str, ast.expr]]) -> Tree:
    """Return assignments to paths as one nested mapping: {"api.node": x} becomes {"api": {"node": x}}."""
    tree: Tree = {}
    for target, value in targets:
        *parents, leaf = target.split(".")
        place = tree
        for parent in parents:
            place = place.setdefault(parent, {})
        place[leaf] = value
    return tree


def replaced(base: str, tree: Tree) -> str:
    """Return the source of ``base`` with the fields of ``tree`` replaced."""
    def given(name: str, value: Any) -> str:
        if isinstance(value, dict):
            return replaced(f"{base}.{name}", value)
        return value if isinstance(value, str) else render(value)

    fields = [f"{name}={given(name, value)}" for name, value in tree.items()]
    return f"replace({base}, {', '.join(fields)})" if fields else base


def moves(machine_: Machine, name: str, event_: Event, selection: Selection) -> str | None:
    """Return the source of a function that gives a machine's next state on an event, or None where it has no such move."""
    mine = [m for m in machine_.moves if m.spec.event == name and selection.applies(m.spec, "kubelet")]
    if not mine:
        return None
    variable = ("container" if machine_.spec.of == "container" else event_.subject) + "." + machine_.spec.variable
    lines = [f"def move_{machine_.spec.machine}_{name}({_head(event_)}):"]
    for m in mine:
        when = "" if m.when is None else f" and ({render(m.when)})"
        lines.append(f"    if {variable} in {m.sources!r}{when}: return {m.spec.target!r}")
    return "\n".join([*lines, "    return None"])


def function(event_: Event, machines: Iterable[Machine], selection: Selection) -> str:
    """Return the source of the guards and of the effect of one event."""
    spec, parameters = event_.spec, _head(event_)
    lets = {n: t for n, let in event_.lets.items() if (t := chosen(let, selection, "kubelet")) is not None}
    source = []
    for index, guard in enumerate(event_.guards):
        source += [f"def guard_{spec.event}_{index}({parameters}):", *_bound([guard.when], lets), f"    return {render(guard.when)}"]
    moved = {m.spec.machine: m for m in machines}
    source += [f"def do_{spec.event}({', '.join([parameters, *(f'to_{m}' for m in moved)])}):"]
    source += [*_bound([*event_.do.values(), *event_.each.values()], lets), *_effect(event_, moved)]
    return "\n".join(source)


def _head(event_: Event) -> str:
    """Return the parameters of an event's functions: everything around, what it happens to, and what it is given."""
    return ", ".join(["world", event_.subject, *event_.parameters])


def _bound(trees: Sequence[ast.expr], lets: Mapping[str, ast.expr]) -> list[str]:
    """Return the statements that bind the lets which ``trees`` use, for a guard should not compute what it does not ask."""
    return [f"    {text}" for name in used(trees, lets) for text in statements(name, lets[name])]


def _effect(event_: Event, moved: Mapping[str, Machine]) -> list[str]:
    pods = [(t, v) for t, v in event_.do.items() if not (event_.of_container and t.startswith("container."))]
    mine = [(t.removeprefix("container."), v) for t, v in event_.do.items() if event_.of_container and t.startswith("container.")]
    names = {m.spec.variable: f"to_{name}" for name, m in moved.items() if m.spec.of != "container"}
    local = {m.spec.variable: f"to_{name}" for name, m in moved.items() if m.spec.of == "container"}
    tree = nested([*pods, *((v, ast.Name(n)) for v, n in names.items())])
    lines = []
    if event_.each:
        tree["processes"] = f"tuple([{replaced('p', nested(event_.each.items()))} for p in life.processes])"
    elif mine or local:
        lines.append(f"    changed = {replaced('container', nested([*mine, *((v, ast.Name(n)) for v, n in local.items())]))}")
        tree["processes"] = "tuple([changed if p is container else p for p in life.processes])"
    return [*lines, f"    return {replaced(event_.subject, tree)}"]


def composed(composition_: Composition, owned: Iterable[str], selection: Selection) -> str:
    """Return the source of one composition."""
    spec = composition_.spec
    head = f"def {spec.composition}({', '.join(['life', *composition_.parameters])}):"
    lines = [head, f"    meta, status = {render(composition_.meta)}, {render(composition_.status)}"]
    lines.append(f"    pod = with_containers(replace(meta, {', '.join(f'{f}=status.{f}' for f in owned)}), status.all)")
    for step in composition_.steps:
        lets = {n: t for n, let in step.lets.items() if (t := chosen(let, selection, "kubelet")) is not None}
        body = [text for name, tree in lets.items() for text in statements(name, tree)]
        if isinstance(step.each, str):
            lines += ["    made = []", f"    for g in pod.{step.each}:", *(f"        {text}" for text in body)]
            lines += [f"        made.append({replaced('g', nested(step.set.items()))})", f"    pod = replace(pod, {step.each}=tuple(made))"]
        elif step.each:
            lines += ["    made = []", "    for c, p in zip(pod.all, life.processes):", *(f"        {text}" for text in body)]
            lines += [f"        made.append({replaced('c', nested(step.set.items()))})", "    pod = with_containers(pod, made)"]
        else:
            lines += [*(f"    {text}" for text in body), f"    pod = {replaced('pod', nested(step.set.items()))}"]
    return "\n".join([*lines, "    return pod"])
