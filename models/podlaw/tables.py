"""Check the law's derivations whole and select those of one version: names, types, totality, shadowed rows."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from podlaw import schema
from podlaw.derive import Line
from podlaw.expr import ExpressionError, Macro, expand, names, parse, rewrite, substitute
from podlaw.source import Source
from podlaw.types import BOOL, Scope, Signature, Type, check, infer, narrowed
from podlaw.versions import Selection

SERVED: Final = "_of_apiserver"  # ends the name of the API server's version of a table that both components run


class Let(msgspec.Struct, frozen=True):
    """A named expression with its alternatives per version or gate; the first that applies is meant."""

    alternatives: tuple[tuple[schema.Applies, ast.expr], ...]


class Row(msgspec.Struct, frozen=True):
    """One checked row."""

    spec: schema.Row
    when: ast.expr | None
    then: dict[str, ast.expr]
    where: str


class Table(msgspec.Struct, frozen=True):
    """One checked derivation, with the entries of all versions."""

    spec: schema.Table
    signature: Signature
    parameters: dict[str, Type]
    lets: dict[str, Let]
    rows: tuple[Row, ...]
    where: str

    def select(self, selection: Selection) -> tuple[dict[str, ast.expr], tuple[Line, ...]]:
        """Return the lets and rows of one version; a table may have none."""
        by = self.spec.by
        lets = {name: tree for name, let in self.lets.items() if (tree := chosen(let, selection, by)) is not None}
        rows = [row for row in self.rows if selection.applies(row.spec, by)]
        return lets, tuple(Line(r.spec.row, r.when, r.then, listed(r.spec.rule or self.spec.id), r.spec.says, r.where) for r in rows)


def parted(tables: Mapping[str, Table]) -> dict[str, Table]:
    """Return all tables and the API server's own versions of those that both components run, which its tables ask."""
    twins = {name: f"{name}{SERVED}" for name, one in tables.items() if one.spec.shared}
    found = {name: _asking(one, one.spec, twins) if one.spec.by == "apiserver" else one for name, one in tables.items()}
    for name, twin in twins.items():
        spec = msgspec.structs.replace(tables[name].spec, table=twin, by="apiserver", shared=False)
        found[twin] = _asking(tables[name], spec, twins)
    return found


def served(tree: ast.expr, shared: Collection[str]) -> ast.expr:
    """Return an expression of the API server, which asks its own versions of the tables that both components run."""
    return renamed(tree, {name: f"{name}{SERVED}" for name in shared})


def renamed(tree: ast.expr, functions: Mapping[str, str]) -> ast.expr:
    """Return an expression with some functions called by other names."""

    def other(node: ast.AST) -> ast.AST:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in functions:
            return ast.Call(ast.Name(functions[node.func.id]), node.args, [])
        return node

    return rewrite(tree, other)


def _asking(one: Table, spec: schema.Table, functions: Mapping[str, str]) -> Table:
    lets = {name: Let(tuple((applies, renamed(tree, functions)) for applies, tree in let.alternatives)) for name, let in one.lets.items()}

    def asking(row: Row) -> Row:
        then = {name: renamed(tree, functions) for name, tree in row.then.items()}
        return Row(row.spec, None if row.when is None else renamed(row.when, functions), then, row.where)

    return Table(spec, one.signature, one.parameters, lets, tuple(map(asking, one.rows)), one.where)


