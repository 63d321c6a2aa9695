"""The attention file: what is in it, checked against the models themselves."""

import json

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.numpy import load_file
from transformers import AutoModel

from refute_extract.cli import main

TREEBANK = """# newdoc
# sent_id = a-1
# text = the carbons sat
1\tthe\tthe\tDET\t_\t_\t2\tdet\t_\t_
2-3\tcarbonssat\t_\t_\t_\t_\t_\t_\t_\t_
2\tcarbons\tcarbon\tNOUN\t_\t_\t3\tnsubj\t_\t_
3\tsat\tsit\tVERB\t_\t_\t0\troot\t_\t_
3.1\tsat\tsit\tVERB\t_\t_\t_\t_\t0:root\t_

# sent_id = a-2
1\ta\ta\tDET\t_\t_\t2\tdet\t_\t_
2\tcat\tcat\tNOUN\t_\t_\t0\troot\t_\t_
"""


def extract(*arguments):
    assert main([str(argument) for argument in arguments]) == 0


def header(path):
    with safe_open(str(path), "numpy") as file:
        return file.metadata()


def output(folder, ids, **options):
    model = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
    with torch.inference_mode():
        return model, model(torch.tensor([ids]), output_hidden_states=True, output_attentions=True, **options)


def test_a_treebank_gives_its_syntactic_words_under_its_names(bert, text, tmp_path):
    out = tmp_path / "t.attention.safetensors"
    extract("sentences", bert, text("t.conllu", TREEBANK), "-o", out, "--attention")
    about = header(out)
    assert about["format"] == "refute-attention/1"
    assert json.loads(about["words"]) == {"a-1": "the carbons sat", "a-2": "a cat"}
    assert json.loads(about["layers"]) == [0, 1] and "state_layers" not in about
    assert sorted(load_file(out)) == ["attention.a-1", "attention.a-2", "word_index.a-1", "word_index.a-2"]
    assert load_file(out)["word_index.a-1"].tolist() == [0, 1, 2, 2, 2, 3, 0]
    assert sorted(path.name for path in tmp_path.glob("t.*")) == [
        "t.attention.manifest.json", "t.attention.safetensors", "t.conllu"
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("1\tcat\n", "line 1: 2 columns; CoNLL-U has 10"),
        ("1" + "\tcat" * 9 + "\n", "line 1: the sentence has no name"),
        ("# sent_id = a\n2" + "\tcat" * 9 + "\n", "line 2: word '2'; expected 1"),
        ("# sent_id = a\n", "no sentence in it"),
    ],
)
def test_a_bad_treebank_is_one_clear_line(bert, text, tmp_path, capsys, content, message):
    out = tmp_path / "t.attention.safetensors"
    assert main(["sentences", str(bert), str(text("t.conllu", content)), "-o", str(out), "--attention"]) == 2
    assert message in capsys.readouterr().err and not out.exists()


def test_states_pieces_and_the_vocabulary_that_occurs(bert, text, tmp_path):
    out = tmp_path / "s.attention.safetensors"
    sentences = text("s.txt", "the carbons sat\na cat\na dog sat\n")
    extract("sentences", bert, sentences, "-o", out, "--states", "--states-every", "2", "--state-layers", "2,0")
    tensors = load_file(out)
    assert [name for name in tensors if name.startswith("attention.")] == []
    assert sorted(name for name in tensors if name.startswith("states.")) == ["states.s001", "states.s003"]
    assert json.loads(header(out)["state_layers"]) == [0, 2] and "layers" not in header(out)
    ids = [2, 4, 11, 12, 13, 7, 3]  # [CLS] the car ##bon ##s sat [SEP]
    assert tensors["pieces.s001"].tolist() == ids and "pieces.s002" in tensors
    model, truth = output(bert, ids)
    for slot, layer in enumerate([0, 2]):
        np.testing.assert_allclose(tensors["states.s001"][slot], truth.hidden_states[layer][0], atol=1e-6)
    assert tensors["vocabulary.ids"].tolist() == [2, 3, 4, 5, 6, 7, 9, 11, 12, 13]
    table = model.embeddings.word_embeddings.weight.detach().numpy()
    np.testing.assert_array_equal(tensors["vocabulary.embeddings"], table[tensors["vocabulary.ids"]])

    extract("sentences", bert, sentences, "-o", out, "--states", "--states-for", text("names.txt", "s002\n"))
    assert [name for name in load_file(out) if name.startswith("states.")] == ["states.s002"]


def test_attention_of_a_causal_decoder_looks_back_only(llama, text, tmp_path):
    out = tmp_path / "s.attention.safetensors"
    extract("sentences", llama, text("s.txt", "a cat sat\n"), "-o", out, "--attention", "--layers", "0,2")
    maps = load_file(out)["attention.s001"]
    assert maps.shape[:2] == (2, 4) and json.loads(header(out)["layers"]) == [0, 2]
    np.testing.assert_allclose(maps.sum(axis=-1), 1, atol=1e-5)
    assert (np.triu(maps, k=1) == 0).all() and (maps[:, :, 0, 0] == 1).all()


