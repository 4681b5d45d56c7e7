"""Find rows that can never fire, by enumerating the small domain of a table's atoms."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from math import prod
from typing import NamedTuple

from podlaw.derive import Line
from podlaw.tables import inlined

OTHER = "\0"  # stands for every value that no atom names
MOST = 1 << 14  # assignments tried; a row seen to fire before that ends the search for it


def shadowed(lets: Mapping[str, ast.expr], lines: Sequence[Line]) -> list[Line]:
    """Return the rows whose guard implies that an earlier row has fired.

    Atoms (comparisons, flags, quantifiers) are taken as independent, members of one enumeration as exclusive; so a
    row is reported only where no state at all can reach it. Tables with too many atoms are not judged.
    """
    guards = [_guard(None if line.when is None else inlined(line.when, lets)) for line in lines]
    return [line for i, line in enumerate(lines) if _dead(guards[:i], guards[i])]


World = Mapping[str, str]  # what each atom's subject is
Test = Callable[[World], bool]


class Guard(NamedTuple):
    """A guard as a function of a world, and the members that its atoms distinguish of each subject."""

    holds: Test
    atoms: dict[str, set[str]]


def _dead(before: Sequence[Guard], guard: Guard) -> bool:
    atoms: dict[str, set[str]] = {}
    for one in (*before, guard):
        for subject, members in one.atoms.items():
            atoms.setdefault(subject, set()).update(members)
    if prod(len(members) + 1 for members in atoms.values()) > MOST:
        return False
    for values in product(*([*sorted(members), OTHER] for members in atoms.values())):
        world = dict(zip(atoms, values, strict=True))
        if guard.holds(world) and not any(one.holds(world) for one in before):
            return False
    return True


def _guard(tree: ast.expr | None) -> Guard:
    atoms: dict[str, set[str]] = {}
    return Guard(_test(ast.Constant(True) if tree is None else tree, atoms), atoms)


def _test(tree: ast.expr, atoms: dict[str, set[str]]) -> Test:
    """Return an expression as a function of a world; its atoms are added to ``atoms``."""
    match tree:
        case ast.BoolOp():
            tests = [_test(value, atoms) for value in tree.values]
            return (lambda world: all(t(world) for t in tests)) if isinstance(tree.op, ast.And) else (lambda world: any(t(world) for t in tests))
        case ast.UnaryOp():
            inner = _test(tree.operand, atoms)
            return lambda world: not inner(world)
        case ast.Constant():
            fixed = bool(tree.value)
            return lambda world: fixed
        case _:
            subject, members = _atom(tree)
            atoms.setdefault(subject, set()).update(members)
            negative = isinstance(tree, ast.Compare) and isinstance(tree.ops[0], ast.NotEq | ast.NotIn)
            return lambda world: (world[subject] in members) != negative


def _atom(tree: ast.expr) -> tuple[str, tuple[str, ...]]:
    """Return what an atom is about, and the members for which it holds: `x == 'a'` is about x, and holds for a."""
    match tree:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[ast.Constant(value=str(member))]):
            return ast.unparse(left), (member,)
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[ast.Tuple(elts=elements)]) if all(isinstance(e, ast.Constant) for e in elements):
            return ast.unparse(left), tuple(str(e.value) for e in elements if isinstance(e, ast.Constant))
        case _:
            return ast.unparse(tree), ("true",)
