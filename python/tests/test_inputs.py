"""What is taken for embeddings, pairs and labels: the same numbers as from a file, to the byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spherecheck
from spherecheck._inputs import Memory

from .conftest import Command, timeless


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i1", "u1", ">f4", ">f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_has_the_bytes_that_its_file_has(command: Command, tmp_path: Path, dtype: str, order: Any) -> None:
    rng = np.random.default_rng(1)
    rows = rng.integers(-100, 100, size=(40, 6)) if dtype == "i1" else rng.uniform(1, 100, size=(40, 6))
    rows = np.asarray(rows.astype(dtype), order=order)
    np.save(tmp_path / "x.npy", rows)
    printed = command("audit", "x.npy", "--format", "json", "--seed", 3)
    assert printed.returncode == 0, printed.stderr
    assert timeless(spherecheck.audit(rows, name="x.npy", seed=3).to_json()) == timeless(printed.stdout)


def test_two_views_and_all_beside_them_have_the_bytes_of_files(command: Command, zoo: Path, tmp_path: Path) -> None:
    a, b = np.load(zoo / "l6_web.npy")[:120], np.load(zoo / "l6_kjv.npy")[:120]
    groups = np.arange(120) // 2
    slices = np.array(["old", "new"])[np.arange(120) % 2]
    for name, array in {"x.npy": a, "b.npy": b, "groups.npy": groups, "slices.npy": slices}.items():
        np.save(tmp_path / name, array)
    words = ["audit", "x.npy", "b.npy", "--groups", "groups.npy", "--slices", "slices.npy", "--t", "1,2"]
    printed = command(*words, "--format", "json")
    assert printed.returncode == 0, printed.stderr
    found = spherecheck.audit(a, tmp_path / "b.npy", groups=groups, slices=slices.tolist(), t=[1, 2], name="x.npy")
    mine, theirs = timeless(found.to_json()), timeless(printed.stdout)
    # What differs are names: of a path as it was given, of the arrays beside the rows.
    for name in ("b", "groups", "slices"):
        mine = mine.replace(str(tmp_path / f"{name}.npy"), name)
        theirs = theirs.replace(f"{name}.npy", name)
    assert mine == theirs


def test_slices_and_memory_maps_are_read_right(rows: np.ndarray, tmp_path: Path) -> None:
    wide = np.repeat(np.repeat(rows, 2, axis=0), 3, axis=1)
    np.save(tmp_path / "x.npy", rows)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    whole = timeless(spherecheck.audit(rows).to_json())
    for same in (wide[::2, ::3], mapped, rows[::-1][::-1], rows.tolist(), np.asfortranarray(rows)):
        found = spherecheck.audit(np.asarray(same, dtype=np.float32) if isinstance(same, list) else same)
        assert timeless(found.to_json()) == whole


def test_what_lies_in_one_piece_is_not_copied(rows: np.ndarray, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", rows)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    for array in (rows, rows[5:20], np.asfortranarray(rows), mapped):
        memory = Memory(iter(()))
        memory.rows(array, "a")
        assert np.shares_memory(memory.lent[0][3], array)


class OnlyDlpack:
    """Memory that speaks DLPack and nothing else."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array

    def __dlpack__(self, **wanted: Any) -> Any:
        return self.array.__dlpack__(**wanted)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.array.__dlpack_device__()


def test_dlpack_is_taken_where_it_lies(rows: np.ndarray) -> None:
    memory = Memory(iter(()))
    memory.rows(OnlyDlpack(rows), "a")
    assert np.shares_memory(memory.lent[0][3], rows)
    assert timeless(spherecheck.audit(OnlyDlpack(rows)).to_json()) == timeless(spherecheck.audit(rows).to_json())


def test_memory_of_a_device_is_refused(rows: np.ndarray) -> None:
    class OnDevice(OnlyDlpack):
        def __dlpack_device__(self) -> tuple[int, int]:
            return (2, 0)

    with pytest.raises(spherecheck.SpherecheckError, match="a: expected memory of the processor"):
        spherecheck.audit(OnDevice(rows))


def test_bfloat16_is_read(rows: np.ndarray) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    short = rows.astype(ml_dtypes.bfloat16)
    found, wide = spherecheck.audit(short), spherecheck.audit(short.astype(np.float32))
    assert found.to_dict()["subject"]["a"]["dtype"] == "bf16"
    assert found.uniformity.value == wide.uniformity.value


