//! The messages of an Arrow file or stream: found and measured first, and read one after the other.
//!
//! Every length is held against the file before memory is asked for, so that a claim of 2^60 bytes is refused in words. Of a
//! batch only the columns that are wanted are looked at; their numbers, where they are not packed, stay in the file.

use std::collections::HashMap;
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use polars_arrow_format::ipc::planus::{self, ReadAsRoot};
use polars_arrow_format::ipc::{
    CompressionType, Endianness, MessageHeaderRef, MessageRef, MetadataVersion, RecordBatchRef,
};

use super::data::{BufferBytes, CLAIMS, Data, Slot, check, nodes, slot};
use super::layout::{self, ArrowColumn, ColumnPlaces, Held};
use super::places::{self, MessagePlace};
use crate::data::Bytes;
use crate::input::InputError;
use crate::input::format::TableFormat;
use crate::input::room::room;
use crate::input::tables::checked::Cause;

/// An Arrow file or stream whose messages lie within it.
pub(super) struct Messages {
    name: String,
    bytes: Bytes,
    columns: Vec<ArrowColumn>,
    /// Dictionaries and batches, in the order in which they are read.
    places: Vec<MessagePlace>,
}

/// What a batch says of itself.
pub(super) struct Size {
    pub(super) rows: usize,
    /// Numbers in the last of the columns that were measured.
    pub(super) values: usize,
}

/// Columns of a batch.
pub(super) struct BatchColumns {
    pub(super) rows: usize,
    pub(super) columns: Vec<Data>,
}

impl Messages {
    /// Finds all messages.
    pub(super) fn open(
        bytes: &Bytes,
        path: &Path,
        notes: &mut Vec<String>,
    ) -> Result<Self, InputError> {
        let name = path.display().to_string();
        let file = (**bytes).as_ref();
        let found = places::find(file).and_then(|found| {
            let schema = places::schema(file, &found.schema)?;
            if schema.endianness()? != Endianness::Little || cfg!(target_endian = "big") {
                return Err("it was written by a machine of the other byte order".into());
            }
            Ok((found, layout::columns(schema)?))
        });
        let (found, columns) = found.map_err(|cause| refused(&name, cause))?;
        if !found.ended {
            notes.push(format!(
                "{name}: the Arrow stream has no mark at its end; rows may be missing."
            ));
        }
        Ok(Self {
            name,
            bytes: Arc::clone(bytes),
            columns,
            places: found.messages,
        })
    }

    pub(super) fn columns(&self) -> &[ArrowColumn] {
        &self.columns
    }

    /// Measures the columns `wanted` in each batch.
    pub(super) fn measure(&self, wanted: &[usize]) -> Result<Vec<Size>, InputError> {
        let mut sizes = Vec::new();
        for place in &self.places {
            let size = self.measured(place, wanted);
            sizes.extend(size.map_err(|cause| refused(&self.name, cause))?);
        }
        Ok(sizes)
    }

    /// The size of a batch; nothing of what is none.
    fn measured(&self, place: &MessagePlace, wanted: &[usize]) -> Result<Option<Size>, Cause> {
        let message = self.message(place)?;
        let Some(MessageHeaderRef::RecordBatch(batch)) = message.header()? else {
            return Ok(None);
        };
        let (rows, mut values) = (usize::try_from(batch.length()?).map_err(|_| CLAIMS)?, 0);
        for (&at, places) in wanted.iter().zip(self.wanted(&message, batch, wanted)?) {
            let slots = self.slots(place, batch, places.buffers)?;
            let nodes = nodes(batch, places.nodes)?;
            check(&self.columns[at].held, rows, &nodes, &slots)?;
            values = nodes.last().map_or(0, |node| node.len);
        }
        Ok(Some(Size { rows, values }))
    }

