"""How many states a scope has, that both searches find the same, and that a search can stop."""

import pytest

from exploration import COUNTS, FEW
from podlaw.explore import explore
from podlaw.explore.compile import jit
from podlaw.explore.layout import shown
from podlaw.explore.search import search
from scopes import SCOPES, found, ready


@pytest.mark.parametrize("name", FEW)
def test_a_scope_has_exactly_so_many_states(name):
    every = found(name)
    assert COUNTS[name] == {"states": every.states, "edges": every.edges, "depth": every.depth, "ends": len(every.dead), "capped": every.capped}


def test_every_scope_has_its_count():
    assert set(SCOPES) == set(COUNTS)


@pytest.mark.slow
@pytest.mark.skipif(not jit(), reason="numba is not installed; the extra explore brings it")
@pytest.mark.parametrize("name", ["restart-never", "admission"])
def test_the_compiled_search_finds_the_same_in_the_same_order(name):
    one, every = ready(name), found(name)
    native = search(one.form, one.places, compiled=True)
    assert [every.words(n) for n in range(every.states)] == [native.words(n) for n in range(native.states)]
    assert (every.levels, every.edges, every.capped, every.dead, every.shown) == (native.levels, native.edges, native.capped, native.dead, native.shown)
    assert [every.before(n) for n in range(1, 50)] == [native.before(n) for n in range(1, 50)]
    assert every.unreaching(lambda n: n % 50 == 3) == native.unreaching(lambda n: n % 50 == 3)


def test_a_state_is_the_end_of_a_path_as_long_as_its_level():
    every = found("restart-always")
    for number in (1, 100, every.states - 1):
        assert every.level(number) == len(every.path(number))
        assert number == every.path(number)[-1][1]


def test_a_search_that_would_take_too_much_memory_stops_and_says_so():
    result = explore("deletion", limit=500_000)
    assert (result.verdict, result.stopped) == ("undetermined", "out of memory")
    assert 0 < result.states < COUNTS["deletion"]["states"]


def test_an_interrupted_search_gives_what_it_found():
    def progress(depth, states, seconds):
        if states > 100:
            raise KeyboardInterrupt

    result = explore("deletion", progress=progress)
    assert (result.verdict, result.stopped) == ("undetermined", "interrupted")
    assert result.states > 100


@pytest.mark.parametrize("name", FEW)
def test_states_are_packed_and_unpacked_without_loss(name):
    one, every = ready(name), found(name)
    assert all(every.words(n) == one.places.packed(one.places.unpacked(every.words(n))) for n in range(0, every.states, 13))


@pytest.mark.parametrize("name", FEW)
def test_only_published_variables_stand_in_the_published_words(name):
    places = ready(name).places
    assert {variable for variable, place in places.places.items() if place.word < places.published} == {v for v in places.places if shown(v)}


@pytest.mark.slow
@pytest.mark.skipif(not jit(), reason="numba is not installed; the extra explore brings it")
def test_a_compiled_search_claims_only_the_goals_that_it_was_asked():
    assert ["can always: A pod that never restarts can always end."] == explore("restart-never", compiled=True).goals
