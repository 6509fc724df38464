#include "harness/run/case_runner.h"

#include <algorithm>
#include <exception>
#include <new>
#include <optional>

#include "base/errors.h"
#include "base/printable.h"
#include "base/short_name.h"
#include "base/size_text.h"
#include "harness/record/page_cache.h"
#include "harness/record/sampler.h"
#include "harness/record/timeline.h"
#include "harness/record/working_set.h"
#include "harness/run/allocators.h"
#include "harness/run/cache_state.h"
#include "harness/run/cgroup.h"
#include "harness/run/child_protocol.h"
#include "harness/run/outcome.h"
#include "harness/run/process.h"
#include "harness/run/work_folder.h"

namespace splitscope::run {

namespace fs = std::filesystem;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// A sanitizer's own allocator must come first.
constexpr bool kPreload = false;
#else
constexpr bool kPreload = true;
#endif

// Fixed, so that the size of the user's environment does not move the child's stack. The libraries
// are linked into the work folder for the same reason.
std::vector<std::string> child_environment(const CaseSpec& spec, WorkFolder& folder,
                                           const Surroundings& surroundings) {
  std::vector<std::string> environment{"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/", "LC_ALL=C",
                                       "TMPDIR=/tmp"};
  std::string preload;
  if (const auto shim = heap_shim(); shim && kPreload) {
    folder.link(*shim, "lib/heap.so");
    preload = "./lib/heap.so";
  }
  if (const auto library = allocator_library(spec.id.allocator); library && kPreload) {
    folder.link(*library, "lib/allocator.so");
    preload += preload.empty() ? "./lib/allocator.so" : ":./lib/allocator.so";
  }
  if (!preload.empty()) environment.push_back("LD_PRELOAD=" + preload);
  environment.insert(environment.end(), surroundings.environment.begin(),
                     surroundings.environment.end());
  return environment;
}

// The child reaches its inputs through links; its messages have the names that the user knows.
std::vector<std::string> shown_inputs(const CaseSpec& spec) {
  std::vector<std::string> shown;
  for (const fs::path& input : spec.inputs) shown.push_back(printable(short_name(input)));
  return shown;
}

ChildSpec child_spec(const CaseSpec& spec, const Surroundings& surroundings,
                     const std::vector<fs::path>& plugins, WorkFolder& folder) {
  ChildSpec child;
  child.spec = spec;
  child.spec.options.insert(surroundings.options.begin(), surroundings.options.end());
  for (std::size_t i = 0; i < spec.inputs.size(); ++i) {
    child.spec.inputs[i] = folder.link_input(spec.inputs[i], i);
  }
  child.shown_inputs = shown_inputs(spec);
  child.output = folder.output_folder();
  for (std::size_t i = 0; i < plugins.size(); ++i) {
    child.plugins.push_back("./lib/plugin-" + std::to_string(i) + ".so");
    folder.link(plugins[i], child.plugins.back());
  }
  if (surroundings.library) {
    child.library = "./lib/workload.so";
    folder.link(*surroundings.library, child.library);
  }
  return child;
}

// From outside, now and then: a look at all inputs takes some microseconds for each.
class InputCacheWatcher {
 public:
  explicit InputCacheWatcher(const std::vector<fs::path>& inputs)
      : any_(!inputs.empty()), files_(names_of(inputs)) {}

  void sample() noexcept {
    if (until_look_-- != 0) return;
    until_look_ = kTicksBetween;
    peak_bytes_ = std::max(peak_bytes_, files_.bytes());
  }
  [[nodiscard]] record::Measure peak() const {
    constexpr const char* kKey = "input_cached_peak_bytes";
    if (!any_) return record::Measure::absent(kKey, "the workload has no input");
    return peak_bytes_ ? record::Measure::seen(kKey, *peak_bytes_)
                       : record::Measure::absent(kKey, files_.absent_because());
  }

 private:
  static constexpr unsigned kTicksBetween = 32;

  static std::vector<std::string> names_of(const std::vector<fs::path>& inputs) {
    std::vector<std::string> names;
    for (const fs::path& input : inputs) {
      for (const fs::path& file : files_of(input)) names.push_back(file.native());
    }
    return names;
  }

