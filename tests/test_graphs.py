"""Every step that Kubernetes publishes is a move of the observed graphs, and known bugs are none."""

import shutil
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import settings
from transitions import Machine, MachineError

from podlaw import graphs
from podlaw.errors import LawError
from podlaw.history.read import documents
from podlaw.law import SPEC, Law, whole
from podlaw.publish import document
from podlaw.snapshot import snapshot
from podlaw.testing.stateful import PodLife
from podlaw.types import INT, Scope

DATA = Path(__file__).parent / "data"
LAW = Law("1.36")
FAMILIES = sorted(path.name for path in (DATA / "traces").iterdir() if path.is_dir())
RECORDED = [DATA / "traces" / family / "watch.jsonl.gz" for family in FAMILIES]
OLD = [  # written by kubelets up to 1.27, which took Initialized back while exited app containers waited for a new sandbox
    ("sandbox-recreated-running-pending-running.jsonl", "Initialized", "True", "False"),
    ("K8S-120247/good.jsonl", "Initialized", "True", "False"),
]
LAWFUL = [*sorted((DATA / "traps").glob("*.jsonl")), *sorted((DATA / "museum").glob("*/good.jsonl"))]
CONDITIONS = ("Initialized", "ContainersReady", "Ready", "PodReadyToStartContainers", "AllContainersRestarting")  # of a kubelet; a rejection drops them
UNSEEN = {  # moves that no recording shows, with what they need
    "a running pod rejected after a restart of the kubelet": {
        *((kind, status, "absent", "pod rejected") for kind in CONDITIONS for status in ("False", "True")),
        *(("container-state", state, "absent", "pod rejected") for state in ("waiting", "running", "terminated")),
    },
    "a disruption by scheduler or kubelet, or one that is called off": {
        *(("DisruptionTarget", "True", "False", move) for move in ("called off", "ends as called off")),
        *(("DisruptionTarget", "absent", "True", move) for move in ("preempted", "ended by the node")),
        *(("DisruptionTarget", "False", "True", move) for move in ("evicted by the API", "preempted", "tainted or orphaned", "ended by the node")),
    },
    "a node that is removed or out of service while its pods run": {("phase", "Running", "Failed", "node is gone")},
    "a resize": {
        *(("PodResizePending", "absent", "True", move) for move in ("deferred", "infeasible")), ("PodResizePending", "True", "absent", "settled"),
        ("PodResizeInProgress", "absent", "True", "allocated"), ("PodResizeInProgress", "True", "absent", "done"),
    },
    "a rule that fires before the first status": {("AllContainersRestarting", "absent", "True", "triggered at once")},
    "a runtime that loses records at a rare moment, or cannot tell a state": {
        ("container-state", "absent", "terminated", "never ran"), ("container-state", "waiting", "waiting", "is lost"),
        ("container-state", "waiting", "terminated", "taken as completed"), ("container-state", "running", "terminated", "end unknown"),
        ("container-state", "running", "waiting", "is created anew"),
    },
}  # fmt: skip


def lives(path):
    """Return the histories of the pods of one file."""
    found = defaultdict(list)
    for read in documents(path):
        found[read.pod.uid].append(read.pod)
    return list(found.values())


def unexplained(life, law=LAW, *, born=True):
    """Return the steps of one history that are no move, as (graph, from, to)."""
    found = []
    for name, graph in law.graphs.items():
        before = None if born else life[0]
        for pod in life if born else life[1:]:
            for c, edges in graph.steps(before, pod):
                if not edges:
                    old = graph.spec.initial if before is None else graph.value(before, next((b for b in before.all if b.name == c.name), c))
                    found.append((name, old, graph.value(pod, c)))
            before = pod
    return found


@pytest.mark.parametrize("path", RECORDED, ids=FAMILIES)
def test_every_published_step_of_a_real_cluster_is_a_move(path):
    assert [step for life in lives(path) for step in unexplained(life)] == []


def test_the_moves_without_witness_are_known():
    seen = graphs.witnesses(LAW.graphs, (life for path in RECORDED for life in lives(path)))
    unseen = {move for move, count in seen.items() if count == 0}
    assert set().union(*UNSEEN.values()) == unseen


@pytest.mark.parametrize("path", LAWFUL, ids=lambda p: p.parent.name + "/" + p.name)
def test_every_step_of_a_lawful_history_is_a_move(path):
    known = [step for name, *step in OLD if str(path).endswith(name)]
    assert known == [list(step) for life in lives(path) for step in unexplained(life, born=False)]


@pytest.mark.parametrize(
    ("case", "step"),
    [
        ("K8S-105358", ("phase", "Failed", "Running")),
        ("K8S-54499", ("phase", "Succeeded", "Pending")),
        ("K8S-58711", ("phase", "Failed", "Succeeded")),
        ("KWOK-1509", ("phase", "Succeeded", "Running")),
        ("K8S-51142", ("container-state", "terminated", "running")),
        ("K8S-124176", ("container-state", "terminated", "running")),
        ("K8S-95561", ("container-state", "running", "waiting")),
        ("VK-136", ("Ready", "False", "absent")),
    ],
)
def test_a_known_bug_is_no_move(case, step):
    assert step in [found for life in lives(DATA / "museum" / case / "bad.jsonl") for found in unexplained(life, born=False)]


