"""The attention file: attention, values and hidden states over word pieces, sentence by sentence."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from .encode import MapRequest, Pieces
from .errors import ExtractError
from .inputs import Sequence, read_names
from .store import as_dtype, write_safetensors

FORMAT = "refute-attention/1"
ATTENTION_SUFFIX = ".attention.safetensors"


def add_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "attention file",
        "Written to FILE.attention.safetensors when one of the first three is given; "
        "with -o FILE.attention.safetensors it is all that is written. A twin has a file of its own, FILE.seed0.attention.safetensors.",
    )
    group.add_argument("--attention", action="store_true", help="attention weights from piece to piece")
    group.add_argument("--states", action="store_true", help="hidden states of every piece, and the input embeddings of all ids that occur")
    group.add_argument("--values", action="store_true", help="value vectors per head, for effective attention")
    group.add_argument("--layers", type=_numbers, metavar="0,6,12", help="attention and values of these layers only; 0 is the first")
    group.add_argument("--state-layers", type=_numbers, metavar="0,3,6",
                       help="states of these only: 0 is what the first layer reads, k the output of the k-th")
    some = group.add_mutually_exclusive_group()
    some.add_argument("--states-every", type=int, metavar="N", help="states of every N-th sentence, from the first on")
    some.add_argument("--states-for", type=Path, metavar="FILE", help="states of the sentences named in this file, one per line")


def map_request(options: argparse.Namespace, sequences: list[Sequence], depth: int) -> MapRequest | None:
    """What the options ask for, checked; nothing in words mode or where no option asks for anything."""
    if options.mode == "words":
        return None
    about_states = [options.state_layers, options.states_every, options.states_for]
    if not options.states and any(option is not None for option in about_states):
        raise ExtractError("--state-layers, --states-every and --states-for need --states")
    if options.layers is not None and not (options.attention or options.values):
        raise ExtractError("--layers needs --attention or --values")
    if not (options.attention or options.states or options.values):
        if options.output.name.endswith(ATTENTION_SUFFIX):
            raise ExtractError("nothing to write; give --attention, --states or --values")
        return None
    if options.states_every is not None and options.states_every < 1:
        raise ExtractError("--states-every must be at least 1")

    names = [sequence.name for sequence in sequences]
    if not options.states:
        chosen = frozenset()
    elif options.states_for:
        chosen = frozenset(read_names(options.states_for, sequences))
    else:
        chosen = frozenset(names[:: options.states_every or 1])
    return MapRequest(
        attention=options.attention,
        values=options.values,
        layers=_within("--layers", options.layers, depth),
        states=chosen,
        state_layers=_within("--state-layers", options.state_layers, depth + 1),
    )


def attention_header(request: MapRequest, inputs: list[Pieces], about: dict[str, str]) -> dict[str, str]:
    header = {"format": FORMAT, **about}
    words = {item.sequence.name: " ".join(item.sequence.words) for item in inputs}
    header["words"] = json.dumps(words, ensure_ascii=False)
    if request.attention or request.values:
        header["layers"] = json.dumps(request.layers)
    if request.states:
        header["state_layers"] = json.dumps(request.state_layers)
    return header


def ragged_file(output: Path, prefix: str) -> Path:
    """`s.safetensors` and `s.attention.safetensors` both become `s.attention.safetensors`, a twin's `s.seed0.attention...`."""
    stem = output.name.removesuffix(ATTENTION_SUFFIX).removesuffix(".safetensors")
    twin = prefix.rstrip("/").replace(".", "")
    return output.with_name(f"{stem}{'.' if twin else ''}{twin}{ATTENTION_SUFFIX}")


def write_ragged(
    path: Path,
    header: dict[str, str],
    request: MapRequest,
    ragged: dict[str, np.ndarray],
    inputs: list[Pieces],
    network: torch.nn.Module,
    dtype: str,
) -> tuple[dict, dict]:
    """Write the file. Returns what a manifest says of it, and what it holds."""
    tensors = {name: as_dtype(name, value, dtype) for name, value in ragged.items()}
    tensors |= {f"word_index.{item.sequence.name}": item.word_index for item in inputs}
    heads = network.config.num_attention_heads
    content = {"sentences": len(inputs), "word_index": "[pieces]: position of the word of each piece, 0 = special"}
    if request.attention:
        content["attention"] = f"[layers, {heads} heads, from piece, to piece]"
    if request.values:
        content["values"] = f"[layers, {heads} heads, pieces, width]: value vectors of each head, bias included"
    if request.attention or request.values:
        content["layers"] = list(request.layers)
    if request.states:
        ids = np.array(sorted({piece for item in inputs for piece in item.ids}), dtype=np.int32)
        table = network.get_input_embeddings().weight.detach()
        rows = table[torch.from_numpy(ids).long().to(table.device)].float().cpu().numpy()
        tensors |= {f"pieces.{item.sequence.name}": np.array(item.ids, dtype=np.int32) for item in inputs}
        tensors |= {"vocabulary.ids": ids, "vocabulary.embeddings": as_dtype("vocabulary.embeddings", rows, dtype)}
        content["states"] = "[state_layers, pieces, width]: hidden_states; 0 is what the first layer reads, the last the model's output"
        content["state_layers"] = list(request.state_layers)
        content["states_of"] = sorted(request.states)
        content["vocabulary"] = f"rows of the input embedding table for the {len(ids)} ids that occur in the sentences"
    return write_safetensors(path, tensors, header), content


def _within(option: str, chosen: tuple[int, ...] | None, count: int) -> tuple[int, ...]:
    if chosen and chosen[-1] >= count:
        raise ExtractError(f"{option}: there is no layer {chosen[-1]}; the last is {count - 1}")
    return tuple(range(count)) if chosen is None else chosen


def _numbers(text: str) -> tuple[int, ...]:
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a list of numbers such as 0,3,6") from None
    if min(numbers) < 0:
        raise argparse.ArgumentTypeError("layers are counted from 0")
    return tuple(sorted(set(numbers)))
