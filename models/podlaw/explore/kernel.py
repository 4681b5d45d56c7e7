"""The loops of the search over states in arrays. This text is appended to the generated functions of `collapse`, and compiled with them.

A state is one number: for each part of the variables the number of the part's values, from bit ``shifts[part]``. What is
stored of them is in one `Tables`:

``values[part, v]`` are the words of a part's values, ``facts[part, v]`` what guards ask of them, ``moves[part, v]`` the
values after steps that read nothing else, and views: the first values that agree in some variables. ``index`` finds equal
values and views, ``memo`` what was computed from several parts. Nothing here allocates or grows: where little room is left
in one of them, ``counts[PARTS]`` is set, and the caller makes room before it goes on.
"""

# mypy: ignore-errors
# ruff: noqa: F821

FACTOR = 0x1E3779B97F4A7C15
SCARCE, KNOWN, JOINED, INDEXED, PAIRED = PARTS, PARTS + 1, PARTS + 2, PARTS + 3, PARTS + 4
ROOM = 2 * SITES + 8  # the most that one state adds to any table
MANY = 1 << 25  # more numbers than fit in a key of the memo


def hashed(key):
    """Mix the bits of a key; the lowest ones are the best."""
    h = key * FACTOR
    return h ^ (h >> 32)


def known(memo, key):
    """Return what was computed for a key, or -1."""
    mask = memo.shape[0] - 1
    at = hashed(key) & mask
    while memo[at, 0] != key:
        if memo[at, 0] == 0:
            return -1
        at = (at + 1) & mask
    return memo[at, 1]


def kept(key, value, t):
    """Keep what was computed for a key that is not known."""
    mask = t.memo.shape[0] - 1
    at = hashed(key) & mask
    while t.memo[at, 0] != 0:
        at = (at + 1) & mask
    t.memo[at, 0] = key
    t.memo[at, 1] = value
    t.counts[KNOWN] += 1
    scarce(t)


def viewed(kind, part, v, column, t):
    """Return the first values of a part that agree with these in the variables of a view."""
    first = seated(kind, part, v, t)
    t.moves[part, v, column] = first
    scarce(t)
    return first


def seated(kind, part, v, t):
    """Return the first values of a part that agree with these under a kind of masks; those may be these."""
    mask = t.index.shape[0] - 1
    at = mixed(kind, part, v, t) & mask
    while t.index[at] != 0:
        entry = t.index[at] - 1
        if entry >> 32 == kind:
            first = entry & 0xFFFFFFFF
            different = 0
            for k in range(SIZE[part]):
                different |= (t.values[part, v, k] ^ t.values[part, first, k]) & t.masks[kind, k]
            if different == 0:
                return first
        at = (at + 1) & mask
    t.index[at] = (kind << 32 | v) + 1
    t.counts[INDEXED] += 1
    return v


def mixed(kind, part, v, t):
    """Mix the words of values under a kind of masks."""
    h = kind
    for k in range(SIZE[part]):
        h = hashed(h ^ (t.values[part, v, k] & t.masks[kind, k]))
    return h


def learn(site, part, column, memo_key, i, step, key, t):
    """Find what `spread` needs of a state and is not known: a view of a part, the number of a key, or a part after a step.

    `spread` calls it by its address: compiled into it at every place, it would cost minutes.
    """
    v = (key >> t.shifts[part]) & (t.limits[part] - 1)
    if site < 0:
        return viewed(-1 - site, part, v, column, t)
    if site >= EFFECTS:
        t.counts[JOINED] += 1
        kept(memo_key, t.counts[JOINED] - 1, t)
        return t.counts[JOINED] - 1
    after = changed(site, part, v, key, t)
    if part == 0 and PUBLIC > 0:
        pair(part, v, after, i, step, t)
    if column >= 0:
        t.moves[part, v, column] = after
    else:
        kept(memo_key, after, t)
    scarce(t)
    return after


def changed(site, part, old, key, t):
    """Compute the number of a part's values after a step from a state; they may be new."""
    for p in range(PARTS):
        v = (key >> t.shifts[p]) & (t.limits[p] - 1)
        for k in range(SIZE[p]):
            t.words[FIRST[p] + k] = t.values[p, v, k]
    new = t.counts[part]
    for k in range(SIZE[part]):
        t.values[part, new, k] = t.values[part, old, k]
    effect(site, t.words, t.values[part, new])
    first = seated(part, part, new, t)
    if first == new:
        entered(part, new, t)
    return first


def entered(part, v, t):
    """Describe new values of a part, of which no move is known."""
    t.counts[part] += 1
    describe(part, t.values[part, v], t.facts[part, v])
    t.moves[part, v, :] = -1


def published(part, v, t):
    """Return the first values that publish the same."""
    first = t.moves[part, v, 0]
    return first if first >= 0 else viewed(PARTS + part, part, v, part, t)


def pair(part, old, new, i, step, t):
    """Add a step between published words, which stand in the first part, where it is new."""
    was, now = published(part, old, t), published(part, new, t)
    key = (SITES + 1) << 50 | was << 25 | now
    if was == now or known(t.memo, key) >= 0:
        return
    n = t.counts[PAIRED]
    for k in range(PUBLIC):
        t.pairs[n, k] = t.values[0, old, k]
        t.pairs[n, PUBLIC + k] = t.values[0, new, k]
    t.pairs[n, 2 * PUBLIC] = i
    t.pairs[n, 2 * PUBLIC + 1] = step
    t.counts[PAIRED] += 1
    kept(key, n, t)


