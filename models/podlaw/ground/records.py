"""Pods of the model with a node for every fact: structs become records whose leaves are variables or constants."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from podlaw.events import Event
from podlaw.ground.nodes import Node, Value, choice, const, var
from podlaw.pod import Life, Process
from podlaw.program import Program
from podlaw.snapshot import Container, Snapshot
from podlaw.world import Budget, Claim, Controller
from podlaw.world import Node as ClusterNode

GATES: Final = {"readiness_gates": "type", "scheduling_gates": "name"}  # lists of a pod that a scope fixes, and what names their elements
Sym = Any  # a Node, a Record, or a tuple of these


class Record:
    """A struct of the model; fields are nodes, records or tuples of records."""

    __slots__ = ("fields",)

    def __init__(self, fields: dict[str, Sym]) -> None:
        self.fields = fields

    def get(self, name: str) -> Sym:
        """Return one field; raise KeyError where there is none."""
        return self.fields[name]

    def replaced(self, changes: Mapping[str, Sym]) -> Record:
        """Return this record with some fields replaced."""
        return type(self)({**self.fields, **changes})


class Pod(Record):
    """A snapshot: its containers stand once, under `all`; the other lists of containers are views of them."""

    __slots__ = ()

    def get(self, name: str) -> Sym:
        """Return one field, or one of the lists of containers."""
        view = _VIEWS.get(name)
        return self.fields[name] if view is None else view(self.fields["all"])


def fixed(record: Record, name: str) -> Value:
    """Return the value of a static field."""
    value: Value = record.get(name).value
    return value


def _section(*wanted: str) -> Callable[[tuple[Record, ...]], tuple[Record, ...]]:
    return lambda every: tuple(c for c in every if fixed(c, "section") in wanted)


def _init(sidecars: bool) -> Callable[[tuple[Record, ...]], tuple[Record, ...]]:
    return lambda every: tuple(c for c in every if fixed(c, "section") == "init" and (fixed(c, "policy") == "Always") == sidecars)


def _sorted(section: str) -> Callable[[tuple[Record, ...]], tuple[Record, ...]]:
    return lambda every: tuple(sorted(_section(section)(every), key=lambda c: str(fixed(c, "name"))))


_VIEWS: Final[Mapping[str, Callable[[tuple[Record, ...]], tuple[Record, ...]]]] = {
    "init": _section("init"), "app": _section("app"), "ephemeral": _section("ephemeral"), "init_statuses": _section("init"),
    "regular": _init(sidecars=False), "sidecars": _init(sidecars=True), "main": lambda every: (*_init(sidecars=True)(every), *_section("app")(every)),
    "app_statuses": _sorted("app"), "ephemeral_statuses": _sorted("ephemeral"),
}  # fmt: skip


class Written(msgspec.Struct, frozen=True):
    """The fields that some event or composition writes; every other fact is static."""

    life: frozenset[str]
    node: frozenset[str]
    claim: frozenset[str]
    process: frozenset[str]
    pod: frozenset[str]
    container: frozenset[str]


def written(program: Program, events: Iterable[Event]) -> Written:
    """Return what can change when these events happen."""
    events = list(events)
    machines = [(m.spec.of, _head(m.spec.variable)) for m in program.machines.values()]
    life, node, claim = (
        {_head(t) for e in events if e.spec.of == of for t in e.do} | {name for kind, name in machines if kind == of} for of in ("pod", "node", "claim")
    )
    targets = [t for e in events if e.spec.of == "pod" for t in e.do]
    copies = {"api", "cached", "picked"}
    process = {_head(t.removeprefix("container.")) for t in targets if t.startswith("container.")} | {name for of, name in machines if of == "container"}
    process |= {_head(t) for e in events for t in e.each}
    pod = {_head(t.partition(".")[2]) for t in targets if _head(t) in copies and "." in t} | set(program.kubelet_owns)
    steps = [step for c in program.compositions.values() for step in c.steps]
    pod |= {_head(t) for step in steps if step.each is False for t in step.set} | {step.each for step in steps if isinstance(step.each, str)}
    container = {t for step in steps if step.each is True for t in step.set}
    return Written(*map(frozenset, (life, node, claim, process, pod, container)))


def _head(path: str) -> str:
    return path.partition(".")[0]


def record(value: object, path: str, changing: Written, start: dict[str, Value]) -> Sym:
    """Return a struct as a record; what changes becomes a variable named by its path, noted with its first value in ``start``."""
    match value:
        case Life():
            return Record({f: _field(value, f, path, f in changing.life | {"processes"}, changing, start) for f in value.__struct_fields__})
        case ClusterNode():
            return Record({f: _field(value, f, path, f in changing.node, changing, start) for f in value.__struct_fields__})
        case Controller() | Budget():
            return _plain(value)
        case Claim():
            return Record({f: _field(value, f, path, f in changing.claim, changing, start) for f in value.__struct_fields__})
        case Process():
            return Record({f: _field(value, f, f"{path}[{value.spec.name}]", f in changing.process, changing, start) for f in value.__struct_fields__})
        case Snapshot():
            fields = {f: _field(value, f, path, f in changing.pod, changing, start) for f in value.__struct_fields__ if f not in _VIEWS and f != "all"}
            return Pod({**fields, "all": tuple(record(c, f"{path}[{c.name}]", changing, start) for c in value.all)})
        case Container():
            return Record({f: _field(value, f, path, f in changing.container, changing, start) for f in value.__struct_fields__})
        case _:
            raise TypeError(f"{type(value).__name__} is not part of a pod of the model")


def _field(owner: Any, name: str, path: str, changes: bool, changing: Written, start: dict[str, Value]) -> Sym:
    value = getattr(owner, name)
    here = f"{path}.{name}".lstrip(".")
    if isinstance(value, Life | Process | Snapshot | Container):
        return record(value, here, changing, start)
    if isinstance(value, tuple) and changes and name in GATES:
        return tuple(_gate(v, GATES[name], path, start) for v in value)
    if isinstance(value, tuple):
        parts = [record(v, path, changing, start) if isinstance(v, Process | Container) else _plain(v) for v in value]
        return tuple(parts)
    if isinstance(value, msgspec.Struct):
        return Record({f: _field(value, f, here, changes, changing, start) for f in value.__struct_fields__})
    if not changes:
        return const(value)
    start[here] = value
    return var(here)


def _gate(gate: Any, key: str, path: str, start: dict[str, Value]) -> Record:
    """Return a gate whose name stays and whose other fields are variables."""
    fields = {f: f"{path}[{getattr(gate, key)}].{f}" for f in gate.__struct_fields__ if f != key}
    start.update({name: getattr(gate, f) for f, name in fields.items()})
    return Record({key: const(getattr(gate, key)), **{f: var(name) for f, name in fields.items()}})


def _plain(value: object) -> Sym:
    """Return a static value: nested structs as records of constants, what they compute included."""
    if isinstance(value, msgspec.Struct):
        computed = [name for name, member in vars(type(value)).items() if isinstance(member, property)]
        return Record({f: _plain(getattr(value, f)) for f in (*value.__struct_fields__, *computed)})
    return tuple(map(_plain, value)) if isinstance(value, tuple) else const(value)  # type: ignore[arg-type]


def either(test: Node, then: Sym, other: Sym) -> Sym:
    """Return `then if test else other`, field by field."""
    if then is other:
        return then
    if isinstance(then, Node):
        return choice(test, then, other)
    if isinstance(then, tuple):
        return tuple(either(test, a, b) for a, b in zip(then, other, strict=True))
    return type(then)({name: either(test, value, other.fields[name]) for name, value in then.fields.items()})


def leaves(value: Sym, path: str = "") -> Iterator[tuple[str, Node]]:
    """Yield every leaf with the path by which variables are named."""
    if isinstance(value, Node):
        yield path, value
    elif isinstance(value, Record):
        for name, field in value.fields.items():
            listed = name in ("all", "processes", *GATES)
            yield from _listed(field, path, GATES.get(name, "name")) if listed else leaves(field, f"{path}.{name}".lstrip("."))


def _listed(items: tuple[Record, ...], path: str, key: str) -> Iterator[tuple[str, Node]]:
    for item in items:
        spec = item.fields.get("spec", item)
        yield from leaves(item, f"{path}[{fixed(spec, key)}]")
