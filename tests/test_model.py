"""Every event of the model happens where it can, and is refused by each of its guards with that guard's words."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from made import AROUND, Case, life, world
from podlaw.law import Law
from podlaw.model import Model, Refusal, state_of
from podlaw.world import Claim, Node, World

MODEL = Model(Law("1.36"))
GUARDS = Path(__file__).parent / "data" / "guards"
WRITERS = MODEL.law.whole.program.writers
EVENTS = {event: one for path in sorted(GUARDS.glob("*.yaml")) for event, one in yaml.safe_load(path.read_text(encoding="utf-8")).items()}


def made(event: str, but: Case) -> Any:
    """Build what an event happens to, a life as `can` has it with the fields of `but`, those of its container, API object and cached status one by one."""
    can, of = EVENTS[event].get("can", {}), MODEL.events[event].spec.spec.of
    if of != "pod":
        return AROUND[of](**{"name": "n", **can, **but})
    merged = {**can, **but, **{name: {**can.get(name, {}), **but.get(name, {})} for name in ("container", "api", "cached")}}
    processes = [merged.pop("container"), *merged.pop("others", [])]
    return life({**merged, "processes": processes})


def values(event: str, given: Case) -> dict[str, Any]:
    of_container = {"container": "c"} if MODEL.events[event].spec.of_container else {}
    return {**of_container, **EVENTS[event].get("values", {}), **given}


def around(event: str, but: Case) -> World:
    """Build the world of an event: its own with the parts that `but` replaces."""
    return world({**EVENTS[event].get("world", {}), **but.get("world", {})})


def lone(but: Case) -> Case:
    """Return a case without its world."""
    return {name: value for name, value in but.items() if name != "world"}


def refusal(event: str, but: Case, given: Case) -> Refusal | None:
    """Return why an event is refused, or None, and see that it happens or not as that says."""
    before, rest = made(event, lone(but)), (event, values(event, given), around(event, but))
    found = MODEL.refusal(before, *rest)
    assert (MODEL.apply(before, *rest) is None) == (found is not None)
    return found


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
    assert refusal(event, but, {}) is None


@pytest.mark.parametrize(("event", "case"), list(refused()))
def test_an_event_is_refused_with_the_words_of_the_guard_that_fails(event: str, case: Case) -> None:
    found = refusal(event, case["but"], case.get("values", {}))
    assert case["says"] == (found and found.says)


def test_every_event_is_tried() -> None:
    assert set(MODEL.events) == set(EVENTS)


@pytest.mark.parametrize("event", EVENTS)
def test_every_guard_refuses_once(event: str) -> None:
    """The guards that all events of a writer share are told apart below."""
    spec = MODEL.events[event].spec
    shared = {guard.says for guard in WRITERS.get(spec.spec.by, ())} if spec.spec.of == "pod" else set()
    assert {guard.says for guard in spec.guards} - shared <= {case["says"] for case in EVENTS[event]["cannot"]}


@pytest.mark.parametrize("writer", WRITERS)
def test_the_guards_of_a_writer_are_those_of_each_of_its_events_of_pods(writer: str) -> None:
    mine = [e.spec for e in MODEL.events.values() if (e.spec.spec.by, e.spec.spec.of) == (writer, "pod")]
    shared = WRITERS[writer]
    assert (len(mine), set()) == (sum(spec.guards[-len(shared) :] == shared for spec in mine), {spec.spec.event for spec in mine} - set(EVENTS))


@pytest.mark.parametrize("writer", WRITERS)
def test_every_guard_of_a_writer_refuses_once(writer: str) -> None:
    refused = {case["says"] for event, one in EVENTS.items() if MODEL.events[event].spec.spec.by == writer for case in one["cannot"]}
    assert {guard.says for guard in WRITERS[writer]} <= refused


def test_nobody_outside_the_node_sees_these_events() -> None:
    kubelet = {"relist", "take", "sync", "end_sync", "refuse", "refuse_pull", "sandbox_ready", "pick", "collect_sandbox", "collect_back_off"}
    probes = {"begin_probing", "begin_probing_early", "begin_startup", "give_up_startup", "give_up_readiness"}
    volumes = {"mount", "fail_mount", "unmount"}
    ending = {"begin_terminating", "take_later", "end_terminating", "begin_terminated", "end_terminated"}
    assert kubelet | probes | ending | volumes == set(MODEL.hidden)


def test_every_machine_starts_where_what_it_moves_is_new() -> None:
    program = MODEL.law.whole.program
    new = {"pod": life({"processes": [{}]}), "container": life({"processes": [{}]}), "node": Node("n"), "claim": Claim("n")}
    found = {name: state_of(new[m.spec.of], "c" if m.spec.of == "container" else "", m.spec.variable) for name, m in program.machines.items()}
    pod = {"deletion": "live", "manifest": "present", "sandbox": "none", "worker": "none", "volumes": "none"}
    container = {"instance": "none", "backoff": "none"}
    node = {"node_object": "present", "node_kubelet": "up", "node_ready": "True", "node_pressure": "none", "node_power": "on", "node_taint": "none"}
    expected = pod | container | node | {"claim": "present"}
    assert [expected, expected] == [found, {name: m.spec.initial for name, m in program.machines.items()}]
