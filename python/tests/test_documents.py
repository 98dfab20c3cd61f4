"""What the documents show runs, and says what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "docs" / "python.md", ROOT / "python" / "README.md"]


def blocks(document: Path) -> list[str]:
    """Its blocks of Python, but for those that pytest runs, or that need a model."""
    found = re.findall(r"^```python\n(.*?)^```$", document.read_text(encoding="utf-8"), flags=re.M | re.S)
    return [block for block in found if not block.startswith(("def test_", "from sentence_"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_blocks_run(document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT if document.parent == ROOT else ROOT / "fixtures" / "zoo")
    names: dict[str, object] = {}
    assert blocks(document)
    for block in blocks(document):
        exec(compile(block.replace('"baseline.json"', repr(str(tmp_path / "baseline.json"))), str(document), "exec"), names)  # noqa: S102
    said = capsys.readouterr().out
    if document.name == "python.md":
        assert "no problem found> 0.303" in said and "contrastive_limit{tau=0.07} cross: " in said


def test_the_notebook_runs() -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    path = ROOT / "docs" / "python.ipynb"
    notebook = nbformat.read(path, as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells) and path.stat().st_size < 10_000
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}}).execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert sum("text/html" in output.get("data", {}) for output in shown) == 3
    said = "".join(output.get("text", "") for output in shown)
    assert "l6 pass\n" in said and "l6cls violated " in said