    /// Reads these columns of each batch.
    pub(super) fn batches(&self, wanted: &[usize]) -> BatchReader<'_> {
        let ids = wanted.iter().filter_map(|&at| match self.columns[at].held {
            Held::Codes { id, .. } => Some((id, Arc::default())),
            _ => None,
        });
        BatchReader {
            dictionaries: ids.collect(),
            messages: self,
            next: 0,
            wanted: wanted.to_vec(),
        }
    }

    fn message(&self, place: &MessagePlace) -> Result<MessageRef<'_>, Cause> {
        let metadata = (*self.bytes).as_ref().get(place.metadata.clone());
        Ok(MessageRef::read_as_root(metadata.unwrap_or_default())?)
    }

    /// Where the columns `wanted` are in a batch.
    fn wanted(
        &self,
        message: &MessageRef<'_>,
        batch: RecordBatchRef<'_>,
        wanted: &[usize],
    ) -> Result<Vec<ColumnPlaces>, Cause> {
        let old = message.version()? < MetadataVersion::V5;
        let counts = batch.variadic_buffer_counts()?;
        let all = layout::places(&self.columns, old, counts.into_iter().flatten());
        let all = all.ok_or("a batch has other columns than its file")?;
        Ok(wanted.iter().map(|&at| all[at].clone()).collect())
    }

    /// The buffers of a batch at these places in its list.
    fn slots(
        &self,
        place: &MessagePlace,
        batch: RecordBatchRef<'_>,
        buffers: Range<usize>,
    ) -> Result<Vec<Slot>, Cause> {
        let list = batch.buffers()?.ok_or("a batch lists no buffers")?;
        let file = (*self.bytes).as_ref();
        let packed = batch.compression()?.map(|packed| packed.codec());
        let packed = packed.transpose()?;
        let slots = buffers.map(|at| {
            let buffer = list.get(at).ok_or("a batch lists too few buffers")?;
            let start = places::inside(&place.body, buffer.offset());
            let start = start.ok_or("a buffer lies outside its batch")?;
            let end = places::inside(&(start..place.body.end), buffer.length());
            slot(
                file,
                start..end.ok_or("a buffer lies outside its batch")?,
                packed,
            )
        });
        slots.collect()
    }

    /// A column of a batch of so many rows.
    fn read(
        &self,
        place: &MessagePlace,
        batch: RecordBatchRef<'_>,
        (held, rows): (&Held, usize),
        places: ColumnPlaces,
    ) -> Result<Data, InputError> {
        let refused = |cause| refused(&self.name, cause);
        let slots = self.slots(place, batch, places.buffers).map_err(refused)?;
        let nodes = nodes(batch, places.nodes).map_err(refused)?;
        check(held, rows, &nodes, &slots).map_err(refused)?;
        let parts = slots.into_iter().map(|slot| self.unpacked(slot));
        Ok(Data {
            held: held.clone(),
            nodes,
            parts: parts.collect::<Result<_, _>>()?,
            dictionary: Arc::default(),
        })
    }

    /// The contents of a buffer.
    fn unpacked(&self, Slot { at, packed, size }: Slot) -> Result<BufferBytes, InputError> {
        let Some(packed) = packed else {
            return Ok(BufferBytes {
                bytes: Arc::clone(&self.bytes),
                at,
            });
        };
        // A byte more, to see contents that are longer than they say.
        let mut contents = room::<u8>(&self.name, size.saturating_add(1))?;
        let stored = &(*self.bytes).as_ref()[at];
        let read = match packed {
            CompressionType::Lz4Frame => {
                let unpacked = lz4_flex::frame::FrameDecoder::new(stored);
                unpacked.take(size as u64 + 1).read_to_end(&mut contents)
            }
            CompressionType::Zstd => zstd::bulk::Decompressor::new()
                .and_then(|mut frame| frame.decompress_to_buffer(stored, &mut contents)),
        };
        match read {
            Ok(read) if read == size => Ok(BufferBytes {
                bytes: Arc::new(contents),
                at: 0..size,
            }),
            Ok(_) => Err(refused(
                &self.name,
                "a packed buffer has another length than it says".into(),
            )),
            Err(cause) => Err(refused(&self.name, cause.into())),
        }
    }
}

/// Batch after batch.
pub(super) struct BatchReader<'m> {
    messages: &'m Messages,
    next: usize,
    wanted: Vec<usize>,
    /// The dictionaries that are wanted, as far as they were read.
    dictionaries: HashMap<i64, Arc<Vec<Data>>>,
}

impl Iterator for BatchReader<'_> {
    type Item = Result<BatchColumns, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let place = self.messages.places.get(self.next)?;
            self.next += 1;
            if let Some(batch) = self.read(place).transpose() {
                return Some(batch);
            }
        }
    }
}

impl BatchReader<'_> {
    /// A batch; of a dictionary nothing, but it is kept.
    fn read(&mut self, place: &MessagePlace) -> Result<Option<BatchColumns>, InputError> {
        let messages = self.messages;
        let refused = |cause: Cause| refused(&messages.name, cause);
        let damaged = |cause: planus::Error| refused(cause.into());
        let message = messages.message(place).map_err(refused)?;
        match message.header().map_err(damaged)? {
            Some(MessageHeaderRef::DictionaryBatch(values)) => {
                let id = values.id().map_err(damaged)?;
                let data = values.data().map_err(damaged)?;
                let held = messages
                    .columns
                    .iter()
                    .find_map(|column| match &column.held {
                        Held::Codes { id: of, values, .. } if *of == id => Some(&**values),
                        _ => None,
                    });
                let kept = self.dictionaries.get_mut(&id);
                if let (Some(batch), Some(held), Some(kept)) = (data, held, kept) {
                    let rows = rows(batch).map_err(refused)?;
                    let all = batch
                        .nodes()
                        .map_err(damaged)?
                        .map_or(0, |nodes| nodes.len());
                    let buffers = batch
                        .buffers()
                        .map_err(damaged)?
                        .map_or(0, |list| list.len());
                    let all = ColumnPlaces {
                        nodes: 0..all,
                        buffers: 0..buffers,
                    };
                    let data = messages.read(place, batch, (held, rows), all)?;
                    if values.is_delta().map_err(damaged)? {
                        Arc::make_mut(kept).push(data);
                    } else {
                        *kept = Arc::new(vec![data]);
                    }
                }
                Ok(None)
            }
            Some(MessageHeaderRef::RecordBatch(batch)) => {
                let rows = rows(batch).map_err(refused)?;
                let places = messages.wanted(&message, batch, &self.wanted);
                let mut columns = Vec::new();
                for (&at, places) in self.wanted.iter().zip(places.map_err(refused)?) {
                    let held = &messages.columns[at].held;
                    let mut data = messages.read(place, batch, (held, rows), places)?;
                    if let Held::Codes { id, .. } = held {
                        data.dictionary = Arc::clone(&self.dictionaries[id]);
                    }
                    columns.push(data);
                }
                Ok(Some(BatchColumns { rows, columns }))
            }
            _ => Ok(None),
        }
    }
}

fn rows(batch: RecordBatchRef<'_>) -> Result<usize, Cause> {
    Ok(usize::try_from(batch.length()?).map_err(|_| CLAIMS)?)
}

fn refused(name: &str, cause: Cause) -> InputError {
    let cause = match cause.downcast::<planus::Error>() {
        // Where in its metadata is of no use to anybody.
        Ok(damaged) => format!("a message is damaged: {}", damaged.error_kind).into(),
        Err(cause) => cause,
    };
    InputError::Table {
        path: name.to_owned(),
        format: TableFormat::Arrow.name(),
        cause,
    }
}
