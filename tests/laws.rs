//! What must hold whatever the data: oracles in closed form, invariances, the algebra of states, errors against
//! leaving rows out for real, and every size around a boundary of the pass.

#[path = "laws/bits.rs"]
mod bits;
#[path = "laws/duplicates.rs"]
mod duplicates;
#[path = "laws/errors.rs"]
mod errors;
#[path = "laws/invariance.rs"]
mod invariance;
#[path = "laws/near.rs"]
mod near;
#[path = "laws/oracles.rs"]
mod oracles;
#[path = "laws/precision.rs"]
mod precision;
#[path = "laws/sizes.rs"]
mod sizes;
#[path = "laws/states.rs"]
mod states;
mod support;
