// The same walk on Hopper (compute capability 9.0, sm_90a): warpgroup matrix instructions, which alone reach the full rate of
// its tensor cores, fed by bulk copies. Comes after common.cu; takes the same arguments as gram.cu and leaves the same sums.
//
// A grid of one block for each multiprocessor; the tiles of a step, row tile after row tile, are dealt out in equal spans.
// 384 threads: warpgroup 0 only starts copies (one thread); 1 and 2 each own the upper or the lower 64 rows of every tile.
//
// LOOP 1  tiles of the block's span (what a step's blocks read at a time is 12 panels of rows and a few of columns: it stays
//         in the L2 cache)
// LOOP 2  chunks of 64 columns of the rows: 128 rows x 64 bf16 lie in one slot of shared memory, as `split` laid them out
// LOOP 3  k-steps of 16
//
// Two sets of 64 sums a thread. Products run into `running`; `s` holds the cosines of the tile before, whose exponentials are
// made while the first chunks of the next tile (HEAD) are already being multiplied: tensor cores do not wait for them. The two
// warpgroups meet in nothing but the slots, so each fills the other's gaps.
//
// Tensor cores cut off low bits each time they add to a sum, so sums of bf16x3 leave them after every chunk (PROMOTE), and in
// a chunk small products come first, while the sum is still small: 4 to 8 cuts of 2e-8 of the cosine, not 12 for every chunk.

#ifndef SPHERECHECK_EMULATED
DEVICE u32 shared_at(const void* p) { return (u32)__cvta_generic_to_shared(p); }

// Barriers in shared memory: a phase ends once `count` threads have arrived and all bytes that it expects have landed.
DEVICE void bar_init(u64* bar, u32 count) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_at(bar)), "r"(count) : "memory");
}
// Makes them known to the copies.
DEVICE void bar_init_done() {
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    asm volatile("fence.proxy.async;" ::: "memory");
}
DEVICE void bar_arrive(u64* bar) {
    asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_at(bar)) : "memory");
}
// Arrives, and expects `bytes` more in this phase.
DEVICE void bar_expect(u64* bar, u32 bytes) {
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_at(bar)), "r"(bytes) : "memory");
}
DEVICE bool bar_passed(u64* bar, u32 parity) {
    u32 passed;
    asm volatile(
        "{\n.reg .pred p;\nmbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\nselp.u32 %0, 1, 0, p;\n}"
        : "=r"(passed)
        : "r"(shared_at(bar)), "r"(parity)
        : "memory");
    return passed != 0;
}
// Waits for the end of the phase of this parity. One that never comes is a mistake of this file: after some ten seconds a store
// to where nothing lies ends the run with an error. (`trap` would too, but with one in a kernel ptxas 12.4 keeps all warps to
// the registers that they start with, and spills.)
DEVICE void bar_wait(u64* bar, u32 parity) {
    if (bar_passed(bar, parity)) return;
    long long start = clock64();
    while (!bar_passed(bar, parity)) {
        if (clock64() - start > 20000000000ll) *(volatile u32*)8 = 0;
    }
}
// Bytes from global to shared memory, some time before `bar` counts them.
DEVICE void bulk_copy(void* to, const void* from, u32 bytes, u64* bar) {
    asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(shared_at(to)),
                 "l"(from), "r"(bytes), "r"(shared_at(bar))
                 : "memory");
}

// Accumulators are in use from the first instruction of a group to the wait for it.
DEVICE void wgmma_fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
DEVICE void wgmma_commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
// Waits until at most PENDING groups are under way.
template <int PENDING>
DEVICE void wgmma_wait(float (&d)[64]) {
    asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(PENDING) : "memory");
    // No read of a sum may move up over the wait.
#pragma unroll
    for (int k = 0; k < 64; ++k) asm volatile("" : "+f"(d[k])::"memory");
}
// clang-format off
#define EIGHT(how, o) how(d[o]), how(d[o + 1]), how(d[o + 2]), how(d[o + 3]), how(d[o + 4]), how(d[o + 5]), how(d[o + 6]), how(d[o + 7])
#define ALL(how) EIGHT(how, 0), EIGHT(how, 8), EIGHT(how, 16), EIGHT(how, 24), EIGHT(how, 32), EIGHT(how, 40), EIGHT(how, 48), EIGHT(how, 56)
#define WGMMA(predicate) "{\n.reg .pred p;\nsetp.ne.b32 p, " predicate ", 0;\n" \
        "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 " \
        "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, " \
        "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, " \
        "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, " \
        "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63}, " \
        "%64, %65, p, 1, 1, 0, 0;\n}"
