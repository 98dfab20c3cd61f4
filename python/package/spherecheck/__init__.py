"""Measures how well saved embeddings are aligned and spread out.

>>> import numpy as np, spherecheck
>>> rows = np.random.default_rng(0).normal(size=(300, 8)).astype("float32")
>>> spherecheck.audit(rows)
<spherecheck.Audit a: 300 x 8, 9 measures, noise_like, low_tau_few_rows>

Numbers are exact, over all pairs, each with its error; they are those of the command, to the bit. `docs/metrics.md` and
`spherecheck.explain` say what they mean.
"""

from ._calls import audit, compare, explain, gate, init_policy, probe
from ._errors import SpherecheckError
from ._policy import Policy
from ._results import Audit, Comparison, Interval, Measure, Probe, Verdict
from .testing import assert_no_regression

__all__ = [
    "Audit",
    "Comparison",
    "Interval",
    "Measure",
    "Policy",
    "Probe",
    "SpherecheckError",
    "Verdict",
    "assert_no_regression",
    "audit",
    "compare",
    "explain",
    "gate",
    "init_policy",
    "probe",
]
