"""What each event changes, and that it changes nothing else; the lives and changes stand in tests/data/effects.yaml."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import asdict

from derivation_cases import Given, life, merged
from podlaw.law import Law
from podlaw.model import Model
from podlaw.pod import Life, Run
from podlaw.snapshot import CONDITIONS, Snapshot

EFFECTS = yaml.safe_load((Path(__file__).parent / "data" / "effects.yaml").read_text(encoding="utf-8"))
LISTS = {"app", "init", "regular", "sidecars", "ephemeral", "main", "all", "app_statuses", "init_statuses", "ephemeral_statuses"}


@cache
def model(version: str) -> Model:
    return Model(Law(version))


def cases() -> Iterator[Any]:
    for event, given in EFFECTS.items():
        for case in given["cases"]:
            yield pytest.param(event, {**case, "life": merged(given.get("life", {}), case.get("life", {}))}, id=f"{event}: {case['says']}")


def facts(one: Life) -> dict[str, object]:
    """Return every fact of a pod of the model by its path: `sandbox`, `app.run.state`, `cached.app.ready`."""
    found = {name: value for name, value in asdict(one).items() if name not in ("processes", "api", "cached", "picked")}
    for process in one.processes:
        for name, value in asdict(process).items():
            parts = asdict(value) if isinstance(value, Run) else None if name in ("spec", "place") else {"": value}
            found |= {f"{process.spec.name}.{name}.{part}".rstrip("."): v for part, v in (parts or {}).items()}
    return found | {f"{name}.{path}": value for name in ("api", "cached", "picked") for path, value in published(getattr(one, name)).items()}


def published(pod: Snapshot) -> dict[str, object]:
    """Return every fact of a pod as published by its path."""
    found = {name: value for name, value in asdict(pod).items() if name not in LISTS and name not in CONDITIONS}
    found |= {f"{name}.{part}": value for name in CONDITIONS for part, value in asdict(getattr(pod, name)).items()}
    return found | {f"{c.name}.{part}": value for c in pod.all for part, value in asdict(c).items()}


def changes(event: str, case: Given) -> dict[str, object] | None:
    """Return the facts that an event makes of a life, or None where it cannot happen."""
    before = life({"now": 50.5, **case["life"]})
    after = model(case.get("law", "1.36")).apply(before, event, case.get("values", {}))
    was = facts(before)
    return None if after is None else {path: value for path, value in facts(after).items() if value != was[path]}


@pytest.mark.parametrize(("event", "case"), list(cases()))
def test_an_event_changes_exactly_this(event: str, case: Given) -> None:
    assert case["changes"] == changes(event, case)


def test_the_effect_of_every_event_is_tested() -> None:
    assert set(model("1.36").law.whole.program.events) == set(EFFECTS)


@pytest.mark.parametrize("machine", ["deletion", "manifest", "sandbox", "worker", "instance", "backoff"])
def test_every_move_of_a_machine_is_tested(machine: str) -> None:
    spec = model("1.36").law.whole.program.machines[machine].spec
    variable = spec.variable if spec.of == "pod" else f"app.{spec.variable}"
    made = {(event, facts(life({"now": 50.5, **case["life"]}))[variable]) for event, case in (one.values for one in cases())}
    wanted = {(move.event, source) for move in spec.moves for source in ([move.source] if isinstance(move.source, str) else move.source)}
    assert set() == wanted - made
