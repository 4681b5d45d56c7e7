"""A snapshot is the same pod whatever it comes from, and bad input is refused in one sentence."""

from __future__ import annotations

import copy
import json
from inspect import signature
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes import client

import agreement
from podlaw.errors import InputError
from podlaw.law import Law
from podlaw.snapshot import Snapshot, read, snapshot

POD: dict[str, Any] = {
    "apiVersion": "v1", "kind": "Pod",
    "metadata": {"name": "web", "namespace": "shop", "uid": "u1", "creationTimestamp": "2026-01-01T00:00:00Z"},
    "spec": {
        "restartPolicy": "Always", "nodeName": "node-a",
        "initContainers": [{"name": "setup", "image": "i"}, {"name": "mesh", "image": "i", "restartPolicy": "Always"}],
        "containers": [{"name": "app", "image": "i", "readinessProbe": {"exec": {}}}, {"name": "log", "image": "i"}],
    },
    "status": {
        "phase": "Running",
        "conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady", "lastTransitionTime": "2026-01-01T00:00:09Z"}],
        "initContainerStatuses": [
            {"name": "setup", "ready": True, "restartCount": 0, "image": "i", "imageID": "",
             "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}},
            {"name": "mesh", "ready": True, "started": True, "restartCount": 0, "image": "i", "imageID": "",
             "state": {"running": {"startedAt": "2026-01-01T00:00:02Z"}}},
        ],
        "containerStatuses": [
            {"name": "log", "ready": True, "started": True, "restartCount": 1, "image": "i", "imageID": "", "containerID": "c://2", "state": {"running": {}},
             "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-01-01T00:00:04Z"}}},
            {"name": "app", "ready": False, "restartCount": 3, "image": "i", "imageID": "", "state": {"waiting": {"reason": "CrashLoopBackOff"}}},
        ],
    },
}  # fmt: skip


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the pod with another value at a path; None takes the field away."""
    pod = copy.deepcopy(POD)
    place: Any = pod
    *parents, last = [int(p) if p.isdigit() else p for p in path.split(".")]
    for name in parents:
        place = place[name]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return pod


def test_containers_stand_in_the_order_of_the_spec_and_statuses_in_that_of_their_list() -> None:
    pod = snapshot(POD)
    assert [c.name for c in pod.app] == ["app", "log"]
    assert [c.name for c in pod.app_statuses] == ["log", "app"]
    assert [c.name for c in pod.regular] == ["setup"]
    assert [c.name for c in pod.main] == ["mesh", "app", "log"]
    assert [c.name for c in pod.all] == ["setup", "mesh", "app", "log"]


def test_a_status_is_joined_with_its_container() -> None:
    app, log = snapshot(POD).app
    assert (app.state, app.reason, app.restarts, app.readiness, app.last) == ("waiting", "CrashLoopBackOff", 3, True, "none")
    assert (log.state, log.last, log.last_code, log.last_reason, log.last_end) == ("running", "terminated", 137, "OOMKilled", "2026-01-01T00:00:04Z")


def test_a_container_without_a_status_is_absent_and_a_status_without_a_container_undeclared() -> None:
    pod = snapshot(changed("status.containerStatuses.0.name", "stray"))
    assert [(c.name, c.state) for c in pod.app] == [("app", "waiting"), ("log", "absent")]
    assert [(c.name, c.declared) for c in pod.app_statuses] == [("stray", False), ("app", True)]


def test_two_statuses_of_one_name_are_counted_and_the_first_is_joined() -> None:
    pod = snapshot(changed("status.containerStatuses.0.name", "app"))
    assert (pod.app[0].entries, pod.app[0].state) == (2, "running")


@pytest.mark.parametrize(("section", "known"), [({}, False), ({"containerStatuses": []}, True), ({"initContainerStatuses": []}, True)])
def test_an_empty_list_of_statuses_is_something_known_and_none_is_not(section: dict[str, Any], known: bool) -> None:
    assert snapshot({**POD, "status": {"phase": "Pending", **section}}).known is known


def test_a_state_with_no_member_is_unset_and_reads_as_waiting() -> None:
    pod = changed("status.containerStatuses.1.state", {})
    assert snapshot(pod).app[0].state == "unset"
    assert Law().columns(pod)["ready"] == "2/3"


def test_an_unknown_reason_and_a_negative_exit_code_are_legal() -> None:
    one = snapshot(changed("status.containerStatuses.1.state", {"terminated": {"exitCode": -1, "reason": "Vaporised"}})).app[0]
    assert (one.code, one.reason) == (-1, "Vaporised")


def test_explicit_nulls_are_absent_fields() -> None:
    pod = copy.deepcopy(POD)
    pod["metadata"].update(annotations=None, deletionTimestamp=None, finalizers=None)
    pod["spec"].update(ephemeralContainers=None, readinessGates=None)
    pod["status"].update(ephemeralContainerStatuses=None, podIPs=None, reason=None)
    pod["status"]["containerStatuses"][0]["state"]["waiting"] = None
    pod["status"]["containerStatuses"][1]["started"] = None
    for given_ in (snapshot(pod), read(json.dumps(pod))):
        assert law_sees(given_) == law_sees(snapshot(POD))


def law_sees(pod: Snapshot) -> object:
    law = Law()
    return pod.all, pod.conditions, law.phase(pod), law.conditions(pod), law.columns(pod)


class Response:
    """What the official client decodes; before version 36 it wanted the response, now its text."""

    def __init__(self, pod: dict[str, Any]) -> None:
        self.data = json.dumps(pod)


def official(pod: dict[str, Any]) -> object:
    """Return the pod as the official client has it."""
    decode = client.ApiClient().deserialize
    response = Response(pod)
    if "content_type" in signature(decode).parameters:
        return decode(response.data, "V1Pod", "application/json")
    return decode(response, "V1Pod")


def test_an_object_of_the_official_client_is_the_same_pod() -> None:
    assert law_sees(snapshot(official(POD))) == law_sees(snapshot(POD))


def test_recorded_pods_are_the_same_as_objects_of_the_official_client() -> None:
    for line in list(agreement.lines(agreement.DATA / "traces" / "sidecar" / "watch.jsonl.gz"))[::12]:
        assert law_sees(snapshot(official(line["object"]))) == law_sees(snapshot(line["object"]))


def test_text_bytes_and_dict_are_the_same_pod() -> None:
    text = json.dumps(POD)
    assert law_sees(read(text)) == law_sees(read(text.encode())) == law_sees(snapshot(POD))


def test_a_snapshot_is_its_own_snapshot() -> None:
    pod = snapshot(POD)
    assert snapshot(pod) is pod


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("kind", "Service", r"Invalid enum value 'Service' at kind; give a v1 Pod as kubectl get -o json prints it"),
        ("metadata", None, r"the required field 'metadata' is missing"),
        ("metadata.uid", None, r"the required field 'uid' is missing at metadata; give a v1 Pod"),
        ("spec", None, r"the required field 'spec' is missing"),
        ("spec.containers", None, r"the required field 'containers' is missing at spec"),
        ("spec.containers.0.name", None, r"the required field 'name' is missing at spec\.containers\[0\]"),
        ("spec.restartPolicy", "Sometimes", r"Invalid enum value 'Sometimes' at spec\.restartPolicy"),
        ("status.phase", "Runing", r"Invalid enum value 'Runing' at status\.phase"),
        ("status.conditions.0.status", "true", r"Invalid enum value 'true' at status\.conditions"),
        ("status.containerStatuses.0.restartCount", "1", r"Expected `int`, got `str` at status\.containerStatuses"),
        ("status.containerStatuses", {}, r"Expected `array \| null`, got `object` at status\.containerStatuses"),
        ("status.containerStatuses.0.state", {"running": {}, "waiting": {}}, r"container 'log' has two states at once; keep one of"),
    ],
)
def test_what_is_no_pod_is_refused_with_the_field_and_the_remedy(path: str, value: Any, sentence: str) -> None:
    pod = changed(path, value)
    with pytest.raises(InputError, match=sentence):
        snapshot(pod)
    with pytest.raises(InputError, match=sentence):
        read(json.dumps(pod))


@pytest.mark.parametrize("text", [b"", b"{", b"nonsense", b'{"metadata": {"uid": "u"', b'"\xff"', b"[" * 100_000, json.dumps(POD).encode()[:-5]])
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(InputError, match=r"not JSON|give a v1 Pod"):
        read(text)


@pytest.mark.parametrize("value", [None, 7, "pod", [], object(), {}, {"metadata": object()}])
def test_what_is_no_pod_at_all_is_refused(value: object) -> None:
    with pytest.raises(InputError):
        snapshot(value)


SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
JSON = st.recursive(SCALARS, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=5), v, max_size=3), max_leaves=8)
PLACES = [
    "metadata", "spec", "status", "metadata.uid", "spec.containers", "spec.containers.0", "status.phase", "status.conditions",
    "status.containerStatuses.0.state", "status.containerStatuses.0.lastState", "status.containerStatuses.1.restartCount", "status.initContainerStatuses",
]  # fmt: skip


@given(st.sampled_from(PLACES), JSON.filter(lambda value: value is not None))
def test_any_value_at_any_place_is_read_or_refused_in_one_sentence(path: str, value: Any) -> None:
    assert seen_or_refused(changed(path, value))


def seen_or_refused(pod: dict[str, Any]) -> object:
    try:
        return law_sees(snapshot(pod))
    except InputError as error:
        return str(error)
