"""A kubelet that ends a pod by itself, or rejects what it ran, is found by a replay that sees only what a recording shows."""

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from podlaw.history.replay import Observed, Replayed, replayed
from podlaw.history.replay.restarts import Silence, settled
from podlaw.history.replay.writes import fates, written
from podlaw.law import Law
from podlaw.model import Model
from podlaw.oracle import Oracle
from podlaw.snapshot import Snapshot

LAW = Law("1.36")
MODEL = Model(LAW)
SHOWN = ("create_sandbox", "create", "start", "stop", "stop_sandbox", "exit", "stop_kubelet", "start_kubelet")     # the last two by a silence
NOT_DISRUPTED = {"reason": "Evicted", "disruption": False, "grace": 1}
DISRUPTED = [{"reason": reason, "disruption": True, "grace": 20} for reason in ("Evicted", "Preempting", "Terminated")]
ENDED = [{**NOT_DISRUPTED, "disruption": True}, NOT_DISRUPTED, *DISRUPTED]


def begun(**container: Any) -> tuple[Oracle, Snapshot]:
    """Return a pod that runs, and as it was created."""
    oracle, first = bound(**container)
    oracle.eager = True
    oracle.apply("wait", seconds=3)
    return oracle, first


def bound(**container: Any) -> tuple[Oracle, Snapshot]:
    """Return a pod that has been created for a node."""
    spec = {"nodeName": "n", "restartPolicy": "Always", "containers": [{"name": "app", **container}]}
    oracle = Oracle({"metadata": {"name": "p", "uid": "u", "generation": 1}, "spec": spec}, law=LAW, eager=False, now=1_800_000_000.0)
    return oracle, oracle.pod


def observed(oracle: Oracle, first: Snapshot) -> Iterator[Observed]:
    """Yield what a recording shows of a life."""
    last = first
    yield Observed(oracle.history[0].time, "ADDED", {}, first)
    for entry in oracle.history:
        if entry.event in SHOWN:
            yield Observed(entry.time, entry.event, dict(entry.values))
        if entry.pod is None:
            return (yield Observed(entry.time, "DELETED", {}, last))
        if entry.pod != last:
            last = entry.pod
            yield Observed(entry.time, "MODIFIED", {}, last)


def judged(seen: list[Observed]) -> Replayed:
    return replayed(MODEL, "p", "u", seen)


def evicted(code: int, **values: Any) -> list[Observed]:
    """Return what a recording shows of a pod that its kubelet ends, and whose container ends with some code."""
    oracle, first = begun()
    oracle.apply("evict", **values)
    oracle.apply("wait", seconds=1)
    oracle.apply("exit", container="app", code=code)
    oracle.apply("wait", seconds=30)
    oracle.apply("delete", grace=30)
    return list(observed(oracle, first))


def rejected_again() -> list[Observed]:
    """Return what a recording shows of a pod that runs, and that its kubelet rejects after a restart."""
    oracle, first = begun()
    oracle.apply("stop_kubelet")
    oracle.apply("wait", seconds=5)
    oracle.eager = False
    for event in ("start_kubelet", "relist", "reject", "pick", "publish"):
        oracle.apply(event, **({"reason": "NodeAffinity"} if event == "reject" else {}))
    oracle.eager = True
    oracle.apply("wait", seconds=1)
    oracle.apply("exit", container="app", code=143)
    return list(observed(oracle, first))


@pytest.mark.parametrize("code", [0, 137])
@pytest.mark.parametrize("values", ENDED, ids=[", ".join(map(str, one.values())) for one in ENDED])
def test_a_pod_that_its_kubelet_ended_agrees(values, code):
    """TERM-42, TERM-44, ADMIT-05: the last write tells why it was stopped, unless it ended with 0 and was not disrupted."""
    result = judged(evicted(code, **values))
    assert (values == NOT_DISRUPTED and code == 0) == bool(result.disagreements)


def test_without_a_reason_nothing_explains_that_a_kubelet_stops_a_pod():
    seen = [replace(o, pod=replace(o.pod, reason="")) if o.pod is not None else o for o in evicted(137, **NOT_DISRUPTED)]
    assert [d.event for d in judged(seen).disagreements][:1] == ["stop"]


def test_a_pod_that_is_rejected_after_a_restart_agrees():
    """ADMIT-02: its statuses are wiped while its phase waits, come back, and it has failed once it has stopped."""
    seen = rejected_again()
    published = [(o.pod.phase, o.pod.app[0].state) for o in seen if o.pod is not None]
    assert published[-4:] == [("Running", "running"), ("Running", "absent"), ("Running", "running"), ("Failed", "terminated")]
    assert judged(seen).disagreements == ()


def test_a_pod_is_not_rejected_by_a_kubelet_that_runs_on():
    """ADMIT-01: a kubelet admits a pod once."""
    assert judged([o for o in rejected_again() if not o.event.endswith("_kubelet")]).disagreements


def test_each_end_of_a_pod_is_tried_once_however_often_it_is_published():
    """Every further one would double what a replay follows."""
    seen = evicted(137, **DISRUPTED[0])
    shown = [one for one in written(seen) if one.pod.DisruptionTarget.status == "True"]
    assert (True, [("evict", {**DISRUPTED[0], "grace": grace}) for grace in (1, 20, 30)]) == (len(shown) > 1, list(fates(shown, [20])))


def test_a_kubelet_may_have_started_before_it_first_acts():
    """TERM-18: the grace period of 3 s begins 1 s before the first write, and the hook that hangs is given up with its end."""
    oracle, first = begun(lifecycle={"preStop": {"exec": {"command": ["hang"]}}})
    stopped = oracle.history[-1].time
    oracle.apply("stop_kubelet")
    oracle.apply("wait", seconds=5)
    oracle.apply("delete", grace=3)
    oracle.eager = False
    for event, values in (("start_kubelet", {}), ("relist", {}), ("begin_terminating", {}), ("pick", {}), ("wait", {"seconds": 1}), ("publish", {})):
        oracle.apply(event, **values)
    acted = oracle.history[-1].time
    oracle.apply("wait", seconds=2)
    oracle.apply("stop", container="app", timeout=2)
    seen = [o for o in observed(oracle, first) if not o.event.endswith("_kubelet")]
    assert judged(Silence(stopped, acted).restarted(seen)).disagreements == ()
    assert [d.event for d in judged([o for o in Silence(stopped, acted).restarted(seen) if o.event != "may_start_kubelet"]).disagreements] == ["stop"]


def test_a_pod_that_is_created_and_deleted_while_no_kubelet_runs_waits_for_the_next():
    """PHASE-28: a kubelet that runs terminates it at once."""
    oracle, first = bound()
    for event, values in (("stop_kubelet", {}), ("wait", {"seconds": 5}), ("delete", {"grace": 2}), ("wait", {"seconds": 60}), ("start_kubelet", {})):
        oracle.apply(event, **values)
    oracle.eager = True
    oracle.apply("wait", seconds=3)
    seen = [o for o in observed(oracle, first) if not o.event.endswith("_kubelet")]
    silence = Silence(seen[0].time - 10, seen[2].time)
    assert [()] == [one.disagreements for one in settled({("p", "u"): seen}, [silence], lambda key, shown: judged(shown)).values()]
    assert [seen[2].time] == [d.time for d in judged(seen).disagreements][:1]
