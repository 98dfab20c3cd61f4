// All pairs of unit rows on tensor cores: each tile of 128 x 128 cosines is made in registers, turned into sums of
// exponentials there, and forgotten. Nothing N x N is ever written.
//
// Written once for the device and for a host emulation (tests/cuda/emulate.h supplies the primitives), without any
// header, so that NVRTC compiles it as it stands. Needs compute capability 8.0: cp.async, ldmatrix, bf16 and tf32 mma.
//
// LOOP 1  blockIdx.y  tasks: a block of rows against a block of columns, at most 12 x 12 tiles
// LOOP 2  blockIdx.x  tiles of a task
// LOOP 3              stages of 64 bytes of every row, copied ahead into shared memory
// LOOP 4              k-steps of 32 bytes: 16 bf16 or 8 tf32; a warp owns 64 x 32 cosines
//
// Sums are reduced in a fixed order (lanes, warps, tiles, tasks), never by floating-point atomics: the same bits on
// every run. Counters are integers, whose order does not matter.

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

#ifdef SPHERECHECK_EMULATED
#include "emulate.h"
#else
#define KERNEL(threads, blocks) extern "C" __global__ void __launch_bounds__(threads, blocks)
#define DEVICE __device__ __forceinline__
#define DEVICE_CALL __device__ __noinline__
#define SHARED(name) extern __shared__ __align__(128) u8 name[]

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
DEVICE float exp2_unit(float x) {
    float e;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(e) : "f"(x));
    return e;
}
DEVICE u32 bits_of(float x) { return __float_as_uint(x); }
DEVICE float float_of(u32 bits) { return __uint_as_float(bits); }
DEVICE u32 lowest(u32 mask) { return (u32)__ffs((int)mask) - 1; }
#endif

// What crosses from the host, field by field as in src/backend/device/abi.rs.

// A block of rows against a block of columns.
struct Task {
    u32 row_slot, column_slot;    // where their panels lie
    u32 rows, columns;            // live ones
    u32 row_start, column_start;  // first padded position of each block
    u32 row_group, column_group;  // jackknife group of each block
    u64 excluded;                 // the first of its excluded pairs
    u32 excluded_count;
    u32 diagonal;                 // only pairs i < j count
};

// e^(c s), its square and the square of that: where each of `length` sums (1 to 3) stands among the gentle ones.
struct Run {
    float high, low; // c log2(e) in two parts
    u32 length;
    u32 outputs[3];
};

// Where the sums of one coefficient lie for one side.
struct Column {
    u64 offset, group_stride;
};

struct Walk {
    const u8* planes;   // panels of rounded rows: slot after slot, plane after plane, row after row
    const u8* exact;    // the same rows in f32
    const Task* tasks;  // of the whole walk
    const u32* excluded; // row << 16 | column within the blocks
    const Run* runs;
    const double* steep; // coefficients
    float* gentle_partials; // [task][tile][coefficient][128 rows, 128 columns]
    double* steep_partials;
    u64* histogram;
    u64* duplicates; // a count
    u32* repeats;    // for each row of the data, whether it repeats an earlier one
    const u32* order; // row of the data at each padded position
    u64 slot_bytes, plane_bytes, pitch;
    u64 exact_slot_bytes, exact_pitch;
    u32 first_task, stages, dim, bins;
    u32 run_count, gentle, steep_count, unused;
    float candidate, limit; // cosines above the first are recomputed; less than the second below 1 they are duplicates
};

struct Reduce {
    const Task* tasks;
    const float* gentle_partials;
    const double* steep_partials;
    const Column* columns; // of the side that is reduced
    double* sums;
    u32 first_task, task_count, gentle, steep_count;
};

struct Split {
    const u8* exact;
    u8* planes;
    u64 plane_bytes, pitch, exact_pitch;
    u32 rows, dim, mode, unused;
};

struct Peak {
    float* out;
    u32 rounds, unused;
};

enum { BF16 = 0, BF16X3 = 1, TF32 = 2 };

