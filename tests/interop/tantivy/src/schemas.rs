//! The schema of an index that is to be written: given, or as the documents need it.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};

use anyhow::{bail, Context, Result};
use serde_json::Value;
use tantivy::schema::{Schema, SchemaBuilder, FAST, INDEXED, STORED, TEXT};

/// A file with the list that meta.json calls "schema".
pub fn read_schema(path: &str) -> Result<Schema> {
    let text = fs::read_to_string(path).with_context(|| path.to_owned())?;
    serde_json::from_str(&text).with_context(|| path.to_owned())
}

fn add_field(schema: &mut SchemaBuilder, name: &str, value: &Value) -> Result<()> {
    let numeric = INDEXED | FAST | STORED;
    match value {
        Value::String(_) => schema.add_text_field(name, TEXT | FAST | STORED),
        Value::Bool(_) => schema.add_bool_field(name, numeric),
        Value::Number(number) if number.is_f64() => schema.add_f64_field(name, numeric),
        Value::Number(_) => schema.add_i64_field(name, numeric),
        Value::Array(values) => match values.first() {
            Some(first) if !first.is_array() => return add_field(schema, name, first),
            _ => bail!("the first value of {name} does not show its type; give a schema"),
        },
        _ => bail!("the first value of {name} does not show its type; give a schema"),
    };
    Ok(())
}

/// A field for each key of any document, of the type of its first value.
pub fn schema_of_documents(path: &str) -> Result<Schema> {
    let file = File::open(path).with_context(|| path.to_owned())?;
    let mut schema = Schema::builder();
    let mut known = std::collections::HashSet::new();
    for (number, line) in BufReader::new(file).lines().enumerate() {
        let add = || -> Result<()> {
            let document: Value = serde_json::from_str(&line?)?;
            for (name, value) in document.as_object().context("a document is an object")? {
                if known.insert(name.clone()) {
                    add_field(&mut schema, name, value)?;
                }
            }
            Ok(())
        };
        add().with_context(|| format!("{path}: line {}", number + 1))?;
    }
    Ok(schema.build())
}
