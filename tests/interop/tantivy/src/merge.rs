//! tantivy's own merge, timed and weighed.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{ensure, Context, Result};
use serde_json::json;
use tantivy::directory::MmapDirectory;
use tantivy::indexer::merge_filtered_segments;
use tantivy::Directory;

use crate::open;
use crate::peak_rss::PeakRss;
use crate::unsynced_directory::UnsyncedDirectory;

fn bytes_in(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}

fn directory_to_write(out: &Path, sync: bool) -> Result<Box<dyn Directory>> {
    Ok(if sync {
        Box::new(MmapDirectory::open(out)?)
    } else {
        Box::new(UnsyncedDirectory::open(out)?)
    })
}

/// Merges the segments of all `inputs`, in this order, into the empty or new directory `out`. Not
/// merge_indices, because that refuses inputs whose stores are compressed differently. Without `sync`
/// what is written need not reach the disk.
pub fn merge(out: &str, inputs: &[String], sync: bool) -> Result<()> {
    let out = Path::new(out);
    fs::create_dir_all(out).with_context(|| out.display().to_string())?;
    ensure!(fs::read_dir(out)?.next().is_none(), "{}: the folder is not empty", out.display());

    let window = PeakRss::begin()?;
    let start = Instant::now();
    let indexes = inputs.iter().map(|path| open::open_index(path)).collect::<Result<Vec<_>>>()?;
    let mut segments = Vec::new();
    for index in &indexes {
        segments.extend(index.searchable_segments()?);
    }
    let unfiltered = segments.iter().map(|_| None).collect();
    let settings = indexes[0].settings().clone();
    let directory = directory_to_write(out, sync)?;
    let merged = merge_filtered_segments(&segments, settings, unfiltered, directory)?;
    let seconds = start.elapsed().as_secs_f64();
    let mut told = window.end()?;

    told.insert("seconds".into(), json!(seconds));
    told.insert("documents".into(), json!(merged.reader()?.searcher().num_docs()));
    told.insert("output_bytes".into(), json!(bytes_in(out)?));
    println!("{}", json!(told));
    Ok(())
}
