"""What the law lives, it explains: a life of the law, written down as a recording, is a run of the law."""

import pytest
from msgspec.structs import replace

from lived import Recorded, explained, manifest, written
from podlaw.law import Law
from podlaw.model import Model

MODEL = Model(Law("1.36"))
SEEDS = range(7000, 7008)


def unexplained(*directories):
    """Return what the law does not explain of some recordings."""
    return [(one.name, one.disagreements or one.open) for place in directories for one in explained(MODEL, place) if one.disagreements or one.open]


def lived(seeds, steps, delay=0.0):
    lives = [Recorded(MODEL, manifest(seed), seed, delay) for seed in seeds]
    for life in lives:
        life.live(steps)
    return lives


@pytest.mark.parametrize("delay", [0.0, 0.05])
def test_every_life_of_the_law_is_explained(delay, tmp_path):
    assert [] == unexplained(*(written(tmp_path / life.manifest["metadata"]["name"], life) for life in lived(SEEDS, 50, delay)))


@pytest.mark.parametrize("seed", [8015, 8028, 9040, 9172])
def test_a_life_that_was_once_not_explained_is(seed, tmp_path):
    """The kubelet is restarted right after a start; a manifest goes that leaves nothing to stop; pods are evicted before a restart or the end."""
    assert [] == unexplained(written(tmp_path, *lived([seed], 120, 0.05)))


def test_lives_on_one_node_are_explained_together(tmp_path):
    assert [] == unexplained(written(tmp_path, *lived((7001, 7002, 7003), 40)))


def told(life, events):
    """Let some events happen a tenth of a second apart, each with its parameters."""
    for name, values in events:
        now = replace(life.life, now=life.life.now + 0.1)
        after = MODEL.apply(now, name, values)
        assert after is not None, (name, MODEL.refusal(now, name, values))
        life.life = now
        life.note(name, values, after)


def test_resizes_are_explained_by_what_the_conditions_show_COND_12(tmp_path):
    """A recording shows requests and conditions; what the kubelet decided and the runtime did follows from these."""
    app, sized = {"container": "app"}, {"resources": {"requests": {"cpu": "1"}}}
    spec = {"restartPolicy": "Always", "nodeName": "node-a", "containers": [{"name": "app", "image": "img:1", **sized}]}
    life = Recorded(MODEL, {"metadata": {"name": "web", "namespace": "lived", "uid": "u"}, "spec": spec}, 1)
    start = [("sync", {}), ("create_sandbox", {"ip": "10.0.0.1"}), ("create", {**app, "id": f"containerd://{1:064x}"}), ("start", app), ("end_sync", {})]
    write, again = [("pick", {}), ("publish", {})], [("relist", {}), ("sync", {})]
    done = [("end_sync", {}), *write]
    told(life, [*start, *again, *done, ("resize", {**app, "cpu": "2"}), ("decide_resize", {"reason": "Deferred"}), *again, *done])
    told(life, [("decide_resize", {"reason": ""}), *again, *write, ("fail_resize", app), ("end_sync", {}), *again, *write, ("actuate", app), ("end_sync", {})])
    told(life, [*again, *done, ("resize", {**app, "cpu": "3"}), ("decide_resize", {"reason": "Infeasible"}), *again, *done])
    shown = [[(c["type"][9:], c.get("reason", "")) for c in one["object"]["status"]["conditions"] if "Resize" in c["type"]] for one in life.watch[1:]]
    kept = [one for place, one in enumerate(shown) if one != shown[place - 1]]
    assert [[("Pending", "Deferred")], [("InProgress", "")], [("InProgress", "Error")], [], [("Pending", "Infeasible")]] == kept[-5:]
    assert [] == unexplained(written(tmp_path, life))
