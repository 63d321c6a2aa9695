"""The command line."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from . import __version__
from .attention import ATTENTION_SUFFIX, add_options, attention_header, map_request, ragged_file, write_ragged
from .encode import WORD_EMBEDDINGS, Selection, encode, tensor_names, tokenise
from .errors import ExtractError
from .inputs import read_sentences, read_words
from .store import as_dtype, versions, write_activations, write_manifest

ROW = {
    "words": "one word, alone in its input (with the tokenizer's special tokens, e.g. [CLS] word [SEP])",
    "sentences": "one word of one sentence, in order; key = sentence:position, positions from 1",
}
PIECES = {
    "mean": "a word of several pieces is the mean over its pieces",
    "first": "a word of several pieces is its first piece",
    "single": "words of several pieces were left out",
}


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="refute_extract",
        description="Extract word embeddings, hidden states and attention maps into safetensors files for Refute.",
    )
    top.add_argument("--version", action="version", version=__version__)
    modes = top.add_subparsers(dest="mode", required=True, metavar="words|sentences")
    for mode, text in (
        ("words", "every word alone in its input"),
        ("sentences", "every word of tokenised sentences"),
    ):
        sub = modes.add_parser(mode, help=text, description=f"One row per word: {text}.")
        sub.add_argument("model", help="folder written by save_pretrained, or a model name on the Hugging Face hub")
        sub.add_argument("input", type=Path, help="UTF-8 file, one word or one space-separated sentence per line; or a treebank, FILE.conllu")
        sub.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.safetensors")
        if mode == "words":
            sub.add_argument("--column", help="take the words from this column of a CSV or TSV table")
        choices = ["mean", "first"] + (["single"] if mode == "words" else [])
        sub.add_argument(
            "--pieces", choices=choices, default="mean",
            help="the row of a word of several pieces (default: mean)" + ("; single leaves such words out" if mode == "words" else ""),
        )
        sub.add_argument("--tensors", action="append", metavar="GLOB", help="store only these, e.g. 'layer.*'; repeatable")
        sub.add_argument("--dtype", choices=["f32", "f16"], default="f32", help="stored type (default: f32)")
        sub.add_argument("--untrained", action="store_true", help="store randomly initialised twins: seed.0/..., seed.1/...")
        sub.add_argument("--permuted", action="store_true", help="store twins with shuffled weights: permuted.0/...")
        sub.add_argument("--seeds", type=int, default=1, metavar="N", help="number of twins of each kind, seeds 0 to N-1 (default: 1)")
        if mode == "sentences":
            add_options(sub)
        sub.add_argument("--revision", help="model revision on the hub")
        sub.add_argument("--gguf-file", help="read these quantised weights inside the model folder")
        sub.add_argument("--name", help="model name for the manifest (default: as given)")
        sub.add_argument("--license", default="not stated", help="licence of the model, for the manifest")
        sub.add_argument("--source", help="where the model comes from, for the manifest")
        sub.add_argument("--batch-size", type=int, default=32)
        sub.add_argument("--device", default="cpu", help="torch device (default: cpu)")
    return top


def main(arguments: list[str] | None = None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    options = parser().parse_args(arguments)
    try:
        run(options, arguments)
    except ExtractError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def run(options: argparse.Namespace, arguments: list[str]) -> None:
    if options.output.suffix != ".safetensors":
        raise ExtractError(f"{options.output}: the output must end in .safetensors")
    if options.seeds < 1 or options.batch_size < 1:
        raise ExtractError("--seeds and --batch-size must be at least 1")
    sequences = read_words(options.input, options.column) if options.mode == "words" else read_sentences(options.input)
    ragged_only = options.output.name.endswith(ATTENTION_SUFFIX)
    if ragged_only and options.tensors:
        raise ExtractError(f"{options.output.name} holds no rows per word, so --tensors has no meaning; name it otherwise")

    from . import model as models  # torch is slow to import; complain about the input first

    pretrained = models.load(options.model, options.revision, options.gguf_file, options.device)
    inputs = tokenise(pretrained, sequences)
    left_out = []
    if options.pieces == "single":
        left_out = [item.sequence.name for item in inputs if len(item.of_word[0]) > 1]
        inputs = [item for item in inputs if len(item.of_word[0]) == 1]
        if not inputs:
            raise ExtractError(f"{options.input.name}: no word is a single piece of this model; use --pieces mean")
    keys = [key for item in inputs for key in item.sequence.keys]

    selection = Selection(tuple(options.tensors or ("*",)))
    request = map_request(options, sequences, pretrained.description["layers"])
    name = options.name or Path(options.model).name
    about = {"model": name, "licence": options.license}
    tensors, files, described = {}, [], {}
    for prefix, twin in _networks(options, pretrained, models):
        names = [] if ragged_only else [name for name in tensor_names(pretrained) if selection.wants(prefix, name)]
        if not names and request is None:
            continue
        network = twin()
        values, ragged = encode(network, inputs, names, options.pieces, options.batch_size, *[request] if request else [])
        for tensor, value in values.items():
            tensors[prefix + tensor] = as_dtype(prefix + tensor, value, options.dtype)
        if request:
            target = ragged_file(options.output, prefix)
            header = attention_header(request, inputs, about | {"network": _network(prefix)})
            file, shapes = write_ragged(target, header, request, ragged, inputs, network, options.dtype)
            files.append(file)
            described[file["file"]] = {"network": _network(prefix)} | shapes
    if not tensors and not ragged_only:
        raise ExtractError(f"no tensor matches {' '.join(options.tensors)}; there are {', '.join(tensor_names(pretrained))}")

    if tensors:
        header = about | {"rows": ROW[options.mode], "pieces": PIECES[options.pieces]}
        files = write_activations(options.output, tensors, keys, header) + files

    manifest = {
        "format": "refute-manifest/1",
        "model": {"name": name, "licence": options.license}
        | ({"source": options.source} if options.source else {})
        | pretrained.description,
        "command": ["python", "-m", "refute_extract", *map(_portable, arguments)],
        "versions": {"refute_extract": __version__, **versions(options.gguf_file)},
        "input": {"file": options.input.name, "sha256": models.sha256(options.input)},
    }
    if tensors:
        manifest["rows"] = {"count": len(keys), "meaning": ROW[options.mode], "pieces": PIECES[options.pieces]}
    manifest["dtype"] = options.dtype
    if tensors:
        manifest["tensors"] = {
            name: _describe(name, pretrained.description) | {"shape": list(tensors[name].shape)} for name in sorted(tensors)
        }
    if described:
        manifest["attention"] = described
    manifest["files"] = files
    if left_out:
        manifest["rows"]["left_out"] = left_out
    write_manifest(options.output, manifest)
    for file in files:
        print(f"{options.output.parent / file['file']}: {len(keys)} words, {file['bytes']:,} bytes")


def _networks(options, pretrained, models):
    """(prefix, function that makes the network) for the model itself or for each twin."""
    if options.untrained:
        for seed in range(options.seeds):
            yield f"seed.{seed}/", lambda seed=seed: models.untrained_twin(pretrained.model, seed)
    if options.permuted:
        for seed in range(options.seeds):
            yield f"permuted.{seed}/", lambda seed=seed: models.permuted_twin(pretrained.model, seed)
    if not options.untrained and not options.permuted:
        yield "", lambda: pretrained.model


def _describe(name: str, model: dict) -> dict:
    twin, _, base = name.rpartition("/")
    last = f"layer.{model['layers']}"
    if base == WORD_EMBEDDINGS:
        text = "rows of the input embedding table, before positions and normalisation"
    elif base == "layer.0":
        text = "hidden_states[0]: what the first layer reads (in BERT: word + position + type, after LayerNorm)"
    elif base == last:
        text = f"hidden_states[{model['layers']}]: the model's last hidden state (in Llama-like models: after the final norm)"
    else:
        text = f"hidden_states[{base.split('.')[1]}]: output of layer {base.split('.')[1]}"
    kind, _, seed = twin.partition(".")
    if kind == "seed":
        return {"network": "untrained", "seed": int(seed), "meaning": text}
    if kind == "permuted":
        return {"network": "weights shuffled within each tensor", "seed": int(seed), "meaning": text}
    return {"network": "trained", "meaning": text}


def _network(prefix: str) -> str:
    """What a file that holds one network only says of it."""
    kind, _, seed = prefix.rstrip("/").partition(".")
    network = {"": "trained", "seed": "untrained", "permuted": "weights shuffled within each tensor"}[kind]
    return f"{network}, seed {seed}" if seed else network


def _portable(argument: str) -> str:
    """Paths of this machine do not belong in a manifest."""
    relative = os.path.relpath(argument) if os.path.isabs(argument) else argument
    outside = relative == ".." or relative.startswith("../")
    return os.path.basename(argument.rstrip("/")) if outside else relative
