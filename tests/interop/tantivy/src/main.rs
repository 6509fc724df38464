//! What tantivy itself says about an index directory. The judge of splitscope's fidelity.

mod listing;

use std::io::{BufWriter, Write};
use std::time::Instant;

use anyhow::{bail, ensure, Context, Result};
use tantivy::directory::MmapDirectory;
use tantivy::{Directory, Index};

const USAGE: &str = "splitscope-oracle check DIR...      open, validate every checksum, read all
splitscope-oracle list DIR          print the canonical listing
splitscope-oracle merge OUT DIR...  merge with tantivy's own merge; prints seconds";

/// Checks each component file, whether or not a .managed.json names it: Index::validate_checksum
/// looks at managed files only, and splits have no such list.
fn validate(index: &Index) -> Result<usize> {
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

fn check(directories: &[String]) -> Result<()> {
    for directory in directories {
        let index = Index::open_in_dir(directory).with_context(|| directory.clone())?;
        let files = validate(&index).with_context(|| directory.clone())?;
        let mut lines = Vec::new();
        listing::list(&index, &mut lines).with_context(|| directory.clone())?;
        let documents = index.reader()?.searcher().num_docs();
        println!("{directory}: {files} files, {documents} documents, {} bytes of listing", lines.len());
    }
    Ok(())
}

fn merge(out: &str, directories: &[String]) -> Result<()> {
    let indexes = directories.iter().map(Index::open_in_dir).collect::<Result<Vec<_>, _>>()?;
    std::fs::create_dir_all(out)?;
    let start = Instant::now();
    tantivy::indexer::merge_indices(&indexes, MmapDirectory::open(out)?)?;
    println!("merge {:.4} s", start.elapsed().as_secs_f64());
    Ok(())
}

fn run(arguments: &[String]) -> Result<()> {
    match arguments {
        [verb, directories @ ..] if verb == "check" && !directories.is_empty() => check(directories),
        [verb, directory] if verb == "list" => {
            let mut out = BufWriter::new(std::io::stdout().lock());
            listing::list(&Index::open_in_dir(directory)?, &mut out)?;
            Ok(out.flush()?)
        }
        [verb, out, directories @ ..] if verb == "merge" && !directories.is_empty() => {
            merge(out, directories)
        }
        _ => bail!("usage:\n{USAGE}"),
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Err(error) = run(&arguments) {
        eprintln!("splitscope-oracle: {error:#}");
        std::process::exit(1);
    }
}
