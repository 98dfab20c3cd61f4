// What all kernels share: the structures that cross from the host, sums within a warp, pairs that do not count, duplicates, bins.
//
// Written once for the device and for a host emulation (tests/cuda/emulate.h supplies the primitives), without any
// header, so that NVRTC compiles it as it stands: before gram.cu for all cards, before wgmma.cu for Hopper.

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

DEVICE float exp2_unit(float x) {
    float e;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(e) : "f"(x));
    return e;
}
DEVICE u32 bits_of(float x) { return __float_as_uint(x); }
DEVICE float float_of(u32 bits) { return __uint_as_float(bits); }
DEVICE u32 lowest(u32 mask) { return (u32)__ffs((int)mask) - 1; }
#endif

// What crosses from the host, field by field as in src/backend/device/arguments.rs.

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
    const Task* tasks;  // of the steps under way
    const u32* excluded; // row << 16 | column within the blocks
    const Run* runs;
    const double* steep; // coefficients
    float* gentle_partials; // [task][tile][coefficient][128 rows, 128 columns for each half of the rows that is summed apart]
    double* steep_partials;
    u64* histogram;
    u64* duplicates; // a count
    u32* repeats;    // for each row of the data, whether it repeats an earlier one
    const u32* order; // row of the data at each padded position
    u64 slot_bytes, plane_bytes, pitch;
    u64 exact_slot_bytes, exact_pitch;
    u32 first_task, stages, dim, bins;
    u32 run_count, gentle, steep_count, task_count;
    float candidate, limit; // cosines above the first are recomputed; less than the second below 1 they are duplicates
};

struct Reduce {
    const Task* tasks;
    const float* gentle_partials;
    const double* steep_partials;
    const Column* columns; // of the side that is reduced
    double* sums;
    u32 first_task, task_count, gentle, steep_count;
    u32 halves, unused; // column sums of a tile: of all its rows (1), or of the upper and the lower 64 (2)
};

struct Cosines {
    const u8* exact;
    const Task* tasks;
    float* out; // task after task, row after row
    u64 exact_slot_bytes, exact_pitch;
    u64 task_values, pitch; // from one task to the next, and from one row to the next
    u32 first_task, dim;
};

struct Split {
    const u8* exact;
    u8* planes;
    u64 plane_bytes, pitch, exact_pitch;
    u32 rows, dim, mode, tiled; // whether planes are laid out for wgmma.cu
};

struct Peak {
    float* out;
    u32 rounds, unused;
};

enum { BF16 = 0, BF16X3 = 1, TF32 = 2 };


// What does not count is masked by a number below this.
#define NO_COSINE (-1.5f)

enum {
    TILE = 128, // rows and columns of a tile
    UNITS = 12  // tiles along a block
};

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

// Not inlined: 64 copies of the exponential of f64 would be most of the program.
DEVICE_CALL double steep_power(double c, float s) { return s < NO_COSINE ? 0.0 : exp(c * (double)s); }

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


// Which columns of a tile its rows meet, as bits: 4 words for each of `rows` rows. `row` and `column` begin it in its blocks.
struct Live {
    u32* words;
    int row, column, rows;
};

// Without those beyond the last row or column, and on a diagonal those on or below it. Step 1, by all `threads` threads.
DEVICE void mark_live(const Task& task, const Live& live, int thread, int threads) {
    for (int k = thread; k < live.rows * 4; k += threads) {
        int row = live.row + k / 4, first = live.column + k % 4 * 32;
        int last = min((int)task.columns - first, 32);
        if (row >= (int)task.rows || last < 0) last = 0;
        int from = task.diagonal != 0 ? max(row + 1 - first, 0) : 0;
        u32 below = last == 32 ? 0xffffffffu : (1u << last) - 1;
        u32 above = from >= 32 ? 0 : 0xffffffffu << from;
        live.words[k] = below & above;
    }
}

// Without excluded pairs. Step 2, once all have done step 1.
DEVICE void mark_excluded(const Walk& walk, const Task& task, const Live& live, int thread, int threads) {
    for (u32 k = (u32)thread; k < task.excluded_count; k += (u32)threads) {
        u32 pair = walk.excluded[task.excluded + k];
        int row = (int)(pair >> 16) - live.row, column = (int)(pair & 0xffff) - live.column;
        if (row >= 0 && row < live.rows && column >= 0 && column < TILE)
            atomicAnd(&live.words[row * 4 + column / 32], ~(1u << column % 32));
    }
}

// Recomputes what might be a duplicate among a warp's cosines, counts those that are, and puts the better cosines in
// place. `Held` says which 64 of them a lane holds, and where lane 0's stand; `row` and `column` are the warp's first.
template <typename Held>
DEVICE void near_duplicates(const Walk& walk, const Task& task, int first_row, int first_column, typename Held::Cosines& s) {
    int lane = (int)threadIdx.x % 32;
    u64 left = 0;
#pragma unroll
    for (int k = 0; k < 64; ++k) left |= Held::at(s, k) > walk.candidate ? 1ull << k : 0;
    u32 found = 0;
    for (;;) {
        u32 who = __ballot_sync(0xffffffffu, left != 0);
        if (who == 0) break;
        int owner = (int)lowest(who);
        u32 low = __shfl_sync(0xffffffffu, (u32)left, owner), high = __shfl_sync(0xffffffffu, (u32)(left >> 32), owner);
        int k = low != 0 ? (int)lowest(low) : 32 + (int)lowest(high);
        int row = first_row + Held::row(k) + owner / 4, column = first_column + Held::column(k) + owner % 4 * 2;
        const u8* x = walk.exact + task.row_slot * walk.exact_slot_bytes + (u64)row * walk.exact_pitch;
        const u8* y = walk.exact + task.column_slot * walk.exact_slot_bytes + (u64)column * walk.exact_pitch;
        float half = exact_half((const float*)x, (const float*)y, walk.dim);
        if (lane != owner) continue;
        left &= left - 1;
#pragma unroll
        for (int at = 0; at < 64; ++at) {
            if (at == k) Held::at(s, at) = 1.0f - half;
        }
        if (half < walk.limit) {
            ++found;
            u32 a = walk.order[task.row_start + row], b = walk.order[task.column_start + column];
            walk.repeats[a > b ? a : b] = 1;
        }
    }
    if (found != 0) atomicAdd(walk.duplicates, (u64)found);
}

// Equal bins over [-1, 1], what rounding put outside in the outermost. `half` of their number, and the last one's.
DEVICE int bin_of(float cosine, float half, int last) { return min(max((int)floorf(fmaf(cosine, half, half)), 0), last); }

// Adds a block's counts to those of the walk.
DEVICE void add_bins(const Walk& walk, const u32* counts, int thread, int threads) {
    for (u32 k = (u32)thread; k < walk.bins; k += (u32)threads) {
        if (counts[k] != 0) atomicAdd(&walk.histogram[k], (u64)counts[k]);
    }
}