def test_torch_tensors_are_read(rows: np.ndarray) -> None:
    torch = pytest.importorskip("torch")
    tensor = torch.from_numpy(rows)
    assert timeless(spherecheck.audit(tensor.requires_grad_()).to_json()) == timeless(spherecheck.audit(rows).to_json())
    short = tensor.bfloat16()
    found = spherecheck.audit(short)
    assert found.to_dict()["subject"]["a"]["dtype"] == "bf16"
    assert found.uniformity.value == spherecheck.audit(short.float()).uniformity.value


def test_slices_of_torch_tensors_are_read(rows: np.ndarray) -> None:
    torch = pytest.importorskip("torch")
    wide = torch.from_numpy(np.repeat(np.repeat(rows, 2, axis=0), 3, axis=1))
    whole = timeless(spherecheck.audit(rows).to_json())
    assert timeless(spherecheck.audit(wide[::2, ::3]).to_json()) == whole
    assert timeless(spherecheck.audit(torch.from_numpy(rows.T.copy()).T).to_json()) == whole
    # bfloat16 with gaps, and with a gradient.
    short, sliced = torch.from_numpy(rows).bfloat16(), wide.bfloat16().requires_grad_()[::2, ::3]
    assert timeless(spherecheck.audit(sliced).to_json()) == timeless(spherecheck.audit(short).to_json())
    labels = torch.arange(40) % 4
    assert spherecheck.audit(torch.from_numpy(rows), labels=labels).to_dict()["subject"]["positives"]["pairs"] == 180


def test_what_lies_in_one_piece_in_torch_is_not_copied(rows: np.ndarray) -> None:
    torch = pytest.importorskip("torch")
    tensor = torch.from_numpy(rows).clone()
    for given in (tensor, tensor.bfloat16(), tensor.half(), tensor[5:20]):
        memory = Memory(iter(()))
        memory.rows(given, "a")
        assert memory.lent[0][3].__array_interface__["data"][0] == given.data_ptr()


def test_tensors_that_numpy_does_not_have_are_refused(rows: np.ndarray) -> None:
    torch = pytest.importorskip("torch")
    tensor = torch.from_numpy(rows)
    with pytest.raises(spherecheck.SpherecheckError, match=r"a: expected numbers .*found a torch.sparse_coo tensor; x.to_dense\(\)"):
        spherecheck.audit(tensor.to_sparse())
    with pytest.raises(spherecheck.SpherecheckError, match=r"a: expected a type .*found torch.float8_e4m3fn; x.float\(\)"):
        spherecheck.audit(tensor.to(torch.float8_e4m3fn))


def test_arrow_tables_are_read(rows: np.ndarray) -> None:
    pa = pytest.importorskip("pyarrow")
    fixed = pa.FixedSizeListArray.from_arrays(pa.array(rows.reshape(-1)), 6)
    whole = timeless(spherecheck.audit(rows).to_json())
    lists = pa.table({"id": pa.array(range(40)), "vector": fixed})
    columns = pa.table({f"d{k}": rows[:, k] for k in range(6)})
    loose = pa.table({"vector": pa.array([row.tolist() for row in rows], pa.list_(pa.float32()))})
    for table in (lists, columns, loose, lists.column("vector")):
        assert timeless(spherecheck.audit(table).to_json()) == whole
    ragged = pa.table({"vector": pa.array([[1.0, 2.0], [3.0]])})
    with pytest.raises(spherecheck.SpherecheckError, match="vectors of one length in column vector, found 1 and 2"):
        spherecheck.audit(ragged)
    missing = pa.table({"vector": pa.array([[1.0, 2.0], None])})
    with pytest.raises(spherecheck.SpherecheckError, match="a vector in every row"):
        spherecheck.audit(missing)


def test_pairs_by_row_and_by_id_are_the_same_pairs(rows: np.ndarray) -> None:
    pairs = np.stack([np.arange(0, 20), np.arange(20, 40)], axis=1)
    ids = [f"verse {k}" for k in range(40)]
    by_row = spherecheck.audit(rows, pairs=pairs)
    by_id = spherecheck.audit(rows, ids=ids, pairs=[(ids[i], ids[j]) for i, j in pairs])
    assert by_row["alignment{alpha=2}"].value == by_id["alignment{alpha=2}"].value
    assert by_row.to_dict()["subject"]["positives"]["pairs"] == 20


