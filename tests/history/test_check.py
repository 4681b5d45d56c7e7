"""The checker never cries wolf on real histories, and it sees known bugs and tampered fields."""

import json
from collections import Counter
from pathlib import Path

import pytest

from podlaw.history.check import check
from podlaw.history.report import as_json, as_text
from podlaw.law import Law
from tampers import tampers

DATA = Path(__file__).parent.parent / "data"
LAW = Law("1.36")
MUSEUM = sorted(path.name for path in (DATA / "museum").iterdir())
# What each museum case violates, as rule families of rules.md that its first finding may come from.
FAMILIES = {
    "K8S-105358": {"TRACE", "PHASE"}, "K8S-110256": {"TRACE", "COND"}, "K8S-120247": {"INIT", "TRACE"}, "K8S-122002": {"COND"},
    "K8S-124176": {"EPH", "API"}, "K8S-12485": {"TRACE", "CSTATE"}, "K8S-19302": {"TRACE", "CSTATE"}, "K8S-48510": {"NET"},
    "K8S-51142": {"API", "RESTART", "TRACE"}, "K8S-54499": {"TRACE", "PHASE", "API"}, "K8S-58711": {"TRACE", "PHASE", "CSTATE"},
    "K8S-95561": {"CSTATE"}, "K8S-96572": {"INIT", "TRACE"}, "KWOK-1467": {"TRACE", "COND", "PHASE"}, "KWOK-1509": {"TRACE", "PHASE", "API"},
    "VK-136": {"PHASE", "COND"},
}  # fmt: skip


def strong(report):
    return [f for pod in report.pods for f in pod.findings if f.strength != "soft"]


@pytest.mark.parametrize("family", sorted(path.name for path in (DATA / "traces").iterdir() if path.is_dir()))
def test_every_recording_of_a_real_cluster_is_lawful(family):
    report = check(DATA / "traces" / family / "watch.jsonl.gz", LAW)
    assert (strong(report), report.verdict, report.errors) == ([], "lawful", [])


@pytest.mark.parametrize("trap", sorted(path.name for path in (DATA / "traps").iterdir()))
def test_every_legal_oddity_is_lawful(trap):
    assert strong(check(DATA / "traps" / trap, LAW)) == []


@pytest.mark.parametrize("case", MUSEUM)
def test_the_corrected_history_of_a_known_bug_is_lawful(case):
    assert strong(check(DATA / "museum" / case / "good.jsonl", LAW)) == []


@pytest.mark.parametrize("case", MUSEUM)
def test_a_known_bug_is_found_at_its_first_bad_snapshot_by_a_rule_of_its_family(case):
    meta = json.loads((DATA / "museum" / case / "meta.json").read_text())
    found = strong(check(DATA / "museum" / case / "bad.jsonl", LAW))
    assert found[0].index == meta["first_bad_index"]
    assert {f.rule.split("-")[0] for f in found if f.index == meta["first_bad_index"]} & FAMILIES[case]


def test_at_least_95_in_100_single_field_tampers_of_recordings_are_found():
    missed = Counter()
    for tamper in tampers(DATA / "traces", 1000, 20261124):
        if not strong(check(tamper.documents, LAW)):
            missed[tamper.kind.rule, tamper.kind.name] += 1
    assert missed.total() <= 50, f"survivors: {missed.most_common()}"


def test_a_list_a_pod_and_a_stream_of_events_are_read_alike(tmp_path):
    event = json.loads((DATA / "museum" / "VK-136" / "good.jsonl").read_text().splitlines()[-1])
    pod = event.get("object", event)
    for name, text in {
        "pod.json": json.dumps(pod, indent=2),
        "list.json": json.dumps({"kind": "List", "items": [pod]}),
        "events.json": json.dumps({"type": "ADDED", "object": pod}, indent=1) + "\n" + json.dumps({"type": "BOOKMARK", "object": {"kind": "Pod"}}, indent=1),
    }.items():
        (tmp_path / name).write_text(text)
        report = check(tmp_path / name, LAW)
        assert (report.documents, report.verdict, report.errors) == (1, "lawful", [])


def test_a_bad_document_is_reported_and_the_others_are_judged(tmp_path):
    bad = (DATA / "museum" / "K8S-12485" / "bad.jsonl").read_text().splitlines()
    path = tmp_path / "stream.jsonl"
    path.write_text("\n".join([*bad[:3], '{"type":"MODIFIED","object":{"metadata":{"uid":"x"}}}', *bad[3:]]))
    report = check(path, LAW)
    assert [f.index for f in strong(report)] == [11]
    sentence = "the required field 'spec' is missing at the document; give a v1 Pod as kubectl get -o json prints it"
    assert report.errors == [f"{path}, line 4, document 3: {sentence}"]


def test_the_same_version_shown_twice_is_no_step():
    lines = (DATA / "museum" / "K8S-12485" / "good.jsonl").read_text().splitlines()
    assert strong(check([json.loads(line) for line in lines for _ in range(2)], LAW)) == []


def test_the_json_report_has_exactly_the_promised_fields():
    report = json.loads(as_json(check(DATA / "museum" / "K8S-12485" / "bad.jsonl", LAW)))
    assert list(report) == ["verdict", "law", "documents", "pods"]
    assert list(report["pods"][0]) == ["namespace", "name", "uid", "verdict", "findings"]
    assert list(report["pods"][0]["findings"][0]) == ["rule", "strength", "by", "promise", "index", "line", "message", "evidence"]
    assert (report["verdict"], report["pods"][0]["findings"][0]["rule"]) == ("unlawful", "TRACE-24")


def test_the_text_report_names_rule_place_and_values_and_hides_control_characters():
    history = [json.loads(line) for line in (DATA / "museum" / "K8S-12485" / "bad.jsonl").read_text().splitlines()]
    for one in history:
        one.get("object", one)["metadata"]["name"] = "evil\x1b[2Jname"
    text = as_text(check(history, LAW))
    assert "\x1b" not in text
    assert "TRACE-24 [kubelet] A restart count never falls; here of container 'my-nginx' " in text


def test_an_empty_iterable_is_undetermined():
    assert check([], LAW).verdict == "undetermined"


def test_soft_findings_warn_and_leave_a_pod_lawful():
    report = check(DATA / "traces" / "random" / "watch.jsonl.gz", LAW)
    assert {f.strength for pod in report.pods for f in pod.findings} == {"soft"}
    assert report.verdict == "lawful"
