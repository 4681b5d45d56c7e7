"""A scope that names what the law does not have is one sentence with file, line and remedy."""

import pytest

from podlaw.errors import LawError
from podlaw.explore import explore, ready
from podlaw.explore.layout import layout
from podlaw.ground.domains import Finite
from podlaw.ground.scope import check_pods
from scopes import LAW, SCOPES

SCOPE = """scopes:
  - scope: mine
    says: One container.
    size: small
    pods: [{spec: {nodeName: n, restartPolicy: Never, containers: [{name: app}]}}]
    events:
      exit: [{code: 0, reason: Completed}]
    without: [fail_start]
    caps: {run.attempt: 0, sandboxes: 1, restarts: 1}
    fuse: [relist, pick, publish]
    can: [{says: It ends., goal: "life.api.phase in ('Succeeded', 'Failed')"}]
"""
WRONG = [
    ("exit: [", "exist: [", r"mine.yaml:7: 'exist' is not an event; known are actuate, add_ephemeral"),
    ("{code: 0, reason: Completed}", "{code: zero, reason: Completed}", r"mine.yaml:7: 'exit' wants a whole number for code, not 'zero'"),
    ("[{code: 0, reason: Completed}]", "[]", r"mine.yaml:7: 'exit' has no choice of its parameters; give one that has code, reason, or leave it out"),
    ("exit: [", "evict: [{reason: Evicted, disruption: 1, grace: 1}]\n      exit: [", r"mine.yaml:7: 'evict' wants true or false for disruption, not 1"),
    ("exit: [", "probe_startup: [{verdict: Maybe}]\n      exit: [", r"mine.yaml:7: 'probe_startup' wants Failure or .* for verdict, not 'Maybe'"),
    ("    events:", "    nodes: [{name: n}]\n    events:\n      bind: [{node: m}]", r"mine.yaml:8: there is no node 'm'; the scope has n"),
    ("    events:", "    nodes: [{name: n, kubelet: upp}]\n    events:", r"mine.yaml:6: 'upp' is no kubelet of a Node; it is down or up"),
    ("    events:", "    nodes: [{name: n, cpus: 4}]\n    events:", r"mine.yaml:6: .*unknown field `cpus`"),
    ("restarts: 1", "restarts: -1", r"mine.yaml:9: the cap of restarts is -1; give the number that it may reach, 0 or more"),
    ("pods: [{spec", "pods: [{image: web, spec", r"mine.yaml:5: 'image' is no field of a pod here; it has name, as, absent, metadata and spec"),
    ("{name: app}", "{name: app}, {name: app}", r"mine.yaml:5: the API server refuses the pod: spec.containers\[1\].name: Duplicate value"),
    ("fail_start", "fale_start", r"mine.yaml:8: 'fale_start' is not an event"),
    ("relist, pick", "relist, exit, pick", r"mine.yaml:10: 'exit' is seen outside the node; only hidden events and publish can be fused"),
    ("{code: 0, reason: Completed}", "{code: 0}", r"mine.yaml:7: 'exit' takes code, reason, not code"),
    ("restarts: 1", "resets: 1", r"mine.yaml:9: 'resets' counts nothing; a cap names the last fields of a counter, as run.attempt"),
    ("restarts: 1", "phase: 1", r"mine.yaml:9: 'phase' counts nothing; a cap names the last fields of a counter"),
    ("run.attempt: 0, ", "", r"mine.yaml:2: the variable '\[app\].run.attempt' has more than 256 values; give the scope a cap"),
    ("life.api.phase in", "life.api.fase in", r"mine.yaml:11: Pod has no field 'fase'"),
    ("'Failed')", "'Fialed')", r"mine.yaml:11: 'Fialed' is not a Phase"),
    ("can: [{says: It ends.,", "eventually: [{says: It ends., fair: [lose],", r"mine.yaml:11: 'lose' is not an event that this scope names; it has exit"),
    ("says: It ends.,", "says: It ends., property: Bound twice,", r"mine.yaml:11: 'Bound twice' is not a named property; known are Back-off, Bound once"),
    ("size: small", "size: tiny", r"mine.yaml:4: .*size"),
    ("says: One container.", "sais: One container.", r"mine.yaml:2: .*sais"),
    ("pods: [{spec: {nodeName: n, restartPolicy: Never, containers: [{name: app}]}}]", "pods: []", r"mine.yaml:5: a scope needs a pod"),
    ("containers: [{name: app}]", "containers: [{}]", r"mine.yaml:5: .*name"),
    ("scope: mine", "scope: [", r"mine.yaml:\d+: not YAML"),
]


