// All pairs of unit rows on tensor cores: each tile of 128 x 128 cosines is made in registers, turned into sums of
// exponentials there, and forgotten. Nothing N x N is ever written.
//
// Comes after common.cu. Needs compute capability 8.0: cp.async, ldmatrix, bf16 and tf32 mma.
//
// LOOP 1  blockIdx.y  tasks: a block of rows against a block of columns, at most 12 x 12 tiles
// LOOP 2  blockIdx.x  tiles of a task
// LOOP 3              stages of 64 bytes of every row, copied ahead into shared memory
// LOOP 4              k-steps of 32 bytes: 16 bf16 or 8 tf32; a warp owns 64 x 32 cosines
//
// Sums are reduced in a fixed order (lanes, warps, tiles, tasks), never by floating-point atomics: the same bits on
// every run. Counters are integers, whose order does not matter.

#ifndef SPHERECHECK_EMULATED
// 16 bytes from global to shared memory, some time before the wait for their group.
DEVICE void copy16(void* to, const void* from) {
    u32 at = (u32)__cvta_generic_to_shared(to);
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(at), "l"(from) : "memory");
}
DEVICE void copy_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
// Waits until at most PENDING groups of this thread are under way.
template <int PENDING>
DEVICE void copy_wait() {
    asm volatile("cp.async.wait_group %0;" ::"n"(PENDING) : "memory");
}
// Four 8 x 8 matrices of 16-bit values; lane l names row l % 8 of matrix l / 8.
DEVICE void load_matrices(u32 (&out)[4], const void* row) {
    u32 at = (u32)__cvta_generic_to_shared(row);
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
                 : "r"(at)
                 : "memory");
}
DEVICE void mma_bf16(float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
DEVICE void mma_tf32(float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) {
    asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
#endif

enum {
    THREADS = 256, // 2 x 4 warps
    STAGES = 3,    // stages of the copies ahead
    CHUNKS = 4,    // 16-byte pieces of a row in a stage
    PART = TILE * CHUNKS * 16 // bytes of one operand's plane in a stage
};
#define MASKED (-2.0f) // a cosine that does not count

template <int MODE>
struct Mode;
// One plane fills 3 stages of 16 KiB, of which every card of 8.0 and up holds two blocks; two planes twice as much.
// PROMOTE: stages after which sums leave the tensor cores, whose adders cut off low bits; 0 for never.
template <>
struct Mode<BF16> {
    enum { PLANES = 1, PROMOTE = 0 };
};
template <>
struct Mode<BF16X3> {
    enum { PLANES = 2, PROMOTE = 2 };
};
template <>
struct Mode<TF32> {
    enum { PLANES = 1, PROMOTE = 0 };
};

// Where a chunk of a row lies in its stage: eight rows that ldmatrix reads together never meet in a bank.
DEVICE int place(int row, int chunk) { return (row * CHUNKS + (chunk ^ (row >> 1 & 3))) * 16; }

// What a thread copies of each stage: one chunk of row `threadIdx.x / 4` and of the row 64 below, of both operands.
struct Copies {
    const u8 *row, *column; // the next chunk of the upper row of each
    u64 below, plane;       // bytes to the lower row, and to the next plane
};

// Starts the copies of the next stage of both operands, into `base`.
template <int MODE>
DEVICE void fetch(Copies& copies, u8* base) {
    const int PLANES = Mode<MODE>::PLANES;
    u8* to = base + place((int)threadIdx.x / CHUNKS, (int)threadIdx.x % CHUNKS);
#pragma unroll
    for (int p = 0; p < PLANES; ++p) {
        const u8 *row = copies.row, *column = copies.column;
        if (p > 0) row += copies.plane, column += copies.plane;
        copy16(to + 2 * p * PART, row);
        copy16(to + 2 * p * PART + PART / 2, row + copies.below);
        copy16(to + 2 * p * PART + PART, column);
        copy16(to + 2 * p * PART + PART + PART / 2, column + copies.below);
    }
    copies.row += CHUNKS * 16;
    copies.column += CHUNKS * 16;
}

// Where a lane reads the first 16 rows of its warp, and the first 16 columns, in the first k-step of a stage; in the
// second, two chunks on, it is the same with bit 5 turned over.
struct Reads {
    int rows, columns;
};

// Products of one stage into the cosines of a warp.
template <int MODE>
DEVICE void multiply(const u8* base, const Reads& reads, float (&c)[4][4][4]) {
    const int PLANES = Mode<MODE>::PLANES, SIXTEEN = 16 * CHUNKS * 16; // bytes of 16 rows, which are swizzled alike
#pragma unroll
    for (int step = 0; step < CHUNKS / 2; ++step) {
        u32 a[PLANES][4][4], b[PLANES][2][4];
        const u8 *rows = base + (reads.rows ^ 32 * step), *columns = base + (reads.columns ^ 32 * step);
#pragma unroll
        for (int p = 0; p < PLANES; ++p) {
#pragma unroll
            for (int m = 0; m < 4; ++m) load_matrices(a[p][m], rows + 2 * p * PART + m * SIXTEEN);
#pragma unroll
            for (int n = 0; n < 2; ++n) load_matrices(b[p][n], columns + 2 * p * PART + n * SIXTEEN);
        }
        // Small terms first; low times low is below what f32 keeps of a cosine that is not near 1. Term after term, so that
        // no product waits for the one before it.
        const int TERMS = PLANES == 2 ? 3 : 1;
#pragma unroll
        for (int term = 0; term < TERMS; ++term) {
            int left = TERMS == 3 && term == 0 ? PLANES - 1 : 0, right = TERMS == 3 && term == 1 ? PLANES - 1 : 0;
#pragma unroll
            for (int m = 0; m < 4; ++m) {
#pragma unroll
                for (int n = 0; n < 4; ++n) {
                    u32 first = b[right][n / 2][n % 2 * 2], second = b[right][n / 2][n % 2 * 2 + 1];
                    if (MODE == TF32) mma_tf32(c[m][n], a[left][m], first, second);
                    else mma_bf16(c[m][n], a[left][m], first, second);
                }
            }
        }
    }
}

// e^(c s) with c log2(e) = high + low: whole octaves go to the exponent, so that the argument of exp2 is small and exact.
DEVICE float power(float s, float high, float low) {
    const float MAGIC = 12582912.0f; // 1.5 * 2^23: adding it rounds to an integer
    float shifted = fmaf(s, high, MAGIC);
    float rest = fmaf(s, high, -(shifted - MAGIC));
    float e = float_of(bits_of(exp2_unit(fmaf(s, low, rest))) + (bits_of(shifted) << 23));
    return s == MASKED ? 0.0f : e;
}

// Sums of `length` powers of a tile, over its rows and its columns, to partials[outputs[k]][256]. Warps without a pair
// that counts have nothing to add.
template <typename T, int LENGTH, typename Start>
DEVICE void sum_powers(
    const float (&s)[4][4][4], bool live, const Start& start, const u32* outputs, T* partials, u8* shared) {
    int lane = (int)threadIdx.x % 32, warp = (int)threadIdx.x / 32;
    int warp_row = warp / 4, warp_column = warp % 4, g = lane / 4, t = lane % 4;
    T* row_parts = (T*)shared;                     // [LENGTH][4][128]
    T* column_parts = row_parts + LENGTH * 4 * TILE; // [LENGTH][2][128]
    if (live) {
        T columns[LENGTH][8];
#pragma unroll
        for (int k = 0; k < LENGTH; ++k) {
#pragma unroll
            for (int j = 0; j < 8; ++j) columns[k][j] = 0;
        }
#pragma unroll
        for (int m = 0; m < 4; ++m) {
#pragma unroll
            for (int half = 0; half < 2; ++half) {
                T rows[LENGTH];
#pragma unroll
                for (int k = 0; k < LENGTH; ++k) rows[k] = 0;
#pragma unroll
                for (int j = 0; j < 8; ++j) {
                    T e = start(s[m][j / 2][half * 2 + j % 2]);
#pragma unroll
                    for (int k = 0; k < LENGTH; ++k) {
                        rows[k] += e;
                        columns[k][j] += e;
                        e *= e;
                    }
                }
#pragma unroll
                for (int k = 0; k < LENGTH; ++k) {
                    T sum = sum_of_row(rows[k]);
                    if (t == 0) row_parts[(k * 4 + warp_column) * TILE + warp_row * 64 + m * 16 + half * 8 + g] = sum;
                }
            }
        }
#pragma unroll
        for (int k = 0; k < LENGTH; ++k) {
#pragma unroll
            for (int j = 0; j < 8; ++j) {
                T sum = sum_of_column(columns[k][j]);
                if (g == 0) column_parts[(k * 2 + warp_row) * TILE + warp_column * 32 + j / 2 * 8 + t * 2 + j % 2] = sum;
            }
        }
    } else {
#pragma unroll
        for (int k = 0; k < LENGTH; ++k) {
            row_parts[(k * 4 + warp_column) * TILE + warp_row * 64 + lane] = 0;
            row_parts[(k * 4 + warp_column) * TILE + warp_row * 64 + 32 + lane] = 0;
            column_parts[(k * 2 + warp_row) * TILE + warp_column * 32 + lane] = 0;
        }
    }
    __syncthreads();
    int x = (int)threadIdx.x; // as many threads as rows and columns
#pragma unroll
    for (int k = 0; k < LENGTH; ++k) {
        const T* r = row_parts + k * 4 * TILE + x;
        const T* c = column_parts + k * 2 * TILE + x - TILE;
        T sum = x < TILE ? (r[0] + r[TILE]) + (r[2 * TILE] + r[3 * TILE]) : c[0] + c[TILE];
        partials[(u64)outputs[k] * (2 * TILE) + x] = sum;
    }
    __syncthreads();
}

struct Gentle {
    float high, low;
    DEVICE float operator()(float s) const { return power(s, high, low); }
};

// The tile of a block of threads. Asked anew by each part of the kernel: kept, it would take registers that the products
// need.
struct Tile {
    Task task;
    int row, column; // its place in the task
    bool counts;     // the grid is as large as its largest task; and below the diagonal no pair counts
    bool live;       // a warp beyond the last row or column, or below the diagonal, only helps to copy
};

DEVICE Tile tile_of_block(const Walk& walk) {
    Tile tile;
    tile.task = walk.tasks[walk.first_task + blockIdx.y];
    const Task& task = tile.task;
    int across = (int)(task.columns + TILE - 1) / TILE;
    tile.row = (int)blockIdx.x / across;
    tile.column = (int)blockIdx.x % across;
    tile.counts = tile.row * TILE < (int)task.rows && !(task.diagonal != 0 && tile.column < tile.row);
    int warp = (int)threadIdx.x / 32, warp_row = warp / 4 * 64, warp_column = warp % 4 * 32;
    tile.live = tile.row * TILE + warp_row < (int)task.rows && tile.column * TILE + warp_column < (int)task.columns &&
        !(task.diagonal != 0 && tile.row == tile.column && warp_row >= warp_column + 32);
    return tile;
}

// What a lane holds of its warp's 64 x 32 cosines.
struct Fragments {
    typedef float Cosines[4][4][4];
    DEVICE static float& at(Cosines& s, int k) { return s[k / 16][k / 4 % 4][k % 4]; }
    DEVICE static int row(int k) { return k / 16 * 16 + k / 2 % 2 * 8; }
    DEVICE static int column(int k) { return k / 4 % 4 * 8 + k % 2; }
};

// Masks the pairs that do not count: beyond the last row or column, on or below the diagonal, or excluded.
DEVICE void mask(const Walk& walk, const Task& task, int row_tile, int column_tile, float (&s)[4][4][4], u8* shared) {
    const Live live = {(u32*)shared, row_tile * TILE, column_tile * TILE, TILE};
    mark_live(task, live, (int)threadIdx.x, THREADS);
    __syncthreads();
    mark_excluded(walk, task, live, (int)threadIdx.x, THREADS);
    __syncthreads();
    int lane = (int)threadIdx.x % 32, warp = (int)threadIdx.x / 32;
#pragma unroll
    for (int m = 0; m < 4; ++m) {
#pragma unroll
        for (int half = 0; half < 2; ++half) {
            u32 word = live.words[(warp / 4 * 64 + m * 16 + half * 8 + lane / 4) * 4 + warp % 4];
#pragma unroll
            for (int j = 0; j < 8; ++j) {
                if ((word >> (j / 2 * 8 + lane % 4 * 2 + j % 2) & 1) == 0) s[m][j / 2][half * 2 + j % 2] = MASKED;
            }
        }
    }
    __syncthreads();
}

// Bins the cosines.
DEVICE void count_bins(const Walk& walk, const float (&s)[4][4][4], u8* shared) {
    u32* counts = (u32*)shared;
    for (u32 k = threadIdx.x; k < walk.bins; k += THREADS) counts[k] = 0;
    __syncthreads();
    float half = 0.5f * (float)walk.bins;
    int last = (int)walk.bins - 1;
#pragma unroll
    for (int m = 0; m < 4; ++m) {
#pragma unroll
        for (int j = 0; j < 16; ++j) {
            float cosine = s[m][j / 4][j % 4];
            int bin = bin_of(cosine, half, last);
            if (cosine != MASKED) atomicAdd(&counts[bin], 1u);
        }
    }
    __syncthreads();
    add_bins(walk, counts, (int)threadIdx.x, THREADS);
    __syncthreads();
}

// The cosines of a tile; false if none of its pairs counts.
template <int MODE>
DEVICE bool products(const Walk& walk, float (&s)[4][4][4], u8* shared) {
    const int PROMOTE = Mode<MODE>::PROMOTE, STAGE = Mode<MODE>::PLANES * 2 * PART;
    const Tile tile = tile_of_block(walk);
    if (!tile.counts) return false;
    const Task& task = tile.task;
    int row_tile = tile.row, column_tile = tile.column;
    bool live = tile.live;
    int lane = (int)threadIdx.x % 32, warp = (int)threadIdx.x / 32;
    int warp_row = warp / 4 * 64, warp_column = warp % 4 * 32;
    float part[4][4][4];
#pragma unroll
    for (int k = 0; k < 64; ++k) s[k / 16][k / 4 % 4][k % 4] = part[k / 16][k / 4 % 4][k % 4] = 0.0f;
    int stages = (int)walk.stages;
    u64 line = threadIdx.x / CHUNKS, chunk = threadIdx.x % CHUNKS * 16;
    const u8 *rows = walk.planes + task.row_slot * walk.slot_bytes, *columns = walk.planes + task.column_slot * walk.slot_bytes;
    Copies copies = {
        rows + (row_tile * TILE + line) * walk.pitch + chunk,
        columns + (column_tile * TILE + line) * walk.pitch + chunk,
        TILE / 2 * walk.pitch,
        walk.plane_bytes,
    };
#pragma unroll
    for (int stage = 0; stage < STAGES - 1; ++stage) {
        if (stage < stages) fetch<MODE>(copies, shared + stage * STAGE);
        copy_commit();
    }
    const Reads reads = {
        place(warp_row + (lane & 15), lane >> 4),
        PART + place(warp_column + (lane & 7) + (lane >> 4) * 8, lane >> 3 & 1),
    };
    int here = 0; // where this stage lies
    for (int left = stages; left > 0; --left) {
        // All but the newest group have landed, so this stage has; and all warps have left the one that is next filled.
        copy_wait<STAGES - 2>();
        __syncthreads();
        if (left > STAGES - 1) fetch<MODE>(copies, shared + (here == 0 ? (STAGES - 1) * STAGE : here - STAGE));
        copy_commit();
        const u8* base = shared + here;
        here = here == (STAGES - 1) * STAGE ? 0 : here + STAGE;
        if (PROMOTE == 0) {
            if (live) multiply<MODE>(base, reads, s);
        } else {
            if (live) multiply<MODE>(base, reads, part);
            if ((left - 1) % (PROMOTE == 0 ? 1 : PROMOTE) == 0) {
#pragma unroll
                for (int k = 0; k < 64; ++k) {
                    s[k / 16][k / 4 % 4][k % 4] += part[k / 16][k / 4 % 4][k % 4];
                    part[k / 16][k / 4 % 4][k % 4] = 0.0f;
                }
            }
        }
    }
    copy_wait<0>();
    __syncthreads();
    return true;
}

template <int MODE>
DEVICE void gram(const Walk& walk) {
    SHARED(shared);
    float s[4][4][4];
    if (!products<MODE>(walk, s, shared)) return;

    // From here on shared memory holds whatever a step of the epilogue needs; each step leaves it free.
    const Tile found = tile_of_block(walk);
    const Task& task = found.task;
    int row_tile = found.row, column_tile = found.column;
    bool live = found.live;
    mask(walk, task, row_tile, column_tile, s, shared);
    if (walk.candidate < 2.0f) {
        bool any = false;
#pragma unroll
        for (int k = 0; k < 64; ++k) any = any || s[k / 16][k / 4 % 4][k % 4] > walk.candidate;
        if (__syncthreads_or(any)) {
            const Tile here = tile_of_block(walk);
            int warp = (int)threadIdx.x / 32;
            near_duplicates<Fragments>(
                walk, here.task, here.row * TILE + warp / 4 * 64, here.column * TILE + warp % 4 * 32, s);
        }
    }
    if (walk.bins != 0) count_bins(walk, s, shared);
    u64 tile = (u64)blockIdx.y * (UNITS * UNITS) + (u64)(row_tile * UNITS + column_tile);
    float* gentle = walk.gentle_partials + tile * walk.gentle * (2 * TILE);
    for (u32 k = 0; k < walk.run_count; ++k) {
        Run run = walk.runs[k];
        Gentle start = {run.high, run.low};
        switch (run.length) {
            case 1: sum_powers<float, 1>(s, live, start, run.outputs, gentle, shared); break;
            case 2: sum_powers<float, 2>(s, live, start, run.outputs, gentle, shared); break;
            default: sum_powers<float, 3>(s, live, start, run.outputs, gentle, shared); break;
        }
    }
    for (u32 k = 0; k < walk.steep_count; ++k) {
        Steep start = {walk.steep[k]};
        sum_powers<double, 1>(s, live, start, &k, walk.steep_partials + tile * walk.steep_count * (2 * TILE), shared);
    }
}

// The accurate mode keeps two sets of sums and all registers; the fast ones leave room for a second block.
KERNEL(THREADS, 2) gram_bf16(const Walk walk) { gram<BF16>(walk); }
KERNEL(THREADS, 1) gram_bf16x3(const Walk walk) { gram<BF16X3>(walk); }
KERNEL(THREADS, 2) gram_tf32(const Walk walk) { gram<TF32>(walk); }

// Twelve partial sums of one position in the order of their tiles; those of tiles that were not walked are left out.
template <typename T>
DEVICE double sum_of_tiles(const T* first, u64 step, int from, int to) {
    T values[UNITS];
#pragma unroll
    for (int k = 0; k < UNITS; ++k) values[k] = k >= from && k < to ? first[(u64)k * step] : (T)0;
    double sum = 0;
#pragma unroll
    for (int k = 0; k < UNITS; ++k) sum += (double)values[k];
    return sum;
}

// Partial sums `x` of coefficient c, of tile after tile.
DEVICE double reduced(const Reduce& r, u64 local, u64 tile, u64 step, u32 c, int x, int from, int to) {
    u64 at = local * (UNITS * UNITS) + tile, each = (1 + r.halves) * TILE;
    if (c < r.gentle) return sum_of_tiles(r.gentle_partials + (at * r.gentle + c) * each + x, step * r.gentle * each, from, to);
    u32 k = c - r.gentle, count = r.steep_count;
    return sum_of_tiles(r.steep_partials + (at * count + k) * each + x, step * count * each, from, to);
}

enum { ROW_TASKS = 8 }; // tasks whose sums of rows are read at a time

// All tasks of a step share their rows: their sums are read side by side, and added task after task by one thread of each
// position. blockIdx: unit of the block, coefficient. threadIdx: position in the unit, and after each 128 a task.
KERNEL(TILE * ROW_TASKS, 1) reduce_rows(const Reduce r) {
    SHARED(raw);
    double(*found)[TILE] = (double(*)[TILE])raw; // of ROW_TASKS tasks
    int unit = (int)blockIdx.x, x = (int)threadIdx.x % TILE;
    u32 c = blockIdx.y, mine = threadIdx.x / TILE;
    Column column = r.columns[c];
    for (u32 first = 0; first < r.task_count; first += ROW_TASKS) {
        u32 local = first + mine;
        if (local < r.task_count) {
            const Task task = r.tasks[r.first_task + local];
            int across = (int)(task.columns + TILE - 1) / TILE, from = task.diagonal != 0 ? unit : 0;
            bool live = unit * TILE + x < (int)task.rows;
            found[mine][x] = live ? reduced(r, local, (u64)unit * UNITS, 1, c, x, from, across) : 0;
        }
        __syncthreads();
        u32 here = min(r.task_count - first, (u32)ROW_TASKS);
        for (u32 k = 0; mine == 0 && k < here; ++k) {
            const Task task = r.tasks[r.first_task + first + k];
            if (unit * TILE + x < (int)task.rows)
                r.sums[column.offset + task.column_group * column.group_stride + task.row_start + (u64)(unit * TILE + x)] += found[k][x];
        }
        __syncthreads();
    }
}

// Each task of a step has columns of its own. blockIdx: unit of the block, coefficient, task.
KERNEL(TILE, 1) reduce_columns(const Reduce r) {
    int unit = (int)blockIdx.x, x = (int)threadIdx.x;
    u32 c = blockIdx.y, local = blockIdx.z;
    Column column = r.columns[c];
    const Task task = r.tasks[r.first_task + local];
    if (unit * TILE + x >= (int)task.columns) return;
    int down = (int)(task.rows + TILE - 1) / TILE;
    if (task.diagonal != 0) down = min(down, unit + 1);
    double sum = reduced(r, local, (u64)unit, UNITS, c, TILE + x, 0, down);
    if (r.halves == 2) sum += reduced(r, local, (u64)unit, UNITS, c, 2 * TILE + x, 0, down);
    r.sums[column.offset + task.row_group * column.group_stride + task.column_start + (u64)(unit * TILE + x)] += sum;
}

// To bf16, to the nearest, ties to even.
DEVICE u32 to_bf16(float x) {
    u32 bits = bits_of(x);
    return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

// Where value k of bf16 of a row lies in its plane: one row after the other; or, as wgmma reads them, 128 rows x 64 values
// after the other, in 128 bytes each whose 16-byte pieces are exchanged by the row's lowest three bits.
DEVICE u64 place_of(const Split& job, u64 row, u32 k) {
    if (job.tiled == 0) return row * job.pitch + k * 2;
    u64 chunk = row / TILE * (job.pitch / 128) + k / 64;
    return (chunk * TILE + row % TILE) * 128 + ((k / 8 ^ (u32)row) & 7) * 16 + k % 8 * 2;
}

// Rounds rows for the tensor cores: one row for each block. Beyond the last column planes hold zeros.
KERNEL(THREADS, 1) split(const Split job) {
    u64 row = blockIdx.x;
    const float* from = (const float*)(job.exact + row * job.exact_pitch);
    u32 width = (u32)(job.pitch / (job.mode == TF32 ? 4 : 2));
    for (u32 k = threadIdx.x; k < width; k += THREADS) {
        float x = k < job.dim && row < job.rows ? from[k] : 0.0f;
        if (job.mode == TF32) {
            ((u32*)(job.planes + row * job.pitch))[k] = (bits_of(x) + 0x1000) & 0xffffe000;
        } else {
            u32 high = to_bf16(x);
            u8* to = job.planes + place_of(job, row, k);
            *(unsigned short*)to = (unsigned short)high;
            if (job.mode == BF16X3) {
                u32 low = to_bf16(x - float_of(high << 16));
                *(unsigned short*)(to + job.plane_bytes) = (unsigned short)low;
            }
        }
    }
}

enum {
    STRETCH = 96, // columns whose products are summed in one register, at most: as src/kernel/products.rs has it
    DEEP = 8,     // columns that lie in shared memory at a time
    LINE = TILE + 4, // values of a column there: rows that a warp writes never meet in a bank
    MINE = 8      // rows of a tile that a thread has, and columns
};

struct alignas(16) Four {
    float v[4];
};

// What a thread copies of each DEEP columns: four values of one row, and of one column.
struct Ahead {
    Four row, column;
};

// Four values of a row of f32 from column k on; zeros beyond `to` and, without the row, everywhere.
DEVICE Four four_of(const float* row, bool there, u64 k, u64 to) {
    Four four;
#pragma unroll
    for (int x = 0; x < 4; ++x) four.v[x] = there && k + x < to ? row[k + x] : 0.0f;
    return four;
}

// The cosines themselves, for those who count more of them than sums: in f32, each added up in the order in which the
// processor's kernels add it, so that it has their bits. blockIdx: tile of the task, task. A thread has rows 4 (x / 16) and on
// and those 64 below, and columns 4 (x % 16) and on and those 64 to the right.
KERNEL(THREADS, 1) cosines(const Cosines job) {
    SHARED(raw);
    const Task task = job.tasks[job.first_task + blockIdx.y];
    int across = (int)(task.columns + TILE - 1) / TILE;
    int row_tile = (int)blockIdx.x / across, column_tile = (int)blockIdx.x % across;
    if (row_tile * TILE >= (int)task.rows || (task.diagonal != 0 && column_tile < row_tile)) return;
    int x = (int)threadIdx.x, line = x / 2, half = x % 2 * 4, down = x / 16 * 4, right = x % 16 * 4;
    int row = row_tile * TILE + line, column = column_tile * TILE + line;
    bool has_row = row < (int)task.rows, has_column = column < (int)task.columns;
    const float* from = (const float*)(job.exact + task.row_slot * job.exact_slot_bytes + (u64)(has_row ? row : 0) * job.exact_pitch);
    const float* against =
        (const float*)(job.exact + task.column_slot * job.exact_slot_bytes + (u64)(has_column ? column : 0) * job.exact_pitch);
    float s[MINE][MINE], part[MINE][MINE];
    u64 dim = job.dim, stretches = (dim + STRETCH - 1) / STRETCH, end = dim / stretches;
    Ahead ahead = {four_of(from, has_row, (u64)half, end), four_of(against, has_column, (u64)half, end)};
    int here = 0; // which of two places in shared memory is filled
    u64 k = 0;
    for (u64 stretch = 0; stretch < stretches; ++stretch) {
#pragma unroll
        for (int r = 0; r < MINE; ++r) {
#pragma unroll
            for (int c = 0; c < MINE; ++c) part[r][c] = 0.0f;
        }
        end = (stretch + 1) * dim / stretches;
        while (k < end) {
            float *rows = (float*)raw + here * (2 * DEEP * LINE), *columns = rows + DEEP * LINE;
#pragma unroll
            for (int v = 0; v < 4; ++v) {
                rows[(half + v) * LINE + line] = ahead.row.v[v];
                columns[(half + v) * LINE + line] = ahead.column.v[v];
            }
            // All have written this place, and so all have left the other one.
            __syncthreads();
            here ^= 1;
            k = k + DEEP < end ? k + DEEP : end;
            u64 to = k < end ? end : (stretch + 2) * dim / stretches;
            ahead.row = four_of(from, has_row && k < dim, k + (u64)half, to);
            ahead.column = four_of(against, has_column && k < dim, k + (u64)half, to);
#pragma unroll
            for (int step = 0; step < DEEP; ++step) {
                const float *a = rows + step * LINE + down, *b = columns + step * LINE + right;
                const Four a_of[2] = {*(const Four*)a, *(const Four*)(a + TILE / 2)};
                const Four b_of[2] = {*(const Four*)b, *(const Four*)(b + TILE / 2)};
#pragma unroll
                for (int r = 0; r < MINE; ++r) {
#pragma unroll
                    for (int c = 0; c < MINE; ++c) part[r][c] = fmaf(a_of[r / 4].v[r % 4], b_of[c / 4].v[c % 4], part[r][c]);
                }
            }
        }
#pragma unroll
        for (int r = 0; r < MINE; ++r) {
#pragma unroll
            for (int c = 0; c < MINE; ++c) s[r][c] = stretch == 0 ? part[r][c] : s[r][c] + part[r][c];
        }
    }
    float* out = job.out + blockIdx.y * job.task_values;
#pragma unroll
    for (int r = 0; r < MINE; ++r) {
        u64 to = (u64)(row_tile * TILE + r / 4 * (TILE / 2) + down + r % 4) * job.pitch + (u64)(column_tile * TILE + right);
#pragma unroll
        for (int c = 0; c < MINE; c += 4) {
            const Four four = {{s[r][c], s[r][c + 1], s[r][c + 2], s[r][c + 3]}};
            *(Four*)(out + to + c * (TILE / 8)) = four;
        }
    }
}

// Matrix products that never leave registers: what the tensor cores give at most through these instructions.
// Each warp does rounds * 16 * 2 * 16 * 8 * 16 operations.
KERNEL(THREADS, 2) peak(const Peak job) {
    float c[16][4];
    u32 a[4] = {0x3f803f80u, 0x3f803f80u, 0x3f803f80u, 0x3f803f80u + threadIdx.x};
#pragma unroll
    for (int k = 0; k < 16; ++k) c[k][0] = c[k][1] = c[k][2] = c[k][3] = (float)k;
    for (u32 round = 0; round < job.rounds; ++round) {
#pragma unroll
        for (int k = 0; k < 16; ++k) mma_bf16(c[k], a, a[0], a[1]);
    }
    float sum = 0;
#pragma unroll
    for (int k = 0; k < 16; ++k) sum += c[k][0] + c[k][1] + c[k][2] + c[k][3];
    job.out[(u64)blockIdx.x * THREADS + threadIdx.x] = sum;
}