@pytest.mark.parametrize("network", ["bert", "llama"])
def test_attention_times_values_is_what_the_heads_put_out(network, request, text, tmp_path):
    """The model computes this itself: the input of the projection behind the heads. Llama's heads share values by twos."""
    folder = request.getfixturevalue(network)
    out = tmp_path / "s.attention.safetensors"
    extract("sentences", folder, text("s.txt", "the cat sat\n" if network == "bert" else "a cat sat\n"), "-o", out,
            "--attention", "--values", "--states")
    tensors = load_file(out)
    ids = tensors["pieces.s001"].tolist()
    model = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
    heard = []
    for name, module in model.named_modules():
        if name.endswith(("attention.output.dense", "o_proj")):
            module.register_forward_pre_hook(lambda _, inputs: heard.append(inputs[0][0].numpy().copy()))
    with torch.inference_mode():
        model(torch.tensor([ids]))
    heads = tensors["attention.s001"] @ tensors["values.s001"]
    assert len(heard) == len(heads) == model.config.num_hidden_layers
    for layer, truth in enumerate(heard):
        np.testing.assert_allclose(heads[layer].transpose(1, 0, 2).reshape(len(ids), -1), truth, atol=1e-5)


def test_a_twin_has_a_file_of_its_own_with_plain_names(bert, text, tmp_path):
    sentences = text("s.txt", "a cat\n")
    extract("sentences", bert, sentences, "-o", tmp_path / "s.attention.safetensors", "--attention")
    extract("sentences", bert, sentences, "-o", tmp_path / "u.attention.safetensors", "--attention", "--states",
            "--untrained", "--permuted", "--seeds", "2")
    trained = load_file(tmp_path / "s.attention.safetensors")
    files = sorted(path.name for path in tmp_path.glob("u.*.safetensors"))
    assert files == [f"u.{twin}.attention.safetensors" for twin in ("permuted0", "permuted1", "seed0", "seed1")]
    for name in files:
        twin = load_file(tmp_path / name)
        assert not np.allclose(twin["attention.s001"], trained["attention.s001"])
        np.testing.assert_allclose(twin["attention.s001"].sum(axis=-1), 1, atol=1e-5)
        seed = name.split(".")[1][-1]
        assert header(tmp_path / name)["network"].endswith(f"seed {seed}")
    manifest = json.loads((tmp_path / "u.attention.manifest.json").read_text())
    assert manifest["attention"]["u.seed1.attention.safetensors"]["network"] == "untrained, seed 1"
    assert [file["file"] for file in manifest["files"]] == [
        f"u.{twin}.attention.safetensors" for twin in ("seed0", "seed1", "permuted0", "permuted1")
    ]


def test_rows_and_attention_in_one_run(bert, text, tmp_path):
    extract("sentences", bert, text("s.txt", "a cat\n"), "-o", tmp_path / "s.safetensors", "--attention", "--dtype", "f16")
    manifest = json.loads((tmp_path / "s.manifest.json").read_text())
    assert [file["file"] for file in manifest["files"]] == ["s.safetensors", "s.attention.safetensors"]
    assert load_file(tmp_path / "s.attention.safetensors")["attention.s001"].dtype == np.float16


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["--attention", "--layers", "0,7"], "--layers: there is no layer 7; the last is 1"),
        (["--states", "--state-layers", "3"], "--state-layers: there is no layer 3; the last is 2"),
        (["--states-every", "2", "--attention"], "need --states"),
        (["--states", "--layers", "0"], "--layers needs --attention or --values"),
        (["--states", "--states-every", "0"], "--states-every must be at least 1"),
        ([], "nothing to write"),
        (["--attention", "--tensors", "layer.1"], "--tensors has no meaning"),
    ],
)
def test_bad_options(bert, text, tmp_path, capsys, extra, message):
    out = tmp_path / "s.attention.safetensors"
    assert main(["sentences", str(bert), str(text("s.txt", "a cat\n")), "-o", str(out), *extra]) == 2
    assert message in capsys.readouterr().err and not out.exists()


def test_names_that_are_no_sentence_are_refused(bert, text, tmp_path, capsys):
    names = text("names.txt", "s001\ns009\n")
    out = tmp_path / "s.attention.safetensors"
    assert main(["sentences", str(bert), str(text("s.txt", "a cat\n")), "-o", str(out), "--states", "--states-for", str(names)]) == 2
    assert "no sentence is named 's009'" in capsys.readouterr().err


def test_values_are_refused_where_the_model_has_no_projection_of_its_own_for_them():
    """GPT-2 computes queries, keys and values in one matrix."""
    from transformers import GPT2Config, GPT2Model

    from refute_extract.encode import ValueTap
    from refute_extract.errors import ExtractError

    model = GPT2Model(GPT2Config(vocab_size=8, n_embd=16, n_layer=1, n_head=2, n_positions=8))
    with pytest.raises(ExtractError, match="GPT2Model: no value projections found"):
        ValueTap(model, True)
