#include "harness/run/command_runner.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>
#include <utility>

#include "base/errors.h"
#include "base/own_place.h"
#include "base/secrets.h"
#include "harness/record/cgroup_recorder.h"
#include "harness/record/resident_time.h"
#include "harness/record/thinning.h"
#include "harness/record/working_set.h"
#include "harness/run/cgroup.h"
#include "harness/run/command_heap.h"
#include "harness/run/outcome.h"
#include "harness/run/process.h"
#include "harness/tree/command_tree.h"

namespace splitscope::run {

using record::Measure;
using Clock = std::chrono::steady_clock;

namespace {

// Rows that a result carries; a build of a large project has tens of thousands of processes.
constexpr std::size_t kMaxProcessRows = 512;

double to_ms(std::chrono::microseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

std::string spawner() {
  const auto place = own_file("splitscope_spawner");
  if (!place) throw std::runtime_error("the helper splitscope_spawner is not installed");
  return place->string();
}

std::vector<std::string> own_environment() {
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    environment.emplace_back(*variable);
  }
  return environment;
}

void set_resident(const tree::TreeEnd& end, Sample& sample) {
  const auto put = [&](const char* key, std::uint64_t value, bool exact) {
    if (value == 0) {
      sample.set(Measure::absent(key, "the command ended before it could be sampled"));
    } else {
      sample.set(exact ? Measure::of(key, value) : Measure::seen(key, value));
    }
  };
  std::uint64_t largest = end.largest_waited_for_bytes;
  bool exact = true;
  for (const tree::ProcessRecord& process : end.processes) {
    if (!process.peak_rss_bytes) continue;
    if (*process.peak_rss_bytes >= largest) exact = process.peak_source == tree::Source::kExact;
    largest = std::max(largest, *process.peak_rss_bytes);
  }
  put("largest_process_rss_bytes", largest, exact);
  // Each of these was there at some instant, and all together are at least as much.
  const std::uint64_t least = std::max(
      {largest, end.peaks.anon.anon_bytes, end.peaks.file.file_bytes, end.peaks.shmem.shmem_bytes});
  put("peak_rss_bytes", std::max(end.rss_peak_bytes, least),
      end.trace_absent_because.empty() && end.rss_peak_source == tree::Source::kExact);
  const bool sampled = !end.timeline.empty();
  const auto kind = [&](const char* key, std::uint64_t value) {
    // A command without any shared memory has 0 of it.
    sample.set(sampled ? Measure::seen(key, value)
                       : Measure::absent(key, "the command ended before it could be sampled"));
  };
  kind("peak_rss_anon_bytes", end.peaks.anon.anon_bytes);
  kind("peak_rss_file_bytes", end.peaks.file.file_bytes);
  kind("peak_rss_shmem_bytes", end.peaks.shmem.shmem_bytes);
  const auto rollup = [&](const char* key, std::uint64_t tree::PssPeak::*figure) {
    sample.set(end.pss_peak ? Measure::seen(key, (*end.pss_peak).*figure)
                            : Measure::absent(
                                  key, "no smaps_rollup of its processes could be read in time"));
  };
  rollup("peak_pss_bytes", &tree::PssPeak::pss_bytes);
  rollup("peak_uss_bytes", &tree::PssPeak::uss_bytes);
  rollup("anon_huge_peak_bytes", &tree::PssPeak::anon_huge_bytes);
  kind("page_tables_peak_bytes", end.page_tables_bytes);
  kind("swap_peak_bytes", end.swap_bytes);
}

void set_effort(const tree::TreeEnd& end, Sample& sample) {
  sample.set(Measure::of_real("wall_ms", to_ms(end.wall)));
  sample.set(Measure::of_real("user_ms", to_ms(end.user)));
  sample.set(Measure::of_real("system_ms", to_ms(end.system)));
  sample.set(Measure::of("minor_faults", end.minor_faults));
  sample.set(Measure::of("major_faults", end.major_faults));
  sample.set(Measure::of("voluntary_switches", end.voluntary_switches));
  sample.set(Measure::of("involuntary_switches", end.involuntary_switches));
  sample.set(end.trace_absent_because.empty() ? Measure::of("processes", end.processes_seen)
                                              : Measure::seen("processes", end.processes_seen));
}

void set_timeline(const tree::TreeEnd& end, Sample& sample) {
  std::vector<record::ResidentSample> rows;
  rows.reserve(end.timeline.size());
  // Without tracing what ended processes held is taken off too late or never.
  const bool heap_known = end.trace_absent_because.empty();
  for (const tree::TreeInstant& at : end.timeline) {
    rows.push_back({at.t_us, at.anon_bytes, at.file_bytes, at.shmem_bytes,
                    heap_known ? at.heap_bytes : record::kUnknown});
  }
  for (Measure& measure : record::resident_time_measures(rows)) sample.set(std::move(measure));
  sample.timeline = record::thin_timeline(std::move(rows));
}

// Of large releases the processes have their own readings, from counters that lag a little.
void set_phases(std::vector<record::Phase> phases, Sample& sample) {
  const auto highest = sample.count("peak_rss_bytes");
  for (record::Phase& phase : phases) {
    if (phase.peak_rss_bytes == record::kUnknown || !highest) continue;
    phase.peak_rss_bytes = std::min(phase.peak_rss_bytes, *highest);
  }
  sample.phases = std::move(phases);
}

// Numbers in a /proc of another namespace would be other people's processes.
void check_proc() {
  std::array<char, 32> text{};
  const ssize_t length = ::readlink("/proc/self", text.data(), text.size() - 1);
  if (length <= 0) throw UsageError("/proc is not mounted, and commands cannot be seen without it");
  if (std::string(text.data()) != std::to_string(::getpid())) {
    throw UsageError(
        "/proc belongs to another pid namespace, so that other processes would be measured; mount "
        "it anew (unshare has --mount-proc)");
  }
}

// The words of a command, joined by blanks; in results no secret stands.
std::string shown_command(const std::string& command) {
  std::vector<std::string> words(1);
  for (const char letter : command) {
    if (letter == ' ') {
      words.emplace_back();
    } else {
      words.back() += letter;
    }
  }
  std::string shown;
  for (const std::string& word : without_secrets(words)) shown += word + ' ';
  shown.pop_back();
  return shown;
}

std::vector<ProcessRow> rows_of(const tree::TreeEnd& end) {
  std::vector<ProcessRow> rows;
  rows.reserve(end.processes.size());
  for (const tree::ProcessRecord& process : end.processes) {
    ProcessRow row;
    row.pid = static_cast<std::uint64_t>(process.pid);
    row.parent = static_cast<std::uint64_t>(process.parent);
    row.command = shown_command(process.command);
    row.started_us = process.started_us;
    row.ended_us = process.ended_us;
    row.peak_rss_bytes = process.peak_rss_bytes;
    row.peak_at_least = process.peak_source == tree::Source::kAtLeast;
    row.status = process.status;
    row.signal = process.signal;
    rows.push_back(std::move(row));
  }
  return rows;
}

// The largest stay, in their order.
void keep_largest(std::vector<ProcessRow>& rows) {
  if (rows.size() <= kMaxProcessRows) return;
  std::vector<std::uint64_t> peaks;
  for (const ProcessRow& row : rows) peaks.push_back(row.peak_rss_bytes.value_or(0));
  std::nth_element(peaks.begin(), peaks.begin() + kMaxProcessRows, peaks.end(), std::greater<>());
  const std::uint64_t least = peaks[kMaxProcessRows];
  std::size_t equal_places = kMaxProcessRows - static_cast<std::size_t>(std::count_if(
                                                   rows.begin(), rows.end(), [&](const auto& row) {
                                                     return row.peak_rss_bytes.value_or(0) > least;
                                                   }));
  std::erase_if(rows, [&](const ProcessRow& row) {
    const std::uint64_t peak = row.peak_rss_bytes.value_or(0);
    if (peak != least) return peak < least;
    if (equal_places == 0) return true;
    --equal_places;
    return false;
  });
}

void set_status(const tree::TreeEnd& end, bool oom_killed, Sample& sample) {
  if (end.timed_out) {
    sample.status = Status::kTimedOut;
    sample.message = "did not end in time and was killed; --timeout gives it more";
  } else if (oom_killed) {
    sample.status = Status::kOomKilled;
    sample.message = "the kernel killed a process of it: out of memory";
  } else if (end.signal) {
    sample.status = Status::kCrashed;
    sample.message = "died of " + signal_name(*end.signal);
  } else if (end.status != 0) {
    sample.status = Status::kCrashed;
    sample.message = "ended with exit status " + std::to_string(end.status.value_or(-1));
  }
}

CapKind set_cap(const CommandOptions& options, const std::optional<Cgroup>& cgroup,
                const std::string& no_cgroup_because, tree::Launch& launch) {
  if (!options.memory_cap_bytes) return CapKind::kNone;
  if (options.cap_kind != CapKind::kDataLimit) {
    if (cgroup && cgroup->limit(*options.memory_cap_bytes)) return CapKind::kCgroup;
    if (options.cap_kind == CapKind::kCgroup) {
      throw UsageError("a memory cap cannot be held by a cgroup: " +
                       (cgroup ? "the kernel refuses the limit" : no_cgroup_because));
    }
  }
  launch.data_limit_bytes = options.memory_cap_bytes;
  return CapKind::kDataLimit;
}

}  // namespace

CommandSample measure_command(const CommandOptions& options) {
  check_proc();
  CommandSample measured;
  Sample& sample = measured.sample;
  std::string no_cgroup_because;
  const auto cgroup = Cgroup::create(&no_cgroup_because);
  const std::string folder = cgroup ? cgroup->folder().string() : std::string();

  tree::Launch launch;
  launch.arguments = options.command;
  launch.environment = own_environment();
  if (cgroup) launch.cgroup_procs = folder + "/cgroup.procs";
  launch.standard_input = options.standard_input.string();
  launch.spawner = spawner();
  launch.trace = options.trace;
  launch.interval = options.sample_interval;
  launch.wait_for_descendants = options.wait_for_descendants;
  launch.job_group = options.job_group;
  launch.ignored_signals = options.ignored_signals;
  launch.phases = true;
  measured.capped_by = set_cap(options, cgroup, no_cgroup_because, launch);
  CommandHeap heap(options.heap);
  heap.prepare(launch);

  record::CgroupRecorder charge(folder, no_cgroup_because);
  charge.start();
  record::WorkingSetWatcher working_set(folder, no_cgroup_because);
  const auto kills_before = machine_oom_kills();
  tree::CommandTree command(launch);
  tree::TreeEnd end = command.wait(Clock::now() + options.timeout, [&] { working_set.sample(); });
  const bool oom_killed =
      cgroup ? cgroup->oom_kills() > 0
             : end.signal == SIGKILL && kills_before && machine_oom_kills() > kills_before;
  measured.left_behind = end.left_behind;
  measured.phases_left_out = end.phases_left_out;
  measured.phase_lines_ignored = end.phase_lines_ignored;
  measured.not_traced_because = end.trace_absent_because;
  measured.rss_resolution_bytes = end.resolution_bytes;

  sample.measures = charge.stop();
  take_working_set(working_set.measures(), sample);
  set_resident(end, sample);
  set_effort(end, sample);
  set_timeline(end, sample);
  set_phases(std::move(end.phases), sample);
  std::vector<ProcessRow> rows = rows_of(end);
  heap.add(end, rows, sample);
  keep_largest(rows);
  sample.processes = std::move(rows);
  set_status(end, oom_killed, sample);
  return measured;
}

}  // namespace splitscope::run
