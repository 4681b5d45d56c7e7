"""The preview of an upgrade: which pods at hand would publish differently, and the rows that make the difference."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podlaw.diff.pods import differences, preview
from podlaw.law import Law
from podlaw.snapshot import snapshot

DATA = Path(__file__).parent.parent / "data"
LAWS = {minor: Law(minor) for minor in ("1.28", "1.30", "1.31", "1.34", "1.35", "1.36")}
OLD, NEW = LAWS["1.31"], LAWS["1.36"]
SKEWED = Law(apiserver="1.36", kubelet="1.34")
WITHOUT_RULES = Law("1.36", gates={"kubelet": {"ContainerRestartRules": False}})
with gzip.open(DATA / "vectors" / "kubelet-1.36.jsonl.gz", "rt", encoding="utf-8") as file:
    PODS = [json.loads(line)["pod"] for line, _ in zip(file, range(600), strict=False)]
RUNS = {"state": {"running": {}}}
RULES = {"restartPolicy": "Never", "restartPolicyRules": [{"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}]}


def pod(uid="u-1", init=(), node="node-a", deleting=False, phase="Running", spec=None, **status):
    meta = {"name": "web", "namespace": "shop", "uid": uid} | ({"deletionTimestamp": "2026-01-01T00:00:00Z"} if deleting else {})
    containers = [{"name": "app", **(spec or {})}]
    listed = {"containerStatuses": [{"name": "app", **status}]} if status else {}
    listed |= {"initContainerStatuses": [{"name": "setup", **one} for one in init]} if init else {}
    inits = [{"name": "setup"} for _ in init]
    return {"metadata": meta, "spec": {"nodeName": node, "restartPolicy": "Never", "initContainers": inits, "containers": containers},
            "status": {"phase": phase, **listed}}  # fmt: skip


INITIALIZING = pod(init=[RUNS], **RUNS)  # PHASE-02: an init container runs again beside an app container
FAILED = pod(spec=RULES, state={"terminated": {"exitCode": 1, "reason": "Error"}})


def changes(one, old, new):
    return {field: (before.value, after.value) for field, before, after in differences(snapshot(one), old, new)}


@given(st.sampled_from(PODS), st.sampled_from(["1.28", "1.31", "1.36"]))
def test_no_pod_publishes_differently_under_the_same_law(one, minor):
    assert list(differences(snapshot(one), LAWS[minor], LAWS[minor])) == []


@given(st.sampled_from(PODS), st.sampled_from(["1.28", "1.31", "1.34"]))
def test_a_phase_differs_where_the_laws_compute_another_and_the_published_one_is_not_final(one, minor):
    old, shown = LAWS[minor], snapshot(one)
    differs = shown.phase not in ("Succeeded", "Failed") and (bool(shown.node) or shown.known) and old.phase(shown) != NEW.phase(shown)
    assert ({"phase": (old.phase(shown), NEW.phase(shown))} if differs else {}) == {k: v for k, v in changes(one, old, NEW).items() if k == "phase"}


@given(st.sampled_from(PODS))
def test_columns_alone_follow_a_newer_api_server(one):
    columns = {name.upper(): (str(value), str(SKEWED.columns(one)[name])) for name, value in LAWS["1.34"].columns(one).items()}
    assert {name: values for name, values in columns.items() if values[0] != values[1]} == changes(one, LAWS["1.34"], SKEWED)


def test_the_vectors_hold_pods_of_which_each_kind_of_value_differs():
    found = {field for one in PODS for field in changes(one, LAWS["1.28"], NEW)}
    assert {"phase", "ContainersReady", "Ready", "Initialized", "STATUS"} <= found


def test_a_pod_that_initializes_again_is_pending_since_1_32_PHASE_02():
    (field, old, new), *_ = differences(snapshot(INITIALIZING), OLD, NEW)
    assert (field, old.value, old.rules, old.row) == ("phase", "Running", ("PHASE-05",), "some-running")
    assert (new.value, new.rules, new.row, new.says) == ("Pending", ("PHASE-02",), "initializing", "an init container has not completed")


def test_conditions_follow_the_phase_that_each_law_gives():
    assert changes(FAILED, NEW, WITHOUT_RULES) == {
        "phase": ("Running", "Failed"),
        "ContainersReady": ("False (ContainersNotReady)", "False (PodFailed)"),
        "Ready": ("False (ContainersNotReady)", "False (PodFailed)"),
    }


def test_columns_follow_the_phase_that_each_law_gives_where_no_container_speaks():
    waits = {"state": {"waiting": {}}, "lastState": {"terminated": {"exitCode": 1}}}
    found = changes(pod(spec=RULES, **waits), NEW, WITHOUT_RULES)
    assert (found["phase"], found["STATUS"]) == (("Running", "Failed"), ("Running", "Failed"))


def test_initialized_stays_true_where_containers_restart_in_place_COND_03():
    one = pod(init=[{"state": {"waiting": {}}}], state={"waiting": {}})
    one["status"]["conditions"] = [{"type": "Initialized", "status": "True"}]
    ((field, old, new),) = differences(snapshot(one), LAWS["1.35"], NEW)
    assert (field, old.value, old.row) == ("Initialized", "False (ContainersNotInitialized)", "incomplete")
    assert (new.value, new.row) == ("True", "sticky")


def test_a_final_phase_stays():
    assert changes({**FAILED, "status": {**FAILED["status"], "phase": "Failed"}}, NEW, WITHOUT_RULES) == {}


def test_of_a_deleted_pod_also_the_phase_after_its_containers_were_stopped_is_told():
    ended = {"state": {"terminated": {"exitCode": 0}}}
    found = changes(pod(init=[{"state": {"terminated": {"exitCode": 0}}, "ready": True}], deleting=True, **ended), OLD, NEW)
    assert found == {}
    found = changes(pod(init=[{"state": {"waiting": {}}}], deleting=True, **ended), OLD, NEW)
    assert (found["phase"], found["phase once stopped"]) == (("Succeeded", "Pending"), ("Succeeded", "Pending"))


def test_a_completed_pod_that_is_deleted_says_so_since_1_31_COL_10():
    done = pod(deleting=True, phase="Succeeded", state={"terminated": {"exitCode": 0, "reason": "Completed"}})
    (field, old, new) = next(iter(differences(snapshot(done), LAWS["1.30"], OLD)))
    assert (field, old.value, old.row, new.value, new.row) == ("STATUS", "Terminating", "deleting-any", "Completed", "app")


@pytest.mark.parametrize(("node", "fields"), [("", set()), ("node-a", {"Ready", "ContainersReady"})])
def test_no_kubelet_writes_of_a_pod_without_node(node, fields):
    bare = pod(node=node, phase="Pending")
    assert fields == set(changes(bare, LAWS["1.34"], LAWS["1.35"]))


def test_a_change_is_told_once_for_all_snapshots_of_a_pod():
    result = preview([INITIALIZING, INITIALIZING, pod(uid="u-2", **RUNS), {"kind": "Pod"}], OLD, NEW)
    assert (result.pods, [(c.uid, c.field, c.line) for c in result.changes]) == (2, [("u-1", "phase", 1)])
    assert len(result.errors) == 1
