//! A canonical listing of an index: one line per thing, the same whoever wrote the files. Long runs
//! of numbers are given as their FNV-1a hash. splitscope prints the same with `inspect --listing`.

use std::io::Write;

use anyhow::Result;
use tantivy::columnar::{Column, DynamicColumn};
use tantivy::schema::IndexRecordOption;
use tantivy::{f64_to_u64, i64_to_u64, DocSet, Index, SegmentReader, TERMINATED};
use tantivy::postings::Postings;

pub struct Fnv(u64);

impl Fnv {
    pub fn new() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
    pub fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    pub fn number(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn list_documents(segment: &SegmentReader, out: &mut impl Write) -> Result<()> {
    let store = segment.get_store_reader(2)?;
    for doc in 0..segment.max_doc() {
        let mut hash = Fnv::new();
        hash.bytes(&store.get_document_bytes(doc)?);
        writeln!(out, "doc {doc} {:016x}", hash.0)?;
    }
    Ok(())
}

fn list_terms(segment: &SegmentReader, out: &mut impl Write) -> Result<()> {
    for (field, entry) in segment.schema().fields() {
        if !entry.is_indexed() {
            continue;
        }
        let inverted = segment.inverted_index(field)?;
        writeln!(out, "tokens {} {}", entry.name(), inverted.total_num_tokens())?;
        let mut terms = inverted.terms().stream()?;
        let mut positions = Vec::new();
        while terms.advance() {
            let info = terms.value().clone();
            let mut postings = inverted
                .read_postings_from_terminfo(&info, IndexRecordOption::WithFreqsAndPositions)?;
            let mut hash = Fnv::new();
            while postings.doc() != TERMINATED {
                postings.positions(&mut positions);
                hash.number(u64::from(postings.doc()));
                hash.number(u64::from(postings.term_freq()));
                for position in &positions {
                    hash.number(u64::from(*position));
                }
                postings.advance();
            }
            let key = hex(terms.key());
            writeln!(out, "term {} {key} {} {:016x}", entry.name(), info.doc_freq, hash.0)?;
        }
    }
    Ok(())
}

fn hash_column<T: Copy + PartialOrd + std::fmt::Debug + Send + Sync + 'static>(
    column: &Column<T>,
    mut add: impl FnMut(&mut Fnv, T),
) -> (u64, u64) {
    let mut hash = Fnv::new();
    let mut count = 0;
    for row in 0..column.num_docs() {
        for value in column.values_for_doc(row) {
            hash.number(u64::from(row));
            add(&mut hash, value);
            count += 1;
        }
    }
    (count, hash.0)
}

fn list_columns(segment: &SegmentReader, out: &mut impl Write) -> Result<()> {
    for (_, entry) in segment.schema().fields() {
        if !entry.is_fast() {
            continue;
        }
        for handle in segment.fast_fields().dynamic_column_handles(entry.name())? {
            let (count, hash) = match handle.open()? {
                DynamicColumn::Bool(column) => {
                    hash_column(&column, |hash, value| hash.number(u64::from(value)))
                }
                DynamicColumn::I64(column) => {
                    hash_column(&column, |hash, value| hash.number(i64_to_u64(value)))
                }
                DynamicColumn::U64(column) => hash_column(&column, |hash, value| hash.number(value)),
                DynamicColumn::F64(column) => {
                    hash_column(&column, |hash, value| hash.number(f64_to_u64(value)))
                }
                DynamicColumn::DateTime(column) => hash_column(&column, |hash, value| {
                    hash.number(i64_to_u64(value.into_timestamp_nanos()))
                }),
                DynamicColumn::Str(column) => {
                    let mut text = String::new();
                    hash_column(column.ords(), |hash, ordinal| {
                        text.clear();
                        column.ord_to_str(ordinal, &mut text).expect("ordinal without a term");
                        hash.number(text.len() as u64);
                        hash.bytes(text.as_bytes());
                    })
                }
                DynamicColumn::Bytes(column) => {
                    let mut bytes = Vec::new();
                    hash_column(column.ords(), |hash, ordinal| {
                        bytes.clear();
                        column.ord_to_bytes(ordinal, &mut bytes).expect("ordinal without a term");
                        hash.number(bytes.len() as u64);
                        hash.bytes(&bytes);
                    })
                }
                DynamicColumn::IpAddr(_) => (0, 0),
            };
            let kind = handle.column_type();
            writeln!(out, "column {} {kind} {count} {hash:016x}", entry.name())?;
        }
    }
    Ok(())
}

fn list_norms(segment: &SegmentReader, out: &mut impl Write) -> Result<()> {
    for (field, entry) in segment.schema().fields() {
        if !entry.has_fieldnorms() {
            continue;
        }
        let norms = segment.get_fieldnorms_reader(field)?;
        let mut hash = Fnv::new();
        for doc in 0..segment.max_doc() {
            hash.bytes(&[norms.fieldnorm_id(doc)]);
        }
        writeln!(out, "norms {} {:016x}", entry.name(), hash.0)?;
    }
    Ok(())
}

/// Lists every segment of `index`, in the order of meta.json.
pub fn list(index: &Index, out: &mut impl Write) -> Result<()> {
    for segment in index.searchable_segments()? {
        let reader = SegmentReader::open(&segment)?;
        writeln!(out, "segment {}", reader.max_doc())?;
        list_documents(&reader, out)?;
        list_norms(&reader, out)?;
        list_terms(&reader, out)?;
        list_columns(&reader, out)?;
    }
    Ok(())
}
