"""A seeded generator of single-field tampers of the recordings, to measure whether a checker sees corrupted histories.

Every kind names the rule that it breaks. A kind leaves a snapshot alone where some lawful writer (a kubelet whose writes are
coalesced or delayed, the API server, the scheduler, the node controller, pod garbage collection) could have written the result.
"""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from random import Random

import msgspec

import tamper_containers
import tamper_metadata
import tamper_moment
import tamper_order
import tamper_summary
from tamper_moment import Kind, Object

__all__ = ["KINDS", "History", "Kind", "Tamper", "histories", "places", "tampers"]

RECORDINGS = Path(__file__).parent / "data" / "traces"
DECLARED_IN = (tamper_metadata, tamper_summary, tamper_containers, tamper_order)  # importing them declares the kinds
KINDS: tuple[Kind, ...] = tuple(tamper_moment.KINDS)


class History(msgspec.Struct, frozen=True):
    """The watch events of one pod (one uid), in order."""

    family: str
    pod: str
    documents: list[Object]


class Tamper(msgspec.Struct, frozen=True):
    """A history with one field changed in the document `index`; the other documents are the recording's own."""

    kind: Kind
    family: str
    pod: str
    index: int
    documents: list[Object]


def histories(root: Path = RECORDINGS) -> list[History]:
    """Read every family's recording, split by pod."""
    found: list[History] = []
    for path in sorted(root.glob("*/watch.jsonl.gz")):
        pods: dict[str, list[Object]] = {}
        for line in gzip.decompress(path.read_bytes()).splitlines():
            document = msgspec.json.decode(line)
            pods.setdefault(document["object"]["metadata"]["uid"], []).append(document)
        found += [History(path.parent.name, one[0]["object"]["metadata"]["name"], one) for one in pods.values()]
    return found


def places(kind: Kind, recorded: Iterable[History], random: Random) -> Iterator[Tamper]:
    """Iterate, in seeded order, over all tampers of a kind in these histories."""
    all_places = [(history, index) for history in recorded for index in range(len(history.documents))]
    random.shuffle(all_places)
    for history, index in all_places:
        documents = kind.apply(history.documents, index, random)
        if documents is not None:
            yield Tamper(kind, history.family, history.pod, index, documents)


def tampers(root: Path = RECORDINGS, count: int = 1000, seed: int = 0) -> Iterator[Tamper]:
    """Iterate over at most `count` different tampers, in turn over the kinds, and for each kind over the families."""
    recorded = histories(root)
    return islice(in_turn([_by_family(kind, recorded, seed) for kind in KINDS]), count)


def _by_family(kind: Kind, recorded: list[History], seed: int) -> Iterator[Tamper]:
    random = Random(f"{seed}/{kind.name}")
    families = sorted({history.family for history in recorded})
    random.shuffle(families)
    seeded = ((family, Random(f"{seed}/{kind.name}/{family}")) for family in families)
    return in_turn([places(kind, [one for one in recorded if one.family == family], own) for family, own in seeded])


def in_turn(iterators: list[Iterator[Tamper]]) -> Iterator[Tamper]:
    """Take one item from each iterator in turn until all are exhausted."""
    while iterators:
        left = []
        for iterator in iterators:
            for item in islice(iterator, 1):
                yield item
                left.append(iterator)
        iterators = left


def main() -> None:
    """Print how often each kind applies in the recordings, and in how many families."""
    recorded = histories()
    for kind in KINDS:
        found = [one.family for one in places(kind, recorded, Random(kind.name))]
        sys.stdout.write(f"{len(found):5} places {len(set(found)):3} families  {kind.rule:11} {kind.name}\n")
    sys.stdout.write(f"{len(KINDS)} kinds, {len({kind.rule for kind in KINDS})} rules, {len(recorded)} pods\n")


if __name__ == "__main__":
    main()
