"""For training loops: what an audit says of the embeddings so far, as numbers to log.

`watch` makes them; `SpherecheckEvaluator` does so for sentence-transformers, `LightningMonitor` for Lightning and
`TrainerMonitor` for the Trainer of transformers. None of these is imported unless it is there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._calls import audit
from ._results import Audit

if TYPE_CHECKING:
    # What they are is known where they are installed.
    Evaluator = object
    LightningCallback = object
    TrainerCallback = object
else:
    try:
        from sentence_transformers.sentence_transformer.evaluation import SentenceEvaluator as Evaluator
    except ImportError:
        try:
            # Before version 6.
            from sentence_transformers.evaluation import SentenceEvaluator as Evaluator
        except ImportError:
            Evaluator = object
    try:
        from lightning.pytorch import Callback as LightningCallback
    except ImportError:
        try:
            from pytorch_lightning import Callback as LightningCallback
        except ImportError:
            LightningCallback = object
    try:
        from transformers import TrainerCallback
    except ImportError:
        TrainerCallback = object

#: What is logged where nothing else is asked: metric, parameters, and the side, that between the views or of both first.
_LOGGED = ("alignment{alpha=2}", "uniformity{t=2}", "contrastive_limit{tau=0.07}", "effective_rank", "mean_cosine")


def watch(a: Any, b: Any = None, *, prefix: str = "", logged: Sequence[str] = _LOGGED, **options: Any) -> dict[str, float]:
    """Numbers of an audit to log, by name; those that there are.

    Beside the metrics: `collapse`, which is 1 where the audit finds that the encoder collapses and else 0, and `seconds`, what
    this took. Cost: that of the audit; ``sample=2000`` bounds it.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.random.default_rng(0).normal(size=(300, 8)).astype("float32")
    >>> sorted(watch(rows, prefix="val/"))
    ['val/collapse', 'val/effective_rank', 'val/mean_cosine', 'val/seconds', 'val/uniformity{t=2}']
    """
    start = time.perf_counter()
    found = audit(a, b, **{"spectrum": "effective_rank" in logged, **options})
    numbers = {label: value for label in logged if (value := _one(found, label)) is not None}
    numbers["collapse"] = float(any(finding["name"] == "collapse" for finding in found.findings))
    numbers["seconds"] = time.perf_counter() - start
    return {f"{prefix}{label}": value for label, value in numbers.items()}


def _one(found: Audit, label: str) -> float | None:
    for side in ("cross", "mean", "a"):
        measure = found.get((label, side))
        if measure is not None:
            return float(measure)
    return None


class SpherecheckEvaluator(Evaluator):
    """An evaluator of sentence-transformers: audits the embeddings of sentences, or of pairs of them.

    Parameters
    ----------
    sentences, others : sequence of str
        The first view, and the second, if there is one: row i of both belongs together.
    name : str
        What precedes the numbers, as with other evaluators.
    **options
        Those of `watch` and of `spherecheck.audit`.
    """

    def __init__(self, sentences: Sequence[str], others: Sequence[str] | None = None, *, name: str = "", **options: Any) -> None:
        super().__init__()
        self.sentences, self.others, self.name, self.options = list(sentences), list(others) if others else None, name, options
        self.greater_is_better = False
        label = "contrastive_limit{tau=0.07}" if others else "uniformity{t=2}"
        #: Lower is better.
        self.primary_metric = f"{name}_{label}" if name else label

    def __call__(self, model: Any, output_path: str | None = None, epoch: int = -1, steps: int = -1) -> dict[str, float]:
        """The numbers; with `output_path`, also every report of the audit, in a folder there."""
        views = [model.encode(view, convert_to_numpy=True) for view in (self.sentences, self.others) if view is not None]
        options = dict(self.options)
        if output_path is not None:
            options["out"] = Path(output_path) / f"spherecheck_{self.name or 'audit'}_epoch{epoch}_step{steps}"
        return watch(*views, prefix=f"{self.name}_" if self.name else "", **options)


class LightningMonitor(LightningCallback):
    """A callback of Lightning that logs an audit at the end of each validation.

    `embed` takes the module and gives one view, or a tuple of two: tensors or arrays of the rows to audit.
    """

    def __init__(self, embed: Callable[[Any], Any], *, prefix: str = "spherecheck/", **options: Any) -> None:
        super().__init__()
        self.embed, self.options = embed, {"prefix": prefix, **options}

    def on_validation_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Logs, except in the trial run before training."""
        if not getattr(trainer, "sanity_checking", False):
            pl_module.log_dict(watch(*_views(self.embed(pl_module)), **self.options))


class TrainerMonitor(TrainerCallback):
    """A callback of transformers' Trainer that adds an audit to the metrics of each evaluation; `embed` takes the model."""

    def __init__(self, embed: Callable[[Any], Any], *, prefix: str = "eval_spherecheck_", **options: Any) -> None:
        self.embed, self.options = embed, {"prefix": prefix, **options}

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: dict[str, float] | None = None, **given: Any) -> None:
        """Adds the numbers to the metrics, and to the log of the run."""
        numbers = watch(*_views(self.embed(given["model"])), **self.options)
        if metrics is not None:
            metrics.update(numbers)
        state.log_history.append({**numbers, "step": state.global_step})


def _views(embedded: Any) -> tuple[Any, ...]:
    return embedded if isinstance(embedded, tuple) else (embedded,)
