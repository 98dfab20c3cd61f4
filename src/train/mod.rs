//! Reference encoders: trained here, so that a number stands beside known ones.
//!
//! [`TrainPlan`] says what to train; [`data::open`] reads what to learn from; [`Session`] holds what changes, [`fit`] is
//! the loop, [`folder`] what is left on disk. Not here: reports, pictures, printing.
//!
//! ```
//! use spherecheck::backend;
//! use spherecheck::pass::NoWatch;
//! use spherecheck::train::{self, End, Session, TrainPlan};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let plan = TrainPlan { epochs: 1, ..TrainPlan::default() };
//! let data = train::data::open(&plan.data, None)?;
//! plan.check(&data)?;
//! let (device, backend) = (train::device("cpu")?, backend::cpu(None, None)?);
//! let mut session = Session::new(&plan, &data, &device)?;
//! let end = train::fit(&mut session, &plan, &data, (&device, &*backend), None, &NoWatch)?;
//! assert_eq!((end, session.log.len()), (End::Done, 1));
//! let rows = train::embed(&session.encoder, &data.test, train::data::Show::Plain, None, &device)?;
//! assert_eq!(rows.dim(), (359, 32));
//! # Ok(())
//! # }
//! ```

pub mod data;
mod device;
mod encoder;
mod error;
mod fit;
pub mod folder;
mod judge;
mod keep;
pub mod objective;
pub mod op;
mod optim;
mod outlook;
mod plan;
mod presets;
mod ranges;
mod readings;
mod recipe;
mod seeds;
mod session;
mod store;
mod study;
mod watch;
mod weights;

pub use device::device;
pub use encoder::{Architecture, Encoder, EncoderSpec, NormMode, Parameter};
pub use error::TrainError;
pub use fit::{End, fit};
pub use judge::{Activations, activations, embed, embed_views, test_view};
pub use keep::{Every, Keep};
pub use objective::{Objective, PairLoss};
pub use optim::{Optimiser, RateSchedule, Stepper};
pub use outlook::{Outlook, outlook};
pub use plan::{EncoderPlan, TrainPlan};
pub use presets::{Preset, PresetEntry, Reads, Scale};
pub use readings::{Judging, Reading, baselines};
pub use recipe::Recipe;
pub use session::{EpochLog, Head, Session};
pub use study::{ReferenceEncoder, reference, reference_in};
pub use watch::{StepLog, TrainWatch};
pub use weights::{Plain, load_plain, words_of};
