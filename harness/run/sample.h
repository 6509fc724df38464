// What came out: of one sample, and of all samples of a case.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/record/measure.h"
#include "harness/record/resident_sample.h"
#include "harness/record/timeline.h"
#include "harness/run/case.h"

namespace splitscope::run {

/// How a sample ended. Everything but kOk is a failed case; the suite goes on.
enum class Status {
  kOk,
  /// The output does not hold what it should, or differs from that of another strategy.
  kWrongOutput,
  /// Died of a signal, left without a result, or threw what it should not throw.
  kCrashed,
  /// Killed by the kernel because memory ran out.
  kOomKilled,
  /// Did not end in time and was killed by the harness.
  kTimedOut,
  /// Said in good order that it cannot do this: a bad option, a malformed input, no permission.
  kRefused
};

[[nodiscard]] std::string_view to_string(Status status);
/// Throws UsageError that quotes `text`.
[[nodiscard]] Status parse_status(std::string_view text);

/// Lower bound of a size class in bytes -> how many.
using Histogram = std::map<std::uint64_t, std::uint64_t>;

/// One process of a measured command.
struct ProcessRow {
  std::uint64_t pid = 0;
  /// 0 for the command itself.
  std::uint64_t parent = 0;
  /// What its last exec was given, cut short; not necessarily UTF-8.
  std::string command;
  std::uint64_t started_us = 0;  ///< since the command's start, as the two below
  std::uint64_t ended_us = 0;
  std::optional<std::uint64_t> peak_rss_bytes;
  /// The peak comes from samples.
  bool peak_at_least = false;
  std::optional<std::uint64_t> peak_heap_bytes;
  std::optional<std::uint64_t> heap_allocations;
  /// Why there are no heap figures; empty where there are.
  std::string heap_absent_because;
  std::optional<int> status;
  std::optional<int> signal;
};

/// One child process, or one command with all that it started.
struct Sample {
  Status status = Status::kOk;
  /// One line; empty when ok.
  std::string message;
  record::Measures measures;
  std::optional<std::uint64_t> expected_peak_bytes;
  std::optional<std::uint64_t> input_bytes;
  std::optional<std::uint64_t> output_bytes;
  /// "sha256:<hex>", empty without an output.
  std::string output_digest;
  std::vector<record::Phase> phases;
  /// By time, thinned; of the child itself and of the parent that watched it.
  std::vector<record::ResidentSample> timeline;
  std::optional<Histogram> read_sizes;
  std::optional<Histogram> heap_sizes;
  /// Of a command only: the largest ones, in the order in which they started.
  std::optional<std::vector<ProcessRow>> processes;
  /// What held it to the cap of its case.
  CapKind capped_by = CapKind::kNone;

  [[nodiscard]] bool ok() const { return status == Status::kOk; }
  /// The measure's value as a real; nothing when it is absent or not there.
  [[nodiscard]] std::optional<double> value(std::string_view key) const;
  /// The measure's value as a count; nothing when it is absent, real or not there.
  [[nodiscard]] std::optional<std::uint64_t> count(std::string_view key) const;
  /// Replaces the measure of the same key, or appends.
  void set(record::Measure measure);
};

/// All samples of one case, in the order in which they ran.
struct CaseResult {
  CaseSpec spec;
  std::vector<Sample> samples;

  [[nodiscard]] bool ok() const;
};

}  // namespace splitscope::run
