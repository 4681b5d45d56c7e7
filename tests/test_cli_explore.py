"""`podlaw explore` and `podlaw export` as their users call them."""

import json

import pytest

from podlaw.cli import main


def run(capsys, *arguments):
    status = main(list(arguments))
    said = capsys.readouterr()
    return status, said.out, said.err


def test_without_a_scope_all_are_listed(capsys):
    status, out, _ = run(capsys, "explore")
    assert (0, True) == (status, "restart-never        small   One container that never restarts" in out)


def test_a_scope_that_holds_ends_with_status_0_and_tells_its_size(capsys):
    status, out, _ = run(capsys, "explore", "restart-never")
    assert 0 == status
    assert "restart-never: holds; One container that never restarts" in out
    assert "states=120, edges=260, depth=16" in out


def test_json_has_the_figures_and_the_verdict(capsys):
    _, out, _ = run(capsys, "explore", "restart-never", "--format", "json")
    one = json.loads(out)
    assert ("restart-never", 120, 260, 16, "holds", []) == tuple(one[k] for k in ("scope", "states", "edges", "depth", "verdict", "violations"))
    assert 0 <= one["seconds"] < 60


def test_several_scopes_are_a_list_in_json(capsys):
    _, out, _ = run(capsys, "explore", "restart-never", "restart-rules", "--format", "json")
    assert ["restart-never", "restart-rules"] == [one["scope"] for one in json.loads(out)]


def test_too_little_memory_is_undetermined_with_status_3(capsys):
    status, out, _ = run(capsys, "explore", "deletion", "--memory", "1")
    assert 3 == status
    assert "deletion: undetermined (out of memory)" in out


def test_a_path_is_told_step_by_step(capsys):
    _, out, _ = run(capsys, "explore", "restart-never", "--path", "0/0/0")
    steps = [line.split()[-1] for line in out.splitlines() if "->" not in line]
    assert ["created", "sync", "create_sandbox", "create(app)"] == steps


def test_a_path_as_json_is_what_check_reads(capsys, tmp_path):
    _, out, _ = run(capsys, "explore", "restart-never", "--path", "0/0/1", "--format", "json")
    (tmp_path / "watch.jsonl").write_text(out, encoding="utf-8")
    status, out, _ = run(capsys, "check", str(tmp_path / "watch.jsonl"))
    assert (0, True) == (status, "lawful: 2 documents" in out)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere"], "'nowhere' is not a scope; known are readiness-gate"),
        (["restart-never", "--path", "0/x"], "step 2 of the path is 'x', which names no step there; possible are 0 create_sandbox"),
        (["restart-never", "restart-rules", "--path", "0"], "--path walks one scope; name just one"),
        (["--path", "0"], "--path walks one scope; name just one"),
        (["restart-never", "--memory", "0"], "Invalid value for '--memory'"),
        (["restart-never", "--law", "1.99"], "Kubernetes '1.99' is not a version the law knows"),
    ],
)
def test_bad_input_is_one_sentence_with_status_2(capsys, arguments, sentence):
    status, out, err = run(capsys, "explore", *arguments)
    assert (2, "", 1) == (status, out, err.count("\n"))
    assert err.startswith(f"podlaw: {sentence}")


def test_violations_are_written_as_watch_and_test(capsys, tmp_path, monkeypatch):
    from scopes import changed_law

    law = changed_law(tmp_path, "compositions.yaml", 'restarts: "restart_count(pod, c, run, how)"', 'restarts: "0"')
    monkeypatch.setattr("podlaw.law.SPEC", law.whole.directory)
    status, out, _ = run(capsys, "explore", "restart-always", "--output", str(tmp_path / "out"))
    assert 1 == status
    assert "TRACE-25 [kubelet] A new run of a container raises its restart count" in out
    names = sorted(path.suffix for path in (tmp_path / "out").iterdir())
    assert names == sorted([".jsonl", ".py"] * (len(names) // 2))


def test_the_ground_form_is_exported_as_json(capsys):
    _, out, _ = run(capsys, "export", "restart-never")
    form = json.loads(out)
    places = range(len(form["nodes"]))
    assert {"sync", "relist", "create(app)"} <= {step["name"] for step in form["steps"]}
    assert all(step["guard"] in places and set(step["changes"]) <= {v["name"] for v in form["variables"]} for step in form["steps"])
    assert all(arg < place for place, (op, *args) in enumerate(form["nodes"]) if op not in ("const", "var") for arg in args)


def test_what_a_scope_publishes_is_exported_as_dot(capsys):
    _, out, _ = run(capsys, "export", "restart-never", "--to", "dot")
    assert out.startswith('digraph "restart-never" {')
    assert '[label="exit(app, code=0, reason=Completed)"]' not in out  # an exit is not published by itself
    assert '[label="sync"]' in out


def test_the_ground_form_is_exported_as_promela(capsys):
    _, out, _ = run(capsys, "export", "restart-never", "--to", "promela")
    assert "d_step" in out
