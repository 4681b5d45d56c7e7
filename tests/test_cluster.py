"""Pods with nodes, claims and controllers around them: what one does to another."""

from __future__ import annotations

import pytest

from neighbours import Manifest, claimed, life, node_of, pod, port
from podlaw.cluster import Cluster
from podlaw.errors import EventError, InputError
from podlaw.world import Claim, Controller, Node

# ---- nodes


def test_a_silent_node_changes_no_phase_and_ends_no_container_TERM_53() -> None:
    cluster = Cluster([pod("a")], ["n"])
    before = cluster.pod("a")
    for event in ("fail_node", "lose_node"):
        cluster.apply(event, "n")
    cluster.wait(10_000)
    assert (before, "running") == (cluster.pod("a"), life(cluster, "a").processes[0].run.state)


def test_no_event_of_the_kubelet_happens_to_the_pods_of_a_failed_node() -> None:
    cluster = Cluster([pod("a"), pod("b")], ["n"])
    cluster.apply("fail_node", "n")
    cluster.apply("exit", "a", container="app", code=1)
    cluster.apply("delete", "b", grace=30)
    by = {cluster.model.events[event].spec.spec.by for event, on, _ in cluster.choices() if on in ("a", "b")}
    assert ("kubelet" in by, "Running", "live", "deleting") == (False, cluster.pod("a").phase, life(cluster, "a").deletion, life(cluster, "b").deletion)


def test_a_kubelet_that_returns_tells_what_happened_meanwhile() -> None:
    cluster = Cluster([pod("a"), pod("b")], ["n"])
    cluster.apply("fail_node", "n")
    cluster.apply("exit", "a", container="app", code=1)
    cluster.apply("delete", "b", grace=0)
    cluster.apply("return_node", "n")
    assert ("Failed", "gone") == (cluster.pod("a").phase, life(cluster, "b").deletion)


def test_a_failed_node_silences_no_pod_of_another() -> None:
    cluster = Cluster([port("a"), port("b")])
    cluster.apply("fail_node", "node-a")
    for uid in "ab":
        cluster.apply("exit", uid, container="app", code=0)
    assert ["Running", "Succeeded"] == [cluster.pod(uid).phase for uid in "ab"]


def test_the_scheduler_binds_to_a_node_that_failed_until_it_is_known_as_lost_SCHED_10() -> None:
    cluster = Cluster([], ["n"])
    cluster.apply("fail_node", "n")
    early = cluster.add(pod("a"))
    cluster.apply("lose_node", "n")
    assert ("n", "") == (node_of(cluster, early), node_of(cluster, cluster.add(pod("b"))))


def test_a_pod_whose_node_was_removed_fails_and_keeps_its_containers_TERM_53() -> None:
    cluster = Cluster([pod("a")], ["n"])
    cluster.apply("fail_node", "n")
    assert not cluster.allows("collect_pod", "a", orphan=True)
    cluster.apply("remove_node", "n")
    cluster.apply("collect_pod", "a", orphan=True)
    assert ("Failed", "running") == (cluster.pod("a").phase, life(cluster, "a").processes[0].run.state)


# ---- volumes and claims


def test_no_container_starts_before_every_claim_exists_VOL_01() -> None:
    cluster = Cluster([claimed("a")], ["n"])
    assert ("n", "Pending", "none") == (node_of(cluster, "a"), cluster.pod("a").phase, life(cluster, "a").processes[0].run.state)


def test_a_deleted_claim_is_held_until_the_pod_is_gone_VOL_07() -> None:
    cluster = Cluster([claimed("a")], ["n"], claims=[Claim("data")])
    cluster.apply("delete_claim", "data")
    cluster.eager = False
    cluster.apply("delete", "a", grace=30)
    while life(cluster, "a").deletion != "gone":
        held = not cluster.allows("drop_claim", "data")
        assert (True, "deleting") == (held, cluster.claims["data"].subject.claim)
        cluster.eager = True
        cluster.apply("exit", "a", container="app", code=0)
    cluster.apply("drop_claim", "data")
    assert "gone" == cluster.claims["data"].subject.claim


def test_a_claim_that_another_pod_owns_is_not_mounted_VOL_06() -> None:
    ephemeral = [{"name": "data", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}}]
    mine, other = (Cluster([pod("a", volumes=ephemeral)], ["n"], claims=[Claim("a-data", owner=uid)]) for uid in ("a", "b"))
    assert ["mounted", "none"] == [life(cluster, "a").volumes for cluster in (mine, other)]


def test_the_claim_of_a_pod_is_made_for_it_and_goes_after_it_VOL_06() -> None:
    volumes = [{"name": "data", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}}]
    cluster = Cluster([pod("a", volumes=volumes)], ["n"], claims=[Claim("a-data", "a", "absent")])
    cluster.apply("make_claim", "a-data")
    assert ("Running", False) == (cluster.pod("a").phase, cluster.allows("collect_claim", "a-data"))
    cluster.apply("delete", "a", grace=0)
    for event in ("collect_claim", "drop_claim"):
        cluster.apply(event, "a-data")
    assert "gone" == cluster.claims["a-data"].subject.claim


def test_an_emptydir_survives_its_containers_and_goes_with_the_pod_VOL_04() -> None:
    cluster = Cluster([pod("a", restartPolicy="Always", volumes=[{"name": "scratch", "emptyDir": {}}])], ["n"])
    cluster.apply("exit", "a", container="app", code=1)
    assert (1, "mounted") == (cluster.pod("a").app[0].restarts, life(cluster, "a").volumes)
    cluster.apply("delete", "a", grace=30)
    cluster.apply("exit", "a", container="app", code=0)
    assert ("gone", "released") == (life(cluster, "a").deletion, life(cluster, "a").volumes)


