"""`podlaw diff` ends with 0 where nothing differs, 1 where something does, 2 on bad input, 3 where a search stopped early."""

import io
import json
import sys

import pytest
from test_pods import FAILED, INITIALIZING, RUNS, pod

from podlaw.cli import main
from podlaw.diff import command
from podlaw.ground.scope import scopes
from podlaw.law import Law

OFF = ["--gate", "kubelet:ContainerRestartRules=false"]


@pytest.fixture
def pods(tmp_path):
    def write(*given):
        path = tmp_path / "pods.json"
        path.write_text(json.dumps({"kind": "List", "items": given}), encoding="utf-8")
        return str(path)

    return write


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["1.36", "1.36"], 0),
        (["1.29", "1.30"], 0),
        (["1.32", "1.33", "--scope", "restart-never", "--of", "phase"], 1),
        (["1.36", "1.36", *OFF, "--scope", "restart-never"], 1),
        (["1.36/1.34", "1.36/1.34"], 0),
    ],
)
def test_the_status_tells_whether_two_laws_differ(arguments, status, capsys):
    assert status == main(["diff", *arguments])
    assert capsys.readouterr().out.endswith("\n")


@pytest.mark.parametrize(("one", "status"), [(INITIALIZING, 1), (pod(**RUNS), 0)])
def test_the_status_tells_whether_a_pod_differs(one, status, pods, capsys):
    assert status == main(["diff", "1.31", "1.36", "--pods", pods(one)])
    assert f"{status} of 1 pods would publish differently" in capsys.readouterr().out


def test_a_gate_counts_for_the_new_law(pods, capsys):
    assert [main(["diff", "1.36", "1.36", *more, "--pods", pods(FAILED)]) for more in (OFF, [])] == [1, 0]
    first = capsys.readouterr().out.splitlines()[0]
    assert first == (
        "shop/web: phase Running -> Failed; old law [PHASE-05, PHASE-08 will-restart] all containers have ended and one will restart; "
        "new law [PHASE-01 failed-never] every app container has ended, not all with 0, in a pod that never restarts"
    )


def test_pods_come_from_standard_input(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(INITIALIZING).encode())))
    assert main(["diff", "1.31", "1.36", "--pods", "-", "--format", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert {
        key: value for key, value in report.items() if key != "changes"
    } == {"old": {"apiserver": "1.31", "kubelet": "1.31"}, "new": {"apiserver": "1.36", "kubelet": "1.36"}, "pods": 1, "errors": []}
    assert (report["changes"][0]["field"], report["changes"][0]["new"]["row"]) == ("phase", "initializing")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["1.31"], "Missing argument 'NEW'"),
        (["1.31", "1.99"], "Kubernetes '1.99' is not a version the law knows"),
        (["1.31", "1.36/1.28"], "choose such a pair"),
        (["1.36", "1.36", "--gate", "kubelet:Nonsense=true"], "'Nonsense' is not a gate the law knows"),
        (["1.31", "1.36", "--scope", "nowhere"], "'nowhere' is not a scope; known are"),
        (["1.31", "1.36", "--of", "nothing"], "podlaw --help shows the usage"),
        (["1.31", "1.36", "--pods", "/no/such/file"], "cannot be read (No such file or directory)"),
        (["1.31", "1.36", "--pods", "-", "--scope", "restart-never"], "give one or the other"),
        (["1.31", "1.36", "--pods", "-", "--of", "phase"], "give one or the other"),
    ],
)
def test_bad_usage_ends_with_status_2_and_one_sentence(arguments, sentence, capsys):
    assert main(["diff", *arguments]) == 2
    out, error = capsys.readouterr()
    assert sentence in error
    assert (out, error.count("\n")) == ("", 1)


@pytest.mark.parametrize(("good", "status"), [([], 2), ([pod(**RUNS)], 2), ([INITIALIZING], 1)])
def test_a_document_that_is_no_pod_makes_it_2_unless_another_differs(good, status, pods, capsys):
    assert status == main(["diff", "1.31", "1.36", "--pods", pods(*good, {"kind": "Service"})])
    assert capsys.readouterr().err.count("\n") == 1


def test_a_search_that_stopped_early_ends_with_status_3(monkeypatch, capsys):
    monkeypatch.setattr("podlaw.diff.product.free", lambda: 1)
    assert main(["diff", "1.36", "1.36", "--scope", "restart-never"]) == 3
    assert "restart-never: no difference in 0 pairs of states, then out of memory" in capsys.readouterr().out


def test_the_history_is_numbered_and_ends_with_both_pods(capsys):
    assert main(["diff", "1.36", "1.36", *OFF, "--scope", "restart-rules", "--scope", "container-policies"]) == 1
    lines = capsys.readouterr().out.splitlines()
    begin = lines.index("restart-rules: A container whose rules let it restart after exit code 1 in a pod that never restarts.")
    assert [str(n) for n in range(9)] == [line.split()[0] for line in lines[begin + 1 : begin + 10]]
    assert lines[begin + 10 : begin + 13] == [
        "      - Running, not ready: app terminated (Error); STATUS Error",
        "      + Pending, not ready: app terminated (Error); STATUS Error",
        "        status.phase: Running -> Pending",
    ]
    (again,) = [n for n, line in enumerate(lines) if line.startswith("container-policies: as restart-rules, after sync, ")]
    assert lines[again + 1].startswith("  replay: --path '0/")
    assert "and 2 of 2 scopes show a difference" in lines[-2]


def test_a_step_that_a_law_refuses_is_marked(capsys):
    assert main(["diff", "1.35", "1.36", "--scope", "restart-never"]) == 1
    assert "   3  kubelet    sandbox_ready (refused by the old law)" in capsys.readouterr().out.splitlines()


def test_words_give_sign_name_rule_sentence_and_reason(capsys):
    assert main(["diff", "1.32", "1.33", "--scope", "restart-never"]) == 1
    lines = capsys.readouterr().out.splitlines()
    at = lines.index("derivation phase")
    assert lines[at + 1 : at + 3] == [
        "  - sidecar-starting-status [PHASE-02] a sidecar has not started and no app container has run (until 1.32)",
        "  + sidecar-starting [PHASE-02] a sidecar has not started and no app container has a record in this sandbox (since 1.33)",
    ]


def test_every_small_scope_is_compared_where_something_moves(monkeypatch):
    asked = []
    monkeypatch.setattr(command, "_compared", lambda scope, *given: asked.append(scope))
    found = command.differences(Law("1.32"), Law("1.33"), [], "pod")
    assert [name for name, one in scopes(Law()).items() if one.spec.size == "small"] == asked
    assert len(asked) == len(found.histories)


def test_no_scope_is_compared_where_only_rules_and_graphs_differ(monkeypatch):
    law = Law("1.36", gates={"apiserver": {"InPlacePodVerticalScalingInitContainers": False}})
    found = command.differences(law, Law("1.36"), [], "pod")
    assert ({"rule"}, []) == ({entry.family for entry in found.entries}, found.histories)
