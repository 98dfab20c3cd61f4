//! `spherecheck devices`: what is here, what can be used, and why the rest cannot.

use anyhow::Context;

use super::exit::Exit;
use crate::backend::{self, Listed};
use crate::console::Console;
use crate::report::printable;

pub(super) fn list(json: bool, console: &mut Console<'_>) -> anyhow::Result<Exit> {
    let found = backend::devices();
    let text = if json {
        let list: Vec<_> = found
            .iter()
            .map(|listed| {
                serde_json::json!({
                    "device": listed.device,
                    "model": listed.model,
                    "usable": listed.trouble.is_none(),
                    "trouble": listed.trouble,
                })
            })
            .collect();
        serde_json::to_string_pretty(&list).context("the list of devices")? + "\n"
    } else {
        table(&found)
    };
    console
        .data(text.as_bytes())
        .context("standard output takes no more data")?;
    Ok(Exit::Fine)
}

fn table(found: &[Listed]) -> String {
    let width = |of: fn(&Listed) -> &str| {
        found
            .iter()
            .map(|listed| of(listed).len())
            .max()
            .unwrap_or(0)
    };
    let (device, model) = (width(|l| &l.device), width(|l| &l.model));
    let mut text = String::new();
    for listed in found {
        let usable = if listed.trouble.is_none() {
            "usable"
        } else {
            "not usable"
        };
        text += &format!(
            "{:device$}  {:model$}  {usable}\n",
            listed.device,
            printable(&listed.model)
        );
        if let Some(trouble) = &listed.trouble {
            text += &format!("{:device$}  {}\n", "", printable(trouble));
        }
    }
    text
}
