"""What a drawing shows, before any format: states, arrows between them, and who brings each move about."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from podlaw import schema
from podlaw.errors import InputError
from podlaw.events import Event
from podlaw.events import Move as Transition
from podlaw.examples import told
from podlaw.expr import parse
from podlaw.graphs import Edge, Move, Observed, key
from podlaw.law import Law
from podlaw.tables import listed

ROOTS: Final = frozenset({"pod", "old", "c", "b", "life", "container"})  # names that a reader of a drawing needs not


class State(msgspec.Struct, frozen=True):
    """One box."""

    name: str
    says: str
    initial: bool = False
    final: bool = False


class Cause(msgspec.Struct, frozen=True):
    """One reason for an arrow: its name and guard in words, who brings it about, and the details of its tooltip.

    ``note`` explains a surprising one in place of its guard; ``example`` is the shortest history that shows it, or why there is none.
    """

    words: str
    guard: str
    by: str
    hidden: bool
    details: str
    note: str = ""
    example: str = ""

    @property
    def tip(self) -> str:
        """Return the whole tooltip."""
        return "\n".join(filter(None, (self.details, self.example)))

    def same(self, other: Cause) -> bool:
        """Return whether two causes read the same, whatever their details."""
        return (self.words, self.guard, self.by, self.hidden, self.note) == (other.words, other.guard, other.by, other.hidden, other.note)


class Arrow(msgspec.Struct, frozen=True):
    """All moves from one state to another."""

    source: str
    target: str
    causes: tuple[Cause, ...]


class Picture(msgspec.Struct, frozen=True):
    """One machine or observed graph."""

    title: str
    says: str
    states: tuple[State, ...]
    arrows: tuple[Arrow, ...]

    def folded(self) -> tuple[list[Arrow], list[Arrow]]:
        """Return the arrows, and apart from them, once and from nowhere, what leads back to the initial state from every other."""
        start = next((state.name for state in self.states if state.initial), "")
        back = [a for a in self.arrows if a.target == start != a.source]
        common = [c for c in (back[0].causes if back else ()) if all(any(map(c.same, a.causes)) for a in back)]
        causes = [d for a in back for d in a.causes if any(map(d.same, common))]
        if not causes or not 1 < len(back) == len(self.states) - 1:
            return list(self.arrows), []
        rest = [Arrow(a.source, a.target, tuple(c for c in a.causes if a not in back or c not in causes)) for a in self.arrows]
        return [a for a in rest if a.causes], [Arrow("", start, tuple(causes))]


def names(law: Law) -> list[str]:
    """Return what can be drawn: every observed graph and every machine."""
    return [*law.graphs, *law.whole.program.machines]


def picture(law: Law, name: str) -> Picture:
    """Return one machine or observed graph as a picture; raise InputError for a name that is neither."""
    if name in law.graphs:
        return _observed(law.graphs[name], told(law))
    if name in law.whole.program.machines:
        return _machine(law, name)
    raise InputError(f"'{name}' is neither a machine nor an observed graph; the law has {', '.join(names(law))}")


def _observed(graph: Observed, examples: Mapping[Move, str]) -> Picture:
    spec = graph.spec
    left = {e.spec.source for e in graph.edges if e.spec.source != e.spec.target}
    states = (State(n, says, n == spec.initial, n not in left and len(left) > 0) for n, says in spec.nodes.items())
    moves = [(e.spec.source, e.spec.target, _published(e, examples.get(key(spec.graph, e), ""))) for e in graph.edges]
    return Picture(_title(spec.graph), spec.says, tuple(states), _arrows(moves))


def _published(edge: Edge, example: str) -> Cause:
    spec = edge.spec
    details = _details(f"{spec.move} ({spec.by})", spec.when, [spec.says], listed(spec.rule), spec)
    return Cause(spec.move, "" if spec.note else _shown(spec.when, spec.move), spec.by, False, details, spec.note, example)


def _shown(when: str | None, move: str) -> str:
    """Return a guard in words, or nothing where the move's name or the legend's writers say it, or only its exact text tells."""
    words = worded(when) if telling(when) else ""
    return "" if words in move or words.startswith("by ") else words


def _machine(law: Law, name: str) -> Picture:
    machine, events = law.whole.program.machines[name], law.whole.program.events
    spec = machine.spec
    applying = [m for m in machine.moves if law.selection.applies(m.spec, "kubelet") and law.selection.applies(events[m.spec.event].spec, "kubelet")]
    moves = [(source, m.spec.target, _happened(m, events[m.spec.event])) for m in applying for source in m.sources]
    states = (State(n, says, n == spec.initial, n in spec.final) for n, says in spec.states.items())
    return Picture(_title(spec.machine), spec.says, tuple(states), _arrows(moves))


def _happened(move: Transition, event: Event) -> Cause:
    spec = event.spec
    words = spec.event.replace("_", " ")
    lines = [spec.says, *(f"only if {guard.says}" for guard in event.guards)]
    rules = dict.fromkeys((*listed(move.spec.rule), *listed(spec.rule)))
    return Cause(words, worded(move.spec.when), spec.by, spec.hidden, _details(f"{words} ({spec.by})", move.spec.when, lines, rules, move.spec))


def _details(head: str, when: str | None, lines: Iterable[str], rules: Iterable[str], applies: schema.Applies) -> str:
    limits = [f"{word} {value}" for word in schema.Applies.__struct_fields__ if (value := getattr(applies, word))]
    return "\n".join([head, *lines, *([f"when {when}"] if when else []), ", ".join(rules), *limits])


def _arrows(moves: Iterable[tuple[str, str, Cause]]) -> tuple[Arrow, ...]:
    """Merge the moves between two states into one arrow, in order of declaration."""
    found: dict[tuple[str, str], list[Cause]] = defaultdict(list)
    for source, target, cause in moves:
        found[source, target].append(cause)
    return tuple(Arrow(source, target, tuple(causes)) for (source, target), causes in found.items())


def _title(name: str) -> str:
    return name if name[0].isupper() else name.replace("-", " ").replace("_", " ").capitalize()


def worded(when: str | None) -> str:
    """Return a guard in words: "new_run and not c.ready" reads "new run and not ready"."""
    return "" if when is None or when == "true" else _words(parse(when))


def telling(when: str | None) -> bool:
    """Return whether a guard's words tell a reader something: a comparison of two fields needs its exact text."""
    return when is not None and not any(isinstance(n, ast.Compare) and isinstance(n.comparators[0], ast.Attribute) for n in ast.walk(parse(when)))


