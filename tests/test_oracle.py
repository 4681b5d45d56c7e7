"""The oracle lives one pod as Kubernetes would."""

import pytest

from podlaw.errors import EventError
from podlaw.law import Law
from podlaw.oracle import Oracle


def pod(policy="Always", containers=("app",), **more):
    made = [{"name": c, "image": "registry.example/app:1"} if isinstance(c, str) else c for c in containers]
    return {"metadata": {"name": "web", "uid": "u-1"}, "spec": {"restartPolicy": policy, "containers": made, **more}}


def shown(oracle):
    return {**oracle.law.columns(oracle.pod), "phase": oracle.pod.phase}


def test_an_eager_oracle_starts_with_the_pod_running():
    assert shown(Oracle(pod())) == {"ready": "1/1", "status": "Running", "restarts": 0, "phase": "Running"}


def test_the_status_of_a_manifest_is_dropped_at_creation_PHASE_20():
    manifest = {**pod(), "status": {"phase": "Failed", "reason": "Evicted"}}
    assert Oracle(manifest, eager=False).pod.phase == "Pending"


def test_the_first_restart_is_immediate_and_the_second_waits_ten_seconds_BACKOFF_02():
    oracle = Oracle(pod())
    oracle.apply("exit", container="app", code=1)
    assert shown(oracle) == {"ready": "1/1", "status": "Running", "restarts": 1, "phase": "Running"}
    oracle.apply("exit", container="app", code=1)
    assert shown(oracle)["status"] == "CrashLoopBackOff"
    oracle.apply("wait", seconds=9)
    assert shown(oracle)["status"] == "CrashLoopBackOff"
    oracle.apply("wait", seconds=1)
    assert shown(oracle) == {"ready": "1/1", "status": "Running", "restarts": 2, "phase": "Running"}


@pytest.mark.parametrize(
    ("policy", "code", "phase"), [("Never", 0, "Succeeded"), ("Never", 1, "Failed"), ("OnFailure", 0, "Succeeded"), ("Always", 0, "Running")]
)
def test_the_policy_decides_how_a_pod_ends_PHASE_01(policy, code, phase):
    oracle = Oracle(pod(policy))
    oracle.apply("exit", container="app", code=code)
    assert oracle.pod.phase == phase


def test_a_deleted_pod_stays_until_its_containers_have_stopped_TERM_16():
    oracle = Oracle(pod())
    oracle.apply("delete", grace=30)
    assert shown(oracle) == {"ready": "1/1", "status": "Terminating", "restarts": 0, "phase": "Running"}
    oracle.apply("exit", container="app", code=143)
    assert (oracle.life.deletion, oracle.pod.phase) == ("gone", "Failed")
    assert oracle.history[-1].pod is None


def test_an_unscheduled_pod_is_removed_at_once_TERM_01():
    oracle = Oracle(pod(schedulingGates=[{"name": "example.com/wait"}]))
    assert oracle.pod.node == ""
    oracle.apply("delete")
    assert oracle.life.deletion == "gone"


def test_app_containers_wait_for_init_containers_and_started_sidecars_INIT_02():
    oracle = Oracle(pod(initContainers=[{"name": "setup"}, {"name": "proxy", "restartPolicy": "Always", "startupProbe": {}}]))
    assert shown(oracle)["status"] == "Init:0/2"
    oracle.apply("exit", container="setup", code=0)
    assert shown(oracle)["status"] == "Init:1/2"
    oracle.apply("probe_startup", container="proxy", verdict="Success")
    assert shown(oracle) == {"ready": "2/2", "status": "Running", "restarts": 0, "phase": "Running"}


def test_a_job_with_a_sidecar_succeeds_once_the_sidecar_has_stopped_INIT_10():
    oracle = Oracle(pod("Never", initContainers=[{"name": "proxy", "restartPolicy": "Always"}]))
    oracle.apply("exit", container="app", code=0)
    assert oracle.pod.phase == "Running"
    oracle.apply("exit", container="proxy", code=143)
    assert oracle.pod.phase == "Succeeded"


