// From a child's end to a sample: its status, and what parent and child saw together.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/record/resident_sample.h"
#include "harness/record/sampler.h"
#include "harness/record/timeline.h"
#include "harness/run/process.h"
#include "harness/run/sample.h"

namespace splitscope::run {

/// The child's own result, or what can be said without one: timed out, killed by a signal, out of
/// memory (`oom_killed`: the kernel says so), or gone without a word.
[[nodiscard]] Sample sample_of(const Exit& exit, const std::filesystem::path& result_file,
                               bool oom_killed, std::chrono::milliseconds timeout);

/// Adds phases, timeline and per-kind peaks, which are the highest that either side saw.
/// `seen_peak_rss_bytes` stands in for the child's own figure when it died before it could tell.
void merge_timeline(const record::TimelineChannel& channel,
                    std::vector<record::ResidentSample> parent_samples,
                    std::uint64_t seen_peak_rss_bytes, Sample& sample);

/// The working set as seen from outside, where that was higher than what `sample` has.
void take_working_set(record::Measures outside, Sample& sample);

/// Throws std::system_error when sampling ended for another reason than the process's end: a peak
/// of some of the samples must not pass for one.
void check_sampler(const record::Sampler& sampler);

/// Adds amplification, heap_amplification and throughput; needs `sample.input_bytes`.
void add_derived(Sample& sample);

/// The last line of text that is not empty.
[[nodiscard]] std::string last_line(const std::string& text);

}  // namespace splitscope::run
