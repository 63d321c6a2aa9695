import json
import re

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.numpy import load_file
from tokenizers import pre_tokenizers
from transformers import AutoModel, GPT2Config, GPT2Model, GPT2TokenizerFast

from refute_extract import store
from refute_extract.cli import main
from refute_extract.errors import ExtractError
from refute_extract.store import as_dtype


def extract(*arguments):
    assert main([str(argument) for argument in arguments]) == 0


def keys_of(path):
    with safe_open(str(path), "numpy") as file:
        return json.loads(file.metadata()["keys"])


def forward(folder, ids, **options):
    model = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
    with torch.inference_mode():
        return model, model(torch.tensor([ids]), output_hidden_states=True, **options)


# Rows and keys


def test_word_states_equal_a_direct_forward_pass(bert, text, tmp_path):
    out = tmp_path / "w.safetensors"
    extract("words", bert, text("w.txt", "dog\ncat\n"), "-o", out)
    tensors = load_file(out)
    assert sorted(tensors) == ["embeddings.word", "layer.0", "layer.1", "layer.2"]
    assert keys_of(out) == ["dog", "cat"]
    model, output = forward(bert, [2, 5, 3])  # [CLS] cat [SEP]
    for layer in range(3):
        np.testing.assert_allclose(tensors[f"layer.{layer}"][1], output.hidden_states[layer][0, 1], atol=1e-6)
    np.testing.assert_array_equal(tensors["embeddings.word"][1], model.embeddings.word_embeddings.weight[5].detach())
    assert not np.allclose(tensors["embeddings.word"], tensors["layer.0"])


