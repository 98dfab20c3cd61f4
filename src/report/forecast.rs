//! What `--dry-run` prints.

use super::number::{count, counted, rate, seconds};
use super::text::printable;
use super::{Format, ReportError};
use crate::result::Forecast;

/// A forecast as lines of text, or as JSON.
///
/// # Errors
/// [`ReportError::Json`].
pub fn forecast(forecast: &Forecast, format: Format) -> Result<Vec<u8>, ReportError> {
    if format == Format::Json {
        return super::json::pretty(forecast, "forecast");
    }
    let f = forecast;
    let rows = match f.rows_b {
        None => count(f.rows_a),
        Some(b) => format!("{} and {}", count(f.rows_a), count(b)),
    };
    let positives = match f.positive_pairs {
        0 => "none".to_owned(),
        pairs => counted(pairs, "pair"),
    };
    let estimate = match f.estimate_seconds.zip(f.estimate_bytes_memory) {
        Some((least, memory)) => {
            format!(
                "from about {} on, {} beside the files",
                seconds(least),
                bytes(memory)
            )
        }
        None => "not of these rows".to_owned(),
    };
    let lines = [
        ("rows", format!("{rows} in {} dimensions", count(f.dim))),
        ("pairs", count(f.pairs)),
        ("positives", positives),
        (
            "work",
            format!(
                "{:.3e} flops for cosines, {:.3e} exponentials",
                f.flops, f.exponentials
            ),
        ),
        ("files", format!("{}, mapped", bytes(f.bytes_read))),
        ("memory", format!("{} beside them", bytes(f.bytes_memory))),
        (
            "speed",
            format!(
                "{} pairs/s measured here ({} kernel, {} thread{})",
                rate(f.pairs_per_second),
                f.kernel,
                f.threads,
                if f.threads == 1 { "" } else { "s" }
            ),
        ),
        ("exact pass", format!("about {}", seconds(f.seconds))),
        ("estimate", estimate),
        ("plan", f.verdict.clone()),
    ];
    let text: String = lines
        .iter()
        .map(|(name, text)| format!("  {name:<10}  {}\n", printable(text)))
        .collect();
    Ok(format!("dry run: nothing was audited\n\n{text}").into_bytes())
}

fn bytes(bytes: u64) -> String {
    let bytes = bytes as f64;
    let (scale, unit) = match bytes {
        b if b >= 1e9 => (1e9, "GB"),
        b if b >= 1e6 => (1e6, "MB"),
        _ => (1e3, "kB"),
    };
    format!("{:.1} {unit}", bytes / scale)
}
