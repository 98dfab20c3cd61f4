//! The messages of an Arrow file or stream: found and measured first, and decoded one after the other.
//!
//! arrow-ipc 60 asks for as many bytes as lengths in a message claim, and ends the process where these cannot be had; it
//! panics on some others. So every length is held against the file before a batch is decoded, and room for what unpacks is
//! asked for. Of a batch only the columns that are wanted are copied; their numbers, where they are not packed, stay in the
//! file.

use std::collections::HashMap;
use std::hint::black_box;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_buffer::{Buffer, MutableBuffer};
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::{RecordBatchDecoder, read_dictionary};
use arrow_ipc::{CompressionType, Message, MetadataVersion, RecordBatch};
use arrow_schema::{DataType, Schema, SchemaRef};

use super::layout::{Column, columns};
use super::places::{self, Place};
use crate::data::Bytes;
use crate::input::InputError;
use crate::input::format::Table;
use crate::input::room::room;
use crate::input::tables::checked::Cause;

/// An Arrow file or stream whose messages lie within it.
pub(super) struct Messages {
    name: String,
    bytes: Bytes,
    schema: SchemaRef,
    /// Dictionaries and batches, in the order in which they are read.
    places: Vec<Place>,
}

const CLAIMS: &str = "a batch claims other rows than it holds";

/// What a batch says of itself.
pub(super) struct Size {
    pub(super) rows: usize,
    /// Numbers in the last of the columns that were measured.
    pub(super) values: usize,
}

/// Columns of a batch.
pub(super) struct Batch {
    pub(super) rows: usize,
    pub(super) columns: Vec<ArrayRef>,
    /// Where in the file the last buffer of each lies, if it is not packed: what was decoded holds zeros in its place.
    pub(super) values: Vec<Option<Range<usize>>>,
}

