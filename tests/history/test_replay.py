"""A real kubelet's recorded life is a run of the model; a tampered one is not."""

import gzip
import math
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from podlaw.errors import InputError
from podlaw.history.replay import Disagreement, Observed, Replayed, recorded, replay, replayed
from podlaw.history.replay.restarts import Silence, settled, silences
from podlaw.history.replay.run import Run
from podlaw.law import Law
from podlaw.model import Model
from podlaw.snapshot import Condition

TRACES = Path(__file__).parent.parent / "data" / "traces"
MODEL = Model(Law("1.36"))
FAMILIES = (  # but the largest, `random`, which `nox -s verify` replays with all others
    "basic", "controllers", "crashloop", "ephemeral", "evict", "gates", "hooks", "images", "init", "node_down", "probes", "rules", "sandbox",
    "scheduling", "sidecar", "static", "taint",
)  # fmt: skip
PODS = {(family, name): seen for family in FAMILIES for (name, _), seen in recorded(TRACES / family).items()}


@pytest.mark.parametrize(("family", "name"), PODS)
def test_every_pod_agrees_from_the_first_to_the_last_snapshot(family, name):
    result = replayed(MODEL, name, "", PODS[family, name])
    assert (result.agreed, list(result.disagreements)) == (result.snapshots, [])


def test_a_family_is_replayed_pod_by_pod():
    assert {r.name for r in replay(TRACES / "basic", Law("1.36"))} == {name for family, name in PODS if family == "basic"}


def test_a_restart_before_the_back_off_is_over_disagrees():
    """BACKOFF-02: the third run of always-exit0 may not come at once."""
    seen = PODS["basic", "always-exit0"]
    third = [i for i, o in enumerate(seen) if o.event == "create"][2]
    early = [replace(o, time=o.time - 8.0) if i >= third else o for i, o in enumerate(seen)]
    assert any(d.event == "create" for d in replayed(MODEL, "x", "", early).disagreements)


def test_a_restart_that_never_comes_disagrees():
    """BACKOFF-08: a kubelet that does nothing after the delay is overdue."""
    seen = PODS["basic", "always-exit0"]
    third = [i for i, o in enumerate(seen) if o.event == "create"][2]
    late = [replace(o, time=o.time + 200.0) if i >= third else o for i, o in enumerate(seen)]
    assert replayed(MODEL, "x", "", late).disagreements


@pytest.mark.parametrize(("family", "name"), [("probes", "ready-late"), ("probes", "startup-slow"), ("hooks", "poststart-fail"), ("hooks", "prestop")])
def test_without_the_answers_of_its_probes_and_hooks_a_pod_disagrees(family, name):
    """PROBE-08, TERM-13: no container is started, ready, killed or stopped but by an answer."""
    silent = [o for o in PODS[family, name] if o.event != "exec"]
    assert replayed(MODEL, name, "", silent).disagreements


def test_a_liveness_probe_that_gets_no_answer_kills_as_one_that_fails():
    """PROBE-08: an answer that does not come in time leaves no record."""
    silent = [o for o in PODS["probes", "live-fail"] if o.event != "exec"]
    assert () == replayed(MODEL, "live-fail", "", silent).disagreements


def test_a_kill_before_the_failure_threshold_disagrees():
    """PROBE-08: one failure of two kills nothing."""
    seen = PODS["probes", "live-fail"]
    failed = next(o for o in seen if o.event == "exec" and not o.values["success"])
    succeeded = replace(failed, values={**failed.values, "success": True})
    assert replayed(MODEL, "live-fail", "", [succeeded if o is failed else o for o in seen]).disagreements


STOPS = [(family, name, i) for (family, name), seen in PODS.items() for i, o in enumerate(seen) if o.event == "stop"]


@pytest.mark.parametrize(("family", "name", "index"), [stop for stop in STOPS if stop[0] in ("hooks", "sidecar", "evict", "node_down")])
@pytest.mark.parametrize("seconds", [-2, 4])
def test_a_container_that_is_given_other_time_to_stop_disagrees(family, name, index, seconds):
    """TERM-11: the timeout of a stop is what is left of its grace period; when it began is known to a second or two only."""
    seen = list(PODS[family, name][: index + 1])
    seen[index] = replace(seen[index], values={**seen[index].values, "timeout": seen[index].values["timeout"] + seconds})
    assert [d.event for d in replayed(MODEL, name, "", seen).disagreements] == ["stop"]