def test_a_failed_init_container_of_a_never_pod_fails_it_and_leaves_the_app_waiting_PHASE_06():
    oracle = Oracle(pod("Never", initContainers=[{"name": "setup"}]))
    oracle.apply("exit", container="setup", code=1)
    assert (oracle.pod.phase, oracle.pod.app[0].state, oracle.pod.app[0].reason) == ("Failed", "waiting", "PodInitializing")


def test_readiness_changes_ready_alone_and_never_kills_PROBE_11():
    oracle = Oracle(pod(containers=[{"name": "app", "readinessProbe": {}}]))
    assert oracle.pod.Ready.status == "False"
    oracle.apply("probe_readiness", container="app", verdict="Success")
    assert (oracle.pod.Ready.status, oracle.pod.ContainersReady.status) == ("True", "True")
    oracle.apply("probe_readiness", container="app", verdict="Failure")
    assert (oracle.pod.Ready.status, oracle.pod.app[0].restarts) == ("False", 0)


def test_a_liveness_failure_kills_and_restarts_without_back_off_RESTART_11():
    oracle = Oracle(pod(containers=[{"name": "app", "livenessProbe": {}}]))
    oracle.apply("probe_liveness", container="app")
    oracle.apply("exit", container="app", code=137)
    assert (oracle.pod.app[0].state, oracle.pod.app[0].restarts) == ("running", 1)


def test_a_new_sandbox_brings_a_new_address_and_runs_init_containers_again_INIT_05():
    oracle = Oracle(pod(initContainers=[{"name": "setup"}]))
    oracle.apply("exit", container="setup", code=0)
    first = oracle.pod.ip
    oracle.apply("sandbox_die")
    oracle.apply("exit", container="app", code=137)
    assert (oracle.pod.phase, oracle.pod.init[0].state) == ("Pending", "running")
    assert oracle.pod.ip != first


def test_a_lost_container_counts_as_a_restart_with_an_unknown_end_CSTATE_07():
    oracle = Oracle(pod())
    oracle.apply("lose", container="app")
    app = oracle.pod.app[0]
    assert (app.restarts, app.last_reason, app.last_code) == (1, "ContainerStatusUnknown", 137)


def test_without_eager_the_hidden_events_are_the_users():
    oracle = Oracle(pod(), eager=False)
    assert oracle.enabled() == ["bind", "fail_scheduling", "nominate", "disrupt", "delete", "change_image(app)", "wait", "stop_kubelet", "remove_older(app)"]
    for event in ("bind", "sync", "create_sandbox"):
        oracle.apply(event)
    assert oracle.pod.known is False
    for event in ("pick", "publish"):
        oracle.apply(event)
    assert (oracle.pod.app[0].state, oracle.pod.app[0].reason) == ("waiting", "ContainerCreating")


def test_a_refused_event_changes_nothing_and_says_what_it_needs_and_what_is_possible():
    oracle = Oracle(pod("Never"))
    oracle.apply("exit", container="app", code=0)
    before = oracle.life
    sentence = r"^'exit\(container=app, code=0\)' is refused: it needs that the container runs, and the pod is Succeeded, .* possible now: disrupt, delete, "
    with pytest.raises(EventError, match=sentence):
        oracle.apply("exit", container="app", code=0)
    assert oracle.life == before


@pytest.mark.parametrize(
    ("event", "values", "words"),
    [
        ("explode", {}, "'explode' is not an event of a pod in Law"),
        ("exit", {"container": "db"}, "'exit' needs a container of this pod, not 'db'; it has app"),
        ("exit", {"container": "app", "signal": 9}, "'exit' has no parameter 'signal'; it takes container, code, reason"),
    ],
)
def test_an_event_that_is_none_is_one_sentence(event, values, words):
    with pytest.raises(EventError, match=words.replace("(", r"\(")):
        Oracle(pod()).apply(event, **values)


def test_the_published_status_reads_back_as_the_same_pod():
    from podlaw.publish import document
    from podlaw.snapshot import snapshot

    oracle = Oracle(pod(initContainers=[{"name": "setup"}]))
    oracle.apply("exit", container="setup", code=0)
    again = snapshot(document(oracle.pod))
    assert oracle.law.columns(again) == oracle.law.columns(oracle.pod)
    assert [c.state for c in again.all] == [c.state for c in oracle.pod.all]
    assert oracle.status["phase"] == "Running"


