//! The hotcache of a split: the bytes that tantivy reads while it opens the index, found by watching it
//! do so. docs/split-format.md, section 1.5.

use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tantivy::{Index, ReloadPolicy};

use crate::recording_directory::RecordingDirectory;

const HOTCACHE_MAGIC: u32 = 2_557_869_106;
const HOTCACHE_VERSION: u32 = 1;

/// As postcard writes numbers: seven bits a byte, the least significant first.
fn add_number(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn add_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    add_number(out, bytes.len());
    out.extend_from_slice(bytes);
}

/// Sorted, and no two overlap or touch: a read is served from one slice only.
fn joined(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut joined: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

fn slice_cache(file: &[u8], ranges: &[Range<usize>]) -> Vec<u8> {
    let cached: Vec<u8> = ranges.iter().flat_map(|range| &file[range.clone()]).copied().collect();
    let mut out = cached.clone();
    add_number(&mut out, file.len());
    add_number(&mut out, ranges.len());
    let mut address = 0;
    for range in ranges {
        add_number(&mut out, range.start);
        add_number(&mut out, range.end);
        add_number(&mut out, address);
        address += range.len();
    }
    out.extend_from_slice(&(cached.len() as u64).to_le_bytes());
    out
}

/// Opens all that a searcher opens, and tells what was read.
fn watch_opening(folder: &Path) -> Result<RecordingDirectory> {
    let directory = RecordingDirectory::open(folder)?;
    let index = Index::open(directory.clone())?;
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    for segment in reader.searcher().segment_readers() {
        for (field, entry) in index.schema().fields() {
            if entry.is_indexed() {
                segment.inverted_index(field)?;
            }
        }
    }
    Ok(directory)
}

/// Of the index in `folder`, whose `files` are name and content, sorted by name.
pub fn hotcache(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<Vec<u8>> {
    let mut reads = watch_opening(folder).context("the hotcache")?.reads();
    let (mut lists, mut places, mut caches) = (Vec::new(), Vec::new(), Vec::new());
    add_number(&mut lists, files.len());
    add_number(&mut places, files.len());
    for (name, content) in files {
        add_bytes(&mut lists, name.as_bytes());
        add_number(&mut lists, content.len());
        add_bytes(&mut places, name.as_bytes());
        add_number(&mut places, caches.len());
        let ranges = joined(reads.remove(&PathBuf::from(name)).unwrap_or_default());
        caches.extend(slice_cache(content, &ranges));
    }
    lists.extend(places);
    let mut out = Vec::new();
    for number in [HOTCACHE_MAGIC, HOTCACHE_VERSION, u32::try_from(lists.len())?] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.extend(lists);
    out.extend(caches);
    Ok(out)
}