def test_a_container_that_outlives_its_time_disagrees():
    """TERM-12: six seconds after its signal SIGKILL ends it."""
    seen = PODS["hooks", "ignores-term"]
    killed = next(i for i, o in enumerate(seen) if o.event == "exit")
    late = [replace(o, time=o.time + 20.0) if i >= killed else o for i, o in enumerate(seen)]
    assert replayed(MODEL, "ignores-term", "", late).disagreements[0].event == "exit"


def test_a_grace_period_may_have_begun_before_the_watch_shows_the_deletion():
    """TERM-11: the watch shows the deletion 0.2 s late here, and the hook is given up when the grace period has ended."""
    seen = PODS["hooks", "prestop-long"]
    deleted = next(o for o in seen if o.pod is not None and o.pod.deleting)
    late = sorted((replace(o, time=o.time + 0.2) if o is deleted else o for o in seen), key=lambda o: o.time)
    assert replayed(MODEL, "prestop-long", "", late).disagreements == ()


def test_the_removal_of_a_record_before_the_two_that_are_kept_changes_nothing():
    """INIT-09: garbage collection takes the oldest records."""
    seen = PODS["basic", "always-exit0"]
    end = [i for i, o in enumerate(seen) if o.event == "create"][1]
    run = Run(MODEL, seen)
    for one in seen[1 : end + 1]:
        run.feed(one)
    run.feed(replace(seen[end], event="remove", values={"container": "app", "id": "ffffffffffff"}))
    assert (run.disagreements, {s.processes[0].older.state for s in run.states}) == ([], {"exited"})


def test_a_sidecar_that_is_stopped_before_the_app_container_has_exited_disagrees():
    """TERM-14: the stop of s2 comes 2 s after that of the app container, which it waits for."""
    seen = PODS["sidecar", "sc-two"]
    stop = next(o for o in seen if o.event == "stop" and o.values["container"] == "s2")
    exited = next(i for i, o in enumerate(seen) if o.event == "exit" and o.values["container"] == "app")
    early = [*seen[:exited], replace(stop, time=seen[exited].time - 0.001), *(o for o in seen[exited:] if o is not stop)]
    assert [d.event for d in replayed(MODEL, "sc-two", "", early).disagreements][:1] == ["stop"]


@pytest.mark.parametrize(("field", "value"), [("phase", "Succeeded"), ("ip", "10.0.0.99"), ("observed", 7)])
def test_one_changed_field_of_one_snapshot_is_one_disagreement(field, value):
    seen = list(PODS["basic", "serve"])
    index = max(i for i, o in enumerate(seen) if o.pod is not None and o.pod.phase == "Running" and not o.pod.deleting)
    seen[index] = replace(seen[index], pod=replace(seen[index].pod, **{field: value}))
    result = replayed(MODEL, "serve", "", seen[: index + 1])
    assert [d.event for d in result.disagreements] == ["MODIFIED"]
    assert field in result.disagreements[0].message


def test_a_condition_that_the_law_derives_otherwise_disagrees():
    """COND-14: AllContainersRestarting tells whether containers are being removed."""
    seen = next(seen for (family, _), seen in PODS.items() if family == "rules" and any(o.pod and o.pod.AllContainersRestarting.status == "True" for o in seen))
    index = next(i for i, o in enumerate(seen) if o.pod is not None and o.pod.AllContainersRestarting.status == "True")
    other = replace(seen[index], pod=replace(seen[index].pod, AllContainersRestarting=Condition("False")))
    assert ["MODIFIED"] == [d.event for d in replayed(MODEL, "x", "", [*seen[:index], other]).disagreements]