// 64 rows x 16 values of `a` times 128 rows x 16 values of `b`, added to d, or instead of it. Warp w of the warpgroup has rows
// 16 w to 16 w + 15; value k of lane l is row l / 4 + 8 (k / 2 % 2), column 8 (k / 4) + 2 (l % 4) + k % 2.
template <int ADD>
DEVICE void wgmma_bf16(float (&d)[64], u64 a, u64 b) {
    // What is not read must not seem so: the compiler would carry it along.
    if (ADD) asm volatile(WGMMA("1") : ALL("+f") : "l"(a), "l"(b));
    else asm volatile(WGMMA("0") : ALL("=f") : "l"(a), "l"(b));
}
#undef EIGHT
#undef ALL
#undef WGMMA
// clang-format on

// Waits for `THREADS_` threads that name the same barrier.
template <int THREADS_>
DEVICE void meet(int barrier) {
    asm volatile("bar.sync %0, %1;" ::"r"(barrier), "n"(THREADS_) : "memory");
}
template <int COUNT>
DEVICE void fewer_registers() {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(COUNT));
}
template <int COUNT>
DEVICE void more_registers() {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(COUNT));
}
#endif

namespace wgmma {

enum {
    WARPGROUP = 128,
    OWNERS = 2,                        // warpgroups that multiply
    THREADS = WARPGROUP * (1 + OWNERS),
    SLOT = TILE * 128,                 // bytes: 128 rows of 64 bf16
    SLOTS = 12,
    LONGEST = 3,                       // sums that are made together
    STEP_TASKS = 32,                   // as many as a step has, at most
    PARTIALS = (1 + OWNERS) * TILE,    // of a tile and coefficient: its rows, its columns for each owner
    SCRATCH = LONGEST * 4 * TILE * 4,  // bytes: sums of columns of each warp of an owner
    WORDS = TILE / OWNERS * 4 * 4,     // bytes: which pairs of its rows count
    MOST_BINS = 1024
};
// A cosine that does not count: every e^(c s) of it is 0.
#define NOWHERE (-1e30f)

// RESIDENT: chunks of the rows' panel that stay in slots while tiles of one row tile pass, the first ones; all other chunks go
// through the remaining slots, a ring. HEAD: chunks of a tile that are multiplied while exponentials of the last are made; with
// the next they fit the ring. PROMOTE: whether sums leave the tensor cores after each chunk.
template <int MODE>
struct Shape;
template <>
struct Shape<BF16> {
    enum { PLANES = 1, RESIDENT = 6, HEAD = 4, PROMOTE = 0 };
};
template <>
struct Shape<BF16X3> {
    enum { PLANES = 2, RESIDENT = 4, HEAD = 2, PROMOTE = 1 };
};

// Of a block.
struct Room {
    u8* slots;
    u8* scratch;         // for each owner twice
    u8* words;           // for each owner
    Task* tasks;         // of this step
    u64 *full, *empty;   // barriers of each slot
    u32* counts;         // bins
};
static_assert(sizeof(Task) == 48, "as the host writes it");
// Bytes of it, with what its beginning is moved by; the host asks for as many.
enum { ROOM = 1024 + SLOTS * SLOT + OWNERS * (2 * SCRATCH + WORDS) + STEP_TASKS * 48 + 2 * SLOTS * 8 + MOST_BINS * 4 };
static_assert(ROOM <= 227 << 10, "what a block may have");

DEVICE Room room_of(u8* raw) {
    Room room;
    room.slots = raw + ((0u - shared_at(raw)) & 1023);
    room.scratch = room.slots + SLOTS * SLOT;
    room.words = room.scratch + OWNERS * 2 * SCRATCH;
    room.tasks = (Task*)(room.words + OWNERS * WORDS);
    room.full = (u64*)(room.tasks + STEP_TASKS);
    room.empty = room.full + SLOTS;
    room.counts = (u32*)(room.empty + SLOTS);
    return room;
}

// A tile of the step: row tile, task, column tile of the task.
struct Place {
    int row, local, column;
};

// Tiles of a step in order: row tile after row tile, in each task after task; on a diagonal task's only those that count.
struct Tiles {
    const Task* tasks;
    int count, left; // tasks, and tiles of this block's span from `here` on
    Place here;