def listed(rule: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Return one rule id, several or none as a tuple."""
    return ((rule,) if rule else ()) if isinstance(rule, str) else tuple(rule)


def chosen(let: Let, selection: Selection, component: str) -> ast.expr | None:
    """Return the first alternative that applies."""
    return next((tree for applies, tree in let.alternatives if selection.applies(applies, component)), None)


def parsed(source: Source, text: str, *path: str | int) -> ast.expr:
    """Parse an expression of a file, naming file and line on an error."""
    try:
        return parse(text)
    except ExpressionError as error:
        raise source.error(str(error), *path) from None


class Bindings(msgspec.Struct, frozen=True):
    """The macros (with parameters) and lets (without) of one place, in order of declaration."""

    macros: dict[str, Macro]
    lets: dict[str, Let]
    scope: Scope


def bindings(source: Source, declared: Mapping[str, str | list[schema.Let]], scope: Scope, macros: Mapping[str, Macro], *path: str | int) -> Bindings:
    """Check `let:` blocks: each may use those before it; a name with parameters is a macro."""
    known = dict(macros)
    lets: dict[str, Let] = {}
    for head, body in declared.items():
        place = (*path, head)
        name, parameters = _head(source, head, *place)
        if name in scope.names or name in scope.functions or name in known:
            raise source.error(f"'{name}' is already a name here; choose another", *place)
        if parameters is not None:
            if not isinstance(body, str):
                raise source.error(f"the macro '{name}' has alternatives; give them to a let without parameters or to rows", *place)
            known[name] = Macro(parameters, _expanded(source, body, known, *place))
            continue
        options = [schema.Let(value=body)] if isinstance(body, str) else body
        trees = [(option, _expanded(source, option.value, known, *place)) for option in options]
        kinds = {_inferred(source, tree, scope, *place) for _, tree in trees}
        if len(kinds) != 1:
            raise source.error(f"the alternatives of '{name}' have types {', '.join(sorted(map(str, kinds)))}; give them one", *place)
        lets[name] = Let(tuple(trees))
        scope = scope.bind(**{name: kinds.pop()})
    return Bindings(known, lets, scope)


def _head(source: Source, head: str, *path: str | int) -> tuple[str, tuple[str, ...] | None]:
    tree = parsed(source, head, *path)
    match tree:
        case ast.Name(id=name):
            return name, None
        case ast.Call(func=ast.Name(id=name), args=arguments) if all(isinstance(a, ast.Name) for a in arguments):
            return name, tuple(a.id for a in arguments if isinstance(a, ast.Name))
        case _:
            raise source.error(f"'{head}' must be a name or name(parameter, ...)", *path)


def _expanded(source: Source, text: str, macros: Mapping[str, Macro], *path: str | int) -> ast.expr:
    try:
        return expand(parse(text), macros)
    except ExpressionError as error:
        raise source.error(str(error), *path) from None


def _inferred(source: Source, tree: ast.expr, scope: Scope, *path: str | int) -> Type:
    try:
        return infer(tree, scope)
    except ExpressionError as error:
        raise source.error(str(error), *path) from None


def expression(source: Source, text: schema.Text, expected: Type, bound: Bindings, *path: str | int, test: ast.expr | None = None) -> ast.expr:
    """Parse, expand and check one expression; a plain member of the expected enumeration is that literal."""
    members = bound.scope.vocabulary.domain(expected)
    if not text or not isinstance(text, str) or (members is not None and text in members):
        tree: ast.expr = ast.Constant(text)
    else:
        tree = _expanded(source, text, bound.macros, *path)
    try:
        check(tree, expected, narrowed(test, bound.scope) if test is not None else bound.scope)
    except ExpressionError as error:
        raise source.error(str(error), *path) from None
    return tree


def inferred(source: Source, text: str, bound: Bindings, *path: str | int) -> ast.expr:
    """Parse and expand an expression of any type."""
    tree = _expanded(source, text, bound.macros, *path)
    _inferred(source, tree, bound.scope, *path)
    return tree


def table(source: Source, index: int, spec: schema.Table, scope: Scope, macros: Mapping[str, Macro]) -> Table:
    """Check one derivation; ``scope`` holds constants and the functions of the other tables."""
    at = ("derivations", index)
    signature = signatures(source, index, spec, scope)
    parameters = dict(zip(spec.parameters, signature.parameters, strict=True))
    bound = bindings(source, spec.let, scope.bind(**parameters), macros, *at, "let")
    fields = scope.vocabulary.records.get(signature.result.name, {"value": signature.result})
    rows = tuple(_row(source, row, fields, bound, *at, "rows", i) for i, row in enumerate(spec.rows))
    seen: set[str] = set()
    for i, row in enumerate(spec.rows):
        if row.row in seen:
            raise source.error(f"the row name '{row.row}' stands twice in {spec.table}; rename one", *at, "rows", i)
        seen.add(row.row)
    return Table(spec, signature, parameters, bound.lets, rows, source.where(*at))


def signatures(source: Source, index: int, spec: schema.Table, scope: Scope) -> Signature:
    """Return the types of a table's parameters and result."""
    try:
        return Signature(tuple(scope.vocabulary.type(t) for t in spec.parameters.values()), scope.vocabulary.type(spec.returns))
    except ExpressionError as error:
        raise source.error(str(error), "derivations", index, "parameters") from None


def _row(source: Source, row: schema.Row, fields: Mapping[str, Type], bound: Bindings, *at: str | int) -> Row:
    when = None if row.when is None else expression(source, row.when, BOOL, bound, *at, "when")
    given = row.then if isinstance(row.then, dict) else {"value": row.then}
    if unknown := set(given) - set(fields):
        raise source.error(f"'{min(unknown)}' is not an output; the outputs are {', '.join(fields)}", *at, "then")
    if missing := set(fields) - set(given):
        raise source.error(f"the output '{min(missing)}' is missing from the row '{row.row}'", *at, "then")
    then = {name: expression(source, given[name], kind, bound, *at, "then", name, test=when) for name, kind in fields.items()}
    return Row(row, when, then, source.where(*at))


def total(lines: Sequence[Line]) -> bool:
    """Return whether the last row, and only the last, has no guard."""
    return bool(lines) and lines[-1].when is None and all(line.when is not None for line in lines[:-1])


def inlined(tree: ast.expr, lets: Mapping[str, ast.expr]) -> ast.expr:
    """Return ``tree`` with every let replaced by its expression."""
    while used := names(tree) & set(lets):
        tree = substitute(tree, {name: lets[name] for name in used})
    return tree


def selected(tables: Mapping[str, Table], selection: Selection) -> Iterator[tuple[Table, dict[str, ast.expr], tuple[Line, ...]]]:
    """Yield every table that has rows in this version."""
    for one in tables.values():
        lets, lines = one.select(selection)
        if lines:
            yield one, lets, lines