def test_a_failed_start_that_does_not_show_the_epoch_disagrees():
    """CSTATE-14: a run that never started has the epoch for a start."""
    seen = list(PODS["images", "startfail"])
    index = next(i for i, o in enumerate(seen) if o.pod is not None and o.pod.app[0].last == "terminated")
    other = replace(seen[index].pod.app[0], last_begin="2026-11-22T14:11:59Z")
    seen[index] = replace(seen[index], pod=replace(seen[index].pod, app=(other,), all=(other,)))
    assert "last_begin" in replayed(MODEL, "startfail", "", seen[: index + 1]).disagreements[0].message


def test_a_pull_within_the_back_off_disagrees_unless_the_image_has_changed():
    """BACKOFF-07: a new image is pulled at once, the same one is not."""
    seen = PODS["images", "fixed-later"]
    index = next(i for i, o in enumerate(seen) if o.pod is not None and o.pod.generation == 2)
    same = [replace(o, pod=replace(o.pod, generation=1)) if o.pod is not None else o for o in seen[:index]] + list(seen[index + 1 :])
    assert any(d.event == "pull" for d in replayed(MODEL, "fixed-later", "", same).disagreements)


def test_a_pod_that_leaves_too_much_open_is_not_judged_further(monkeypatch):
    monkeypatch.setattr("podlaw.history.replay.closure.MOST", 3)
    result = replayed(MODEL, "two-ok-bad", "", PODS["basic", "two-ok-bad"])
    assert re.fullmatch(r"the recording leaves more than 3 states open at [0-9.]+; what follows is not judged", result.open)
    assert (result.agreed < result.snapshots, result.disagreements) == (True, ())


def test_a_pod_that_takes_too_long_is_not_judged_further(monkeypatch):
    monkeypatch.setattr("podlaw.history.replay.closure.ALL", 30)
    result = replayed(MODEL, "two-ok-bad", "", PODS["basic", "two-ok-bad"])
    assert re.fullmatch(r"the recording left 30 states to follow by [0-9.]+; what follows is not judged", result.open)


def test_a_pod_whose_watch_began_late_is_not_judged():
    seen = [one for one in PODS["basic", "serve"] if one.pod is None or one.pod.known]
    result = replayed(MODEL, "serve", "", seen)
    assert "the watch began after the kubelet had written its status; record it from its creation" == result.open
    assert (result.agreed, result.disagreements) == (0, ())


def test_a_directory_that_is_no_recording_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match=r"watch\.jsonl\.gz: cannot be read as lines of JSON .*; name a directory"):
        replay(tmp_path)