def test_views_are_joined_by_their_own_ids(rows: np.ndarray) -> None:
    order = np.random.default_rng(2).permutation(40)
    ids = np.array([f"id {k}" for k in range(40)])
    other = rows + 0.1
    aligned = spherecheck.audit(rows, other)
    joined = spherecheck.audit(rows, other[order], ids=(ids, ids[order]))
    assert joined["alignment{alpha=2}"].value == pytest.approx(aligned["alignment{alpha=2}"].value, rel=1e-12)


def test_judgements_and_words_are_lent(rows: np.ndarray, tmp_path: Path) -> None:
    ids = [str(k) for k in range(40)]
    qrels = {ids[k]: {ids[k]: 2, ids[(k + 1) % 40]: 0} for k in range(40)}
    found = spherecheck.audit(rows, rows + 0.01, ids=(ids, ids), qrels=qrels, search=True)
    assert found.to_dict()["subject"]["positives"]["pairs"] == 40
    words = [f'verse "{k}"\n' for k in range(40)]
    blamed = spherecheck.audit(np.vstack([rows[:39], rows[:1]]), offenders=True, texts=words, out=tmp_path / "report")
    assert 'verse \\"39\\"' in blamed.to_json()


@pytest.mark.parametrize("labels", [list("abcd") * 10, np.arange(40) % 4, (np.arange(40) % 2).astype(bool)])
def test_labels_may_be_text_numbers_or_truth(rows: np.ndarray, labels: Any) -> None:
    found = spherecheck.audit(rows, labels=labels)
    classes = np.unique(np.asarray(labels), return_counts=True)[1]
    pairs = int((classes * (classes - 1) // 2).sum())
    assert found.to_dict()["subject"]["positives"]["pairs"] == pairs


def test_a_name_in_memory_never_hides_a_file(rows: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with open("a", "wb") as file:
        np.save(file, rows * 2)
    found = spherecheck.audit(rows, "a").to_dict()["subject"]
    assert (found["a"]["norm_max"] * 2, found["b"]["source"]) == (found["b"]["norm_max"], "a")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (lambda x: dict(a=None), TypeError),
        (lambda x: dict(a=x[0]), "a: .*two axes"),
        (lambda x: dict(a=x.astype(complex)), "a: .*complex"),
        (lambda x: dict(a=x.astype(object)), "a: expected numbers of one type"),
        (lambda x: dict(a=np.where(x > 2, np.nan, x)), "a: .*NaN"),
        (lambda x: dict(a=x[:0]), "a: "),
        (lambda x: dict(a="missing.npy"), "missing.npy: no such file"),
        (lambda x: dict(a=x, labels=[1, None] * 20), "labels: row 1: .*None"),
        (lambda x: dict(a=x, labels=["a", 1] * 20), "labels: row 1: .*1"),
        (lambda x: dict(a=x, labels=range(39)), "labels"),
        (lambda x: dict(a=x, pairs=[[0, 40]]), "pairs: .*40"),
        (lambda x: dict(a=x, b=x[:39]), "39"),
        (lambda x: dict(a=x, labels=[0] * 40, pairs=[[0, 1]]), "'pairs=' cannot be used with 'labels='"),
        (lambda x: dict(a=x, b=x, labels=[0] * 40), "labels= pairs up the rows of one file"),
        (lambda x: dict(a=x, t=-1), "'t='"),
        (lambda x: dict(a=x, nonsense=1), "'nonsense='"),
        (lambda x: dict(a=x, format="csv"), TypeError),
        (lambda x: dict(a=x, tensor="x"), "a: .*unnamed"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(rows: np.ndarray, given: Any, said: Any) -> None:
    kind, match = (spherecheck.SpherecheckError, said) if isinstance(said, str) else (said, None)
    with pytest.raises(kind, match=match) as raised:
        spherecheck.audit(**given(rows * 2))
    assert "--" not in str(raised.value)
    assert issubclass(spherecheck.SpherecheckError, ValueError)
