//! The part of the listing that tells of columns: all that are in the file, in its order.

use std::io::Write;

use anyhow::Result;
use tantivy::columnar::{Column, ColumnarReader, DynamicColumn};
use tantivy::directory::FileSlice;
use tantivy::{f64_to_u64, i64_to_u64};

use crate::hash::Fnv;
use crate::listing::word;

/// Number of values and their hash: per value its row and what `add` makes of it.
fn hash_values<T>(column: &Column<T>, mut add: impl FnMut(&mut Fnv, T)) -> (u64, u64)
where
    T: Copy + PartialOrd + std::fmt::Debug + Send + Sync + 'static,
{
    let mut hash = Fnv::new();
    let mut count = 0;
    for row in 0..column.num_docs() {
        for value in column.values_for_doc(row) {
            hash.number(u64::from(row));
            add(&mut hash, value);
            count += 1;
        }
    }
    (count, hash.value())
}

/// A value of an unsteady length is hashed with its length.
fn add_bytes(hash: &mut Fnv, bytes: &[u8]) {
    hash.number(bytes.len() as u64);
    hash.bytes(bytes);
}

fn hash_column(column: &DynamicColumn) -> (u64, u64) {
    match column {
        DynamicColumn::Bool(column) => hash_values(column, |hash, value| hash.number(value.into())),
        DynamicColumn::U64(column) => hash_values(column, |hash, value| hash.number(value)),
        DynamicColumn::I64(column) => {
            hash_values(column, |hash, value| hash.number(i64_to_u64(value)))
        }
        DynamicColumn::F64(column) => {
            hash_values(column, |hash, value| hash.number(f64_to_u64(value)))
        }
        DynamicColumn::DateTime(column) => hash_values(column, |hash, value| {
            hash.number(i64_to_u64(value.into_timestamp_nanos()));
        }),
        DynamicColumn::IpAddr(column) => {
            hash_values(column, |hash, value| hash.bytes(&value.octets()))
        }
        DynamicColumn::Str(column) => {
            let mut text = String::new();
            hash_values(column.ords(), |hash, ordinal| {
                text.clear();
                column.ord_to_str(ordinal, &mut text).expect("an ordinal without a term");
                add_bytes(hash, text.as_bytes());
            })
        }
        DynamicColumn::Bytes(column) => {
            let mut bytes = Vec::new();
            hash_values(column.ords(), |hash, ordinal| {
                bytes.clear();
                column.ord_to_bytes(ordinal, &mut bytes).expect("an ordinal without a term");
                add_bytes(hash, &bytes);
            })
        }
    }
}

/// `fast` is a .fast file without tantivy's footer.
pub fn list_columns(fast: FileSlice, out: &mut impl Write) -> Result<()> {
    for (name, handle) in ColumnarReader::open(fast)?.list_columns()? {
        let column = handle.open()?;
        let (count, hash) = hash_column(&column);
        let cardinality = column.get_cardinality().to_string();
        let (name, kind) = (word(&name), handle.column_type());
        writeln!(out, "column {name} {kind} {cardinality} {count} {hash:016x}")?;
    }
    Ok(())
}
