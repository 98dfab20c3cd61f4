"""What benches/reading.rs asks of pyarrow: `python reading.py make FOLDER ROWS COLUMNS`, `python reading.py read FILE`."""

import resource
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

GROUP = 100_000


def make(folder, rows, columns):
    rng = np.random.default_rng(1)
    whole = np.lib.format.open_memmap(f"{folder}/rows.npy", "w+", "float32", (rows, columns))
    schema = pa.schema([("id", pa.int64()), ("embedding", pa.list_(pa.float32()))])
    with pq.ParquetWriter(f"{folder}/rows.parquet", schema, compression="snappy") as writer:
        for first in range(0, rows, GROUP):
            part = rng.standard_normal((min(GROUP, rows - first), columns), dtype=np.float32)
            whole[first : first + len(part)] = part
            ends = pa.array(np.arange(len(part) + 1, dtype=np.int32) * columns)
            lists = pa.ListArray.from_arrays(ends, pa.array(part.ravel()))
            ids = pa.array(np.arange(first, first + len(part)))
            writer.write_table(pa.table([ids, lists], schema=schema), row_group_size=GROUP)


def read(path):
    started = time.perf_counter()
    column = pq.read_table(path, columns=["embedding"])["embedding"]
    matrix = np.stack(column.to_numpy())
    seconds = time.perf_counter() - started
    total = float(matrix.sum(dtype=np.float64))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{seconds:.3f} {peak:.0f} {total:.6e}")


if sys.argv[1] == "make":
    make(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
else:
    read(sys.argv[2])
