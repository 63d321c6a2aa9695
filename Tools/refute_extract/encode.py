"""Run sequences of words through a model and gather one row per word."""

from __future__ import annotations

import fnmatch
import re
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import torch

from .errors import ExtractError
from .inputs import Sequence
from .model import Pretrained

WORD_EMBEDDINGS = "embeddings.word"


@dataclass(frozen=True)
class Pieces:
    """A tokenised sequence: the ids of its pieces, and for each word the positions of its pieces."""

    sequence: Sequence
    ids: tuple[int, ...]
    of_word: tuple[tuple[int, ...], ...]

    @property
    def word_index(self) -> np.ndarray:
        """For each piece, the 1-based position of its word; 0 for special pieces such as [CLS]."""
        index = np.zeros(len(self.ids), dtype=np.int32)
        for word, positions in enumerate(self.of_word, start=1):
            index[list(positions)] = word
        return index


@dataclass(frozen=True)
class Selection:
    """Which tensors to keep: glob patterns over names, with or without the twin's prefix."""

    patterns: tuple[str, ...] = ("*",)

    def wants(self, prefix: str, name: str) -> bool:
        return any(fnmatch.fnmatchcase(prefix + name, p) or fnmatch.fnmatchcase(name, p) for p in self.patterns)


def tensor_names(pretrained: Pretrained) -> list[str]:
    return [WORD_EMBEDDINGS] + [f"layer.{i}" for i in range(pretrained.description["layers"] + 1)]


def tokenise(pretrained: Pretrained, sequences: list[Sequence]) -> list[Pieces]:
    tokenizer = pretrained.tokenizer
    limit = getattr(pretrained.model.config, "max_position_embeddings", None)
    result = []
    for sequence in sequences:
        encoded = tokenizer(list(sequence.words), is_split_into_words=True)
        positions: dict[int, list[int]] = defaultdict(list)
        for position, word in enumerate(encoded.word_ids()):
            if word is not None:
                positions[word].append(position)
        for word, key in enumerate(sequence.keys):
            ids = [encoded["input_ids"][p] for p in positions[word]]
            if not ids or tokenizer.unk_token_id is not None and tokenizer.unk_token_id in ids:
                raise ExtractError(
                    f"'{sequence.words[word]}' ({key}) is unknown to the tokenizer; remove it or write it differently"
                )
        if limit and len(encoded["input_ids"]) > limit:
            raise ExtractError(
                f"{sequence.name}: {len(encoded['input_ids'])} pieces, more than the model's {limit}; split the sentence"
            )
        of_word = tuple(tuple(positions[word]) for word in range(len(sequence.words)))
        result.append(Pieces(sequence, tuple(encoded["input_ids"]), of_word))
    return result


@dataclass(frozen=True)
class MapRequest:
    """What goes to the attention file: tensors that are ragged, because they are over pieces and not over words."""

    attention: bool = False
    values: bool = False
    layers: tuple[int, ...] = ()
    #: The sentences whose hidden states are wanted, and from which layers; 0 is what the first layer reads.
    states: frozenset[str] = frozenset()
    state_layers: tuple[int, ...] = ()


