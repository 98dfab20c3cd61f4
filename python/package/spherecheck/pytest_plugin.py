"""A fixture for pytest: `no_regression(name, rows)` holds embeddings against the baseline of this name.

Baselines are audits in `spherecheck-baselines/` beside pytest's settings; they are committed with the tests.
`pytest --spherecheck-update` writes those that are missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ._results import Verdict


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that writes baselines."""
    group = parser.getgroup("spherecheck")
    group.addoption("--spherecheck-update", action="store_true", help="write baselines of embeddings that are missing")


@pytest.fixture
def no_regression(request: pytest.FixtureRequest) -> Callable[..., Verdict]:
    """Calls `spherecheck.assert_no_regression(rows, baseline, ...)` with the baseline of a name."""
    # Not with the plugin: pytest loads that in every run.
    from .testing import assert_no_regression

    folder = request.config.rootpath / "spherecheck-baselines"
    update = request.config.getoption("--spherecheck-update")

    def check(name: str, candidate: Any, **options: Any) -> Verdict:
        baseline = folder / f"{name}.json"
        if not (update or baseline.exists()):
            pytest.fail(f"{baseline}: no baseline of this name; write it with pytest --spherecheck-update, and look at it", pytrace=False)
        return assert_no_regression(candidate, baseline, update=update, **options)

    return check
