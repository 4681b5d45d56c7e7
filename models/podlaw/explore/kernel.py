"""The loops of the search over packed states in arrays. This text is appended to the generated steps, and compiled with them.

`successors` is the generated function. States are rows of ``states``; ``table`` is an open hash table of row numbers,
a power of two large, -1 where free. Nothing here allocates or grows: the caller does, between batches.
"""

# mypy: ignore-errors


def hashed(row, start, width):
    """Mix the words of a row."""
    h = 0x3779B97F4A7C15
    for k in range(start, start + width):
        h = (h ^ row[k]) * 0x2545F4914F6CDD1D & 0x3FFFFFFFFFFFFFFF
        h ^= h >> 29
    return h


def same(row, start, other, begin, width):
    """Return whether two runs of words are equal."""
    for k in range(width):  # noqa: SIM110 - numba has no generator expressions
        if row[start + k] != other[begin + k]:
            return False
    return True


def expand(first, last, states, count, table, pairs, paired, pair_table, dead, dying, out, width, public, tallies):
    """Append the new successors of states ``first`` to ``last``, and every new step between published words.

    ``pairs`` holds published words before and after, the state and the step that shows them. ``tallies`` counts edges and
    states at a cap. Returns the counts of states, pairs and dead ends.
    """
    mask = table.shape[0] - 1
    pair_mask = pair_table.shape[0] - 1
    for i in range(first, last):
        row = states[i]
        n = successors(row, out)  # noqa: F821 - generated
        if n < 0:
            n = -n - 1
            tallies[1] += 1
        elif n == 0:
            dead[dying] = i
            dying += 1
        tallies[0] += n
        for k in range(n):
            new = out[k]
            at = hashed(new, 1, width) & mask
            while table[at] >= 0 and not same(states[table[at]], 0, new, 1, width):
                at = (at + 1) & mask
            if table[at] < 0:
                table[at] = count
                for w in range(width):
                    states[count, w] = new[w + 1]
                count += 1
            if public > 0 and not same(row, 0, new, 1, public):
                at = (hashed(row, 0, public) * 31 + hashed(new, 1, public)) & pair_mask
                while pair_table[at] >= 0 and not (same(pairs[pair_table[at]], 0, row, 0, public) and same(pairs[pair_table[at]], public, new, 1, public)):
                    at = (at + 1) & pair_mask
                if pair_table[at] < 0:
                    pair_table[at] = paired
                    for w in range(public):
                        pairs[paired, w] = row[w]
                        pairs[paired, public + w] = new[w + 1]
                    pairs[paired, 2 * public] = i
                    pairs[paired, 2 * public + 1] = new[0]
                    paired += 1
                    if paired * 2 > pair_mask:
                        return i, count, -paired, dying
    return last, count, paired, dying


def rehash(states, count, table, start, width):
    """Fill an empty table with rows."""
    mask = table.shape[0] - 1
    for i in range(count):
        at = hashed(states[i], start, width) & mask
        while table[at] >= 0:
            at = (at + 1) & mask
        table[at] = i


def rehash_pairs(pairs, paired, table, public):
    """Fill an empty table with pairs of published words."""
    mask = table.shape[0] - 1
    for i in range(paired):
        at = (hashed(pairs[i], 0, public) * 31 + hashed(pairs[i], public, public)) & mask
        while table[at] >= 0:
            at = (at + 1) & mask
        table[at] = i


def found(row, start, states, table, width):
    """Return the number of a state."""
    mask = table.shape[0] - 1
    at = hashed(row, start, width) & mask
    while not same(states[table[at]], 0, row, start, width):
        at = (at + 1) & mask
    return table[at]


def before(target, first, last, states, out, width):
    """Return a state between ``first`` and ``last`` that leads to a state, and the step that does."""
    for i in range(first, last):
        n = successors(states[i], out)  # noqa: F821
        for k in range(n if n >= 0 else -n - 1):
            if same(out[k], 1, states[target], 0, width):
                return i, out[k, 0]
    return -1, -1


def backward(states, count, table, good, out, width):
    """Mark every state from which a marked one, or one at a cap, can be reached; return how many sweeps it took."""
    sweeps = 0
    changed = True
    while changed:
        changed = False
        sweeps += 1
        for j in range(count):
            i = count - 1 - j
            if good[i]:
                continue
            n = successors(states[i], out)  # noqa: F821
            if n < 0:
                good[i] = 1
                changed = True
                continue
            for k in range(n):
                if good[found(out[k], 1, states, table, width)]:
                    good[i] = 1
                    changed = True
                    break
    return sweeps