def encode(
    model: torch.nn.Module,
    inputs: list[Pieces],
    names: list[str],
    pieces: str,
    batch_size: int = 32,
    maps: MapRequest = MapRequest(),
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """float32 tensors of one row per word, in the order of the inputs, and the ragged tensors that `maps` asks for.

    Sequences of equal length share a batch, so nothing is ever padded. `pieces` says what the row of a word of
    several pieces is: the mean over its pieces, or the first piece.
    """
    layers = {int(name.split(".")[1]): name for name in names if name != WORD_EMBEDDINGS}
    per_sequence: dict[str, list] = {name: [None] * len(inputs) for name in names}
    ragged: dict[str, np.ndarray] = {}
    by_length: dict[int, list[int]] = defaultdict(list)
    for index, item in enumerate(inputs):
        by_length[len(item.ids)].append(index)
    device = next(model.parameters()).device
    table = model.get_input_embeddings().weight

    with torch.inference_mode(), ValueTap(model, maps.values) as tap:
        for _, members in sorted(by_length.items()):
            for start in range(0, len(members), batch_size):
                batch = members[start: start + batch_size]
                ids = torch.tensor([inputs[i].ids for i in batch], device=device)
                if WORD_EMBEDDINGS in names:
                    _gather(table[ids], batch, inputs, pieces, per_sequence[WORD_EMBEDDINGS])
                if not (layers or maps.attention or maps.values or maps.states):
                    continue
                output = model(
                    input_ids=ids,
                    attention_mask=torch.ones_like(ids),
                    output_hidden_states=True,
                    output_attentions=maps.attention,
                )
                for layer, name in layers.items():
                    _gather(output.hidden_states[layer], batch, inputs, pieces, per_sequence[name])
                values = tap.take()
                for row, index in enumerate(batch):
                    sentence = inputs[index].sequence.name
                    if maps.attention:
                        ragged[f"attention.{sentence}"] = _stack(output.attentions, maps.layers, row)
                    if maps.values:
                        ragged[f"values.{sentence}"] = _stack(values, maps.layers, row)
                    if sentence in maps.states:
                        ragged[f"states.{sentence}"] = _stack(output.hidden_states, maps.state_layers, row)
    for name, rows in ragged.items():
        if name.startswith("attention.") and not np.allclose(rows.sum(axis=-1), 1, atol=1e-4):
            raise ExtractError(f"{name}: its rows do not sum to 1; these are not attention weights")
    return {name: np.concatenate(rows) for name, rows in per_sequence.items()}, ragged


class ValueTap:
    """Listens to the value projections, and cuts their output into heads.

    Where several heads share a value (grouped queries), it is repeated, so that there is one for each head's attention.
    """

    PROJECTION = re.compile(r"(^|\.)(value|v_proj)$")  # BERT and its kin; Llama and its kin

    def __init__(self, model: torch.nn.Module, wanted: bool):
        self.heads, self.layers = model.config.num_attention_heads, model.config.num_hidden_layers
        self.width = getattr(model.config, "head_dim", None) or model.config.hidden_size // self.heads
        self.seen: list[torch.Tensor] = []
        self.hooks = []
        if wanted:
            modules = [module for name, module in model.named_modules() if self.PROJECTION.search(name)]
            if not modules:
                raise ExtractError(f"{type(model).__name__}: no value projections found; leave out --values")
            self.hooks = [module.register_forward_hook(self._hear) for module in modules]

    def _hear(self, _module, _inputs, output: torch.Tensor) -> None:
        cut = output.unflatten(-1, (-1, self.width)).transpose(1, 2)
        self.seen.append(cut.repeat_interleave(self.heads // cut.shape[1], dim=1))

    def take(self) -> list[torch.Tensor]:
        """[batch, heads, pieces, width] of each layer that ran since the last call."""
        taken, self.seen = self.seen, []
        if self.hooks and len(taken) != self.layers:
            raise ExtractError(f"{len(taken)} value projections ran in {self.layers} layers; leave out --values")
        return taken

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for hook in self.hooks:
            hook.remove()


def _stack(layers, chosen: tuple[int, ...], row: int) -> np.ndarray:
    return torch.stack([layers[layer][row] for layer in chosen]).cpu().numpy()


def _gather(states: torch.Tensor, batch: list[int], inputs: list[Pieces], pieces: str, into: list) -> None:
    states = states.float().cpu()
    for row, index in enumerate(batch):
        words = []
        for positions in inputs[index].of_word:
            chosen = list(positions) if pieces == "mean" else [positions[0]]
            words.append(states[row, chosen].mean(dim=0))
        into[index] = torch.stack(words).numpy()
