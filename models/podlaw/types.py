"""The types of the law's expressions: closed and open enumerations, records, lists, optional values."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from podlaw.expr import QUANTIFIERS, ExpressionError, conjuncts


class Type(msgspec.Struct, frozen=True):
    """One type: a base name, `optional` (may be none), `many` (a list)."""

    name: str
    optional: bool = False
    many: bool = False

    def __str__(self) -> str:
        return f"[{self.name}]" if self.many else self.name + "?" * self.optional


BOOL, INT, TIME, TEXT, NONE = (Type(name) for name in ("bool", "int", "time", "text", "none"))
BASIC = frozenset({"bool", "int", "time", "text"})


class Signature(msgspec.Struct, frozen=True):
    """A derivation as a function of other expressions."""

    parameters: tuple[Type, ...]
    result: Type


class Vocabulary(msgspec.Struct, frozen=True):
    """The declared domains: closed enumerations, open ones, and records of typed fields."""

    enums: dict[str, frozenset[str]]
    open: dict[str, frozenset[str]]
    records: dict[str, dict[str, Type]]

    def type(self, text: str) -> Type:
        """Read `T`, `T?` or `[T]`; raise ExpressionError for a name that is not declared."""
        many = text.startswith("[") and text.endswith("]")
        name = text[1:-1] if many else text.removesuffix("?")
        if name not in BASIC and name not in self.enums and name not in self.open and name not in self.records:
            raise ExpressionError(f"'{name}' is not a declared type; spec/types.yaml declares them")
        return Type(name, optional=not many and text.endswith("?"), many=many)

    def domain(self, kind: Type) -> frozenset[str] | None:
        """Return the known members of an enumeration, open or closed, or None for any other type."""
        return self.enums.get(kind.name) or self.open.get(kind.name)


class Scope(msgspec.Struct, frozen=True):
    """What an expression may mention: names with their types, and functions with their signatures."""

    vocabulary: Vocabulary
    names: Mapping[str, Type]
    functions: Mapping[str, Signature] = {}

    def bind(self, **more: Type) -> Scope:
        """Return this scope with further names."""
        return Scope(self.vocabulary, {**self.names, **more}, self.functions)


def check(tree: ast.expr, expected: Type, scope: Scope) -> None:
    """Raise ExpressionError unless ``tree`` has the expected type in ``scope``."""
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        _literal(tree.value, expected, scope.vocabulary)
    elif isinstance(tree, ast.IfExp):
        check(tree.test, BOOL, scope)
        check(tree.body, expected, narrowed(tree.test, scope))
        check(tree.orelse, expected, narrowed(negated(tree.test), scope))
    elif isinstance(tree, ast.Constant) and tree.value == 0 and tree.value is not False and expected == Type(TIME.name, expected.optional):
        return  # the epoch, the one instant that a law can name
    elif not _fits(found := infer(tree, scope), expected, scope.vocabulary):
        raise ExpressionError(f"'{ast.unparse(tree)}' is {found}, where {expected} is wanted")


def _fits(found: Type, expected: Type, vocabulary: Vocabulary) -> bool:
    if found == NONE:
        return expected.optional
    named = found.name == expected.name or (expected.name == "text" and (found.name in vocabulary.open or found.name in vocabulary.enums))
    return named and found.many == expected.many and (expected.optional or not found.optional)


def _literal(value: str, expected: Type, vocabulary: Vocabulary) -> None:
    if expected.name == "text" and not expected.many:
        return
    members = vocabulary.domain(expected)
    if members is None or expected.many:
        raise ExpressionError(f"the text '{value}' stands where {expected} is wanted")
    if value not in members and not (value == "" and expected.name in vocabulary.open):
        near = ", ".join(sorted(members)[:12])
        raise ExpressionError(f"'{value}' is not a {expected.name}; known are {near}")


def infer(tree: ast.expr, scope: Scope) -> Type:
    """Return the type of ``tree``; raise ExpressionError for unknown names, foreign literals and mixed types."""
    rule = _RULES.get(type(tree))
    if rule is None:
        raise ExpressionError(f"'{ast.unparse(tree)}' cannot stand here")
    return rule(tree, scope)


def narrowed(test: ast.expr, scope: Scope) -> Scope:
    """Return the scope in which ``test`` holds: `x != none` makes x's type plain."""
    for part in conjuncts(test):
        match part:
            case ast.Compare(left=ast.Name(id=name), ops=[ast.NotEq()], comparators=[ast.Constant(value=None)]) if name in scope.names:
                kind = scope.names[name]
                scope = scope.bind(**{name: Type(kind.name, many=kind.many)})
            case ast.Compare(left=ast.Attribute() as left, ops=[ast.NotEq()], comparators=[ast.Constant(value=None)]):
                kind = infer(left, scope)
                scope = scope.bind(**{ast.unparse(left): Type(kind.name, many=kind.many)})
    return scope


