"""Observed graphs: the legal moves of published values, checked with the law and selected for one version.

In the guards `pod` is the snapshot after the step and `old` the one before it; in graphs of containers `c` and `b`
are the container after and before.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import msgspec

from podlaw import derive, schema
from podlaw.expr import ExpressionError, calls
from podlaw.rules import BUILTINS, NOBODY, pairs
from podlaw.snapshot import Container, Snapshot
from podlaw.source import Source, load
from podlaw.tables import Bindings, bindings, chosen, expression, inlined, listed, parsed
from podlaw.types import BOOL, Scope, Type, infer
from podlaw.versions import Selection

PARAMETERS: Final = ("old", "pod", "b", "c")
Move = tuple[str, str, str, str]  # graph, from, to, name
Test = Callable[[Snapshot, Snapshot, Container, Container], bool]


class Edge(msgspec.Struct, frozen=True):
    """One checked move."""

    spec: schema.Edge
    when: ast.expr
    rules: tuple[str, ...]
    where: str


class Graph(msgspec.Struct, frozen=True):
    """One checked observed graph, with the moves of all versions."""

    spec: schema.Graph
    let: dict[str, str | list[schema.Let]]  # of its file, as written
    bound: Bindings
    value: ast.expr
    stays: ast.expr
    edges: tuple[Edge, ...]
    where: str


def graphs(directory: Path, scope: Scope) -> dict[str, Graph]:
    """Load and check spec/graphs; raise LawError naming file and line."""
    found: dict[str, Graph] = {}
    for source in map(load, sorted((directory / "graphs").glob("*.yaml"))):
        content = source.read(schema.Graphs)
        for index, spec in enumerate(content.graphs):
            if spec.graph in found:
                raise source.error(f"two graphs are called {spec.graph}; rename one", "graphs", index)
            found[spec.graph] = _graph(source, index, content, scope)
    return found


def _graph(source: Source, index: int, content: schema.Graphs, scope: Scope) -> Graph:
    spec, at = content.graphs[index], ("graphs", index)
    own = {"b": Type("Container"), "c": Type("Container")} if spec.of == "container" else {}
    bound = bindings(source, content.let, scope.bind(pod=Type("Pod"), old=Type("Pod"), **own), {}, "let")
    value = _value(source, spec, bound.scope, *at)
    stays = _guard(source, spec.stays, bound, *at, "stays")
    edges = tuple(_edge(source, spec, i, bound, *at, "edges", i) for i in range(len(spec.edges)))
    for node in sorted(set(spec.nodes) - reached(spec.initial, spec.edges)):
        raise source.error(f"no moves of {spec.graph} lead from {spec.initial} to {node}; add one, or list it under never", *at, "nodes", node)
    return Graph(spec, content.let, bound, value, stays, edges, source.where(*at))


def _value(source: Source, spec: schema.Graph, scope: Scope, *at: str | int) -> ast.expr:
    """Check that nodes and `never` share out the members of the published value's type."""
    tree = parsed(source, spec.value, *at, "value")
    try:
        kind = infer(tree, scope)
    except ExpressionError as error:
        raise source.error(str(error), *at, "value") from None
    if scope.vocabulary.enums.get(kind.name) != frozenset((*spec.nodes, *spec.never)) or set(spec.nodes) & set(spec.never):
        members = ", ".join(sorted(scope.vocabulary.enums.get(kind.name, ())))
        raise source.error(f"each member of {kind} must stand once in {spec.graph}, as a node or under never: {members}", *at, "nodes")
    _node(source, spec, spec.initial, *at, "initial")
    return tree


def _node(source: Source, spec: schema.Graph, node: str, *at: str | int) -> None:
    if node not in spec.nodes:
        raise source.error(f"'{node}' is not a node of {spec.graph}; it has {', '.join(spec.nodes)}", *at)


def _edge(source: Source, spec: schema.Graph, index: int, bound: Bindings, *at: str | int) -> Edge:
    edge = spec.edges[index]
    for node in (edge.source, edge.target):
        _node(source, spec, node, *at)
    if any(_key(edge) == _key(other) for other in spec.edges[:index]):
        raise source.error(f"the move '{edge.move}' from {edge.source} stands twice in {spec.graph}; rename or remove one", *at)
    if edge.source == edge.target and spec.stays == "true":
        raise source.error(f"the move '{edge.move}' changes nothing that {spec.graph} shows; remove it, or say under stays what is no move", *at)
    return Edge(edge, _guard(source, edge.when or "true", bound, *at, "when"), listed(edge.rule), source.where(*at))


def _key(edge: schema.Edge) -> tuple[str | None, ...]:
    return edge.move, edge.source, edge.gate, edge.without, edge.since, edge.until


def _guard(source: Source, text: str, bound: Bindings, *at: str | int) -> ast.expr:
    tree = expression(source, text, BOOL, bound, *at)
    if "once" in calls(inlined(tree, {name: let.alternatives[0][1] for name, let in bound.lets.items()})):
        raise source.error(f"'{text}' looks further back than one step; only rules may use once(p)", *at)
    return tree