    DEVICE int across(int local) const { return (int)(tasks[local].columns + TILE - 1) / TILE; }
    DEVICE int first_of(int row, int local) const { return tasks[local].diagonal != 0 ? row : 0; }

    DEVICE void start(const Task* of, int task_count) {
        tasks = of, count = task_count;
        int down = (int)(tasks[0].rows + TILE - 1) / TILE, whole = 0, diagonals = 0;
        for (int local = 0; local < count; ++local) {
            whole += across(local);
            diagonals += tasks[local].diagonal != 0 ? 1 : 0;
        }
        // Row tile r has `whole` tiles less the r below each diagonal.
        int all = down * whole - diagonals * (down * (down - 1) / 2);
        int from = (int)((u32)all * blockIdx.x / gridDim.x), to = (int)((u32)all * (blockIdx.x + 1) / gridDim.x);
        left = to - from;
        here.row = here.local = here.column = 0;
        if (left == 0) return;
        while (from >= whole - diagonals * here.row) from -= whole - diagonals * here.row++;
        for (;; ++here.local) {
            int first = first_of(here.row, here.local), width = across(here.local) - first;
            if (from < width) {
                here.column = first + from;
                return;
            }
            from -= width;
        }
    }
    DEVICE void next() {
        --left;
        if (++here.column < across(here.local)) return;
        if (++here.local == count) here.local = 0, ++here.row;
        here.column = left > 0 ? first_of(here.row, here.local) : 0;
    }
};

// The slots that are not resident, in turn; `phase` is the parity of the round.
struct Ring {
    int slot, first;
    u32 phase;
    DEVICE void start(int resident) { slot = first = resident, phase = 0; }
    DEVICE void next() {
        if (++slot == SLOTS) slot = first, phase ^= 1;
    }
};

// What both sides of the slots know. In a chunk come plane after plane of the rows, each followed by the other plane of the
// columns: high and low are the first products.
struct Shelf {
    int chunks, resident;
};
template <int MODE>
DEVICE Shelf shelf_of(const Walk& walk) {
    int chunks = (int)(walk.pitch / 128);
    return {chunks, min(chunks * Shape<MODE>::PLANES, (int)Shape<MODE>::RESIDENT)};
}

template <int MODE>
DEVICE void produce(const Walk& walk, const Room& room) {
    const int PLANES = Shape<MODE>::PLANES;
    const Shelf shelf = shelf_of<MODE>(walk);
    Tiles tiles;
    tiles.start(room.tasks, (int)walk.task_count);
    Ring ring;
    ring.start(shelf.resident);
    u32 held = 1; // parity of the resident slots' round
    int row = -1;
    for (; tiles.left > 0; tiles.next()) {
        const Place here = tiles.here;
        const Task& task = room.tasks[here.local];
        const u8* rows = walk.planes + task.row_slot * walk.slot_bytes + (u64)here.row * shelf.chunks * SLOT;
        const u8* columns = walk.planes + task.column_slot * walk.slot_bytes + (u64)here.column * shelf.chunks * SLOT;
        bool fresh = here.row != row;
        row = here.row;
        if (fresh) held ^= 1;
        for (int k = 0; k < shelf.chunks; ++k) {
            for (int p = 0; p < PLANES; ++p) {
                int slot = k * PLANES + p;
                bool stays = slot < shelf.resident;
                if (!stays || fresh) {
                    u32 phase = stays ? held : ring.phase;
                    if (!stays) slot = ring.slot, ring.next();
                    bar_wait(&room.empty[slot], phase ^ 1);
                    bar_expect(&room.full[slot], SLOT);
                    bulk_copy(room.slots + slot * SLOT, rows + p * walk.plane_bytes + (u64)k * SLOT, SLOT, &room.full[slot]);
                }
                slot = ring.slot;
                bar_wait(&room.empty[slot], ring.phase ^ 1);
                bar_expect(&room.full[slot], SLOT);
                bulk_copy(
                    room.slots + slot * SLOT, columns + (PLANES - 1 - p) * walk.plane_bytes + (u64)k * SLOT, SLOT, &room.full[slot]);
                ring.next();
            }
        }
    }
}

// How wgmma finds rows in a slot: 128 bytes each, swizzled, groups of 8 rows 1024 bytes apart.
DEVICE u64 descriptor(u32 at) { return (u64)((at & 0x3ffff) >> 4) | (u64)1 << 16 | (u64)(1024 >> 4) << 32 | (u64)1 << 62; }

// Products of the owner's rows in one slot with the columns in another.
template <int ADD>
DEVICE void multiply(float (&d)[64], u32 rows, u32 columns) {
    wgmma_bf16<ADD>(d, descriptor(rows), descriptor(columns));
#pragma unroll
    for (int step = 1; step < 4; ++step) wgmma_bf16<1>(d, descriptor(rows + step * 32), descriptor(columns + step * 32));
}

// A chunk that has landed: where the owner's rows and the columns of each plane lie.
struct Chunk {
    u32 rows[2], columns[2];
};

// An owner's way through the slots: `ahead` takes them, `behind` gives them back in the same order.
template <int MODE>
struct Taker {
    Shelf shelf;
    Ring ahead, behind;
    u32 held;
    u32 slots, mine; // where slots begin, and this owner's rows in each

