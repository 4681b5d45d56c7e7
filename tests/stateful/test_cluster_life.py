"""Random lives of several pods break no named property and no rule, however the hidden events of the kubelets interleave."""

from hypothesis import settings

from podlaw.law import Law
from podlaw.testing.cluster import ClusterLife


class Eager(ClusterLife):
    """The scheduler and the kubelets settle after every event of the environment."""


class Interleaved(ClusterLife):
    """The hidden events of the kubelets happen in any order."""

    eager = False


class Older(ClusterLife):
    """The same on 1.31."""

    law = Law("1.31")
    eager = False


TestEager = Eager.TestCase
TestInterleaved = Interleaved.TestCase
TestOlder = Older.TestCase
TestInterleaved.settings = settings(settings.default, stateful_step_count=80)
TestOlder.settings = settings(settings.default, stateful_step_count=80)
