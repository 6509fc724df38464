//! Answers queries with counts and the best hits.

use std::fs;
use std::io::{BufWriter, Write};

use anyhow::{Context, Result};
use tantivy::collector::{Collector, Count, SegmentCollector, TopDocs};
use tantivy::query::Query;
use tantivy::{DocAddress, DocId, Score, Searcher, SegmentOrdinal, SegmentReader};

use crate::{open, queries};

/// Every document with its score: what is left when nothing is skipped.
struct AllScores;

struct SegmentScores(SegmentOrdinal, Vec<(Score, DocAddress)>);

impl Collector for AllScores {
    type Fruit = Vec<(Score, DocAddress)>;
    type Child = SegmentScores;

    fn for_segment(&self, at: SegmentOrdinal, _: &SegmentReader) -> tantivy::Result<SegmentScores> {
        Ok(SegmentScores(at, Vec::new()))
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(&self, parts: Vec<Self::Fruit>) -> tantivy::Result<Self::Fruit> {
        Ok(parts.concat())
    }
}

impl SegmentCollector for SegmentScores {
    type Fruit = Vec<(Score, DocAddress)>;

    fn collect(&mut self, doc: DocId, score: Score) {
        self.1.push((score, DocAddress::new(self.0, doc)));
    }

    fn harvest(self) -> Self::Fruit {
        self.1
    }
}

struct Answer {
    count: usize,
    hits: Vec<(Score, DocAddress)>,
}

/// As tantivy answers: it skips blocks of postings whose recorded maximum is too low.
fn best(searcher: &Searcher, query: &dyn Query, top: usize) -> Result<Answer> {
    let hits = searcher.search(query, &TopDocs::with_limit(top).order_by_score())?;
    Ok(Answer { count: searcher.search(query, &Count)?, hits })
}

/// Scores every matching document and sorts them.
fn best_of_all(searcher: &Searcher, query: &dyn Query, top: usize) -> Result<Answer> {
    let mut hits = searcher.search(query, &AllScores)?;
    let count = hits.len();
    hits.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    hits.truncate(top);
    Ok(Answer { count, hits })
}

fn print_answer(answer: &Answer, out: &mut impl Write) -> Result<()> {
    write!(out, "{{\"count\": {}, \"hits\": [", answer.count)?;
    for (place, (score, address)) in answer.hits.iter().enumerate() {
        let comma = if place == 0 { "" } else { ", " };
        let (segment, doc) = (address.segment_ord, address.doc_id);
        write!(out, "{comma}{{\"segment\": {segment}, \"doc\": {doc}, \"score\": {score}}}")?;
    }
    Ok(writeln!(out, "]}}")?)
}

/// Answers each line of the file `queries` with one line. `exhaustive`: without skipping anything.
pub fn query(path: &str, queries: &str, top: usize, exhaustive: bool) -> Result<()> {
    let index = open::open_index(path)?;
    let lines = fs::read_to_string(queries).with_context(|| queries.to_owned())?;
    let parsed = queries::parse_queries(&lines, queries, &index.schema())?;
    let searcher = index.reader()?.searcher();
    let mut out = BufWriter::new(std::io::stdout().lock());
    for query in &parsed {
        let answer = if exhaustive { best_of_all } else { best };
        print_answer(&answer(&searcher, query.as_ref(), top)?, &mut out)?;
    }
    Ok(out.flush()?)
}
