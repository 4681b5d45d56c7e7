"""Random lives of several pods break no named property and no rule, however the hidden events of the kubelets interleave."""

from hypothesis import Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from named import reasons
from podlaw.law import Law
from podlaw.testing.cluster import ClusterLife

# No shrinking: the lives are to get around, and what they break is broken in the other tests too.
BATCH = settings(settings.default, max_examples=20, stateful_step_count=30, derandomize=True, database=None, phases=[Phase.generate])
BATCHES = 40


class Eager(ClusterLife):
    """The scheduler and the kubelets settle after every event of the environment."""


class Interleaved(ClusterLife):
    """The hidden events of the kubelets happen in any order."""

    eager = False


class Older(ClusterLife):
    """The same on 1.31."""

    law = Law("1.31")
    eager = False


TestInterleaved = Interleaved.TestCase
TestOlder = Older.TestCase
TestInterleaved.settings = settings(settings.default, stateful_step_count=80)
TestOlder.settings = settings(settings.default, stateful_step_count=80)


def test_every_clause_of_a_named_property_comes_to_bear_in_some_life():
    """None passes because its *if* never holds; tests/data/properties.yaml tells why the lives never get to a clause."""
    wanted = {one.key for one in Eager.law.properties if not any(case.names(one.key) for case in reasons("lives"))}
    for number in range(BATCHES):
        wanted -= witnessed(number)
        if not wanted:
            return
    assert wanted == set()


def witnessed(number):
    """Return the clauses that came to bear in one batch of lives."""
    held = set()

    class Noted(Eager):
        def teardown(self):
            if hasattr(self, "cluster"):
                held.update(self.cluster.referee.witnessed)

    run_state_machine_as_test(seed(number)(Noted), settings=BATCH)
    return held
