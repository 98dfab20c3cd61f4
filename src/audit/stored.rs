//! Files of what walks found, to be read later, or elsewhere.
//!
//! A file is a line such as `spherecheck states 6`, the SHA-256 of what follows it (32 bytes), and the value in
//! the form of postcard, which has no names: another layout of the value raises the number of the line.

use crate::num::counted;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::part::Part;
use super::states::States;

/// How the first line begins.
const TOOL: &[u8] = b"spherecheck ";
/// Another layout of a value, or a fingerprint that says more, has another.
const VERSION: &str = "6";
/// Bytes of the sum.
const SUM: usize = 32;

/// Why a file of states cannot be read. Each says what was expected and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatesError {
    /// No such file.
    #[error(
        "expected a file of {kind}, which begins with `spherecheck {kind} {VERSION}`, found {found}; {advice}"
    )]
    Kind {
        /// What was expected.
        kind: &'static str,
        /// What was there.
        found: String,
        /// What to do.
        advice: &'static str,
    },
    /// Of another version of this program.
    #[error(
        "expected {kind} of version {VERSION}, found version {found}; walk again with this version of spherecheck, or read them with the \
         one that wrote them"
    )]
    Version {
        /// What was expected.
        kind: &'static str,
        /// What was there.
        found: String,
    },
    /// Cut off, or changed on the way.
    #[error(
        "the {kind} were cut off or changed on the way ({found}); copy the file again, or walk again"
    )]
    Damaged {
        /// What was expected.
        kind: &'static str,
        /// What does not hold.
        found: String,
    },
}

/// What can be stored.
trait Stored: Serialize + DeserializeOwned {
    /// Its name in the first line.
    const KIND: &'static str;
    /// How one is made.
    const ADVICE: &'static str;
}

impl Stored for States {
    const KIND: &'static str = "states";
    const ADVICE: &'static str = "write one with States::to_bytes";
}

impl Stored for Part {
    const KIND: &'static str = "parts";
    const ADVICE: &'static str = "write one with `spherecheck shard run`";
}

impl States {
    /// The bytes of a file.
    ///
    /// # Panics
    /// Never: states hold numbers, lists and names only.
    pub fn to_bytes(&self) -> Vec<u8> {
        stored(self)
    }

    /// The states in a file's bytes.
    ///
    /// # Errors
    /// [`StatesError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatesError> {
        restored(bytes)
    }
}

impl Part {
    /// The bytes of a file: 8 for each row, coefficient and jackknife group, of each side.
    ///
    /// # Panics
    /// Never: a part holds numbers, lists and names only.
    pub fn to_bytes(&self) -> Vec<u8> {
        stored(self)
    }

    /// The part in a file's bytes.
    ///
    /// # Errors
    /// [`StatesError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatesError> {
        restored(bytes)
    }
}

fn head<T: Stored>() -> Vec<u8> {
    let version = VERSION.as_bytes();
    [TOOL, T::KIND.as_bytes(), b" ", version, b"\n"].concat()
}

fn stored<T: Stored>(value: &T) -> Vec<u8> {
    // In one place: parts are large.
    let mut bytes = head::<T>();
    let sum = bytes.len();
    let body = sum + SUM;
    bytes.resize(body, 0);
    let mut bytes = postcard::to_extend(value, bytes).expect("plain data");
    let digest = Sha256::digest(&bytes[body..]);
    bytes[sum..body].copy_from_slice(&digest);
    bytes
}

fn restored<T: Stored>(bytes: &[u8]) -> Result<T, StatesError> {
    let (kind, head) = (T::KIND, head::<T>());
    let advice = T::ADVICE;
    let damaged = |found: String| StatesError::Damaged { kind, found };
    let Some(rest) = bytes.strip_prefix(&head[..]) else {
        let line = bytes.split(|byte| *byte == b'\n').next();
        let line = line.unwrap_or_default();
        let shown = |bytes: &[u8]| bytes[..bytes.len().min(40)].escape_ascii().to_string();
        let version = line.strip_prefix(&head[..head.len() - VERSION.len() - 1]);
        return Err(match version {
            Some(version) => StatesError::Version {
                kind,
                found: shown(version),
            },
            None if bytes.is_empty() => StatesError::Kind {
                kind,
                found: "nothing".to_owned(),
                advice,
            },
            None => StatesError::Kind {
                kind,
                found: format!("`{}`", shown(line)),
                advice,
            },
        });
    };
    let Some((sum, body)) = rest.split_at_checked(SUM) else {
        let found = format!("{} after the first line", counted(rest.len(), "byte"));
        return Err(damaged(found));
    };
    if Sha256::digest(body)[..] != *sum {
        return Err(damaged("its checksum is another".to_owned()));
    }
    postcard::from_bytes(body).map_err(|_| damaged("what it sums up is something else".to_owned()))
}
