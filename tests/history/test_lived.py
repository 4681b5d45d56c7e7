"""What the law lives, it explains: a life of the law, written down as a recording, is a run of the law."""

import pytest

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


@pytest.mark.parametrize("seed", [8015, 8028, 8058, 9040, 9172])
def test_a_life_that_was_once_not_explained_is(seed, tmp_path):
    """The kubelet is restarted right after a start; a manifest goes that leaves nothing to stop; a phase is cached for long; pods
    are evicted before a restart or the end, and a kubelet never returns.
    """
    assert [] == unexplained(written(tmp_path, *lived([seed], 120, 0.05)))


def test_lives_on_one_node_are_explained_together(tmp_path):
    assert [] == unexplained(written(tmp_path, *lived((7001, 7002, 7003), 40)))
