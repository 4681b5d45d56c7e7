"""What an expression of the law means over pods whose facts are nodes: records fold away, quantifiers unroll, tables become choices.

This is the second meaning of the language; `podlaw.derive` renders the first. Tests hold the two equal.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any, Final

from podlaw.errors import LawError
from podlaw.events import Composition, Step
from podlaw.ground.functions import FUNCTIONS, QUANTIFIERS, Ranged, first
from podlaw.ground.nodes import FALSE, NONE, TRUE, Node, conjunction, const, disjunction, equal, free, less, mapped, negation, total
from podlaw.ground.records import Pod, Record, Sym, either
from podlaw.law import Law
from podlaw.tables import chosen

Names = Mapping[str, Sym]


class Meaning:
    """The law's expressions of one version over records of nodes."""

    def __init__(self, law: Law) -> None:
        self.law = law
        self.constants = {name: const(value) for name, value in law.constants.items()}  # type: ignore[arg-type]
        self.compositions = law.whole.program.compositions
        self._called: dict[tuple[object, ...], Sym] = {}
        self._kept: list[Sym] = []  # arguments whose identity keys `_called`
        self._choices: dict[tuple[object, ...], Node] = {}

    def of(self, tree: ast.expr, names: Names) -> Sym:
        """Return the node, record or list that an expression means; raise LawError for text that has no place in a state."""
        rule = _RULES.get(type(tree))
        if rule is None:
            raise LawError(f"'{ast.unparse(tree)}' is text; only what has a finite domain can be explored")
        return rule(self, tree, names)

    def lazily(self, lets: Mapping[str, ast.expr], names: Names) -> Names:
        """Return ``names`` and every let, which gets its meaning when it is asked for."""
        return _Lazy(self, lets, names)

    def within(self, names: Names, name: str, value: Sym) -> Names:
        """Return ``names`` and one more, of which no let speaks."""
        return _Within(names, name, value)

    def call(self, name: str, arguments: list[Sym]) -> Sym:
        """Return what a table or a composition makes of its arguments."""
        key = (name, *map(id, arguments))
        if key not in self._called:
            self._kept.extend(arguments)
            self._called[key] = self._table(name, arguments) if name in self.law.tables else self._composed(self.compositions[name], arguments)
        return self._called[key]

    def _table(self, name: str, arguments: list[Sym]) -> Sym:
        table, lets, lines = self.law.tables[name]
        names = _Lazy(self, lets, dict(zip(table.parameters, arguments, strict=True)))
        decided: list[tuple[Node, Sym]] = []
        for line in lines:
            test = TRUE if line.when is None else self.of(line.when, names)
            if test is not FALSE:
                given = {field: self.of(tree, names) for field, tree in line.then.items()}
                decided.append((test, given["value"] if list(given) == ["value"] else Record(given)))
            if test is TRUE:
                break
        return first(decided)

    def _composed(self, composition: Composition, arguments: list[Sym]) -> Sym:
        life, *rest = arguments
        names = {"life": life, **dict(zip(composition.parameters, rest, strict=True))}
        meta, status = self.of(composition.meta, names), self.of(composition.status, names)
        owned = {name: status.get(name) for name in self.law.whole.program.kubelet_owns}
        pod = meta.replaced({**owned, "all": status.get("all")})
        for step in composition.steps:
            pod = self._step(step, pod, names)
        return pod

    def _step(self, step: Step, pod: Pod, names: Names) -> Sym:
        lets = {n: t for n, let in step.lets.items() if (t := chosen(let, self.law.selection, "kubelet")) is not None}
        if not step.each:
            return self.assigned(pod, step.set, _Lazy(self, lets, {**names, "pod": pod}))
        if isinstance(step.each, str):
            found = [self.assigned(g, step.set, _Lazy(self, lets, {**names, "pod": pod, "g": g})) for g in pod.get(step.each)]
            return pod.replaced({step.each: tuple(found)})
        every = [
            self.assigned(c, step.set, _Lazy(self, lets, {**names, "pod": pod, "c": c, "p": p}))
            for c, p in zip(pod.get("all"), names["life"].get("processes"), strict=True)
        ]
        return pod.replaced({"all": tuple(every)})

    def time(self, kind: str, since: Node, until: Node, delay: Node) -> Node:
        """Return a test of the clock: without one the environment chooses, giving one answer to one question."""
        asked = (kind, since, until, delay)
        answer = self._choices.setdefault(asked, free(f"{kind} {len(self._choices)}"))
        return conjunction((negation(equal(since, NONE)), negation(equal(until, NONE)), answer))

    def assigned(self, record: Record, targets: Mapping[str, ast.expr], names: Names) -> Record:
        """Return a record with the fields at some paths replaced, all right-hand sides read before."""
        values = {path: self.of(tree, names) for path, tree in targets.items()}
        return stored(record, values)


def stored(record: Record, values: Mapping[str, Sym]) -> Record:
    """Return a record with the values at some paths, such as `run.state`, replaced."""
    for path, value in values.items():
        head, _, rest = path.partition(".")
        record = record.replaced({head: stored(record.get(head), {rest: value}) if rest else value})
    return record


