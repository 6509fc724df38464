//! What tantivy itself says about an index: the judge of splitscope's fidelity.

mod bundle;
mod check;
mod hash;
mod hotcache;
mod listing;
mod listing_columns;
mod merge;
mod open;
mod pack;
mod peak_rss;
mod queries;
mod query;
mod recording_directory;
mod schemas;
mod split_directory;
mod steady_names;
mod unsynced_directory;
mod write;

use std::io::{BufWriter, Write};

use anyhow::{bail, ensure, Context, Result};

const USAGE: &str = "INDEX is an index directory or a split.

splitscope-oracle check INDEX...
    opens, validates every checksum, reads all
splitscope-oracle list INDEX
    prints the canonical listing
splitscope-oracle query INDEX QUERIES TOP [--exhaustive]
    answers each line of the file QUERIES with the count and the TOP best hits;
    --exhaustive scores every matching document instead of skipping blocks
splitscope-oracle write OUT DOCUMENTS [--schema FILE] [--docs-per-segment N]
                        [--compressor none|lz4|zstd|zstd(compression_level=N)] [--blocksize BYTES]
                        [--delete QUERY]
    writes an index directory from JSON documents, one a line; without a schema, every
    field of theirs is indexed, fast and stored; in the end deletes what QUERY matches
splitscope-oracle merge [--no-sync] [--steady] OUT INDEX...
    merges into a new directory; prints time, memory and size as JSON; --no-sync does not
    wait for the disk; --steady names the segment after what is in it
splitscope-oracle pack OUT FOLDER
    makes a split of an index directory with one segment";

fn list(path: &str) -> Result<()> {
    let index = open::open_index(path)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    listing::list(&index, &mut out).with_context(|| path.to_owned())?;
    Ok(out.flush()?)
}

fn query(path: &str, queries: &str, top: &str, exhaustive: bool) -> Result<()> {
    let number = top.parse::<usize>().ok().filter(|number| *number > 0);
    let top = number.with_context(|| format!("TOP must be a number above 0, found '{top}'"))?;
    query::query(path, queries, top, exhaustive)
}

fn run(words: &[String]) -> Result<()> {
    let Some((verb, rest)) = words.split_first() else { bail!("usage\n{USAGE}") };
    match (verb.as_str(), rest) {
        ("check", [_, ..]) => check::check(rest),
        ("list", [path]) => list(path),
        ("query", [path, queries, top]) => query(path, queries, top, false),
        ("query", [path, queries, top, flag]) if flag == "--exhaustive" => {
            query(path, queries, top, true)
        }
        ("write", [out, documents, options @ ..]) => {
            write::write(out, documents, &write::WriteOptions::parse(options)?)
        }
        ("merge", words) => {
            let (options, rest) = merge::MergeOptions::parse(words)?;
            let [out, inputs @ ..] = rest else { bail!("merge needs OUT; usage\n{USAGE}") };
            ensure!(!inputs.is_empty(), "merge needs an INDEX; usage\n{USAGE}");
            merge::merge(out, inputs, &options)
        }
        ("pack", [out, folder]) => pack::pack(out, folder),
        ("--help" | "help", _) => Ok(println!("{USAGE}")),
        _ => bail!("these words make no command; usage\n{USAGE}"),
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Err(error) = run(&words) {
        eprintln!("splitscope-oracle: {error:#}");
        std::process::exit(1);
    }
}
