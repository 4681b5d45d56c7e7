"""What the API server refuses is refused in its own words, and nothing else is: every entry of the validation by itself."""

from __future__ import annotations

import gzip
import json
import shutil
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from kubernetes import client
from msgspec.structs import replace

from podlaw import InputError, Law, LawError, Oracle
from podlaw.law import SPEC
from podlaw.requests import merged
from podlaw.snapshot import snapshot
from podlaw.testing.strategies import manifests
from podlaw.validation import Refused, Validator, named, validation
from test_law import spoil

DATA = Path(__file__).parent / "data"
Case = dict[str, Any]
CASES: dict[str, list[Case]] = yaml.safe_load((DATA / "validation.yaml").read_text(encoding="utf-8"))
UPDATES: dict[str, list[Case]] = yaml.safe_load((DATA / "updates.yaml").read_text(encoding="utf-8"))
REFUSALS = [pytest.param(case, id=case["refusal"]) for case in CASES["refusals"]]
FILE = "validation.yaml"


@cache
def law(given: str) -> Law:
    options = json.loads(given)
    return Law(options.get("version", "1.36"), gates={"apiserver": options.get("gates", {})})


def own(case: Case) -> Law:
    return law(json.dumps(case.get("law", {})))


def pod(spec: Case) -> Case:
    def ranged(value: Any) -> Any:
        """A list of many numbers is written as their count."""
        if isinstance(value, dict):
            return list(range(value["range"])) if set(value) == {"range"} else {key: ranged(part) for key, part in value.items()}
        return [ranged(part) for part in value] if isinstance(value, list) else value

    meta, rest = spec.get("metadata", {}), {key: part for key, part in spec.items() if key != "metadata"}
    return {"metadata": {"name": "pod", "uid": "u", **meta}, "spec": {"containers": [{"name": "app"}], **ranged(rest)}}


def sentences(case: Case, spec: Case) -> list[str]:
    return [str(one) for one in own(case).validate(pod(spec))]


@pytest.mark.parametrize("case", REFUSALS)
def test_a_manifest_that_breaks_one_entry_is_refused_with_field_and_reason(case: Case) -> None:
    assert case["refused"] == sentences(case, case["spec"])


@pytest.mark.parametrize("case", REFUSALS)
def test_a_manifest_that_comes_close_is_accepted(case: Case) -> None:
    assert [[]] * len(case["keeps"]) == [sentences(case, spec) for spec in case["keeps"]]


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_names_the_rules_of_its_entry_and_no_other_refuses_the_manifest(case: Case) -> None:
    entries = [one.entry for one in own(case).validator.entries if named(one.entry.spec) == case["refusal"] and hasattr(one.entry.spec, "refusal")]
    listed = {(one.spec.id,) if isinstance(one.spec.id, str) else tuple(one.spec.id) for one in entries}
    assert case["refusal"] == "mount-unnamed" or listed == {one.rules for one in own(case).validate(pod(case["spec"]))}


def test_every_entry_of_the_law_has_a_case() -> None:
    later = {"ephemeral-target", "ephemeral-field", "ephemeral-subpath"}  # a manifest to create has no ephemeral container; see updates.yaml
    have = {case[kind[:-1]] for kind in ("drops", "defaults", "refusals") for case in CASES[kind]} | later
    assert have == {named(entry.spec) for entry in Law().whole.validation.entries}


@pytest.mark.parametrize("case", CASES["drops"], ids=lambda case: case["drop"])
def test_what_a_disabled_feature_would_read_is_dropped(case: Case) -> None:
    assert case["becomes"] == part(own(case).admit(pod(case["spec"])), case["becomes"])
    assert case["becomes"] != part(pod(case["spec"]), case["becomes"])


@pytest.mark.parametrize("case", CASES["defaults"], ids=lambda case: case["default"])
def test_what_is_not_given_becomes_the_default(case: Case) -> None:
    assert case["becomes"] == part(own(case).admit(pod(case["spec"])), case["becomes"])
    assert case["keeps"] == part(own(case).admit(pod(case["keeps"])), case["keeps"])


def part(made: Case, wanted: Case) -> Case:
    """Return those fields of the spec that a case speaks of."""
    return {name: made["spec"].get(name) for name in wanted}


@pytest.mark.parametrize("case", [one for one in REFUSALS if one.id != "mount-unnamed"])
def test_without_its_entry_nothing_else_refuses_what_it_does(case: Case) -> None:
    """Each entry is needed: a mount without a name is the one thing that two of them refuse."""
    whole = own(case).whole.validation
    fewer = replace(whole, entries=tuple(one for one in whole.entries if named(one.spec) != case["refusal"] or not hasattr(one.spec, "refusal")))
    assert [] == Validator(fewer, own(case).selection).admit(pod(case["spec"]))[1]


# ---- what is real, and what is random


