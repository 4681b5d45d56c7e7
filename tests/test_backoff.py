"""Crash back-off: the delays of rules.md Appendix B, polled ideally."""

import pytest

from made import process
from podlaw.derive import value
from podlaw.law import Law

REDUCED = {"kubelet": {"ReduceDefaultCrashLoopBackOffDecay": True}}


@pytest.mark.parametrize(
    ("version", "gates", "run", "expected"),
    [
        ("1.36", {}, 0, [0, 10, 20, 40, 80, 160, 300, 300, 300]),
        ("1.28", {}, 300, [0, 10, 20, 40, 80, 160, 300, 300, 300]),
        ("1.36", {}, 310, [0, 10, 20, 40, 80, 160, 291, 10, 20]),
        ("1.36", {}, 400, [0, 10, 20, 40, 80, 160, 201, 10, 20]),
        ("1.36", {}, 550, [0, 10, 20, 40, 51, 10, 20, 40, 51]),
        ("1.36", {}, 601, [0, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("1.34", REDUCED, 0, [0, 1, 2, 4, 8, 16, 32, 60, 60]),
        ("1.36", REDUCED, 0, [0, 1, 2, 4, 8, 16, 32, 64, 128]),
    ],
)
def test_delays_double_from_the_first_and_housekeeping_starts_them_afresh_BACKOFF_02_to_06(version, gates, run, expected):
    assert Law(version, gates=gates).backoff(9, run) == expected


@pytest.mark.parametrize(("seen", "becomes"), [({"state": "running"}, "none"), ({"state": "exited", "end": 20.0}, "armed")])
def test_a_start_arms_the_back_off_exactly_where_an_end_was_seen_BACKOFF_02(seen, becomes):
    law = Law("1.36")
    moves = [m for m in law.whole.program.machines["backoff"].moves if m.spec.event == "create" and "none" in m.sources]
    assert [becomes] == [m.spec.target for m in moves if value(m.when, ("life", "container"), law.functions)(None, process({"seen": seen}))]
