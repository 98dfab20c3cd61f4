//! What must hold whatever the data: oracles in closed form, invariances, the algebra of states, errors against
//! leaving rows out for real, and every size around a boundary of the pass.

mod bits;
mod duplicates;
mod errors;
mod invariance;
mod merge;
mod near;
mod numbers;
mod oracles;
mod precision;
mod search;
mod sizes;
mod states;

// The suite of backends has these laws too, with a support of its own: they take it from where they stand.
use crate::support;
