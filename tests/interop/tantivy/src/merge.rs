//! tantivy's own merge, timed and weighed.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{bail, ensure, Context, Result};
use serde_json::json;
use tantivy::directory::MmapDirectory;
use tantivy::indexer::merge_filtered_segments;
use tantivy::Directory;

use crate::open;
use crate::peak_rss::PeakRss;
use crate::steady_names;
use crate::unsynced_directory::UnsyncedDirectory;

#[derive(Default)]
pub struct MergeOptions {
    /// What is written need not reach the disk.
    pub no_sync: bool,
    /// The segment gets a name that only depends on what is in it.
    pub steady: bool,
}

impl MergeOptions {
    /// Takes the options at the beginning of `words`; gives the rest.
    pub fn parse(mut words: &[String]) -> Result<(MergeOptions, &[String])> {
        let mut options = MergeOptions::default();
        while let [flag, rest @ ..] = words {
            match flag.as_str() {
                "--no-sync" => options.no_sync = true,
                "--steady" => options.steady = true,
                other if other.starts_with("--") => bail!("merge has no option {other}"),
                _ => break,
            }
            words = rest;
        }
        Ok((options, words))
    }
}

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
/// merge_indices, because that refuses inputs whose stores are compressed differently.
pub fn merge(out: &str, inputs: &[String], options: &MergeOptions) -> Result<()> {
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
    let directory = directory_to_write(out, !options.no_sync)?;
    let merged = merge_filtered_segments(&segments, settings, unfiltered, directory)?;
    let seconds = start.elapsed().as_secs_f64();
    let mut told = window.end()?;

    told.insert("seconds".into(), json!(seconds));
    told.insert("documents".into(), json!(merged.reader()?.searcher().num_docs()));
    if options.steady {
        steady_names::rename_segments(&merged, out, &merged.searchable_segment_ids()?)?;
    }
    told.insert("output_bytes".into(), json!(bytes_in(out)?));
    println!("{}", json!(told));
    Ok(())
}
