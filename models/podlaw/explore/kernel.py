"""The loops of the search over packed states in arrays. This text is appended to the generated steps, and compiled with them.

`successors`, `WIDTH` and `PUBLIC` (how many words a state has, and how many of them are published) are generated. States are
rows of ``states``; ``table`` is an open hash table, a power of two large, 0 where free: the upper half of an entry is that of
the state's hash, whose first bits are the entry's place and whose others spare a look at most other states; the lower half is
the state's row plus one. Nothing here allocates or grows: the caller does, whenever `expand` returns early.
"""

# mypy: ignore-errors
# ruff: noqa: F821

GROUP = 128  # states whose successors are looked up together, so that the memory is asked for all of them at once
LOW = 0xFFFFFFFF


def hashed(rows, i, start, width):
    """Mix some words of a row; the products do not wait for each other."""
    h = 0
    factor = 0x2545F4914F6CDD1D
    for k in range(width):
        word = rows[i, start + k]
        h += (word ^ (word >> 31)) * factor
        factor += 0x1D8E4E27C47D124E
    h = (h ^ (h >> 32)) * 0x369DEA0F31A53F85
    return (h ^ (h >> 29)) & 0x7FFFFFFFFFFFFFFF


def same(rows, i, start, others, j, begin, width):
    """Return whether two runs of words are equal."""
    different = 0
    for k in range(width):
        different |= rows[i, start + k] ^ others[j, begin + k]
    return different == 0


def unused(table):
    """Return how many bits of a hash do not tell the place in a table."""
    bits = 63
    while table.shape[0] >> (63 - bits) > 1:
        bits -= 1
    return bits


def expand(first, last, states, count, table, pairs, paired, pair_table, dead, dying, out, hashes, origins, touched, tallies):
    """Append the new successors of states ``first`` to ``last``, and every new step between published words.

    ``pairs`` holds published words before and after, the state and the step that shows them. ``tallies`` counts edges and
    states at a cap. Returns where it stopped, which is before ``last`` where something has to grow, and the counts of states,
    pairs and dead ends.
    """
    mask = table.shape[0] - 1
    shift = unused(table)
    while first < last:
        if full(count, states, table, paired, pairs, pair_table, out):
            break
        end = min(first + GROUP, last)
        m = 0
        for i in range(first, end):
            n = successors(states, i, out, m)
            if n < 0:
                n = -n - 1
                tallies[1] += 1
            elif n == 0:
                dead[dying] = i
                dying += 1
            for k in range(m, m + n):
                hashes[k] = hashed(out, k, 1, WIDTH)
                origins[k] = i
            m += n
        tallies[0] += m
        touch(m, hashes, touched, table, shift, states, tallies)
        for k in range(m):
            h = hashes[k]
            at = h >> shift
            while table[at] != 0 and not ((table[at] ^ h) >> 32 == 0 and same(states, (table[at] & LOW) - 1, 0, out, k, 1, WIDTH)):
                at = (at + 1) & mask
            if table[at] == 0:
                for w in range(WIDTH):
                    states[count, w] = out[k, w + 1]
                count += 1
                table[at] = (h & ~LOW) | count
            if PUBLIC > 0 and not same(states, origins[k], 0, out, k, 1, PUBLIC):
                paired = pair(states, origins[k], out, k, pairs, paired, pair_table)
        first = end
    return first, count, paired, dying


def full(count, states, table, paired, pairs, pair_table, out):
    """Return whether something could overflow in the next group."""
    rows = out.shape[0]
    if count + rows > states.shape[0] or 2 * (count + rows) > table.shape[0]:
        return True
    return paired + rows > pairs.shape[0] or 2 * (paired + rows) > pair_table.shape[0]


def touch(m, hashes, touched, table, shift, states, tallies):
    """Read what the next lookups will read: reads that do not wait for each other take the time of one."""
    for k in range(m):
        touched[k] = table[hashes[k] >> shift]
    seen = 0
    for k in range(m):
        if touched[k] != 0:
            i = (touched[k] & LOW) - 1
            seen ^= states[i, 0] ^ states[i, WIDTH - 1]
    tallies[2] = seen  # so that the reads are not optimised away


def pair(states, i, out, k, pairs, paired, table):
    """Add a step between published words where it is new; return the count of pairs."""
    mask = table.shape[0] - 1
    at = (hashed(states, i, 0, PUBLIC) * 31 + hashed(out, k, 1, PUBLIC)) & mask
    while table[at] != 0 and not (same(pairs, table[at] - 1, 0, states, i, 0, PUBLIC) and same(pairs, table[at] - 1, PUBLIC, out, k, 1, PUBLIC)):
        at = (at + 1) & mask
    if table[at] == 0:
        for w in range(PUBLIC):
            pairs[paired, w] = states[i, w]
            pairs[paired, PUBLIC + w] = out[k, w + 1]
        pairs[paired, 2 * PUBLIC] = i
        pairs[paired, 2 * PUBLIC + 1] = out[k, 0]
        paired += 1
        table[at] = paired
    return paired


def moved(old, table):
    """Fill an empty table with the entries of another; both are in the order of hashes, so that memory is read and written in order."""
    mask = table.shape[0] - 1
    shift = unused(table)
    for i in range(old.shape[0]):
        if old[i] != 0:
            at = old[i] >> shift
            while table[at] != 0:
                at = (at + 1) & mask
            table[at] = old[i]


def rehash_pairs(pairs, paired, table):
    """Fill an empty table with pairs of published words."""
    mask = table.shape[0] - 1
    for i in range(paired):
        at = (hashed(pairs, i, 0, PUBLIC) * 31 + hashed(pairs, i, PUBLIC, PUBLIC)) & mask
        while table[at] != 0:
            at = (at + 1) & mask
        table[at] = i + 1


def found(out, k, states, table):
    """Return the number of a state that was found, by a row that shows it."""
    mask = table.shape[0] - 1
    at = hashed(out, k, 1, WIDTH) >> unused(table)
    while not same(states, (table[at] & LOW) - 1, 0, out, k, 1, WIDTH):
        at = (at + 1) & mask
    return (table[at] & LOW) - 1


def before(target, first, last, states, out):
    """Return a state between ``first`` and ``last`` that leads to a state, and the step that does."""
    for i in range(first, last):
        n = successors(states, i, out, 0)
        for k in range(n if n >= 0 else -n - 1):
            if same(out, k, 1, states, target, 0, WIDTH):
                return i, out[k, 0]
    return -1, -1


def backward(states, count, table, good, out):
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
            n = successors(states, i, out, 0)
            if n < 0:
                good[i] = 1
                changed = True
                continue
            for k in range(n):
                if good[found(out, k, states, table)]:
                    good[i] = 1
                    changed = True
                    break
    return sweeps
