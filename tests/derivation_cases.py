"""Hand-made cases of derivations: what stands in YAML, made to the arguments of the law's functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml
from msgspec.structs import replace

import made
from podlaw.law import Law
from podlaw.pod import Life, Process, Run
from podlaw.snapshot import Container, Snapshot
from podlaw.world import World

CASES: Final = Path(__file__).parent / "data" / "derivations"
SECTIONS: Final = ("init", "app", "ephemeral")
Given = dict[str, Any]


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question to one derivation: the row that decides it, and the answer. `given` adds to what its table gives to all; `gates` are those of `by`."""

    says: str
    row: str
    gives: Any
    given: dict[str, Any] = {}
    law: str = "1.36"
    gates: dict[str, bool] = {}
    by: str = "kubelet"


class Cases(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The cases of one derivation, and what is given where a case says nothing else."""

    table: str
    by: str = "kubelet"
    given: dict[str, Any] = {}
    cases: list[Case]


def all_cases() -> Iterator[tuple[str, Case]]:
    """Yield every case with the name of its derivation."""
    for path in sorted(CASES.glob("*.yaml")):
        for group in msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), list[Cases]):
            yield from ((group.table, replace(case, by=group.by, given=merged(group.given, case.given))) for case in group.cases)


def merged(base: Given, more: Given) -> Given:
    """Return ``base`` with the values of ``more``, mappings merged within."""
    return {**base, **{k: merged(base[k], v) if isinstance(v, dict) and isinstance(base.get(k), dict) else v for k, v in more.items()}}


def arguments(law: Law, table: str, given: Given) -> list[Any]:
    """Return the arguments of a derivation; a plain number for a container or process is its position among those given."""
    parameters = law.whole.tables[table].spec.parameters
    built: dict[str, Any] = {}
    for name, kind in sorted(parameters.items(), key=lambda pair: pair[1] in ("Container", "Process")):
        value = given.get(name, {})
        if isinstance(value, int) and kind == "Process":
            built[name] = built["processes"][value]
        elif isinstance(value, int) and kind == "Container":
            built[name] = next(one for one in built.values() if isinstance(one, Snapshot)).all[value]
        elif kind == "Shown":
            built[name] = law.functions["Shown"](**{"state": "waiting", "reason": "", "code": 0, "begin": None, "end": None, "run": "", **value})
        else:
            built[name] = BUILDERS[kind](value) if kind in BUILDERS else value
    return [built[name] for name in parameters]


def container(given: Given) -> Container:
    """Return one container; rules are written as `Restart In 1 2`."""
    return made.container({"name": "app", **given, "rules": [_rule(text) for text in given.get("rules", ())]})


def _rule(text: str) -> Given:
    action, operator, *values = text.split()
    return {"action": action, "operator": operator, "values": [int(value) for value in values]}


def pod(given: Given) -> Snapshot:
    """Return one pod; its containers are listed by section, as in a manifest."""
    containers = [{"name": "app", **c, "section": s, "rules": [_rule(text) for text in c.get("rules", ())]} for s in SECTIONS for c in given.get(s, ())]
    return made.pod({**{name: value for name, value in given.items() if name not in SECTIONS}, "containers": containers})


def process(given: Given) -> Process:
    """Return one container of the model."""
    return replace(made.process({**given, "spec": {}}), spec=container(given.get("spec", {})))


def processes(given: list[Given]) -> tuple[Process, ...]:
    """Return the containers of the model; each section counts its places."""
    all_ = [process(one) for one in given]
    return tuple(replace(p, place=sum(q.spec.section == p.spec.section for q in all_[:i])) for i, p in enumerate(all_))


def life(given: Given) -> Life:
    """Return one pod of the model."""
    copies = {name: pod(given.get(name, {})) for name in ("api", "cached", "picked")}
    return replace(made.life({}), **{**given, **copies, **made.held(given), "processes": processes(given.get("processes", []))})


def world(given: Given) -> World:
    """Return what is around a pod; other pods are written as it is itself."""
    around = {name: value for name, value in given.items() if name != "pods"}
    return replace(made.world(around), pods=tuple(map(life, given.get("pods", ()))))


BUILDERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "Container": container, "Pod": pod, "Process": process, "[Process]": processes, "Run": lambda given: Run(**given), "Life": life,
    "World": world, "Controller": made.controller,
}  # fmt: skip
