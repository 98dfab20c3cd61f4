// What gram.cu needs of a GPU, on the host: threads of a block as fibers, barriers, warp collectives, and the matrix
// instructions with the layouts of their fragments as the PTX manual gives them; emulate90.h adds what wgmma.cu needs. Slow
// and plain: this is an oracle of the kernels' logic (indices, swizzles, pipelines, masks, reductions), not of a card's speed.

#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#define KERNEL(threads, blocks) extern "C" void
#define DEVICE inline
#define DEVICE_CALL inline
#define SHARED(name) u8* name = emulated::shared()
#define __grid_constant__

namespace emulated {

struct Index {
    u32 x, y, z;
};

const int WARP = 32;

u8* shared();
const Index& thread();
const Index& block();
const Index& grid();
// Waits for all threads of the block.
void barrier();
// Waits for all lanes of the warp; the last one runs `all` on what each lane brought.
void collective(void* mine, void (*all)(void* const* lanes));
// Remembers a copy; it is made when its group is waited for, and not a moment sooner.
void copy_later(void* to, const void* from);
void commit_copies();
void wait_for_copies(int pending);
// Says what went wrong, and ends the process.
void require(bool good, const char* what);

} // namespace emulated

#define threadIdx (emulated::thread())
#define blockIdx (emulated::block())
#define gridDim (emulated::grid())

inline void __syncthreads() { emulated::barrier(); }
int __syncthreads_or(int predicate);

template <typename T>
struct Shuffled {
    T value, out;
    int from;
};

template <typename T>
T shuffle(T value, int from) {
    Shuffled<T> mine = {value, value, from};
    emulated::collective(&mine, [](void* const* lanes) {
        for (int lane = 0; lane < emulated::WARP; ++lane) {
            Shuffled<T>* to = (Shuffled<T>*)lanes[lane];
            to->out = ((Shuffled<T>*)lanes[to->from])->value;
        }
    });
    return mine.out;
}

inline int lane_of_thread() { return (int)(threadIdx.x % emulated::WARP); }
template <typename T>
T __shfl_xor_sync(u32, T value, int other) {
    return shuffle(value, lane_of_thread() ^ other);
}
template <typename T>
T __shfl_sync(u32, T value, int from) {
    return shuffle(value, from);
}

struct Ballot {
    bool predicate;
    u32 out;
};
inline u32 __ballot_sync(u32, bool predicate) {
    Ballot mine = {predicate, 0};
    emulated::collective(&mine, [](void* const* lanes) {
        u32 all = 0;
        for (int lane = 0; lane < emulated::WARP; ++lane) all |= (u32)((Ballot*)lanes[lane])->predicate << lane;
        for (int lane = 0; lane < emulated::WARP; ++lane) ((Ballot*)lanes[lane])->out = all;
    });
    return mine.out;
}

inline u32 atomicAdd(u32* at, u32 value) { return (*at += value) - value; }
inline u64 atomicAdd(u64* at, u64 value) { return (*at += value) - value; }
inline u32 atomicAnd(u32* at, u32 value) {
    u32 before = *at;
    *at &= value;
    return before;
}
template <typename T>
T min(T a, T b) {
    return a < b ? a : b;
}
template <typename T>
T max(T a, T b) {
    return a > b ? a : b;
}
using std::exp;

inline u32 bits_of(float x) {
    u32 bits;
    memcpy(&bits, &x, 4);
    return bits;
}
inline float float_of(u32 bits) {
    float x;
    memcpy(&x, &bits, 4);
    return x;
}
inline u32 lowest(u32 mask) { return (u32)__builtin_ctz(mask); }
// Too small for a normal number is zero on a card.
inline float exp2_unit(float x) { return x < -126 ? 0 : exp2f(x); }

inline void copy16(void* to, const void* from) { emulated::copy_later(to, from); }
inline void copy_commit() { emulated::commit_copies(); }
template <int PENDING>
void copy_wait() {
    emulated::wait_for_copies(PENDING);
}

