//! spherecheck measures how well saved embeddings are aligned and spread out, and says whether a new model may ship.
//!
//! It reads embeddings and positive pairs from files, and computes alignment, uniformity and the asymptotic limit of
//! the contrastive loss (Wang & Isola, ICML 2020), exactly, over all pairs (or, where that is asked, from a part of
//! them), each number with its error, its ideal and its value for a collapsed encoder.
//!
//! # The house
//!
//! ```text
//!  argv ─cli─▶ Request                              arrays, lines and tables ──input─▶ Embeddings
//!                 │                                 pairs, labels ────────────input─▶ RawPairs, Labels
//!                 ▼                                                                       │
//!              run: open ▶ audit::prepare (every check) ◀──────────────────────────────────┘
//!                 │            rows (UnitRows) + facts + settings, checked once
//!                 ▼
//!   audit::walk ─ backend::walk(Job) ─ pass: one sweep ──▶ GramState, RingState, TopK ┐
//!        ▲     └─ pass::pairs, pass::means ──────────────▶ PairState, Cosines         ├─▶ States ─▶ a file, and back
//!        │        parts of a walk, joined: the same bits ─▶ Part ─────────────────────┘     │
//!        └── follow(States): which walk next, if any ◀──────────────────────────────────────┤
//!                                                                                           ▼
//!                         metric + estimate + theory ──▶ audit::read ─▶ Audit ─▶ gate, report ─▶ bytes
//! ```
//!
//! Rooms, each importing only rooms on lower rungs (`tests/it/architecture.rs` holds the ladder):
//!
//! | rung | rooms |
//! |---|---|
//! | 12 | `main` |
//! | 11 | [`run`]: the conductor |
//! | 10 | [`cli`] (arguments to requests), [`console`] (the only printer) |
//! | 9 | [`report`]: results as tables, CSV, JSON, Markdown, JUnit XML, PNG; [`drift`]: an audit's rows against a reference; `train`: reference encoders |
//! | 8 | [`audit`]: embeddings to results · [`gate`]: results, a policy and a baseline to a verdict |
//! | 7 | [`probe`]: how well labels, or sides, are read from rows |
//! | 6 | [`result`]: what an audit, a comparison, a zoo or a probe found: plain data |
//! | 5 | [`metric`]: states to numbers; the table of metrics |
//! | 4 | [`backend`]: who walks |
//! | 3 | [`pass`]: how the data are walked; states that merge |
//! | 2 | [`input`] (files), [`output`] (files, whole or not at all), [`kernel`] (SIMD), [`theory`] (closed forms), [`estimate`] (errors) |
//! | 1 | [`data`]: values that prove what they claim |
//! | 0 | [`num`]: sums, moments, special functions |
//!
//! # What holds
//!
//! - States are what crosses: a walk leaves them, reading makes the audit of them and of nothing else, no row and no
//!   backend; they go to files and come back the same to the byte.
//! - Whatever a device may walk is asked of [`backend::Backend::walk`], a job at a time. Rings of an estimate, rows that one
//!   sees whole, and anchors of the loss at finite negatives are the processor's own: a part of the pairs, in orders that
//!   no device walks.
//! - Sums are ordered: what a row meets of one jackknife group is summed before it joins the rest, so that a walk cut along
//!   groups, in however many parts, has the bits of one walk. (Fixed point would take two limbs for each sum at small tau.)
//! - Inside a room, too, imports go down only: no file reaches itself through others (`tests/it/circles.rs`).
//! - The same input and parameters give the same bits on any number of threads.
//! - Reports and gates see results (a [`result::Audit`]), never data, states or the walk; none of them can change a number.
//! - `unsafe` lives in `kernel`, `input/mmap.rs` and `backend/cuda/driver/`, printing in `console`.
//! - `train` is a guest: its room, its commands, and reports and figures of its encoders alone are of one feature.

#![warn(unreachable_pub)]

pub mod audit;
pub mod backend;
pub mod cli;
pub mod console;
pub mod data;
pub mod drift;
pub mod estimate;
pub mod gate;
pub mod input;
pub mod kernel;
pub mod metric;
pub mod num;
pub mod output;
pub mod pass;
pub mod probe;
pub mod report;
pub mod result;
pub mod run;
pub mod theory;
#[cfg(feature = "train")]
pub mod train;
