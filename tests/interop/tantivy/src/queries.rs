//! Reads queries, one JSON object a line. tests/interop/README.md describes them.

use std::ops::Bound;

use anyhow::{bail, ensure, Context, Result};
use serde_json::Value;
use tantivy::query::{BooleanQuery, PhraseQuery, Query, RangeQuery, TermQuery};
use tantivy::schema::{Field, FieldType, IndexRecordOption, Schema};
use tantivy::Term;

fn text<'a>(json: &'a Value, key: &str) -> Result<&'a str> {
    json[key].as_str().with_context(|| format!("\"{key}\" must be a text"))
}

fn field_of(json: &Value, schema: &Schema) -> Result<Field> {
    Ok(schema.get_field(text(json, "field")?)?)
}

fn text_field_of(json: &Value, schema: &Schema) -> Result<Field> {
    let field = field_of(json, schema)?;
    let entry = schema.get_field_entry(field);
    let is_text = matches!(entry.field_type(), FieldType::Str(_));
    ensure!(is_text && entry.is_indexed(), "{} is not an indexed text field", entry.name());
    Ok(field)
}

fn parse_term(json: &Value, schema: &Schema) -> Result<Box<dyn Query>> {
    let term = Term::from_field_text(text_field_of(json, schema)?, text(json, "text")?);
    Ok(Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)))
}

fn parse_phrase(json: &Value, schema: &Schema) -> Result<Box<dyn Query>> {
    let field = text_field_of(json, schema)?;
    let tokens = json["terms"].as_array().context("\"terms\" must be a list")?;
    ensure!(tokens.len() >= 2, "a phrase has at least two terms");
    let mut terms = Vec::with_capacity(tokens.len());
    for token in tokens {
        terms.push(Term::from_field_text(field, token.as_str().context("a term must be a text")?));
    }
    Ok(Box::new(PhraseQuery::new(terms)))
}

fn number_term(field: Field, kind: &FieldType, number: &Value) -> Option<Term> {
    match kind {
        FieldType::U64(_) => number.as_u64().map(|number| Term::from_field_u64(field, number)),
        FieldType::I64(_) => number.as_i64().map(|number| Term::from_field_i64(field, number)),
        FieldType::F64(_) => number.as_f64().map(|number| Term::from_field_f64(field, number)),
        _ => None,
    }
}

fn parse_range(json: &Value, schema: &Schema) -> Result<Box<dyn Query>> {
    let field = field_of(json, schema)?;
    let entry = schema.get_field_entry(field);
    ensure!(entry.is_fast() || entry.is_indexed(), "{} is neither fast nor indexed", entry.name());
    let bound = |key: &str| {
        number_term(field, entry.field_type(), &json[key])
            .map(Bound::Included)
            .with_context(|| format!("\"{key}\" must be a number that {} can hold", entry.name()))
    };
    Ok(Box::new(RangeQuery::new(bound("from")?, bound("to")?)))
}

fn parse_list(json: &Value, schema: &Schema) -> Result<Vec<Box<dyn Query>>> {
    let queries = json.as_array().context("\"and\" and \"or\" need a list of queries")?;
    ensure!(queries.len() >= 2, "\"and\" and \"or\" need at least two queries");
    queries.iter().map(|query| parse_query(query, schema)).collect()
}

fn parse_query(json: &Value, schema: &Schema) -> Result<Box<dyn Query>> {
    let members = json.as_object().context("a query is an object with one key")?;
    let mut members = members.iter();
    let (Some((kind, body)), None) = (members.next(), members.next()) else {
        bail!("a query is an object with one key");
    };
    match kind.as_str() {
        "term" => parse_term(body, schema),
        "phrase" => parse_phrase(body, schema),
        "range" => parse_range(body, schema),
        "and" => Ok(Box::new(BooleanQuery::intersection(parse_list(body, schema)?))),
        "or" => Ok(Box::new(BooleanQuery::union(parse_list(body, schema)?))),
        other => bail!("there is no query '{other}': term, phrase, and, or, range"),
    }
}

/// One query.
pub fn parse_one(text: &str, schema: &Schema) -> Result<Box<dyn Query>> {
    parse_query(&serde_json::from_str(text)?, schema)
}

/// One query a line; `file` is what errors call them.
pub fn parse_queries(lines: &str, file: &str, schema: &Schema) -> Result<Vec<Box<dyn Query>>> {
    let mut queries = Vec::new();
    for (number, line) in lines.lines().enumerate() {
        let parse = || parse_one(line, schema);
        queries.push(parse().with_context(|| format!("{file}: line {}", number + 1))?);
    }
    Ok(queries)
}
