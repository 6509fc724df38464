#include "harness/run/outcome.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <new>
#include <system_error>

#include "harness/record/resident_time.h"
#include "harness/record/thinning.h"
#include "harness/run/child_protocol.h"

namespace splitscope::run {

using record::Measure;

namespace {

Sample failed(Status status, std::string message) {
  Sample sample;
  sample.status = status;
  sample.message = std::move(message);
  return sample;
}

std::string with_last_line(const std::string& message, const Exit& exit) {
  const std::string line = last_line(exit.output_tail);
  return line.empty() ? message : message + "; its last words: " + line;
}

std::string seconds_text(std::chrono::milliseconds time) {
  return fmt::format("{:g} s", static_cast<double>(time.count()) / 1000.0);
}

// Of the kinds the kernel keeps no mark.
void raise_kind(const char* key, std::uint64_t seen, Sample& sample) {
  const auto known = sample.count(key);
  sample.set(Measure::seen(key, std::max(known.value_or(0), seen)));
}

// The kernel's mark lags behind its own counters by some pages for each processor, so a sample may
// lie above it; what was seen was there.
void raise_peak(std::uint64_t seen, Sample& sample) {
  const auto mark = sample.count("peak_rss_bytes");
  if (seen == 0 || (mark && *mark >= seen)) return;
  sample.set(mark ? Measure::of("peak_rss_bytes", seen) : Measure::seen("peak_rss_bytes", seen));
  if (const auto floor = sample.count("floor_rss_bytes"); floor && seen >= *floor) {
    sample.set(Measure::of("net_peak_rss_bytes", seen - *floor));
  }
}

void set_ratio(const char* key, std::optional<double> value, std::uint64_t input_bytes,
               Sample& sample) {
  if (value && input_bytes != 0) {
    sample.set(Measure::of_real(key, *value / static_cast<double>(input_bytes)));
  } else {
    sample.set(Measure::absent(
        key, input_bytes == 0 ? "there is no input to compare with" : "the peak was not measured"));
  }
}

// A child samples itself at each boundary, just before a phase ends, so that moment belongs to the
// next phase as well; the last phase is ended just before the last of these samples.
void add_phase_peaks(const std::vector<record::ResidentSample>& all,
                     const std::vector<record::ResidentSample>& at_boundaries, bool closed,
                     std::vector<record::Phase>& phases) {
  std::uint64_t earliest = 0;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    record::Phase& phase = phases[i];
    std::uint64_t from = phase.start_us;
    std::uint64_t to = phase.end_us;
    for (const record::ResidentSample& own : at_boundaries) {
      if (own.t_us >= earliest && own.t_us <= phase.start_us) from = own.t_us;
    }
    if (i + 1 == phases.size() && closed && !at_boundaries.empty()) {
      to = std::max(to, at_boundaries.back().t_us);
    }
    for (const record::ResidentSample& row : all) {
      if (row.t_us >= from && row.t_us <= to) phase.add(row);
    }
    earliest = phase.start_us;
  }
}

}  // namespace

std::string last_line(const std::string& text) {
  auto end = text.find_last_not_of("\n\r ");
  if (end == std::string::npos) return {};
  const auto start = text.find_last_of('\n', end);
  return text.substr(start == std::string::npos ? 0 : start + 1,
                     end - (start == std::string::npos ? 0 : start + 1) + 1);
}

Sample sample_of(const Exit& exit, const std::filesystem::path& result_file, bool oom_killed,
                 std::chrono::milliseconds timeout) {
  if (exit.timed_out) {
    return failed(Status::kTimedOut, "did not end within " + seconds_text(timeout) +
                                         " and was killed; --timeout gives it more");
  }
  if (exit.signal) {
    if (*exit.signal == SIGKILL && oom_killed) {
      return failed(Status::kOomKilled, "killed by the kernel: out of memory");
    }
    return failed(Status::kCrashed, with_last_line("died of " + signal_name(*exit.signal), exit));
  }
  try {
    if (std::filesystem::exists(result_file)) return read_child_result(result_file);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    return failed(Status::kCrashed, std::string("left a broken result: ") + error.what());
  }
  return failed(Status::kCrashed, with_last_line("ended with exit status " +
                                                     std::to_string(exit.status.value_or(-1)) +
                                                     " and without a result",
                                                 exit));
}

