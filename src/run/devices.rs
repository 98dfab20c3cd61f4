//! `spherecheck devices`: what is here, what can be used, and why the rest cannot.

use anyhow::Context;

use super::exit::Exit;
use crate::backend;
use crate::console::Console;
use crate::report::{Device, Format, render};

pub(super) fn list(json: bool, console: &mut Console<'_>) -> anyhow::Result<Exit> {
    let devices = backend::devices().into_iter().map(|listed| Device {
        usable: listed.trouble.is_none(),
        device: listed.device,
        model: listed.model,
        trouble: listed.trouble,
    });
    let devices: Vec<Device> = devices.collect();
    let format = if json { Format::Json } else { Format::Table };
    console
        .data(&render(&devices[..], format, console.style(false))?)
        .context("standard output takes no more data")?;
    Ok(Exit::Fine)
}
