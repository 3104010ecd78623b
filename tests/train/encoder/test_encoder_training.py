"""An encoder is fine-tuned from the command line, taken up again after a stop, and calibrated anew without torch."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from newsstand import artifact
from newsstand.__main__ import main
from newsstand.artifact import Run
from newsstand.errors import SettingError
from newsstand.stance.encoder import EncoderScorer
from newsstand.stance.head import StanceHead
from newsstand.stance.heads import StanceHeads
from newsstand.stance.passages import Passage
from newsstand.stance.targets import KnownTargets
from newsstand.tagger import Tagger
from train.encoder.bases import KINDS
from train.encoder.mix import Pair
from train.stance.encoders import encoder_of
from train.training import golden_answers


@pytest.fixture
def stances(tmp_path: Path) -> Path:
    """Three hundred judgments on a hundred targets: praise, blame, or neither."""
    words = {"favor": "praise", "against": "blame", "neutral": "town"}
    with (tmp_path / "stances.jsonl").open("w") as file:
        for n in range(300):
            stance, word = list(words.items())[n // 100]
            text = f"The kites{n % 100} {word} it. The town flies kites{n % 100} {word}."
            file.write(json.dumps({"text": text, "stances": [{"target": f"kites{n % 100}", "stance": stance}]}) + "\n")
    return tmp_path / "stances.jsonl"


def test_a_base_with_an_encoder_keeps_it_and_learns_its_probabilities_anew(
    small_run: Run, tiny_encoder: Path, stances: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models = tmp_path / "models"
    heads = StanceHeads(accurate=StanceHead(EncoderScorer(tiny_encoder)))
    encoded = replace(small_run, stance=heads, golden=())
    artifact.save(replace(encoded, golden=golden_answers(Tagger(encoded))), models / "encoded")
    command = [
        "train",
        str(stances),
        "--heads",
        "stance",
        "--base",
        "encoded",
        "--name",
        "mine",
        "--models",
        str(models),
    ]
    assert main([*command, "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)["metrics"]["stance"]
    assert figures["macro_f1"] == 1.0 and figures["n"] == 300 and figures["fast"]["n"] == 300
    mine = artifact.load(models / "mine").stance
    assert mine is not None and mine.fast is not None and mine.accurate is not None
    assert mine.accurate.combination.slope != 1.0
    names = ("encoder.onnx", "tokenizer.json")
    assert all((models / "mine/stance" / n).read_bytes() == (tiny_encoder / n).read_bytes() for n in names)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--heads", "topics", "--encoder", "x"], "add stance to --heads"),
        (["--encoder-epochs", "0"], "--encoder-epochs"),
        (["--encoder-tokens", "79"], "--encoder-tokens"),
        (["--encoder-rate", "0"], "--encoder-rate"),
        (["--encoder-share", "0"], "--encoder-share"),
        (["--encoder", "x", "--encoder-share", "0.5"], "--encoder-from"),
        (["--encoder-from", "x"], "--encoder too"),
        (["--encoder", "x", "--encoder-from", "no-run"], "--encoder-from takes a run"),
        (["--encoder-teacher", "x"], "--encoder too"),
        (["--encoder", "x", "--encoder-teacher", "no-run"], "--encoder-teacher takes a run"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    stances: Path, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(stances), *options]) == 2
    assert message in capsys.readouterr().err


# --- with torch -------------------------------------------------------------------------------------------------------


@pytest.fixture
def base(tiny_encoder: Path, tmp_path: Path) -> Path:
    """A BERT of two layers that has read nothing."""
    return untaught("bert", tmp_path / "base", tiny_encoder)


def untaught(kind: str, folder: Path, tiny_encoder: Path) -> Path:
    """An encoder of two layers that has read nothing."""
    pytest.importorskip("torch", reason="fine-tuning needs the extra encoder")
    transformers = pytest.importorskip("transformers", reason="fine-tuning needs the extra encoder")
    transformers.set_seed(0)
    config = transformers.AutoConfig.for_model(
        kind, vocab_size=11, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    transformers.AutoModel.from_config(config).save_pretrained(folder)
    (folder / "tokenizer.json").write_bytes((tiny_encoder / "tokenizer.json").read_bytes())
    return folder


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_encoder_is_exported_as_it_is_and_goes_on_from_its_run(
    kind: str, tiny_encoder: Path, tmp_path: Path
) -> None:
    base = untaught(kind, tmp_path / "base", tiny_encoder)
    from train.encoder.export import export
    from train.encoder.network import Encoding, StanceNetwork, tensors
    from train.encoder.weights import take_weights

    learned, fresh = shaken(StanceNetwork(base).eval()), StanceNetwork(base).eval()
    learned.scores.weight.data *= 20
    export(learned, tmp_path / "run")
    (tmp_path / "run/tokenizer.json").write_bytes((base / "tokenizer.json").read_bytes())
    (tmp_path / "run/encoder.onnx").replace(tmp_path / "run/encoder-int8.onnx")
    (tmp_path / "run/encoder-float32.onnx").replace(tmp_path / "run/encoder.onnx")
    found = EncoderScorer(tmp_path / "run").score([(p.target, Passage("text", 0, p.passage)) for p in pairs(8)])
    encoded = Encoding(base, 64).encode(pairs(8))
    wanted = np.concatenate([learned(*tensors([one])[:3]).detach().numpy() for one in encoded])
    assert np.abs(found - wanted).max() < 1e-4 < np.ptp(wanted, axis=0).max()
    (tmp_path / "run/encoder-int8.onnx").replace(tmp_path / "run/encoder.onnx")
    take_weights(fresh, tmp_path / "run")
    again = fresh(*tensors(encoded)[:3]).detach().numpy()
    assert np.abs(again - wanted).max() < 0.02 * np.abs(wanted).max()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_an_encoder_learns_praise_from_blame_and_serves_without_torch(
    base: Path, stances: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models = tmp_path / "models"
    command = ["train", str(stances), "--heads", "stance", "--encoder", str(base), "--encoder-epochs", "60"]
    assert main([*command, "--name", "mine", "--models", str(models), "--json"]) == 0
    figures: dict[str, Any] = json.loads(capsys.readouterr().out)["metrics"]["stance"]
    assert figures["n"] < 100 and figures["macro_f1"] > 0.9
    assert [path.name for path in models.iterdir()] == ["mine"]
    label = ["label", "--text", "The kites praise it, the town flies kites praise.", "--target", "kites", "--json"]
    assert main([*label, "--run", str(models / "mine")]) == 0
    assert json.loads(capsys.readouterr().out)["stances"][0]["mentioned"] is True


def test_too_few_to_calibrate_an_encoder_is_said_before_it_is_fine_tuned(
    base: Path, stances: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = stances.with_name("few.jsonl")
    few.write_text("\n".join(stances.read_text().splitlines()[::4]))
    models = tmp_path / "models"
    assert main(["train", str(few), "--heads", "stance", "--encoder", str(base), "--models", str(models)]) == 2
    assert "are held out, and at least 20" in capsys.readouterr().err
    assert not list(models.glob(".*/*/last.pt"))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_an_encoder_learns_from_another_what_nobody_labelled(
    base: Path, stances: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models = ["--models", str(tmp_path / "models"), "--heads", "stance", "--encoder", str(base), "--encoder-epochs"]
    assert main(["train", str(stances), *models, "60", "--name", "teacher"]) == 0
    labelled = stances.with_name("mine.jsonl")
    labelled.write_text(stances.read_text())
    taught = [*models, "20", "--name", "mine", "--encoder-teacher", "teacher"]
    assert main(["train", str(labelled), *taught]) == 2
    assert "learned from none of these corpora" in capsys.readouterr().err
    assert main(["train", str(labelled), str(stances), *taught, "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"]["stance"]["macro_f1"] > 0.9
    mine = artifact.load(tmp_path / "models/mine").stance
    assert mine is not None and mine.accurate is not None
    scorer = encoder_of(artifact.load(tmp_path / "models/mine"))
    assert scorer is not None and scorer.learned_from == ("stances", "mine")


@pytest.mark.parametrize(("has", "expected"), [({"avx512_f": True}, False), ({"avx512_bf16": True}, True), ({}, False)])
def test_half_precision_is_for_processors_that_multiply_it(
    has: dict[str, bool], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch")
    from train.encoder.finetune import multiplies_bfloat16

    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: has, raising=False)
    assert multiplies_bfloat16("cpu") is expected


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_fine_tuning_goes_on_from_the_encoder_of_a_run(base: Path, tmp_path: Path) -> None:
    from train.encoder.export import export
    from train.encoder.network import Encoding, StanceNetwork, tensors
    from train.encoder.weights import take_weights

    learned, fresh = shaken(StanceNetwork(base).eval()), StanceNetwork(base).eval()
    export(learned, tmp_path / "run")
    ids, mask, second, _ = tensors(Encoding(base, 64).encode(pairs(8)))
    before = learned(ids, mask, second)
    assert (fresh(ids, mask, second) - before).abs().max() > 0.01
    take_weights(fresh, tmp_path / "run")
    assert (fresh(ids, mask, second) - before).abs().max() < 0.01
    rename_initializer(tmp_path / "run" / "encoder.onnx", "scores.bias")
    with pytest.raises(SettingError, match="not written by Newsstand"):
        take_weights(fresh, tmp_path / "run")
    export(learned, tmp_path / "run")
    fresh.scores.weight.data = fresh.scores.weight.data[:, :5]
    with pytest.raises(SettingError, match="shape"):
        take_weights(fresh, tmp_path / "run")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_small_share_of_what_was_learned_stays_near_what_was_there(base: Path, tmp_path: Path) -> None:
    from train.encoder.export import export
    from train.encoder.finetune import TuneOptions, finetune
    from train.encoder.network import StanceNetwork
    from train.encoder.weights import take_weights

    begin, options = tmp_path / "run", TuneOptions(epochs=2, batch=8, check_every=5, rate=1e-3)
    export(shaken(StanceNetwork(base)), begin)
    before = StanceNetwork(base)
    take_weights(before, begin)

    def moved(share: float) -> float:
        work = tmp_path / str(share)
        network = finetune(base, pairs(96), pairs(30), work, options, lambda done: None, begin=begin, share=share)
        return float((network.scores.weight - before.scores.weight).norm())

    # Two trainings on several threads differ, but not by a factor of ten.
    assert 0 < moved(0.01) < 0.1 * moved(1.0)


def test_dropout_drops_its_share_and_keeps_the_mean_and_nothing_when_judging() -> None:
    torch = pytest.importorskip("torch")
    from train.encoder.network import QuickDropout

    torch.manual_seed(0)
    dropout, ones = QuickDropout(0.1), torch.ones(1001, 1001, requires_grad=True)
    dropped = dropout(ones)
    assert abs(float((dropped == 0).float().mean()) - 0.1) < 0.005 and abs(float(dropped.detach().mean()) - 1) < 0.005
    dropped.sum().backward()
    assert torch.equal(ones.grad, dropped.detach())
    assert torch.equal(dropout.eval()(ones), ones)


def shaken(network: Any) -> Any:
    """No two parameters alike, as after learning."""
    draw = np.random.default_rng(0)
    for weights in network.parameters():
        weights.data += 0.02 * weights.data.new_tensor(draw.normal(size=weights.shape))
    return network


def rename_initializer(file: Path, name: str) -> None:
    onnx = pytest.importorskip("onnx")
    model = onnx.load(str(file))
    for array in model.graph.initializer:
        array.name = "other" if array.name == name else array.name
    onnx.save(model, str(file))


def pairs(count: int) -> list[Pair]:
    words = ("praise", "blame", "town")
    return [Pair("kites", f"the kites {words[n % 3]} it {n}", n % 3, "mine", True) for n in range(count)]


@pytest.mark.slow
def test_a_tokenizer_that_joins_no_texts_is_refused(base: Path) -> None:
    from train.encoder.network import Encoding

    tokenizer = json.loads((base / "tokenizer.json").read_text())
    (base / "tokenizer.json").write_text(json.dumps(tokenizer | {"post_processor": None}))
    with pytest.raises(SettingError, match="nothing between two texts"):
        Encoding(base, 64)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_ctrl_c_keeps_the_best_so_far_and_the_next_call_goes_on(base: Path, tmp_path: Path) -> None:
    from train.encoder.finetune import TuneOptions, finetune

    options, steps = TuneOptions(epochs=4, batch=8, check_every=5), []

    def stop(share: float) -> None:
        steps.append(share)
        if len(steps) == 12:
            raise KeyboardInterrupt

    assert finetune(base, pairs(96), pairs(30), tmp_path / "work", options, stop) is not None
    assert len(steps) == 12
    steps.clear()
    finetune(base, pairs(96), pairs(30), tmp_path / "work", options, steps.append)
    assert steps[0] > 0.1, "the checkpoint of step 10 was not used"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_ctrl_c_before_anything_was_judged_stops(base: Path, tmp_path: Path) -> None:
    from train.encoder.finetune import TuneOptions, finetune

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        finetune(base, pairs(96), pairs(30), tmp_path / "work", TuneOptions(), stop)


def test_without_torch_the_extra_is_named(base_name: str, stances: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from train.encoder.training import EncoderOptions, fit_encoder
    from train.stance.fit import FittedStance
    from train.stance.pairs import stance_examples

    for name in ("torch", "train.encoder.finetune", "train.encoder.export", "train.encoder.network"):
        monkeypatch.setitem(sys.modules, name, None)
    options = EncoderOptions(base_name, stances.parent / "work")
    none = np.empty((0, 3), np.float32)
    nothing = FittedStance(StanceHead(EncoderScorer(Path())), none, none, np.empty(0, np.intp), np.empty(0))
    with pytest.raises(SettingError, match=r"newsstand\[encoder\]"):
        fit_encoder(stance_examples([], KnownTargets()), [], nothing, options, lambda stage, share: None)


@pytest.fixture
def base_name(tmp_path: Path) -> str:
    return str(tmp_path)