void merge_timeline(const record::TimelineChannel& channel,
                    std::vector<record::ResidentSample> parent_samples,
                    std::uint64_t seen_peak_rss_bytes, Sample& sample) {
  if (channel.state() == record::WindowState::not_open) return;
  const std::vector<record::ResidentSample> own = channel.samples();
  record::ResidentPeaks peaks;
  std::vector<record::ResidentSample> all = std::move(parent_samples);
  all.insert(all.end(), own.begin(), own.end());
  for (const record::ResidentSample& row : all) peaks.add(row);
  if (!all.empty()) {
    raise_kind("peak_rss_anon_bytes", peaks.anon_bytes, sample);
    raise_kind("peak_rss_file_bytes", peaks.file_bytes, sample);
    raise_kind("peak_rss_shmem_bytes", peaks.shmem_bytes, sample);
  }
  if (!own.empty()) {
    const std::uint64_t anon = sample.count("peak_rss_anon_bytes").value_or(0);
    const std::uint64_t floor = own.front().anon_bytes;
    sample.set(Measure::seen("net_peak_rss_anon_bytes", anon > floor ? anon - floor : 0));
  }
  std::uint64_t highest = seen_peak_rss_bytes;
  for (const record::ResidentSample& row : all) highest = std::max(highest, row.rss_bytes());
  raise_peak(highest, sample);
  if (!sample.count("peak_heap_bytes") && channel.peak_heap_bytes() != record::kUnknown) {
    sample.set(Measure::of("peak_heap_bytes", channel.peak_heap_bytes()));
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.t_us < b.t_us; });
  for (Measure& measure : record::resident_time_measures(all)) sample.set(std::move(measure));
  sample.phases = channel.phases();
  // Without some of its own samples a boundary may have any other's.
  const bool all_there = channel.dropped_samples() == 0;
  add_phase_peaks(all, all_there ? own : std::vector<record::ResidentSample>(),
                  channel.state() == record::WindowState::closed, sample.phases);
  sample.timeline = record::thin_timeline(std::move(all));
}

void take_working_set(record::Measures outside, Sample& sample) {
  // The first is the peak, the others are what it consists of.
  const std::string key = outside.front().key;
  const auto* const seen = std::get_if<std::uint64_t>(&outside.front().value);
  const auto known = sample.count(key);
  if (known && (seen == nullptr || *seen <= *known)) return;
  for (Measure& measure : outside) sample.set(std::move(measure));
}

void check_sampler(const record::Sampler& sampler) {
  if (sampler.error() == 0) return;
  throw std::system_error(sampler.error(), std::generic_category(),
                          "cannot sample the memory of the measured process");
}

void add_derived(Sample& sample) {
  const std::uint64_t input_bytes = sample.input_bytes.value_or(0);
  set_ratio("amplification", sample.value("net_peak_rss_bytes"), input_bytes, sample);
  set_ratio("heap_amplification", sample.value("peak_heap_bytes"), input_bytes, sample);
  const auto wall_ms = sample.value("wall_ms");
  // 10^6 bytes a second = bytes per millisecond / 1000.
  if (wall_ms && *wall_ms > 0 && input_bytes != 0) {
    sample.set(Measure::of_real("throughput_mb_per_s",
                                static_cast<double>(input_bytes) / *wall_ms / 1000.0));
  } else {
    sample.set(Measure::absent("throughput_mb_per_s", input_bytes == 0
                                                          ? "there is no input to compare with"
                                                          : "the time was not measured"));
  }
}

}  // namespace splitscope::run
