"""Every rule can be broken: some tampered recording, museum case or real oddity gives a finding of each, the clean ones give none."""

import copy
import json
import shutil
from pathlib import Path

import pytest

from podlaw.errors import LawError
from podlaw.history.check import check
from podlaw.law import SPEC, Law
from podlaw.rules import Rule
from tamper_moment import condition, containers, later
from tampers import History, histories, tampers

DATA = Path(__file__).parent.parent / "data"
LAW = Law("1.36")
RECORDED = histories(DATA / "traces")
KUBELET = ("ContainersReady", "Initialized", "PodReadyToStartContainers", "PodScheduled", "Ready")


def earlier(kind):
    """Return an edit that sets a condition's last change a minute back."""

    def edit(pod, before):
        if not (condition(pod, kind).get("lastTransitionTime") and condition(before, kind).get("lastTransitionTime")):
            return False
        if kind == "Ready" and condition(before, kind)["status"] == "False" and "reason" not in condition(before, kind):
            return False
        return not condition(pod, kind).update(lastTransitionTime=later(condition(before, kind)["lastTransitionTime"], -60))

    return edit


def with_condition(kind, **fields):
    """Return an edit of one condition, where the pod has it."""
    return lambda pod, before: bool(condition(pod, kind)) and not condition(pod, kind).update(fields)


def without_condition(pod, kind):
    kept = [one for one in pod["status"].get("conditions", []) if one["type"] != kind]
    return bool(pod["status"].get("containerStatuses")) and not pod["status"].update(conditions=kept)


def probed(section):
    """Return an edit that gives a container of the spec a probe that it may not have."""

    def edit(pod, before):
        found = [one for _, one in containers(pod, section)]
        return bool(found) and not found[0].update(livenessProbe={"exec": {"command": ["true"]}})

    return edit


def ended(pod):
    every = [one for field in ("containerStatuses", "initContainerStatuses") for one in pod["status"].get(field, [])]
    return [one["state"]["terminated"] for one in every if "terminated" in one["state"]]


def deleted_earlier(pod, before):
    new, old = pod["metadata"], before.get("metadata", {})
    same = new.get("deletionGracePeriodSeconds") and new["deletionGracePeriodSeconds"] == old.get("deletionGracePeriodSeconds")
    return bool(same) and not new.update(deletionTimestamp=later(new["deletionTimestamp"], -5))


def nobody_lost(pod, before):
    made_up = [one for one in ended(pod) if "containerID" not in one]
    return bool(made_up) and not made_up[0].update(exitCode=1)


def ends_before_it_begins(pod, before):
    known = [one for one in ended(pod) if one.get("startedAt", "1970").startswith("2026") and "containerID" in one]
    return bool(known) and not known[0].update(startedAt=later(known[0]["finishedAt"], 5))


def reversed_ephemerals(pod, before):
    held = pod["status"].get("ephemeralContainerStatuses", [])
    return len(held) > 1 and not pod["status"].update(ephemeralContainerStatuses=held[::-1])


def rejected_but_initialized(pod, before):
    rejected = pod["status"]["phase"] == "Failed" and not pod["status"].get("containerStatuses") and "deletionTimestamp" not in pod["metadata"]
    return rejected and not pod["status"].update(conditions=[{"type": "Initialized", "status": "True"}])


def made_up_last(pod, before):
    every = [one for field in ("containerStatuses", "initContainerStatuses") for one in pod["status"].get(field, [])]
    made_up = [last for one in every if (last := one["lastState"].get("terminated")) and "containerID" not in last]
    return bool(made_up) and not made_up[0].update(exitCode=1)


def moved_in_the_hosts_network(pod, before):
    if not before.get("status", {}).get("podIP"):
        return False
    pod["spec"].update(hostNetwork=True)
    return not pod["status"].update(podIP="10.9.9.9", podIPs=[{"ip": "10.9.9.9"}])


def turned_away(pod):
    return "Pod was rejected: " in pod.get("status", {}).get("message", "")


def revived_stray():
    """A status of no container that ends and runs again, which no recording shows: two versions of one pod."""
    pod = {"metadata": {"uid": "u", "name": "web"}, "spec": {"containers": [{"name": "app"}]}}
    for state in ({"terminated": {"exitCode": 1}}, {"running": {}}):
        yield {"type": "MODIFIED", "object": {**pod, "status": {"containerStatuses": [{"name": "app"}, {"name": "stray", "state": state}]}}}