@pytest.mark.parametrize(("old", "new", "sentence"), WRONG, ids=[new[:20] for _, new, _ in WRONG])
def test_a_mistake_in_a_scope_is_one_sentence_with_its_place(tmp_path, old, new, sentence):
    path = tmp_path / "mine.yaml"
    path.write_text(SCOPE.replace(old, new), encoding="utf-8")
    with pytest.raises(LawError, match=sentence) as error:
        ready(path)
    assert "\n" not in str(error.value)


def test_the_error_names_the_file_as_it_was_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _written(tmp_path, SCOPE.replace("exit", "exist"))
    with pytest.raises(LawError, match=r"^mine\.yaml:7: "):
        ready("mine.yaml")


@pytest.mark.parametrize("name", SCOPES)
def test_every_pod_of_a_scope_is_one_that_the_newest_api_server_creates(name):
    check_pods(SCOPES[name], LAW)


def test_a_pod_that_has_ended_and_stays_is_no_dead_end(tmp_path):
    """What is rejected stays as it is until somebody deletes it."""
    rejecting = SCOPE.replace("exit: [{code: 0, reason: Completed}]", "reject: [{reason: OutOfcpu}]")
    rejected = rejecting.replace("[fail_start]", "[sync, remove, remove_older, collect_sandbox]")
    assert ("holds", 2) == ((one := explore(_written(tmp_path, rejected))).verdict, one.states)
    assert ["dead end"] == [b.property for b in explore(_written(tmp_path, rejected + "    ends: life.deletion == 'gone'\n")).violations]


def test_a_scope_of_ones_own_is_explored(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(SCOPE, encoding="utf-8")
    result = explore(path)
    assert (result.verdict, result.goals) == ("holds", ["can always: It ends."])


@pytest.mark.parametrize(("fair", "broken"), [("[exit]", []), ("[]", ["eventually"])])
def test_a_pod_must_end_only_where_its_container_must(tmp_path, fair, broken):
    text = SCOPE.replace("can: [{says: It ends.,", f"eventually: [{{says: It ends., fair: {fair},")
    assert broken == [b.property for b in explore(_written(tmp_path, text)).violations]


def test_a_goal_that_is_lost_with_the_sandbox_must_not_be_reached(tmp_path):
    """A pod that never restarts may lose its sandbox before all containers are created, and waits for ever."""
    more = "      sandbox_die: [{}]\n      fail_create: [{reason: CreateContainerError}]\n      exit:"
    text = SCOPE.replace("      exit:", more).replace("[fail_start]", "[]")
    two = text.replace("[{name: app}]", "[{name: app}, {name: web}]").replace("sandboxes: 1", "sandboxes: 2")
    assert ["can always"] == [b.property for b in explore(_written(tmp_path, two)).violations]


def test_an_unknown_scope_names_those_that_are_known():
    with pytest.raises(LawError, match=r"'nowhere' is not a scope; known are .*restart-never.*, or name a YAML file"):
        ready("nowhere")


def test_a_file_of_several_scopes_is_refused(tmp_path):
    path = tmp_path / "two.yaml"
    path.write_text(SCOPE + SCOPE.removeprefix("scopes:\n"), encoding="utf-8")
    with pytest.raises(LawError, match="2 scopes stand here; keep one"):
        ready(path)


def test_a_state_that_is_too_wide_says_how_to_make_it_smaller():
    form = Finite({f"v{i}": 0 for i in range(2000)}, {f"v{i}": (0, 1) for i in range(2000)}, (), {})
    with pytest.raises(LawError, match="needs 33 words of 62 bits, and 32 are supported; leave out containers or events, or fuse more"):
        layout(form)


def test_two_pods_share_nothing_and_multiply(tmp_path):
    """Where no container is created each pod takes a few steps, and every step of one combines with all of the other."""
    short = SCOPE.replace("[fail_start]", "[create]")
    pod = "spec: {nodeName: n, restartPolicy: Never, containers: [{name: app}]}"
    one = explore(_written(tmp_path, short))
    two = explore(_written(tmp_path, short.replace(f"{{{pod}}}", f"{{name: a, {pod}}}, {{name: b, {pod}}}")))
    assert (one.states**2, 2 * one.states * one.edges, 2 * one.depth) == (two.states, two.edges, two.depth)


def _written(directory, text):
    path = directory / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path