def scarce(t):
    """Tell where the next state could need more than there is."""
    little = t.counts[PAIRED] + ROOM > t.pairs.shape[0] or 2 * (t.counts[KNOWN] + ROOM) > t.memo.shape[0] or 2 * (t.counts[INDEXED] + ROOM) > t.index.shape[0]
    for part in range(PARTS):
        little |= t.counts[part] + REACH[part] >= min(t.values.shape[1], t.limits[part])
    if little:
        t.counts[SCARCE] = 1


def expand(first, last, states, count, table, t, learn, dead, dying, out, acts, stops, recent, tallies):
    """Append the new successors of states ``first`` to ``last``.

    ``table`` holds the states plus one by their hash, 0 where free. ``tallies`` counts edges and states at a cap. Returns
    where it stopped, which is before ``last`` where something has to grow, and the counts of states and dead ends.
    """
    mask = table.shape[0] - 1
    while first < last and t.counts[SCARCE] == 0 and count + out.shape[0] <= states.shape[0] and 2 * (count + out.shape[0]) <= table.shape[0]:
        end, m = spread(first, min(first + stops.shape[0], last), states, t, learn, out, acts, stops)
        dying = tallied(first, end, stops, dead, dying, tallies)
        for k in range(unseen(m, out, recent, table, mask)):
            entry = out[k] + 1
            at = hashed(out[k]) & mask
            while table[at] != 0 and table[at] != entry:
                at = (at + 1) & mask
            if table[at] == 0:
                table[at] = entry
                states[count] = out[k]
                count += 1
        first = end
    return first, count, dying


def unseen(m, out, recent, table, mask):
    """Move the states that may be new to the front; return how many.

    Half of all are found again soon after, so that a look into the small table ``recent`` spares one into the large one,
    which is slow. None of these reads waits for another.
    """
    n, few = 0, recent.shape[0] - 1
    for k in range(m):
        key = out[k]
        at = hashed(key) & few
        out[n] = key
        n += recent[at] != key + 1
        recent[at] = key + 1
    m, n = n, 0
    for k in range(m):
        key = out[k]
        out[n] = key
        n += table[hashed(key) & mask] != key + 1
    return n


def tallied(first, end, stops, dead, dying, tallies):
    """Count what a group of states leads to, and list those that lead nowhere; return how many those are."""
    m = 0
    for i in range(first, end):
        n = stops[i - first]
        if n < 0:
            n = -n - 1
            tallies[1] += 1
        elif n == m:
            dead[dying] = i
            dying += 1
        tallies[0] += n - m
        m = n
    return dying


def moved(old, table):
    """Fill an empty table with the entries of another."""
    mask = table.shape[0] - 1
    for i in range(old.shape[0]):
        if old[i] != 0:
            at = hashed(old[i] - 1) & mask
            while table[at] != 0:
                at = (at + 1) & mask
            table[at] = old[i]


def numbered(states, count, table):
    """Fill an empty table with the numbers of states plus one."""
    mask = table.shape[0] - 1
    for i in range(count):
        at = hashed(states[i]) & mask
        while table[at] != 0:
            at = (at + 1) & mask
        table[at] = i + 1


def rememo(old, memo):
    """Fill an empty memo with what another knows."""
    mask = memo.shape[0] - 1
    for i in range(old.shape[0]):
        if old[i, 0] != 0:
            at = hashed(old[i, 0]) & mask
            while memo[at, 0] != 0:
                at = (at + 1) & mask
            memo[at, 0] = old[i, 0]
            memo[at, 1] = old[i, 1]


def reindex(old, t, kinds):
    """Fill an empty index with the entries of another."""
    mask = t.index.shape[0] - 1
    for i in range(old.shape[0]):
        if old[i] != 0:
            kind = (old[i] - 1) >> 32
            at = mixed(kind, kinds[kind], (old[i] - 1) & 0xFFFFFFFF, t) & mask
            while t.index[at] != 0:
                at = (at + 1) & mask
            t.index[at] = old[i]


def before(target, first, last, states, t, learn, out, acts, stops):
    """Return where it stopped, and the step from there to a state, or -1."""
    while first < last:
        end, m = spread(first, first + 1, states, t, learn, out, acts, stops)
        for k in range(m):
            if out[k] == states[target]:
                return first, acts[k]
        if end == first:
            break
        first = end
    return first, -1


def backward(states, count, table, good, t, learn, out, acts, stops):
    """Mark every state from which a marked one, or one at a cap, can be reached; ``table`` holds numbers of states."""
    mask = table.shape[0] - 1
    changed = True
    while changed:
        changed = False
        for j in range(count):
            i = count - 1 - j
            if good[i]:
                continue
            _, m = spread(i, i + 1, states, t, learn, out, acts, stops)
            reached = stops[0] < 0
            for k in range(m):
                at = hashed(out[k]) & mask
                while states[table[at] - 1] != out[k]:
                    at = (at + 1) & mask
                reached |= good[table[at] - 1] != 0
            if reached:
                good[i] = 1
                changed = True
