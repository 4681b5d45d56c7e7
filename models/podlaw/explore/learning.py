"""What the compiled search learns of parts of states. This text is appended to the generated functions of `collapse`, and compiled with them.

``values[part, v]`` of `Tables` are the words of a part's values, ``facts[part, v]`` what guards ask of them and last whether the
first part is quiet, ``moves[part, v]`` the values after steps that read nothing else, and views: the first values that agree
in some variables. ``index`` finds equal values and views, ``memo`` what was computed from several parts. Nothing here
allocates or grows: where little room is left in one of them, ``counts[PARTS]`` is set, and the caller makes room before it goes on.
"""

# mypy: ignore-errors
# ruff: noqa: F821

FACTOR = 0x1E3779B97F4A7C15
SCARCE, KNOWN, JOINED, INDEXED, PAIRED = PARTS, PARTS + 1, PARTS + 2, PARTS + 3, PARTS + 4
ROOM = 2 * SITES + 8  # the most that one state adds to any table
MANY = 1 << 25  # more numbers than fit in a key of the memo


def hashed(key):
    """Mix the bits of a key; the lowest ones are the best."""
    h = (key ^ key >> 31) * FACTOR
    return h ^ h >> 32


def known(memo, key):
    """Return what was computed for a key, or -1."""
    mask = memo.shape[0] - 1
    at = hashed(key) & mask
    while memo[at, 0] != key:
        if memo[at, 0] == 0:
            return -1
        at = (at + 1) & mask
    return memo[at, 1]


def kept(key, value, memo):
    """Keep what was computed for a key that is not known."""
    mask = memo.shape[0] - 1
    at = hashed(key) & mask
    while memo[at, 0] != 0:
        at = (at + 1) & mask
    memo[at, 0] = key
    memo[at, 1] = value


def viewed(kind, part, v, column, t):
    """Return the first values of a part that agree with these in the variables of a view."""
    first = seated(kind, part, v, t)
    moves = t.moves
    moves[part, v, column] = first
    return first


def seated(kind, part, v, t):
    """Return the first values of a part that agree with these under a kind of masks; those may be these."""
    index, values, masks, counts = t.index, t.values, t.masks, t.counts
    mask = index.shape[0] - 1
    at = mixed(kind, part, v, values, masks) & mask
    while index[at] != 0:
        entry = index[at] - 1
        if entry >> 32 == kind:
            first = entry & 0xFFFFFFFF
            different = 0
            for k in range(SIZE[part]):
                different |= (values[part, v, k] ^ values[part, first, k]) & masks[kind, k]
            if different == 0:
                return first
        at = (at + 1) & mask
    index[at] = (kind << 32 | v) + 1
    counts[INDEXED] += 1
    return v


def mixed(kind, part, v, values, masks):
    """Mix the words of values under a kind of masks."""
    h = kind
    for k in range(SIZE[part]):
        h = hashed(h ^ (values[part, v, k] & masks[kind, k]))
    return h


def learn(site, part, column, memo_key, i, step, key, t):
    """Find what `spread` needs of a state and is not known: a view of a part, the number of a key, or a part after a step.

    `spread` calls it by its address: compiled into it at every place, it would cost minutes.
    """
    shifts, limits, counts = t.shifts, t.limits, t.counts
    v = (key >> shifts[part]) & (limits[part] - 1)
    if site < 0:
        found = viewed(-1 - site, part, v, column, t)
    elif site >= EFFECTS:
        found = counts[JOINED]
        counts[JOINED] += 1
    else:
        found = changed(site, part, v, key, t)
        if part == 0 and PUBLIC > 0:
            pair(part, v, found, i, step, t)
        if column >= 0:
            moves = t.moves
            moves[part, v, column] = found
    if memo_key != 0:
        kept(memo_key, found, t.memo)
        counts[KNOWN] += 1
    scarce(t)
    return found


def changed(site, part, old, key, t):
    """Compute the number of a part's values after a step from a state; they may be new."""
    values, words, shifts, limits, counts = t.values, t.words, t.shifts, t.limits, t.counts
    for p in range(PARTS):
        v = (key >> shifts[p]) & (limits[p] - 1)
        for k in range(SIZE[p]):
            words[FIRST[p] + k] = values[p, v, k]
    new = counts[part]
    for k in range(SIZE[part]):
        values[part, new, k] = values[part, old, k]
    effect(site, words, values[part, new])
    first = seated(part, part, new, t)
    if first == new:
        entered(part, new, t)
    return first


def entered(part, v, t):
    """Describe new values of a part, of which no move is known."""
    values, facts, moves, counts = t.values, t.facts, t.moves, t.counts
    counts[part] += 1
    describe(part, values[part, v], facts[part, v])
    for k in range(COLUMNS):
        moves[part, v, k] = -1
    if part == 0:
        facts[0, v, FACTS - 1] = quiet(v, counts[0], values)
        if COMMON >= 0 and facts[0, v, FACTS - 1] != 0:
            moves[0, v, COMMON_COLUMN] = v


def quiet(v, after, values):
    """Return 1 where what most steps do in common changes nothing of these values of the first part, which alone it reads, or 0."""
    if COMMON < 0:
        return 1
    different = 0
    for k in range(SIZE[0]):
        values[0, after, k] = values[0, v, k]
    effect(COMMON, values[0, v], values[0, after])
    for k in range(SIZE[0]):
        different |= values[0, after, k] ^ values[0, v, k]
    return 1 if different == 0 else 0


def published(part, v, t):
    """Return the first values that publish the same."""
    moves = t.moves
    first = moves[part, v, 0]
    return first if first >= 0 else viewed(PARTS + part, part, v, part, t)


def pair(part, old, new, i, step, t):
    """Add a step between published words, which stand in the first part, where it is new."""
    was, now = published(part, old, t), published(part, new, t)
    values, pairs, memo, counts = t.values, t.pairs, t.memo, t.counts
    key = (SITES + 1) << 50 | was << 25 | now
    if was == now or known(memo, key) >= 0:
        return
    n = counts[PAIRED]
    for k in range(PUBLIC):
        pairs[n, k] = values[0, old, k]
        pairs[n, PUBLIC + k] = values[0, new, k]
    pairs[n, 2 * PUBLIC] = i
    pairs[n, 2 * PUBLIC + 1] = step
    counts[PAIRED] += 1
    counts[KNOWN] += 1
    kept(key, n, memo)


def scarce(t):
    """Tell where the next state could need more than there is."""
    counts, limits = t.counts, t.limits
    little = counts[PAIRED] + ROOM > t.pairs.shape[0] or 3 * (counts[KNOWN] + ROOM) > 2 * t.memo.shape[0] or 2 * (counts[INDEXED] + ROOM) > t.index.shape[0]
    rows = t.values.shape[1]
    for part in range(PARTS):
        little |= counts[part] + REACH[part] >= min(rows, limits[part])
    if little:
        counts[SCARCE] = 1


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
    index, values, masks = t.index, t.values, t.masks
    mask = index.shape[0] - 1
    for i in range(old.shape[0]):
        if old[i] != 0:
            kind = (old[i] - 1) >> 32
            at = mixed(kind, kinds[kind], (old[i] - 1) & 0xFFFFFFFF, values, masks) & mask
            while index[at] != 0:
                at = (at + 1) & mask
            index[at] = old[i]
