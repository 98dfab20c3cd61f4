// Runs the kernels of gram.cu and wgmma.cu on the host: `emulate` is what a launch is on a card.

#define SPHERECHECK_EMULATED
#include "common.cu"
#include "gram.cu"
#include "emulate90.h"
#include "wgmma.cu"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <vector>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace emulated {

// No power of two: the tops of 256 stacks must not share a few sets of the cache.
const size_t STACK = (128 << 10) + 18 * 64;
const size_t SHARED_BYTES = 232448;

#if defined(__x86_64__)
// Saves what a call must preserve, changes stacks, and restores.
extern "C" void emulated_switch(void** save, void* load);
asm(R"(
.text
.globl emulated_switch
emulated_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
)");
#endif

struct Copy {
    void* to;
    const void* from;
};

struct Fiber {
    const u64* waits_for; // a count of generations, and the one that must have passed
    u64 seen;
    bool done;
    Index index;
#if defined(__x86_64__)
    void* at;
#else
    ucontext_t context;
#endif
    u8* stack;
    std::vector<Copy> copies; // those under way, oldest first
    std::vector<size_t> groups; // how many of them each committed group has
    size_t open;
};

struct Warp {
    void* lanes[WARP];
    int arrived;
    u64 generation;
    std::vector<Product> products; // those under way, oldest first
    std::vector<size_t> groups;
    size_t open;
};

// In shared memory: what must still come before its phase ends.
struct Barrier {
    u32 count;
    long arrivals, bytes;
    u64 generation;
};

struct Meeting {
    u32 arrived;
    u64 generation;
};

struct Bulk {
    void* to;
    const void* from;
    u32 bytes;
    u64* bar;
};

struct Block {
    std::vector<Fiber> fibers;
    std::vector<Warp> warps;
    u32 threads; // of all fibers, those that this launch has
    u32 arrived;
    u64 generation;
    bool votes[2];
    std::map<u64*, Barrier> barriers;
    Meeting meetings[16];
    std::vector<Bulk> bulks; // those under way
    Fiber* current;
    // Whose turn it is in a warp: the next lane and the first that is not in it, in steps of one or of minus one.
    Fiber *next, *end;
    long step;
    Index index, grid;
    size_t shared;
    u8* memory;
    void (*body)(const void*);
    const void* arguments;
#if defined(__x86_64__)
    void* scheduler;
#else
    ucontext_t scheduler;
#endif
};

// Tests run on several threads, each with blocks of its own.
static thread_local Block* running;

// The next lane of this turn that waits for nothing; null where the turn is over.
static Fiber* next_of_turn() {
    Block* here = running;
    while (here->next != here->end) {
        Fiber* fiber = here->next;
        here->next += here->step;
        if (fiber->done || (fiber->waits_for != nullptr && *fiber->waits_for == fiber->seen)) continue;
        fiber->waits_for = nullptr;
        return here->current = fiber;
    }
    return nullptr;
}

// Goes on with the next lane, or, at the end of a turn, where it began.
static void leave() {
    Fiber *me = running->current, *next = next_of_turn();
#if defined(__x86_64__)
    emulated_switch(&me->at, next != nullptr ? next->at : running->scheduler);
#else
    swapcontext(&me->context, next != nullptr ? &next->context : &running->scheduler);
#endif
}

static void begin(Fiber* fiber) {
#if defined(__x86_64__)
    emulated_switch(&running->scheduler, fiber->at);
#else
    swapcontext(&running->scheduler, &fiber->context);
#endif
}

static void start() {
    running->body(running->arguments);
    running->current->done = true;
    leave();
    abort(); // a finished fiber is never entered again
}

static void wait_until_passed(const u64* generation, u64 seen) {
    Fiber* me = running->current;
    me->waits_for = generation;
    me->seen = seen;
    leave();
}

u8* shared() { return running->memory; }
const Index& thread() { return running->current->index; }
const Index& block() { return running->index; }
const Index& grid() { return running->grid; }

void barrier() {
    Block* here = running;
    u64 seen = here->generation;
    if (++here->arrived == here->threads) {
        here->arrived = 0;
        ++here->generation;
    } else {
        wait_until_passed(&here->generation, seen);
    }
}

