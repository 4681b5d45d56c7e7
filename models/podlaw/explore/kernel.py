"""The loops of the search over states in arrays. This text is appended to that of `learning`, and compiled with it.

A state is one number: for each part of the variables the number of the part's values, from bit ``shifts[part]``. Steps that
are asleep in a state are bits of ``asleep``; see `sleep`. A table of the states that were found has each at its hash.
"""

# mypy: ignore-errors
# ruff: noqa: F821


def expand(first, last, states, asleep, count, table, t, learn, dead, dying, tallies, out, rest, acts, stops):
    """Append the new successors of states ``first`` to ``last``.

    ``table`` holds the states plus one by their hash, 0 where free. ``tallies`` counts edges and states at a cap. Returns
    where it stopped, which is before ``last`` where something has to grow, and the counts of states and dead ends.
    """
    mask, counts = table.shape[0] - 1, t.counts
    while first < last and counts[SCARCE] == 0 and count + out.shape[0] <= states.shape[0] and 2 * (count + out.shape[0]) <= table.shape[0]:
        end, m = spread(first, min(first + stops.shape[0], last), states, asleep, t, learn, out, rest, acts, stops)
        dying = tallied(first, end, stops, asleep, dead, dying, tallies)
        for k in range(m):  # these reads do not wait for each other
            acts[k] = table[hashed(out[k]) & mask]
        for k in range(m):
            at = seat(out[k], table)
            if table[at] == 0:
                table[at] = out[k] + 1
                states[count] = out[k]
                for mark in range(MARKS):
                    asleep[count, mark] = rest[k, mark]
                count += 1
        first = end
    return first, count, dying


def seat(key, table):
    """Return where a state stands in the table, or would stand."""
    mask, entry = table.shape[0] - 1, key + 1
    at = hashed(key) & mask
    while table[at] != 0 and table[at] != entry:
        at = (at + 1) & mask
    return at


def tallied(first, end, stops, asleep, dead, dying, tallies):
    """Count what a group of states leads to, and list those that lead nowhere; return how many those are."""
    m = 0
    for i in range(first, end):
        n = stops[i - first]
        edges = ones(asleep, i)
        if n < 0:
            n = -n - 1
            tallies[1] += 1
        elif n == m and edges == 0:
            dead[dying] = i
            dying += 1
        tallies[0] += n - m + edges
        m = n
    return dying


def ones(asleep, i):
    """Return how many steps are asleep in a state."""
    total = 0
    for mark in range(MARKS):
        n = asleep[i, mark]
        n -= n >> 1 & 0x5555555555555555
        n = (n & 0x3333333333333333) + (n >> 2 & 0x3333333333333333)
        total += ((n + (n >> 4) & 0x0F0F0F0F0F0F0F0F) * 0x0101010101010101) >> 56
    return total


def filled(states, count, table):
    """Fill an empty table with states."""
    for i in range(count):
        table[seat(states[i], table)] = states[i] + 1


def numbered(states, count, table, numbers):
    """Write for each entry of the table which state it is."""
    for i in range(count):
        numbers[seat(states[i], table)] = i


def before(target, first, last, states, asleep, t, learn, out, rest, acts, stops):
    """Return where it stopped, and the step from there to a state, or -1."""
    while first < last:
        end, m = spread(first, first + 1, states, asleep, t, learn, out, rest, acts, stops)
        for k in range(m):
            if out[k] == states[target]:
                return first, acts[k]
        if end == first:
            break
        first = end
    return first, -1


def backward(states, awake, count, table, numbers, good, t, learn, out, rest, acts, stops):
    """Mark every state from which a marked one, or one at a cap, can be reached; none of ``awake`` is asleep."""
    changed = True
    while changed:
        changed = False
        for j in range(count):
            i = count - 1 - j
            if good[i]:
                continue
            _, m = spread(i, i + 1, states, awake, t, learn, out, rest, acts, stops)
            reached = stops[0] < 0
            for k in range(m):
                reached |= good[numbers[seat(out[k], table)]] != 0
            if reached:
                good[i] = 1
                changed = True