@pytest.mark.parametrize(
    ("name", "lines", "message"),
    [
        ("runtime", ['{"ev": "create"}'], r"runtime\.jsonl\.gz, line 1: Object missing required field `t`; tests/data/traces/README.md tells"),
        ("runtime", ['{"t": 1, "ev": "create", "id": 5}'], r"runtime\.jsonl\.gz, line 1: Expected `str`, got `int` - at `\$.id`; tests"),
        ("arrivals", ['{"t": 1, "writers": [null]}'], r"arrivals\.jsonl\.gz, line 1: Expected `object`, got `null` - at `\$.writers\[0\]`; tests"),
        ("runtime", ["[1]"], r"runtime\.jsonl\.gz, line 1: Expected `object`, got `array`; tests"),
        ("watch", [], r"watch has 0 lines and arrivals 84; give the arrival of each watch event"),
    ],
)
def test_lines_that_are_no_recording_are_one_sentence(name, lines, message, tmp_path):
    for one in ("watch", "arrivals", "runtime"):
        (tmp_path / f"{one}.jsonl.gz").write_bytes((TRACES / "basic" / f"{one}.jsonl.gz").read_bytes())
    (tmp_path / f"{name}.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    with pytest.raises(InputError, match=message):
        replay(tmp_path)


def test_a_restart_of_the_kubelet_is_found_where_it_explains_all_pods_of_the_node():
    assert [] == [d for r in replay(TRACES / "kubelet_restart", Law("1.36")) for d in r.disagreements]


def test_a_kubelet_that_acts_was_not_restarted():
    """BACKOFF-07, TERM-18: a back-off that is cut short, or a second stop, disagrees where no silence of the node leaves room for a restart."""
    pods = recorded(TRACES / "kubelet_restart")
    judged = settled(pods, [], lambda key, observed: replayed(MODEL, *key, observed))
    assert {"kr-crash", "kr-term"} == {r.name for r in judged.values() if r.disagreements}


def test_a_restart_that_makes_a_pod_disagree_earlier_is_not_taken_for_one_that_happened():
    """Even though less disagrees in all: the restart in the first silence contradicts what comes next; that in the second is the true one."""
    quiet = [Silence(1.0, 3.0), Silence(4.0, 6.0)]
    faults = {(): (7.0, 8.0, 9.0), (1.0,): (3.0,), (4.0,): (), (1.0, 4.0): (3.0,)}

    def judge(key, observed):
        restarts = tuple(round(o.time) for o in observed if o.event == "stop_kubelet")
        return Replayed(*key, 0, 0, 0, tuple(Disagreement(time, "", "") for time in faults[restarts]))

    pods = {("a", ""): [Observed(time, "", {}) for time in (0.0, 10.0)]}
    assert [()] == [r.disagreements for r in settled(pods, quiet, judge).values()]
    assert [(7.0, 8.0, 9.0)] == [tuple(d.time for d in r.disagreements) for r in settled(pods, quiet[:1], judge).values()]


def test_a_restart_that_explains_one_pod_and_contradicts_another_did_not_happen():
    """BACKOFF-07: a kubelet is restarted for all its pods."""

    def judge(key, observed):
        restarted = any(o.event == "stop_kubelet" for o in observed)
        return Replayed(*key, 0, 0, 0, (Disagreement(5.0, "", ""),) if restarted == (key[0] == "b") else ())

    pods = {(name, ""): [Observed(time, "", {}) for time in (0.0, 10.0)] for name in ("a", "b")}
    assert [1, 0] == [len(r.disagreements) for r in settled(pods, [Silence(1.0, 3.0)], judge).values()]


def test_only_a_long_silence_can_hide_a_restart():
    assert [(10.0, 12.0), (13.9, math.inf)] == [(s.begin, s.end) for s in silences([12.0, 8.5, 10.0, 13.9])]


def test_the_mirrors_of_a_static_pod_are_one_life():
    """STATIC-05: the mirror of st-run is deleted and made anew; that of st-change gives way to another pod."""
    made = [(name, [o.event for o in seen].count("ADDED")) for (name, _), seen in recorded(TRACES / "static").items()]
    assert [("st-change-node-a", 1), ("st-change-node-a", 1), ("st-run-node-a", 2)] == sorted(m for m in made if m[0][:6] in ("st-run", "st-cha"))


def test_a_pod_that_is_evicted_before_the_recording_ends_agrees():
    """TERM-42: no status tells of an eviction before every container has stopped."""
    seen = [o for o in PODS["basic", "serve"] if o.time < next(o.time for o in PODS["basic", "serve"] if o.pod is not None and o.pod.deleting)]
    stop = Observed(seen[-1].time + 5.0, "stop", {"container": "app", "timeout": 2})
    assert [] == [*replayed(MODEL, "serve", "", [*seen, stop]).disagreements]
    assert ["stop"] == [d.event for d in replayed(MODEL, "serve", "", [*seen, replace(stop, values=stop.values | {"timeout": 12})]).disagreements]


def test_a_kubelet_that_never_returns_explains_that_the_garbage_collector_fails_its_pod():
    """TERM-53, TERM-54: it acts no more, its node is removed, and nothing but the last write tells of it."""
    seen = [o for o in PODS["basic", "serve"] if o.time < next(o.time for o in PODS["basic", "serve"] if o.pod is not None and o.pod.deleting)]
    last = seen[-1].pod
    failed = replace(last, phase="Failed", DisruptionTarget=Condition("True", "DeletionByPodGC"))
    observed = [*seen, Observed(seen[-1].time + 60.0, "MODIFIED", {}, failed)]
    quiet = list(silences([seen[-1].time]))
    assert [[]] == [[*r.disagreements] for r in settled({("serve", ""): observed}, quiet, lambda key, shown: replayed(MODEL, *key, shown)).values()]
    assert ["MODIFIED"] == [d.event for d in replayed(MODEL, "serve", "", observed).disagreements]
