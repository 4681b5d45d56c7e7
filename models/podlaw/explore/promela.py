"""Render a ground form to Promela, so that SPIN can judge it too: another search, another compiler, the same expressions.

Steps and rules are plain Promela, an independent reading; no C is embedded. A state vector holds the variables of the form
and nothing else: what a step computes on its way is `hidden`. Part of a guard that says something twice cannot stand in
Promela's first statement, which must be one expression, and may be huge when written out; such a part is tested inside the
step, which then leaves the state as it was. That is a self-loop and adds no state, so that counts of states can be compared,
and counts of transitions cannot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar, Final

from podlaw.explore.layout import Codes, Layout, shown
from podlaw.explore.source import Writer
from podlaw.ground.domains import Finite
from podlaw.ground.nodes import FALSE, Node, conjuncts, disjunction, written
from podlaw.ground.rules import OLD, Judged
from podlaw.ground.steps import Step

LONGEST: Final = 400  # operators of a guard written out; beyond, spin takes long to read it


def promela(form: Finite, places: Layout, rules: Iterable[Judged] = ()) -> str:
    """Return a ground form as a Promela model; every rule is asserted whenever published variables changed.

    ``places`` must be the layout of the form with the rules' ``violated`` as outputs. A violation is reported as the
    assertion of the rule's name, as `!(rule_TRACE_01)`. Verify it with `spin -a -o1 -o2 -o3` and `-DNOREDUCE`: no
    optimisation may forget a variable, and no reduction may leave out an order; and with `-c0`, which goes on after an error.
    """
    return Model(form, places, asserted(rules)).text()


def asserted(rules: Iterable[Judged]) -> dict[str, Node]:
    """Return where each rule is violated, by the name of its assertion; rules of one id are one, and those that cannot be violated are left out."""
    found: dict[str, Node] = {}
    for rule in rules:
        if rule.violated is not FALSE:
            found[label(rule)] = disjunction((found.get(label(rule), FALSE), rule.violated))
    return found


def label(rule: Judged) -> str:
    """Return the name of a rule's assertion: its id, and its pod where a scope has several."""
    return identifier("rule", f"{rule.pod}.{rule.rule.spec.id}".lstrip("."))


def identifier(kind: str, name: str) -> str:
    """Return a name that Promela accepts; its kind keeps it apart from keywords."""
    return f"{kind}_{re.sub(r'[^A-Za-z0-9]+', '_', name).strip('_')}"


class Promela(Writer):
    """Writes expressions of one step in Promela."""

    joined: ClassVar[Mapping[str, str]] = {"and": " && ", "or": " || "}
    negated = "(!{})"
    binding = "{} = {};"
    bindings = "t{}"

    def repeated(self, node: Node) -> tuple[Node, ...]:
        return ()

    def worth(self, node: Node, used: int) -> bool:
        return node.op != "var" and used > 1

    def variable(self, name: str, codes: Codes) -> str:
        return variable(name)

    def choice(self, node: Node) -> str:
        codes = self.places.of_node[node]
        test, then, other = self.text(node.args[0]), *(self.value(arg, codes) for arg in node.args[1:])
        return f"({test} -> {then} : {other})"


def variable(name: str) -> str:
    """Return the name of a variable, or of what it was before the step."""
    return identifier("old", name.removeprefix(OLD)) if name.startswith(OLD) else identifier("v", name)


class Model:
    """One model: declarations, one `d_step` a step, and one that judges, which follows every step before its state is stored."""

    def __init__(self, form: Finite, places: Layout, rules: Mapping[str, Node]) -> None:
        self.form, self.places, self.rules = form, places, rules
        self.public = [name for name in form.domains if shown(name)]
        self.temporaries = 0

    def text(self) -> str:
        """Return the whole model."""
        steps = [line for step in self.form.steps for line in self._step(step)]
        judge = self._judge() if self.rules else []
        inner = _indented(["if", *steps, "fi;", *judge], 2)
        body = ["active proctype law()", "{", "end:", "\tdo", "\t:: atomic {", *inner, "\t}", "\tod", "}"]
        return "\n".join([*self._declared(), "", *body]) + "\n"

    def _declared(self) -> Iterator[str]:
        for name in self.form.domains:
            codes = self.places.codes[name]
            yield f"{_type(codes)} {variable(name)} = {codes[self.form.start[name]]};  /* {name}: {', '.join(map(str, codes))} */"
        if self.rules:
            yield "hidden byte shown;"
            yield from (f"hidden {_whole(self.places.codes[name])} {variable(OLD + name)};" for name in self.public)
            yield from (f"hidden byte {name};" for name in self.rules)
        yield from (f"hidden short t{i};" for i in range(self.temporaries))

    def _step(self, step: Step) -> list[str]:
        """Return one step: what of its guard can be written out, then the rest, then everything that changes, at once."""
        writer = Promela(self.places)
        parts = sorted(conjuncts(step.guard), key=written)
        long = [part for part in parts if written(part) > LONGEST]
        first = " && ".join(writer.text(part) for part in parts[: len(parts) - len(long)]) or "true"
        rest = writer.bound(long)
        test = " && ".join(map(writer.text, long))
        effects = self._effects(step, writer)
        if long:
            effects = [*rest, "if", f":: {test} ->", *_indented(effects), ":: else ->", f"\t{'shown = 0' if self.rules else 'skip'};", "fi;"]
        return [f":: d_step {{  /* {step.name} */", f"\t{first} ->", *_indented(effects), "}"]

    def _effects(self, step: Step, writer: Promela) -> list[str]:
        """Return what a step does: keep what is published, compute everything, then assign everything."""
        publishes = any(shown(name) for name in step.changes)
        lines = [f"shown = {int(publishes)};"] if self.rules else []
        lines += [f"{variable(OLD + name)} = {variable(name)};" for name in self.public if publishes and self.rules]
        lines += writer.bound(step.changes.values())
        after, count = [], len(writer.names)
        for name, node in step.changes.items():
            value = writer.value(node, self.places.codes[name])
            if node.op != "const":
                lines.append(f"t{count} = {value};")
                value, count = f"t{count}", count + 1
            after.append(f"{variable(name)} = {value};")
        self.temporaries = max(self.temporaries, count)
        return lines + after or ["skip;"]

    def _judge(self) -> list[str]:
        """Return the step that asserts every rule where something published changed."""
        writer = Promela(self.places)
        changed = " || ".join(f"{variable(OLD + name)} != {variable(name)}" for name in self.public)
        lines = writer.bound(self.rules.values())
        self.temporaries = max(self.temporaries, len(writer.names))
        for name, violated in self.rules.items():
            lines += [f"{name} = {writer.text(violated)};", f"assert(!{name});"]
        return ["d_step {", "\tif", f"\t:: shown && ({changed}) ->", *_indented(lines, 2), "\t:: else", "\tfi", "}"]


def _type(codes: Codes) -> str:
    return "bit" if len(codes) <= 2 else _whole(codes)


def _whole(codes: Codes) -> str:
    """Return a type of more than one bit: only these can be hidden."""
    return "byte" if len(codes) <= 256 else "short"     # codes that are added are the numbers themselves


def _indented(lines: Iterable[str], by: int = 1) -> list[str]:
    return ["\t" * by + line for line in lines]