/// A buffer of a batch.
struct Stored {
    /// Its bytes in the file.
    at: Range<usize>,
    /// Those of them that are its contents, if they are not packed.
    plain: Option<Range<usize>>,
    /// Bytes of its contents.
    size: usize,
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
            let schema = places::with_schema(file, &found.schema, &|schema| {
                if !schema.endianness().equals_to_target_endianness() {
                    return Err("it was written by a machine of the other byte order".into());
                }
                Ok(try_fb_to_schema(schema)?)
            })?;
            Ok((found, schema))
        });
        let (found, schema) = found.map_err(|cause| refused(&name, cause))?;
        if !found.ended {
            notes.push(format!(
                "{name}: the Arrow stream has no mark at its end; rows may be missing."
            ));
        }
        Ok(Self {
            name,
            bytes: Arc::clone(bytes),
            schema: Arc::new(schema),
            places: found.messages,
        })
    }

    pub(super) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// All bytes of the file.
    pub(super) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Measures the columns `wanted` in each batch.
    pub(super) fn measure(&self, wanted: &[usize]) -> Result<Vec<Size>, InputError> {
        let places = self.places.iter();
        let sizes = places.filter_map(|place| self.measured(place, wanted).transpose());
        let sizes: Result<Vec<Size>, Cause> = sizes.collect();
        sizes.map_err(|cause| refused(&self.name, cause))
    }

    /// The size of a batch; nothing of what is none.
    fn measured(&self, place: &Place, wanted: &[usize]) -> Result<Option<Size>, Cause> {
        let message = self.message(place)?;
        let Some(batch) = message.header_as_record_batch() else {
            return Ok(None);
        };
        let rows = usize::try_from(batch.length()).map_err(|_| CLAIMS)?;
        let mut size = Size { rows, values: 0 };
        for column in self.columns(&message, &batch, wanted)? {
            let stored = self.stored(place, &batch, column.buffers.clone())?;
            let held = self.backed(&batch, &column, &stored);
            size = held.filter(|held| held.rows == rows).ok_or(CLAIMS)?;
        }
        Ok(Some(size))
    }

    /// The size of a column, if its buffers are as long as that takes.
    fn backed(&self, batch: &RecordBatch<'_>, column: &Column, stored: &[Stored]) -> Option<Size> {
        let nodes = batch.nodes()?;
        let length = |at: usize| {
            let node = (at < nodes.len()).then(|| nodes.get(at))?;
            usize::try_from(node.length()).ok()
        };
        let rows = length(column.nodes.start)?;
        let values = length(column.nodes.end - 1)?;
        let size = |at: usize| stored.get(at).map_or(0, |buffer| buffer.size);
        let held = self.schema.field(column.at).data_type();
        let (all, item) = match held {
            // There is an end more than there are lists.
            DataType::List(item) => (rows == 0 || rows < size(1) / 4, item.data_type()),
            DataType::LargeList(item) => (rows == 0 || rows < size(1) / 8, item.data_type()),
            DataType::FixedSizeList(item, width) => {
                let width = usize::try_from(*width).ok()?;
                let fits = rows.checked_mul(width).is_some_and(|most| most <= values);
                (fits, item.data_type())
            }
            // Truth values take least.
            held => (rows <= size(1).saturating_mul(8), held),
        };
        let last = stored.last().map_or(0, |buffer| buffer.size);
        let numbers = item
            .primitive_width()
            .is_none_or(|width| values <= last / width);
        (all && numbers).then_some(Size { rows, values })
    }

    /// Reads these columns of each batch; with `bare`, without numbers that can be had from the file.
    pub(super) fn batches(&self, wanted: &[usize], bare: bool) -> Batches<'_> {
        let fields = wanted.iter().filter_map(|&at| self.schema.fields().get(at));
        #[expect(
            deprecated,
            reason = "arrow-ipc tells dictionaries by nothing else yet"
        )]
        let ids = fields.filter_map(|field| match field.data_type() {
            DataType::Dictionary(..) => field.dict_id(),
            _ => None,
        });
        Batches {
            ids: ids.collect(),
            messages: self,
            next: 0,
            wanted: wanted.to_vec(),
            bare,
            dictionaries: HashMap::new(),
        }
    }

    fn message(&self, place: &Place) -> Result<Message<'_>, Cause> {
        let metadata = (*self.bytes).as_ref().get(place.metadata.clone());
        places::message(metadata.unwrap_or_default())
    }

    /// Where the columns `wanted` are in a batch.
    fn columns(
        &self,
        message: &Message<'_>,
        batch: &RecordBatch<'_>,
        wanted: &[usize],
    ) -> Result<Vec<Column>, Cause> {
        let old = message.version() < MetadataVersion::V5;
        let counts = batch.variadicBufferCounts();
        let all = columns(&self.schema, old, counts.into_iter().flatten());
        let all = all.ok_or("a batch has other columns than its file")?;
        let wanted = wanted.iter().map(|&at| all.get(at).cloned());
        let wanted: Option<Vec<Column>> = wanted.collect();
        Ok(wanted.ok_or("a column is missing")?)
    }

    /// The buffers of a batch at these places in its list.
    fn stored(
        &self,
        place: &Place,
        batch: &RecordBatch<'_>,
        buffers: Range<usize>,
    ) -> Result<Vec<Stored>, Cause> {
        let list = batch.buffers().ok_or("a batch lists no buffers")?;
        let file = (*self.bytes).as_ref();
        let packed = batch.compression().map(|packed| packed.codec());
        let stored = buffers.map(|at| {
            let buffer = (at < list.len()).then(|| list.get(at));
            let buffer = buffer.ok_or("a batch lists too few buffers")?;
            let start = places::inside(&place.body, buffer.offset());
            let start = start.ok_or("a buffer lies outside its batch")?;
            let end = places::inside(&(start..place.body.end), buffer.length());
            let at = start..end.ok_or("a buffer lies outside its batch")?;
            stored(file, at, packed)
        });
        stored.collect()
    }

    /// A body of which only these buffers are copied, and the rest is zeros that take no room.
    fn body(&self, place: &Place, stored: &[Stored]) -> Result<Buffer, InputError> {
        let unpacked = stored.iter().filter(|buffer| buffer.plain.is_none());
        let unpacked = unpacked.fold(0_usize, |sum, buffer| sum.saturating_add(buffer.size));
        let room = room::<u8>(&self.name, unpacked.saturating_add(place.body.len()))?;
        // Room that nobody looks at may be left unasked for.
        drop(black_box(room));
        let body = MutableBuffer::try_from_len_zeroed(place.body.len());
        let mut body = body.map_err(|cause| refused(&self.name, cause.to_string().into()))?;
        let file = (*self.bytes).as_ref();
        for Stored { at, .. } in stored {
            let start = at.start - place.body.start;
            body[start..start + at.len()].copy_from_slice(&file[at.clone()]);
        }
        Ok(body.into())
    }
}

/// Batch after batch.
pub(super) struct Batches<'m> {
    messages: &'m Messages,
    next: usize,
    wanted: Vec<usize>,
    bare: bool,
    /// The dictionaries that are wanted, and those that were read.
    ids: Vec<i64>,
    dictionaries: HashMap<i64, ArrayRef>,
}