def resized():
    """The conditions of resizes, which no recording shows: each version of one pod breaks a rule of theirs, and the last has the old field."""
    pod = {"metadata": {"uid": "u", "name": "web", "generation": 4}, "spec": {"containers": [{"name": "app"}]}}
    versions = [("Deferred", "", 4), ("Infeasible", "Error", 4), ("Error", "Deferred", 4), ("Deferred", "", 3)]
    for place, (pending, progress, observed) in enumerate(versions):
        at = {"status": "True", "observedGeneration": observed, "lastTransitionTime": "2026-01-01T00:00:00Z"}
        listed = [{"type": "PodResizePending", "reason": pending, **at}, {"type": "PodResizeInProgress", "reason": progress, **at}]
        status = {"observedGeneration": 4, "conditions": listed, "resize": pending if place == len(versions) - 1 else ""}
        meta = {**pod["metadata"], "resourceVersion": str(place + 1)}
        yield {"type": "MODIFIED", "object": {**pod, "metadata": meta, "status": status}}


# What the generated tampers do not break: the beginning of the rule's sentence, and an edit that breaks it.
BY_HAND = {
    "The annotation that marks a mirror pod": lambda pod, before: (
        bool(before) and bool(pod["metadata"].get("annotations", {}).pop("kubernetes.io/config.mirror", ""))
    ),
    "A mirror pod is never unscheduled": lambda pod, before: (
        "kubernetes.io/config.mirror" in pod["metadata"].get("annotations", {}) and not pod["status"].update(observedGeneration=1)
    ),
    "Node selector and affinity change only": lambda pod, before: bool(before) and not pod["spec"].update(nodeSelector={"disk": "ssd"}),
    "An init container that runs to completion has no probes": probed("init"),
    "An ephemeral container has no probes": probed("ephemeral"),
    "The deletion timestamp moves only": deleted_earlier,
    "An observed generation is never taken back": lambda pod, before: (
        "observedGeneration" in before.get("status", {}) and bool(pod["status"].pop("observedGeneration", 0))
    ),
    "The host's address is the first": lambda pod, before: not pod["status"].update(hostIP="10.0.0.2", hostIPs=[{"ip": "10.0.0.1"}]),
    "No component has set the phase Unknown": lambda pod, before: not pod["status"].update(phase="Unknown"),
    "A pod has a reason of its own only once": lambda pod, before: pod["status"]["phase"] == "Running" and not pod["status"].update(reason="Evicted"),
    "The reason of a terminal pod stays": lambda pod, before: "reason" in before.get("status", {}) and bool(pod["status"].pop("reason", "")),
    "PodReadyToStartContainers is True or False": with_condition("PodReadyToStartContainers", reason="Because"),
    "A kubelet writes PodReadyToStartContainers": lambda pod, before: without_condition(pod, "PodReadyToStartContainers"),
    "DisruptionTarget names one of six reasons": with_condition("DisruptionTarget", reason="Because"),
    "AllContainersRestarting is True for one reason": with_condition("AllContainersRestarting", reason="Because"),
    "Every condition of the kubelet tells": lambda pod, before: bool(condition(pod, "Initialized").pop("lastTransitionTime", "")),
    "The statuses of ephemeral containers are sorted": reversed_ephemerals,
    "A mirror pod has no ephemeral containers": lambda pod, before: (
        "kubernetes.io/config.mirror" in pod["metadata"].get("annotations", {}) and not pod["spec"].update(ephemeralContainers=[{"name": "debug"}])
    ),
    "A rejected pod is Failed for a reason": lambda pod, before: turned_away(pod) and bool(pod["status"].pop("reason", "")),
    "A rejected pod keeps its phase": lambda pod, before: turned_away(before) and not pod["status"].update(message="Pod was rejected: otherwise"),
    "The first address of a pod in the host's network": lambda pod, before: (
        bool(before) and pod["spec"].get("hostNetwork", False) and not pod["status"].update(podIP="10.9.9.9", podIPs=[{"ip": "10.9.9.9"}])
    ),
    "A pod in the host's network keeps its addresses": moved_in_the_hosts_network,
    "A last state made up by the kubelet": made_up_last,
    "A termination made up for a lost container": nobody_lost,
    "A rejected pod has no condition": rejected_but_initialized,
    "A run ends after it began": ends_before_it_begins,
} | {f"The last change of {kind} " + ("moves back" if kind == "Ready" else "never moves back"): earlier(kind) for kind in KUBELET}


def edited(history: History, edit):
    """Yield the history once for each snapshot that the edit changes, with that snapshot's place."""
    for place, document in enumerate(history.documents):
        changed = copy.deepcopy(document)
        before = history.documents[place - 1]["object"] if place else {}
        if edit(changed["object"], before) and changed != document:
            yield place, [*history.documents[:place], changed, *history.documents[place + 1 :]]


def messages(report):
    return [finding.message for pod in report.pods for finding in pod.findings]


@pytest.mark.parametrize("sentence", sorted(BY_HAND))
def test_one_edit_of_a_recording_breaks_the_rule_there(sentence):
    place, documents = next(found for history in RECORDED for found in edited(history, BY_HAND[sentence]))
    found = [finding.index for pod in check(documents, LAW).pods for finding in pod.findings if finding.message.startswith(sentence)]
    assert found[:1] == [place]


