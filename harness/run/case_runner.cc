#include "harness/run/case_runner.h"

#include <cctype>
#include <exception>
#include <new>
#include <optional>

#include "base/input_name.h"
#include "harness/record/sampler.h"
#include "harness/record/timeline.h"
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
                                           const RunnerOptions& runner) {
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
  for (const auto& [name, path] : runner.libraries) folder.link(path, "lib/" + name);
  if (!preload.empty()) environment.push_back("LD_PRELOAD=" + preload);
  environment.insert(environment.end(), runner.environment.begin(), runner.environment.end());
  return environment;
}

ChildSpec child_spec(const CaseSpec& spec, const RunnerOptions& runner, WorkFolder& folder) {
  ChildSpec child;
  child.workload = spec.workload;
  child.options = spec.options;
  if (const auto more = runner.run_options.find(spec.workload); more != runner.run_options.end()) {
    child.options.insert(more->second.begin(), more->second.end());
  }
  for (std::size_t i = 0; i < spec.inputs.size(); ++i) {
    child.inputs.push_back(folder.link_input(spec.inputs[i], i));
  }
  child.output = folder.output_folder();
  child.strategy = spec.id.strategy;
  for (std::size_t i = 0; i < runner.plugins.size(); ++i) {
    child.plugins.push_back("./lib/plugin-" + std::to_string(i) + ".so");
    folder.link(runner.plugins[i], child.plugins.back());
  }
  child.concurrency = spec.id.concurrency;
  child.cache = spec.id.cache;
  return child;
}

void replace_word(std::string& text, const std::string& word, const std::string& by) {
  const auto in_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '/';
  };
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos;) {
    const std::size_t end = at + word.size();
    if ((at > 0 && in_word(text[at - 1])) || (end < text.size() && in_word(text[end]))) {
      at = end;
      continue;
    }
    text.replace(at, word.size(), by);
    at += by.size();
  }
}

// The child knows its inputs by the names of their links; whoever reads the message does not. Some
// messages have the whole name, some its last part.
void name_inputs(const CaseSpec& spec, const ChildSpec& child, std::string& message) {
  for (std::size_t i = 0; i < child.inputs.size(); ++i) {
    const std::string name = input_name(spec.inputs[i]);
    const std::string file = fs::path(child.inputs[i]).filename().string();
    // "0", the link of an index folder, may stand anywhere by chance; "0.split" does not.
    const bool telling = file.find('.') != std::string::npos;
    replace_word(message, child.inputs[i], name);
    if (telling && file != name) replace_word(message, file, name);
  }
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
    command.environment = child_environment(spec, folder, options_);
    const ChildSpec child = child_spec(spec, options_, folder);
    write_child_spec(folder.path() / kSpecFile, child);
    const auto cgroup = Cgroup::create();
    if (cgroup) folder.link(cgroup->folder(), kCgroupLink);
    const auto channel = record::TimelineChannel::create();
    command.descriptor = {channel.fd(), kChannelDescriptor};
    const auto kills_before = machine_oom_kills();
    // The child itself makes a cold case cold, after it has looked at its inputs.
    (void)set_cache_state(spec.inputs, CacheState::kWarm);

    Process process(command);
    record::Sampler sampler(process.pid(), &channel);
    std::vector<record::ResidentSample> seen;
    const Exit exit = process.wait(std::chrono::steady_clock::now() + spec.timeout,
                                   options_.sample_interval, [&](pid_t) {
                                     if (auto row = sampler.sample_once()) seen.push_back(*row);
                                     check_sampler(sampler);
                                   });
    const bool oom_killed =
        (cgroup && cgroup->oom_kills() > 0) || (kills_before && machine_oom_kills() > kills_before);
    sample = sample_of(exit, folder.path() / kResultFile, oom_killed, spec.timeout);
    name_inputs(spec, child, sample.message);
    merge_timeline(channel, std::move(seen), sampler.seen_peak_rss_bytes(), sample);
    if (!sample.input_bytes) {
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
