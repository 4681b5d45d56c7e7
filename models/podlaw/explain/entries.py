"""Every entry of the law that may bear a rule id, in one shape: rules, tables and rows, events and guards, moves, edges, numbers."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Final, Literal

import msgspec

from podlaw import entries as validating
from podlaw import schema
from podlaw.expr import names
from podlaw.law import Whole
from podlaw.tables import SERVED, Let, listed
from podlaw.validation import named

Kind = Literal[
    "rule", "property", "table", "row", "event", "guard", "machine", "move", "graph", "edge", "composition", "constant",
    "gate", "endpoint", "drop", "default", "refusal",
]  # fmt: skip
Declared = Mapping[str, str | list[schema.Let]]
NONE: Final = schema.Applies()


class Entry(msgspec.Struct, frozen=True):
    """One entry: what it says and as what it is written, with the trees that produce (`gives`) and that ask (`asks`).

    ``names`` are the names that its expressions may use, as declared; ``sets`` the fields that it assigns, each with its expression.
    """

    kind: Kind
    name: str
    rules: tuple[str, ...]
    by: str
    says: str
    source: str = ""
    applies: schema.Applies = NONE
    formula: dict[str, str] = {}
    names: Declared = {}
    sets: dict[str, str] = {}
    gives: tuple[ast.expr, ...] = ()
    asks: tuple[ast.expr, ...] = ()


def entries(whole: Whole) -> tuple[Entry, ...]:
    """Return every entry of all versions, in the order in which a law is read."""
    families = (_rules, _properties, _tables, _events, _machines, _compositions, _graphs, _constants, _gates, _validation)
    return tuple(entry for family in families for entry in family(whole))


def borne(whole: Whole) -> frozenset[str]:
    """Return every rule id that some entry bears."""
    return frozenset(rule for entry in entries(whole) for rule in entry.rules)


def _rules(whole: Whole) -> Iterator[Entry]:
    files = whole.rulebook.files
    for rule in whole.rulebook.rules:
        spec, file = rule.spec, files[rule.file]
        both = [text for text in (file.spec.premise, spec.premise) if text != "true"]
        formula = {"each": spec.each or "", "if": " and ".join(f"({t})" if " or " in t else t for t in both), "then": spec.then}
        trees = (file.premise, rule.premise, rule.then, *_used(file.lets, rule.premise, rule.then))
        given, declared = {text: value for text, value in formula.items() if value}, {**files[0].spec.let, **file.spec.let}
        yield Entry("rule", spec.id, (spec.id, *listed(spec.also)), spec.by, spec.says, spec.source, spec, given, declared, asks=trees)


def _properties(whole: Whole) -> Iterator[Entry]:
    for one in whole.properties:
        spec = one.spec
        formula = {word: text for word, text in (("if", spec.premise), ("then", spec.then)) if text != "true"}
        yield Entry("property", spec.property, one.rules, spec.by, spec.says, spec.source, spec, formula, asks=(one.premise, one.then))


def _tables(whole: Whole) -> Iterator[Entry]:
    for name, table in whole.tables.items():
        if name.endswith(SERVED):
            continue  # the same entries once more
        spec, lets = table.spec, tuple(_every(table.lets))
        yield Entry("table", name, (spec.id, *listed(spec.also)), spec.by, spec.says, spec.source, names=spec.let, asks=lets)
        for row in table.rows:
            then = row.spec.then if isinstance(row.spec.then, dict) else {"": row.spec.then}
            given = ", ".join(f"{field} {_text(value) or repr('')}".strip() for field, value in then.items())
            formula = {"when": row.spec.when, "then": given} if row.spec.when else {"then": given}
            asks = () if row.when is None else (row.when,)
            said = (listed(row.spec.rule), spec.by, row.spec.says, row.spec.source or spec.source, row.spec, formula, spec.let)
            yield Entry("row", f"{name} {row.spec.row}", *said, gives=tuple(row.then.values()), asks=asks)


def _events(whole: Whole) -> Iterator[Entry]:
    for name, event in whole.program.events.items():
        spec, lets = event.spec, tuple(_every(event.lets))
        sets = {target: _text(value) for target, value in {**spec.do, **spec.each}.items()}
        gives = (*event.do.values(), *event.each.values(), *lets)
        yield Entry("event", name, listed(spec.rule), spec.by, spec.says, spec.source, spec, {}, spec.let, sets, gives)
        written = [guard.when for guard in spec.guards]
        for place, one in enumerate(event.guards):  # its own, then those that all events of its writer share
            when = written[place] if place < len(written) else ast.unparse(one.when)
            yield Entry("guard", name, one.rules, spec.by, one.says, spec.source, spec, {"when": when}, spec.let, asks=(one.when,))


def _machines(whole: Whole) -> Iterator[Entry]:
    for name, machine in whole.program.machines.items():
        spec = machine.spec
        yield Entry("machine", name, (spec.id,), "kubelet", spec.says, spec.source)
        for one in machine.moves:
            move = one.spec
            way, asks = f"{name}: {move.event} ({' or '.join(one.sources)} to {move.target})", () if one.when is None else (one.when,)
            says, formula = whole.program.events[move.event].spec.says, {"when": move.when} if move.when else {}
            goes = (ast.Constant(move.target),)
            yield Entry("move", way, listed(move.rule), "kubelet", says, spec.source, move, formula, {}, {spec.variable: move.target}, goes, asks)


def _compositions(whole: Whole) -> Iterator[Entry]:
    for name, one in whole.program.compositions.items():
        spec = one.spec
        declared = {head: body for step in spec.steps for head, body in step.let.items()}
        sets = {target: _text(value) for step in spec.steps for target, value in step.set.items()}
        gives = tuple(tree for step in one.steps for tree in (*step.set.values(), *_every(step.lets)))
        yield Entry("composition", name, (spec.id,), "kubelet", spec.says, spec.source, names=declared, sets=sets, gives=gives)


def _graphs(whole: Whole) -> Iterator[Entry]:
    for name, graph in whole.graphs.items():
        spec = graph.spec
        yield Entry("graph", name, (spec.id,), "kubelet", spec.says, spec.source, names=graph.let, asks=(graph.value,))
        for edge in graph.edges:
            one = edge.spec
            asks = (edge.when, *_used(graph.bound.lets, edge.when), ast.Constant(one.source))
            way, formula = f"{name}: {one.move} ({one.source} to {one.target})", {"when": one.when} if one.when else {}
            yield Entry("edge", way, edge.rules, one.by, one.says, spec.source, one, formula, graph.let, {}, (ast.Constant(one.target),), asks)


def _constants(whole: Whole) -> Iterator[Entry]:
    for name, let in whole.constants.items():
        for one, _ in let.alternatives:
            assert isinstance(one, schema.Constant)
            yield Entry("constant", name, listed(one.rule), "kubelet", f"{one.value} {one.unit}", one.source, one)


def _gates(whole: Whole) -> Iterator[Entry]:
    for name, gate in whole.versions.read(schema.Versions).gates.items():
        yield Entry("gate", name, listed(gate.rule), "kubelet", told(gate), "pkg/features/kube_features.go")


def _validation(whole: Whole) -> Iterator[Entry]:
    for name, endpoint in whole.validation.spec.endpoints.items():
        says = f"An update through {name} takes {', '.join(endpoint.takes)} from the request, and all else stays."
        yield Entry("endpoint", name, listed(endpoint.rule), "apiserver", says)
    for one in whole.validation.entries:
        spec = one.spec
        kinds: dict[type, Kind] = {validating.Drop: "drop", validating.Default: "default", validating.Refusal: "refusal"}
        field = " or ".join([spec.field] if isinstance(spec.field, str) else spec.field)
        given = {"field": field, "if": "" if spec.premise == "true" else spec.premise, "to": getattr(spec, "to", ""), "then": getattr(spec, "then", "") or ""}
        formula = {word: text for word, text in given.items() if text}
        said = (listed(spec.id), "apiserver", spec.says, spec.source, spec, formula, whole.validation.spec.let)
        yield Entry(kinds[type(spec)], named(spec), *said, asks=tuple(one.parts.values()))


def told(gate: schema.Gate) -> str:
    """Return the history of a gate in words."""
    parts = [f"known since {gate.known}", f"on since {gate.on}" if gate.on else "off", f"off since {gate.off}" if gate.off else ""]
    parts += [f"locked since {gate.locked}" if gate.locked else "", f"needs {gate.needs}" if gate.needs else ""]
    return ", ".join(part for part in parts if part)


def _every(lets: Mapping[str, Let]) -> Iterator[ast.expr]:
    for let in lets.values():
        yield from (tree for _, tree in let.alternatives)


def _used(lets: Mapping[str, Let], *trees: ast.expr) -> Iterator[ast.expr]:
    """Yield the trees of the names that some expressions use, and of those that these use."""
    todo, known = list(trees), set[str]()
    while todo:
        for name in (names(todo.pop()) & set(lets)) - known:
            known.add(name)
            found = [tree for _, tree in lets[name].alternatives]
            todo += found
            yield from found


def _text(value: schema.Text) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