def recorded() -> dict[str, list[Any]]:
    """Return the versions of every recorded pod; a real API server of 1.36.2 accepted them all."""
    found: dict[str, list[Any]] = {}
    for path in sorted((DATA / "traces").glob("*/watch.jsonl.gz")):
        for line in gzip.decompress(path.read_bytes()).splitlines():
            event = json.loads(line)
            if event["object"].get("kind") == "Pod" and event["type"] != "DELETED":
                found.setdefault(event["object"]["metadata"]["uid"], []).append(event["object"])
    return found


def test_no_recorded_manifest_is_refused_or_changed() -> None:
    pods, newest = [versions[0] for versions in recorded().values()], Law("1.36")
    refused = {one["metadata"]["name"]: list(map(str, found)) for one in pods if (found := newest.validate(one))}
    assert ({}, []) == (refused, [one["metadata"]["name"] for one in pods if newest.admit(one)["spec"] != one["spec"]])
    assert len(pods) > 200


def endpoint(old: Any, new: Any) -> str:
    """Return through which endpoint a recorded change came; a binding changes the node, which no update does."""
    added = new["spec"].get("ephemeralContainers") != old["spec"].get("ephemeralContainers")
    bound = new["spec"].get("nodeName") != old["spec"].get("nodeName")
    return "ephemeralcontainers" if added else "status" if bound or new["spec"] == old["spec"] else "pod"


def test_no_recorded_update_is_refused() -> None:
    steps, newest = [(endpoint(old, new), new, old) for versions in recorded().values() for old, new in pairwise(versions)], Law("1.36")
    assert [] == [(new["metadata"]["name"], through, str(found[0])) for through, new, old in steps if (found := newest.validate(new, old, through))]
    assert {"pod", "status", "ephemeralcontainers"} == {through for through, *_ in steps}


@given(manifest=manifests())
def test_a_drawn_manifest_is_accepted(manifest: Case) -> None:
    assert [] == law("{}").validate(manifest)


@given(manifest=manifests(law=Law("1.28")))
def test_a_manifest_drawn_for_an_older_law_is_accepted_by_it(manifest: Case) -> None:
    assert [] == law('{"version": "1.28"}').validate(manifest)


# ---- the surface


def test_a_refusal_has_its_parts() -> None:
    ports = [{"containerPort": 1, "hostPort": 80}, {"containerPort": 2, "hostPort": 80}]
    expected = Refused("spec.containers[0].ports[1].hostPort", "Duplicate value", '"TCP//80"', "", ("NET-04",))
    assert [expected] == Law("1.36").validate({"spec": {"containers": [{"name": "app", "ports": ports}]}})


def test_an_oracle_does_not_begin_with_a_pod_that_would_be_refused() -> None:
    sentence = r'the API server refuses the pod: spec.restartPolicy: Unsupported value: "Sometimes": .* \(API-06\); correct the manifest'
    with pytest.raises(InputError, match=sentence):
        Oracle(pod({"restartPolicy": "Sometimes"}))


def test_many_refusals_are_told_in_one_sentence_that_counts_the_rest() -> None:
    with pytest.raises(InputError, match=r"^[^;]+;[^;]+;[^;]+; and 1 more; correct the manifest$"):
        Oracle(pod({"containers": [{"name": ""}, {"name": ""}, {"name": ""}, {"name": ""}]}))


def test_an_oracle_takes_a_published_pod_as_it_is() -> None:
    debugged = snapshot({"metadata": {"uid": "u"}, "spec": {"containers": [{"name": "app"}], "ephemeralContainers": [{"name": "debug"}]}})
    assert Oracle(debugged).pod.phase == "Running"


def test_an_oracle_lives_the_pod_that_the_api_server_stores() -> None:
    off = Law("1.36", gates={"apiserver": {"ContainerRestartRules": False}})
    made = Oracle(pod({"containers": [{"name": "app", "restartPolicy": "Never"}]}), law=off)
    assert (None, "Always", 30) == (made.pod.app[0].policy, made.pod.policy, made.pod.grace)