def said(rule: Rule) -> str:
    return rule.spec.says.rstrip(".")


def test_every_rule_is_broken_by_some_history():
    broken = {text for tamper in tampers(DATA / "traces", 1500, 11) for text in messages(check(tamper.documents, LAW))}
    broken |= {text for case in (DATA / "museum").iterdir() for text in messages(check(case / "bad.jsonl", LAW))}
    broken |= {text for family in ("evict", "random") for text in messages(check(DATA / "traces" / family / "watch.jsonl.gz", LAW))}
    broken |= set(messages(check(revived_stray(), LAW))) | set(messages(check(resized(), LAW)))
    by_hand = tuple(BY_HAND)
    silent = [rule for rule in LAW.rules.rules if not said(rule).startswith(by_hand) and not any(text.startswith(said(rule)) for text in broken)]
    assert [f"{rule.spec.id}: {said(rule)}" for rule in silent] == []


def test_no_rule_cries_wolf_where_snapshots_are_missing():
    """Every second, and every third snapshot of each recorded pod, without their events: what `seen: gap` promises."""
    for step in (2, 3):
        for history in RECORDED:
            found = check([one["object"] for one in history.documents[::step]], LAW)
            assert [f.message for pod in found.pods for f in pod.findings if f.strength != "soft"] == []


def test_the_status_of_another_writer_is_judged_by_the_api_servers_rules_alone():
    bad = [json.loads(line) for line in (DATA / "museum" / "VK-136" / "bad.jsonl").read_text().splitlines()]
    for pod in bad:
        pod["metadata"]["managedFields"] = [{"manager": "virtual-kubelet", "time": "2018-04-16T09:00:00Z", "subresource": "status"}]
    assert (check(bad, LAW).verdict, check(bad[:3], LAW).verdict) == ("lawful", "lawful")
    for pod in bad:
        pod["metadata"]["managedFields"].append({"manager": "kubelet", "time": "2018-04-16T09:00:00Z", "subresource": "status"})
    report = check(bad, LAW)
    assert report.verdict == "unlawful"
    assert "another writer may" not in report.pods[0].findings[0].message


def test_after_a_bad_document_versions_may_be_missing():
    """A rule about adjacent versions is silent where a document between them could not be read."""
    history = next(one for one in RECORDED if len(one.documents) > 4)
    events = copy.deepcopy(history.documents[:3])
    events[2]["object"]["metadata"]["generation"] += 7
    assert "API-05" in [f.rule for pod in check(events, LAW).pods for f in pod.findings]
    assert "API-05" not in [f.rule for pod in check([*events[:2], {"no": "pod"}, events[2]], LAW).pods for f in pod.findings]


def test_an_older_version_is_no_step():
    history = next(one for one in RECORDED if len(one.documents) > 4)
    assert check([*history.documents, history.documents[0], history.documents[-1]], LAW).verdict == "lawful"


@pytest.fixture
def spec(tmp_path):
    """A copy of the law whose rules may be changed."""
    shutil.copytree(SPEC, tmp_path / "spec")
    return tmp_path / "spec"


RULE = "{{id: X-01, by: kubelet, promise: behaviour, seen: gap, says: It is so., source: here, {}}}"


def with_rule(spec: Path, fields: str) -> Path:
    (spec / "rules" / "own.yaml").write_text(f"rules:\n  - {RULE.format(fields)}\n")
    return spec


def test_once_remembers_what_held_before(spec):
    law = Law("1.36", spec=with_rule(spec, "then: \"not once(pod.phase == 'Running') or pod.phase != 'Pending'\""))
    history = next(one for one in RECORDED if "Running" in [d["object"]["status"]["phase"] for d in one.documents])
    pods = [one["object"] for one in history.documents]
    fallen = copy.deepcopy(pods[0])
    fallen["metadata"]["resourceVersion"] = ""
    assert "X-01" not in [f.rule for p in check(pods, law).pods for f in p.findings]
    assert (len(pods), "X-01") in [(f.index, f.rule) for p in check([*pods, fallen], law).pods for f in p.findings]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ("then: \"pod.phase == 'Runing'\"", r"rules/own\.yaml:2: 'Runing' is not a Phase; known are Failed"),
        ("then: \"old.phase == 'Running'\"", r"rules/own\.yaml:2: 'old' is not a name here"),
        ("each: pod.phase, then: c.ready", r"rules/own\.yaml:2: 'pod\.phase' is Phase, where \[Container\] is wanted"),
        ("then: pod.fase", r"rules/own\.yaml:2: Pod has no field 'fase'"),
    ],
)
def test_a_rule_that_names_what_is_not_there_is_an_error_of_the_law(spec, fields, words):
    with pytest.raises(LawError, match=words):
        Law("1.36", spec=with_rule(spec, fields))
