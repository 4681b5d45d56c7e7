"""The law is checked whole when it loads: every mistake is named with file, line and remedy."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from podlaw.derive import Line
from podlaw.errors import InputError, LawError
from podlaw.expr import parse
from podlaw.law import SPEC, Law
from podlaw.shadow import shadowed
from podlaw.snapshot import snapshot

POD: dict[str, Any] = {
    "metadata": {"uid": "u", "name": "p"},
    "spec": {"restartPolicy": "OnFailure", "containers": [{"name": "app"}]},
    "status": {"phase": "Running", "containerStatuses": [{"name": "app", "ready": True, "containerID": "c://1", "state": {"running": {}}}]},
}


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """A copy of the law to spoil."""
    return Path(shutil.copytree(SPEC, tmp_path / "spec", ignore=shutil.ignore_patterns("__pycache__", "*.py")))


def spoil(path: Path, old: str, new: str) -> str:
    """Replace the first occurrence of a text and return `file:line` of it as a pattern."""
    text = path.read_text(encoding="utf-8")
    head, found, _ = text.partition(old)
    assert found, f"{path.name} has no {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return rf"{path.parent.name}/{path.name}:{head.count(chr(10)) + 1}: "


PHASE, TYPES = "derivations/phase.yaml", "types.yaml"
RUNNING = '{row: some-running, when: "running and not status_unknown", then: Running,'


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        (PHASE, "running and not status_unknown", "runing and not status_unknown", r"'runing' is not a name here; known are .*, running, "),
        (PHASE, "c.state == 'running' for", "c.state == 'runing' for", r"'runing' is not a State; known are absent, running, terminated, unset, waiting"),
        (PHASE, "c.state == 'running' for", "c.stat == 'running' for", r"Container has no field 'stat'; it has "),
        (PHASE, "c.state == 'running' for", "c.state == none for", r"'c.state' is State and never none; the comparison decides nothing"),
        (PHASE, "then: Running, rule: PHASE-05", "then: Runing, rule: PHASE-05", r"'Runing' is not a name here"),
        (PHASE, "row: some-running,", "row: never-started,", r"the row name 'never-started' stands twice in phase; rename one"),
        (PHASE, 'running: "any(', 'waiting(x): "any(', r"'waiting' is already a name here; choose another"),
        (PHASE, "may_restart(pod, c) for c in pod.regular", "may_restart(pod) for c in pod.regular",
         r"'may_restart\(pod\)' gives 1 arguments where 2 are wanted"),
        (PHASE, "any(ended(c) and exit", "any(ended() and exit", r"ended takes 1 arguments, 'ended\(\)' gives 0"),
        (PHASE, '"any(not ended(c) for c in pod.regular)"', '"[c for c in pod.regular]"',
         r"ListComp is not part of the language; spec/README.md lists what is"),
        (PHASE, '"any(not ended(c) for c in pod.regular)"', '"any("', r"'any\(' is not an expression"),
        (PHASE, 'ended(c): "c', 'ended(c.x): "c', r"'ended\(c.x\)' must be a name or name\(parameter, \.\.\.\)"),
        (PHASE, "{pod: Pod, stopped: bool, active: bool}", "{pod: Pods, stopped: bool, active: bool}",
         r"'Pods' is not a declared type; spec/types.yaml declares them"),
        (PHASE, "when: waiting, then: Pending", "wenn: waiting, then: Pending", r"Object contains unknown field `wenn`.*spec/README.md shows the format"),
        (PHASE, "then: Pending, rule: PHASE-03,", "rule: PHASE-03,", r"Object missing required field `then`.*spec/README.md shows the format"),
        ("derivations/conditions.yaml", "reason: PodCompleted}", "reasons: PodCompleted}",
         r"'reasons' is not an output; the outputs are status, reason"),
        ("derivations/conditions.yaml", '{status: "False", reason: PodCompleted}', '{status: "False"}',
         r"the output 'reason' is missing from the row 'completed'"),
        ("derivations/conditions.yaml", "reason: PodCompleted}", "reason: PodComplete}", r"'PodComplete' is not a name here"),
        ("derivations/conditions.yaml", "phase == 'Failed'", "phase == 'Fail'",
         r"'Fail' is not a Phase; known are Failed, Pending, Running, Succeeded, Unknown"),
        ("derivations/columns.yaml", 'value: "false"', "value: \"'x'\"",
         r"the alternatives of 'failure_counts' have types bool, text; give them one"),
        (TYPES, "  Rule: ", "  Role: ", r"'\[Rule\]' is not a declared type|'Rule' is not a declared type; spec/types.yaml declares them"),
        ("events.yaml", "event: delete", "event: bind", r"two events are called bind; rename one"),
        ("events.yaml", "life.deletion == 'live'", "life.deletion == 'alive'", r"'alive' is not a Deletion; known are absent, deleting, gone, live"),
        ("events.yaml", "    each:                    # the back-off", "    do: {container.plan: none}\n    each:  # the back-off",
         r"'container.plan' is lost beside 'each', which replaces all containers; write it under 'each'"),
        ("machines/container.yaml", "event: exit,", "event: pull,",
         r"'pull' moves one container and has 'each', which replaces all; assign run.state under 'each'"),
        ("machines/container.yaml", "event: exit", "event: exits", r"'exits' is not an event; known are "),
        ("machines/container.yaml", "to: exited", "to: finished", r"'finished' is not a state of \w+; it has none, created, running, exited, unknown"),
        ("versions.yaml", 'minors: ["1.28"', 'minor: ["1.28"', r"unknown field `minor`|missing required field `minors`"),
        ("constants.yaml", "{value: 10, rule: BACKOFF-03", "{value: ten, rule: BACKOFF-03", r"Expected `int \| float`, got `str` at \$\.constants.*\.value"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_file_and_line(spec: Path, file: str, old: str, new: str, sentence: str) -> None:
    place = spoil(spec / file, old, new)
    with pytest.raises(LawError, match=sentence) as caught:
        Law(spec=spec)
    assert re.match(place.rpartition(":")[0].rpartition(":")[0], str(caught.value))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("running and not status_unknown", "runing and not status_unknown"),
        ("c.state == 'running' for", "c.state == 'runing' for"),
        (RUNNING, RUNNING.replace("some-running", "never-started")),
    ],
)
def test_the_line_named_is_that_of_the_mistake(spec: Path, old: str, new: str) -> None:
    place = spoil(spec / PHASE, old, new)
    with pytest.raises(LawError, match=place):
        Law(spec=spec)


def test_a_row_below_one_that_takes_all_its_cases_is_refused(spec: Path) -> None:
    place = spoil(spec / PHASE, RUNNING, '{row: shadowed, when: "waiting and running", then: Running, rule: PHASE-05, says: "never"}\n      - ' + RUNNING)
    with pytest.raises(LawError, match=place + r"the row 'shadowed' of phase can never fire in Law\(.*'1.36'.*\); rows above it take all its cases"):
        Law(spec=spec)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{row: all-ready, then:", "{row: all-ready, when: pod.known, then:"),
        ("{row: not-ready, when: some_unready, then:", "{row: not-ready, then:"),
    ],
)
def test_the_last_row_and_only_the_last_has_no_guard(spec: Path, old: str, new: str) -> None:
    spoil(spec / "derivations/conditions.yaml", old, new)
    with pytest.raises(LawError, match=r"conditions.yaml:\d+: the last row of containers_ready, and only the last, must have no guard in Law"):
        Law(spec=spec)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", r"Expected `object`, got `null` at \$; spec/README.md shows the format"),
        ("a: [", r"phase.yaml:\d+: not YAML \("),
        ("a: 1\na: 2\n", r"phase.yaml:2: 'a' stands twice; keep one"),
        ("? [a]\n: b\n", r"phase.yaml:1: a list, mapping or merge names nothing; write a plain name"),
        ("a: 0x1G\nb: 0x10\n", r"phase.yaml:2: '0x10' is not a number here; write it in decimal digits"),
        ("a: &a [*a]\n", r"phase.yaml:1: aliases make more of it than stands here; write it out"),
        ("\t", r"phase.yaml:1: not YAML"),
        ("a: 1\n---\nb: 2\n", r"phase.yaml:3: a second document begins; keep one"),
    ],
)
def test_a_file_that_is_no_yaml_is_refused(spec: Path, text: str, sentence: str) -> None:
    (spec / PHASE).write_text(text, encoding="utf-8")
    with pytest.raises(LawError, match=sentence):
        Law(spec=spec)


def test_a_file_that_is_not_utf_8_is_refused(spec: Path) -> None:
    (spec / PHASE).write_bytes(b"a: \xff\xfe\n")
    with pytest.raises(LawError, match=r"phase.yaml:\d+: not YAML"):
        Law(spec=spec)


def test_a_file_that_is_too_large_is_refused(spec: Path) -> None:
    (spec / PHASE).write_bytes(b" " * 1_000_001)
    with pytest.raises(LawError, match=r"phase.yaml: 1000001 bytes are more than the 1000000 a file of the law may have"):
        Law(spec=spec)


def test_a_directory_that_is_no_law_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LawError, match=r"types.yaml: cannot be read \(No such file or directory\); name a file that can be, or reinstall podlaw"):
        Law(spec=tmp_path)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"version": "1.27"}, r"Kubernetes '1.27' is not a version the law knows; choose one of 1.28, .*, 1.36"),
        ({"version": "2"}, r"Kubernetes '2' is not a version the law knows"),
        ({"version": ""}, r"Kubernetes '' is not a version the law knows"),
        ({"kubelet": "newest"}, r"Kubernetes 'newest' is not a version the law knows"),
        ({"apiserver": "1.33", "kubelet": "1.29"}, r"kubelet 1.29 with API server 1.33: a kubelet may be up to three minors older and"),
        ({"apiserver": "1.33", "kubelet": "1.34"}, r"kubelet 1.34 with API server 1.33: "),
        ({"gates": {"kubelet": {"Sidecars": True}}}, r"'Sidecars' is not a gate the law knows; known are ChangeContainerStatusOnKubeletRestart, "),
        ({"gates": {"scheduler": {"SidecarContainers": True}}}, r"'scheduler' is not a component; gates belong to apiserver or kubelet"),
        ({"version": "1.33", "gates": {"kubelet": {"ContainerRestartRules": True}}},
         r"kubelet 1.33 does not know the gate ContainerRestartRules; it begins with 1.34"),
        ({"gates": {"kubelet": {"SidecarContainers": False}}}, r"the gate SidecarContainers is locked since 1.33; leave it out for kubelet 1.36"),
    ],
)  # fmt: skip
def test_an_unknown_version_gate_or_pair_is_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(LawError, match=sentence):
        Law(**options)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ("1.36", "1.36")), ({"version": "v1.31.4"}, ("1.31", "1.31")), ({"apiserver": "1.36", "kubelet": "1.33"}, ("1.36", "1.33")),
        ({"apiserver": "1.30"}, ("1.30", "1.30")), ({"version": "1.35", "kubelet": "1.34"}, ("1.35", "1.34")),
    ],
)  # fmt: skip
def test_a_version_is_short_for_both_components(options: dict[str, Any], expected: tuple[str, str]) -> None:
    law = Law(**options)
    assert (law.selection.apiserver, law.selection.kubelet) == expected
    assert repr(law) == f"Law(apiserver={expected[0]!r}, kubelet={expected[1]!r})"


@pytest.mark.parametrize("minor", ["1.28", "1.29", "1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36"])
def test_the_law_of_every_version_is_sound(minor: str) -> None:
    assert Law(minor).phase(POD) == "Running"
    assert Law(minor).columns(POD) == {"ready": "1/1", "status": "Running", "restarts": 0}


def test_a_gate_turned_off_takes_those_that_need_it_along() -> None:
    law = Law(gates={"kubelet": {"ContainerRestartRules": False}})
    assert ("kubelet", "RestartAllContainersOnContainerExits") not in law.selection.on
    assert ("apiserver", "ContainerRestartRules") in law.selection.on


def test_restart_follows_the_exit_code_RESTART_01() -> None:
    assert [Law().restart(POD, "app", code) for code in (0, 1, -1)] == [False, True, True]


def test_restart_of_a_container_that_the_pod_has_not_is_refused() -> None:
    with pytest.raises(InputError, match="the pod has no container 'web'; it has app"):
        Law().restart(POD, "web", 0)


def test_decide_refuses_a_table_that_is_none() -> None:
    with pytest.raises(LawError, match=r"'fase' is not a derivation of Law\(.*\); known are .*phase"):
        Law().decide("fase")


def test_decide_names_row_rules_and_sentence() -> None:
    pod = {**POD, "status": {"phase": "Running", "reason": "x", "containerStatuses": [{"name": "app", "state": {"waiting": {"reason": "ImagePullBackOff"}}}]}}
    row = Law().decide("phase", snapshot(pod), False, False)
    assert (row.row, row.rules, row.says) == ("never-started", ("PHASE-03",), "an app container or sidecar has never started")


def lines(*guards: str | None) -> list[Line]:
    """Return rows of one output with these guards."""
    return [Line(str(i), None if g is None else parse(g), {"value": ast.Constant(i)}, (), "", f"file:{i}") for i, g in enumerate(guards)]


@pytest.mark.parametrize(
    ("guards", "dead"),
    [
        (["a", None], []),
        (["a", "a", None], ["1"]),
        (["a", "a and b", None], ["1"]),
        (["a", "not a", None], ["2"]),
        (["a or b", "b", None], ["1"]),
        (["x == 'p'", "x == 'q'", None], []),
        (["x == 'p'", "x in ('p', 'q')", "x == 'q'", None], ["2"]),
        (["x != 'p'", "x == 'q'", None], ["1"]),
        (["x not in ('p', 'q')", "x == 'r'", None], ["1"]),
        (["any(c.a for c in d)", "b and any(c.a for c in d)", None], ["1"]),
        (["l", "a and b", None], ["1"]),
        (["true", "a", None], ["1", "2"]),
        (["false", None], ["0"]),
        (["a", "b", "not a and not b", None], ["3"]),
    ],
)
def test_rows_are_shadowed_exactly_where_no_case_is_left(guards: list[str | None], dead: list[str]) -> None:
    lets = {"l": parse("a")}
    assert [line.row for line in shadowed(lets, lines(*guards))] == dead


def test_a_table_with_too_many_atoms_is_not_judged() -> None:
    many = " and ".join(f"a{i}" for i in range(20))
    assert shadowed({}, lines("b", f"({many}) and not b or {many} and b", None)) == []
