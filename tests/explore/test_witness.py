"""The observed graphs are exact: every move has a shortest example that exploration found, or a reason why no scope shows it."""

import pytest
from msgspec.structs import replace

import witnesses as script
from podlaw.examples import FOUND, told
from podlaw.examples import found as read
from podlaw.examples import missing as reasons
from podlaw.explore.trace import Walker, published
from podlaw.explore.witness import explorable, holds, nearest, witnesses
from podlaw.graphs import key, moves
from podlaw.law import SPEC, Law
from scopes import LAW, SCOPES, SMALL, found, ready

EXAMPLES = read(SPEC).examples
WITH_EVENTS = [one for one in EXAMPLES if one.events]


def names(examples):
    return ["-".join(one.key).replace(" ", "_") for one in examples]


def space(name):
    return ready(name), found(name)


@pytest.mark.slow
def test_the_written_examples_are_what_exploration_finds():
    """A move that a scope shows anew, or no more, or by a shorter way, makes the file stale: run nox -s diagrams."""
    assert script.text(LAW, witnesses(LAW, space)) == (SPEC / FOUND).read_text(encoding="utf-8")


def test_every_move_has_an_example_or_a_reason_and_never_both():
    assert {*moves(LAW.graphs)} == {one.key for one in EXAMPLES} | set(reasons(SPEC))
    assert set() == {one.key for one in EXAMPLES} & set(reasons(SPEC))


@pytest.mark.parametrize("one", WITH_EVENTS, ids=names(WITH_EVENTS))
def test_an_example_ends_with_its_move_and_replays_as_it_is_told(one):
    walker = Walker(ready(one.scope))
    assert holds(one, walker.ready)
    assert [one.before, one.after] == [published(moment.pods, walker.ready.law) for moment in walker.walk(one.path)[-2:]]


def test_an_example_that_ends_early_takes_other_events_or_leaves_its_path_does_not_hold():
    one = next(e for e in EXAMPLES if e.key[:3] == ("phase", "Running", "Succeeded"))
    assert not holds(replace(one, path=one.path.rpartition("/")[0], events=one.events[:-1]), ready(one.scope))
    assert not holds(replace(one, events=one.events[::-1]), ready(one.scope))
    assert not holds(replace(one, path=f"99/{one.path}"), ready(one.scope))


def test_a_move_that_the_creation_shows_needs_no_event():
    assert [one.key for one in EXAMPLES if not one.events] == [("PodScheduled", "absent", "False", "created with gates")]


def test_no_shorter_history_of_a_scope_shows_a_move():
    """Walked level by level, without the search: the first level whose steps show a move is as far as its example is long."""
    walker, graphs = Walker(ready("restart-all")), LAW.graphs.items()
    expected, seen, level, length = {}, set(), {walker.first().words}, 0
    while level:
        seen, length = seen | level, length + 1
        steps = [(before, after) for before in level for _, after in walker.successors(before)]
        for before, after in steps:
            old, pod = walker.published.pods(before)[""], walker.published.pods(after)[""]
            for name, graph in graphs:
                for _, edges in graph.steps(old, pod):
                    expected = {key(name, edge): length for edge in edges} | expected
        level = {after for _, after in steps} - seen
    assert expected == {move: one.length for move, one in nearest([("restart-all", *space("restart-all"))]).items()}


def test_all_but_the_large_scopes_are_explored_for_examples():
    assert {"small", "middle"} >= {SCOPES[name].spec.size for name in explorable(LAW)}
    assert set(SMALL) <= set(explorable(LAW))


def test_a_version_that_was_not_explored_has_no_examples():
    assert told(Law("1.35")) == {}
    assert set(moves(LAW.graphs)) == set(told(LAW))


def test_an_example_reads_as_numbered_events_with_what_is_published_around_the_last():
    text = told(LAW)["phase", "Pending", "Running", "all have started"].splitlines()
    assert text[0] == "Shortest example:"
    assert [f"{n:>2}." for n in range(1, len(text) - 3)] == [line[:3] for line in text[1:-3]]
    assert [line.split(",")[0] for line in text[-3:-1]] == ["before: Pending", "after: Running"]
    assert text[-1].startswith("(podlaw explore ")
