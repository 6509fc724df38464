//! Packs an index directory into a split, as Quickwit does. docs/split-format.md, sections 1.1 and 1.2.

use std::fs;
use std::path::Path;

use anyhow::{ensure, Context, Result};
use tantivy::Index;

use crate::bundle::BUNDLE_MAGIC;
use crate::hotcache;

fn read_files(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).context("a name is not text")?;
        if !name.starts_with(".tantivy") {
            files.push((name.to_owned(), fs::read(&path)?));
        }
    }
    files.sort();
    Ok(files)
}

fn add_section(split: &mut Vec<u8>, section: &[u8]) -> Result<()> {
    split.extend_from_slice(section);
    split.extend_from_slice(&u32::try_from(section.len())?.to_le_bytes());
    Ok(())
}

/// Writes the split `out` with all files of the index directory `folder`, which has one segment. Its
/// `split_fields` is empty, as of other packers than Quickwit itself.
pub fn pack(out: &str, folder: &str) -> Result<()> {
    let folder = Path::new(folder);
    let segments = Index::open_in_dir(folder)?.searchable_segment_ids()?.len();
    ensure!(segments == 1, "{}: a split holds one segment, not {segments}", folder.display());
    let mut files = read_files(folder).with_context(|| folder.display().to_string())?;
    let hotcache = hotcache::hotcache(folder, &files)?;
    files.push(("split_fields".to_owned(), Vec::new()));

    let (mut split, mut places) = (Vec::new(), Vec::new());
    for (name, content) in &files {
        let start = split.len();
        split.extend_from_slice(content);
        let (name, end) = (serde_json::to_string(name)?, split.len());
        places.push(format!("{name}:{{\"start\":{start},\"end\":{end}}}"));
    }
    let mut metadata = Vec::new();
    metadata.extend_from_slice(&BUNDLE_MAGIC.to_le_bytes());
    metadata.extend_from_slice(&1_u32.to_le_bytes());
    metadata.extend_from_slice(format!("{{\"files\":{{{}}}}}", places.join(",")).as_bytes());
    add_section(&mut split, &metadata)?;
    add_section(&mut split, &hotcache)?;
    fs::write(out, split).with_context(|| out.to_owned())
}
