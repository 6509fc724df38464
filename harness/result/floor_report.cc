#include "harness/result/floor_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "base/size_text.h"
#include "harness/result/aggregate.h"

namespace splitscope::result {

using nlohmann::ordered_json;

namespace {

struct Compared {
  const char* key;
  const char* title;
};

// What is held against the floor, to see which of them foretells it.
constexpr std::array<Compared, 6> kCompared{{{"peak_rss_anon_bytes", "peak anon"},
                                             {"working_set_peak_bytes", "peak working set"},
                                             {"peak_rss_bytes", "peak RSS"},
                                             {"peak_heap_bytes", "peak heap"},
                                             {"cgroup_peak_bytes", "peak of its cgroup"},
                                             {"wall_ms", ""}}};

std::string absent_because(const run::CaseResult& result, std::string_view key) {
  for (const run::Sample& sample : result.samples) {
    for (const record::Measure& measure : sample.measures) {
      if (measure.key == key) return measure.absent_because;
    }
  }
  return "a sample of this kind does not measure it";
}

template <typename T>
ordered_json null_or(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

std::size_t right_ones(const std::vector<run::Probe>& probes) {
  return static_cast<std::size_t>(
      std::count_if(probes.begin(), probes.end(), [](const auto& probe) { return probe.ok(); }));
}

ordered_json json_of(const std::vector<run::Probe>& probes) {
  ordered_json list = ordered_json::array();
  for (const run::Probe& probe : probes) {
    list.push_back({{"status", run::to_string(probe.status)},
                    {"message", printable(probe.message)},
                    {"wall_ms", null_or(probe.wall_ms)}});
  }
  return list;
}

ordered_json json_of(const run::TriedCap& tried) {
  return {{"cap_bytes", tried.cap_bytes},
          {"passed", tried.passed},
          {"tries", json_of(tried.probes)},
          {"beside", json_of(tried.beside)}};
}

ordered_json json_of(const run::CurvePoint& point) {
  return {{"factor", null_or(point.factor)},
          {"cap_bytes", null_or(point.cap_bytes)},
          {"tries", json_of(point.probes)},
          {"median_ms", null_or(point.median_ms)},
          {"slowdown", null_or(point.slowdown)}};
}

template <typename Item>
ordered_json list_json(const std::vector<Item>& items) {
  ordered_json list = ordered_json::array();
  for (const Item& item : items) list.push_back(json_of(item));
  return list;
}

ordered_json uncapped_json(const FloorReport& report) {
  ordered_json uncapped;
  ordered_json absent = ordered_json::object();
  for (const Compared& one : kCompared) {
    const auto value = median(report.observed, one.key);
    if (!value) absent[one.key] = absent_because(report.observed, one.key);
    if (value && std::string_view(one.key).ends_with("_bytes")) {
      uncapped[one.key] = static_cast<std::uint64_t>(std::llround(*value));
    } else {
      uncapped[one.key] = null_or(value);
    }
  }
  uncapped["absent"] = absent;
  return uncapped;
}

std::string time_text(std::optional<double> ms) {
  if (!ms) return "-";
  return *ms >= 10'000 ? fmt::format("{:.2f} s", *ms / 1000) : fmt::format("{:.1f} ms", *ms);
}

std::string row_text(const run::CurvePoint& point) {
  return fmt::format("  {:<9}  {:>10}  {:>10}  {:>8}  {:>5}\n",
                     point.factor ? fmt::format("{:g}x", *point.factor) : "unlimited",
                     point.cap_bytes ? format_size_rounded(*point.cap_bytes) : "-",
                     time_text(point.median_ms),
                     point.slowdown ? fmt::format("{:.2f}x", *point.slowdown) : "-",
                     fmt::format("{}/{}", right_ones(point.probes), point.probes.size()));
}

std::string subject_of(const FloorReport& report) {
  if (report.command.empty()) return report.case_id;
  std::string text;
  for (const std::string& word : report.command) text += (text.empty() ? "" : " ") + word;
  constexpr std::size_t kLongestBytes = 100;
  return shortened(text, kLongestBytes);
}

std::string failure_text(const FloorReport& report) {
  for (const run::TriedCap& tried : report.floor.tried) {
    if (tried.cap_bytes != report.floor.largest_failing_bytes || tried.passed) continue;
    const run::Probe& last = tried.probes.back();
    if (last.ok()) return "too slow, " + time_text(last.wall_ms);
    return std::string(run::to_string(last.status)) + ": " + printable(last.message);
  }
  return {};
}

std::string interval_text(const FloorReport& report) {
  const run::Floor& floor = report.floor;
  if (!floor.smallest_passing_bytes) {
    return fmt::format("  no cap up to {} is enough ({})\n",
                       format_size_rounded(floor.largest_failing_bytes), failure_text(report));
  }
  std::string text =
      fmt::format("  enough        {:>10}  {} of {} right, in at most {:g} times its time\n",
                  format_size_rounded(*floor.smallest_passing_bytes), report.rule.repetitions,
                  report.rule.repetitions, report.rule.slowest_factor);
  if (floor.largest_failing_bytes == 0) return text + "  too little    none that was tried\n";
  return text + fmt::format("  too little    {:>10}  {}\n",
                            format_size_rounded(floor.largest_failing_bytes), failure_text(report));
}

std::string compared_text(const run::CaseResult& observed) {
  std::string text;
  for (const Compared& one : kCompared) {
    const auto value = median(observed, one.key);
    if (!value || one.title[0] == '\0') continue;
    text += (text.empty() ? "" : ", ") + std::string(one.title) + " " +
            format_size_rounded(static_cast<std::uint64_t>(std::llround(*value)));
  }
  return "  without a cap: " + (text.empty() ? "nothing could be measured" : text) + "\n";
}

}  // namespace

ordered_json to_json(const ordered_json& context, const FloorReport& report) {
  const run::Floor& floor = report.floor;
  ordered_json command;
  for (const std::string& word : report.command) command.push_back(printable(word));
  ordered_json evicted;
  if (report.inputs > 0) evicted = report.not_evicted_because.empty();
  return {{"schema_version", kFloorSchemaVersion},
          {"kind", "floor"},
          {"context", context},
          {"case", report.case_id.empty() ? ordered_json() : ordered_json(report.case_id)},
          {"command", command},
          {"held_by", run::to_string(report.capped_by)},
          {"no_cgroup_because", report.no_cgroup_because},
          {"inputs_evicted", evicted},
          {"inputs_not_evicted_because", report.not_evicted_because},
          {"rule",
           {{"repetitions", report.rule.repetitions},
            {"slowest_factor", report.rule.slowest_factor},
            {"slack_ms", report.rule.slack_ms},
            {"timeout_factor", report.rule.timeout_factor},
            {"least_step_bytes", report.rule.least_step_bytes},
            {"step_share", report.rule.step_share},
            {"largest_cap_bytes", report.rule.largest_cap_bytes}}},
          {"floor_bytes", null_or(floor.smallest_passing_bytes)},
          {"largest_failing_bytes", floor.largest_failing_bytes},
          {"uncapped", uncapped_json(report)},
          {"caps", list_json(floor.tried)},
          {"curve", list_json(floor.curve)}};
}

std::string text_of(const run::TriedCap& tried) {
  const run::Probe& last = tried.probes.back();
  std::string text = format_size_rounded(tried.cap_bytes) + ": ";
  if (tried.passed) return text + "enough, " + time_text(last.wall_ms);
  if (last.ok()) return text + "too slow, " + time_text(last.wall_ms);
  return text + "too little, " + std::string(run::to_string(last.status)) + ": " +
         printable(last.message);
}

std::string render_text(const FloorReport& report) {
  std::string text = subject_of(report) + "\n";
  text += "  held by " + std::string(run::cap_text(report.capped_by)) + "\n";
  if (!report.no_cgroup_because.empty()) {
    text += "  not by a cgroup: " + report.no_cgroup_because + "\n";
  }
  if (report.inputs > 0 && report.not_evicted_because.empty()) {
    text += "  its inputs were evicted from the page cache before each try\n";
  } else if (report.inputs > 0) {
    text += "  its inputs could not be evicted from the page cache, so less is charged to it: " +
            report.not_evicted_because + "\n";
  }
  text += interval_text(report);
  text += compared_text(report.observed);
  if (report.floor.curve.empty()) return text;
  text += fmt::format("\n  {:<9}  {:>10}  {:>10}  {:>8}  {:>5}\n", "floor", "cap", "time",
                      "slowdown", "right");
  for (const run::CurvePoint& point : report.floor.curve) text += row_text(point);
  return text;
}

}  // namespace splitscope::result