def test_the_two_ends_of_the_phase_are_final_trace_11():
    assert {"phase": {"Succeeded", "Failed"}} == {name: set(graph.final) for name, graph in LAW.graphs.items() if graph.final}


def test_a_gap_hides_moves_but_no_way_out_of_an_end():
    phase = LAW.graphs["phase"]
    assert (phase.reaches("Pending", "Failed"), phase.reaches("Running", "Running"), phase.reaches("Failed", "Running")) == (True, True, False)


# ---- as transitions machines


class Model:
    """Anything that a machine gives a state."""


def machine(graph):
    states, moves = graphs.transitions(graph)
    model = Model()
    return Machine(model, states=states, transitions=moves, initial=graph.spec.initial, auto_transitions=False, send_event=True), model


def test_a_machine_follows_recorded_phases():
    graph, followed, published = LAW.graphs["phase"], [], []
    for life in lives(DATA / "traces" / "rules" / "watch.jsonl.gz"):
        _, model = machine(graph)
        old = None
        for pod in life:
            for _, edges in graph.steps(old, pod):
                model.trigger(graphs.trigger(edges[0]), old=old or pod, pod=pod)
            followed, published, old = [*followed, model.state], [*published, pod.phase], pod
    assert published == followed


def test_a_machine_refuses_what_is_no_move():
    _, model = machine(LAW.graphs["phase"])
    with pytest.raises(MachineError):
        model.trigger("starts_over", old=None, pod=None)


def test_a_machine_refuses_a_move_whose_guard_fails():
    graph = LAW.graphs["phase"]
    pod = snapshot({"metadata": {"name": "a", "uid": "u"}, "spec": {"containers": [{"name": "c"}]}, "status": {"phase": "Running"}})
    _, model = machine(graph)
    assert (model.trigger("all_have_started", old=pod, pod=pod), model.state) == (False, "Pending")


# ---- random lives


class Moving(PodLife):
    """Every step that the model publishes is a move as well."""

    eager = False

    def look(self):
        for entry in self.oracle.history[self.seen :]:
            if entry.pod is not None and entry.pod is not getattr(self, "raw", None):
                self.raw, shown = entry.pod, snapshot(document(entry.pod))
                before = getattr(self, "shown", None)
                assert (unexplained([before, shown], born=False) if before is not None else unexplained([shown])) == [], entry.event
                self.shown = shown
        super().look()


TestMoving = Moving.TestCase
TestMoving.settings = settings(settings.default, stateful_step_count=60)


# ---- the graphs check themselves


def altered(directory, file, old, new):
    """Return a copy of the graphs in which one text of one file is replaced once."""
    shutil.copytree(SPEC / "graphs", directory / "graphs")
    text = (directory / "graphs" / file).read_text()
    assert old in text
    (directory / "graphs" / file).write_text(text.replace(old, new, 1))
    return directory


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        ("phase.yaml", "from: Pending, to: Running", "from: Pending, to: Unknown", "'Unknown' is not a node of phase; it has Pending, Running"),
        ("phase.yaml", "from: Pending, to: Running", "from: Pnding, to: Running", "'Pnding' is not a node of phase"),
        ("phase.yaml", "initial: Pending", "initial: Unknown", "'Unknown' is not a node of phase"),
        ("phase.yaml", "      Unknown: ", "      Lost: ", "each member of Phase must stand once in phase, as a node or under never: Failed, Pending"),
        ("phase.yaml", "      Failed: ended", "      Unknown: nobody knows\n      Failed: ended", "each member of Phase must stand once in phase"),
        ("phase.yaml", "value: pod.phase", "value: pod.phse", "Pod has no field 'phse'"),
        ("phase.yaml", "c.state == 'terminated'", "c.state == 'terminatd'", "'terminatd'"),
        ("phase.yaml", "when: all_ended", "when: once(pod.deleting)", "'once(pod.deleting)' looks further back than one step; only rules may use once(p)"),
        ("phase.yaml", "starts over, from: Running, to: Pending", "starts over, from: Running, to: Running", "the move 'starts over' changes nothing"),
        ("phase.yaml", "move: all ended with 0", "move: failed or stopped", "the move 'failed or stopped' from Running stands twice in phase"),
        ("phase.yaml", "by: controller", "by: operator", "Invalid enum value 'operator'"),
        ("readiness.yaml", "graph: Ready", "graph: PodScheduled", "two graphs are called PodScheduled; rename one"),
        ("conditions.yaml", "    never:\n      Unknown: no component writes it", "      Unknown: who knows\n    never: {}", "no moves of PodScheduled lead"),
    ],
)
def test_a_mistake_in_a_graph_is_one_sentence_with_its_place(tmp_path, file, old, new, sentence):
    known = whole()
    scope = Scope(known.vocabulary, dict.fromkeys(known.constants, INT), {name: table.signature for name, table in known.tables.items()})
    with pytest.raises(LawError) as caught:
        graphs.graphs(altered(tmp_path, file, old, new), scope)
    assert (sentence in str(caught.value), str(caught.value).startswith(f"graphs/{file}:")) == (True, True)
