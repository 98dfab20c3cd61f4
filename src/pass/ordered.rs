//! Tasks that run on all threads of a pool and are committed in their order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Cancelled, Watch};

/// Results that wait for their turn, and the state that takes them in.
///
/// Two locks: a thread that brings a result does not wait for one that commits, it leaves the result behind. Tasks take
/// a fraction of a millisecond, and a sleep and a wake-up cost as much. Only where committing takes longer than the tasks, as
/// it does for short rows, results would pile up: there it waits until they are fewer.
struct Queue<'a, T, S> {
    waiting: Mutex<Waiting<T>>,
    state: Mutex<&'a mut S>,
}

struct Waiting<T> {
    next: usize,
    results: BTreeMap<usize, T>,
}

/// Results of each thread that may wait before it does.
const PILE: usize = 4;

impl<T, S> Queue<'_, T, S> {
    /// Returns how many results wait.
    fn push(&self, id: usize, result: T) -> usize {
        let mut waiting = lock(&self.waiting);
        waiting.results.insert(id, result);
        waiting.results.len()
    }

    fn pop(&self) -> Option<T> {
        let mut waiting = lock(&self.waiting);
        let next = waiting.next;
        let result = waiting.results.remove(&next)?;
        waiting.next += 1;
        Some(result)
    }

    fn ready(&self) -> bool {
        let waiting = lock(&self.waiting);
        waiting.results.contains_key(&waiting.next)
    }

    /// Commits whatever is next in order, unless another thread is doing so; returns the steps done. Where results are
    /// `piled`, after the other thread.
    fn drain(&self, piled: bool, commit: &impl Fn(&mut S, T) -> u64) -> u64 {
        let mut steps = 0;
        // A result may arrive just as the other thread stops looking: look again after letting go.
        while self.ready() {
            let mut state = match self.state.try_lock() {
                Ok(state) => state,
                Err(_) if piled => lock(&self.state),
                Err(_) => break,
            };
            while let Some(result) = self.pop() {
                steps += commit(&mut state, result);
            }
        }
        steps
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs tasks 0 to `tasks - 1` on the current rayon pool, each thread with its own `W`; `commit` sees the results
/// one by one in task order, whichever thread made them, so the state does not depend on the number of threads.
///
/// Tasks are also *started* in order (one shared counter instead of rayon's recursive splitting): neighbours share
/// packed data, and what waits for its turn stays small.
pub(super) fn run<W, T: Send, S: Send>(
    tasks: usize,
    state: &mut S,
    watch: &dyn Watch,
    worker: impl Fn() -> W + Sync,
    task: impl Fn(&mut W, usize) -> T + Sync,
    commit: impl Fn(&mut S, T) -> u64 + Sync,
) -> Result<(), Cancelled> {
    let counter = AtomicUsize::new(0);
    let queue = Queue {
        waiting: Mutex::new(Waiting {
            next: 0,
            results: BTreeMap::new(),
        }),
        state: Mutex::new(state),
    };
    rayon::broadcast(|pool| {
        let mut mine = worker();
        while !watch.cancelled() {
            let id = counter.fetch_add(1, Ordering::Relaxed);
            if id >= tasks {
                break;
            }
            let waiting = queue.push(id, task(&mut mine, id));
            let piled = waiting > PILE * pool.num_threads();
            watch.advance(queue.drain(piled, &commit));
        }
    });
    if watch.cancelled() {
        return Err(Cancelled);
    }
    // The last results may have been left behind by threads that found the state busy.
    watch.advance(queue.drain(true, &commit));
    Ok(())
}
