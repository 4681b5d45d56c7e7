"""What a pod publishes of resizes in place, from the request of a client to the end."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pytest

from podlaw.errors import EventError
from podlaw.law import Law
from podlaw.oracle import Oracle
from podlaw.snapshot import Condition

ONE = {"requests": {"cpu": "1"}}
RESTARTS = [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]
NOTHING: tuple[str, str] = ("", "")


def lived(law: str = "1.36", **fields: Any) -> Oracle:
    """Return a pod of one container that runs and requests one cpu, ten seconds after it was created."""
    oracle = Oracle({"metadata": {"name": "web", "uid": "u"}, "spec": {"containers": [{"name": "app", "resources": ONE, **fields}]}}, law=Law(law), now=100)
    oracle.apply("wait", seconds=10)
    return oracle


def told(condition: Condition) -> str:
    """Return the reason of a condition, or that it has none, or nothing where there is no such condition."""
    return "" if condition.status == "absent" else condition.reason or "True"


def course(oracle: Oracle) -> list[tuple[str, str]]:
    """Return what was published of PodResizePending and PodResizeInProgress, one after the other."""
    shown = ((told(e.pod.PodResizePending), told(e.pod.PodResizeInProgress)) for e in oracle.history if e.pod is not None)
    return [one for one, _ in groupby(shown)]


def failing(oracle: Oracle) -> None:
    """Let the kubelet allocate, and the runtime fail once to carry it out."""
    oracle.eager = False
    for event in ("decide_resize", "relist", "sync"):
        oracle.apply(event)
    oracle.apply("fail_resize", container="app")
    oracle.eager = True


def test_a_resize_that_the_node_can_grant_is_in_progress_until_it_is_done_COND_12():
    oracle = lived()
    oracle.apply("resize", container="app", cpu="2")
    oracle.apply("decide_resize")
    assert [NOTHING, ("", "True"), NOTHING] == course(oracle)
    assert (2, "2", 0) == (oracle.pod.generation, oracle.life.processes[0].actuated, oracle.pod.app[0].restarts)


def test_a_resize_that_is_put_off_is_pending_until_there_is_room_COND_12():
    oracle = lived()
    oracle.apply("resize", container="app", cpu="2")
    oracle.apply("decide_resize", reason="Deferred")
    assert ("Deferred", 2) == (oracle.pod.PodResizePending.reason, oracle.pod.PodResizePending.observed)
    oracle.apply("decide_resize")
    assert [NOTHING, ("Deferred", ""), ("", "True"), NOTHING] == course(oracle)


def test_a_resize_that_is_infeasible_stays_so_until_another_is_asked_for_COND_12():
    oracle = lived()
    oracle.apply("resize", container="app", cpu="200")
    oracle.apply("decide_resize", reason="Infeasible")
    with pytest.raises(EventError, match="a resize is to be decided on"):
        oracle.apply("decide_resize")
    oracle.apply("resize", container="app", cpu="1")     # which takes it back
    oracle.apply("decide_resize")
    assert [NOTHING, ("Infeasible", ""), NOTHING] == course(oracle)
    assert (3, "1") == (oracle.pod.generation, oracle.life.processes[0].actuated)


def test_an_error_stays_until_the_resize_is_done_and_keeps_its_generation_COND_13():
    oracle = lived()
    oracle.apply("resize", container="app", cpu="2")
    failing(oracle)
    oracle.apply("set_deadline", seconds=3600)
    progress = [e.pod.PodResizeInProgress for e in oracle.history if e.pod is not None and e.pod.PodResizeInProgress.status == "True"]
    assert [NOTHING, ("", "True"), ("", "Error"), NOTHING] == course(oracle)
    assert ({2}, 3) == ({condition.observed for condition in progress}, oracle.pod.generation)


def test_one_resize_can_be_pending_while_another_is_in_progress_MISC_08():
    oracle = lived()
    oracle.apply("resize", container="app", cpu="2")
    failing(oracle)
    oracle.eager = False
    oracle.apply("end_sync")
    oracle.apply("resize", container="app", cpu="3")
    oracle.apply("decide_resize", reason="Deferred")
    oracle.eager = True
    oracle.apply("wait", seconds=0)
    assert ("Deferred", "Error") in course(oracle)
    assert ("Deferred", "2") == (oracle.pod.PodResizePending.reason, oracle.life.processes[0].actuated)


def test_a_resize_policy_restarts_the_container_after_its_hook_TERM_13():
    oracle = lived(resizePolicy=RESTARTS, lifecycle={"preStop": {"exec": {"command": ["drain"]}}})
    oracle.apply("resize", container="app", cpu="2")
    oracle.apply("decide_resize")
    assert ("hook", "True") == (oracle.life.processes[0].stop, told(oracle.pod.PodResizeInProgress))
    oracle.apply("pre_stop", container="app")
    oracle.apply("exit", container="app", code=143)
    assert [NOTHING, ("", "True"), NOTHING] == course(oracle)
    assert (1, "2") == (oracle.pod.app[0].restarts, oracle.life.processes[0].actuated)


@pytest.mark.parametrize(("law", "status"), [("1.33", "CrashLoopBackOff"), ("1.34", "Running")])
def test_the_back_off_of_a_resized_container_begins_anew_from_1_34_on_BACKOFF_07(law, status):
    oracle = lived(law)
    for _ in range(2):
        oracle.apply("exit", container="app", code=1)
    assert "CrashLoopBackOff" == oracle.law.columns(oracle.pod)["status"]
    oracle.apply("resize", container="app", cpu="2")
    oracle.apply("decide_resize")
    assert status == oracle.law.columns(oracle.pod)["status"]


def test_a_pod_that_has_stopped_has_no_condition_of_a_resize_COND_12():
    oracle = lived()
    oracle.apply("resize", container="app", cpu="2")
    oracle.apply("decide_resize", reason="Deferred")
    oracle.apply("delete", grace=30)
    assert ("Running", "Deferred") == (oracle.pod.phase, oracle.pod.PodResizePending.reason)
    oracle.apply("exit", container="app", code=0)
    assert [NOTHING, ("Deferred", ""), NOTHING] == course(oracle)


@pytest.mark.parametrize(("law", "gates"), [("1.31", {}), ("1.33", {"kubelet": {"InPlacePodVerticalScaling": False}})])
def test_nothing_is_resized_without_the_feature(law, gates):
    oracle = Oracle({"metadata": {"uid": "u"}, "spec": {"containers": [{"name": "app", "resources": ONE}]}}, law=Law(law, gates=gates))
    assert "resize" not in oracle.model.events
