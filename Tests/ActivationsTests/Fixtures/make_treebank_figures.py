"""Writes treebank.json: figures of a CoNLL-U file, as the package conllu reads it. None of its text.

    python -m venv venv && venv/bin/pip install conllu==6.0.0
    venv/bin/python make_treebank_figures.py en_ewt-ud-dev.conllu
"""

import collections
import hashlib
import json
import sys
from pathlib import Path

import conllu

path = Path(sys.argv[1])
digest, full = hashlib.sha256(), hashlib.sha256()
relations, figures = collections.Counter(), collections.Counter()
with path.open(encoding="utf-8") as file:
    for sentence in conllu.parse_incr(file):
        name = sentence.metadata["sent_id"]
        figures["sentences"] += 1
        heads = {}
        for token in sentence:
            match token["id"]:
                case int():
                    heads[token["id"]] = token["head"]
                    relations[token["deprel"]] += 1
                    line = [name, token["id"], token["form"], token["head"], token["deprel"]]
                    digest.update(("\t".join(map(str, line)) + "\n").encode())
                    features = "|".join(f"{k}={v}" for k, v in (token["feats"] or {}).items())
                    rest = [token["lemma"], token["upos"], token["xpos"] or "_", features or "_"]
                    full.update(("\t".join(rest) + "\n").encode())
                case (first, "-", last):
                    figures["multiwordTokens"] += 1
                    figures["wordsInMultiwordTokens"] += last - first + 1
                case (_, ".", _):
                    figures["emptyNodes"] += 1
        roads = {}
        for word in heads:
            road, at = [word], word
            while heads[at] != 0:
                at = heads[at]
                road.append(at)
            roads[word] = road
            figures["depths"] += len(road) - 1
        for a, first in roads.items():
            for b, second in roads.items():
                # Up to the first common word, and down.
                shared = set(first) & set(second)
                figures["distances"] += len(first) + len(second) - 2 * len(shared)

result = {
    "file": hashlib.sha256(path.read_bytes()).hexdigest(),
    "arcs": digest.hexdigest(),
    "lemmasTagsFeatures": full.hexdigest(),
    "words": sum(relations.values()),
    "figures": dict(sorted(figures.items())),
    "relations": dict(sorted(relations.items())),
}
(Path(__file__).parent / "treebank.json").write_text(json.dumps(result, indent=1) + "\n")
