"""Judge histories: every snapshot, and every pair of successive snapshots of one pod, by the rules of the law."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from podlaw.history.evidence import concluded, evidence
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
    law = law or _default()
    judges: dict[str, Judge] = {}
    errors, count = [], 0
    for one in documents(source):
        count += 1
        if isinstance(one, Bad):
            errors.append(one.sentence)
            for judge in judges.values():
                judge.interrupted = True
        else:
            judges.setdefault(one.pod.uid, Judge(law)).judge(one)
    pods = [judge.report() for judge in judges.values()]
    verdict: Verdict = "undetermined" if not pods else "unlawful" if any(p.verdict == "unlawful" for p in pods) else "lawful"
    return Report(verdict, {"apiserver": law.selection.apiserver, "kubelet": law.selection.kubelet}, count, pods, errors)


@cache
def _default() -> Law:
    return Law()


class Judge:
    """The history of one pod so far: its last document, what ever held, and the findings."""

    def __init__(self, law: Law) -> None:
        self.law = law
        self.last: Document | None = None
        self.interrupted = False  # events may be missing since then
        self.past: set[object] = set()
        self.broken: set[tuple[int, str]] = set()  # the rules about one snapshot that the last one violated, by container
        self.findings: list[Finding] = []

    def judge(self, one: Document) -> None:
        """Judge the next snapshot, and the pair it makes with the one before; a lasting violation is told once."""
        old, rules = self.last, self.law.rules
        found: list[Violation] = []
        rules.always(one.pod, one.event, self.past, found)
        broken = {(number, c.name if c is not None else "") for number, c, _ in found}
        found = [v for v in found if (v[0], v[1].name if v[1] is not None else "") not in self.broken]
        self.broken = broken
        if old is not None and not _stale(old, one):
            adjacent = one.event in ("MODIFIED", "DELETED") and old.event in ("ADDED", "MODIFIED") and not self.interrupted
            rules.step(one.pod, one.event, old.pod, adjacent, found)
        self.findings += [self._finding(rules.rules[number], one, c, b) for number, c, b in sorted(found, key=lambda violation: violation[0])]
        if old is None or not _older(old, one):
            self.last, self.interrupted = one, False

    def report(self) -> PodReport:
        """Return the verdict on the pod."""
        assert self.last is not None
        pod = self.last.pod
        unlawful = any(f.strength != "soft" for f in self.findings)
        return PodReport(pod.namespace, pod.name, pod.uid, "unlawful" if unlawful else "lawful", self.findings)

    def _finding(self, rule: Rule, one: Document, c: Container | None, b: Container | None) -> Finding:
        old = self.last.pod if self.last is not None else one.pod
        names = {"pod": one.pod, "old": old, "c": c, "b": b, "event": one.event}
        who = f" of container '{c.name}'" if c is not None else ""
        doubt = "; no kubelet write explains this, another writer may" if rule.strength == "kubelet" and not one.pod.authors else ""
        message = f"{rule.spec.says.rstrip('.')}; here{who} {concluded(rule, self.law, names)}{doubt}."
        facts = evidence(rule, self.law, names)
        return Finding(rule.spec.id, rule.strength, rule.spec.by, rule.spec.promise, one.index, one.line, message, facts)


Violation = tuple[int, Container | None, Container | None]


def _older(old: Document, new: Document) -> bool:
    """Whether a version before the last one is shown, as a list from another server does."""
    return old.pod.version.isdigit() and new.pod.version.isdigit() and int(new.pod.version) < int(old.pod.version)


def _stale(old: Document, new: Document) -> bool:
    """Whether this is no step: an older version, or the same one again, as lists and restarted watches show it."""
    return _older(old, new) or (old.pod.version != "" and old.pod.version == new.pod.version and new.event != "DELETED")
