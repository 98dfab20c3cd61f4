"""The 10 nearest of each row by faiss: `python search.py ROWS COLUMNS THREADS`, the rows in f32 on standard input.

Prints the best of five searches, after one that warms up; beside all pairs once, as benches/pass.rs walks them, faiss
multiplies each pair twice.
"""

import sys
import time

import faiss
import numpy as np

rows, columns, threads = map(int, sys.argv[1:])
faiss.omp_set_num_threads(threads)
x = np.frombuffer(sys.stdin.buffer.read(), "<f4").reshape(rows, columns)
index = faiss.IndexFlatIP(columns)
index.add(x)
seconds = []
for _ in range(6):
    started = time.perf_counter()
    index.search(x, 11)  # a row itself and 10 others
    seconds.append(time.perf_counter() - started)
print(f"{'':>24} faiss {faiss.__version__} IndexFlatIP, 10 nearest: {min(seconds[1:]):.4f} s", flush=True)
