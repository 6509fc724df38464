#include "harness/run/command_runner.h"

#include <unistd.h>

#include <algorithm>
#include <optional>

#include "harness/record/cgroup_recorder.h"
#include "harness/record/proc_file.h"
#include "harness/record/proc_status.h"
#include "harness/record/sampler.h"
#include "harness/record/thinning.h"
#include "harness/run/cgroup.h"
#include "harness/run/outcome.h"
#include "harness/run/process.h"

namespace splitscope::run {

using record::Measure;
using Clock = std::chrono::steady_clock;

namespace {

double to_ms(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

// The kernel hands a new program the old one's high-water mark on, so ours is brought down first;
// what is then left of it is the least that the child's figure can say. Nothing if that cannot be
// told, and then neither can the child's own share of its figure.
std::optional<std::uint64_t> lower_own_peak() {
  (void)record::reset_high_water_mark();
  record::ProcFile status("/proc/self/status");
  return record::parse_status(status.read()).peak_rss_bytes;
}

void add_peak(const Exit& exit, std::optional<std::uint64_t> own_peak, std::uint64_t seen_peak,
              Sample& sample) {
  const bool telling = own_peak && exit.max_rss_bytes > *own_peak;
  const std::uint64_t peak = telling ? exit.max_rss_bytes : seen_peak;
  if (peak != 0) {
    sample.set(Measure::of("peak_rss_bytes", peak));
  } else {
    sample.set(Measure::absent("peak_rss_bytes", "the command ended before it could be sampled"));
  }
}

void add_samples(std::vector<record::ResidentSample> rows, Sample& sample) {
  if (rows.empty()) return;
  record::ResidentPeaks peaks;
  for (const record::ResidentSample& row : rows) peaks.add(row);
  sample.set(Measure::of("peak_rss_anon_bytes", peaks.anon_bytes));
  sample.set(Measure::of("peak_rss_file_bytes", peaks.file_bytes));
  sample.set(Measure::of("peak_rss_shmem_bytes", peaks.shmem_bytes));
  sample.timeline = record::thin_timeline(std::move(rows));
}

void add_effort(const Exit& exit, Clock::duration wall, Sample& sample) {
  sample.set(Measure::of_real("wall_ms", to_ms(wall)));
  sample.set(Measure::of_real("user_ms", to_ms(exit.user)));
  sample.set(Measure::of_real("system_ms", to_ms(exit.system)));
  sample.set(Measure::of("minor_faults", exit.minor_faults));
  sample.set(Measure::of("major_faults", exit.major_faults));
  sample.set(Measure::of("voluntary_switches", exit.voluntary_switches));
  sample.set(Measure::of("involuntary_switches", exit.involuntary_switches));
}

void set_status(const Exit& exit, Sample& sample) {
  if (exit.timed_out) {
    sample.status = Status::kTimedOut;
    sample.message = "did not end in time and was killed; --timeout gives it more";
  } else if (exit.signal) {
    sample.status = Status::kCrashed;
    sample.message = "died of " + signal_name(*exit.signal);
  } else if (exit.status != 0) {
    sample.status = Status::kCrashed;
    sample.message = "ended with exit status " + std::to_string(exit.status.value_or(-1));
  }
}

}  // namespace

CommandSample measure_command(const CommandOptions& options) {
  Command command;
  command.executable = options.command.front();
  command.arguments = options.command;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    command.environment.emplace_back(*variable);
  }
  command.capture = false;
  const auto cgroup = Cgroup::create();
  record::CgroupRecorder charge(cgroup ? cgroup->folder().string() : std::string());
  charge.start();
  const auto own_peak = lower_own_peak();

  CommandSample measured;
  Sample& sample = measured.sample;
  const auto started = Clock::now();
  Process process(command);
  const bool charged = cgroup && cgroup->add(process.pid());
  record::Sampler sampler(process.pid(), nullptr);
  std::vector<record::ResidentSample> rows;
  const auto take = [&](pid_t) {
    if (auto row = sampler.sample_once()) rows.push_back(*row);
    check_sampler(sampler);
  };
  take(process.pid());
  const Exit exit = process.wait(started + options.timeout, options.sample_interval, take);
  const auto wall = exit.ended - started;
  measured.left_behind = exit.left_behind;

  // What was never charged to it is not 0 either.
  sample.measures = charged ? charge.stop() : record::CgroupRecorder(std::string()).stop();
  add_peak(exit, own_peak, sampler.seen_peak_rss_bytes(), sample);
  add_samples(std::move(rows), sample);
  add_effort(exit, wall, sample);
  for (const char* key :
       {"peak_heap_bytes", "heap_allocations", "heap_requested_bytes", "floor_rss_bytes",
        "net_peak_rss_bytes", "net_peak_rss_anon_bytes", "amplification", "bytes_copied"}) {
    sample.set(Measure::absent(key, "a foreign command is measured from outside only"));
  }
  set_status(exit, sample);
  return measured;
}

}  // namespace splitscope::run