void collective(void* mine, void (*all)(void* const*)) {
    u32 x = running->current->index.x;
    Warp* warp = &running->warps[x / WARP];
    warp->lanes[x % WARP] = mine;
    u64 seen = warp->generation;
    if (++warp->arrived == WARP) {
        all(warp->lanes);
        warp->arrived = 0;
        ++warp->generation;
    } else {
        wait_until_passed(&warp->generation, seen);
    }
}

void copy_later(void* to, const void* from) {
    running->current->copies.push_back({to, from});
    ++running->current->open;
}

void commit_copies() {
    Fiber* me = running->current;
    me->groups.push_back(me->open);
    me->open = 0;
}

void wait_for_copies(int pending) {
    Fiber* me = running->current;
    size_t done = 0, count = 0;
    while ((int)(me->groups.size() - done) > pending) count += me->groups[done++];
    for (size_t k = 0; k < count; ++k) memcpy(me->copies[k].to, me->copies[k].from, 16);
    me->copies.erase(me->copies.begin(), me->copies.begin() + (long)count);
    me->groups.erase(me->groups.begin(), me->groups.begin() + (long)done);
}

void require(bool good, const char* what) {
    if (good) return;
    fprintf(stderr, "emulated card: %s\n", what);
    abort();
}

// Where shared memory begins.
const u32 BEGIN = 3 * 1024 + 16;

u32 shared_at(const void* p) { return (u32)((const u8*)p - running->memory) + BEGIN; }
const u8* at_shared(u32 at) {
    require(at >= BEGIN && at - BEGIN < running->shared, "a read beyond shared memory");
    return running->memory + (at - BEGIN);
}

static Barrier* barrier_at(u64* bar) {
    auto found = running->barriers.find(bar);
    require(found != running->barriers.end(), "no barrier was made there");
    return &found->second;
}

static void settle(Barrier* bar) {
    require(bar->arrivals >= 0, "more threads arrived at a barrier than it counts");
    if (bar->arrivals != 0 || bar->bytes != 0) return;
    bar->arrivals = bar->count;
    ++bar->generation;
}

void bar_init(u64* bar, u32 count) { running->barriers[bar] = {count, count, 0, 0}; }

void bar_expect(u64* bar, u32 bytes) {
    Barrier* at = barrier_at(bar);
    at->bytes += bytes;
    --at->arrivals;
    settle(at);
}

void bar_arrive(u64* bar) {
    Barrier* at = barrier_at(bar);
    --at->arrivals;
    settle(at);
}

void bar_wait(u64* bar, u32 parity) {
    Barrier* at = barrier_at(bar);
    while ((at->generation & 1) == parity) wait_until_passed(&at->generation, at->generation);
}

static void land(const Bulk& bulk) {
    memcpy(bulk.to, bulk.from, bulk.bytes);
    Barrier* bar = barrier_at(bulk.bar);
    bar->bytes -= bulk.bytes;
    settle(bar);
}

void bulk_copy(void* to, const void* from, u32 bytes, u64* bar) {
    require(shared_at(to) % 16 == 0 && (uintptr_t)from % 16 == 0 && bytes % 16 == 0, "a bulk copy that is not aligned");
    require((u8*)to >= running->memory && (u8*)to + bytes <= running->memory + running->shared, "a bulk copy beyond shared memory");
    Bulk bulk = {to, from, bytes, bar};
    if (running->index.x % 2 == 0) land(bulk);
    else running->bulks.push_back(bulk);
}

void meet(int barrier, u32 count) {
    Meeting* at = &running->meetings[barrier];
    u64 seen = at->generation;
    if (++at->arrived == count) {
        at->arrived = 0;
        ++at->generation;
    } else {
        wait_until_passed(&at->generation, seen);
    }
}

static Warp* warp_here() { return &running->warps[running->current->index.x / WARP]; }

void product_later(const Product& product) {
    warp_here()->products.push_back(product);
    ++warp_here()->open;
}

void commit_products() {
    Warp* warp = warp_here();
    warp->groups.push_back(warp->open);
    warp->open = 0;
}