enum {
    TILE = 128,    // rows and columns of a tile
    UNITS = 12,    // tiles along a block
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

// One value of each lane group of 4 (a row), or of each lane of one residue of 4 (a column), in a fixed order.
template <typename T>
DEVICE T sum_of_row(T x) {
    x += __shfl_xor_sync(0xffffffffu, x, 1);
    return x + __shfl_xor_sync(0xffffffffu, x, 2);
}
template <typename T>
DEVICE T sum_of_column(T x) {
    x += __shfl_xor_sync(0xffffffffu, x, 4);
    x += __shfl_xor_sync(0xffffffffu, x, 8);
    return x + __shfl_xor_sync(0xffffffffu, x, 16);
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

// Not inlined: 64 copies of the exponential of f64 would be most of the program.
DEVICE_CALL double steep_power(double c, float s) { return s == MASKED ? 0.0 : exp(c * (double)s); }

struct Steep {
    double c;
    DEVICE double operator()(float s) const { return steep_power(c, s); }
};

// 1 less the cosine of two rows of f32, by a whole warp: half their squared distance, which keeps its digits near 0.
DEVICE_CALL float exact_half(const float* x, const float* y, u32 dim) {
    float sum = 0;
    for (u32 k = threadIdx.x % 32; k < dim; k += 32) {
        float apart = x[k] - y[k];
        sum = fmaf(apart, apart, sum);
    }
    return 0.5f * sum_of_column(sum_of_row(sum));
}

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

// Recomputes what might be a duplicate, counts those that are, and puts the better cosines in place.
DEVICE void near_duplicates(const Walk& walk, float (&s)[4][4][4]) {
    const Tile tile = tile_of_block(walk);
    const Task& task = tile.task;
    int row_tile = tile.row, column_tile = tile.column;
    int lane = (int)threadIdx.x % 32, warp = (int)threadIdx.x / 32;
    int first_row = row_tile * TILE + warp / 4 * 64, first_column = column_tile * TILE + warp % 4 * 32;
    u64 left = 0;
#pragma unroll
    for (int k = 0; k < 64; ++k) left |= s[k / 16][k / 4 % 4][k % 4] > walk.candidate ? 1ull << k : 0;
    u32 found = 0;
    for (;;) {
        u32 who = __ballot_sync(0xffffffffu, left != 0);
        if (who == 0) break;
        int owner = (int)lowest(who);
        u32 low = __shfl_sync(0xffffffffu, (u32)left, owner), high = __shfl_sync(0xffffffffu, (u32)(left >> 32), owner);
        int k = low != 0 ? (int)lowest(low) : 32 + (int)lowest(high);
        int row = first_row + k / 16 * 16 + k / 2 % 2 * 8 + owner / 4;
        int column = first_column + k / 4 % 4 * 8 + owner % 4 * 2 + k % 2;
        const u8* x = walk.exact + task.row_slot * walk.exact_slot_bytes + (u64)row * walk.exact_pitch;
        const u8* y = walk.exact + task.column_slot * walk.exact_slot_bytes + (u64)column * walk.exact_pitch;
        float half = exact_half((const float*)x, (const float*)y, walk.dim);
        if (lane != owner) continue;
        left &= left - 1;
#pragma unroll
        for (int at = 0; at < 64; ++at) {
            if (at == k) s[at / 16][at / 4 % 4][at % 4] = 1.0f - half;
        }
        if (half < walk.limit) {
            ++found;
            u32 a = walk.order[task.row_start + row], b = walk.order[task.column_start + column];
            walk.repeats[a > b ? a : b] = 1;
        }
    }
    if (found != 0) atomicAdd(walk.duplicates, (u64)found);
}

// Masks the pairs that do not count: beyond the last row or column, on or below the diagonal, or excluded.
DEVICE void mask(const Walk& walk, const Task& task, int row_tile, int column_tile, float (&s)[4][4][4], u8* shared) {
    u32* live = (u32*)shared; // [128 rows][4 words of 32 columns]
    bool diagonal = task.diagonal != 0 && row_tile == column_tile;
    for (int k = (int)threadIdx.x; k < TILE * 4; k += THREADS) {
        int row = k / 4, first = k % 4 * 32;
        int last = min((int)task.columns - column_tile * TILE - first, 32);
        if (row_tile * TILE + row >= (int)task.rows || last < 0) last = 0;
        int from = diagonal ? max(row + 1 - first, 0) : 0;
        u32 below = last == 32 ? 0xffffffffu : (1u << last) - 1;
        u32 above = from >= 32 ? 0 : 0xffffffffu << from;
        live[k] = below & above;
    }
    __syncthreads();
    for (u32 k = threadIdx.x; k < task.excluded_count; k += THREADS) {
        u32 pair = walk.excluded[task.excluded + k];
        int row = (int)(pair >> 16) - row_tile * TILE, column = (int)(pair & 0xffff) - column_tile * TILE;
        if (row >= 0 && row < TILE && column >= 0 && column < TILE)
            atomicAnd(&live[row * 4 + column / 32], ~(1u << column % 32));
    }
    __syncthreads();
    int lane = (int)threadIdx.x % 32, warp = (int)threadIdx.x / 32;
#pragma unroll
    for (int m = 0; m < 4; ++m) {
#pragma unroll
        for (int half = 0; half < 2; ++half) {
            u32 word = live[(warp / 4 * 64 + m * 16 + half * 8 + lane / 4) * 4 + warp % 4];
#pragma unroll
            for (int j = 0; j < 8; ++j) {
                if ((word >> (j / 2 * 8 + lane % 4 * 2 + j % 2) & 1) == 0) s[m][j / 2][half * 2 + j % 2] = MASKED;
            }
        }
    }
    __syncthreads();
}

// Bins the cosines: equal bins over [-1, 1], what rounding put outside into the outermost.
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
            int bin = min(max((int)floorf(fmaf(cosine, half, half)), 0), last);
            if (cosine != MASKED) atomicAdd(&counts[bin], 1u);
        }
    }
    __syncthreads();
    for (u32 k = threadIdx.x; k < walk.bins; k += THREADS) {
        if (counts[k] != 0) atomicAdd(&walk.histogram[k], (u64)counts[k]);
    }
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
        if (__syncthreads_or(any)) near_duplicates(walk, s);
    }
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
    if (walk.bins != 0) count_bins(walk, s, shared);
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

