//! Files in object stores and on web servers: `s3://`, `gs://`, `az://`, `http://` and `https://`, in builds with the feature
//! `cloud`.
//!
//! An object is fetched whole, once in a process, into a file without a name in the temporary folder (`TMPDIR`), which
//! vanishes with the process; from there on it is a file like any other, called by its address. Ranges are not asked for:
//! the rows of a jackknife group lie all over a file, so a shard would ask for nearly all of it in small pieces.

use std::fs::File;
use std::path::Path;

#[cfg(not(feature = "cloud"))]
use super::InputError;

const SCHEMES: [&str; 6] = ["s3", "gs", "az", "abfss", "http", "https"];

/// The address, where it is one of an object.
pub(super) fn address(path: &Path) -> Option<&str> {
    let address = path.to_str()?;
    let (scheme, _) = address.split_once("://")?;
    SCHEMES.contains(&scheme).then_some(address)
}

/// Not by this build.
#[cfg(not(feature = "cloud"))]
pub(super) fn fetched(address: &str) -> Result<(File, u64), InputError> {
    Err(InputError::NoCloud {
        path: address.to_owned(),
    })
}

#[cfg(feature = "cloud")]
pub(super) use cloud::fetched;

/// What stands before the status and the body of an answer in what `object_store` says.
#[cfg(any(feature = "cloud", test))]
const ANSWERED: &str = "status code: ";
/// Characters of an error that are shown.
#[cfg(any(feature = "cloud", test))]
const SHOWN: usize = 200;

/// What went wrong, in one line, and what to do: of an answer its status and the code in it, never its body.
#[cfg(any(feature = "cloud", test))]
fn said(error: &str) -> (String, &'static str) {
    let Some((_, answer)) = error.split_once(ANSWERED) else {
        // Whatever a server sent begins with a bracket or on a line of its own.
        let line = error
            .split(['\n', '\r', '<', '{'])
            .next()
            .unwrap_or_default();
        let shown = line.chars().filter(|c| !c.is_control()).take(SHOWN);
        let advice = "check the address, and whether its host can be reached from here";
        return (shown.collect::<String>().trim_end().to_owned(), advice);
    };
    let status = answer.split([':', '\n']).next().unwrap_or_default().trim();
    let code = answer
        .split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once("</Code>"));
    let code = code
        .map(|(code, _)| code)
        .filter(|code| code.len() <= 64 && code.chars().all(|c| c.is_ascii_alphanumeric()));
    let advice = match status.get(..3) {
        Some("404" | "410") => "check the address",
        Some("401" | "403") => {
            "check the credentials in the environment (AWS_ACCESS_KEY_ID, GOOGLE_SERVICE_ACCOUNT, AZURE_STORAGE_ACCOUNT_NAME \
             and the like), and that they may read it"
        }
        Some("429" | "500" | "502" | "503" | "504") => "try again later",
        _ => {
            "check the address, and the region and endpoint in the environment (AWS_REGION, AWS_ENDPOINT_URL and the like)"
        }
    };
    let shown: String = status
        .chars()
        .filter(|c| !c.is_control())
        .take(SHOWN)
        .collect();
    let code = code.map_or(String::new(), |code| format!(", {code}"));
    (format!("the server answered {shown}{code}"), advice)
}

#[cfg(feature = "cloud")]
mod cloud {
    use std::collections::BTreeMap;
    use std::error::Error;
    use std::fs::File;
    use std::io::{Seek, Write};
    use std::sync::{Mutex, PoisonError};

    use futures_util::StreamExt;
    use object_store::ObjectStoreExt;
    use url::Url;

    use crate::input::InputError;
    use crate::input::remote::said;
    use crate::num::{count, counted};

    /// Beginnings of the variables of the environment that say who asks, and where the store is.
    const VARIABLES: [&str; 3] = ["AWS_", "AZURE_", "GOOGLE_"];

