#include <CLI/CLI.hpp>
#include <array>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <span>

#include "base/doing.h"
#include "base/errors.h"
#include "formats/split/check_inputs.h"
#include "harness/cli/program.h"
#include "workloads/search/document_json.h"
#include "workloads/search/hot_split.h"
#include "workloads/search/index_searcher.h"

namespace splitscope::cli {

namespace {

struct SearchOptions {
  std::filesystem::path index;
  std::string queries;
  std::vector<std::string> single;
  std::size_t top = 10;
  // What Quickwit's own searchers do.
  std::string strategy = "range-read";
  std::vector<std::filesystem::path> plugins;
  bool documents = false;
  bool no_checksums = false;
};

std::vector<workloads::Query> queries_of(const SearchOptions& options) {
  std::vector<workloads::Query> queries;
  for (const std::string& text : options.single)
    queries.push_back(workloads::parse_query(text, "--query"));
  if (options.queries == "-") {
    queries = workloads::read_queries(std::cin, "stdin");
  } else if (!options.queries.empty()) {
    if (std::filesystem::is_directory(options.queries)) {
      throw UsageError(options.queries + ": is a folder; name a file with a query in each line");
    }
    std::ifstream in(options.queries);
    if (!in) throw UsageError("cannot read " + options.queries);
    queries = workloads::read_queries(in, options.queries);
  }
  if (queries.empty()) throw UsageError("there is nothing to search for: no query was given");
  return queries;
}

// The shortest that reads back as the same float, never with an exponent.
std::string score_text(float score) {
  std::array<char, 64> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), score, std::chars_format::fixed).ptr;
  return {text.data(), end};
}

std::string answer(workloads::TopHits& hits, workloads::IndexSearcher& searcher, bool documents) {
  std::string line = "{\"count\": " + std::to_string(hits.count()) + ", \"hits\": [";
  const char* separator = "";
  for (const workloads::Hit& hit : hits.sorted()) {
    line += separator;
    line += "{\"segment\": " + std::to_string(hit.segment) +
            ", \"doc\": " + std::to_string(hit.doc) + ", \"score\": " + score_text(hit.score);
    if (documents) {
      workloads::SegmentSearcher& segment = searcher.segment(hit.segment);
      line += ", \"document\": " +
              workloads::document_json(segment.document(hit.doc), searcher.meta().schema);
    }
    line += "}";
    separator = ", ";
  }
  return line + "]}\n";
}

void search(const Program& program, const SearchOptions& options) {
  const Doing doing("searching", options.index.native());
  for (const auto& plugin : options.plugins) (void)program.catalogs.load_plugin(plugin);
  const std::vector<workloads::Query> queries = queries_of(options);
  const std::span inputs(&options.index, 1);
  const InputIdentity identity = formats::identity_of(inputs);
  identity.while_unchanged([&] {
    AccessCounters counters;
    if (!options.no_checksums) {
      formats::check_inputs(
          *program.catalogs.make_strategy(program.catalogs.reference_strategy, counters), inputs);
    }
    const auto strategy = program.catalogs.make_strategy(options.strategy, counters);
    workloads::IndexSearcher searcher(*strategy, options.index,
                                      workloads::footer_of(*strategy, options.index));
    // A wrong query is told before the first answer.
    for (const workloads::Query& query : queries) {
      workloads::check_query(query, searcher.meta().schema, options.index.string());
    }
    workloads::TopHits hits(options.top);
    for (const workloads::Query& query : queries) {
      hits.clear();
      searcher.search(query, 0, hits);
      std::fputs(answer(hits, searcher, options.documents).c_str(), stdout);
    }
  });
}

}  // namespace

void add_search(CLI::App& app, Program& program) {
  // More hits than this are a listing, for which a heap in memory is not made.
  constexpr std::size_t kMaxTop = 1'000'000;
  auto options = std::make_shared<SearchOptions>();
  CLI::App* verb = app.add_subcommand("search", "Look for terms and phrases in a split");
  verb->add_option("index", options->index, "Split or index folder")->required();
  auto* const file = verb->add_option("--queries", options->queries,
                                      "File with a query in each line; - for standard input");
  verb->add_option("--query", options->single,
                   R"(One query: {"term": {"field": "body", "text": "error"}})")
      ->excludes(file)
      ->take_all();
  verb->add_option("--top", options->top, "How many of the best documents to show")
      ->check(CLI::Range(std::size_t{0}, kMaxTop))
      ->capture_default_str();
  verb->add_flag("--documents", options->documents, "Show their stored fields as well");
  verb->add_flag("--no-checksums", options->no_checksums,
                 "Take the split as it is: do not compare its checksums first");
  verb->add_option("--strategy", options->strategy, "How bytes are reached; see splitscope list")
      ->capture_default_str();
  verb->add_option("--plugin", options->plugins, "Library with a strategy of your own")
      ->check(CLI::ExistingFile);
  verb->callback([options, &program] { search(program, *options); });
}

}  // namespace splitscope::cli
