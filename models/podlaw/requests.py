"""Updates of a pod: what an endpoint takes from a request, and why the API server refuses it.

The rules that refuse an update are those of spec/rules that carry an answer; the new spec is judged as at creation.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from podlaw import derive, wire
from podlaw.errors import InputError
from podlaw.snapshot import snapshot
from podlaw.tables import inlined
from podlaw.validation import Refused, shown

if TYPE_CHECKING:
    from podlaw.law import Law
    from podlaw.rules import Rule

NAMES = ("pod", "old", "c", "b", "event")


def update(law: Law, old: Any, new: Any, through: str) -> list[Refused]:
    """Return why the API server refuses an update of ``old`` to ``new``; raise InputError for what is no pod and for an unknown endpoint."""
    endpoints = {name: one for name, one in law.whole.validation.spec.endpoints.items() if law.selection.applies(one, "apiserver")}
    if through not in endpoints:
        raise InputError(f"'{through}' is not an endpoint of a pod; updates come through {', '.join(endpoints)}")
    stored, standing = law.validator.admit(old)
    asked = merged(stored, wire.plain(new), endpoints[through].takes, endpoints[through].keeps)
    wanted, found = law.validator.admit(asked, created=False)
    before, after = snapshot(stored), snapshot(wanted)
    broken: list[tuple[int, Any, Any]] = []
    law.requests.step(after, "MODIFIED", before, True, broken)
    rules = [(law.requests.rules[number], c, b) for number, c, b in broken]
    # What is refused in the stored pod too was accepted under other gates, and stays valid (RESTART-23).
    spec = [] if through == "status" else [one for one in found if one not in standing]
    return list(dict.fromkeys([*spec, *(_answer(law, rule, (after, before, c, b, "MODIFIED")) for rule, c, b in rules if through in _endpoints(rule))]))


def _endpoints(rule: Rule) -> list[str]:
    return [] if rule.spec.refused is None else rule.spec.refused.through


def _answer(law: Law, rule: Rule, values: tuple[Any, ...]) -> Refused:
    """Return the server's answer where a rule is broken."""
    spec, lets = rule.spec.refused, law.requests.lets[rule.file]
    assert spec is not None
    told = {name: derive.value(inlined(tree, lets), NAMES, law.requests.space)(*values) for name, tree in rule.answer.items()}
    value = shown(told["value"]) if "value" in told and law.whole.validation.spec.reasons[spec.reason] else ""
    return Refused(told["field"], spec.reason, value, told["detail"], (rule.spec.id,))


def merged(old: dict[str, Any], new: Any, takes: list[str], keeps: list[str]) -> Any:
    """Return the old pod with what a request changes; ``keeps`` stay where the new pod has nothing there."""
    pod: Any = old
    for path in takes:
        pod = taken(pod, new, path.split("."))
    for path in keeps:
        if not _get(pod, path.split(".")):
            pod = taken(pod, old, path.split("."))
    return pod


def taken(old: Any, new: Any, path: list[str]) -> Any:
    """Return old data with what the new has at a path; a path leads through every entry of a list whose names stay, and takes any other whole."""
    if not path or (old is None and new is None):
        return copy.deepcopy(new)
    if isinstance(old, list) and isinstance(new, list) and _names(old) == _names(new):
        return [taken(a, b, path) for a, b in zip(old, new, strict=True)]
    if isinstance(old, list) or isinstance(new, list):
        return copy.deepcopy(new)
    head, *rest = path
    value = taken(_get(old, [head]), _get(new, [head]), rest)
    kept = {name: part for name, part in (old or {}).items() if name != head}
    return kept if value is None else {**kept, head: value}


def _names(entries: list[Any]) -> list[Any]:
    return [_get(one, ["name"]) for one in entries]


def _get(pod: Any, path: list[str]) -> Any:
    for part in path:
        pod = pod.get(part) if isinstance(pod, dict) else None
    return pod
