"""How many recorded pods a second are decoded and judged, against json.loads on the same bytes."""

import gzip
import json
from pathlib import Path

import pytest

from podlaw.law import Law
from podlaw.snapshot import read

TRACES = Path(__file__).parent.parent / "data" / "traces"
LAW = Law("1.36")
MEDIANS: dict[str, float] = {}


def documents():
    """Return every recorded pod as the bytes of its JSON, without the watch event around it."""
    found = []
    for path in sorted(TRACES.glob("*/watch.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            found += [json.dumps(json.loads(line)["object"], separators=(",", ":")).encode() for line in lines]
    return found


PODS = documents()


def parse():
    for text in PODS:
        json.loads(text)


def judge():
    for text in PODS:
        pod = read(text)
        phase = LAW.phase(pod)
        LAW.conditions(pod, phase)
        LAW.columns(pod)


@pytest.mark.parametrize("work", [parse, judge])
def test_pods_a_second(work, benchmark):
    """A run is the whole of the recordings; the last line is what to quote."""
    benchmark.extra_info["pods"] = len(PODS)
    benchmark.pedantic(work, rounds=15, warmup_rounds=2)
    if benchmark.stats is not None:
        MEDIANS[work.__name__] = benchmark.stats.stats.median
    if len(MEDIANS) == 2:
        size = sum(map(len, PODS)) / len(PODS)
        ratio = MEDIANS["judge"] / MEDIANS["parse"]
        print(f"\n{len(PODS) / MEDIANS['judge']:,.0f} pods/s of {size:,.0f} bytes: decode, phase, conditions and columns; {ratio:.2f} times json.loads alone")
