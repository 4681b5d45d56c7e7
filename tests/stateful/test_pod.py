"""Random lives of one pod are lawful by every rule, however the kubelet's hidden events interleave."""

from hypothesis import settings

from podlaw.law import Law
from podlaw.testing.stateful import PodLife


class Eager(PodLife):
    """The kubelet settles after every event of the environment."""


class Interleaved(PodLife):
    """The kubelet's hidden events happen in any order."""

    eager = False


class Older(PodLife):
    """The same on a kubelet of 1.31, before container rules and the sandbox callback."""

    law = Law("1.31")
    eager = False


TestEager = Eager.TestCase
TestInterleaved = Interleaved.TestCase
TestOlder = Older.TestCase
TestInterleaved.settings = settings(settings.default, stateful_step_count=80)
TestOlder.settings = settings(settings.default, stateful_step_count=80)
