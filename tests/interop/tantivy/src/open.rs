//! Opens an index wherever it lies.

use std::path::Path;

use anyhow::{Context, Result};
use tantivy::Index;

use crate::split_directory::SplitDirectory;

/// An index directory, or a split: whatever is not a directory is read as one.
pub fn open_index(path: &str) -> Result<Index> {
    let open = || -> Result<Index> {
        if Path::new(path).is_dir() {
            Ok(Index::open_in_dir(path)?)
        } else {
            Ok(Index::open(SplitDirectory::open(Path::new(path))?)?)
        }
    };
    open().with_context(|| path.to_owned())
}