def _name(tree: ast.Name, scope: Scope) -> Type:
    if tree.id not in scope.names:
        raise ExpressionError(f"'{tree.id}' is not a name here; known are {', '.join(sorted(scope.names))}")
    return scope.names[tree.id]


def _constant(tree: ast.Constant, scope: Scope) -> Type:
    match tree.value:
        case None:
            return NONE
        case bool():
            return BOOL
        case int():
            return INT
        case _:
            return TEXT


def _attribute(tree: ast.Attribute, scope: Scope) -> Type:
    if (known := scope.names.get(ast.unparse(tree))) is not None:  # narrowed by a test above
        return known
    base = infer(tree.value, scope)
    fields = scope.vocabulary.records.get(base.name)
    if fields is None or base.many:
        raise ExpressionError(f"'{ast.unparse(tree.value)}' is {base}, which has no fields")
    if base.optional:
        raise ExpressionError(f"'{ast.unparse(tree.value)}' may be none; test it with != none first")
    if tree.attr not in fields:
        raise ExpressionError(f"{base.name} has no field '{tree.attr}'; it has {', '.join(sorted(fields))}")
    return fields[tree.attr]


def _bool_op(tree: ast.BoolOp, scope: Scope) -> Type:
    for value in tree.values:
        check(value, BOOL, scope)
        scope = narrowed(value if isinstance(tree.op, ast.And) else negated(value), scope)
    return BOOL


def negated(test: ast.expr) -> ast.expr:
    """Return the negation of a single `x == none`; of any other test nothing is learnt."""
    match test:
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[ast.Constant(value=None) as none]):
            return ast.Compare(left, [ast.NotEq()], [none])
        case _:
            return ast.Constant(True)


def _unary(tree: ast.UnaryOp, scope: Scope) -> Type:
    check(tree.operand, BOOL, scope)
    return BOOL


def _add(tree: ast.BinOp, scope: Scope) -> Type:
    left = infer(tree.left, scope)
    check(tree.right, INT if left in (INT, TIME) else left, scope)
    return left


def _if(tree: ast.IfExp, scope: Scope) -> Type:
    check(tree.test, BOOL, scope)
    kind = infer(tree.body, narrowed(tree.test, scope))
    otherwise = narrowed(negated(tree.test), scope)
    other = infer(tree.orelse, otherwise)
    if kind == NONE or (kind == TEXT and other != TEXT and isinstance(tree.body, ast.Constant)):
        kind, other = other, kind
        check(tree.body, Type(kind.name, True, kind.many), scope)
    else:
        check(tree.orelse, Type(kind.name, True, kind.many), otherwise)
    return Type(kind.name, kind.optional or other.optional or other == NONE, kind.many)


def _compare(tree: ast.Compare, scope: Scope) -> Type:
    if len(tree.ops) != 1:
        raise ExpressionError(f"'{ast.unparse(tree)}' chains comparisons; join two with 'and'")
    left, right, op = tree.left, tree.comparators[0], tree.ops[0]
    if isinstance(op, ast.In | ast.NotIn):
        _membership(left, right, scope)
    elif isinstance(op, ast.Eq | ast.NotEq):
        _equality(left, right, scope)
    else:
        kind = infer(left, scope)
        if kind not in (INT, TIME, TEXT):
            raise ExpressionError(f"'{ast.unparse(tree)}' orders {kind}; only whole numbers, instants and texts have an order")
        check(right, kind, scope)
    return BOOL


