"""How variables are parted for the compiled search, and that it rests on no choice of parts."""

import pytest

from exploration import FEW
from podlaw.explore.collapse import Collapsed
from podlaw.explore.compile import jit
from podlaw.explore.layout import shown
from podlaw.explore.parts import parts, record
from scopes import found, ready


@pytest.mark.parametrize("name", FEW)
def test_every_variable_is_in_one_part_and_what_is_published_in_the_first(name):
    form = ready(name).form
    every = parts(form, shown)
    assert sorted(variable for part in every for variable in part) == sorted(form.domains)
    assert set(filter(shown, form.domains)) <= set(every[0])


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("worker", ("", ".")), ("web.worker", ("web", ".")), ("[app].run.state", ("", "[app")), ("web[app].plan", ("web", "[app")),
        ("cached.Ready.status", ("", "cached")), ("cached[app].id", ("", "cached")), ("web.cached[app].id", ("web", "cached")),
    ],
)  # fmt: skip
def test_a_variable_belongs_to_its_record(name, owner):
    assert record(name, {"web"}) == owner


def test_a_copy_is_of_the_part_of_what_it_copies_and_what_decides_on_publishing_of_the_part_that_is_published():
    groups = parts(ready("deletion").form, shown)
    assert [{record(name, set())[1] for name in part} for part in groups] == [{"api", "cached", "picked", "."}, {"[app"}, {"."}]
    assert {name for name in groups[0] if record(name, set())[1] == "."} == {"deletion", "sandbox", "worker", "writing"}


@pytest.mark.parametrize("name", FEW)
def test_every_part_stands_in_words_of_its_own(name):
    places = ready(name).places
    owner = Collapsed(ready(name).form, places).owner
    assert [owner[name] for part, names in enumerate(parts(ready(name).form, shown)) for name in names if owner[name] != part] == []


@pytest.mark.slow
@pytest.mark.skipif(not jit(), reason="numba is not installed; the extra explore brings it")
def test_a_search_finds_the_same_whatever_the_parts():
    from podlaw.explore.native import Native, coarser

    one, every = ready("restart-never"), found("restart-never")
    places = one.places
    while len(places.parts) > 2:
        places = coarser(places)
    native = Native(one.form, places, 1 << 28, ())
    assert all(depth >= 0 for depth, _ in native.run())
    assert [every.words(n) for n in range(every.states)] == [native.words(n) for n in range(native.states)]
    assert (every.levels, every.edges, every.capped, every.dead, every.shown) == (native.levels, native.edges, native.capped, native.dead, native.shown)