struct Matrices {
    const u8* row;
    u32 out[4];
};
// Lane l of ldmatrix names row l % 8 of matrix l / 8, and gets of each matrix the values 2 (l % 4) and the next of
// row l / 4.
inline void load_matrices(u32 (&out)[4], const void* row) {
    Matrices mine = {(const u8*)row, {0, 0, 0, 0}};
    emulated::collective(&mine, [](void* const* lanes) {
        for (int lane = 0; lane < emulated::WARP; ++lane) {
            for (int matrix = 0; matrix < 4; ++matrix) {
                const u8* row = ((Matrices*)lanes[matrix * 8 + lane / 4])->row;
                memcpy(&((Matrices*)lanes[lane])->out[matrix], row + lane % 4 * 4, 4);
            }
        }
    });
    memcpy(out, mine.out, sizeof out);
}

struct Product {
    float* c;
    u32 a[4], b[2];
};

// The 16 x 8 accumulators: register r of lane l holds row l / 4 + 8 (r / 2), column 2 (l % 4) + r % 2.
template <int K>
void multiply_add(void* const* lanes, const float (&a)[16][K], const float (&b)[K][8]) {
    float sums[16][8] = {};
    for (int row = 0; row < 16; ++row) {
        for (int k = 0; k < K; ++k) {
            for (int column = 0; column < 8; ++column) sums[row][column] += a[row][k] * b[k][column];
        }
    }
    for (int lane = 0; lane < emulated::WARP; ++lane) {
        float* c = ((Product*)lanes[lane])->c;
        for (int r = 0; r < 4; ++r) c[r] += sums[lane / 4 + 8 * (r / 2)][2 * (lane % 4) + r % 2];
    }
}

// m16n8k16, bf16: register r of A holds row l / 4 + 8 (r % 2), values k = 2 (l % 4) + 8 (r / 2) and the next; register r
// of B holds column l / 4, values k = 2 (l % 4) + 8 r and the next. The lower half of a register is the first value.
inline void mma_bf16(float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) {
    Product mine = {c, {a[0], a[1], a[2], a[3]}, {b0, b1}};
    emulated::collective(&mine, [](void* const* lanes) {
        float a[16][16], b[16][8];
        for (int lane = 0; lane < emulated::WARP; ++lane) {
            const Product* of = (const Product*)lanes[lane];
            for (int r = 0; r < 4; ++r) {
                for (int half = 0; half < 2; ++half)
                    a[lane / 4 + 8 * (r % 2)][2 * (lane % 4) + 8 * (r / 2) + half] = float_of(of->a[r] >> 16 * half << 16);
            }
            for (int r = 0; r < 2; ++r) {
                for (int half = 0; half < 2; ++half)
                    b[2 * (lane % 4) + 8 * r + half][lane / 4] = float_of(of->b[r] >> 16 * half << 16);
            }
        }
        multiply_add<16>(lanes, a, b);
    });
}

// m16n8k8, tf32: register r of A holds row l / 4 + 8 (r % 2), k = l % 4 + 4 (r / 2); register r of B column l / 4,
// k = l % 4 + 4 r. The card drops the low 13 bits.
inline void mma_tf32(float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) {
    Product mine = {c, {a[0], a[1], a[2], a[3]}, {b0, b1}};
    emulated::collective(&mine, [](void* const* lanes) {
        float a[16][8], b[8][8];
        for (int lane = 0; lane < emulated::WARP; ++lane) {
            const Product* of = (const Product*)lanes[lane];
            for (int r = 0; r < 4; ++r)
                a[lane / 4 + 8 * (r % 2)][lane % 4 + 4 * (r / 2)] = float_of(of->a[r] & 0xffffe000);
            for (int r = 0; r < 2; ++r) b[lane % 4 + 4 * r][lane / 4] = float_of(of->b[r] & 0xffffe000);
        }
        multiply_add<8>(lanes, a, b);
    });
}