def _equality(left: ast.expr, right: ast.expr, scope: Scope) -> None:
    if isinstance(left, ast.Constant) and not isinstance(right, ast.Constant):
        left, right = right, left
    kind = infer(left, scope)
    if isinstance(right, ast.Constant) and right.value is None and not kind.optional:
        raise ExpressionError(f"'{ast.unparse(left)}' is {kind} and never none; the comparison decides nothing")
    check(right, Type(kind.name, True, kind.many), scope)


def _membership(left: ast.expr, right: ast.expr, scope: Scope) -> None:
    kind = infer(left, scope)
    if isinstance(right, ast.Tuple):
        for element in right.elts:
            check(element, kind, scope)
    elif infer(right, scope) != TEXT:  # a text is part of a text, any other value of a list
        check(right, Type(kind.name, many=True), scope)


def _call(tree: ast.Call, scope: Scope) -> Type:
    assert isinstance(tree.func, ast.Name)
    name = tree.func.id
    if name in QUANTIFIERS:
        return _quantifier(name, tree, scope)
    if name == "min":
        for argument in tree.args:
            check(argument, INT, scope)
        return INT
    if name in _FUNCTIONS:
        return _arguments(tree, scope, _FUNCTIONS[name])
    if name not in scope.functions:
        raise ExpressionError(f"'{name}' is not a function; known are {', '.join(sorted({*scope.functions, *QUANTIFIERS, *_FUNCTIONS, 'min'}))}")
    return _arguments(tree, scope, scope.functions[name])


def _arguments(tree: ast.Call, scope: Scope, signature: Signature) -> Type:
    if len(tree.args) != len(signature.parameters):
        raise ExpressionError(f"'{ast.unparse(tree)}' gives {len(tree.args)} arguments where {len(signature.parameters)} are wanted")
    for argument, kind in zip(tree.args, signature.parameters, strict=True):
        check(argument, kind, scope)
    return signature.result


def _quantifier(name: str, tree: ast.Call, scope: Scope) -> Type:
    if len(tree.args) != 1 or not isinstance(tree.args[0], ast.GeneratorExp):
        raise ExpressionError(f"'{ast.unparse(tree)}' must range over a list: {name}(... for c in ...)")
    generator = tree.args[0].generators[0]
    assert isinstance(generator.target, ast.Name)
    listed = infer(generator.iter, scope)
    if not listed.many:
        raise ExpressionError(f"'{ast.unparse(generator.iter)}' is {listed}, not a list")
    inner = scope.bind(**{generator.target.id: Type(listed.name)})
    for test in generator.ifs:
        check(test, BOOL, inner)
        inner = narrowed(test, inner)
    if name in ("any", "all"):
        check(tree.args[0].elt, BOOL, inner)
        return BOOL
    element = infer(tree.args[0].elt, inner)
    if name == "sum":
        check(tree.args[0].elt, INT, inner)
        return INT
    return Type(element.name, optional=True)


def _text(tree: ast.JoinedStr, scope: Scope) -> Type:
    for part in tree.values:
        if isinstance(part, ast.FormattedValue):
            infer(part.value, scope)
    return TEXT


_INSTANT = Type("time", optional=True)
_FUNCTIONS = {
    "elapsed": Signature((_INSTANT, _INSTANT, INT), BOOL),  # since, until, seconds: whether so much time lies between
    "exceeds": Signature((_INSTANT, _INSTANT, INT), BOOL),  # the same, strictly more
    "stamp": Signature((_INSTANT,), _INSTANT),  # an instant as it is published: text, truncated to the second
    "without": Signature((Type("Pod"), TEXT), TEXT),  # the spec as text without the fields at some paths
    "part": Signature((Type("Pod"), TEXT), TEXT),  # some fields of the spec as text
    "entries": Signature((Type("Pod"), TEXT), Type("text", many=True)),  # each entry of one list of the spec as text
    "once": Signature((BOOL,), BOOL),  # in rules only: held in this or an earlier snapshot of the pod
}
_RULES: Mapping[type[ast.AST], Callable[[Any, Scope], Type]] = {
    ast.Name: _name, ast.Constant: _constant, ast.Attribute: _attribute, ast.BoolOp: _bool_op, ast.UnaryOp: _unary,
    ast.BinOp: _add, ast.IfExp: _if, ast.Compare: _compare, ast.Call: _call, ast.JoinedStr: _text,
}  # fmt: skip
