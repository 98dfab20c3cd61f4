//! Where the messages of an Arrow file or stream lie.

use std::fmt::Display;
use std::ops::Range;

use arrow_ipc::reader::read_footer_length;
use arrow_ipc::{
    Block, Footer, Message, MessageHeader, MetadataVersion, Schema, root_as_footer, root_as_message,
};

use crate::input::tables::checked::Cause;

const FILE: &[u8] = b"ARROW1";
/// Stands before the length of a message, but in streams that were written before 2019.
const CONTINUED: &[u8] = &[0xff; 4];

/// A message within the file.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) metadata: Range<usize>,
    pub(super) body: Range<usize>,
}

/// What holds the schema.
#[derive(Debug)]
pub(super) enum Holder {
    Footer(Range<usize>),
    Message(Range<usize>),
}

/// What was found in a file.
pub(super) struct Found {
    pub(super) schema: Holder,
    /// Dictionaries and batches, in the order in which they are to be read.
    pub(super) messages: Vec<Place>,
    /// Whether it says where it ends.
    pub(super) ended: bool,
}

/// All messages; refused if together they are longer than the file.
pub(super) fn find(file: &[u8]) -> Result<Found, Cause> {
    let found = match file.starts_with(FILE) {
        true => in_file(file)?,
        false => in_stream(file)?,
    };
    let lengths = found.messages.iter();
    let length = lengths.fold(0_usize, |sum, place| {
        sum.saturating_add(place.metadata.len())
            .saturating_add(place.body.len())
    });
    match length <= file.len() {
        true => Ok(found),
        false => Err("its messages claim more bytes than it has".into()),
    }
}

/// What `make` makes of the schema.
pub(super) fn with_schema<T>(
    file: &[u8],
    holder: &Holder,
    make: &dyn Fn(Schema<'_>) -> Result<T, Cause>,
) -> Result<T, Cause> {
    let part = |at: &Range<usize>| file.get(at.clone()).unwrap_or_default();
    let schema = match holder {
        Holder::Footer(at) => footer(part(at))?.schema(),
        Holder::Message(at) => message(part(at))?.header_as_schema(),
    };
    make(schema.ok_or("it has no schema")?)
}

/// The message that these bytes are.
pub(super) fn message(bytes: &[u8]) -> Result<Message<'_>, Cause> {
    root_as_message(bytes).map_err(|cause| damaged("a message", &cause))
}

fn footer(bytes: &[u8]) -> Result<Footer<'_>, Cause> {
    root_as_footer(bytes).map_err(|cause| damaged("its footer", &cause))
}

fn damaged(what: &str, cause: &dyn Display) -> Cause {
    // The lines after the first say where in the reader.
    let cause = cause.to_string();
    let first = cause.lines().next().unwrap_or_default();
    format!("{what} is damaged: {first}").into()
}

/// The end of `length` bytes that begin where `part` does, if they lie in it.
pub(super) fn inside(part: &Range<usize>, length: i64) -> Option<usize> {
    let end = part.start.checked_add(usize::try_from(length).ok()?)?;
    (end <= part.end).then_some(end)
}

/// A file tells at its end where its messages are.
fn in_file(file: &[u8]) -> Result<Found, Cause> {
    let (front, tail) = file
        .split_last_chunk::<10>()
        .filter(|(_, tail)| tail.ends_with(FILE))
        .ok_or(
            "it does not end as it begins, with ARROW1: it was cut short, or is not yet whole",
        )?;
    let start = front.len().checked_sub(read_footer_length(*tail)?);
    let at = start.ok_or("its footer claims more bytes than it has")?..front.len();
    let footer = footer(&file[at.clone()])?;
    let place = |block: &Block| {
        let start = inside(&(0..file.len()), block.offset());
        let start = start.ok_or("a message lies outside the file")?;
        match next(file, start)? {
            Step::Message(place, header) => Ok((place, header)),
            Step::End(_) => Err(Cause::from(
                "its footer tells of a message where there is none",
            )),
        }
    };
    let dictionaries = footer.dictionaries().into_iter().flatten();
    let batches = footer
        .recordBatches()
        .ok_or("its footer tells of no batches")?;
    let mut messages = Vec::new();
    for (block, wanted) in dictionaries
        .map(|block| (block, MessageHeader::DictionaryBatch))
        .chain(
            batches
                .iter()
                .map(|block| (block, MessageHeader::RecordBatch)),
        )
    {
        let (place, found) = place(block)?;
        if found != wanted {
            return Err("its footer tells of other messages than it has".into());
        }
        messages.push(place);
    }
    Ok(Found {
        schema: Holder::Footer(at),
        messages,
        ended: true,
    })
}

/// A stream has message after message, a schema first.
fn in_stream(file: &[u8]) -> Result<Found, Cause> {
    let Step::Message(first, MessageHeader::Schema) = next(file, 0)? else {
        return Err("it does not begin with a schema".into());
    };
    let mut at = first.body.end;
    let mut messages = Vec::new();
    let mut ended = false;
    while at < file.len() {
        match next(file, at)? {
            Step::End(after) if after < file.len() => {
                return Err(format!("{} more bytes after its end", file.len() - after).into());
            }
            Step::End(after) => (at, ended) = (after, true),
            Step::Message(place, MessageHeader::DictionaryBatch | MessageHeader::RecordBatch) => {
                at = place.body.end;
                messages.push(place);
            }
            Step::Message(_, header) => {
                let found = header.variant_name().unwrap_or("an unknown one");
                return Err(format!("it holds a message that is no batch: {found}").into());
            }
        }
    }
    Ok(Found {
        schema: Holder::Message(first.metadata),
        messages,
        ended,
    })
}

enum Step {
    /// The mark of the end, and where it ends itself.
    End(usize),
    Message(Place, MessageHeader),
}

/// The message at a place: its length, that many bytes, and its body.
fn next(file: &[u8], at: usize) -> Result<Step, Cause> {
    const CUT: &str =
        "a message is longer than what is left of the file: it was cut short, or is damaged";
    let rest = file.get(at..).unwrap_or_default();
    let marked = if rest.starts_with(CONTINUED) { 4 } else { 0 };
    let length = rest.get(marked..).and_then(<[u8]>::first_chunk::<4>);
    let length = i32::from_le_bytes(*length.ok_or(CUT)?);
    let start = at + marked + 4;
    if length == 0 {
        return Ok(Step::End(start));
    }
    let end = inside(&(start..file.len()), length.into()).ok_or(CUT)?;
    let message = message(&file[start..end])?;
    if message.version() < MetadataVersion::V4 {
        return Err("it was written before version 0.8 of Arrow: write it again".into());
    }
    let body = inside(&(end..file.len()), message.bodyLength()).ok_or(CUT)?;
    let place = Place {
        metadata: start..end,
        body: end..body,
    };
    Ok(Step::Message(place, message.header_type()))
}
