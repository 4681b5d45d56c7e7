"""The kept histories are what exploration finds: each ends with what it is said to show, and not before."""

from itertools import pairwise

import pytest

import witnesses as script
from podlaw.explain.histories import SHOWN, kept
from podlaw.explore.shows import Look, shows
from podlaw.explore.trace import Walker
from podlaw.law import SPEC
from scopes import LAW, SMALL, found, ready

HISTORIES = kept(SPEC).histories
LOOKS = {scope: Look(ready(scope)) for scope in {one.scope for one in HISTORIES}}


@pytest.mark.slow
def test_the_kept_histories_are_what_exploration_finds():
    """A rule, row, event or reason that a small scope shows anew, or by a shorter way, makes the file stale: run nox -s diagrams."""
    fresh = shows(LAW, lambda name: (ready(name), found(name)))
    assert script.text(LAW, fresh, script.WORDS, "histories") == (SPEC / SHOWN).read_text(encoding="utf-8")


def shown(one):
    """Return at which steps of its path a history shows its word."""
    walker, look, public = Walker(ready(one.scope)), LOOKS[one.scope], ready(one.scope).places.published
    found = []
    for old, new in pairwise(walker.walk(one.path)):
        seen = look.step(old.words, new.words) if old.words[:public] != new.words[:public] else ()
        found.append((one.of, one.word) in {("event", new.step.event), *seen})
    return found


@pytest.mark.parametrize("scope", sorted({one.scope for one in HISTORIES}))
def test_a_history_shows_its_word_at_its_end_and_never_before(scope):
    for one in HISTORIES:
        if one.scope == scope:
            assert [False] * one.path.count("/") + [True] == shown(one), one


def test_only_small_scopes_are_asked():
    assert {one.scope for one in HISTORIES} <= set(SMALL)


def test_no_word_has_two_histories():
    assert len({(one.of, one.word) for one in HISTORIES}) == len(HISTORIES)
