"""A set of states without those for which another one stands can do what the whole set can."""

import ast
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from lived import Recorded, manifest
from podlaw.history.replay import Run, recorded
from podlaw.history.replay.states import INSTANTS, METADATA, UNREAD, States, reduced
from podlaw.law import SPEC, Law
from podlaw.model import Model
from podlaw.pod import begin

TRACES = Path(__file__).parent.parent / "data" / "traces"
MODEL = Model(Law("1.36"))
PODS = {(family, name): seen for family in ("basic", "init") for (name, _), seen in recorded(TRACES / family).items()}
LIFE = begin(PODS["basic", "serve"][0].pod, 0.0)


def reached(lives):
    """Return every state that hidden events lead to, each of them kept."""
    seen, todo = set(lives), list(lives)
    while todo:
        for _, _, after in MODEL.steps(todo.pop()):
            if after not in seen:
                seen.add(after)
                todo.append(after)
    return seen


def advanced(run, lives, one, shown):
    """Return every state after an observation, each of them kept; the watch shows every write as it happens."""
    late = reached({replace(s, now=one.time) for s in reached(lives) if not MODEL.law.functions["overdue"](s, one.time)})
    if one.pod is not None:
        return set(run.closure.wrote(late, run.writes[shown]))
    return set(run._after(late, one, list(run.calls(one))))


def known(states, unwritten):
    """Return what tells states apart but for instants, picks that are never written and relists that show nothing."""
    kept = States(states, unwritten)
    return {(r.worker, r.step, r.sandbox, r.seen_sandbox, r.callback, r.cached, r.processes) for r in kept}


@pytest.mark.parametrize(
    ("family", "name"),
    [("basic", "serve"), ("basic", "once-bad"), ("basic", "two-ok-bad"), ("init", "init-stuck"), ("init", "init-delete")],
)
def test_the_reduced_set_stands_for_every_state_after_every_observation(family, name, monkeypatch):
    monkeypatch.setattr("podlaw.history.replay.closure.AHEAD", 0.0)
    seen = PODS[family, name]
    run, lives, shown = Run(MODEL, seen), {begin(seen[0].pod, seen[0].time)}, 0
    for one in seen[1:]:
        shown += one.pod is not None
        lives = advanced(run, lives, one, shown)
        run.feed(one)
        unwritten = not run.writes[shown].following
        assert known(reached(lives), unwritten) == known(reached({s for s in run.states if shown in run.layers}), unwritten)


@pytest.mark.parametrize("seed", [8002, 8005, 8006, 8028, 8058])
def test_a_reduced_state_can_do_what_the_state_can(seed):
    """Of a life with ephemeral containers, one with restarts, one with volumes, and two static pods."""
    one = Recorded(MODEL, manifest(seed), seed)
    for _ in range(40):
        one.live(1)
        whole = MODEL.apply(one.life, "relist", {}) or one.life
        least = reduced(whole)
        for name in MODEL.events.keys() & (one.weights.keys() | {"stop_kubelet", "start_kubelet"}):
            for values in one.options(name):
                full, reached_ = (MODEL.apply(life, name, values) or (life if name in MODEL.hidden else None) for life in (whole, least))
                assert (full and reduced(full)) == (reached_ and reduced(reached_)), (name, values)


def test_no_guard_reads_what_is_dropped():
    """Instants belong to `overdue` alone, times of the kubelet's conditions to what is written, metadata to the object."""
    dropped = [*(f"life.{name}" for name in INSTANTS), *(f"{name}.since" for name in UNREAD), *(f"cached.{name}" for name in METADATA)]
    read = [ast.unparse(guard.when) for event in MODEL.events.values() for guard in event.spec.guards]
    read += [path.read_text() for path in SPEC.glob("derivations/*.yaml") if path.name != "overdue.yaml"]
    assert [] == [(name, text) for name in dropped for text in read if re.search(rf"\b{re.escape(name)}\b", text)]


def test_of_two_states_the_later_stands_for_the_earlier():
    early, late = (replace(LIFE, step="busy", began=t, computed=t) for t in (1.0, 2.0))
    for lives in ([early, late], [late, early]):
        assert [s.began for s in States(lives)] == [2.0]


def test_neither_of_two_states_stands_for_the_other_where_each_is_later_in_one_instant():
    assert len(States([replace(LIFE, step="busy", began=1.0, computed=2.0), replace(LIFE, step="busy", began=2.0, computed=1.0)])) == 2
