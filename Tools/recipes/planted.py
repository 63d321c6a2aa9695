"""Write a property of known strength into a copy of real embeddings, which the harness must find, and draw vectors that
hold nothing, in which it must find nothing."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
from safetensors import safe_open

from refute_extract.store import as_dtype, versions, write_activations, write_manifest

TENSOR = "embeddings.word"
DIRECTION_SEED, PLANTED_SEED, RANDOM_SEED, CLASS_SEED, GAUSSIAN_SEED = 101, 102, 103, 104, 105
#: Length of the step along the direction per standard deviation of the property, in units of the root mean
#: square of an embedding coordinate.
STRENGTH = 1.5


def build(source: Path, folder: Path) -> None:
    with safe_open(str(source), "numpy") as file:
        header, embeddings = file.metadata(), file.get_tensor(TENSOR).astype(np.float64)
    keys = json.loads(header["keys"])
    scale = float(np.sqrt(np.mean((embeddings - embeddings.mean(axis=0)) ** 2)))

    direction = _normal(DIRECTION_SEED, embeddings.shape[1])
    direction /= np.linalg.norm(direction)
    planted = np.round(_normal(PLANTED_SEED, len(keys)), 4)
    random = np.round(_normal(RANDOM_SEED, len(keys)), 4)
    label = (_normal(CLASS_SEED, len(keys)) > 0).astype(int)

    step = STRENGTH * scale
    written = embeddings + step * planted[:, None] * direction[None, :]
    noise = float(np.var((embeddings - embeddings.mean(axis=0)) @ direction))
    ceiling = step**2 * planted.var() / (step**2 * planted.var() + noise)

    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "planted.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["noun", "planted", "random", "random_class"])
        for key, a, b, c in zip(keys, planted, random, label):
            writer.writerow([key, f"{a:.4f}", f"{b:.4f}", "ab"[c]])

    tensors = {TENSOR: as_dtype(TENSOR, written, "f16")}
    about = {"model": header["model"] + " + planted property", "licence": header["licence"], "rows": header["rows"]}
    files = write_activations(folder / "nouns.safetensors", tensors, keys, about)
    write_manifest(
        folder / "nouns.safetensors",
        {
            "format": "refute-manifest/1",
            "derived_from": {"file": "../minilm/nouns.safetensors", "tensor": TENSOR},
            "formula": "embeddings + strength * scale * planted * direction",
            "strength": STRENGTH,
            "scale": round(scale, 6),
            "scale_meaning": "root mean square of the centred embedding entries",
            "direction": {"seed": DIRECTION_SEED, "distribution": "uniform on the unit sphere"},
            "columns": {
                "planted": {"seed": PLANTED_SEED, "distribution": "standard normal", "written": True},
                "random": {"seed": RANDOM_SEED, "distribution": "standard normal", "written": False},
                "random_class": {"seed": CLASS_SEED, "distribution": "a or b, each with probability 1/2", "written": False},
            },
            "random_generator": "numpy.random.Generator(PCG64(seed)).standard_normal",
            "expected_r2": {
                "along_the_direction": round(ceiling, 3),
                "meaning": "r2 of planted from the projection on the direction alone, if the direction were known",
            },
            "rows": {"count": len(keys), "meaning": header["rows"]},
            "dtype": "f16",
            "versions": versions(),
            "files": files,
        },
    )
    build_gaussian(keys, embeddings.shape[1], header["rows"], folder)


def build_gaussian(keys: list[str], dimensions: int, rows: str, folder: Path) -> None:
    """One standard normal vector per key, as wide as the real embeddings."""
    values = _normal(GAUSSIAN_SEED, len(keys) * dimensions).reshape(len(keys), dimensions)
    path = folder / "gaussian.safetensors"
    about = {"model": "none: random numbers", "licence": "CC0-1.0", "rows": rows}
    files = write_activations(path, {"gaussian": as_dtype("gaussian", values, "f16")}, keys, about)
    write_manifest(
        path,
        {
            "format": "refute-manifest/1",
            "distribution": "standard normal, independent",
            "seed": GAUSSIAN_SEED,
            "random_generator": "numpy.random.Generator(PCG64(seed)).standard_normal",
            "rows": {"count": len(keys), "meaning": rows},
            "dtype": "f16",
            "versions": versions(),
            "files": files,
        },
    )


def _normal(seed: int, size: int) -> np.ndarray:
    return np.random.Generator(np.random.PCG64(seed)).standard_normal(size)
