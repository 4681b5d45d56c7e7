"""Random lives of one pod keep the properties of the law."""

from podlaw.testing.stateful import PodLife


class Life(PodLife):
    pass


TestLife = Life.TestCase
