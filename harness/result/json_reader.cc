#include "harness/result/json_reader.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/errors.h"
#include "base/file_error.h"
#include "base/printable.h"
#include "base/strict_json.h"
#include "harness/result/json_writer.h"

namespace splitscope::result {

using nlohmann::json;
using record::kUnknown;
using record::Measure;
using run::Sample;

namespace {

// The largest suite leaves less than a tenth of it.
constexpr std::uint64_t kMaxResultBytes = std::uint64_t{2} << 30;

// All that a row has besides measures.
constexpr std::array<std::string_view, 29> kOtherKeys{"name",
                                                      "family_index",
                                                      "per_family_instance_index",
                                                      "run_name",
                                                      "run_type",
                                                      "repetitions",
                                                      "repetition_index",
                                                      "threads",
                                                      "iterations",
                                                      "real_time",
                                                      "cpu_time",
                                                      "time_unit",
                                                      "label",
                                                      "case",
                                                      "memory_cap_held_by",
                                                      "status",
                                                      "message",
                                                      "absent",
                                                      "at_least",
                                                      "process_rows",
                                                      "input_bytes",
                                                      "expected_peak_bytes",
                                                      "output_bytes",
                                                      "output_digest",
                                                      "phases",
                                                      "timeline",
                                                      "read_sizes",
                                                      "heap_sizes",
                                                      "error_occurred"};

std::optional<std::uint64_t> count_of(const json& value) {
  if (value.is_null()) return std::nullopt;
  return value.get<std::uint64_t>();
}

std::uint64_t known_or(const json& value) { return count_of(value).value_or(kUnknown); }

std::optional<run::Histogram> histogram_of(const json& value) {
  if (value.is_null()) return std::nullopt;
  run::Histogram histogram;
  for (const auto& [size, count] : value.items()) {
    std::uint64_t bytes = 0;
    const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), bytes);
    if (error != std::errc{} || end != size.data() + size.size()) {
      throw UsageError("a size class '" + shortened(size, 30) + "' that is no number");
    }
    histogram[bytes] = count.get<std::uint64_t>();
  }
  return histogram;
}

void read_measures(const json& row, Sample& sample) {
  const json& absent = row.at("absent");
  const json at_least = row.value("at_least", json::array());
  for (const auto& [key, value] : row.items()) {
    if (key == "error_message" ||
        std::find(kOtherKeys.begin(), kOtherKeys.end(), key) != kOtherKeys.end()) {
      continue;
    }
    if (value.is_null()) {
      sample.measures.push_back(
          Measure::absent(key, absent.value(key, "the file gives no reason")));
    } else if (value.is_number_unsigned()) {
      sample.measures.push_back(Measure::of(key, value.get<std::uint64_t>()));
    } else {
      sample.measures.push_back(Measure::of_real(key, value.get<double>()));
    }
    sample.measures.back().at_least =
        std::find(at_least.begin(), at_least.end(), key) != at_least.end();
  }
}

// A key that older files do not have.
std::uint64_t known_in(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? kUnknown : known_or(*found);
}

record::Phase phase_of(const json& row) {
  record::Phase phase;
  phase.name = row.at("name").get<std::string>();
  phase.start_us = row.at("start_us").get<std::uint64_t>();
  phase.end_us = row.at("end_us").get<std::uint64_t>();
  phase.peak_heap_bytes = known_or(row.at("peak_heap_bytes"));
  phase.end_heap_bytes = known_or(row.at("end_heap_bytes"));
  phase.pss_bytes = known_or(row.at("pss_bytes"));
  phase.peak_rss_bytes = known_in(row, "peak_rss_bytes");
  phase.peak_rss_anon_bytes = known_in(row, "peak_rss_anon_bytes");
  phase.peak_rss_file_bytes = known_in(row, "peak_rss_file_bytes");
  phase.peak_rss_shmem_bytes = known_in(row, "peak_rss_shmem_bytes");
  phase.pid = row.value("pid", 0);
  return phase;
}

Sample sample_of(const json& row) {
  Sample sample;
  sample.status = run::parse_status(row.at("status").get<std::string>());
  if (const auto held = row.find("memory_cap_held_by"); held != row.end()) {
    sample.capped_by = run::parse_cap_kind(held->get<std::string>());
  }
  if (!row.at("message").is_null()) sample.message = row.at("message").get<std::string>();
  read_measures(row, sample);
  sample.expected_peak_bytes = count_of(row.at("expected_peak_bytes"));
  sample.input_bytes = count_of(row.at("input_bytes"));
  sample.output_bytes = count_of(row.at("output_bytes"));
  if (!row.at("output_digest").is_null()) {
    sample.output_digest = row.at("output_digest").get<std::string>();
  }
  for (const json& phase : row.at("phases")) {
    sample.phases.push_back(phase_of(phase));
  }
  for (const json& line : row.at("timeline").at("rows")) {
    sample.timeline.push_back({line.at(0).get<std::uint64_t>(), line.at(1).get<std::uint64_t>(),
                               line.at(2).get<std::uint64_t>(), line.at(3).get<std::uint64_t>(),
                               known_or(line.at(4))});
  }
  sample.read_sizes = histogram_of(row.at("read_sizes"));
  sample.heap_sizes = histogram_of(row.at("heap_sizes"));
  return sample;
}

bool is_sample(const json& row) { return row.at("run_type") == "iteration"; }

json parse(const std::filesystem::path& file) {
  const std::string shown = printable(file.native());
  json document = parse_strict_json(read_small_file(file, kMaxResultBytes), shown);
  if (!document.is_object() || !document.contains("context") || !document.contains("benchmarks") ||
      !document["benchmarks"].is_array()) {
    throw UsageError(shown + ": is no results.json of splitscope");
  }
  return document;
}

}  // namespace

bool StoredResults::complete() const {
  const auto found = context.find("complete");
  return found == context.end() || *found == true;
}

StoredResults read_results(const std::filesystem::path& file) {
  json document = parse(file);
  const std::string shown = printable(file.native());
  const auto version = document["context"].find("schema_version");
  if (version == document["context"].end() || *version != kSchemaVersion) {
    throw UsageError(shown + ": context.schema_version: expected " +
                     std::to_string(kSchemaVersion) + ", found " +
                     (version == document["context"].end() ? "none" : version->dump()));
  }
  StoredResults stored;
  std::size_t at = 0;
  try {
    for (const json& row : document["benchmarks"]) {
      if (is_sample(row)) {
        stored.samples[row.at("run_name").get<std::string>()].push_back(sample_of(row));
      }
      ++at;
    }
  } catch (const std::exception& error) {
    throw UsageError(shown + ": benchmarks[" + std::to_string(at) +
                     "]: " + shortened(error.what(), 200));
  }
  stored.context = std::move(document["context"]);
  return stored;
}

std::optional<std::map<std::string, std::size_t>> stored_counts(const std::filesystem::path& file) {
  try {
    std::map<std::string, std::size_t> counts;
    const json document = parse(file);
    for (const json& row : document["benchmarks"]) {
      if (is_sample(row)) ++counts[row.at("run_name").get<std::string>()];
    }
    return counts;
  } catch (const UsageError&) {
    return std::nullopt;
  } catch (const FileError&) {
    return std::nullopt;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

}  // namespace splitscope::result
