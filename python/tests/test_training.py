"""What stands in training loops and test suites."""

from __future__ import annotations

import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import spherecheck
from spherecheck.training import LightningMonitor, SpherecheckEvaluator, TrainerMonitor, watch

pytest_plugins = ["pytester"]


def test_a_collapsing_encoder_is_seen(rows: np.ndarray) -> None:
    fine, collapsed = watch(rows), watch(rows * 1e-4 + 1)
    assert fine["collapse"] == 0 and collapsed["collapse"] == 1
    assert collapsed["uniformity{t=2}"] > -0.01 > fine["uniformity{t=2}"]
    assert fine["seconds"] > 0
    assert {"alignment{alpha=2}", "contrastive_limit{tau=0.07}"} <= set(watch(rows, rows + 0.1))


class Encoder:
    """Stands for a model of sentence-transformers: a row by the letters of a sentence."""

    def encode(self, sentences: list[str], convert_to_numpy: bool) -> np.ndarray:
        assert convert_to_numpy
        return np.array([[text.count(letter) + 0.1 for letter in "abcdefgh"] for text in sentences], dtype=np.float32)


SENTENCES = [f"{'a' * (k % 7)}{'b' * (k % 5)}{'c' * (k % 3)}{'d' * (k // 9)}h" for k in range(60)]


def test_an_evaluator_gives_its_primary_metric(tmp_path: Path) -> None:
    others = [text + "e" for text in SENTENCES]
    evaluator = SpherecheckEvaluator(SENTENCES, others, name="dev")
    found = evaluator(Encoder(), str(tmp_path), epoch=1, steps=5)
    assert evaluator.primary_metric in found and not evaluator.greater_is_better
    assert (tmp_path / "spherecheck_dev_epoch1_step5" / "audit.json").exists()
    alone = SpherecheckEvaluator(SENTENCES)
    assert alone.primary_metric in alone(Encoder())


def test_lightning_logs_after_validation(rows: np.ndarray) -> None:
    logged: list[dict[str, float]] = []
    module = SimpleNamespace(log_dict=logged.append)
    monitor = LightningMonitor(lambda module: (rows, rows + 0.1))
    monitor.on_validation_epoch_end(SimpleNamespace(sanity_checking=True), module)
    assert logged == []
    monitor.on_validation_epoch_end(SimpleNamespace(sanity_checking=False), module)
    assert "spherecheck/alignment{alpha=2}" in logged[0]


def test_the_trainer_gets_metrics(rows: np.ndarray) -> None:
    state = SimpleNamespace(log_history=[], global_step=7)
    metrics = {"eval_loss": 1.0}
    TrainerMonitor(lambda model: model).on_evaluate(None, state, None, metrics, model=rows)
    assert metrics["eval_loss"] == 1.0 and "eval_spherecheck_uniformity{t=2}" in metrics
    assert state.log_history[0]["step"] == 7


def test_a_model_of_sentence_transformers_is_evaluated(tmp_path: Path) -> None:
    sentence_transformers = pytest.importorskip("sentence_transformers")
    tokenizers = pytest.importorskip("tokenizers")
    modules = pytest.importorskip("sentence_transformers.sentence_transformer.modules")

    words = {word: k for k, word in enumerate(["?", *(f"w{k}" for k in range(40))])}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="?"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    model = sentence_transformers.SentenceTransformer(modules=[modules.StaticEmbedding(tokenizer, embedding_dim=16)], device="cpu")
    sentences = [f"w{k} w{(k * 7 + 3) % 40}" for k in range(40)]
    evaluator = SpherecheckEvaluator(sentences, [f"{text} w{k % 5}" for k, text in enumerate(sentences)], name="dev")
    assert isinstance(evaluator, sentence_transformers.sentence_transformer.evaluation.SentenceEvaluator)
    found = model.evaluate(evaluator, output_path=str(tmp_path))
    assert isinstance(found, dict) and -10 < found[evaluator.primary_metric] < 0
    assert list(tmp_path.glob("**/audit.json"))


