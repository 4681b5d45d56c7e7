"""The mutants themselves: each is one change of one file, and the sample is spread over all of them."""

import ast
from collections import Counter
from pathlib import Path

import pytest
import yaml

import mutant_scopes
import rule_ids
from expression_mutants import Domains, mutated
from mutant_ids import candidates, key, own, pending
from mutant_scopes import touched
from mutants import KINDS, Mutant, mutants
from mutate import EQUIVALENT, Equivalent, sample
from podlaw.law import SPEC

ALL = mutants(SPEC)
DOMAINS = Domains.read(SPEC / "types.yaml")
TEXTS = {file: (SPEC / file).read_text(encoding="utf-8") for file in sorted({one.file for one in ALL})}


def of(text: str, condition: bool = True) -> set[str]:
    return {new for _, _, new in mutated(text, condition, DOMAINS)}


def test_every_file_with_rules_or_moves_is_changed() -> None:
    files = {str(path.relative_to(SPEC)) for path in SPEC.rglob("*.yaml")} - {"types.yaml"}
    assert files == {one.file for one in ALL} | {file for file in files if Path(file).parts[0] in ("scopes", "examples")}


def test_every_kind_of_thing_is_changed() -> None:
    wanted = {*KINDS.values(), "refusal", "default", "drop", "property", "row", "rule", "edge", "move", "event", "bound", "constant", "condition", "promise"}
    assert wanted == {one.kind for one in ALL}


def test_every_mutant_is_one_edit_and_no_two_are_equal() -> None:
    assert len(ALL) == len({(one.file, one.start, one.end, one.text) for one in ALL})
    assert [one for one in ALL if one.applied(TEXTS[one.file]) == TEXTS[one.file]] == []


@pytest.mark.parametrize("file", TEXTS)
def test_a_changed_file_is_still_yaml_and_differs_in_what_it_says(file: str) -> None:
    original = yaml.load(TEXTS[file], yaml.CSafeLoader)
    mine = [one for one in ALL if one.file == file]
    for one in [*(one for one in mine if one.change.startswith("drop")), *mine[::25]]:
        assert yaml.load(one.applied(TEXTS[file]), yaml.CSafeLoader) != original, one


def test_a_mutant_names_the_line_that_it_changes() -> None:
    (one,) = [m for m in ALL if m.place == "phase/never-started/then" and m.change == "Pending → Running"]
    assert "row: never-started" in TEXTS[one.file].splitlines()[one.line - 1]


def test_each_part_of_a_condition_is_left_out_negated_and_widened() -> None:
    assert {"b", "a", "a or b", "not a and b", "a and (not b)"} == of("a and b")


def test_a_comparison_is_turned_and_its_literal_replaced_by_another_of_its_domain() -> None:
    assert {"c.policy != 'Never'", "c.policy == 'Always'", "c.policy == 'OnFailure'"} == of("c.policy == 'Never'")


def test_a_number_is_off_by_one_and_an_order_by_its_bound() -> None:
    assert {"a <= 1", "a >= 1", "a < 0", "a < 2"} == of("a < 1")


def test_a_quantifier_is_swapped_and_its_range_widened() -> None:
    found = of("all(c.ready for c in pod.main if c.started)")
    assert {"any((c.ready for c in pod.main if c.started))", "all((c.ready for c in pod.main))", "all((c.ready for c in pod.app if c.started))"} <= found


def test_a_mutant_of_an_expression_is_an_expression() -> None:
    assert [new for new in of("x if a == none else min(y, z) + 1", condition=False) if not ast.parse(new, mode="eval")] == []


def test_one_seed_gives_one_sample_and_it_is_spread_over_files_and_kinds() -> None:
    chosen = sample(ALL, 200, 7)
    assert chosen == sample(ALL, 200, 7)
    assert len(chosen) == len(set(map(id, chosen))) == 200
    assert {one.kind for one in ALL} == {one.kind for one in chosen}
    assert max(Counter((one.file, one.kind) for one in chosen).values()) <= 2


def test_a_mutant_bears_the_rules_of_the_entries_around_it_the_nearest_first() -> None:
    (of_row,) = [m.rules for m in ALL if m.place == "phase/never-started/then" and m.change == "Pending → Running"]
    (of_guard,) = [m.rules for m in ALL if m.place == "mount/guards/the kubelet has admitted the pod" and m.kind == "guard"]
    assert (("PHASE-03",), ("PHASE-01",)) == tuple(rules[:1] for rules in of_row)
    assert (("VOL-02",), ("VOL-01", "VOL-04", "VOL-06")) == of_guard


def test_every_encoded_rule_has_mutants_of_an_entry_that_bears_it() -> None:
    found = candidates(ALL, 1)
    assert (rule_ids.encoded(), []) == (set(found), [rule for rule, some in found.items() if not some or any(rule not in m.rules[0] for m in some)])


def test_each_rule_gets_a_mutant_until_one_is_tried_that_loads() -> None:
    found = candidates(ALL, 1)
    first = pending(found, set(), set())
    assert set(found) == {rule for m in first for rule in own(m)}
    assert [found["NET-08"][1]] == pending({"NET-08": found["NET-08"]}, {key(found["NET-08"][0])}, set())
    assert [] == pending(found, set(), set(found))


def test_a_mutant_of_an_event_is_judged_on_scopes_in_which_it_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutant_scopes, "shown", lambda: {"restart-rules": {("sync",)}, "node-loss": {("sync",), ("return_node",)}})
    places = {m.place.split("/")[0]: m for m in ALL if m.file in ("cluster.yaml", "events.yaml")}
    assert touched(places["return_node"])[-1] == "node-loss"
    assert "restart-rules" not in touched(places["return_node"])
    assert touched(places["sync"])[-2:] == ["restart-rules", "node-loss"]
    assert "node-loss" in touched(places["start_kubelet"])  # it happens there to the pods of a node that returns


def test_every_known_equivalent_covers_a_mutant_and_gives_a_reason() -> None:
    known = [Equivalent(**one) for one in yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8"))["equivalent"]]
    assert [one for one in known if len(one.reason) < 20 or not any(one.covers(m) for m in ALL)] == []


def test_an_equivalent_covers_by_file_place_and_change() -> None:
    one = Mutant("events.yaml", 1, "sync/do/step", "assignment", "`a[0]` → `b`", 0, 0, "")
    assert Equivalent("events.yaml", "sync/*", "`a[0]` → *", "a reason").covers(one)
    assert not Equivalent("events.yaml", "drop/*", "*", "a reason").covers(one)
