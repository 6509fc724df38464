//! tantivy names segments at random and lists those of equal size in no particular order. Here they
//! are renamed after what is in them and listed in the order in which they were written, so that the
//! same documents make the same files.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use tantivy::index::SegmentId;
use tantivy::Index;

use crate::hash::Fnv;

/// The id as file names have it: half a hash of the stored documents, half the segment's place.
fn steady_name(folder: &Path, name: &str, place: usize) -> Result<String> {
    let mut hash = Fnv::new();
    hash.bytes(&fs::read(folder.join(format!("{name}.store")))?);
    Ok(format!("{:016x}{place:016x}", hash.value()))
}

/// As meta.json has it.
fn dashed(name: &str) -> String {
    [&name[..8], &name[8..12], &name[12..16], &name[16..20], &name[20..]].join("-")
}

/// `segments` in the order in which they were written. Nobody may use the index afterwards.
pub fn rename_segments(index: &Index, folder: &Path, segments: &[SegmentId]) -> Result<()> {
    let mut meta = index.load_metas()?;
    let places: HashMap<_, _> = segments.iter().zip(0..).collect();
    meta.segments.sort_by_key(|segment| places.get(&segment.id()).copied().unwrap_or(usize::MAX));
    let mut json = serde_json::to_string_pretty(&meta)?;

    let mut names = HashMap::new();
    for (place, segment) in segments.iter().enumerate() {
        let old = segment.uuid_string();
        let new = steady_name(folder, &old, place)?;
        json = json.replace(&dashed(&old), &dashed(&new));
        names.insert(old, new);
    }
    let mut managed = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let file = path.file_name().and_then(|name| name.to_str()).context("a name is not text")?;
        let Some((stem, extension)) = file.split_once('.') else { continue };
        if let Some(new) = names.get(stem) {
            managed.push(format!("{new}.{extension}"));
            fs::rename(&path, folder.join(format!("{new}.{extension}")))?;
        }
    }
    managed.push("meta.json".to_owned());
    managed.sort();
    fs::write(folder.join(".managed.json"), serde_json::to_string(&managed)? + "\n")?;
    Ok(fs::write(folder.join("meta.json"), json + "\n")?)
}
