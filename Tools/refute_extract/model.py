"""Load a pretrained model, or make its untrained or permuted twin."""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModel, AutoTokenizer
from transformers.utils import logging as transformers_logging

from .errors import ExtractError

transformers_logging.set_verbosity_error()
transformers_logging.disable_progress_bar()


@dataclass
class Pretrained:
    model: torch.nn.Module
    tokenizer: object
    #: What the manifest says about it.
    description: dict = field(default_factory=dict)


def load(name: str, revision: str | None = None, gguf_file: str | None = None, device: str = "cpu") -> Pretrained:
    """A model folder, or a model name on the Hugging Face hub. Only safetensors and GGUF weights are read."""
    options = {"revision": revision} if revision else {}
    if gguf_file:
        options["gguf_file"] = gguf_file
    folder = Path(name)
    if folder.is_dir():
        _check_folder(folder, gguf_file)
    elif name.startswith((".", "~")) or folder.is_absolute() or name.count("/") > 1:
        raise ExtractError(f"{name}: no such folder; give one written by save_pretrained, or a hub name (owner/model)")
    try:
        config = AutoConfig.from_pretrained(name, **options)
        tokenizer = AutoTokenizer.from_pretrained(name, **options)
        if getattr(tokenizer, "add_prefix_space", None) is False:
            # Byte-level BPE: words that are given one by one need their leading space.
            tokenizer = AutoTokenizer.from_pretrained(name, add_prefix_space=True, **options)
        if not gguf_file:
            options["use_safetensors"] = True
        model = AutoModel.from_pretrained(name, dtype=torch.float32, attn_implementation="eager", **options)
    except (OSError, ValueError) as error:
        raise ExtractError(f"{name}: cannot load the model: {str(error).splitlines()[0]}") from None
    if not tokenizer.is_fast:
        raise ExtractError(
            f"{name}: its tokenizer ({type(tokenizer).__name__}) cannot say which word a piece belongs to; "
            "convert it to a fast tokenizer (tokenizer.json)"
        )
    description = {
        "architecture": type(model).__name__,
        "model_type": config.model_type,
        "layers": config.num_hidden_layers,
        "heads": config.num_attention_heads,
        "hidden_size": config.hidden_size,
    }
    if folder.is_dir():
        description["weights_sha256"] = {
            path.name: sha256(path) for path in sorted(folder.iterdir()) if _is_weight_file(path, gguf_file)
        }
    elif getattr(config, "_commit_hash", None):
        description["revision"] = config._commit_hash
    if gguf_file:
        description["note"] = f"dequantised from {gguf_file}"
    return Pretrained(model.to(device).eval(), tokenizer, description)


def untrained_twin(model: torch.nn.Module, seed: int) -> torch.nn.Module:
    """The same configuration, randomly initialised after `torch.manual_seed(seed)`."""
    state = torch.random.get_rng_state()
    torch.manual_seed(seed)
    twin = AutoModel.from_config(copy.deepcopy(model.config), attn_implementation="eager")
    torch.random.set_rng_state(state)
    return _checked(twin.to(torch.float32), model, f"untrained twin, seed {seed}")


def permuted_twin(model: torch.nn.Module, seed: int) -> torch.nn.Module:
    """A copy in which the entries of each weight tensor are shuffled: same weight distribution, no structure."""
    twin = copy.deepcopy(model).cpu()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for _, weight in sorted(twin.named_parameters()):
            order = torch.randperm(weight.numel(), generator=generator)
            weight.copy_(weight.flatten()[order].view_as(weight))
    return _checked(twin, model, f"permuted twin, seed {seed}")


def _checked(twin: torch.nn.Module, model: torch.nn.Module, name: str) -> torch.nn.Module:
    """Refuse "untrained" weights that are still the trained ones, or that are not numbers."""
    trained = dict(model.named_parameters())
    for key, weight in twin.named_parameters():
        if not torch.isfinite(weight).all():
            raise ExtractError(f"{name}: weight {key} holds values that are not finite; its initialisation is incomplete")
        original = trained.get(key)
        constant = weight.min() == weight.max()  # biases and norms start as constants
        if original is not None and not constant and torch.equal(weight.cpu(), original.cpu()):
            raise ExtractError(f"{name}: weight {key} equals the trained one; this is not a twin")
    device = next(model.parameters()).device
    return twin.to(device).eval()


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _is_weight_file(path: Path, gguf_file: str | None) -> bool:
    return path.name == gguf_file if gguf_file else path.suffix == ".safetensors"


def _check_folder(folder: Path, gguf_file: str | None) -> None:
    if any(_is_weight_file(path, gguf_file) for path in folder.iterdir()):
        return
    pickles = [path.name for path in sorted(folder.iterdir()) if path.suffix in (".bin", ".pt", ".pth")]
    if pickles:
        raise ExtractError(
            f"{folder}: only a PyTorch pickle ({pickles[0]}), which can run code when read; "
            "load it where you trust it and save_pretrained(..., safe_serialization=True)"
        )
    raise ExtractError(f"{folder}: no {gguf_file or '*.safetensors'} in it; give a folder written by save_pretrained")