  bool any_;
  record::CachedFiles files_;
  unsigned until_look_ = 0;
  std::optional<std::uint64_t> peak_bytes_;
};

// The child itself sets the cap, for its window only; here is found out who can hold it.
CapKind cap_for(const CaseSpec& spec, const std::optional<Cgroup>& cgroup,
                const std::string& no_cgroup_because) {
  if (!spec.id.memory_cap_bytes) return CapKind::kNone;
  if (spec.cap_kind == CapKind::kDataLimit) return CapKind::kDataLimit;
  if (cgroup && limit_cgroup(cgroup->folder(), kAnyLimitBytes) == 0 &&
      limit_cgroup(cgroup->folder(), std::nullopt) == 0) {
    return CapKind::kCgroup;
  }
  if (spec.cap_kind != CapKind::kCgroup) return CapKind::kDataLimit;
  throw UsageError("a memory cap cannot be held by a cgroup: " +
                   (cgroup ? "the kernel refuses the limit" : no_cgroup_because));
}

// The kernel says nothing when it refuses memory under an rlimit.
void name_data_limit(std::uint64_t cap_bytes, Sample& sample) {
  if (sample.capped_by != CapKind::kDataLimit || sample.status != Status::kCrashed) return;
  sample.message += "; RLIMIT_DATA held its memory to " + format_size(cap_bytes);
}

}  // namespace

Sample CaseRunner::run_sample(const CaseSpec& spec) {
  Sample sample;
  try {
    WorkFolder folder(options_.work_parent);
    Command command;
    command.executable = options_.program;
    command.arguments = options_.child_arguments;
    command.arguments.emplace_back(kSpecFile);
    command.folder = folder.path();
    const auto known = options_.surroundings.find(spec.workload);
    const Surroundings surroundings =
        known == options_.surroundings.end() ? Surroundings{} : known->second;
    command.environment = child_environment(spec, folder, surroundings);
    ChildSpec child = child_spec(spec, surroundings, options_.plugins, folder);
    std::string no_cgroup_because;
    const auto cgroup = Cgroup::create(&no_cgroup_because);
    child.capped_by = cap_for(spec, cgroup, no_cgroup_because);
    write_child_spec(folder.path() / kSpecFile, child);
    if (cgroup) folder.link(cgroup->folder(), kCgroupLink);
    const auto channel = record::TimelineChannel::create();
    command.descriptor = {channel.fd(), kChannelDescriptor};
    const auto kills_before = machine_oom_kills();
    // The child itself makes a cold case cold, after it has looked at its inputs. What this process
    // reads is not charged to the child's cgroup.
    (void)set_cache_state(spec.inputs, CacheState::kWarm);

    Process process(command);
    record::Sampler sampler(process.pid(), &channel);
    record::WorkingSetWatcher working_set(cgroup ? cgroup->folder().string() : std::string(),
                                          no_cgroup_because);
    InputCacheWatcher input_cache(spec.inputs);
    std::vector<record::ResidentSample> seen;
    const Exit exit = process.wait(std::chrono::steady_clock::now() + spec.timeout,
                                   options_.sample_interval, [&](pid_t) {
                                     if (auto row = sampler.sample_once()) {
                                       seen.push_back(*row);
                                       working_set.sample();
                                       input_cache.sample();
                                     }
                                     check_sampler(sampler);
                                   });
    const bool oom_killed =
        (cgroup && cgroup->oom_kills() > 0) || (kills_before && machine_oom_kills() > kills_before);
    sample = sample_of(exit, folder.path() / kResultFile, oom_killed, spec.timeout);
    sample.capped_by = child.capped_by;
    name_data_limit(spec.id.memory_cap_bytes.value_or(0), sample);
    take_working_set(working_set.measures(), sample);
    sample.set(input_cache.peak());
    const auto highest = [&](const char* key, const std::optional<std::uint64_t>& value) {
      sample.set(value ? record::Measure::seen(key, *value)
                       : record::Measure::absent(key, "it ended before the first sample"));
    };
    highest("page_tables_peak_bytes", sampler.page_tables_peak_bytes());
    highest("swap_peak_bytes", sampler.swap_peak_bytes());
    merge_timeline(channel, std::move(seen), sampler.seen_peak_rss_bytes(), sample);
    // One meaning for every workload: the files as they lie there, once for each instance.
    if (!spec.inputs.empty() || !sample.input_bytes) {
      sample.input_bytes =
          total_size(spec.inputs) * static_cast<std::uint64_t>(spec.id.concurrency);
    }
    add_derived(sample);
    check_digest(spec.id, sample);
  } catch (const std::bad_alloc&) {
    sample.status = Status::kRefused;
    sample.message = "the measuring process was out of memory";
  } catch (const std::exception& error) {
    sample.status = Status::kRefused;
    sample.message = error.what();
  }
  return sample;
}

void CaseRunner::check_digest(const CaseId& id, Sample& sample) {
  if (!sample.ok() || sample.output_digest.empty()) return;
  const auto [known, is_new] =
      digests_.try_emplace(id.workload + "/" + id.input, sample.output_digest, id.strategy);
  if (is_new || known->second.first == sample.output_digest) return;
  sample.status = Status::kWrongOutput;
  sample.message = "the output differs from that of strategy " + known->second.second + ": " +
                   sample.output_digest + ", expected " + known->second.first;
}

}  // namespace splitscope::run