// 16 values of bf16 of a row, through a descriptor of rows of 128 swizzled bytes.
static void values_of(u64 descriptor, u32 row, double (&out)[16]) {
    require(descriptor >> 62 == 1, "not swizzled by 128 bytes");
    u32 start = (u32)(descriptor & 0x3fff) << 4, eight = (u32)(descriptor >> 32 & 0x3fff) << 4;
    for (u32 piece = 0; piece < 2; ++piece) {
        u32 at = start + row / 8 * eight + row % 8 * 128 + piece * 16;
        unsigned short values[8];
        memcpy(values, at_shared(at ^ (at >> 7 & 7) << 4), 16);
        for (u32 k = 0; k < 8; ++k) out[piece * 8 + k] = float_of((u32)values[k] << 16);
    }
}

// Four sums of one lane: two of a row, and two of the row eight below it.
typedef float Floats __attribute__((vector_size(16)));
typedef double Doubles __attribute__((vector_size(32)));
typedef u64 Bits __attribute__((vector_size(32)));

// To 24 bits, towards zero.
static Floats cut(Doubles x) {
    Bits bits;
    memcpy(&bits, &x, sizeof x);
    bits &= ~0x1fffffffull;
    memcpy(&x, &bits, sizeof x);
    return __builtin_convertvector(x, Floats);
}

static void multiply(const Product& product, u32 warp) {
    double b[16][128], sums[16][128];
    for (u32 column = 0; column < 128; ++column) {
        double values[16];
        values_of(product.b, column, values);
        for (int k = 0; k < 16; ++k) b[k][column] = values[k];
    }
    for (u32 row = 0; row < 16; ++row) {
        double a[16];
        values_of(product.a, warp % 4 * 16 + row, a);
        const int some = 32; // that stay in registers
        for (int from = 0; from < 128; from += some) {
            double sum[some] = {};
            for (int k = 0; k < 16; ++k) {
                if (a[k] == 0) continue; // rows that only fill a tile up
                for (int column = 0; column < some; ++column) sum[column] += a[k] * b[k][from + column];
            }
            memcpy(&sums[row][from], sum, sizeof sum);
        }
    }
    for (int lane = 0; lane < WARP; ++lane) {
        const double *row = &sums[lane / 4][lane % 4 * 2], *below = &sums[lane / 4 + 8][lane % 4 * 2];
        float* d = product.d[lane];
        for (int k = 0; k < 64; k += 4, row += 8, below += 8) {
            Doubles sum = {row[0], row[1], below[0], below[1]};
            Floats before;
            memcpy(&before, d + k, sizeof before);
            if (product.add) sum = __builtin_convertvector(before, Doubles) + sum;
            before = cut(sum);
            memcpy(d + k, &before, sizeof before);
        }
    }
}

void wait_for_products(int pending) {
    Warp* warp = warp_here();
    size_t done = 0, count = 0;
    while ((int)(warp->groups.size() - done) > pending) count += warp->groups[done++];
    for (size_t k = 0; k < count; ++k) multiply(warp->products[k], running->current->index.x / WARP);
    warp->products.erase(warp->products.begin(), warp->products.begin() + (long)count);
    warp->groups.erase(warp->groups.begin(), warp->groups.begin() + (long)done);
}

static void prepare(Fiber* fiber, u32 x) {
    fiber->index = {x, 0, 0};
    fiber->waits_for = nullptr;
    fiber->done = false;
    fiber->copies.clear();
    fiber->groups.clear();
    fiber->open = 0;
#if defined(__x86_64__)
    // As if `start` had been called: the stack is 16-byte aligned before the return address.
    void** top = (void**)(((uintptr_t)fiber->stack + STACK) & ~(uintptr_t)15);
    *--top = nullptr;
    *--top = (void*)start;
    for (int saved = 0; saved < 6; ++saved) *--top = nullptr;
    fiber->at = top;
#else
    getcontext(&fiber->context);
    fiber->context.uc_stack.ss_sp = fiber->stack;
    fiber->context.uc_stack.ss_size = STACK;
    fiber->context.uc_link = nullptr;
    makecontext(&fiber->context, start, 0);
#endif
}

// Runs the lanes of a warp until each is done or waits for the block; whether any moved.
static bool run_warp(Block* block, u32 warp, bool* left) {
    Fiber* lanes = &block->fibers[warp * WARP];
    bool moved = false;
    for (u64 turn = 0;; ++turn) {
        // Lanes in turn forwards and backwards, as are warps: no order may matter.
        block->step = turn % 2 == 0 ? 1 : -1;
        block->next = turn % 2 == 0 ? lanes : lanes + WARP - 1;
        block->end = block->next + WARP * block->step;
        Fiber* first = next_of_turn();
        if (first == nullptr) break;
        moved = true;
        begin(first);
    }
    for (int k = 0; k < WARP; ++k) *left |= !lanes[k].done;
    return moved;
}

