"""Every event of the model happens where it can, and is refused by each of its guards with that guard's words."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from made import Case, life
from podlaw.law import Law
from podlaw.model import Model, state_of
from podlaw.pod import Life

MODEL = Model(Law("1.36"))
GUARDS = Path(__file__).parent / "data" / "guards"
EVENTS = {event: one for path in sorted(GUARDS.glob("*.yaml")) for event, one in yaml.safe_load(path.read_text(encoding="utf-8")).items()}


def made(can: Case, but: Case) -> Life:
    """Build the life `can` with the fields of `but`: those of its container, its API object and its cached status one by one."""
    merged = {**can, **but, **{name: {**can.get(name, {}), **but.get(name, {})} for name in ("container", "api", "cached")}}
    processes = [merged.pop("container"), *merged.pop("others", [])]
    return life({**merged, "processes": processes})


def values(event: str, given: Case) -> dict[str, Any]:
    of_container = {"container": "c"} if MODEL.events[event].spec.of_container else {}
    return {**of_container, **EVENTS[event].get("values", {}), **given}


def allowed() -> Iterator[Any]:
    for event, one in EVENTS.items():
        for number, but in enumerate([{}, *one.get("also", [])]):
            yield pytest.param(event, but, id=f"{event}-{number}")


def refused() -> Iterator[Any]:
    for event, one in EVENTS.items():
        for number, case in enumerate(one["cannot"]):
            yield pytest.param(event, case, id=f"{event}-{number}")


@pytest.mark.parametrize(("event", "but"), list(allowed()))
def test_an_event_happens_where_it_can(event: str, but: Case) -> None:
    before = made(EVENTS[event]["can"], but)
    assert MODEL.refusal(before, event, values(event, {})) is None
    assert MODEL.apply(before, event, values(event, {})) is not None


@pytest.mark.parametrize(("event", "case"), list(refused()))
def test_an_event_is_refused_with_the_words_of_the_guard_that_fails(event: str, case: Case) -> None:
    before, given = made(EVENTS[event]["can"], case["but"]), values(event, case.get("values", {}))
    refusal = MODEL.refusal(before, event, given)
    assert (case["says"], None) == (refusal and refusal.says, MODEL.apply(before, event, given))


def test_every_event_is_tried() -> None:
    assert set(MODEL.events) == set(EVENTS)


@pytest.mark.parametrize("event", EVENTS)
def test_every_guard_refuses_once(event: str) -> None:
    assert {guard.says for guard in MODEL.events[event].spec.guards} <= {case["says"] for case in EVENTS[event]["cannot"]}


def test_nobody_outside_the_node_sees_these_events() -> None:
    kubelet = {"relist", "take", "sync", "end_sync", "refuse", "refuse_pull", "sandbox_ready", "begin_probing", "pick", "collect_sandbox", "collect_back_off"}
    ending = {"begin_terminating", "end_terminating", "begin_terminated", "end_terminated"}
    assert kubelet | ending == set(MODEL.hidden)


def test_every_machine_starts_where_a_new_pod_is() -> None:
    new, program = life({"processes": [{}]}), MODEL.law.whole.program
    found = {name: state_of(new, "c" if m.spec.of == "container" else "", m.spec.variable) for name, m in program.machines.items()}
    expected = {"deletion": "live", "manifest": "present", "sandbox": "none", "worker": "none", "instance": "none", "backoff": "none"}
    assert [expected, expected] == [found, {name: m.spec.initial for name, m in program.machines.items()}]
