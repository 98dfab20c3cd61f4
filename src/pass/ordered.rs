//! Tasks that run on all threads of a pool and are committed in their order.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Cancelled, Watch};

struct Queue<'a, T, S> {
    next: usize,
    waiting: BTreeMap<usize, T>,
    state: &'a mut S,
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
    let queue = Mutex::new(Queue {
        next: 0,
        waiting: BTreeMap::new(),
        state,
    });
    rayon::broadcast(|_| {
        let mut mine = worker();
        while !watch.cancelled() {
            let id = counter.fetch_add(1, Ordering::Relaxed);
            if id >= tasks {
                break;
            }
            let result = task(&mut mine, id);
            let mut queue = queue
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            queue.waiting.insert(id, result);
            let mut steps = 0;
            while let Some(result) = {
                let next = queue.next;
                queue.waiting.remove(&next)
            } {
                steps += commit(queue.state, result);
                queue.next += 1;
            }
            drop(queue);
            watch.advance(steps);
        }
    });
    if watch.cancelled() {
        Err(Cancelled)
    } else {
        Ok(())
    }
}
