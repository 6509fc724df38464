//! Writes an index from documents with tantivy's own writer.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{bail, ensure, Context, Result};
use serde_json::Value;
use tantivy::index::SegmentId;
use tantivy::indexer::NoMergePolicy;
use tantivy::{Index, IndexSettings, IndexWriter, TantivyDocument};

use crate::{queries, schemas, steady_names};

// One thread's arena; more documents than fit would end a segment early.
const WRITER_BYTES: usize = 500_000_000;

pub struct WriteOptions {
    /// A file; without one, the documents tell.
    pub schema: Option<String>,
    pub docs_per_segment: usize,
    pub settings: IndexSettings,
    /// A query: documents that it matches are deleted in the end.
    pub delete: Option<String>,
}

impl WriteOptions {
    /// Takes --schema, --docs-per-segment, --compressor, --blocksize and --delete.
    pub fn parse(words: &[String]) -> Result<WriteOptions> {
        let mut schema = None;
        let mut docs_per_segment = usize::MAX;
        let mut settings = IndexSettings::default();
        let mut delete = None;
        for pair in words.chunks(2) {
            let [option, value] = pair else { bail!("{} needs a value", pair[0]) };
            let problem = || format!("{option} {value}");
            match option.as_str() {
                "--schema" => schema = Some(value.clone()),
                "--delete" => delete = Some(value.clone()),
                "--docs-per-segment" => docs_per_segment = value.parse().with_context(problem)?,
                "--blocksize" => {
                    settings.docstore_blocksize = value.parse().with_context(problem)?
                }
                "--compressor" => {
                    let name = Value::String(value.clone());
                    settings.docstore_compression =
                        serde_json::from_value(name).with_context(problem)?;
                }
                _ => bail!("write has no option {option}"),
            }
        }
        ensure!(docs_per_segment > 0, "--docs-per-segment 0: a segment holds documents");
        Ok(WriteOptions { schema, docs_per_segment, settings, delete })
    }
}

/// Adds the documents of the file `path` and tells the segments that they became, in order.
fn add_documents(
    index: &Index,
    writer: &mut IndexWriter,
    path: &str,
    docs_per_segment: usize,
) -> Result<Vec<SegmentId>> {
    let schema = index.schema();
    let file = File::open(path).with_context(|| path.to_owned())?;
    let mut segments = Vec::new();
    let mut pending = 0;
    let mut commit = |writer: &mut IndexWriter| -> Result<()> {
        writer.commit()?;
        let mut ids = index.searchable_segment_ids()?;
        ids.retain(|id| !segments.contains(id));
        ensure!(ids.len() == 1, "{path}: {} segments from one batch of documents", ids.len());
        segments.append(&mut ids);
        Ok(())
    };
    for (number, line) in BufReader::new(file).lines().enumerate() {
        let document = TantivyDocument::parse_json(&schema, &line?)
            .with_context(|| format!("{path}: line {}", number + 1))?;
        writer.add_document(document)?;
        pending += 1;
        if pending == docs_per_segment {
            commit(writer)?;
            pending = 0;
        }
    }
    if pending > 0 {
        commit(writer)?;
    }
    Ok(segments)
}

/// The same documents and options give the same bytes.
pub fn write(out: &str, documents: &str, options: &WriteOptions) -> Result<()> {
    let schema = match &options.schema {
        Some(path) => schemas::read_schema(path)?,
        None => schemas::schema_of_documents(documents)?,
    };
    fs::create_dir_all(out).with_context(|| out.to_owned())?;
    let index = Index::builder()
        .schema(schema)
        .settings(options.settings.clone())
        .create_in_dir(out)
        .with_context(|| out.to_owned())?;
    let mut writer = index.writer_with_num_threads(1, WRITER_BYTES)?;
    writer.set_merge_policy(Box::new(NoMergePolicy));
    let segments = add_documents(&index, &mut writer, documents, options.docs_per_segment)?;
    if let Some(query) = &options.delete {
        let parsed = queries::parse_one(query, &index.schema());
        writer.delete_query(parsed.with_context(|| format!("--delete {query}"))?)?;
        writer.commit()?;
    }
    writer.wait_merging_threads()?;
    steady_names::rename_segments(&index, Path::new(out), &segments).with_context(|| out.to_owned())
}
