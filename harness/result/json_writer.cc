#include "harness/result/json_writer.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "base/size_text.h"
#include "harness/result/aggregate.h"
#include "harness/result/measure_catalog.h"

namespace splitscope::result {

using nlohmann::ordered_json;
using record::kUnknown;
using record::Measure;
using run::CaseResult;
using run::Sample;

namespace {

// Six significant digits: more than any clock or ratio here is good for, and easy on the eye.
ordered_json real(double value) {
  if (!std::isfinite(value)) return nullptr;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return std::strtod(text.data(), nullptr);
}

template <typename T>
ordered_json or_null(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

ordered_json known(std::uint64_t value) {
  return value == kUnknown ? ordered_json() : ordered_json(value);
}

ordered_json value_of(const Measure& measure) {
  if (const auto* count = std::get_if<std::uint64_t>(&measure.value)) return *count;
  if (const auto* number = std::get_if<double>(&measure.value)) return real(*number);
  return nullptr;
}

bool is_in_every_row(const MeasureInfo& info) { return !info.counted_by_workload; }

// Those that every row has, then what the workload counted.
std::vector<std::string> keys_of(const CaseResult& result) {
  std::vector<std::string> keys;
  for (const MeasureInfo& info : measure_catalog()) {
    if (is_in_every_row(info)) keys.emplace_back(info.key);
  }
  std::set<std::string> others;
  for (const Sample& sample : result.samples) {
    for (const Measure& measure : sample.measures) {
      const MeasureInfo* info = find_measure(measure.key);
      if (info == nullptr || !is_in_every_row(*info)) others.insert(measure.key);
    }
  }
  keys.insert(keys.end(), others.begin(), others.end());
  return keys;
}

std::string missing_reason(const std::string& key, const CaseResult& result, const Sample& sample) {
  if (!sample.ok()) return "the sample failed before it was measured";
  const MeasureInfo* info = find_measure(key);
  if (info == nullptr) return "the workload did not count it in this sample";
  return std::string(result.spec.workload == run::kExecWorkload ? info->absent_in_exec
                                                                : info->absent_in_run);
}

void add_measures(const CaseResult& result, const Sample& sample,
                  const std::vector<std::string>& keys, ordered_json& row) {
  ordered_json absent = ordered_json::object();
  ordered_json at_least = ordered_json::array();
  for (const std::string& key : keys) {
    row[key] = nullptr;
    std::string reason = missing_reason(key, result, sample);
    for (const Measure& measure : sample.measures) {
      if (measure.key != key) continue;
      row[key] = value_of(measure);
      if (!measure.absent_because.empty()) reason = measure.absent_because;
      if (measure.at_least && !row[key].is_null()) at_least.push_back(key);
    }
    if (row[key].is_null()) absent[key] = reason;
  }
  row["absent"] = std::move(absent);
  row["at_least"] = std::move(at_least);
}

ordered_json phases_of(const Sample& sample) {
  ordered_json list = ordered_json::array();
  // A phase without an end is the one in which the child died.
  const std::uint64_t last = sample.timeline.empty() ? 0 : sample.timeline.back().t_us;
  for (const record::Phase& phase : sample.phases) {
    list.push_back(
        {{"name", phase.name},
         {"start_us", phase.start_us},
         {"end_us", phase.end_us == kUnknown ? std::max(last, phase.start_us) : phase.end_us},
         {"peak_heap_bytes", known(phase.peak_heap_bytes)},
         {"end_heap_bytes", known(phase.end_heap_bytes)},
         {"pss_bytes", known(phase.pss_bytes)},
         {"peak_rss_bytes", known(phase.peak_rss_bytes)},
         {"peak_rss_anon_bytes", known(phase.peak_rss_anon_bytes)},
         {"peak_rss_file_bytes", known(phase.peak_rss_file_bytes)},
         {"peak_rss_shmem_bytes", known(phase.peak_rss_shmem_bytes)}});
    if (phase.pid != 0) list.back()["pid"] = phase.pid;
  }
  return list;
}

ordered_json timeline_of(const Sample& sample) {
  ordered_json rows = ordered_json::array();
  for (const record::ResidentSample& row : sample.timeline) {
    rows.push_back(
        {row.t_us, row.anon_bytes, row.file_bytes, row.shmem_bytes, known(row.heap_bytes)});
  }
  return {{"columns", {"t_us", "anon_bytes", "file_bytes", "shmem_bytes", "heap_bytes"}},
          {"rows", std::move(rows)}};
}

ordered_json histogram_of(const std::optional<run::Histogram>& histogram) {
  if (!histogram) return nullptr;
  ordered_json value = ordered_json::object();
  for (const auto& [size, count] : *histogram) value[std::to_string(size)] = count;
  return value;
}

ordered_json processes_of(const Sample& sample) {
  if (!sample.processes) return nullptr;
  ordered_json rows = ordered_json::array();
  for (const run::ProcessRow& process : *sample.processes) {
    rows.push_back({{"pid", process.pid},
                    {"parent", process.parent},
                    {"command", process.command},
                    {"started_us", process.started_us},
                    {"ended_us", process.ended_us},
                    {"peak_rss_bytes", or_null(process.peak_rss_bytes)},
                    {"peak_at_least", process.peak_at_least},
                    {"peak_heap_bytes", or_null(process.peak_heap_bytes)},
                    {"heap_allocations", or_null(process.heap_allocations)},
                    {"heap_absent", process.heap_absent_because.empty()
                                        ? ordered_json()
                                        : ordered_json(process.heap_absent_because)},
                    {"status", or_null(process.status)},
                    {"signal", or_null(process.signal)}});
  }
  return rows;
}

ordered_json case_of(const run::CaseId& id) {
  ordered_json value{{"workload", id.workload},
                     {"strategy", id.strategy},
                     {"input", id.input},
                     {"allocator", id.allocator},
                     {"concurrency", id.concurrency},
                     {"cache", run::to_string(id.cache)}};
  if (id.memory_cap_bytes) value["memory_cap"] = format_size(*id.memory_cap_bytes);
  return value;
}

double cpu_ms(const Sample& sample) {
  return sample.value("user_ms").value_or(0) + sample.value("system_ms").value_or(0);
}

ordered_json head(const std::string& name, const CaseResult& result, std::size_t family,
                  const char* run_type) {
  return {{"name", name},
          {"family_index", family},
          {"per_family_instance_index", 0},
          {"run_name", result.spec.id.text()},
          {"run_type", run_type},
          {"repetitions", result.samples.size()}};
}

ordered_json sample_row(const CaseResult& result, std::size_t family, std::size_t index,
                        const std::vector<std::string>& keys) {
  const Sample& sample = result.samples[index];
  ordered_json row = head(result.spec.id.text(), result, family, "iteration");
  row["repetition_index"] = index;
  row["threads"] = result.spec.id.concurrency;
  row["iterations"] = 1;
  if (!sample.ok()) {
    row["error_occurred"] = true;
    row["error_message"] = sample.message;
  }
  row["real_time"] = sample.ok() ? real(sample.value("wall_ms").value_or(0)) : ordered_json(0.0);
  row["cpu_time"] = sample.ok() ? real(cpu_ms(sample)) : ordered_json(0.0);
  row["time_unit"] = "ms";
  row["case"] = case_of(result.spec.id);
  row["status"] = run::to_string(sample.status);
  row["message"] = sample.ok() ? ordered_json() : ordered_json(sample.message);
  if (sample.capped_by != run::CapKind::kNone) {
    row["memory_cap_held_by"] = run::to_string(sample.capped_by);
  }
  add_measures(result, sample, keys, row);
  row["expected_peak_bytes"] = or_null(sample.expected_peak_bytes);
  row["input_bytes"] = or_null(sample.input_bytes);
  row["output_bytes"] = or_null(sample.output_bytes);
  row["output_digest"] =
      sample.output_digest.empty() ? ordered_json() : ordered_json(sample.output_digest);
  row["phases"] = phases_of(sample);
  row["timeline"] = timeline_of(sample);
  row["read_sizes"] = histogram_of(sample.read_sizes);
  row["heap_sizes"] = histogram_of(sample.heap_sizes);
  row["process_rows"] = processes_of(sample);
  return row;
}

ordered_json aggregate_row(const CaseResult& result, std::size_t family, Aggregate which,
                           std::size_t ok_samples, const std::vector<std::string>& keys) {
  const std::string name(to_string(which));
  ordered_json row = head(result.spec.id.text() + "_" + name, result, family, "aggregate");
  row["threads"] = result.spec.id.concurrency;
  row["aggregate_name"] = name;
  row["aggregate_unit"] = "time";
  row["iterations"] = ok_samples;
  const auto wall = value_of(aggregate(result, "wall_ms", which));
  row["real_time"] = wall.is_null() ? ordered_json(0.0) : wall;
  CaseResult cpu;
  for (const Sample& sample : result.samples) {
    if (!sample.ok()) continue;
    cpu.samples.emplace_back().measures = {Measure::of_real("cpu_ms", cpu_ms(sample))};
  }
  row["cpu_time"] = value_of(aggregate(cpu, "cpu_ms", which));
  row["time_unit"] = "ms";
  row["case"] = case_of(result.spec.id);
  row["status"] = run::to_string(run::Status::kOk);
  row["samples"] = ok_samples;
  for (const std::string& key : keys) row[key] = value_of(aggregate(result, key, which));
  return row;
}

// The rows of one case: its samples, then its aggregates.
ordered_json rows_of(const CaseResult& result, std::size_t family) {
  ordered_json rows = ordered_json::array();
  const std::vector<std::string> keys = keys_of(result);
  std::size_t ok_samples = 0;
  for (std::size_t i = 0; i < result.samples.size(); ++i) {
    if (result.samples[i].ok()) ++ok_samples;
    rows.push_back(sample_row(result, family, i, keys));
  }
  if (ok_samples == 0) return rows;
  for (const Aggregate which : {Aggregate::kMedian, Aggregate::kMin, Aggregate::kMax}) {
    rows.push_back(aggregate_row(result, family, which, ok_samples, keys));
  }
  return rows;
}

// Messages may quote names from a malformed file, which need not be UTF-8.
std::string text_of(const ordered_json& value, int indent) {
  return value.dump(indent, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

ordered_json to_json(const ordered_json& context, const std::vector<CaseResult>& results) {
  ordered_json rows = ordered_json::array();
  for (std::size_t family = 0; family < results.size(); ++family) {
    for (ordered_json& row : rows_of(results[family], family)) rows.push_back(std::move(row));
  }
  return {{"context", context}, {"benchmarks", std::move(rows)}};
}

Progressed progress_of(const std::vector<CaseResult>& results) {
  Progressed progress;
  progress.planned_cases = results.size();
  for (const CaseResult& result : results) {
    progress.planned_samples += static_cast<std::size_t>(result.spec.repetitions);
    progress.samples += result.samples.size();
  }
  return progress;
}

struct ResultsText::State {
  struct Case {
    std::size_t samples = 0;
    std::string text;
  };
  ordered_json context;
  std::vector<Case> cases;
};

ResultsText::ResultsText(ordered_json context) : state_(std::make_unique<State>()) {
  state_->context = std::move(context);
}

ResultsText::~ResultsText() = default;

const ordered_json& ResultsText::context() const { return state_->context; }

std::string ResultsText::of(const std::vector<CaseResult>& results,
                            const ordered_json& unfinished) {
  const Progressed progress = progress_of(results);
  ordered_json& context = state_->context;
  context["complete"] = progress.complete();
  context["planned_cases"] = progress.planned_cases;
  context["planned_samples"] = progress.planned_samples;
  context.erase("resume");
  if (!progress.complete() && !unfinished.is_null()) context["resume"] = unfinished;

  // One row a line: timelines are long, and a diff of two results stays readable.
  std::string text = "{\n\"context\": " + text_of(context, 2) + ",\n\"benchmarks\": [";
  const char* separator = "\n";
  state_->cases.resize(results.size());
  for (std::size_t family = 0; family < results.size(); ++family) {
    State::Case& known = state_->cases[family];
    if (known.samples != results[family].samples.size()) {
      known.samples = results[family].samples.size();
      known.text.clear();
      for (const ordered_json& row : rows_of(results[family], family)) {
        known.text += (known.text.empty() ? "" : ",\n") + text_of(row, -1);
      }
    }
    if (known.text.empty()) continue;
    text += separator + known.text;
    separator = ",\n";
  }
  return text + "\n]\n}\n";
}

}  // namespace splitscope::result
