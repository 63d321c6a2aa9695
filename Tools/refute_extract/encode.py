"""Run sequences of words through a model and gather one row per word."""

from __future__ import annotations

import fnmatch
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


def encode(
    model: torch.nn.Module,
    inputs: list[Pieces],
    names: list[str],
    pieces: str,
    batch_size: int = 32,
    attention: bool = False,
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """float32 tensors of one row per word, in the order of the inputs, and attention maps by sequence.

    Sequences of equal length share a batch, so nothing is ever padded. `pieces` says what the row of a word of
    several pieces is: the mean over its pieces, or the first piece.
    """
    layers = {int(name.split(".")[1]): name for name in names if name != WORD_EMBEDDINGS}
    per_sequence: dict[str, list] = {name: [None] * len(inputs) for name in names}
    maps: dict[str, np.ndarray] = {}
    by_length: dict[int, list[int]] = defaultdict(list)
    for index, item in enumerate(inputs):
        by_length[len(item.ids)].append(index)
    device = next(model.parameters()).device
    table = model.get_input_embeddings().weight

    with torch.inference_mode():
        for _, members in sorted(by_length.items()):
            for start in range(0, len(members), batch_size):
                batch = members[start: start + batch_size]
                ids = torch.tensor([inputs[i].ids for i in batch], device=device)
                if WORD_EMBEDDINGS in names:
                    _gather(table[ids], batch, inputs, pieces, per_sequence[WORD_EMBEDDINGS])
                if not layers and not attention:
                    continue
                output = model(
                    input_ids=ids,
                    attention_mask=torch.ones_like(ids),
                    output_hidden_states=True,
                    output_attentions=attention,
                )
                for layer, name in layers.items():
                    _gather(output.hidden_states[layer], batch, inputs, pieces, per_sequence[name])
                if attention:
                    stacked = torch.stack(output.attentions, dim=1).cpu().numpy()
                    for row, index in enumerate(batch):
                        maps[inputs[index].sequence.name] = stacked[row]
    return {name: np.concatenate(rows) for name, rows in per_sequence.items()}, maps


def _gather(states: torch.Tensor, batch: list[int], inputs: list[Pieces], pieces: str, into: list) -> None:
    states = states.float().cpu()
    for row, index in enumerate(batch):
        words = []
        for positions in inputs[index].of_word:
            chosen = list(positions) if pieces == "mean" else [positions[0]]
            words.append(states[row, chosen].mean(dim=0))
        into[index] = torch.stack(words).numpy()
