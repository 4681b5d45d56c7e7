"""What can go wrong with one expression of the law: a part left out, negated, swapped, or off by one."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import yaml

from podlaw.expr import ExpressionError, parse

LISTS = {
    "main": "app", "app": "main", "regular": "init", "sidecars": "init", "init": "regular", "all": "main",
    "app_statuses": "init_statuses", "init_statuses": "app_statuses",
}  # fmt: skip
PAIRS = (("run", "seen"), ("older", "seen_older"), ("cached", "api"), ("sandbox", "seen_sandbox"), ("sandboxes", "seen_sandboxes"))
COPIES = dict(PAIRS) | {second: first for first, second in PAIRS}
QUANTIFIERS = {"any": "all", "all": "any", "first": "last", "last": "first"}
COMPARED: Mapping[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
}  # fmt: skip


class Word(msgspec.Struct, frozen=True):
    """A YAML value that is not text: true, false or a number."""

    text: str

    def __str__(self) -> str:
        return self.text


class Domains(msgspec.Struct, frozen=True):
    """The members of every enumeration, the types of the records' fields, and the gates."""

    members: Mapping[str, list[str]]
    records: Mapping[str, Mapping[str, str]]
    gates: list[str]

    @classmethod
    def read(cls, types: Path) -> Domains:
        """Read the vocabulary of the law, and the gates beside it."""
        data = yaml.load(types.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506 - plain texts only
        gates = yaml.load((types.parent / "versions.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)["gates"]  # noqa: S506
        return cls({**data["enums"], **data["open"]}, data["records"], sorted(gates))

    def others(self, literal: str, name: str = "", owner: str = "") -> list[str]:
        """Return at most two other members of a literal's enumeration, which the field or name that it belongs to tells."""
        runs = {field for record in self.records.values() for field, kind in record.items() if kind == "Run"}
        records = [fields for record, fields in self.records.items() if (record == "Run") == (owner in runs)]
        kinds = [name, name[:1].upper() + name[1:], *(fields[name].strip("[]?") for fields in records if name in fields), *self.members]
        for members in (self.members[kind] for kind in kinds if literal in self.members.get(kind, ())):
            at = members.index(literal)
            return list(dict.fromkeys(m for m in (members[(at + 1) % len(members)], members[at - 1]) if m != literal))
        return []


def literals(text: str, kind: str, domains: Domains) -> list[str | Word] | None:
    """Return what a plain literal (a member of an enumeration, a number, a truth value) may become; None for an expression."""
    if text in ("true", "false"):
        return [Word("false" if text == "true" else "true")]
    if text.isdigit():
        return [Word(str(int(text) + 1))]
    if text in ("", "none") and text not in domains.members.get(kind, ()):
        return []
    return list(domains.others(text, kind)) if any(text in members for members in domains.members.values()) else None


def mutated(text: str, condition: bool, domains: Domains) -> Iterator[tuple[str, str, str]]:
    """Yield (old part, new part, whole new expression); ``condition`` says that the whole is a condition."""
    try:
        parse(text)
        tree = ast.parse(text.strip(), mode="eval").body
    except (ExpressionError, SyntaxError):
        return
    seen = {ast.unparse(tree)}
    conditions = {id(node) for node in _conditions(tree, condition)}
    for place, node in _places(tree):
        for new in _changes(node, id(node) in conditions, domains):
            whole = ast.unparse(_replaced(tree, place, new))
            if whole not in seen:
                seen.add(whole)
                yield _shown(node), _shown(new), whole


Place = tuple[tuple[str, int | None], ...]


def _places(tree: ast.AST, place: Place = ()) -> Iterator[tuple[Place, ast.expr]]:
    if isinstance(tree, ast.expr):
        yield place, tree
    for name, value in ast.iter_fields(tree):
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST):
                yield from _places(child, (*place, (name, index)))


def _replaced(tree: ast.expr, place: Place, new: ast.expr) -> ast.expr:
    """Return a copy of ``tree`` with the node at ``place`` replaced."""
    if not place:
        return new
    root = copy.deepcopy(tree)
    parent: ast.AST = root
    for name, index in place[:-1]:
        parent = getattr(parent, name) if index is None else getattr(parent, name)[index]
    name, index = place[-1]
    if index is None:
        setattr(parent, name, new)
    else:
        getattr(parent, name)[index] = new
    return root


def _shown(node: ast.expr) -> str:
    text = ast.unparse(node)
    return f"`{text}`" if len(text) < 90 else f"`{text[:87]}...`"


def _conditions(tree: ast.expr, condition: bool) -> Iterator[ast.expr]:
    """Yield every part of an expression that is a condition."""
    if condition:
        yield tree
    match tree:
        case ast.BoolOp():
            for value in tree.values:
                yield from _conditions(value, True)
            return
        case ast.UnaryOp():
            yield from _conditions(tree.operand, True)
            return
        case ast.IfExp():
            yield from _conditions(tree.test, True)
            yield from _conditions(tree.body, condition)
            yield from _conditions(tree.orelse, condition)
            return
        case ast.Call(func=ast.Name(id=("any" | "all" | "first" | "last" | "sum") as kind), args=[ast.GeneratorExp(elt=element, generators=[loop])]):
            yield from _conditions(element, kind in ("any", "all"))
            for test in loop.ifs:
                yield from _conditions(test, True)
            return
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.expr):
            yield from _conditions(child, False)


def _changes(node: ast.expr, condition: bool, domains: Domains) -> Iterator[ast.expr]:
    """Yield what one node may become."""
    match node:
        case ast.BoolOp(op=op, values=values):
            for index in range(len(values)):
                rest = values[:index] + values[index + 1 :]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.Compare():
            yield from _comparisons(node, domains)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield from (body, orelse, ast.IfExp(test, orelse, body))
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in QUANTIFIERS:
            yield ast.Call(ast.Name(QUANTIFIERS[name]), arguments, [])
            yield from _unfiltered(name, arguments[0])
        case ast.Call(func=ast.Name(id="min"), args=arguments):
            yield from arguments
        case ast.Call(func=ast.Name(id="elapsed"), args=arguments):
            yield ast.Call(ast.Name("exceeds"), arguments, [])
        case ast.Call(func=ast.Name(id="exceeds"), args=arguments):
            yield ast.Call(ast.Name("elapsed"), arguments, [])
        case ast.BinOp(left=left, right=right):
            yield from (left, right)
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield from (ast.Constant(v) for v in (value - 1, value + 1) if v >= 0)
        case ast.Attribute(value=ast.Name() as owner, attr=name) if name in (LISTS if owner.id in ("pod", "old") else COPIES):
            yield ast.Attribute(owner, (LISTS if owner.id in ("pod", "old") else COPIES)[name])
        case _:
            pass
    if condition and isinstance(node, ast.Name | ast.Attribute | ast.Call) and not (isinstance(node, ast.Name) and node.id in ("true", "false")):
        yield ast.UnaryOp(ast.Not(), node)


def _unfiltered(name: str, argument: ast.expr) -> Iterator[ast.expr]:
    """Yield a quantifier whose range has one condition fewer."""
    if isinstance(argument, ast.GeneratorExp):
        loop = argument.generators[0]
        for index in range(len(loop.ifs)):
            fewer = ast.comprehension(loop.target, loop.iter, loop.ifs[:index] + loop.ifs[index + 1 :], 0)
            yield ast.Call(ast.Name(name), [ast.GeneratorExp(argument.elt, [fewer])], [])


def _comparisons(node: ast.Compare, domains: Domains) -> Iterator[ast.expr]:
    left, op, right = node.left, node.ops[0], node.comparators[0]
    for other in COMPARED[type(op)]:
        yield ast.Compare(left, [other()], [right])
    name = left.attr if isinstance(left, ast.Attribute) else left.id if isinstance(left, ast.Name) else ""
    owner = ast.unparse(left.value).rpartition(".")[2] if isinstance(left, ast.Attribute) else ""
    if isinstance(right, ast.Constant) and isinstance(right.value, str):
        for new in domains.others(right.value, name, owner):
            yield ast.Compare(left, [op], [ast.Constant(new)])
    if isinstance(right, ast.Tuple):
        for index in range(len(right.elts)):
            rest = right.elts[:index] + right.elts[index + 1 :]
            yield ast.Compare(left, [op], [ast.Tuple(rest)])
