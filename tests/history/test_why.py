"""An explanation names the row that decides, the fields it read, what may come next, and what the object cannot say."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podlaw.errors import InputError, LawError
from podlaw.history.why import as_json, as_text, why
from podlaw.law import Law
from podlaw.snapshot import snapshot

DATA = Path(__file__).parent.parent / "data"
LAWS = {version: Law(version) for version in ("1.28", "1.32", "1.36")}
LAW = LAWS["1.36"]
with gzip.open(DATA / "vectors" / "kubelet-1.36.jsonl.gz", "rt", encoding="utf-8") as file:
    PODS = [json.loads(line)["pod"] for line, _ in zip(file, range(600), strict=False)]


def pod(phase="Running", reason="", deleting=False, node="node-a", policy="Always", finalizers=(), gates=(), probe="", source="api", **status):
    meta = {"name": "web", "namespace": "shop", "uid": "u", "finalizers": list(finalizers), "annotations": {"kubernetes.io/config.source": source}}
    meta |= {"deletionTimestamp": "2026-01-01T00:00:00Z"} if deleting else {}
    container = {"name": "app", **({probe: {}} if probe else {})}
    spec = {"nodeName": node, "restartPolicy": policy, "containers": [container], "schedulingGates": [{"name": g} for g in gates]}
    statuses = [{"name": "app", "containerID": "c://1", **status}] if status else []
    return {"metadata": meta, "spec": spec, "status": {"phase": phase, "reason": reason, "containerStatuses": statuses}}


def waiting(message, **last):
    return {"state": {"waiting": {"reason": "CrashLoopBackOff", "message": message}}, "lastState": {"terminated": {"exitCode": 3, **last}}, "restartCount": 4}


ENDED, FAILED = {"state": {"terminated": {"exitCode": 0}}}, {"state": {"terminated": {"exitCode": 7}}}
RUNS = {"state": {"running": {}}, "ready": True, "started": True}
UNREADY = {**RUNS, "ready": False}


def fact(reading, name):
    return next(f for f in reading.facts if f.name == name)


@given(st.sampled_from(PODS), st.sampled_from(sorted(LAWS)), st.booleans(), st.booleans())
def test_the_row_said_to_decide_gives_the_value_of_the_derivation(one, version, stopped, active):
    law, one = LAWS[version], snapshot(one)
    for table, arguments in (("phase", (one, stopped, active)), ("ready", (one, one.phase)), ("initialized", (one, one.phase, "True"))):
        only = law.decide(table, *arguments)
        outputs = {name: tree.value for name, tree in only.then.items() if hasattr(tree, "value")}
        result = law.functions[table](*arguments)
        assert outputs == ({"value": result} if table == "phase" else result._asdict())


def test_an_unknown_derivation_is_one_sentence():
    with pytest.raises(LawError, match=r"'phases' is not a derivation of Law.*known are .*phase"):
        LAW.decide("phases")


@pytest.mark.parametrize("version", LAWS)
def test_every_random_pod_has_an_explanation_with_the_values_of_the_law(version):
    for one in PODS[:150]:
        reading = why(one, LAWS[version])
        assert reading.facts[0].value == LAWS[version].phase(one)
        assert fact(reading, "STATUS").value == LAWS[version].columns(one)["status"]


def test_a_crash_loop_is_traced_to_its_container_and_fields():
    reading = why(pod(**waiting("back-off 40s restarting failed container=app")), LAW)
    assert fact(reading, "phase").row == "will-restart"
    assert fact(reading, "phase").because[:2] == ["container app: state is waiting", "container app: lastState is terminated"]
    assert "container app: state.waiting.reason is CrashLoopBackOff" in fact(reading, "STATUS").because
    assert fact(reading, "Ready").because == ["container app: ready is false"]


@pytest.mark.parametrize(
    ("message", "earliest"),
    [
        ("back-off 40s restarting failed container=app", "2026-01-01T00:00:40Z"),
        ("back-off 2m40s restarting failed container=app", "2026-01-01T00:02:40Z"),
        ("back-off 5m0s restarting failed container=app", "2026-01-01T00:05:00Z"),
    ],
)
def test_the_earliest_next_start_is_the_last_end_plus_the_delay_of_the_message_BACKOFF_01(message, earliest):
    assert [s.earliest for s in why(pod(**waiting(message, finishedAt="2026-01-01T00:00:00Z")), LAW).starts] == [earliest]


@pytest.mark.parametrize("message", ["", "back-off restarting failed container", "Back-off pulling image"])
def test_a_message_without_a_delay_tells_no_next_start(message):
    assert why(pod(**waiting(message, finishedAt="2026-01-01T00:00:00Z")), LAW).starts == []


def test_a_back_off_without_an_end_tells_no_next_start():
    assert why(pod(**waiting("back-off 40s restarting failed container=app")), LAW).starts == []


def test_an_end_that_is_no_instant_is_one_sentence():
    with pytest.raises(InputError, match=r"'yesterday' at lastState.terminated.finishedAt is not an instant"):
        why(pod(**waiting("back-off 40s restarting failed container=app", finishedAt="yesterday")), LAW)


def test_the_next_events_are_derived_from_the_edited_pod():
    changes = {c.event: c.changes for c in why(pod(policy="Never", **RUNS), LAW).next}
    assert "phase: Running -> Succeeded" in changes["app exits with 0"]
    assert "phase: Running -> Failed" in changes["app exits with 1"]
    assert "READY: 1/1 -> 0/1" in changes["app becomes unready"]
    assert changes["the pod is deleted"] == ["STATUS: Running -> Terminating"]


def test_a_waiting_container_may_start_and_then_counts_one_restart_more():
    assert "RESTARTS: 4 -> 5" in {c.event: c.changes for c in why(pod(**waiting("")), LAW).next}["app starts"]


def test_nothing_comes_after_a_terminal_phase():
    assert why(pod("Succeeded", policy="Never", **ENDED), LAW).next == []


@pytest.mark.parametrize(
    ("given_", "row"),
    [
        (pod(**RUNS), "same"),
        (pod("Failed", "Evicted", **RUNS), "forced"),
        (pod("Succeeded", **ENDED), "stopped"),
        (pod("Failed", deleting=True), "removed"),
        (pod("Failed", deleting=True, source="file"), "final"),
        (pod("Failed", **RUNS), "final"),
        (pod("Succeeded", **RUNS), "final"),
        (pod("Succeeded", "NodeLost", **RUNS), "final"),
        (pod("Running", policy="Never", **ENDED), "delayed"),
        (pod("Running", policy="Never", **FAILED), "delayed"),
        (pod("Running", policy="Never", deleting=True, **ENDED), "delayed"),
        (pod("Pending", **RUNS), "unexplained"),
    ],
)
def test_a_published_phase_that_differs_has_its_reason_PHASE_21_24_30(given_, row):
    one = snapshot(given_)
    line = LAW.decide("phase_difference", one, LAW.phase(one), LAW.phase(one, stopped=True))
    assert line.row == row
    assert (why(given_, LAW).difference == "") == (row == "same")


@pytest.mark.parametrize(
    ("given_", "row", "command"),
    [
        (pod("Pending", node="", gates=["wait"]), "gated", "kubectl get pod web -n shop --show-managed-fields -o yaml"),
        (pod("Pending", node=""), "unscheduled", "kubectl get events -n shop --field-selector involvedObject.name=web"),
        (pod(deleting=True, finalizers=["a/b"], **RUNS), "finalizers", "kubectl get pod web -n shop --show-managed-fields -o yaml"),
        (pod(deleting=True, **RUNS), "node", "kubectl get node node-a"),
        (pod(reason="NodeLost", **RUNS), "node", "kubectl get node node-a"),
        (pod(finalizers=["a/b"], **RUNS), "nothing", ""),
        (pod(**RUNS), "nothing", ""),
    ],
)
def test_what_the_object_cannot_say_about_the_pod_has_a_command(given_, row, command):
    one = snapshot(given_)
    assert (LAW.decide("pod_unsaid", one).row, LAW.functions["pod_unsaid"](one).command) == (row, command)


@pytest.mark.parametrize(
    ("given_", "row", "command"),
    [
        (pod(), "unseen", ""),
        (pod(state={}), "unseen", ""),
        (pod(**waiting("")), "crashed", "kubectl logs web -n shop -c app --previous"),
        (pod("Pending", state={"waiting": {"reason": "ImagePullBackOff"}}), "waiting", "kubectl get events -n shop --field-selector involvedObject.name=web"),
        (pod(**FAILED), "ended", "kubectl logs web -n shop -c app"),
        (pod(probe="readinessProbe", **UNREADY), "unready", "kubectl get events -n shop --field-selector involvedObject.name=web"),
        (pod(probe="startupProbe", **UNREADY), "unready", "kubectl get events -n shop --field-selector involvedObject.name=web"),
        (pod(probe="livenessProbe", **UNREADY), "nothing", ""),
        (pod(probe="readinessProbe", **RUNS), "nothing", ""),
        (pod(probe="readinessProbe", **ENDED), "nothing", ""),
        (pod(**RUNS, lastState={"terminated": {"exitCode": 1}}), "nothing", ""),
        (pod(**ENDED), "nothing", ""),
    ],
)
def test_what_the_object_cannot_say_about_a_container_has_a_command(given_, row, command):
    one = snapshot(given_)
    assert (LAW.decide("container_unsaid", one, one.app[0]).row, LAW.functions["container_unsaid"](one, one.app[0]).command) == (row, command)


def test_text_and_json_say_the_same_values():
    reading = why(pod(**waiting("back-off 40s restarting failed container=app", finishedAt="2026-01-01T00:00:00Z")), LAW)
    decoded, text = json.loads(as_json([reading])), as_text([reading])
    assert decoded["starts"] == [{"container": "app", "delay": 40.0, "earliest": "2026-01-01T00:00:40Z"}]
    assert all(f["value"] in text and f["row"] in text for f in decoded["facts"])
    assert [r["name"] for r in json.loads(as_json([reading, reading]))] == ["web", "web"]


def test_control_characters_of_an_object_never_reach_the_terminal():
    hostile = pod(state={"waiting": {"reason": "\x1b[2J\x07", "message": ""}})
    assert "\x1b" not in as_text([why(hostile, LAW)])
    assert "\x07" not in as_text([why(hostile, LAW)])