def _words(tree: ast.expr) -> str:
    match tree:
        case ast.Constant(value=value):
            return str(value).lower() if value is None or isinstance(value, bool) else str(value)
        case ast.Name(id=name):
            return name.replace("_", " ")
        case ast.Attribute():
            return _field(tree)
        case ast.BoolOp(op=op, values=values):
            return (" and " if isinstance(op, ast.And) else " or ").join(map(_words, values))
        case ast.UnaryOp(operand=operand):
            return f"not {_words(operand)}"
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() as op], comparators=[ast.Constant(value="" | None)]):
            return f"{'no' if isinstance(op, ast.Eq) else 'some'} {_words(left)}"
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return f"{_words(left)} {_OPERATORS[type(op)]} {_words(right)}"
        case ast.Tuple(elts=elements):
            return " or ".join(map(_words, elements))
        case ast.Call(func=ast.Name(id="any" | "all" as kind), args=[ast.GeneratorExp(elt=element, generators=[loop])]):
            return _quantified(kind, element, loop)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            shown = [_words(a) for a in arguments if not (isinstance(a, ast.Name) and a.id in ROOTS)]
            return " ".join([name.replace("_", " "), *shown])
        case _:
            return ast.unparse(tree)


_OPERATORS: Final[dict[type[ast.cmpop], str]] = {
    ast.Eq: "is", ast.NotEq: "is not", ast.In: "is", ast.NotIn: "is not", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip


def _field(tree: ast.expr) -> str:
    path = ast.unparse(tree).split(".")
    shown = path[1:] if path[0] in ROOTS else path
    if len(shown) > 1 and shown[-1] == "status":
        shown = shown[:-1]
    old = " before" if path[0] in ("old", "b") else ""
    return " ".join(part.replace("_", " ") for part in shown) + old


def _quantified(kind: str, element: ast.expr, loop: ast.comprehension) -> str:
    which = _field(loop.iter) if isinstance(loop.iter, ast.Attribute) else _words(loop.iter)
    which += " container" if which in ("app", "init", "all", "main", "regular", "ephemeral") else ""
    head = f"{'some' if kind == 'any' else 'every'} {which}"
    tests = [_local(t, loop) for t in (*loop.ifs, element) if not (isinstance(t, ast.Constant) and t.value is True)]
    return f"{head}: {' and '.join(tests)}" if tests else head


def _local(tree: ast.expr, loop: ast.comprehension) -> str:
    """Return a test of a range in words, without the name that ranges."""
    text = ast.unparse(tree)
    name = ast.unparse(loop.target)
    return _words(parse(text.replace(f"{name}.", "c."))) if name not in ROOTS else _words(tree)