def test_lightning_trains_with_a_monitor() -> None:
    torch = pytest.importorskip("torch")
    lightning = pytest.importorskip("lightning.pytorch")

    class Module(lightning.LightningModule):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(8, 4)

        def training_step(self, batch: Any, index: int) -> Any:
            return self.layer(batch[0]).square().mean()

        def validation_step(self, batch: Any, index: int) -> None:
            self.log("loss", self.layer(batch[0]).square().mean())

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=0.1)

    held = torch.randn(200, 8)
    batches = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(held), batch_size=50)
    monitor = LightningMonitor(lambda module: module.layer(held))
    assert isinstance(monitor, lightning.Callback)
    trainer = lightning.Trainer(
        max_epochs=2, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False, callbacks=[monitor]
    )
    module = Module()
    with warnings.catch_warnings():
        # Of workers, and of what its dependencies deprecate.
        warnings.simplefilter("ignore")
        trainer.fit(module, batches, batches)
    logged = float(trainer.callback_metrics["spherecheck/uniformity{t=2}"])
    assert logged == pytest.approx(watch(module.layer(held))["uniformity{t=2}"], rel=1e-5)


def test_the_trainer_evaluates_with_a_monitor(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("accelerate")

    class Model(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(8, 4)

        def forward(self, x: Any, labels: Any = None) -> Any:
            return {"loss": self.layer(x).square().mean(), "logits": self.layer(x)}

    held = torch.randn(100, 8)
    examples = [{"x": row, "labels": 0} for row in held]
    monitor = TrainerMonitor(lambda model: model.layer(held))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings = transformers.TrainingArguments(
            output_dir=str(tmp_path), num_train_epochs=1, eval_strategy="epoch", report_to=[], use_cpu=True, disable_tqdm=True
        )
        trainer = transformers.Trainer(Model(), settings, train_dataset=examples, eval_dataset=examples, callbacks=[monitor])
        trainer.train()
        metrics = trainer.evaluate()
    assert metrics["eval_spherecheck_uniformity{t=2}"] == watch(trainer.model.layer(held))["uniformity{t=2}"]
    assert sum("eval_spherecheck_collapse" in line for line in trainer.state.log_history) == 2


def test_a_regression_is_an_assertion(zoo: Path, tmp_path: Path) -> None:
    good = (np.load(zoo / "l6_web.npy"), np.load(zoo / "l6_kjv.npy"))
    bad = (np.load(zoo / "l6cls_web.npy"), np.load(zoo / "l6cls_kjv.npy"))
    baseline = tmp_path / "kept" / "l6.json"
    assert spherecheck.assert_no_regression(good[0], baseline, b=good[1], update=True)
    assert spherecheck.assert_no_regression(good[0], baseline, b=good[1])
    with pytest.raises(AssertionError, match=r"(?s)worse than a.*contrastive_limit\{tau=0.07\} cross: "):
        spherecheck.assert_no_regression(bad[0], baseline, b=bad[1])
    alone = spherecheck.audit(good[0])
    with pytest.raises(AssertionError, match="uniformity{t=2} a: "):
        spherecheck.assert_no_regression(bad[0], alone)


def test_the_fixture_keeps_baselines(pytester: Any) -> None:
    pytester.makepyfile(
        """
        import numpy as np

        def test_rows(no_regression):
            rows = np.random.default_rng(0).normal(size=(200, 8)).astype("float32")
            assert no_regression("rows", rows)
        """
    )
    pytester.makeini("[pytest]")
    missing = pytester.runpytest_subprocess()
    missing.assert_outcomes(failed=1)
    missing.stdout.fnmatch_lines(["*no baseline of this name*--spherecheck-update*"])
    pytester.runpytest_subprocess("--spherecheck-update").assert_outcomes(passed=1)
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
