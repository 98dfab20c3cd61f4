//! What `--device` could take here, and what keeps the rest from use.

use serde::Serialize;

use super::document::{Block, Column, ColumnKind, Document, Records, Table};
use super::render::Report;

/// A device, and whether it can be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeviceStatus {
    /// As `--device` takes it.
    pub device: String,
    /// What it is.
    pub model: String,
    /// Why it cannot be used, if so.
    pub trouble: Option<String>,
    /// Whether it can.
    pub usable: bool,
}

impl Report for [DeviceStatus] {
    fn document(&self, _: bool) -> Document {
        let [device, model, usable] = ["", "", ""].map(Column::left);
        let trouble = Column::left("").kind(ColumnKind::Below);
        let mut table = Table::new([device, model, usable, trouble]);
        for device in self {
            let usable = match device.usable {
                true => "usable",
                false => "not usable",
            };
            table.push([
                device.device.as_str().into(),
                device.model.as_str().into(),
                usable.into(),
                device.trouble.clone().unwrap_or_default().into(),
            ]);
        }
        let mut document = Document::default();
        document.push(Block::Table(table));
        document
    }

    fn records(&self) -> Records {
        Records::of("devices")
            .text("device", self, |d| Some(d.device.clone()))
            .text("model", self, |d| Some(d.model.clone()))
            .text("trouble", self, |d| d.trouble.clone())
    }
}
