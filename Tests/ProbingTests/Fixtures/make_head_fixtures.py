"""Makes heads.json: fixed offsets and nearest words on synthetic trees, computed with NumPy by other means than ours.

Needs NumPy (made with 2.4.6). Usage: python3 make_head_fixtures.py > heads.json
"""

import json

import numpy as np

OFFSETS = [offset for offset in range(-4, 6) if offset != 0]
RELATIONS = ["det", "obj", "nsubj"]
TAGS = ["DET", "NOUN", "VERB"]
FOLDS = 4


def tree(rng, length):
    """Heads from 1, 0 for the root: every word but the first drawn hangs on a near one that was drawn before it."""
    order = rng.permutation(length)
    heads = np.zeros(length, int)
    for k, word in enumerate(order[1:], 1):
        earlier = order[:k]
        weight = np.exp(-np.abs(earlier - word) / 2.0)
        heads[word] = 1 + rng.choice(earlier, p=weight / weight.sum())
    return heads


def held_out(hits, folds):
    """hits: candidates by sentences. The first of the best candidates on other folds, scored on each sentence."""
    chosen = [int(np.argmax(hits[:, folds != fold].sum(axis=1))) for fold in range(FOLDS)]
    sums = np.array([hits[chosen[fold], sentence] for sentence, fold in enumerate(folds)])
    return {"chosen": chosen, "best": int(np.argmax(hits.sum(axis=1))), "sums": sums.tolist()}


def pairs(heads, relations, relation, direction):
    """(asked, wanted) of every item of a sentence, from 0."""
    found = np.array([(word, head - 1) for word, head in enumerate(heads) if head > 0 and relations[word] == relation])
    found = found.reshape(-1, 2)
    return found if direction == "to_head" else found[:, ::-1]


def nearest(tags, wanted, side, asked):
    places = np.array([place for place, tag in enumerate(tags) if tag in wanted and place != asked])
    if side == "before":
        places = places[places < asked] if len(places) else places
    if side == "after":
        places = places[places > asked] if len(places) else places
    if not len(places):
        return -1
    # Half a place nearer on the left decides ties.
    return int(places[np.argmin(np.abs(places - asked + 0.25))])


def main():
    rng = np.random.default_rng(20261125)
    lengths = rng.integers(2, 18, 60)
    heads = [tree(rng, length) for length in lengths]
    relations = [[RELATIONS[k] for k in rng.choice(3, length, p=[0.5, 0.3, 0.2])] for length in lengths]
    tags = [[TAGS[k] for k in rng.choice(3, length, p=[0.3, 0.4, 0.3])] for length in lengths]
    folds = rng.permutation(np.arange(60) % FOLDS)
    cases = []
    for relation in RELATIONS:
        for direction in ("to_head", "to_dependent"):
            items = [pairs(h, r, relation, direction) for h, r in zip(heads, relations)]
            order = sorted(OFFSETS, key=lambda offset: (abs(offset), offset))
            hits = np.array([[int((i[:, 1] - i[:, 0] == offset).sum()) for i in items] for offset in order])
            offsets = held_out(hits, folds)
            offsets["chosen"] = [order[k] for k in offsets["chosen"]]
            offsets["best"] = order[offsets["best"]]
            offsets["hits"] = [int(hits[order.index(offset)].sum()) for offset in OFFSETS]

            def count(wanted, side):
                return [sum(nearest(t, wanted, side, a) == b for a, b in i) for t, i in zip(tags, items)]

            given = np.array([count(["NOUN", "VERB"], side) for side in ("before", "after", "either")])
            every = np.array([count([tag], side) for tag in TAGS for side in ("before", "after", "either")])
            cases.append({
                "relation": relation, "direction": direction, "items": [len(i) for i in items], "offsets": offsets,
                "given": given.sum(axis=1).tolist(), "givenBest": held_out(given, folds),
                "every": every.sum(axis=1).tolist(), "everyBest": held_out(every, folds),
                "uniform": [len(i) / (len(h) - 1) for i, h in zip(items, heads)],
            })
    print(json.dumps({
        "heads": [h.tolist() for h in heads], "relations": relations, "tags": tags, "folds": folds.tolist(), "cases": cases,
    }))


main()
