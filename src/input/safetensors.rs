//! Hugging Face's `.safetensors`: a length, a JSON header, then the tensors.

use std::path::Path;
use std::sync::Arc;

use ::safetensors::tensor::{Dtype, Metadata, TensorInfo};

use super::InputError;
use super::array::{Array, ArrayLayout};
use super::choose::choose;
use super::element::{Element, Odd};
use super::format::SAFETENSORS_MAX_HEADER;
use super::wanted::Wanted;
use crate::data::Bytes;

/// The tensor called `tensor`, or the only one.
pub(super) fn array(
    path: &Path,
    bytes: &Bytes,
    wanted: Wanted,
    tensor: Option<&str>,
) -> Result<Array, InputError> {
    let (metadata, data_start) = header(path, (**bytes).as_ref())?;
    let names = metadata.offset_keys();
    let tensors: Vec<(&str, &TensorInfo)> = names
        .iter()
        .filter_map(|name| Some((name.as_str(), metadata.info(name)?)))
        .collect();
    let names: Vec<&str> = tensors.iter().map(|&(name, _)| name).collect();
    let summary = |at: usize| layout(tensors[at].1).summary();
    let (name, info) = tensors[choose(path, wanted, tensor, &names, summary)?];
    let (start, end) = info.data_offsets;
    let name = format!("{}[{name}]", path.display());
    Array::new(
        name,
        Arc::clone(bytes),
        (data_start + start, data_start + end),
        layout(info),
    )
}

/// The checked header, and where the tensors begin.
///
/// The crate's own `SafeTensors::deserialize` adds the lengths it finds in the file without a check, which a
/// hostile header turns into a panic; its `Metadata` is used instead and the lengths are compared here.
fn header(path: &Path, bytes: &[u8]) -> Result<(Metadata, usize), InputError> {
    let path = || path.display().to_string();
    let wrong = |part, expected, found| InputError::SafetensorsLength {
        path: path(),
        part,
        expected,
        found,
    };
    let (len, rest) = bytes
        .split_first_chunk::<8>()
        .ok_or_else(|| wrong("of length", 8, bytes.len()))?;
    let len = u64::from_le_bytes(*len);
    let text = usize::try_from(len)
        .ok()
        .filter(|_| len <= SAFETENSORS_MAX_HEADER)
        .and_then(|n| rest.get(..n));
    let text = text.ok_or_else(|| wrong("of header", len, rest.len()))?;
    let metadata: Metadata =
        serde_json::from_slice(text).map_err(|cause| InputError::SafetensorsHeader {
            path: path(),
            cause,
        })?;
    let data = rest.len() - text.len();
    if metadata.data_len() != data {
        return Err(wrong("of tensors", metadata.data_len() as u64, data));
    }
    Ok((metadata, bytes.len() - data))
}

fn layout(info: &TensorInfo) -> ArrayLayout {
    let size = info.dtype.bitsize() / 8;
    let element = match info.dtype {
        Dtype::F16 => Element::F16,
        Dtype::BF16 => Element::Bf16,
        Dtype::F32 => Element::F32,
        Dtype::F64 => Element::F64,
        Dtype::I8 | Dtype::I16 | Dtype::I32 | Dtype::I64 => Element::Signed(size),
        Dtype::U8 | Dtype::U16 | Dtype::U32 | Dtype::U64 => Element::Unsigned(size),
        Dtype::C64 => Element::Odd(Odd::Complex),
        Dtype::F8_E4M3 | Dtype::F8_E5M2 | Dtype::F8_E4M3FNUZ | Dtype::F8_E5M2FNUZ => {
            Element::Odd(Odd::Float8)
        }
        Dtype::BOOL => Element::Bool,
        _ => Element::Odd(Odd::Other),
    };
    // The format is little-endian and row-major by definition.
    ArrayLayout {
        element,
        spelled: format!("{:?}", info.dtype),
        big_endian: false,
        fortran: false,
        shape: info.shape.clone(),
    }
}