impl Iterator for Batches<'_> {
    type Item = Result<Batch, InputError>;

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

impl Batches<'_> {
    /// A batch; of a dictionary nothing, but it is kept.
    fn read(&mut self, place: &Place) -> Result<Option<Batch>, InputError> {
        let messages = self.messages;
        let refused = |cause| refused(&messages.name, cause);
        let message = messages.message(place).map_err(refused)?;
        if let Some(dictionary) = message.header_as_dictionary_batch() {
            let Some(data) = dictionary
                .data()
                .filter(|_| self.ids.contains(&dictionary.id()))
            else {
                return Ok(None);
            };
            let all = 0..data.buffers().map_or(0, |buffers| buffers.len());
            let stored = messages.stored(place, &data, all).map_err(refused)?;
            // Truth values take least.
            let sizes = stored.iter().map(|buffer| buffer.size);
            let most = sizes
                .fold(0_usize, |sum, size| sum.saturating_add(size))
                .saturating_mul(8);
            let mut lengths = data.nodes().into_iter().flatten().map(|node| node.length());
            if lengths.any(|length| usize::try_from(length).map_or(true, |length| length > most)) {
                return Err(refused(CLAIMS.into()));
            }
            let body = messages.body(place, &stored)?;
            let (schema, kept) = (&messages.schema, &mut self.dictionaries);
            let read = read_dictionary(&body, dictionary, schema, kept, &message.version());
            read.map_err(|cause| refused(cause.into()))?;
            return Ok(None);
        }
        let Some(batch) = message.header_as_record_batch() else {
            return Ok(None);
        };
        let columns = messages.columns(&message, &batch, &self.wanted);
        let (mut stored, mut values) = (Vec::new(), Vec::new());
        for column in columns.map_err(refused)? {
            let buffers = messages.stored(place, &batch, column.buffers.clone());
            let buffers = buffers.map_err(refused)?;
            if messages.backed(&batch, &column, &buffers).is_none() {
                return Err(refused(CLAIMS.into()));
            }
            stored.extend(buffers);
            let last = stored.last_mut().and_then(|last| {
                let plain = last.plain.clone().filter(|_| self.bare)?;
                // What stands before it says that it is not packed.
                last.at.end = plain.start;
                Some(plain)
            });
            values.push(last);
        }
        let body = messages.body(place, &stored)?;
        let version = message.version();
        let schema = Arc::clone(&messages.schema);
        let decoder =
            RecordBatchDecoder::try_new(&body, batch, schema, &self.dictionaries, &version);
        let decoded = decoder.and_then(|decoder| {
            let decoder = decoder.with_projection(Some(&self.wanted));
            decoder.read_record_batch()
        });
        let decoded = decoded.map_err(|cause| refused(cause.into()))?;
        Ok(Some(Batch {
            rows: decoded.num_rows(),
            columns: decoded.columns().to_vec(),
            values,
        }))
    }
}

/// A buffer in the file; if its batch is packed, its first 8 bytes are the length of its contents, or -1 where it is not.
fn stored(file: &[u8], at: Range<usize>, packed: Option<CompressionType>) -> Result<Stored, Cause> {
    let plain = |contents: Range<usize>| Stored {
        at: at.clone(),
        size: contents.len(),
        plain: Some(contents),
    };
    let Some(packed) = packed.filter(|_| !at.is_empty()) else {
        return Ok(plain(at.clone()));
    };
    let length = file.get(at.clone()).and_then(<[u8]>::first_chunk::<8>);
    let length = i64::from_le_bytes(*length.ok_or("a packed buffer has no length")?);
    let contents = at.start + 8..at.end;
    if length == -1 {
        return Ok(plain(contents));
    }
    // What a byte of the one and a block of 4 bytes of the other can stand for at most.
    let most = match packed {
        CompressionType::LZ4_FRAME => contents.len().saturating_mul(255),
        CompressionType::ZSTD => contents.len().saturating_mul(1 << 15),
        _ => return Err("its compression is not known".into()),
    };
    let size = usize::try_from(length).ok();
    let size = size.filter(|&size| size <= most.saturating_add(1 << 17));
    Ok(Stored {
        at,
        plain: None,
        size: size.ok_or("a packed buffer claims more than it can hold")?,
    })
}

fn refused(name: &str, cause: Cause) -> InputError {
    InputError::Table {
        path: name.to_owned(),
        format: Table::Arrow.name(),
        cause,
    }
}
