"""The generator of tampers itself; whether a checker finds them is tested beside the checker."""

import re
from collections import Counter
from itertools import islice
from random import Random

import msgspec
import pytest

from tamper_moment import Object
from tampers import KINDS, RECORDINGS, History, Kind, Tamper, histories, places, tampers


@pytest.fixture(scope="module")
def recorded() -> list[History]:
    return histories(RECORDINGS)


@pytest.fixture(scope="module")
def sample() -> list[Tamper]:
    return list(tampers(RECORDINGS, 1000, 1))


def versions(documents: list[Object]) -> tuple[str, ...]:
    """Return the resourceVersions, which no tamper changes."""
    return tuple(one["object"]["metadata"]["resourceVersion"] for one in documents)


def changed(old: object, new: object) -> tuple[str | int, ...]:
    """Return the path of the innermost field that holds all differences."""
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return changed(dict(enumerate(old)), dict(enumerate(new)))
    if not isinstance(old, dict) or not isinstance(new, dict):
        return ()
    keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    return (keys[0], *changed(old.get(keys[0]), new.get(keys[0]))) if len(keys) == 1 else ()


def test_one_seed_gives_the_same_tampers() -> None:
    first, second = (msgspec.json.encode([(one.kind.name, one.index, one.documents) for one in tampers(RECORDINGS, 150, 7)]) for _ in range(2))
    assert first == second


def test_two_seeds_give_different_tampers() -> None:
    first, second = ([(one.kind.name, one.pod, one.index) for one in tampers(RECORDINGS, 150, seed)] for seed in (7, 8))
    assert first != second


def test_exactly_one_field_of_exactly_one_snapshot_is_changed(recorded: list[History], sample: list[Tamper]) -> None:
    originals = {(one.family, versions(one.documents)): one for one in recorded}
    for one in sample:
        original = originals[one.family, versions(one.documents)]
        assert [one.index] == [i for i, (old, new) in enumerate(zip(original.documents, one.documents, strict=True)) if old != new], one.kind.name
        path = changed(original.documents[one.index], one.documents[one.index])
        assert path[0] == "object", one.kind.name
        assert len(path) >= 3, f"{one.kind.name} changes {path}"


def test_the_recordings_stay_as_they_are(recorded: list[History]) -> None:
    before = msgspec.json.encode(recorded)
    for kind in KINDS:
        next(places(kind, recorded, Random(0)))
    assert msgspec.json.encode(recorded) == before


def test_every_kind_is_used_before_one_is_used_twice() -> None:
    assert [kind.name for kind in KINDS] == [one.kind.name for one in tampers(RECORDINGS, len(KINDS), 3)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_applies_at_ten_places(kind: Kind, recorded: list[History]) -> None:
    assert len(list(islice(places(kind, recorded, Random(0)), 10))) == 10


def test_tampers_are_spread_over_kinds_and_families(sample: list[Tamper]) -> None:
    assert len(sample) == 1000
    used = Counter(one.kind.name for one in sample)
    assert max(used.values()) - min(used.values()) <= 1
    assert {path.parent.name for path in RECORDINGS.glob("*/watch.jsonl.gz")} == {one.family for one in sample}


def test_no_tamper_comes_twice(sample: list[Tamper]) -> None:
    keys = Counter((one.kind.name, one.family, versions(one.documents), one.index) for one in sample)
    assert max(keys.values()) == 1


def test_every_kind_has_a_name_a_rule_and_a_sentence_of_its_own() -> None:
    assert len(KINDS) == len({kind.name for kind in KINDS}) == len({kind.sentence for kind in KINDS})
    for kind in KINDS:
        assert re.fullmatch(r"[A-Z]+-\d\d", kind.rule), kind.name
        assert kind.sentence.endswith("."), kind.name
