"""Steps that a search need not take in both orders: they commute, and nothing is lost by it."""

import sys

import pytest

from podlaw.explore import collapse
from podlaw.explore.collapse import Collapsed
from podlaw.explore.compile import jit
from podlaw.explore.search import search
from podlaw.explore.sleep import sleep
from podlaw.ground.evaluate import evaluator
from scopes import found, ready


def asleep(name):
    """Return which steps of a scope commute, and what tells whether words are quiet."""
    one = ready(name)
    owner = Collapsed(one.form, one.places).owner
    first = {name for name, part in owner.items() if part == 0}
    done = sleep(one.form.steps, one.form.domains, first)
    common = {} if done.common is None else {n: node for n, node in one.form.steps[done.common].changes.items() if n in first}
    values = evaluator(list(common.values()))

    def quiet(words):
        state = one.places.unpacked(words)
        return [state[name] for name in common] == values(state)

    return done, quiet


@pytest.mark.parametrize("name", ["restart-always", "deletion-late", "ports-between", "restart-all-late"])
def test_steps_that_are_said_to_commute_lead_to_the_same_state_in_either_order(name):
    every, (done, quiet) = found(name), asleep(name)
    numbers = {every.words(n): n for n in range(every.states)}
    pairs = 0
    for number in range(0, every.states, 1 + every.states // 300):
        after = {step: words for step, words in every.successors(number)[0] if quiet(every.words(number)) and quiet(words)}
        ahead = {step: every.successors(numbers[words]) for step, words in after.items()}
        for one, other in ((a, c) for a in after for c in after if a < c and done.commuting[a] >> c & 1):
            pairs += 1
            assert dict(ahead[one][0])[other] == dict(ahead[other][0])[one]
            assert (done.touching[one], done.touching[other]) != (True, True)
    assert pairs > 0


@pytest.mark.parametrize("name", ["restart-always", "deletion-late"])
def test_commuting_is_mutual_and_no_step_that_writes_commutes_with_itself(name):
    done, _ = asleep(name)
    places = range(len(done.commuting))
    assert [(a, c) for a in places for c in places if done.commuting[a] >> c & 1 != done.commuting[c] >> a & 1] == []
    assert [a for a in places if ready(name).form.steps[a].changes and done.commuting[a] >> a & 1] == []


@pytest.mark.slow
@pytest.mark.skipif(not jit(), reason="numba is not installed; the extra explore brings it")
def test_a_search_finds_the_same_when_it_is_compiled_and_when_it_is_loaded_from_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    one, every, hits = ready("deletion-late"), found("deletion-late"), []
    for _ in ("compiled", "loaded"):
        for name in [name for name in sys.modules if name.startswith("podlaw_")]:
            monkeypatch.delitem(sys.modules, name)
        native = search(one.form, one.places, compiled=True)
        hits.append(sum(native.kernel.expand.stats.cache_hits.values()))
        assert [every.words(n) for n in range(every.states)] == [native.words(n) for n in range(native.states)]
        assert (every.levels, every.edges, every.capped, every.dead, every.shown) == (native.levels, native.edges, native.capped, native.dead, native.shown)
    assert hits == [0, 1]


@pytest.mark.slow
@pytest.mark.skipif(not jit(), reason="numba is not installed; the extra explore brings it")
def test_a_search_finds_the_same_where_the_steps_need_several_words(monkeypatch):
    monkeypatch.setattr(collapse, "BITS", 9)
    one, every = ready("deletion-late"), found("deletion-late")
    native = search(one.form, one.places, compiled=True)
    assert native.asleep.shape[1] == 4
    assert [every.words(n) for n in range(every.states)] == [native.words(n) for n in range(native.states)]
    assert (every.levels, every.edges, every.capped, every.dead, every.shown) == (native.levels, native.edges, native.capped, native.dead, native.shown)
    assert every.unreaching(lambda n: n % 50 == 3) == native.unreaching(lambda n: n % 50 == 3)
