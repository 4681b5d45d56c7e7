"""Lives made up from manifests: by a script or at random, told as a timeline, as watch events and as a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

import lives
from podlaw.cli import main
from podlaw.cluster import Cluster
from podlaw.errors import EventError, InputError
from podlaw.history.check import check
from podlaw.law import Law
from podlaw.simulate import Happening, called, play, simulate
from podlaw.simulate.picture import svg
from podlaw.simulate.script import admitted, manifests, script
from podlaw.simulate.timeline import text, timeline, watch

WEB: dict[str, Any] = {"kind": "Pod", "metadata": {"name": "web", "namespace": "default", "uid": "u-1"}, "spec": {"containers": [{"name": "app"}]}}
CRASH = [{"event": "exit", "pod": "web", "container": "app", "code": 1}, {"wait": 10}]


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    status = main(["simulate", *map(str, arguments)])
    return status, *capsys.readouterr()


def written(path: Path, *documents: Any) -> Path:
    path.write_text(yaml.safe_dump_all(documents), encoding="utf-8")
    return path


def events(cluster: Cluster) -> list[tuple[str, str, float]]:
    return [(m.on, m.entry.event, m.entry.time) for m in cluster.history]


# ---- random lives


@pytest.mark.parametrize("seed", range(20))
def test_a_random_life_breaks_no_property_and_publishes_a_lawful_history(seed: int) -> None:
    """`nox -s simulate` lives a thousand, longer."""
    assert [] == lives.broken(seed, 60)


def test_the_same_seed_gives_the_same_life_and_another_another() -> None:
    one, same, other = (events(simulate([WEB], seed=seed, steps=30)) for seed in (1, 1, 2))
    assert (True, False) == (one == same, one == other)


def test_a_life_of_more_steps_goes_on_from_that_of_fewer() -> None:
    short, long = (events(simulate([WEB], seed=3, steps=steps)) for steps in (10, 20))
    assert short == long[: len(short)]


def test_an_exception_and_a_broken_rule_are_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge of the sweep can say no."""
    monkeypatch.setattr(lives, "pods", lambda seed: [{"metadata": {"name": "web", "uid": "u"}, "spec": {"containers": []}}])
    assert lives.broken(0, 1)[0].startswith("InputError: ")
    backward = list(watch(simulate([WEB], steps=0)))[::-1]
    monkeypatch.setattr(lives, "watch", lambda cluster: backward)
    assert any("web: " in fault for fault in lives.faults(simulate([WEB], steps=0)))


# ---- scripts


def test_a_script_is_played_event_after_event(tmp_path: Path) -> None:
    cluster = play([WEB], script(str(written(tmp_path / "s.yaml", CRASH))))
    assert (1, "exit") == (cluster.pod("u-1").app[0].restarts, next(m.entry.event for m in cluster.history if m.entry.by == "runtime"))
    assert cluster.now == simulate([WEB], steps=0).now + 10


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ({"pod": "web"}, "it is no event; write {event: exit, pod: web, container: app, code: 1} or {wait: 10}"),
        ("exit", "it is no event; write "),
        ({"event": "delete", "pod": "web", "wait": 1}, "it is no event; write "),
        ({"event": "delete"}, "it names nothing that it happens to; name a pod under 'pod', a node or claim under 'on'"),
        ({"event": "delete", "pod": "web", "on": "node-a"}, "it names two things that it happens to; "),
        ({"wait": -1}, "wait is -1; give whole seconds"),
        ({"wait": True}, "wait is True; give whole seconds"),
        ({"event": "explode", "pod": "web"}, "'explode' is not an event of Law("),
        ({"event": "exit", "pod": "db", "container": "app"}, "no pods are called 'db'; there are default/web"),
        ({"event": "exit", "pod": "other/web", "container": "app"}, "no pods are called 'other/web'; there are default/web"),
        ({"event": "exit", "pod": "web", "container": "app", "code": "one"}, "'exit' wants a whole number for code, not 'one'"),
        ({"event": "exit", "pod": "web", "container": "app", "code": True}, "'exit' wants a whole number for code, not True"),
        ({"event": "exit", "pod": "web", "container": "app", "reason": 5}, "'exit' wants a text for reason, not 5"),
        ({"event": "delete", "pod": "web", "grace": None}, "'delete' wants a whole number for grace, not None"),
        ({"event": "disrupt", "pod": "web", "reason": ["x"]}, "'disrupt' wants a text for reason, not ('x',)"),
        ({"event": "exit", "pod": "web", "container": "db"}, "'exit' needs a container of this pod, not 'db'; it has app"),
        ({"event": "start_kubelet", "pod": "web"}, "'start_kubelet()' is refused: it needs that no kubelet runs"),
        ({"event": "return_node", "on": "node-a"}, "'return_node' of node 'node-a' is refused: the node_kubelet is up"),
    ],
)
def test_a_mistake_in_a_script_names_file_and_event(tmp_path: Path, line: Any, sentence: str) -> None:
    path = str(written(tmp_path / "s.yaml", [{"wait": 1}, line]))
    with pytest.raises(InputError) as caught:
        play([WEB], script(path))
    assert (True, False) == (str(caught.value).startswith(f"{path}, event 1: {sentence}"), "\n" in str(caught.value))


