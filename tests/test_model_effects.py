"""What each event changes, and that it changes nothing else; the lives and changes stand in tests/data/effects.yaml."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import asdict

from derivation_cases import Given, life, merged
from made import AROUND, world
from podlaw.law import Law
from podlaw.model import Model
from podlaw.pod import Life, Run
from podlaw.snapshot import CONDITIONS, Condition, Snapshot
from podlaw.world import Claim, Node

EFFECTS = yaml.safe_load((Path(__file__).parent / "data" / "effects.yaml").read_text(encoding="utf-8"))
MACHINES = ["deletion", "manifest", "sandbox", "worker", "volumes", "instance", "backoff", "claim"]
MACHINES += ["node_object", "node_kubelet", "node_ready", "node_pressure", "node_power", "node_taint"]
LISTS = {"app", "init", "regular", "sidecars", "ephemeral", "main", "all", "app_statuses", "init_statuses", "ephemeral_statuses"}


@cache
def model(version: str) -> Model:
    return Model(Law(version))


def cases() -> Iterator[Any]:
    for event, given in EFFECTS.items():
        for case in given["cases"]:
            whole = {"world": given.get("world", {}), **case, "life": merged(given.get("life", {}), case.get("life", {}))}
            yield pytest.param(event, whole, id=f"{event}: {case['says']}")


def facts(one: Life | Node | Claim) -> dict[str, object]:
    """Return every fact of what an event happens to by its path: `kubelet`, or `sandbox`, `app.run.state`, `cached.app.ready` of a pod."""
    if not isinstance(one, Life):
        return asdict(one)
    plain = {name: value for name, value in asdict(one).items() if name not in ("processes", "api", "cached", "picked")}
    found = {name: value for name, value in plain.items() if not isinstance(value, Condition)}
    found |= {f"{name}.{part}": v for name, value in plain.items() if isinstance(value, Condition) for part, v in asdict(value).items()}
    for process in one.processes:
        for name, value in asdict(process).items():
            parts = asdict(value) if isinstance(value, Run) else None if name in ("spec", "place") else {"": value}
            found |= {f"{process.spec.name}.{name}.{part}".rstrip("."): v for part, v in (parts or {}).items()}
    return found | {f"{name}.{path}": value for name in ("api", "cached", "picked") for path, value in published(getattr(one, name)).items()}


def published(pod: Snapshot) -> dict[str, object]:
    """Return every fact of a pod as published by its path."""
    found = {name: value for name, value in asdict(pod).items() if name not in LISTS and name not in CONDITIONS and not name.endswith("_gates")}
    found |= {f"{g.type}.status": g.status for g in pod.readiness_gates} | {f"{g.name}.held": g.held for g in pod.scheduling_gates}
    found |= {f"{name}.{part}": value for name in CONDITIONS for part, value in asdict(getattr(pod, name)).items()}
    return found | {f"{c.name}.{part}": value for c in pod.all for part, value in asdict(c).items()}


def subject(event: str, case: Given) -> Life | Node | Claim:
    """Return what an event happens to: a life, or a node or claim called `n`."""
    of = model("1.36").events[event].spec.spec.of
    made: Life | Node | Claim = life({"now": 50.5, **case["life"]}) if of == "pod" else AROUND[of](**{"name": "n", **case["life"]})
    return made


def changes(event: str, case: Given) -> dict[str, object] | None:
    """Return the facts that an event makes of a life, or None where it cannot happen."""
    before = subject(event, case)
    after = model(case.get("law", "1.36")).apply(before, event, case.get("values", {}), world(case.get("world", {})))
    was = facts(before)
    return None if after is None else {path: value for path, value in facts(after).items() if value != was[path]}


@pytest.mark.parametrize(("event", "case"), list(cases()))
def test_an_event_changes_exactly_this(event: str, case: Given) -> None:
    assert case["changes"] == changes(event, case)


def test_the_effect_of_every_event_is_tested() -> None:
    assert set(model("1.36").law.whole.program.events) == set(EFFECTS)


@pytest.mark.parametrize("machine", MACHINES)
def test_every_move_of_a_machine_is_tested(machine: str) -> None:
    spec = model("1.36").law.whole.program.machines[machine].spec
    variable = spec.variable if spec.of != "container" else f"app.{spec.variable}"
    events = {move.event for move in spec.moves}
    made = {(event, facts(subject(event, case))[variable]) for event, case in (one.values for one in cases()) if event in events}
    wanted = {(move.event, source) for move in spec.moves for source in ([move.source] if isinstance(move.source, str) else move.source)}
    assert set() == wanted - made


def test_every_machine_is_asked() -> None:
    assert set(model("1.36").law.whole.program.machines) == set(MACHINES)