def test_sentence_rows_follow_their_keys_whatever_the_batches(bert, text, tmp_path):
    sentences = text("s.txt", "the cat sat on the mat .\na dog sat\nx7\tthe carbons sat\n")
    out = tmp_path / "s.safetensors"
    extract("sentences", bert, sentences, "-o", out, "--batch-size", "1")
    keys = keys_of(out)
    assert keys[:2] == ["s001:1", "s001:2"] and keys[-3:] == ["x7:1", "x7:2", "x7:3"]
    tensors = load_file(out)
    _, output = forward(bert, [2, 4, 11, 12, 13, 7, 3])  # [CLS] the car ##bon ##s sat [SEP]
    last = output.hidden_states[2][0].numpy()
    np.testing.assert_allclose(tensors["layer.2"][keys.index("x7:2")], last[2:5].mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(tensors["layer.2"][keys.index("x7:3")], last[5], atol=1e-6)

    extract("sentences", bert, sentences, "-o", out, "--batch-size", "8", "--pieces", "first")
    np.testing.assert_allclose(load_file(out)["layer.2"][keys.index("x7:2")], last[2], atol=1e-6)


def test_words_of_several_pieces_can_be_left_out(bert, text, tmp_path):
    out = tmp_path / "w.safetensors"
    extract("words", bert, text("w.txt", "cat\ncarbons\ndog\n"), "-o", out, "--pieces", "single")
    assert keys_of(out) == ["cat", "dog"]
    manifest = json.loads((tmp_path / "w.manifest.json").read_text())
    assert manifest["rows"]["left_out"] == ["carbons"]


def test_words_come_from_a_table_column(bert, text, tmp_path):
    out = tmp_path / "w.safetensors"
    extract("words", bert, text("w.csv", 'noun,gloss\ncat,"small, furry"\ndog,loud\n'), "--column", "noun", "-o", out)
    assert keys_of(out) == ["cat", "dog"]


def test_many_keys_go_to_a_file(bert, text, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "MOST_KEYS_IN_HEADER", 1)
    out = tmp_path / "w.safetensors"
    extract("words", bert, text("w.txt", "cat\ndog\n"), "-o", out)
    assert (tmp_path / "w.keys.txt").read_text() == "cat\ndog\n"
    with safe_open(str(out), "numpy") as file:
        assert "keys" not in file.metadata() and file.metadata()["keys_file"] == "w.keys.txt"


def test_tensors_are_selected_by_pattern(bert, text, tmp_path):
    out = tmp_path / "w.safetensors"
    extract("words", bert, text("w.txt", "cat\n"), "-o", out, "--tensors", "layer.[02]")
    assert sorted(load_file(out)) == ["layer.0", "layer.2"]


# Decoders


def test_a_causal_decoder_without_special_tokens(llama, text, tmp_path):
    out = tmp_path / "s.safetensors"
    extract("sentences", llama, text("s.txt", "a cat\ncat a\n"), "-o", out)
    tensors = load_file(out)
    assert keys_of(out) == ["s001:1", "s001:2", "s002:1", "s002:2"]
    assert sorted(tensors) == ["embeddings.word", "layer.0", "layer.1", "layer.2", "layer.3"]
    np.testing.assert_array_equal(tensors["layer.0"], tensors["embeddings.word"])  # no positions in the table
    np.testing.assert_array_equal(tensors["embeddings.word"][1], tensors["embeddings.word"][2])
    extract("words", llama, text("w.txt", "cat\nzebra\n"), "-o", out, "--untrained", "--seeds", "2")
    assert load_file(out)["seed.1/layer.3"].shape == (2, 16)


def test_words_get_their_leading_space(tmp_path):
    """Byte-level tokenizers (GPT-2) must be loaded so that a word alone is a word, not the middle of one."""
    from refute_extract import model as models

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {piece: i for i, piece in enumerate([*alphabet, "Ġc", "at", "Ġcat", "<|endoftext|>"])}
    GPT2TokenizerFast(vocab=vocabulary, merges=[("Ġ", "c"), ("a", "t"), ("Ġc", "at")]).save_pretrained(tmp_path)
    end = vocabulary["<|endoftext|>"]
    config = GPT2Config(
        vocab_size=len(vocabulary), n_embd=16, n_layer=1, n_head=2, n_positions=8, bos_token_id=end, eos_token_id=end
    )
    GPT2Model(config).save_pretrained(tmp_path)
    tokenizer = models.load(str(tmp_path)).tokenizer
    assert tokenizer(["cat"], is_split_into_words=True).tokens() == ["Ġcat"]


# Twins


def test_untrained_twins_follow_their_seed_and_differ(bert, text, tmp_path):
    words = text("w.txt", "cat\ndog\n")
    extract("words", bert, words, "-o", tmp_path / "t.safetensors")
    extract("words", bert, words, "-o", tmp_path / "u.safetensors", "--untrained", "--seeds", "2")
    torch.manual_seed(999)  # the caller's generator has no say
    extract("words", bert, words, "-o", tmp_path / "v.safetensors", "--untrained", "--seeds", "1")
    trained, twins, again = (load_file(tmp_path / f"{n}.safetensors") for n in "tuv")
    for name in trained:
        first, second = twins[f"seed.0/{name}"], twins[f"seed.1/{name}"]
        np.testing.assert_array_equal(first, again[f"seed.0/{name}"])
        assert np.isfinite(first).all()
        assert not np.allclose(first, second) and not np.allclose(first, trained[name])


def test_making_twins_leaves_the_global_generator_alone(bert, text, tmp_path):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    extract("words", bert, text("w.txt", "cat\n"), "-o", tmp_path / "u.safetensors", "--untrained", "--permuted")
    assert torch.equal(torch.rand(3), expected)


def test_permuted_twin_keeps_the_values_of_each_weight(bert):
    from refute_extract import model as models

    trained = models.load(str(bert)).model
    before = {name: weight.clone() for name, weight in trained.named_parameters()}
    twin = models.permuted_twin(trained, seed=0)
    moved = 0
    for name, weight in twin.named_parameters():
        assert torch.equal(weight.flatten().sort().values, before[name].flatten().sort().values)
        assert torch.equal(dict(trained.named_parameters())[name], before[name])
        moved += not torch.equal(weight, before[name])
    assert moved >= 10


def test_a_twin_that_still_holds_trained_weights_is_refused(bert):
    from refute_extract import model as models

    trained = models.load(str(bert)).model
    with pytest.raises(ExtractError, match="equals the trained one"):
        models._checked(AutoModel.from_pretrained(bert), trained, "twin")
    broken = models.untrained_twin(trained, seed=0)
    with torch.no_grad():
        broken.embeddings.word_embeddings.weight[0, 0] = float("nan")
    with pytest.raises(ExtractError, match="not finite"):
        models._checked(broken, trained, "twin")


# Attention


def test_attention_maps(bert, text, tmp_path):
    out = tmp_path / "s.safetensors"
    extract("sentences", bert, text("s.txt", "the carbons sat\na cat\n"), "-o", out, "--attention")
    maps = load_file(tmp_path / "s.attention.safetensors")
    assert maps["attention.s001"].shape == (2, 4, 7, 7) and maps["attention.s002"].shape == (2, 4, 4, 4)
    assert maps["word_index.s001"].tolist() == [0, 1, 2, 2, 2, 3, 0]
    _, output = forward(bert, [2, 4, 11, 12, 13, 7, 3], output_attentions=True)
    np.testing.assert_allclose(maps["attention.s001"][1], output.attentions[1][0], atol=1e-6)
    np.testing.assert_allclose(maps["attention.s001"].sum(axis=-1), 1, atol=1e-5)


# Files


def test_output_is_byte_identical_and_readable(bert, text, tmp_path):
    words = text("w.txt", "cat\ndog\nmat\n")
    for name in "ab":
        extract("words", bert, words, "-o", tmp_path / name / "w.safetensors", "--dtype", "f16", "--untrained")
    first, second = tmp_path / "a", tmp_path / "b"
    assert (first / "w.safetensors").read_bytes() == (second / "w.safetensors").read_bytes()
    for tensor in load_file(first / "w.safetensors").values():
        assert tensor.dtype == np.float16
    header_length = int.from_bytes((first / "w.safetensors").read_bytes()[:8], "little")
    assert (8 + header_length) % 8 == 0


def test_manifest_says_what_was_done_without_machine_paths(bert, text, tmp_path):
    out = tmp_path / "w.safetensors"
    extract("words", bert, text("w.txt", "cat\n"), "-o", out, "--license", "MIT", "--name", "tiny")
    raw = (tmp_path / "w.manifest.json").read_text()
    manifest = json.loads(raw)
    assert str(tmp_path) not in raw and str(bert) not in raw
    assert manifest["model"]["name"] == "tiny" and manifest["model"]["licence"] == "MIT"
    assert re.fullmatch("[0-9a-f]{64}", manifest["model"]["weights_sha256"]["model.safetensors"])
    assert manifest["files"][0]["sha256"] == __import__("hashlib").sha256(out.read_bytes()).hexdigest()
    assert "embedding table" in manifest["tensors"]["embeddings.word"]["meaning"]
    assert set(manifest["versions"]) == {"refute_extract", "python", "torch", "transformers", "tokenizers", "safetensors", "numpy"}


def test_float16_refuses_what_it_cannot_hold():
    with pytest.raises(ExtractError, match="overflows float16.*--dtype f32"):
        as_dtype("layer.5", np.array([[1.0, -70000.0]], dtype=np.float32), "f16")
    with pytest.raises(ExtractError, match="1 of 2 values are NaN or infinite"):
        as_dtype("layer.5", np.array([[1.0, np.nan]], dtype=np.float32), "f32")
    assert as_dtype("layer.5", np.array([65504.0], dtype=np.float32), "f16").dtype == np.float16


# Errors: one line each


@pytest.mark.parametrize(
    ("mode", "content", "message"),
    [
        ("words", "cat\ncat\n", "'cat' occurs more than once"),
        ("words", "the cat\n", "is several words; use the sentences mode"),
        ("words", "\n\n", "empty"),
        ("words", "zebra\n", "'zebra' (zebra) is unknown to the tokenizer"),
        ("sentences", "a\ta\tcat\n", "more than one tab"),
        ("sentences", "a\t \n", "no words after the identifier 'a'"),
        ("sentences", "the " * 20 + "\n", "22 pieces, more than the model's 16"),
    ],
)
def test_bad_input_is_one_clear_line(bert, text, tmp_path, capsys, mode, content, message):
    out = tmp_path / "o.safetensors"
    assert main([mode, str(bert), str(text("in.txt", content)), "-o", str(out)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: ") and message in lines[0]
    assert not out.exists()


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["--tensors", "layer.9"], "no tensor matches layer.9"),
        (["--seeds", "0"], "at least 1"),
        (["--column", "word"], "no column 'word'"),
    ],
)
def test_bad_options(bert, text, tmp_path, capsys, extra, message):
    words = text("in.csv", "noun\ncat\n")
    arguments = ["words", str(bert), str(words), "-o", str(tmp_path / "o.safetensors"), "--column", "noun", *extra]
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


def test_pickled_weights_are_refused(text, tmp_path, capsys):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "pytorch_model.bin").write_bytes(b"PK")
    assert main(["words", str(folder), str(text("w.txt", "cat\n")), "-o", str(tmp_path / "o.safetensors")]) == 2
    assert "can run code when read" in capsys.readouterr().err


def test_a_missing_model_is_one_line(text, tmp_path, capsys):
    missing = tmp_path / "nothing"
    assert main(["words", str(missing), str(text("w.txt", "cat\n")), "-o", str(tmp_path / "o.safetensors")]) == 2
    assert capsys.readouterr().err == (
        f"error: {missing}: no such folder; give one written by save_pretrained, or a hub name (owner/model)\n"
    )
