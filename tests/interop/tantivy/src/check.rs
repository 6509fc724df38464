//! Proves that tantivy takes an index: every checksum holds and everything in it can be read.

use anyhow::{ensure, Context, Result};
use tantivy::{Directory, Index};

use crate::{listing, open};

/// Checks each component file, whether or not a .managed.json names it: Index::validate_checksum
/// looks at managed files only, and splits have no such list.
fn check_checksums(index: &Index) -> Result<usize> {
    let mut checked = 0;
    for meta in index.searchable_segment_metas()? {
        for path in meta.list_files() {
            if !index.directory().exists(&path)? {
                continue;
            }
            let ok = index.directory().validate_checksum(&path)?;
            ensure!(ok, "{}: the checksum is wrong", path.display());
            checked += 1;
        }
    }
    Ok(checked)
}

pub fn check(paths: &[String]) -> Result<()> {
    for path in paths {
        let index = open::open_index(path)?;
        let files = check_checksums(&index).with_context(|| path.clone())?;
        let mut lines = Vec::new();
        listing::list(&index, &mut lines).with_context(|| path.clone())?;
        let documents = index.reader()?.searcher().num_docs();
        println!("{path}: {files} files, {documents} documents, {} bytes of listing", lines.len());
    }
    Ok(())
}
