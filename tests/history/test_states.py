"""A set of states without those for which another one stands can do what the whole set can."""

import ast
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from podlaw.history.replay import Run, recorded
from podlaw.history.replay.compare import explains
from podlaw.history.replay.run import follows, upcoming
from podlaw.history.replay.states import INSTANTS, UNREAD, States, reduced
from podlaw.history.replay.writes import writes
from podlaw.law import SPEC, Law
from podlaw.model import Model
from podlaw.pod import begin

TRACES = Path(__file__).parent.parent / "data" / "traces"
MODEL = Model(Law("1.36"))
PODS = {(family, name): seen for family in ("basic", "init") for (name, _), seen in recorded(TRACES / family).items()}
REASON = "runs whose worker has ended before a write of an older status are not kept; the pod agrees by others"
LOST = pytest.mark.xfail(reason=REASON, strict=True)
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


def advanced(run, lives, one):
    """Return every state after an observation, each of them kept."""
    late = reached({replace(s, now=one.time) for s in reached(lives) if not MODEL.law.functions["overdue"](s, one.time)})
    options = list(run.calls(one)) if one.pod is None else [("drop", {})] if one.event == "DELETED" else list(writes(run.api, one.pod))
    after = {a for s in late for name, values in options or [("publish", {})] if (a := MODEL.apply(s, name, values)) is not None}
    after = {s for s in after if follows(s, one)}
    return after if options else {s for s in after if explains(s.api, one.pod)}


def known(states):
    """Return what tells states apart but for instants, picks that are never written and relists that show nothing."""
    return {(r.worker, r.step, r.sandbox, r.seen_sandbox, r.callback, r.cached, r.processes) for r in map(reduced, states)}


@pytest.mark.parametrize(
    ("family", "name"),
    [("basic", "serve"), ("basic", "once-bad"), ("basic", "two-ok-bad"), pytest.param("init", "init-stuck", marks=LOST), ("init", "init-delete")],
)
def test_the_reduced_set_stands_for_every_state_after_every_observation(family, name):
    seen = PODS[family, name]
    run, lives = Run(MODEL, begin(seen[0].pod, seen[0].time)), {begin(seen[0].pod, seen[0].time)}
    for one, written in zip(seen[1:], upcoming(seen), strict=True):
        lives = advanced(run, lives, one)
        run.feed(one, written)
        assert known(reached(lives)) == known(reached(set(run.states)))


def test_no_guard_reads_what_is_dropped():
    """Instants belong to `overdue` alone, times of the kubelet's conditions to what is written."""
    dropped = [*(f"life.{name}" for name in INSTANTS), *(f"{name}.since" for name in UNREAD)]
    read = [ast.unparse(guard.when) for event in MODEL.events.values() for guard in event.spec.guards]
    read += [path.read_text() for path in SPEC.glob("derivations/*.yaml") if path.name != "overdue.yaml"]
    assert [] == [(name, text) for name in dropped for text in read if re.search(rf"\b{re.escape(name)}\b", text)]


def test_of_two_states_the_later_stands_for_the_earlier():
    early, late = (replace(LIFE, step="busy", began=t, computed=t) for t in (1.0, 2.0))
    for lives in ([early, late], [late, early]):
        assert [s.began for s in States(lives)] == [2.0]


def test_neither_of_two_states_stands_for_the_other_where_each_is_later_in_one_instant():
    assert len(States([replace(LIFE, step="busy", began=1.0, computed=2.0), replace(LIFE, step="busy", began=2.0, computed=1.0)])) == 2
