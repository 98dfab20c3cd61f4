//! The walk on a device beyond the laws.