    /// What was fetched, by its address, and its size.
    static FETCHED: Mutex<BTreeMap<String, (File, u64)>> = Mutex::new(BTreeMap::new());

    /// The object at an address as a file, to be read from its beginning, and its size in bytes.
    ///
    /// All handles of one object share a position: this room reads one file after the other.
    pub(in crate::input) fn fetched(address: &str) -> Result<(File, u64), InputError> {
        let refused = |cause: Box<dyn Error + Send + Sync>| {
            let (cause, advice) = said(&cause.to_string());
            InputError::Remote {
                path: address.to_owned(),
                cause,
                advice,
            }
        };
        let mut all = FETCHED.lock().unwrap_or_else(PoisonError::into_inner);
        if !all.contains_key(address) {
            let fetched = fetch(address).map_err(refused)?;
            all.insert(address.to_owned(), fetched);
        }
        let (file, size) = &all[address];
        let mut file = file.try_clone().map_err(|cause| refused(cause.into()))?;
        file.rewind().map_err(|cause| refused(cause.into()))?;
        Ok((file, *size))
    }

    fn fetch(address: &str) -> Result<(File, u64), Box<dyn Error + Send + Sync>> {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build()?;
        let mut file = tempfile::tempfile()?;
        let size = runtime.block_on(copy(address, &mut file))?;
        Ok((file, size))
    }

    /// One request: all bytes are of one version of the object.
    async fn copy(address: &str, to: &mut File) -> Result<u64, Box<dyn Error + Send + Sync>> {
        let url = Url::parse(address)?;
        let mut options: Vec<(String, String)> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| VARIABLES.iter().any(|start| name.starts_with(start)))
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect();
        if url.scheme() == "http" {
            options.push(("allow_http".to_owned(), "true".to_owned()));
        }
        let (store, path) = object_store::parse_url_opts(&url, options)?;
        let object = store.get(&path).await?;
        let expected = object.meta.size;
        let (mut chunks, mut size) = (object.into_stream(), 0);
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk?;
            to.write_all(&chunk)?;
            size += chunk.len() as u64;
        }
        if size != expected {
            return Err(format!(
                "{} came, expected {}",
                counted(size, "byte"),
                count(expected)
            )
            .into());
        }
        Ok(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_sends_is_never_shown_but_its_status_and_code() {
        let begun = "Generic S3 error: Error performing GET http://h/b/x in 2ms, after 1 retries - Server returned non-2xx";
        let body = "<?xml version='1.0'?>\n<Error><Code>NoSuchKey</Code><Message>\u{1b}[31mno</Message></Error>";
        for (error, cause, advice) in [
            (
                format!("{begun} status code: 404 Not Found: {body}"),
                "the server answered 404 Not Found, NoSuchKey",
                "check the address",
            ),
            (
                format!("{begun} status code: 403 Forbidden: <Code>no \u{7}code</Code>"),
                "the server answered 403 Forbidden",
                "check the credentials",
            ),
            (
                format!("{begun} status code: 503 Service Unavailable: {{\"error\": 1}}"),
                "the server answered 503 Service Unavailable",
                "try again later",
            ),
            (
                "Connection \u{1b}refused\nby <html>".to_owned(),
                "Connection refused",
                "check the address, and whether",
            ),
        ] {
            let (said, what_to_do) = said(&error);
            assert_eq!(said, cause);
            assert!(what_to_do.starts_with(advice), "{what_to_do}");
        }
        assert_eq!(said(&"x".repeat(900)).0.len(), 200);
    }

    #[test]
    fn addresses_are_told_from_paths() {
        for of_object in ["s3://bucket/a/x.npy", "https://host/x.npy?a=b", "az://c/x"] {
            assert_eq!(address(Path::new(of_object)), Some(of_object));
        }
        for of_file in [
            "x.npy",
            "s3:/x.npy",
            "C://x.npy",
            "data/s3://x.npy",
            "file:///x",
        ] {
            assert_eq!(address(Path::new(of_file)), None, "{of_file}");
        }
    }
}
