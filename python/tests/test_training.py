"""What stands in training loops and test suites."""

from __future__ import annotations

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


@pytest.mark.parametrize("module", ["sentence_transformers", "lightning", "transformers"])
def test_the_classes_are_those_of_their_libraries(module: str) -> None:
    pytest.importorskip(module)
    import spherecheck.training as training

    bases = {
        "sentence_transformers": training.SpherecheckEvaluator,
        "lightning": training.LightningMonitor,
        "transformers": training.TrainerMonitor,
    }
    assert bases[module].__mro__[1] is not object


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
