"""For test suites: a model must not become worse than the one that was good enough."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ._calls import audit, gate
from ._policy import Policy
from ._results import Audit, Verdict

#: What a model must not lose where no policy is given: how well positives, or rows, stand out. Floors are those of
#: `spherecheck gate --init`.
_FLOORS = {"abs": 0.05, "rel": 0.01}


def assert_no_regression(
    candidate: Any,
    baseline: Audit | str | os.PathLike[str],
    policy: Policy | str | os.PathLike[str] | None = None,
    *,
    b: Any = None,
    update: bool = False,
    **options: Any,
) -> Verdict:
    """Fails where a model is worse than a baseline of the same rows, beyond a tolerance and significantly.

    Parameters
    ----------
    candidate : Audit, array or path
        The model; `b` is its second view.
    baseline : Audit or path
        The model that was good enough: an audit, or the file of one.
    policy : Policy or path, optional
        The rules. Without it: `contrastive_limit` (with positives) or `uniformity` is no worse, by 0.05 and by 1 %.
    update : bool
        Writes the candidate's audit to the file `baseline` where there is none.
    **options
        Those of `spherecheck.audit`.

    Raises
    ------
    AssertionError
        With each rule that is not met, and why.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.random.default_rng(0).normal(size=(300, 8)).astype("float32")
    >>> bool(assert_no_regression(rows, audit(rows)))
    True
    """
    found = candidate if isinstance(candidate, Audit) else audit(candidate, b, **options)
    if not isinstance(baseline, Audit):
        path = Path(baseline)
        if update and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(found.to_json(), encoding="utf-8")
        baseline = Audit.read(path)
    verdict = gate(found, policy if policy is not None else _usual(found), baseline)
    if not verdict:
        raise AssertionError("\n".join([f"{found.name} is worse than {baseline.name}:", *verdict.broken]))
    return verdict


def _usual(found: Audit) -> Policy:
    positives = [m for m in found.measures if m.metric == "contrastive_limit" and m.side in ("cross", "a")]
    numbers = positives or [m for m in found.measures if m.metric == "uniformity" and m.side in ("mean", "a")]
    # Of two views what stands between them, and both together, come last.
    sides = {m.side for m in numbers} & {"cross", "mean"} or {"a"}
    rules = [{"metric": m.label, "side": m.side, "no_worse_than_baseline": _FLOORS} for m in numbers if m.side in sides]
    return Policy(rules)