class _Lazy(dict[str, Sym]):
    """Names whose lets get their meaning when they are asked for, as a table binds them before the first row that uses them."""

    def __init__(self, meaning: Meaning, lets: Mapping[str, ast.expr], names: Names) -> None:
        super().__init__(names)
        self.meaning, self.pending = meaning, lets

    def __missing__(self, name: str) -> Sym:
        self[name] = value = self.meaning.of(self.pending[name], self)
        return value

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self.pending


class _Within(dict[str, Sym]):
    """One more name inside a quantifier; a let never speaks of it, so its meaning is that of the names outside."""

    def __init__(self, outer: Names, name: str, value: Sym) -> None:
        super().__init__({name: value})
        self.outer = outer

    def __missing__(self, name: str) -> Sym:
        return self.outer[name]

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self.outer


def _name(meaning: Meaning, tree: ast.Name, names: Names) -> Sym:
    return names[tree.id] if tree.id in names else meaning.constants[tree.id]


def _constant(meaning: Meaning, tree: ast.Constant, names: Names) -> Sym:
    return const(tree.value)  # type: ignore[arg-type]


def _attribute(meaning: Meaning, tree: ast.Attribute, names: Names) -> Sym:
    return meaning.of(tree.value, names).get(tree.attr)


def _bool_op(meaning: Meaning, tree: ast.BoolOp, names: Names) -> Sym:
    parts: list[Node] = []
    stop = FALSE if isinstance(tree.op, ast.And) else TRUE
    for value in tree.values:
        parts.append(meaning.of(value, names))
        if parts[-1] is stop:  # what follows may rest on it, as `x != none and x < 3` does
            return stop
    return conjunction(parts) if isinstance(tree.op, ast.And) else disjunction(parts)


def _unary(meaning: Meaning, tree: ast.UnaryOp, names: Names) -> Sym:
    return negation(meaning.of(tree.operand, names))


def _add(meaning: Meaning, tree: ast.BinOp, names: Names) -> Sym:
    left, right = meaning.of(tree.left, names), meaning.of(tree.right, names)
    return (*left, *right) if isinstance(left, tuple) else total(left, right)


def _if(meaning: Meaning, tree: ast.IfExp, names: Names) -> Sym:
    test = meaning.of(tree.test, names)
    if test is TRUE or test is FALSE:
        return meaning.of(tree.body if test is TRUE else tree.orelse, names)
    return either(test, meaning.of(tree.body, names), meaning.of(tree.orelse, names))


def _compare(meaning: Meaning, tree: ast.Compare, names: Names) -> Sym:
    op, left = tree.ops[0], meaning.of(tree.left, names)
    if isinstance(op, ast.In | ast.NotIn):
        found = _member(meaning, left, tree.comparators[0], names)
        return found if isinstance(op, ast.In) else negation(found)
    right = meaning.of(tree.comparators[0], names)
    match op:
        case ast.Eq():
            return same(left, right)
        case ast.NotEq():
            return negation(same(left, right))
        case ast.Lt():
            return less(left, right)
        case ast.Gt():
            return less(right, left)
        case ast.LtE():
            return negation(less(right, left))
        case _:
            return negation(less(left, right))


def _member(meaning: Meaning, left: Sym, right: ast.expr, names: Names) -> Node:
    if isinstance(right, ast.Tuple):
        return disjunction(same(left, meaning.of(element, names)) for element in right.elts)
    within = meaning.of(right, names)
    if isinstance(within, tuple):
        return disjunction(same(left, element) for element in within)
    piece = left.value  # a text within a text
    return mapped(f"contains {piece!r}", lambda whole: str(piece) in str(whole), within)


def same(left: Sym, right: Sym) -> Node:
    """Return whether two values, records or lists are equal."""
    if isinstance(left, tuple):
        return FALSE if len(left) != len(right) else conjunction(same(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, Record):
        return FALSE if right is NONE else conjunction(same(value, right.fields[name]) for name, value in left.fields.items())
    return FALSE if isinstance(right, Record) else equal(left, right)


def _call(meaning: Meaning, tree: ast.Call, names: Names) -> Sym:
    assert isinstance(tree.func, ast.Name)
    name = tree.func.id
    if name in QUANTIFIERS:
        assert isinstance(tree.args[0], ast.GeneratorExp)
        return QUANTIFIERS[name](_range(meaning, tree.args[0], names))
    arguments = [meaning.of(argument, names) for argument in tree.args]
    if name in ("elapsed", "exceeds"):
        return meaning.time(name, *arguments)
    return FUNCTIONS[name](*arguments) if name in FUNCTIONS else meaning.call(name, arguments)


def _range(meaning: Meaning, tree: ast.GeneratorExp, names: Names) -> Ranged:
    loop = tree.generators[0]
    assert isinstance(loop.target, ast.Name)
    found = []
    for item in meaning.of(loop.iter, names):
        inner = _Within(names, loop.target.id, item)
        counts = TRUE
        for test in loop.ifs:
            counts = FALSE if counts is FALSE else conjunction((counts, meaning.of(test, inner)))
        if counts is not FALSE:
            found.append((counts, meaning.of(tree.elt, inner)))
    return found


_RULES: Final[Mapping[type[ast.expr], Callable[[Meaning, Any, Names], Sym]]] = {
    ast.Name: _name, ast.Constant: _constant, ast.Attribute: _attribute, ast.BoolOp: _bool_op, ast.UnaryOp: _unary,
    ast.BinOp: _add, ast.IfExp: _if, ast.Compare: _compare, ast.Call: _call,
}  # fmt: skip
