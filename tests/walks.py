"""Random walks of both engines where a scope is too large to compare all of its edges, and lives by the clock against the untimed law."""

from random import Random

import msgspec

from podlaw.explore.live import Live, State, facts, still
from podlaw.explore.prepare import Ready
from scopes import Edge, Words, ground_edges, live_edges, live_words

SEED = 20261125
WAITS = (1, 5, 10, 20, 45, 120, 700)  # seconds: on both sides of every delay, and of the expiry of a back-off
WAITING = 0.3  # the share of waits
LIFE = 60  # steps of one life by the clock, unless it ends before


class Walked(msgspec.Struct, frozen=True):
    """One walk: steps taken, states at which all steps of both engines were compared, how many edges these were, and what differed first."""

    steps: int
    states: int
    edges: int
    different: str = ""


def walked(one: Ready, live: Live, most: int) -> Walked:
    """Walk at random on live machines, no step twice, and compare all steps of both engines at each state, to the first difference.

    Where no step is left, the walk goes on from any state that it has met; it ends after ``most`` steps, or once it has taken all.
    """
    edges, random = ground_edges(one), Random(SEED)
    words = live_words(one, facts(one.form.start, live.subjects))
    left: dict[State, list[State]] = {}
    met: list[State] = []
    compared: dict[Words, int] = {}
    state, taken = live.start(), 0
    while taken < most:
        if state not in left:
            steps = list(live.steps(state))
            mine, other = live_edges(steps, words), edges(words(state))
            if mine != other:
                different = f"{told(mine - other)} only on live machines, {told(other - mine)} only in the ground form"
                return Walked(taken, len(compared), sum(compared.values()), different)
            compared[words(state)] = len(mine)
            left[state] = random.sample([after for *_, after in steps], len(steps))
            met.append(state)
        if left[state]:
            state = left[state].pop()
            taken += 1
        elif met:
            state = _again(met, left, random)
        else:
            break
    return Walked(taken, len(compared), sum(compared.values()))


def _again(met: list[State], left: dict[State, list[State]], random: Random) -> State:
    """Return any state that was met, and forget it where no step is left there."""
    place = random.randrange(len(met))
    state = met[place]
    if not left[state]:
        met[place] = met[-1]
        met.pop()
    return state


class Timed(msgspec.Struct, frozen=True):
    """Lives by the clock: steps and waits taken, which events these were, and the first thing that the untimed law does not allow."""

    steps: int
    waits: int
    events: frozenset[str]
    outside: str = ""


def timed(one: Ready, live: Live, most: int) -> Timed:
    """Live at random by the clock: whatever can happen at any moment must be a step of the untimed law, and a wait must be none."""
    edges, random = ground_edges(one), Random(SEED)
    words = live_words(one, still(live.law, one.form.start, live.subjects))
    state, age, steps, waits = live.start(), 0, 0, 0
    events: set[str] = set()
    while steps < most:
        can, before = list(live.steps(state)), words(state)
        later = live.wait(state, random.choice(WAITS))
        strange = live_edges(can, words) - edges(before)
        if strange or words(later) != before:
            return Timed(steps, waits, frozenset(events), f"{told(strange)} after {steps} steps" if strange else "a wait changes more than the time")
        if not can or age == LIFE:
            state, age = live.start(), 0
        elif random.random() < WAITING:
            state, waits = later, waits + 1
        else:
            _, event, _, state = random.choice(can)
            steps, age = steps + 1, age + 1
            events.add(event)
    return Timed(steps, waits, frozenset(events))


def told(edges: set[Edge]) -> str:
    """Return edges for people, without the states after them."""
    return ", ".join(sorted(f"{pod}{event}{dict(values) or ''}" for pod, event, values, _ in edges)) or "nothing"