def reached(start: str, edges: Iterable[schema.Edge]) -> frozenset[str]:
    """Return every node that some moves lead to from ``start``, itself included."""
    found, todo, known = {start}, [start], list(edges)
    while todo:
        at = todo.pop()
        for target in {e.target for e in known if e.source == at} - found:
            found.add(target)
            todo.append(target)
    return frozenset(found)


class Observed(msgspec.Struct, frozen=True):
    """One observed graph of one version, with its guards as Python functions."""

    spec: schema.Graph
    edges: tuple[Edge, ...]
    tests: tuple[Test, ...]
    value: Callable[[Snapshot, Container], str]
    unmoved: Test

    @property
    def final(self) -> frozenset[str]:
        """The nodes that no move leaves."""
        return frozenset(self.spec.nodes) - {e.spec.source for e in self.edges}

    def reaches(self, source: str, target: str) -> bool:
        """Return whether some moves lead from one value to another, whatever their guards: what a gap in a history may hide."""
        return target in reached(source, (e.spec for e in self.edges))

    def stays(self, old: Snapshot, pod: Snapshot, b: Container = NOBODY, c: Container = NOBODY) -> bool:
        """Return whether a step is no move of this value."""
        return self.value(old, b) == self.value(pod, c) and self.unmoved(old, pod, b, c)

    def moves(self, old: Snapshot | None, pod: Snapshot, b: Container = NOBODY, c: Container = NOBODY) -> tuple[Edge, ...]:
        """Return the moves that explain a step; ``old=None`` means that the pod was created before and never seen."""
        before, after = self.spec.initial if old is None else self.value(old, b), self.value(pod, c)
        here = ((e, test) for e, test in zip(self.edges, self.tests, strict=True) if (e.spec.source, e.spec.target) == (before, after))
        return tuple(e for e, test in here if test(old or pod, pod, b, c))

    def steps(self, old: Snapshot | None, pod: Snapshot) -> Iterator[tuple[Container, tuple[Edge, ...]]]:
        """Yield each container of the pod (or NOBODY) whose value moved, with the moves that explain it; none means unlawful."""
        found = [(NOBODY, NOBODY)] if self.spec.of == "pod" else pairs(pod.all, pod if old is None else old)
        for c, b in found:
            before = NOBODY if old is None else b
            if (self.value(pod, c) != self.spec.initial) if old is None else not self.stays(old, pod, before, c):
                yield c, self.moves(old, pod, before, c)

    def paths(self, history: Iterable[Snapshot]) -> Iterator[tuple[Snapshot, Container, tuple[Edge, ...]]]:
        """Yield every move of a whole history of one pod, from its creation on."""
        for old, pod in pairwise((None, *history)):
            assert pod is not None
            yield from ((pod, c, edges) for c, edges in self.steps(old, pod))


def select(graph: Graph, selection: Selection, functions: Mapping[str, Any]) -> Observed:
    """Return the graph of one version; ``functions`` are its derivations and constants."""
    lets = {name: tree for name, let in graph.bound.lets.items() if (tree := chosen(let, selection, "kubelet")) is not None}
    space = {**functions, **BUILTINS}
    edges = tuple(e for e in graph.edges if selection.applies(e.spec, e.spec.by))

    def test(tree: ast.expr) -> Test:
        return derive.value(inlined(tree, lets), PARAMETERS, space)

    return Observed(graph.spec, edges, tuple(test(e.when) for e in edges), derive.value(graph.value, ("pod", "c"), space), test(graph.stays))


def key(graph: str, edge: Edge) -> Move:
    """Return what names a move in all graphs."""
    return graph, edge.spec.source, edge.spec.target, edge.spec.move


def moves(graphs: Mapping[str, Observed]) -> list[Move]:
    """Return every move of some graphs, in the order of the law."""
    return [key(name, edge) for name, graph in graphs.items() for edge in graph.edges]


def witnesses(graphs: Mapping[str, Observed], histories: Iterable[Iterable[Snapshot]]) -> Counter[Move]:
    """Count how often each move (graph, from, to, name) of all graphs explains a step of some histories; a move that was never seen counts 0."""
    found = Counter(dict.fromkeys(moves(graphs), 0))
    for history in map(tuple, histories):
        for name, graph in graphs.items():
            found.update(key(name, e) for _, _, edges in graph.paths(history) for e in edges)
    return found


def transitions(graph: Observed) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the states and transitions of a graph for `transitions.Machine`; triggers are the moves' names with underscores.

    A trigger takes the keyword arguments `old`, `pod`, `b` and `c`; give the machine ``send_event=True`` and ``auto_transitions=False``.
    """
    moves = zip(graph.edges, graph.tests, strict=True)
    return list(graph.spec.nodes), [{"trigger": trigger(e), "source": e.spec.source, "dest": e.spec.target, "conditions": [_condition(t)]} for e, t in moves]


def trigger(edge: Edge) -> str:
    """Return the name of a move as a Python name."""
    return "".join(letter if letter.isalnum() else "_" for letter in edge.spec.move)


def _condition(test: Test) -> Callable[[Any], bool]:
    def holds(event: Any) -> bool:
        given = event.kwargs
        return bool(test(given["old"], given["pod"], given.get("b", NOBODY), given.get("c", NOBODY)))

    return holds