def test_a_static_pod_and_its_mirror_read_back_as_such_STATIC_01():
    from podlaw.publish import document
    from podlaw.snapshot import snapshot

    made = {**pod(), "metadata": {"name": "web", "uid": "u", "annotations": {"kubernetes.io/config.mirror": "hash", "kubernetes.io/config.source": "file"}}}
    again = snapshot(document(snapshot(made)))
    assert (again.static, again.mirror) == (True, True)


def test_on_old_kubelets_the_sandbox_condition_comes_with_the_next_sync_COND_06():
    events = {version: [e.event for e in Oracle(pod(), Law(version)).history] for version in ("1.35", "1.36")}
    assert ("sandbox_ready" in events["1.35"], "sandbox_ready" in events["1.36"]) == (False, True)


def test_restarting_all_containers_in_place_runs_even_a_never_pod_again_without_delay_RESTART_25_to_29():
    rules = [{"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [88]}}]
    oracle = Oracle(pod("Never", ["a", {"name": "b", "restartPolicy": "Never", "restartPolicyRules": rules}], initContainers=[{"name": "setup"}]))
    oracle.apply("exit", container="setup", code=0)
    address = oracle.pod.ip
    oracle.apply("exit", container="b", code=88)
    oracle.apply("exit", container="a", code=137)
    setup, a, b = oracle.pod.all
    assert (setup.state, a.state, b.state, oracle.pod.phase) == ("running", "waiting", "waiting", "Pending")
    assert {(c.last_reason, c.last_code, c.restarts) for c in (setup, a, b)} == {("RestartingAllContainers", 137, 1)}
    assert (oracle.pod.ip, oracle.pod.Initialized.status, oracle.pod.AllContainersRestarting.status) == (address, "True", "False")
    oracle.apply("exit", container="setup", code=0)
    assert [c.state for c in oracle.pod.app] == ["running", "running"]


def stepped(oracle, *events):
    for event in events:
        name, _, container = event.partition(" ")
        oracle.apply(name, **({"container": container} if container else {}))
    return oracle


START = ("bind", "sync", "create_sandbox", "create app", "start app", "end_sync", "relist", "sync", "end_sync", "pick", "publish")


def test_a_terminal_phase_waits_until_no_container_can_run_PHASE_24():
    oracle = stepped(Oracle(pod("Never"), eager=False), *START, "exit app", "relist", "sync", "pick", "publish")
    assert (oracle.life.worker, oracle.pod.phase, oracle.pod.Ready.reason) == ("sync", "Running", "PodCompleted")
    stepped(oracle, "relist", "begin_terminating", "pick", "publish")
    assert (oracle.life.worker, oracle.pod.phase) == ("terminating", "Running")
    stepped(oracle, "stop_sandbox", "end_terminating", "pick", "publish")
    assert (oracle.life.worker, oracle.pod.phase) == ("stopped", "Succeeded")


def test_the_address_of_a_deleted_pod_is_lost_when_its_sandbox_is_collected_before_the_last_status_NET_10():
    oracle = stepped(Oracle(pod("Never"), eager=False), *START)
    assert oracle.pod.ip == "10.0.0.1"
    stepped(oracle, "delete", "relist", "begin_terminating", "stop app", "exit app", "stop_sandbox", "end_terminating", "remove app", "collect_sandbox")
    assert oracle.life.sandbox == "none"
    stepped(oracle, "relist", "begin_terminated", "pick", "publish")
    assert (oracle.pod.ip, oracle.pod.app[0].state) == ("", "terminated")


def test_a_status_in_which_a_container_leaves_its_end_unlawfully_is_not_written_API_24():
    oracle = Oracle(pod("Never", ("a", "b")))
    oracle.apply("exit", container="a", code=1)
    oracle.apply("lose", container="a")
    assert (oracle.life.processes[0].run.state, oracle.pod.app[0].state) == ("running", "terminated")
