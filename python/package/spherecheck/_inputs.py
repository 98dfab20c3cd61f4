"""Python values as what the command reads: a name for each, and its bytes in memory, used where they lie.

Here: what is taken for an array, and how. Not here: whether its numbers can be audited; the library checks that.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import numpy as np

from ._errors import SpherecheckError

#: A name; the header of `.npy` where it is an array; whether its elements are bfloat16; its bytes.
Lent = tuple[str, bytes | None, bool, Any]

#: Kinds of memory that the processor reads, as DLPack numbers them: its own, and such as CUDA has pinned.
_HOST = (1, 3)


def strings(value: Any) -> Iterator[str]:
    """Every string and path in an argument: no name in memory may be one of them."""
    if isinstance(value, (str, os.PathLike)):
        yield os.fsdecode(value)
    elif isinstance(value, (list, tuple)):
        for part in value if len(value) <= 64 else ():
            yield from strings(part)


class Memory:
    """What is lent to one run."""

    def __init__(self, taken: Iterator[str]) -> None:
        self.lent: list[Lent] = []
        self._taken = set(taken)

    def rows(self, value: Any, name: str) -> str:
        """The name of embeddings, one row each: a path as it is, anything else lent."""
        if isinstance(value, (str, os.PathLike)):
            return os.fsdecode(value)
        array, bf16 = _matrix(value, name)
        return self._lend(array, name, bf16)

    def column(self, value: Any, name: str) -> str:
        """The name of one value for each row (labels, ids, scores), or of pairs of rows or ids."""
        if isinstance(value, (str, os.PathLike)):
            return os.fsdecode(value)
        return self._lend(_column(value, name), name, False)

    def texts(self, value: Any, name: str) -> str:
        """The name of the words of each row, as JSON lines: arrays of text give each row the room of the longest."""
        if isinstance(value, (str, os.PathLike)):
            return os.fsdecode(value)
        words = _column(value, name).reshape(-1).tolist()
        lines = "".join(json.dumps({"text": str(word)}) + "\n" for word in words)
        return self.document(lines.encode(), f"{name}.jsonl")

    def qrels(self, value: Any, name: str) -> str:
        """The name of judgements: `{query: {document: grade}}`, or a path."""
        if not isinstance(value, Mapping):
            return os.fsdecode(value)
        lines = ["query-id\tcorpus-id\tscore"]
        for query, judged in value.items():
            for document, grade in judged.items():
                cells = (str(query), str(document), str(grade))
                if any("\t" in cell or "\n" in cell for cell in cells):
                    raise SpherecheckError(f"{name}: an id holds a tab or a line end, which qrels cannot: {cells!r}")
                lines.append("\t".join(cells))
        return self.document("\n".join([*lines, ""]).encode(), f"{name}.tsv")

    def document(self, contents: bytes, name: str) -> str:
        """The name of what a file would hold."""
        name = self._free(name)
        self.lent.append((name, None, False, contents))
        return name

    def _lend(self, array: np.ndarray[Any, Any], name: str, bf16: bool) -> str:
        fortran = array.flags.f_contiguous and not array.flags.c_contiguous
        header = io.BytesIO()
        np.lib.format.write_array_header_2_0(
            header,
            {
                "descr": np.lib.format.dtype_to_descr(array.dtype),
                "fortran_order": fortran,
                "shape": array.shape,
            },
        )
        # Transposed, what lies column after column lies row after row.
        flat = (array.T if fortran else array).reshape(-1)
        # Reports call it by what comes before the last dot.
        name = self._free(name if "." not in name or name.endswith(".npy") else f"{name}.npy")
        self.lent.append((name, header.getvalue(), bf16, flat.view(np.uint8)))
        return name

    def _free(self, name: str) -> str:
        while name in self._taken:
            stem, dot, ending = name.rpartition(".")
            name = f"{stem or ending}_{dot}{ending if stem else ''}"
        self._taken.add(name)
        return name


def _matrix(value: Any, name: str) -> tuple[np.ndarray[Any, Any], bool]:
    """An array in one piece, and whether its elements are bfloat16."""
    if value is None:
        raise TypeError(f"{name}: expected embeddings or the path of a file, found None")
    array, bf16 = _array(value, name)
    if array.dtype.name == "bfloat16":
        array, bf16 = array.view(np.uint16), True
    if array.dtype.hasobject:
        raise SpherecheckError(
            f"{name}: expected numbers of one type in n rows of d, found Python objects ({_found(array)}); "
            'np.stack(rows) makes an array of equal rows, x.astype("float32") numbers'
        )
    if not (array.flags.c_contiguous or array.flags.f_contiguous):
        # A slice with gaps: the one case that costs a copy here.
        array = np.ascontiguousarray(array)
    return array, bf16


def _array(value: Any, name: str) -> tuple[np.ndarray[Any, Any], bool]:
    if isinstance(value, np.ndarray):
        return value, False
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return _of_torch(torch, value, name)
    if hasattr(value, "__arrow_c_stream__"):
        table = _from_arrow(value, name)
        if table is not None:
            return table, False
    if hasattr(value, "__array__") or not hasattr(value, "__dlpack__"):
        return np.asarray(value), False
    device = value.__dlpack_device__()[0]
    if device in _HOST:
        return np.from_dlpack(value), False
    if hasattr(value, "get"):
        # cupy: one copy.
        return np.asarray(value.get()), False
    raise SpherecheckError(f"{name}: expected memory of the processor, found a device's (DLPack kind {int(device)}); copy it first")


def _of_torch(torch: Any, tensor: Any, name: str) -> tuple[np.ndarray[Any, Any], bool]:
    """The memory of a tensor, without its gradient; of a GPU, one copy."""
    if tensor.layout != torch.strided or tensor.is_quantized:
        found, mend = ("quantised", "dequantize") if tensor.is_quantized else (tensor.layout, "to_dense")
        raise SpherecheckError(f"{name}: expected numbers that lie in memory row by row, found a {found} tensor; x.{mend}() makes one")
    # What is conjugated or negated when it is read becomes that here.
    tensor = tensor.detach().cpu().resolve_conj().resolve_neg()
    if tensor.dtype == torch.bfloat16:
        return tensor.contiguous().view(torch.int16).numpy(), True
    try:
        return tensor.numpy(), False
    except TypeError:
        raise SpherecheckError(f"{name}: expected a type of numbers that NumPy has, or bfloat16, found {tensor.dtype}; x.float() makes f32") from None


def _from_arrow(value: Any, name: str) -> np.ndarray[Any, Any] | None:
    """The lists in the only column of lists of a table, or its columns of numbers side by side; None without pyarrow."""
    try:
        # Typed nowhere.
        pa, pc = import_module("pyarrow"), import_module("pyarrow.compute")
    except ImportError:
        return None
    chunks = pa.chunked_array(value)
    table = pa.Table.from_struct_array(chunks) if pa.types.is_struct(chunks.type) else pa.table({name: chunks})
    lists = [field.name for field in table.schema if _is_list(pa, field.type)]
    if len(lists) > 1:
        raise SpherecheckError(f"{name}: expected one column of lists, found {', '.join(lists)}; choose one: frame[[NAME]]")
    if not lists:
        return np.column_stack([column.to_numpy() for column in table.columns])
    column = table.column(lists[0]).combine_chunks()
    if column.null_count:
        raise SpherecheckError(f"{name}: expected a vector in every row of column {lists[0]}, found {column.null_count} without one")
    flat = column.flatten()
    if flat.null_count:
        raise SpherecheckError(f"{name}: expected numbers in column {lists[0]}, found {flat.null_count} that are null")
    rows = len(column)
    lengths = set(pc.unique(pc.list_value_length(column)).to_pylist())
    if len(lengths) > 1:
        raise SpherecheckError(f"{name}: expected vectors of one length in column {lists[0]}, found {min(lengths)} and {max(lengths)}")
    return np.asarray(flat.to_numpy(zero_copy_only=False)).reshape(rows, -1)


def _is_list(pa: Any, kind: Any) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _column(value: Any, name: str) -> np.ndarray[Any, Any]:
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    array = np.asarray(value)
    if array.dtype.kind in "SU" and isinstance(value, (list, tuple)):
        # NumPy has made text of numbers beside text.
        array = np.asarray(value, dtype=object)
    if array.dtype.kind == "T":
        array = array.astype(np.str_)
    if array.dtype.hasobject:
        array = _plain(array, name)
    return np.ascontiguousarray(array)


def _plain(array: np.ndarray[Any, Any], name: str) -> np.ndarray[Any, Any]:
    """Objects as text, where all are text, or whole numbers, where all are such."""
    flat = array.reshape(-1).tolist()
    if all(isinstance(item, str) for item in flat):
        return array.astype(np.str_)
    if all(isinstance(item, (int, np.integer)) and not isinstance(item, bool) for item in flat):
        return array.astype(np.int64)
    at = next(k for k, item in enumerate(flat) if not isinstance(item, type(flat[0])) or not isinstance(item, (str, int)))
    row = at // max(1, array.size // max(1, len(array)))
    raise SpherecheckError(f"{name}: row {row}: expected values that are all text or all whole numbers, found {flat[at]!r}")


def _found(array: np.ndarray[Any, Any]) -> str:
    return f"shape {array.shape}, dtype {array.dtype}"
