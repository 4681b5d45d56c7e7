"""Judge histories: every snapshot, and every pair of successive snapshots of one pod, by the rules of the law."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import msgspec

from podlaw.derive import value
from podlaw.history.read import Bad, Document, documents
from podlaw.law import Law
from podlaw.rules import Rule
from podlaw.snapshot import Container

Verdict = Literal["lawful", "unlawful", "undetermined"]


class Finding(msgspec.Struct, frozen=True):
    """One violated rule: where, how strong, who keeps it, and the values it speaks of."""

    rule: str
    strength: str
    by: str
    promise: str
    index: int
    line: int
    message: str
    evidence: dict[str, Any]


class PodReport(msgspec.Struct, frozen=True):
    """What was found about one pod (one uid)."""

    namespace: str
    name: str
    uid: str
    verdict: Verdict
    findings: list[Finding]


class Report(msgspec.Struct, frozen=True):
    """The verdict on an input; `errors` are the sentences about documents that are no pods."""

    verdict: Verdict
    law: dict[str, str]
    documents: int
    pods: list[PodReport]
    errors: list[str]


def check(source: Path | str | Iterable[Any], law: Law | None = None) -> Report:
    """Judge a file, standard input ("-"), or an iterable of dicts, snapshots or client objects.

    Raises InputError where the input cannot be read at all; a bad document among good ones is reported in `errors`.
    """
    law = law or Law()
    judges: dict[str, Judge] = {}
    errors, count = [], 0
    for one in documents(source):
        count += 1
        if isinstance(one, Bad):
            errors.append(one.sentence)
        else:
            judges.setdefault(one.pod.uid, Judge(law)).judge(one)
    pods = [judge.report() for judge in judges.values()]
    verdict: Verdict = "undetermined" if not pods else "unlawful" if any(p.verdict == "unlawful" for p in pods) else "lawful"
    return Report(verdict, {"apiserver": law.selection.apiserver, "kubelet": law.selection.kubelet}, count, pods, errors)


class Judge:
    """The history of one pod so far: its last document, what ever held, and the findings."""

    def __init__(self, law: Law) -> None:
        self.law = law
        self.last: Document | None = None
        self.past: set[object] = set()
        self.findings: list[Finding] = []

    def judge(self, one: Document) -> None:
        """Judge the next snapshot, and the pair it makes with the one before."""
        old, rules = self.last, self.law.rules
        found: list[tuple[int, Container | None, Container | None]] = []
        rules.always(one.pod, one.event, self.past, found)
        if old is not None and not _repeated(old, one):
            adjacent = one.event in ("MODIFIED", "DELETED") and old.event != "NONE"
            rules.step(one.pod, one.event, old.pod, adjacent, found)
        self.findings += [self._finding(rules.rules[number], one, c, b) for number, c, b in found]
        self.last = one

    def report(self) -> PodReport:
        """Return the verdict on the pod."""
        assert self.last is not None
        pod = self.last.pod
        unlawful = any(f.strength != "soft" for f in self.findings)
        return PodReport(pod.namespace, pod.name, pod.uid, "unlawful" if unlawful else "lawful", self.findings)

    def _finding(self, rule: Rule, one: Document, c: Container | None, b: Container | None) -> Finding:
        old = self.last.pod if self.last is not None else one.pod
        facts = evidence(rule, self.law, {"pod": one.pod, "old": old, "c": c, "b": b, "event": one.event})
        who = f" of container '{c.name}'" if c is not None else ""
        shown = ", ".join(f"{path} is {value_!r}" for path, value_ in facts.items())
        doubt = "; no kubelet write explains this, another writer may" if rule.strength == "kubelet" and not one.pod.authors else ""
        message = f"{rule.spec.says.rstrip('.')}; here{who} {shown}{doubt}."
        return Finding(rule.spec.id, rule.strength, rule.spec.by, rule.spec.promise, one.index, one.line, message, facts)


def _repeated(old: Document, new: Document) -> bool:
    """Whether the same version is shown again, as lists and restarted watches do."""
    return old.pod.version != "" and old.pod.version == new.pod.version and new.event != "DELETED"


def evidence(rule: Rule, law: Law, names: dict[str, Any]) -> dict[str, Any]:
    """Return the plain fields that a rule mentions, with their values; those of containers in ranges are left out."""
    facts = {}
    for tree in (rule.premise, rule.then):
        for node in ast.walk(tree):
            chain = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
            root = chain.split(".", maxsplit=1)[0]
            if names.get(root) is not None and not isinstance(found := _value(node, law, names), tuple | msgspec.Struct | bytes):
                facts[chain] = found
    return facts


def _value(node: ast.AST, law: Law, names: dict[str, Any]) -> object:
    assert isinstance(node, ast.expr)
    try:
        return value(node, list(names), law.rules.space)(*names.values())
    except (AttributeError, TypeError):
        return ()
