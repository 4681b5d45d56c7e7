"""Which containers and fields make a row of the law decide: the row's own expression, evaluated part by part."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from podlaw import derive
from podlaw.law import Law
from podlaw.snapshot import Condition, Container, Snapshot

# Where a field of the law stands in a Pod's JSON; below a container's status, or below the pod.
OF_CONTAINER: Final = {
    "state": "state", "reason": "state.{state}.reason", "code": "state.{state}.exitCode", "signal": "state.{state}.signal", "ready": "ready",
    "started": "started", "restarts": "restartCount", "last": "lastState", "last_code": "lastState.terminated.exitCode",
    "last_reason": "lastState.terminated.reason", "policy": "restartPolicy", "rules": "restartPolicyRules",
}  # fmt: skip
OF_POD: Final = {
    "phase": "status.phase", "reason": "status.reason", "policy": "spec.restartPolicy", "deleting": "metadata.deletionTimestamp", "node": "spec.nodeName",
    "static": "metadata.annotations", "known": "status.containerStatuses",
}  # fmt: skip


def because(law: Law, table: str, *arguments: Any) -> list[str]:
    """Return the fields that decide a derivation, as `path is value`, those of containers with the container's name."""
    spec, lets, _ = law.tables[table]
    line = law.decide(table, *arguments)
    scene = Scene(law, lets, dict(zip(spec.parameters, arguments, strict=True)))
    trees = [tree for tree in (line.when, *line.then.values()) if tree is not None]
    return list(dict.fromkeys(fact for tree in trees for fact in scene.facts(tree)))


class Scene:
    """The names of a table with their values at one call of it."""

    def __init__(self, law: Law, lets: Mapping[str, ast.expr], names: Mapping[str, Any]) -> None:
        self.law, self.lets, self.names = law, lets, names

    def value(self, tree: ast.expr) -> Any:
        """Return the value of an expression; the lets that it uses are evaluated first."""
        names = dict(self.names)
        for name in derive.used([tree], self.lets):
            names[name] = derive.value(self.lets[name], list(names), self.law.functions)(*names.values())
        return derive.value(tree, list(names), self.law.functions)(*names.values())

    def facts(self, tree: ast.expr) -> Iterator[str]:
        """Yield what makes ``tree`` have the value it has; parts that had no say are left out."""
        match tree:
            case ast.Name(id=name) if name in self.lets:
                yield from self.facts(self.lets[name])
            case ast.BoolOp(op=op):
                yield from self._joined(tree.values, isinstance(op, ast.Or))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                yield from self.facts(test)
                yield from self.facts(body if self.value(test) else orelse)
            case ast.Call(func=ast.Name(id=("any" | "all" | "first") as kind), args=[ast.GeneratorExp() as loop]):
                yield from self._found(kind, loop)
            case ast.Call(func=ast.Name(id=name)) if name in self.law.tables:
                arguments = [self.value(argument) for argument in tree.args]
                row = self.law.decide(name, *arguments)
                yield f"{row.says} ({', '.join(row.rules)})"
                yield from because(self.law, name, *arguments)
            case ast.Attribute():
                yield from self._attribute(tree)
            case ast.GeneratorExp():
                pass
            case _:
                yield from (fact for child in ast.iter_child_nodes(tree) if isinstance(child, ast.expr) for fact in self.facts(child))

    def _joined(self, values: Sequence[ast.expr], decisive: bool) -> Iterator[str]:
        """Of a disjunction that holds, or a conjunction that fails, the first such part decides; else all do."""
        for value in values:
            if bool(self.value(value)) == decisive:
                yield from self.facts(value)
                return
        for value in values:
            yield from self.facts(value)

    def _found(self, kind: str, loop: ast.GeneratorExp) -> Iterator[str]:
        """Yield the facts of the first element that decides a quantifier; where none does, there is nothing to show."""
        generator = loop.generators[0]
        assert isinstance(generator.target, ast.Name)
        for element in self.value(generator.iter):
            inner = Scene(self.law, self.lets, {**self.names, generator.target.id: element})
            chosen = all(inner.value(test) for test in generator.ifs)
            if chosen and (kind == "first" or bool(inner.value(loop.elt)) == (kind == "any")):
                for test in (*generator.ifs, *([] if kind == "first" else [loop.elt])):
                    yield from inner.facts(test)
                return

    def _attribute(self, tree: ast.Attribute) -> Iterator[str]:
        owner, field = self.value(tree.value), tree.attr
        if isinstance(owner, Container) and field in OF_CONTAINER:
            path = OF_CONTAINER[field].format(state=owner.state)
            yield f"container {owner.name}: {path} is {shown(getattr(owner, field))}"
        elif isinstance(owner, Snapshot) and field in OF_POD:
            yield f"pod: {OF_POD[field]} is {shown(getattr(owner, field))}"
        elif isinstance(owner, Condition) and isinstance(tree.value, ast.Attribute):
            yield f"pod: condition {tree.value.attr} has {field} {shown(getattr(owner, field))}"


def shown(value: object) -> str:
    """Return a value as a reader of JSON knows it."""
    match value:
        case True | False:
            return str(value).lower()
        case None | "" | () | "none" | "absent" | "unset":
            return "not set"
        case tuple():
            return "set"
        case _:
            return str(value)