// Where the partial sums of coefficient c of a tile begin.
DEVICE double reduced(const Reduce& r, u64 local, u64 tile, u64 step, u32 c, int x, int from, int to) {
    u64 at = local * (UNITS * UNITS) + tile;
    if (c < r.gentle)
        return sum_of_tiles(r.gentle_partials + (at * r.gentle + c) * (2 * TILE) + x, step * r.gentle * (2 * TILE), from, to);
    u32 k = c - r.gentle, count = r.steep_count;
    return sum_of_tiles(r.steep_partials + (at * count + k) * (2 * TILE) + x, step * count * (2 * TILE), from, to);
}

// All tasks of a step share their rows: one thread adds up one position, task after task.
// blockIdx: unit of the block, coefficient.
KERNEL(TILE, 1) reduce_rows(const Reduce r) {
    int unit = (int)blockIdx.x, x = (int)threadIdx.x;
    u32 c = blockIdx.y;
    Column column = r.columns[c];
    for (u32 local = 0; local < r.task_count; ++local) {
        const Task task = r.tasks[r.first_task + local];
        if (unit * TILE + x >= (int)task.rows) return;
        int across = (int)(task.columns + TILE - 1) / TILE;
        int from = task.diagonal != 0 ? unit : 0;
        double sum = reduced(r, local, (u64)unit * UNITS, 1, c, x, from, across);
        r.sums[column.offset + task.column_group * column.group_stride + task.row_start + (u64)(unit * TILE + x)] += sum;
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
    r.sums[column.offset + task.row_group * column.group_stride + task.column_start + (u64)(unit * TILE + x)] += sum;
}

// To bf16, to the nearest, ties to even.
DEVICE u32 to_bf16(float x) {
    u32 bits = bits_of(x);
    return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

// Rounds rows for the tensor cores: one row for each block. Beyond the last column planes hold zeros.
KERNEL(THREADS, 1) split(const Split job) {
    u64 row = blockIdx.x;
    const float* from = (const float*)(job.exact + row * job.exact_pitch);
    u8* to = job.planes + row * job.pitch;
    u32 width = (u32)(job.pitch / (job.mode == TF32 ? 4 : 2));
    for (u32 k = threadIdx.x; k < width; k += THREADS) {
        float x = k < job.dim && row < job.rows ? from[k] : 0.0f;
        if (job.mode == TF32) {
            ((u32*)to)[k] = (bits_of(x) + 0x1000) & 0xffffe000;
        } else {
            u32 high = to_bf16(x);
            ((unsigned short*)to)[k] = (unsigned short)high;
            if (job.mode == BF16X3) {
                u32 low = to_bf16(x - float_of(high << 16));
                ((unsigned short*)(to + job.plane_bytes))[k] = (unsigned short)low;
            }
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
