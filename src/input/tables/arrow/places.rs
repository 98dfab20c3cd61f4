//! Where the messages of an Arrow file or stream lie.

use std::ops::Range;

use polars_arrow_format::ipc::planus::ReadAsRoot;
use polars_arrow_format::ipc::{
    BlockRef, FooterRef, MessageHeaderRef as Header, MessageRef, MetadataVersion, SchemaRef,
};

use crate::input::tables::checked::Cause;

const FILE: &[u8] = b"ARROW1";
/// Stands before the length of a message, but in streams that were written before 2019.
const CONTINUED: &[u8] = &[0xff; 4];

/// A message within the file.
#[derive(Clone, Debug)]
pub(super) struct MessagePlace {
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
pub(super) struct Contents {
    pub(super) schema: Holder,
    /// Dictionaries and batches, in the order in which they are to be read.
    pub(super) messages: Vec<MessagePlace>,
    /// Whether it says where it ends.
    pub(super) ended: bool,
}

/// All messages; refused if together they are longer than the file.
pub(super) fn find(file: &[u8]) -> Result<Contents, Cause> {
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

/// The schema.
pub(super) fn schema<'f>(file: &'f [u8], holder: &Holder) -> Result<SchemaRef<'f>, Cause> {
    let part = |at: &Range<usize>| file.get(at.clone()).unwrap_or_default();
    let schema = match holder {
        Holder::Footer(at) => FooterRef::read_as_root(part(at))?.schema()?,
        Holder::Message(at) => match MessageRef::read_as_root(part(at))?.header()? {
            Some(Header::Schema(schema)) => Some(schema),
            _ => None,
        },
    };
    Ok(schema.ok_or("it has no schema")?)
}

/// The end of `length` bytes that begin where `part` does, if they lie in it.
pub(super) fn inside(part: &Range<usize>, length: i64) -> Option<usize> {
    let end = part.start.checked_add(usize::try_from(length).ok()?)?;
    (end <= part.end).then_some(end)
}

/// A file tells at its end where its messages are: a footer, its length in 4 bytes, and the mark of a file.
fn in_file(file: &[u8]) -> Result<Contents, Cause> {
    let (front, tail) = file
        .split_last_chunk::<10>()
        .filter(|(_, tail)| tail.ends_with(FILE))
        .ok_or(
            "it does not end as it begins, with ARROW1: it was cut short, or is not yet whole",
        )?;
    let length = i32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]);
    let start = usize::try_from(length)
        .ok()
        .and_then(|length| front.len().checked_sub(length));
    let at = start.ok_or("its footer claims more bytes than it has")?..front.len();
    let footer = FooterRef::read_as_root(&file[at.clone()])?;
    let mut messages = Vec::new();
    let mut find = |block: BlockRef<'_>, dictionary: bool| {
        let start = inside(&(0..file.len()), block.offset());
        let start = start.ok_or("a message lies outside the file")?;
        match (next(file, start)?, dictionary) {
            (NextMessage::Message(place, Header::DictionaryBatch(_)), true)
            | (NextMessage::Message(place, Header::RecordBatch(_)), false) => messages.push(place),
            (NextMessage::Message(..), _) => {
                return Err("its footer tells of other messages than it has".into());
            }
            (NextMessage::End(_), _) => {
                return Err("its footer tells of a message where there is none".into());
            }
        }
        Ok::<_, Cause>(())
    };
    for block in footer.dictionaries()?.into_iter().flatten() {
        find(block, true)?;
    }
    let batches = footer.record_batches()?;
    for block in batches.ok_or("its footer tells of no batches")? {
        find(block, false)?;
    }
    Ok(Contents {
        schema: Holder::Footer(at),
        messages,
        ended: true,
    })
}

/// A stream has message after message, a schema first.
fn in_stream(file: &[u8]) -> Result<Contents, Cause> {
    let NextMessage::Message(first, Header::Schema(_)) = next(file, 0)? else {
        return Err("it does not begin with a schema".into());
    };
    let mut at = first.body.end;
    let mut messages = Vec::new();
    let mut ended = false;
    while at < file.len() {
        match next(file, at)? {
            NextMessage::End(after) if after < file.len() => {
                return Err(format!("{} more bytes after its end", file.len() - after).into());
            }
            NextMessage::End(after) => (at, ended) = (after, true),
            NextMessage::Message(place, Header::DictionaryBatch(_) | Header::RecordBatch(_)) => {
                at = place.body.end;
                messages.push(place);
            }
            NextMessage::Message(..) => return Err("it holds a message that is no batch".into()),
        }
    }
    Ok(Contents {
        schema: Holder::Message(first.metadata),
        messages,
        ended,
    })
}

enum NextMessage<'f> {
    /// The mark of the end, and where it ends itself.
    End(usize),
    Message(MessagePlace, Header<'f>),
}

/// The message at a place: its length, that many bytes, and its body.
fn next(file: &[u8], at: usize) -> Result<NextMessage<'_>, Cause> {
    const CUT: &str =
        "a message is longer than what is left of the file: it was cut short, or is damaged";
    let rest = file.get(at..).unwrap_or_default();
    let marked = if rest.starts_with(CONTINUED) { 4 } else { 0 };
    let length = rest.get(marked..).and_then(<[u8]>::first_chunk::<4>);
    let length = i32::from_le_bytes(*length.ok_or(CUT)?);
    let start = at + marked + 4;
    if length == 0 {
        return Ok(NextMessage::End(start));
    }
    let end = inside(&(start..file.len()), length.into()).ok_or(CUT)?;
    let message = MessageRef::read_as_root(&file[start..end])?;
    if message.version()? < MetadataVersion::V4 {
        return Err("it was written before version 0.8 of Arrow: write it again".into());
    }
    let body = inside(&(end..file.len()), message.body_length()?).ok_or(CUT)?;
    let place = MessagePlace {
        metadata: start..end,
        body: end..body,
    };
    let header = message.header()?.ok_or("a message says nothing")?;
    Ok(NextMessage::Message(place, header))
}