    DEVICE void start(const Walk& walk, const Room& room, int owner) {
        shelf = shelf_of<MODE>(walk);
        ahead.start(shelf.resident);
        behind.start(shelf.resident);
        held = 1;
        slots = shared_at(room.slots);
        mine = slots + owner * (SLOT / OWNERS);
    }
    // `real`: there is such a chunk; else whatever lies in the slots, at once.
    DEVICE Chunk take(const Room& room, int k, bool real) {
        const int PLANES = Shape<MODE>::PLANES;
        Chunk chunk;
#pragma unroll
        for (int p = 0; p < PLANES; ++p) {
            int slot = k * PLANES + p;
            u32 phase = held;
            if (slot >= shelf.resident) slot = ahead.slot, phase = ahead.phase, ahead.next();
            if (real) bar_wait(&room.full[slot], phase);
            chunk.rows[p] = mine + slot * SLOT;
            if (real) bar_wait(&room.full[ahead.slot], ahead.phase);
            chunk.columns[PLANES - 1 - p] = slots + ahead.slot * SLOT;
            ahead.next();
        }
        return chunk;
    }
    // `last`: of its row tile, whose resident slots are given back as well.
    DEVICE void give_back(const Room& room, int k, bool last) {
        const int PLANES = Shape<MODE>::PLANES;
        bool speaks = threadIdx.x % 32 == 0;
#pragma unroll
        for (int p = 0; p < PLANES; ++p) {
            int slot = k * PLANES + p;
            bool stays = slot < shelf.resident;
            if (!stays) slot = behind.slot, behind.next();
            if (speaks && (!stays || last)) bar_arrive(&room.empty[slot]);
            if (speaks) bar_arrive(&room.empty[behind.slot]);
            behind.next();
        }
    }
};

// Starts the first chunks of a tile. Where no tile is left it multiplies what lies in the slots all the same, and nobody looks
// at it: the compiler keeps products under way only where no branch leads around them.
template <int MODE>
DEVICE void start_products(float (&running)[64], Taker<MODE>& taker, const Room& room, int head, bool real) {
    Chunk first = taker.take(room, 0, real);
    wgmma_fence();
    if (MODE == BF16X3) {
        // Small products of all, then large ones.
        multiply<0>(running, first.rows[0], first.columns[1]);
        multiply<1>(running, first.rows[1], first.columns[0]);
        if (head > 1) {
            Chunk second = taker.take(room, 1, real);
            multiply<1>(running, second.rows[0], second.columns[1]);
            multiply<1>(running, second.rows[1], second.columns[0]);
            multiply<1>(running, second.rows[0], second.columns[0]);
        }
        multiply<1>(running, first.rows[0], first.columns[0]);
    } else {
        multiply<0>(running, first.rows[0], first.columns[0]);
        for (int k = 1; k < head; ++k) {
            Chunk next = taker.take(room, k, real);
            multiply<1>(running, next.rows[0], next.columns[0]);
        }
    }
    wgmma_commit();
}

// The rest of a tile's chunks, once the first have been waited for: its cosines are in s.
template <int MODE>
DEVICE void finish_products(float (&s)[64], float (&running)[64], Taker<MODE>& taker, const Room& room, int head, bool last) {
    int chunks = taker.shelf.chunks;
    for (int k = 0; k < head; ++k) taker.give_back(room, k, last);
    if (Shape<MODE>::PROMOTE == 0) {
        for (int k = head; k < chunks; ++k) {
            Chunk chunk = taker.take(room, k, true);
            wgmma_fence();
            multiply<1>(running, chunk.rows[0], chunk.columns[0]);
            wgmma_commit();
            wgmma_wait<1>(running);
            if (k > head) taker.give_back(room, k - 1, last);
        }
        wgmma_wait<0>(running);
        if (chunks > head) taker.give_back(room, chunks - 1, last);
#pragma unroll
        for (int j = 0; j < 64; ++j) s[j] = running[j];
    } else {
#pragma unroll
        for (int j = 0; j < 64; ++j) s[j] = running[j];
        for (int k = head; k < chunks; ++k) {
            Chunk chunk = taker.take(room, k, true);
            wgmma_fence();
            multiply<0>(running, chunk.rows[0], chunk.columns[1]);
            multiply<1>(running, chunk.rows[1], chunk.columns[0]);
            multiply<1>(running, chunk.rows[0], chunk.columns[0]);
            wgmma_commit();
            wgmma_wait<0>(running);
            taker.give_back(room, k, last);
#pragma unroll
            for (int j = 0; j < 64; ++j) s[j] += running[j];
        }
    }
}

// What a lane holds of its warp's 16 x 128 cosines.
struct Held {
    typedef float Cosines[64];
    DEVICE static float& at(Cosines& s, int k) { return s[k]; }
    DEVICE static int row(int k) { return k / 2 % 2 * 8; }
    DEVICE static int column(int k) { return k / 4 * 8 + k % 2; }
};

// Masks what does not count of an owner's half tile, if there is anything.
DEVICE void mask(const Walk& walk, const Task& task, const Place& here, int owner, float (&s)[64], u32* words) {
    int row = here.row * TILE + owner * (TILE / OWNERS), column = here.column * TILE;
    bool whole = row + TILE / OWNERS <= (int)task.rows && column + TILE <= (int)task.columns && task.excluded_count == 0 &&
        !(task.diagonal != 0 && here.row == here.column);
    if (whole) return;
    int thread = (int)threadIdx.x % WARPGROUP, lane = thread % 32, warp = thread / 32;
    const Live live = {words, row, column, TILE / OWNERS};
    mark_live(task, live, thread, WARPGROUP);
    meet<WARPGROUP>(1 + owner);
    mark_excluded(walk, task, live, thread, WARPGROUP);
    meet<WARPGROUP>(1 + owner);
#pragma unroll
    for (int half = 0; half < 2; ++half) {
#pragma unroll
        for (int part = 0; part < 4; ++part) {
            u32 word = live.words[(warp * 16 + half * 8 + lane / 4) * 4 + part] >> lane % 4 * 2;
#pragma unroll
            for (int j = 0; j < 8; ++j) {
                if ((word >> (j / 2 * 8 + j % 2) & 1) == 0) s[part * 16 + j / 2 * 4 + half * 2 + j % 2] = NOWHERE;
            }
        }
    }
    meet<WARPGROUP>(1 + owner);
}

// Eight values of each lane, over the 8 lanes of one residue of 4, in three exchanges that halve them each: lane l ends with
// the sum of value 4 (l / 16) + 2 (l / 8 % 2) + l / 4 % 2.
template <typename T>
DEVICE T sum_of_eight(const T (&v)[8]) {
    int lane = (int)threadIdx.x % 32;
    T four[4], two[2];
#pragma unroll
    for (int k = 0; k < 4; ++k) {
        T mine = lane & 16 ? v[4 + k] : v[k], theirs = lane & 16 ? v[k] : v[4 + k];
        four[k] = mine + __shfl_xor_sync(0xffffffffu, theirs, 16);
    }
#pragma unroll
    for (int k = 0; k < 2; ++k) {
        T mine = lane & 8 ? four[2 + k] : four[k], theirs = lane & 8 ? four[k] : four[2 + k];
        two[k] = mine + __shfl_xor_sync(0xffffffffu, theirs, 8);
    }
    T mine = lane & 4 ? two[1] : two[0], theirs = lane & 4 ? two[0] : two[1];
    return mine + __shfl_xor_sync(0xffffffffu, theirs, 4);
}

// Sums of `LENGTH` powers of an owner's half tile, over its rows and its columns, to partials[outputs[k]].
template <typename T, int LENGTH, typename Start>
DEVICE void sum_powers(const float (&s)[64], int owner, const Start& start, const u32* outputs, T* partials, T* scratch) {
    int thread = (int)threadIdx.x % WARPGROUP, lane = thread % 32, warp = thread / 32;
    int place = lane / 8 * 8 + lane % 4 * 2 + (lane >> 2 & 1); // of the column that this lane ends up with, in 32
    T rows[LENGTH][2];
#pragma unroll
    for (int k = 0; k < LENGTH; ++k) rows[k][0] = rows[k][1] = 0;
#pragma unroll
    for (int part = 0; part < 4; ++part) { // 32 columns
        T columns[LENGTH][8];
#pragma unroll
        for (int j = 0; j < 8; ++j) {
#pragma unroll
            for (int half = 0; half < 2; ++half) {
                T e = start(s[part * 16 + j / 2 * 4 + half * 2 + j % 2]);
#pragma unroll
                for (int k = 0; k < LENGTH; ++k) {
                    rows[k][half] += e;
                    columns[k][j] = half == 0 ? e : columns[k][j] + e;
                    e *= e;
                }
            }
        }
#pragma unroll
        for (int k = 0; k < LENGTH; ++k) scratch[(k * 4 + warp) * TILE + part * 32 + place] = sum_of_eight(columns[k]);
    }
    meet<WARPGROUP>(1 + owner);
#pragma unroll
    for (int k = 0; k < LENGTH; ++k) {
        T* to = partials + (u64)outputs[k] * PARTIALS;
#pragma unroll
        for (int half = 0; half < 2; ++half) {
            T sum = sum_of_row(rows[k][half]);
            if (lane % 4 == 0) to[owner * (TILE / OWNERS) + warp * 16 + half * 8 + lane / 4] = sum;
        }
        const T* from = scratch + k * 4 * TILE + thread;
        to[(1 + owner) * TILE + thread] = (from[0] + from[TILE]) + (from[2 * TILE] + from[3 * TILE]);
    }
}

struct Gentle {
    float high, low;
    DEVICE float operator()(float s) const { return exp2_unit(fmaf(s, high, s * low)); }
};

// An owner's place for what its four warps exchange, and which half of it was used last.
struct Scratch {
    u8* at;
    int other;
    DEVICE u8* next() { return at + (other ^= 1) * SCRATCH; }
};

// What needs function calls, which products must not be under way for: pairs that do not count, duplicates, f64.
DEVICE void settle(const Walk& walk, const Room& room, const Place& here, int owner, float (&s)[64], Scratch& scratch) {
    const Task& task = room.tasks[here.local];
    mask(walk, task, here, owner, s, (u32*)(room.words + owner * WORDS));
    if (walk.candidate < 2.0f) {
        bool any = false;
#pragma unroll
        for (int k = 0; k < 64; ++k) any = any || s[k] > walk.candidate;
        int warp_row = owner * (TILE / OWNERS) + (int)threadIdx.x % WARPGROUP / 32 * 16;
        if (__ballot_sync(0xffffffffu, any) != 0)
            near_duplicates<Held>(walk, task, here.row * TILE + warp_row, here.column * TILE, s);
    }
    u64 tile = (u64)here.local * (UNITS * UNITS) + (u64)(here.row * UNITS + here.column);
    for (u32 k = 0; k < walk.steep_count; ++k) {
        Steep start = {walk.steep[k]};
        double* partials = walk.steep_partials + tile * walk.steep_count * PARTIALS;
        sum_powers<double, 1>(s, owner, start, &k, partials, (double*)scratch.next());
    }
}

// The rest of what is made of a half tile's cosines.
DEVICE void sum_up(const Walk& walk, const Room& room, const Place& here, int owner, const float (&s)[64], Scratch& scratch) {
    u64 tile = (u64)here.local * (UNITS * UNITS) + (u64)(here.row * UNITS + here.column);
    float* gentle = walk.gentle_partials + tile * walk.gentle * PARTIALS;
    for (u32 k = 0; k < walk.run_count; ++k) {
        const Run& run = walk.runs[k];
        Gentle start = {run.high, run.low};
        float* between = (float*)scratch.next();
        switch (run.length) {
            case 1: sum_powers<float, 1>(s, owner, start, run.outputs, gentle, between); break;
            case 2: sum_powers<float, 2>(s, owner, start, run.outputs, gentle, between); break;
            default: sum_powers<float, 3>(s, owner, start, run.outputs, gentle, between); break;
        }
    }
    if (walk.bins != 0) {
        float half = 0.5f * (float)walk.bins;
        int last = (int)walk.bins - 1;
#pragma unroll
        for (int k = 0; k < 64; ++k) {
            int bin = bin_of(s[k], half, last);
            if (s[k] != NOWHERE) atomicAdd(&room.counts[bin], 1u);
        }
    }
}

template <int MODE>
DEVICE void consume(const Walk& walk, const Room& room, int owner) {
    Tiles tiles;
    tiles.start(room.tasks, (int)walk.task_count);
    Taker<MODE> taker;
    taker.start(walk, room, owner);
    Scratch scratch = {room.scratch + owner * 2 * SCRATCH, 0};
    int head = min((int)Shape<MODE>::HEAD, taker.shelf.chunks);
    float s[64], running[64];
#pragma unroll
    for (int k = 0; k < 64; ++k) s[k] = 0;
    Place done = {-1, 0, 0}; // the tile whose cosines are in s
    for (;;) {
        const Place here = tiles.here;
        bool real = tiles.left > 0;
        if (here.row != done.row) taker.held ^= 1;
        start_products<MODE>(running, taker, room, head, real);
        if (done.row >= 0) sum_up(walk, room, done, owner, s, scratch);
        wgmma_wait<0>(running);
        if (!real) break;
        tiles.next();
        finish_products<MODE>(s, running, taker, room, head, tiles.left == 0 || tiles.here.row != here.row);
        settle(walk, room, here, owner, s, scratch);
        done = here;
    }
    if (walk.bins != 0) {
        meet<OWNERS * WARPGROUP>(1 + OWNERS);
        add_bins(walk, room.counts, (int)threadIdx.x - WARPGROUP, OWNERS * WARPGROUP);
    }
}

template <int MODE>
DEVICE void gram(const Walk& walk) {
    SHARED(raw);
    const Room room = room_of(raw);
    const u32* from = (const u32*)(walk.tasks + walk.first_task);
    for (u32 k = threadIdx.x; k < walk.task_count * (sizeof(Task) / 4); k += THREADS) ((u32*)room.tasks)[k] = from[k];
    for (u32 k = threadIdx.x; k < walk.bins; k += THREADS) room.counts[k] = 0;
    if (threadIdx.x == 0) {
        for (int k = 0; k < SLOTS; ++k) {
            bar_init(&room.full[k], 1);
            bar_init(&room.empty[k], OWNERS * 4); // each warp
        }
        bar_init_done();
    }
    __syncthreads();
    int role = __shfl_sync(0xffffffffu, (int)threadIdx.x / WARPGROUP, 0);
    if (role == 0) {
        fewer_registers<40>();
        if (threadIdx.x == 0) produce<MODE>(walk, room);
    } else {
        more_registers<232>();
        consume<MODE>(walk, room, role - 1);
    }
}

} // namespace wgmma

KERNEL(wgmma::THREADS, 1) wgmma_bf16(const __grid_constant__ Walk walk) { wgmma::gram<BF16>(walk); }
KERNEL(wgmma::THREADS, 1) wgmma_bf16x3(const __grid_constant__ Walk walk) { wgmma::gram<BF16X3>(walk); }
