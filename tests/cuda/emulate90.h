// What wgmma.cu needs of Hopper beside emulate.h, as late and as early as its barriers and waits allow: a bulk copy lands at
// once in one half of the blocks, in the other only when no thread can go on without it, the newest first; a matrix
// instruction reads shared memory and writes its sums when its group is waited for.
//
// Sums are cut off as tensor cores do: to 24 bits, towards zero, each time that 16 products are added.

#pragma once

namespace emulated {

// Of shared memory, which does not begin on a multiple of 1024.
u32 shared_at(const void* p);
const u8* at_shared(u32 at);

void bar_init(u64* bar, u32 count);
void bar_expect(u64* bar, u32 bytes);
void bar_arrive(u64* bar);
void bar_wait(u64* bar, u32 parity);
void bulk_copy(void* to, const void* from, u32 bytes, u64* bar);
// Waits for `count` threads that name the same barrier.
void meet(int barrier, u32 count);

// A matrix instruction of a warp: sums of each lane, descriptors.
struct Product {
    float* d[WARP];
    u64 a, b;
    bool add;
};
void product_later(const Product& product);
void commit_products();
void wait_for_products(int pending);

} // namespace emulated

inline u32 shared_at(const void* p) { return emulated::shared_at(p); }
inline void bar_init(u64* bar, u32 count) { emulated::bar_init(bar, count); }
inline void bar_init_done() {}
inline void bar_expect(u64* bar, u32 bytes) { emulated::bar_expect(bar, bytes); }
inline void bar_arrive(u64* bar) { emulated::bar_arrive(bar); }
inline void bar_wait(u64* bar, u32 parity) { emulated::bar_wait(bar, parity); }
inline void bulk_copy(void* to, const void* from, u32 bytes, u64* bar) { emulated::bulk_copy(to, from, bytes, bar); }
template <int COUNT>
void meet(int barrier) {
    emulated::meet(barrier, COUNT);
}
template <int COUNT>
void fewer_registers() {}
template <int COUNT>
void more_registers() {}

inline void wgmma_fence() {}
inline void wgmma_commit() {
    int nothing = 0;
    emulated::collective(&nothing, [](void* const*) { emulated::commit_products(); });
}
template <int PENDING>
void wgmma_wait(float (&)[64]) {
    int nothing = 0;
    emulated::collective(&nothing, [](void* const*) { emulated::wait_for_products(PENDING); });
}

struct Multiplied {
    float* d;
    u64 a, b;
};
template <int ADD>
void wgmma_bf16(float (&d)[64], u64 a, u64 b) {
    Multiplied mine = {d, a, b};
    emulated::collective(&mine, [](void* const* lanes) {
        const Multiplied* first = (const Multiplied*)lanes[0];
        emulated::Product all = {{}, first->a, first->b, ADD != 0};
        for (int lane = 0; lane < emulated::WARP; ++lane) {
            const Multiplied* of = (const Multiplied*)lanes[lane];
            emulated::require(of->a == first->a && of->b == first->b, "lanes multiply different slots");
            all.d[lane] = of->d;
        }
        emulated::product_later(all);
    });
}