def test_a_client_object_is_a_manifest() -> None:
    bad = client.V1Pod(spec=client.V1PodSpec(containers=[client.V1Container(name="App")]))
    assert ["spec.containers[0].name"] == [one.field for one in Law("1.36").validate(bad)]


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (None, r"Expected `object`, got `null` at the document; give a v1 Pod"),
        ({"spec": {"containers": [{"name": 7}]}}, r"Expected `str`, got `int` at spec.containers\[0\].name; give a v1 Pod"),
        ({"spec": {"containers": [{"name": "a", "ports": [{"hostPort": "80"}]}]}}, r"Expected `int`, got `str` at spec.containers\[0\].ports\[0\].hostPort"),
    ],
)
def test_what_cannot_be_read_is_named(document: Any, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        Law("1.36").validate(document)


# ---- updates


def update(case: Case) -> list[Refused]:
    base = pod({})
    old = {name: {**base.get(name, {}), **case.get("old", {}).get(name, {})} for name in ("metadata", "spec", "status")}
    new = {name: {**old[name], **case["new"].get(name, {})} for name in old}
    return own(case).validate(new, old, case["through"])


@pytest.mark.parametrize("case", UPDATES["updates"], ids=lambda case: case["id"])
def test_an_update_is_refused_with_field_and_reason(case: Case) -> None:
    assert case["refused"] == list(map(str, update(case)))
    assert {case["id"]} <= {rule for one in update(case) for rule in one.rules}


@pytest.mark.parametrize("case", UPDATES["accepted"])
def test_an_update_of_what_may_change_is_accepted(case: Case) -> None:
    assert [] == update(case)


def test_every_rule_with_an_answer_refuses_an_update() -> None:
    answers = {(rule.spec.id, way) for rule in Law("1.36").requests.rules if rule.spec.refused for way in rule.spec.refused.through}
    assert {rule for rule, _ in answers} <= {case["id"] for case in UPDATES["updates"]}


def test_a_status_keeps_of_what_its_update_leaves_out_only_what_the_server_keeps_API_10() -> None:
    status = Law("1.36").whole.validation.spec.endpoints["status"]
    stored = {"status": {"phase": "Pending", "reason": "Evicted", "qosClass": "Burstable", "observedGeneration": 2}}
    kept = merged(stored, {"status": {"phase": "Running"}}, status.takes, status.keeps)["status"]
    assert {"phase": "Running", "qosClass": "Burstable", "observedGeneration": 2} == kept


def test_an_unknown_endpoint_is_named() -> None:
    with pytest.raises(InputError, match="'scale' is not an endpoint of a pod; updates come through pod, ephemeralcontainers, resize, status"):
        Law("1.36").validate(pod({}), pod({}), "scale")


@pytest.mark.parametrize(("law", "known"), [(Law("1.31"), False), (Law("1.32"), False), (Law("1.33"), True)], ids=str)
def test_only_a_server_with_the_feature_has_the_endpoint_of_resizes_API_03(law: Law, known: bool) -> None:
    try:
        law.validate(pod({}), pod({}), "resize")
    except InputError:
        assert not known
    else:
        assert known


def test_a_resize_takes_resources_and_policies_of_containers_that_keep_their_names_API_03() -> None:
    takes = Law("1.36").whole.validation.spec.endpoints["resize"].takes
    old = {"metadata": {"labels": {}}, "spec": {"containers": [{"name": "a", "image": "i"}, {"name": "b", "resources": 1}]}}
    new = {"metadata": {}, "spec": {"hostNetwork": True, "containers": [{"name": "a", "image": "j", "resources": 2}, {"name": "b", "resizePolicy": 3}]}}
    assert [{"name": "a", "image": "i", "resources": 2}, {"name": "b", "resizePolicy": 3}] == merged(old, new, takes, [])["spec"]["containers"]
    fewer = {"containers": new["spec"]["containers"][:1]}
    assert {**old, "spec": fewer} == merged(old, {"spec": fewer}, takes, [])


# ---- mistakes in the file itself


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("of: Manifest", "of: Manifests", r"'Manifests' is not a record; spec/types.yaml declares them"),
        ("each: volumes, field: v.name, given", "each: volume, field: v.name, given", r"'volume' is none of the loops; known are containers, "),
        ("v: spec.volumes}", "v: spec.restartPolicy}", r"'v' must range over lists or optional parts of one type"),
        ("each: {g: spec.schedulingGates}", "each: {g: any(spec.schedulingGates)}", r"'any\(spec.schedulingGates\)' has no path; write a name or a field"),
        ("field: v.name, given: true", "field: v.nam, given: true", r"VolumeSpec has no field 'nam'; it has configMap, .* name"),
        ("given: true, reason: Required value", "reason: Required value", r"just one of 'then', 'unique', 'one_of' and 'given' says what must hold"),
        ("reason: Required value, says", "reason: Wanted value, says", r"'Wanted value' is no reason; known are Required value, Forbidden"),
        ("then: label(value)", "then: labels(value)", r"'labels' is not a function; known are "),
        ("to: \"30\"", "to: \"'30'\"", r"the text '30' stands where int\? is wanted"),
        ("refusal: volume-twice", "refusal: volume-name", r"'volume-name' stands twice; rename one"),
        ("detail: \"{label_wrong(value)}\"", "detail: \"{wrong(value)}\"", r"'wrong' is not a function; known are "),
        ("unique: value, reason", "unique: values, reason", r"'values' is not a name here; known are "),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_file_and_line(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    copied = Path(shutil.copytree(SPEC, tmp_path / "spec", ignore=shutil.ignore_patterns("__pycache__", "*.py")))
    place = spoil(copied / FILE, old, new)
    with pytest.raises(LawError, match=("" if "spec.restartPolicy" in new else place) + sentence):  # a loop is checked where it is used
        validation(copied, Law().whole.vocabulary)