// Runs one block to its end; false if its threads wait for each other forever.
static bool run_block(Block* block) {
    u32 warps = block->threads / WARP;
    block->arrived = 0;
    for (Warp& warp : block->warps) {
        warp.arrived = 0;
        warp.products.clear();
        warp.groups.clear();
        warp.open = 0;
    }
    for (Meeting& meeting : block->meetings) meeting.arrived = 0;
    block->barriers.clear();
    block->bulks.clear();
    // What a block finds in shared memory is of no value: not-a-numbers.
    memset(block->memory, 0xff, block->shared);
    for (u32 x = 0; x < block->threads; ++x) prepare(&block->fibers[x], x);
    for (u64 round = 0;; ++round) {
        bool moved = false, left = false;
        for (u32 k = 0; k < warps; ++k) moved |= run_warp(block, round % 2 == 0 ? k : warps - 1 - k, &left);
        if (!left) return true;
        if (moved) continue;
        if (block->bulks.empty()) return false;
        Bulk bulk = block->bulks.back();
        block->bulks.pop_back();
        land(bulk);
    }
}

} // namespace emulated

int __syncthreads_or(int predicate) {
    emulated::Block* here = emulated::running;
    // Votes of even and odd generations apart: a fast thread may vote again before a slow one has read.
    u64 vote = here->generation / 2 % 2;
    emulated::barrier();
    here->votes[vote] = false;
    emulated::barrier();
    if (predicate) here->votes[vote] = true;
    emulated::barrier();
    int any = here->votes[vote];
    emulated::barrier();
    return any;
}

#define BODY(kernel, Job) \
    if (strcmp(name, #kernel) == 0) body = [](const void* job) { kernel(*(const Job*)job); }

// 0, or 1 for an unknown kernel, 2 where threads wait for each other forever, 3 without memory.
extern "C" __attribute__((visibility("default"))) int emulate(
    const char* name, const u32* grid, u32 threads, u32 shared, const void* arguments) {
    using namespace emulated;
    void (*body)(const void*) = nullptr;
    BODY(gram_bf16, Walk);
    BODY(gram_bf16x3, Walk);
    BODY(gram_tf32, Walk);
    BODY(wgmma_bf16, Walk);
    BODY(wgmma_bf16x3, Walk);
    BODY(reduce_rows, Reduce);
    BODY(reduce_columns, Reduce);
    BODY(cosines, Cosines);
    BODY(split, Split);
    BODY(peak, Peak);
    if (body == nullptr) return 1;
    require(shared <= SHARED_BYTES, "more shared memory than any card has");
    if (strncmp(name, "wgmma", 5) == 0) require(shared >= wgmma::ROOM, "less shared memory than wgmma.cu lays out");
    static thread_local Block here;
    static thread_local std::unique_ptr<u8, void (*)(void*)> stacks(nullptr, free);
    here.threads = threads;
    if (here.fibers.size() < threads) {
        here.fibers.resize(threads);
        here.warps.resize(threads / WARP);
        // Of zeros that take no memory before they are touched: a walk has a thread of its own.
        stacks.reset((u8*)calloc(threads, STACK));
        if (!stacks) return 3;
        for (u32 x = 0; x < threads; ++x) here.fibers[x].stack = stacks.get() + x * STACK;
    }
    static thread_local std::vector<u8> memory(SHARED_BYTES + 128);
    here.memory = (u8*)(((uintptr_t)memory.data() + 127) & ~(uintptr_t)127);
    here.body = body;
    here.arguments = arguments;
    here.grid = {grid[0], grid[1], grid[2]};
    here.shared = shared;
    running = &here;
    for (u32 z = 0; z < grid[2]; ++z) {
        for (u32 y = 0; y < grid[1]; ++y) {
            for (u32 x = 0; x < grid[0]; ++x) {
                here.index = {x, y, z};
                if (!run_block(&here)) return 2;
            }
        }
    }
    return 0;
}
