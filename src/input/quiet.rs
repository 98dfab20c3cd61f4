//! Panics of the table reader, caught and kept off the screen.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::Once;
use std::thread;

use super::InputError;
use super::format::TableFormat;

/// The reader's worker threads are named `polars-0`, `polars-1`, ...
const WORKERS: &str = "polars-";

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// What `read` makes of a table, or that its reader gave up.
pub(super) fn read<T>(
    path: &Path,
    table: TableFormat,
    read: impl FnOnce() -> Result<T, InputError>,
) -> Result<T, InputError> {
    catch(read).unwrap_or_else(|cause| {
        Err(InputError::TablePanic {
            path: path.display().to_string(),
            format: table.name(),
            cause,
        })
    })
}

/// Runs `read`; a panic in it, or in the worker threads it waits for, becomes an error with the panic's words.
///
/// The panic hook belongs to the whole process, so swapping it for the time of a call would race with other
/// threads. Instead one hook is put in front of the existing one, once, and keeps silent only for this call.
fn catch<T>(read: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let worker = thread::current()
                .name()
                .is_some_and(|name| name.starts_with(WORKERS));
            if !worker && !QUIET.get() {
                loud(info);
            }
        }));
    });
    // Everything `read` touched is dropped when it panics, so nothing half-done is seen afterwards.
    let before = QUIET.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(read));
    QUIET.set(before);
    result.map_err(|payload| words(payload.as_ref()))
}

fn words(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no reason given");
    // The first line says what; the rest is advice to programmers.
    text.lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(120)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::catch;

    #[test]
    fn a_panic_becomes_its_first_line() {
        assert_eq!(catch(|| 7), Ok(7));
        let panicked = catch(|| panic!("column {} is odd\nactivate a feature", 3));
        assert_eq!(panicked, Err("column 3 is odd".into()));
    }
}