def test_a_script_speaks_of_the_newest_pod_of_a_name_and_of_one_of_two_by_its_namespace() -> None:
    newer, other = ({**WEB, "metadata": {**WEB["metadata"], "uid": uid, "namespace": ns}} for uid, ns in (("u-2", "default"), ("u-3", "other")))
    cluster = play([WEB], [Happening("delete", "web", {"grace": 0}, "here")])
    for one in (newer, other):
        cluster.add(one)
    with pytest.raises(EventError, match="2 pods are called 'web'; there are default/web, other/web"):
        called(cluster, Happening("delete", "web", {}, "here"))
    assert ["u-2", "u-3"] == [called(cluster, Happening("delete", f"{ns}/web", {}, "here")) for ns in ("default", "other")]


def test_a_node_is_named_under_on_which_YAML_takes_for_true(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("- {event: fail_node, on: node-a}\n", encoding="utf-8")
    assert "down" == play([WEB], script(str(path))).nodes["node-a"].subject.kubelet


# ---- manifests


def test_a_list_and_several_documents_are_opened_and_each_pod_gets_a_uid(tmp_path: Path) -> None:
    bare = {"spec": WEB["spec"]}
    path = written(tmp_path / "pods.yaml", {"kind": "List", "items": [WEB, bare]}, bare)
    assert ["u-1", "00000000-0000-4000-8000-000000000002", "00000000-0000-4000-8000-000000000003"] == [
        one["metadata"]["uid"] for one in admitted(manifests(str(path)), Law())
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("kind: Deployment", "document 0: it is a Deployment where a Pod is wanted; give the pods of a controller, or its template as a Pod"),
        ("{spec: {containers: [{name: a}]}}\n---\n{spec: {containers: []}}", "document 1: the API server refuses the pod: spec.containers: Required value"),
        ("{kind: Pod, metadata: [], spec: {containers: [{name: a}]}}", "document 0: Expected `object`, got `array` at metadata"),
        ("- 1", "document 0: it is a list where a Pod is wanted"),
        ("a: [", ":2: not YAML ("),
        ("", "it is empty; write a manifest or a list of events"),
        (None, "No such file or directory; name a file that can be read"),
    ],
)
def test_what_is_no_pod_is_refused_with_status_2_in_a_sentence_that_names_the_file(capsys, tmp_path: Path, content: str | None, sentence: str) -> None:
    path = tmp_path / "pod.yaml"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    status, out, err = run(capsys, path)
    assert (2, "", 1, True) == (status, out, err.count("\n"), err.startswith(f"podlaw: {path}") and sentence in err)


