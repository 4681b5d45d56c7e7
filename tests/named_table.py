"""README's table of the named properties, from the law and its scopes: what each says, who keeps it and what judges it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from named import CASES, reasons
from podlaw.ground.scope import Can, scopes
from podlaw.law import Law
from podlaw.properties import Property
from podlaw.tables import listed

BEGIN, END = "<!-- properties: written by nox -s verify -- --readme -->\n", "<!-- end of properties -->\n"
HEAD = "| property | what always holds | rules | kept by | judged |\n|---|---|---|---|---|\n"


def table(law: Law) -> str:
    """Return one row for each name, in the order of spec/properties.yaml, and then for what is searched."""
    every = law.whole.properties
    goals = [(name, can) for name, one in scopes(law).items() for can in (*one.spec.can, *one.spec.eventually)]
    names = _once(p.spec.property for p in every)
    rows = [_row(name, [p for p in every if p.spec.property == name], [g for g in goals if g[1].property == name]) for name in names]
    rows += [(f"*{one.property}*", one.says, ", ".join(one.rule), one.by, one.judge) for one in CASES.searched]
    return HEAD + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(name: str, clauses: Sequence[Property], goals: Sequence[tuple[str, Can]]) -> tuple[str, ...]:
    says = _once([*(p.spec.says for p in clauses), *(can.says for _, can in goals)])
    rules = _once([*(rule for p in clauses for rule in p.rules), *(rule for _, can in goals for rule in listed(can.rule))])
    return f"*{name}*", " ".join(says), ", ".join(rules), ", ".join(_once(p.spec.by for p in clauses)), "; ".join(_judges(clauses, goals))


def _judges(clauses: Sequence[Property], goals: Sequence[tuple[str, Can]]) -> Iterator[str]:
    kinds = {"state" if p.spec.kind == "always" else "step" for p in clauses if not (p.spec.clock or _spared("scopes", p))}
    if kinds:
        yield f"every explored {' and '.join(sorted(kinds))}"
    if not all(_spared("lives", p) for p in clauses):
        yield "random lives"
    if goals:
        yield f"scopes {', '.join(_once(name for name, _ in goals))}"


def _spared(field: str, one: Property) -> bool:
    return any(case.names(one.key) for case in reasons(field))


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
