//! A canonical listing of an index: one line per thing, the same whoever wrote the files. Long runs
//! of numbers are given as their hash. `splitscope inspect --listing` prints the same; the lines are
//! described in tests/interop/README.md.

use std::io::Write;

use anyhow::Result;
use tantivy::index::SegmentComponent;
use tantivy::postings::Postings;
use tantivy::schema::{IndexRecordOption, Type};
use tantivy::{DocSet, Index, Segment, SegmentReader, TERMINATED};

use crate::hash::Fnv;
use crate::listing_columns;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A name as one word of ASCII: what is neither is written as \x and two digits.
pub fn word(name: &str) -> String {
    let mut word = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_graphic() && byte != b'\\' {
            word.push(char::from(byte));
        } else {
            word.push_str(&format!("\\x{byte:02x}"));
        }
    }
    word
}

fn list_documents(segment: &SegmentReader, out: &mut impl Write) -> Result<()> {
    let store = segment.get_store_reader(2)?;
    for doc in 0..segment.max_doc() {
        let bytes = store.get_document_bytes(doc)?;
        let mut hash = Fnv::new();
        hash.bytes(&bytes);
        writeln!(out, "doc {doc} {} {:016x}", bytes.len(), hash.value())?;
    }
    Ok(())
}

fn list_norms(segment: &SegmentReader, out: &mut impl Write) -> Result<()> {
    for (field, entry) in segment.schema().fields() {
        if !entry.is_indexed() || !entry.has_fieldnorms() {
            continue;
        }
        let norms = segment.get_fieldnorms_reader(field)?;
        let mut hash = Fnv::new();
        for doc in 0..segment.max_doc() {
            hash.bytes(&[norms.fieldnorm_id(doc)]);
        }
        writeln!(out, "norms {} {:016x}", word(entry.name()), hash.value())?;
    }
    Ok(())
}

/// Whether a key of a JSON field is of a text: path, 0, type, value. Others have no positions, whatever
/// the field's option, and tantivy's reader trips over them.
fn is_json_text(key: &[u8]) -> bool {
    let end_of_path = key.iter().position(|byte| *byte == 0);
    end_of_path.and_then(|end| key.get(end + 1)) == Some(&Type::Str.to_code())
}

fn list_terms(segment: &SegmentReader, out: &mut impl Write) -> Result<()> {
    for (field, entry) in segment.schema().fields() {
        if !entry.is_indexed() {
            continue;
        }
        let inverted = segment.inverted_index(field)?;
        let name = word(entry.name());
        writeln!(out, "tokens {name} {}", inverted.total_num_tokens())?;
        let mut terms = inverted.terms().stream()?;
        let mut positions = Vec::new();
        while terms.advance() {
            let info = terms.value().clone();
            let option = if entry.field_type().is_json() && !is_json_text(terms.key()) {
                IndexRecordOption::WithFreqs
            } else {
                IndexRecordOption::WithFreqsAndPositions
            };
            let mut postings = inverted.read_postings_from_terminfo(&info, option)?;
            let mut hash = Fnv::new();
            let mut num_positions = 0;
            while postings.doc() != TERMINATED {
                postings.positions(&mut positions);
                num_positions += positions.len();
                hash.number(u64::from(postings.doc()));
                hash.number(u64::from(postings.term_freq()));
                for position in &positions {
                    hash.number(u64::from(*position));
                }
                postings.advance();
            }
            let key = hex(terms.key());
            let (docs, hash) = (info.doc_freq, hash.value());
            writeln!(out, "term {name} {key} {docs} {num_positions} {hash:016x}")?;
        }
    }
    Ok(())
}

fn list_segment(segment: &Segment, out: &mut impl Write) -> Result<()> {
    let reader = SegmentReader::open(segment)?;
    writeln!(out, "segment {}", reader.max_doc())?;
    list_documents(&reader, out)?;
    list_norms(&reader, out)?;
    list_terms(&reader, out)?;
    listing_columns::list_columns(segment.open_read(SegmentComponent::FastFields)?, out)
}

/// Lists every segment of `index`, in the order of meta.json.
pub fn list(index: &Index, out: &mut impl Write) -> Result<()> {
    for segment in index.searchable_segments()? {
        list_segment(&segment, out)?;
    }
    Ok(())
}