# ---- what is told


def test_the_watch_events_are_one_creation_then_changes_then_one_removal() -> None:
    cluster = play([WEB], [Happening("delete", "web", {"grace": 0}, "here")])
    told = [event["type"] for event in watch(cluster)]
    assert ("ADDED", "DELETED", {"MODIFIED"}) == (told[0], told[-1], set(told[1:-1]))
    assert "lawful" == check(watch(cluster)).verdict


def test_the_timeline_tells_no_hidden_event_and_every_change() -> None:
    cluster = simulate([WEB], seed=4, steps=20)
    lines = list(timeline(cluster))
    hidden = {line.event.partition("(")[0] for line in lines if not line.changed} & set(cluster.model.hidden)
    assert (set(), "created") == (hidden, lines[0].changed.partition(" ")[0])
    assert len(lines) + 1 == len(text(cluster).splitlines())


def test_a_picture_escapes_every_name_and_shows_each_container() -> None:
    cluster = simulate([{**WEB, "metadata": {"name": "web", "namespace": "default", "uid": "u"}}], steps=0)
    cluster.pods["u"].live.place(_named(cluster, "<b>&\"'"))
    cluster.apply("exit", "u", container="app", code=1)
    drawn = svg(cluster)
    told = {element.text for element in ElementTree.fromstring(drawn).iter() if element.text}  # noqa: S314 - it was drawn here
    assert ("<b>" in drawn, True) == (False, {"<b>&\"'", "<b>&\"'/app"} <= told)


def _named(cluster: Cluster, name: str) -> Any:
    from msgspec.structs import replace

    life = cluster.pods["u"].life
    return replace(life, api=replace(life.api, name=name), cached=replace(life.cached, name=name), picked=replace(life.picked, name=name))


# ---- the command


def test_the_command_prints_a_timeline_and_draws(capsys, tmp_path: Path) -> None:
    pods, happens, drawn = written(tmp_path / "pod.yaml", WEB), written(tmp_path / "s.yaml", CRASH), tmp_path / "life.svg"
    status, out, err = run(capsys, pods, "--events", happens, "--svg", drawn)
    assert (0, "", "TIME") == (status, err, out.split()[0])
    assert drawn.read_text(encoding="utf-8").startswith("<svg ")


def test_the_command_prints_watch_events_that_check_finds_lawful(capsys, tmp_path: Path) -> None:
    status, out, _ = run(capsys, written(tmp_path / "pod.yaml", WEB), "--random", "--seed", "7", "--steps", "40", "--format", "json")
    (tmp_path / "watch.jsonl").write_text(out, encoding="utf-8")
    assert (0, True) == (status, all(json.loads(line)["type"] for line in out.splitlines()))
    assert 0 == main(["check", str(tmp_path / "watch.jsonl")])


def test_a_broken_property_ends_the_command_with_status_1(capsys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from podlaw.properties import Broken

    monkeypatch.setattr("podlaw.properties.Referee.judge", lambda *_: iter([Broken("Ready", ("COND-01",), "It is ready.", "web")]))
    status, _, err = run(capsys, written(tmp_path / "pod.yaml", WEB), "--steps", "1")
    assert (1, "podlaw: web: Ready (COND-01) is broken: It is ready.") == (status, err.splitlines()[0])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--random", "--events", "s.yaml"], "--events and --random exclude each other; give one"),
        (["--svg", "/dev/null/life.svg"], "/dev/null: it cannot be made ("),
        (["--nodes", "0"], "Invalid value for '--nodes'"),
    ],
)
def test_bad_options_end_the_command_with_status_2(capsys, tmp_path: Path, arguments: list[str], sentence: str) -> None:
    status, out, err = run(capsys, written(tmp_path / "pod.yaml", WEB), *arguments)
    assert (2, "", 1, True) == (status, out, err.count("\n"), err.startswith(f"podlaw: {sentence}"))
