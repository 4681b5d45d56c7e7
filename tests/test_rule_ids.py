"""Every rule of the catalogue is borne by an entry of the law, or spec/README.md says why it is not."""

import rule_ids
from podlaw.explain.entries import entries
from podlaw.law import whole

TEXT = rule_ids.README.read_text(encoding="utf-8")
GIVEN = rule_ids.listed()


def test_every_rule_is_encoded_or_listed_with_a_reason_and_never_both():
    assert list(rule_ids.wrong(rule_ids.encoded(), GIVEN)) == []


def test_an_id_that_is_neither_encoded_nor_listed_is_found():
    assert [text.split()[0] for text in rule_ids.wrong(rule_ids.encoded() - {"PHASE-03"}, GIVEN)] == ["PHASE-03"]


def test_an_id_that_is_listed_although_encoded_is_found():
    assert [text.split()[:3] for text in rule_ids.wrong(rule_ids.encoded() | {"API-08"}, GIVEN)] == [["API-08", "is", "encoded,"]]


def test_an_id_that_no_catalogue_has_is_found():
    assert list(rule_ids.wrong(rule_ids.encoded() | {"PHASE-99"}, GIVEN)) == ["PHASE-99 is not in tests/data/rule-ids.yaml"]


def test_an_id_that_is_listed_twice_is_found():
    assert [text.split()[0] for text in rule_ids.wrong(rule_ids.encoded(), [*GIVEN, "API-08"])] == ["API-08"]


def test_what_is_now_encoded_is_dropped_from_the_list_and_nothing_else():
    text = f"| A-01 | before |\n{rule_ids.BEGIN}| A-01, A-02 | why |\n| A-03 | why |\n| B-01 | why |\n{rule_ids.END}"
    shrunk = f"| A-01 | before |\n{rule_ids.BEGIN}| A-02 | why |\n| A-03 | why |\n{rule_ids.END}"
    assert (shrunk, ["A-02", "A-03"]) == (rule_ids.shrunk(text, frozenset({"A-01", "B-01"})), rule_ids.listed(shrunk))
    assert rule_ids.shrunk(TEXT, frozenset()) == TEXT


def test_the_counts_of_each_family_add_up():
    assert all(encoded + listed == total for encoded, listed, total in rule_ids.count().values())


def test_every_place_that_can_bear_an_id_is_asked():
    kinds = {entry.kind for entry in entries(whole()) if entry.rules}
    law = {"rule", "table", "row", "event", "guard", "machine", "move", "graph", "edge", "composition", "constant", "gate", "property"}
    assert kinds == {*law, "endpoint", "drop", "default", "refusal"}
