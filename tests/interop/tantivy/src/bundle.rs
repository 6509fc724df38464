//! The footer of a split: which file of the index lies where. docs/split-format.md, section 1.1.

use std::ops::Range;

use anyhow::{ensure, Context, Result};
use serde_json::Value;
use tantivy::directory::FileSlice;
use tantivy::HasLen;

pub const BUNDLE_MAGIC: u32 = 403_881_646;
const HEADER_BYTES: usize = 8;
const TRAILER_BYTES: usize = 16;
const TRAILER_MAGIC: &[u8] = b"QWFT";

fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    u32::from_le_bytes(bytes[offset..offset + 4].try_into().expect("four bytes"))
}

/// Where the section that ends at `end` begins: its length is in the 4 bytes before `end`.
fn section_ending_at(split: &FileSlice, end: usize, what: &str) -> Result<Range<usize>> {
    ensure!(end >= 4, "too short for the length of the {what}");
    let length = u32_at(&split.read_bytes_slice(end - 4..end)?, 0) as usize;
    ensure!(length <= end - 4, "the {what} claims {length} bytes, {} are there", end - 4);
    Ok(end - 4 - length..end - 4)
}

/// Name and place of each file, as the metadata has them.
pub fn read_bundle(split: &FileSlice) -> Result<Vec<(String, Range<usize>)>> {
    let mut end = split.len();
    if end >= TRAILER_BYTES {
        let tail = split.read_bytes_slice(end - TRAILER_MAGIC.len()..end)?;
        if tail.as_slice() == TRAILER_MAGIC {
            end -= TRAILER_BYTES;
        }
    }
    let hotcache = section_ending_at(split, end, "hotcache")?;
    let metadata = section_ending_at(split, hotcache.start, "metadata")?;
    let payload_bytes = metadata.start;
    let bytes = split.read_bytes_slice(metadata)?;
    ensure!(bytes.len() > HEADER_BYTES, "the metadata has {} bytes", bytes.len());
    ensure!(
        u32_at(&bytes, 0) == BUNDLE_MAGIC && u32_at(&bytes, 4) == 1,
        "the metadata is not that of a split"
    );
    let json: Value = serde_json::from_slice(&bytes[HEADER_BYTES..]).context("the metadata")?;
    let files = json["files"].as_object().context("the metadata lists no files")?;
    let mut found = Vec::with_capacity(files.len());
    for (name, place) in files {
        let range = place["start"].as_u64().zip(place["end"].as_u64());
        let (start, end) = range.with_context(|| format!("file {name} has no range"))?;
        ensure!(
            start <= end && end <= payload_bytes as u64,
            "file {name} lies at {start}..{end}, the files end at {payload_bytes}"
        );
        found.push((name.clone(), start as usize..end as usize));
    }
    Ok(found)
}
