"""Every command ends with the status that its answer has; bad input is one sentence, never a traceback."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from podlaw.cli import main

DATA = Path(__file__).parent / "data"
MUSEUM = DATA / "museum" / "K8S-105358"
POD = '{"metadata": {"uid": "u", "name": "web"}, "spec": {"containers": [{"name": "app"}]}, "status": {%s}}'
GOOD = POD % '"phase": "Pending"'
TWO_STATES = POD % '"containerStatuses": [{"name": "app", "state": {"running": {}, "waiting": {}}}]'


@pytest.mark.parametrize("command", ["why", "check"])
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (GOOD[:40].encode(), "not JSON"),
        (b"[1, 2]", "Expected `object`, got `array`"),
        (b'{"kind": "Service", "metadata": {"uid": "u"}, "spec": {}}', "Invalid enum value 'Service' at kind"),
        (b'{"metadata": {"name": "web"}, "spec": {"containers": []}}', "the required field 'uid' is missing at metadata"),
        ((POD % '"phase": "Sleeping"').encode(), "Invalid enum value 'Sleeping' at status.phase"),
        (TWO_STATES.encode(), "container 'app' has two states at once"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"", "it holds no pod"),
    ],
)
def test_a_bad_document_ends_with_status_2_and_one_sentence(command, content, sentence, tmp_path, capsys):
    path = tmp_path / "pod.json"
    path.write_bytes(content)
    assert main([command, str(path)]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert str(path) in error
    assert (error.count("\n"), ";" in error) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["why", "/no/such/file"], "cannot be read (No such file or directory); name a readable file"),
        (["check", str(DATA)], "cannot be read (Is a directory); name a readable file"),
        (["replay", str(DATA)], "name a directory"),
        (["check", "--law", "1.99", "{good}"], "Kubernetes '1.99' is not a version the law knows; choose one of"),
        (["check", "--apiserver", "1.30", "--kubelet", "1.31", "{good}"], "never newer; choose such a pair"),
        (["check", "--gate", "kubelet:Nonsense=true", "{good}"], "'Nonsense' is not a gate the law knows; known are"),
        (["check", "--gate", "scheduler:ContainerRestartRules=true", "{good}"], "'scheduler' is not a component; gates belong to"),
        (["check", "--gate", "ContainerRestartRules", "{good}"], "is not COMPONENT:NAME=true or =false; write"),
        (["check", "--gate", "kubelet:ContainerRestartRules=perhaps", "{good}"], "is not COMPONENT:NAME=true or =false; write"),
        (["check", "--law", "1.33", "--gate", "kubelet:SidecarContainers=false", "{good}"], "is locked since 1.33; leave it out"),
        (["check", "--format", "xml", "{good}"], "podlaw --help shows the usage"),
        (["check"], "Missing argument 'FILE...'; podlaw --help shows the usage"),
        (["frobnicate"], "No such command 'frobnicate'; podlaw --help shows the usage"),
        ([], "Missing command; podlaw --help shows the usage"),
        (["draw", "--format", "dot", "phase", "fase"], "'fase' is neither a machine nor an observed graph; the law has"),
        (["explore", "--all", "restart-never"], "--all explores every scope of the law; name none, or leave it out"),
    ],
)
def test_bad_usage_ends_with_status_2_and_one_sentence(arguments, sentence, capsys):
    assert main([a.format(good=MUSEUM / "good.jsonl") for a in arguments]) == 2
    out, error = capsys.readouterr()
    assert sentence in error
    assert (out, error.count("\n")) == ("", 1)


@pytest.mark.parametrize(("name", "status"), [("good", 0), ("bad", 1)])
def test_check_ends_with_the_status_of_its_verdict(name, status, capsys):
    assert main(["check", "--format", "json", str(MUSEUM / f"{name}.jsonl")]) == status
    report = json.loads(capsys.readouterr().out)
    assert report["verdict"] == ["lawful", "unlawful"][status]
    assert set(report) == {"verdict", "law", "documents", "pods"}


def test_one_unlawful_file_among_several_decides(capsys):
    assert main(["check", str(MUSEUM / "good.jsonl"), str(MUSEUM / "bad.jsonl")]) == 1
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines() if "documents" in line] == ["unlawful"]


def test_a_bad_document_among_good_ones_is_reported_and_the_others_are_judged(tmp_path, capsys):
    path = tmp_path / "stream.jsonl"
    path.write_text(f"{GOOD}\n{TWO_STATES}\n{GOOD}\n")
    assert main(["check", str(path)]) == 2
    out, error = capsys.readouterr()
    assert "line 2, document 1: container 'app' has two states at once" in error
    assert "lawful: 3 documents, 1 pods lawful" in out


@pytest.mark.parametrize(
    "status",
    [
        '"containerStatuses": [{"name": "app", "state": {}}]',
        '"containerStatuses": [{"name": "app", "state": {"waiting": {"reason": "Novelty"}}}]',
        '"containerStatuses": [{"name": "app", "state": {"terminated": {"exitCode": -1}}}]',
    ],
)
def test_a_status_with_no_state_an_unknown_reason_or_a_negative_code_is_no_bad_input(status, tmp_path):
    path = tmp_path / "pod.json"
    path.write_text(POD % status)
    assert main(["why", str(path)]) == 0


def test_the_version_and_gates_select_the_law(tmp_path, capsys):
    path = tmp_path / "pod.json"
    path.write_text(GOOD)
    assert main(["why", "--apiserver", "1.36", "--kubelet", "1.34", "--gate", "kubelet:ContainerRestartRules=true", "--format", "json", str(path)]) == 0
    assert json.loads(capsys.readouterr().out)["law"] == {"apiserver": "1.36", "kubelet": "1.34"}


def test_replay_reports_each_family_with_the_first_disagreement_of_each_pod(capsys):
    assert main(["replay", str(DATA / "traces" / "basic"), str(DATA / "traces" / "crashloop"), "--format", "json"]) == 0
    families = json.loads(capsys.readouterr().out)["families"]
    assert [(f["family"], f["pods"], f["agreeing"], f["agreed"]) for f in families] == [("basic", 10, 10, 50), ("crashloop", 7, 7, 130)]
    assert all(life["agreed"] == life["snapshots"] and life["first"] is None for f in families for life in f["lives"])


def test_replay_by_a_law_that_lacks_what_the_kubelet_did_ends_with_status_1_and_names_the_pod(capsys):
    """BACKOFF-03: a kubelet whose first delay is 1 s would have restarted long before."""
    assert main(["replay", str(DATA / "traces" / "crashloop"), "--gate", "kubelet:ReduceDefaultCrashLoopBackOffDecay=true"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("crashloop/")
    assert lines[0].endswith(" snapshots agree")
    assert lines[-1].split()[0] == "crashloop"


def test_a_family_that_cannot_be_read_does_not_keep_the_others_from_being_replayed(tmp_path, capsys):
    assert main(["replay", str(tmp_path), str(DATA / "traces" / "basic")]) == 2
    shown = capsys.readouterr()
    assert "name a directory" in shown.err
    assert shown.out.splitlines()[-1].split() == ["basic", "10", "10", "50", "50"]


def test_control_characters_of_a_document_never_reach_standard_error(tmp_path, capsys):
    path = tmp_path / "pod.json"
    path.write_text(POD % r'"phase": "\u001b[2J"')
    assert main(["why", str(path)]) == 2
    assert "\x1b" not in capsys.readouterr().err


def test_streams_that_are_closed_are_no_traceback(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["why", "-"]) == 2
    assert capsys.readouterr().err == "podlaw: standard input: it cannot be read (it is closed); name a readable file, or - for standard input\n"
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["check", str(MUSEUM / "bad.jsonl")]) == 1
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["why", "-"]) == 2


def test_what_the_encoding_of_standard_output_lacks_is_replaced(monkeypatch, tmp_path):
    (tmp_path / "pod.json").write_text(GOOD.replace("web", "wéb"), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert main(["why", str(tmp_path / "pod.json")]) == 0
    assert sys.stdout.buffer.getvalue().startswith(b"default/w?b, by the law")


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["--help"], ["check", str(MUSEUM / "good.jsonl")]])
def test_a_full_disk_ends_with_status_2_and_one_sentence(arguments):
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-m", "podlaw.cli", *arguments], stdout=full, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (2, b"podlaw: standard output cannot be written to (No space left on device); send it elsewhere\n")


@pytest.mark.slow
def test_standard_input_and_a_reader_that_closes_early_are_fine():
    line = (json.dumps(json.loads(GOOD)) + "\n").encode()
    command = [sys.executable, "-m", "podlaw.cli", "why", "-"]
    whole = subprocess.run(command, input=line, capture_output=True, check=True)
    assert whole.stdout.startswith(b"default/web, by the law of API server 1.36")
    reading, writing = os.pipe()
    os.close(reading)
    try:
        closed = subprocess.run(command, input=line, stdout=writing, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writing)
    assert (closed.returncode, closed.stderr) == (0, b"")
