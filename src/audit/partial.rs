//! Files of states: what the walks of an audit found, to be read later, or elsewhere.
//!
//! A file is the line `spherecheck states 1`, the SHA-256 of what follows it (32 bytes), and the states as MessagePack.
//! Another layout of the states raises the number of the line.

use sha2::{Digest, Sha256};

use super::states::States;

/// The first line of a file.
const HEAD: &[u8] = b"spherecheck states 1\n";
/// How such a line begins, whatever the number.
const KIND: &[u8] = b"spherecheck states ";
/// Bytes of the sum.
const SUM: usize = 32;

/// Why a file of states cannot be read. Each says what was expected and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatesError {
    /// No such file.
    #[error(
        "expected a file of states, which begins with `spherecheck states 1`, found {found}; write one with States::to_bytes"
    )]
    Kind {
        /// What was there.
        found: String,
    },
    /// Of another version of this program.
    #[error(
        "expected states of version 1, found version {found}; walk again with this version of spherecheck, or read them with the \
         one that wrote them"
    )]
    Version {
        /// What was there.
        found: String,
    },
    /// Cut off, or changed on the way.
    #[error(
        "the states were cut off or changed on the way ({found}); copy the file again, or walk again"
    )]
    Damaged {
        /// What does not hold.
        found: String,
    },
}

impl States {
    /// The bytes of a file.
    ///
    /// # Panics
    /// Never: states hold numbers, lists and names only.
    pub fn to_bytes(&self) -> Vec<u8> {
        let body = rmp_serde::to_vec(self).expect("states are plain data");
        let mut out = Vec::with_capacity(HEAD.len() + SUM + body.len());
        out.extend_from_slice(HEAD);
        out.extend_from_slice(&Sha256::digest(&body));
        out.extend_from_slice(&body);
        out
    }

    /// The states in a file's bytes.
    ///
    /// # Errors
    /// [`StatesError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatesError> {
        let damaged = |found: String| StatesError::Damaged { found };
        let Some(rest) = bytes.strip_prefix(HEAD) else {
            let line = bytes
                .split(|byte| *byte == b'\n')
                .next()
                .unwrap_or_default();
            let shown = |bytes: &[u8]| {
                bytes
                    .iter()
                    .take(40)
                    .copied()
                    .collect::<Vec<u8>>()
                    .escape_ascii()
                    .to_string()
            };
            return Err(match line.strip_prefix(KIND) {
                Some(version) => StatesError::Version {
                    found: shown(version),
                },
                None if bytes.is_empty() => StatesError::Kind {
                    found: "nothing".to_owned(),
                },
                None => StatesError::Kind {
                    found: format!("`{}`", shown(line)),
                },
            });
        };
        let Some((sum, body)) = rest.split_at_checked(SUM) else {
            return Err(damaged(format!(
                "{} bytes after the first line",
                rest.len()
            )));
        };
        if Sha256::digest(body)[..] != *sum {
            return Err(damaged("its checksum is another".to_owned()));
        }
        rmp_serde::from_slice(body).map_err(|error| damaged(error.to_string()))
    }
}