# ---- controllers


def test_the_name_of_a_statefulset_is_never_taken_twice_CTRL_03() -> None:
    cluster = Cluster([pod("a", "web-0", "StatefulSet/web")], ["n"])
    after = cluster.add(pod("b", "web-0", "StatefulSet/web"), absent=True)
    assert not cluster.allows("appear", after)
    cluster.apply("evict", "a", disruption=False)
    cluster.apply("exit", "a", container="app", code=1)
    cluster.apply("cull", "a")
    assert "gone" == life(cluster, "a").deletion
    cluster.apply("appear", after)
    assert ("Running", []) == (cluster.pod(after).phase, cluster.broken)


def test_a_replicaset_replaces_a_pod_as_soon_as_it_is_being_deleted_CTRL_01() -> None:
    cluster = Cluster([pod("a", "", "ReplicaSet/web")], ["n"], controllers=[Controller("ReplicaSet", "web")])
    after = cluster.add(pod("b", "", "ReplicaSet/web"), absent=True)
    assert not cluster.allows("appear", after)
    cluster.apply("delete", "a", grace=30)
    assert ("deleting", True) == (life(cluster, "a").deletion, cluster.allows("appear", after))


def test_nothing_happens_to_an_absent_pod_but_time_and_its_creation() -> None:
    cluster = Cluster([], ["n"])
    uid = cluster.add(pod("a", "", "ReplicaSet/web"), absent=True)
    cluster.wait(5)
    assert ("absent", []) == (life(cluster, uid).deletion, [m for m in cluster.history if m.entry.pod is not None])
    cluster.apply("appear", uid)
    assert ("Running", "appear") == (cluster.pod(uid).phase, next(m.entry.event for m in cluster.history if m.entry.pod is not None))


def test_time_passes_for_all_at_once() -> None:
    cluster = Cluster([pod("a"), pod("b")], now=100.0)
    cluster.wait(7)
    assert ({107.0}, 107.0) == ({one.now for one in cluster.world.pods}, cluster.now)


# ---- the surface


@pytest.mark.parametrize(
    ("event", "on", "values", "sentence"),
    [
        ("explode", "a", {}, "'explode' is not an event of Law(apiserver='1.36', kubelet='1.36'); known are "),
        ("delete", "b", {"grace": 0}, "no pod has the uid 'b'; there are a"),
        ("fail_node", "m", {}, "there is no node 'm'; there are n"),
        ("drop_claim", "data", {}, "there is no claim 'data'; there are none"),
        ("return_node", "n", {}, "'return_node' of node 'n' is refused: the node_kubelet is up, and no move leads on from there (TERM-50)"),
        ("lose_node", "n", {}, "'lose_node' of node 'n' is refused: it needs that its kubelet is silent (TERM-50)"),
        ("wait", "a", {"seconds": 1}, "time passes for all at once; use wait(seconds)"),
        ("exit", "a", {"container": "db"}, "'exit' needs a container of this pod, not 'db'; it has app"),
        ("appear", "a", {}, "'appear()' is refused: the deletion is live, and no move leads on from there (TERM-01)"),
    ],
)
def test_an_event_that_cannot_happen_is_one_sentence_and_changes_nothing(event: str, on: str, values: Manifest, sentence: str) -> None:
    cluster = Cluster([pod("a")], ["n"])
    before = cluster.world, cluster.history
    with pytest.raises(EventError) as caught:
        cluster.apply(event, on, **values)
    assert (True, False, before) == (str(caught.value).startswith(sentence), "\n" in str(caught.value), (cluster.world, cluster.history))


def test_two_pods_of_one_uid_are_refused_and_so_is_what_is_no_pod() -> None:
    cluster = Cluster([pod("a")])
    with pytest.raises(EventError, match="two pods have the uid 'a'; give each its own"):
        cluster.add(pod("a"))
    with pytest.raises(InputError):
        cluster.add({"metadata": {"name": "x", "uid": "x"}, "spec": {"containers": []}})
    assert ["a"] == list(cluster.pods)


def test_two_pods_of_one_name_are_refused_while_the_first_exists() -> None:
    cluster = Cluster([pod("a")], ["n"])
    twin = {**pod("a"), "metadata": {**pod("a")["metadata"], "uid": "twin"}}
    with pytest.raises(EventError, match='pods "a" already exists'):
        cluster.add(twin)
    cluster.add({**twin, "metadata": {**twin["metadata"], "uid": "else", "namespace": "other"}})
    cluster.apply("delete", "a", grace=0)
    cluster.add(twin)
    assert (["a", "else", "twin"], []) == (list(cluster.pods), cluster.broken)


def test_every_choice_can_be_taken_and_is_of_something_there_is() -> None:
    cluster = Cluster([port("a"), claimed("b")], [Node("n"), Node("m", kubelet="down")], claims=[Claim("data")], eager=False)
    choices = list(cluster.choices())
    assert {"a", "b", "n", "m", "data"} == {on for _, on, _ in choices}
    assert all(cluster.allows(event, on, **({"container": c} if c else {})) for event, on, c in choices)


def test_the_machines_of_a_pod_follow_what_the_end_of_its_kubelet_resets_BACKOFF_07() -> None:
    """A machine's move is of one container; that a kubelet forgets every back-off at once is none."""
    cluster = Cluster([pod("a", restartPolicy="Always")], ["n"])
    for _ in range(2):
        cluster.apply("exit", "a", container="app", code=1)
        cluster.wait(60)
    armed = [part.state for part, _ in cluster.pods["a"].live.parts()].count("armed")
    cluster.apply("fail_node", "n")
    assert (1, True) == (armed, all(part.state == state for part, state in cluster.pods["a"].live.parts()))
