#include "harness/run/child_main.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <new>
#include <string_view>
#include <system_error>

#include "base/errors.h"
#include "base/file_error.h"
#include "base/last_words.h"
#include "base/shown_name.h"
#include "formats/errors.h"
#include "harness/record/timeline.h"
#include "harness/run/cache_state.h"
#include "harness/run/child_protocol.h"
#include "harness/run/window.h"

namespace splitscope::run {

namespace fs = std::filesystem;

namespace {

constexpr const char* kVerify = "verify";

// What the child is at.
const char* g_where = "start";

// Some errors have the whole name of an input's link, some its last part. That of an index folder
// is a mere number, which says nothing by itself.
void show_inputs(const ChildSpec& child) {
  for (std::size_t i = 0; i < child.shown_inputs.size(); ++i) {
    const fs::path& input = child.spec.inputs.at(i);
    show_as(input.native(), child.shown_inputs[i]);
    if (input.has_extension()) show_as(input.filename().native(), child.shown_inputs[i]);
  }
}

// A cold case whose inputs stay cached must not pass for one.
void drop_inputs(const CaseSpec& spec) {
  if (const auto why = set_cache_state(spec.inputs, CacheState::kCold)) {
    throw UsageError("cache state cold was not reached: " + *why);
  }
}

std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return text;
}

// An error that a user can do something about is a refusal; any other is a fault of the code.
void set_failure(const std::exception_ptr& error, std::string_view where, Sample& sample) {
  const auto fail = [&](Status status, const std::string& message) {
    sample.status = status;
    sample.message = one_line(message);
  };
  try {
    if (where == std::string_view(kVerify)) {
      // An output that cannot even be read is wrong too.
      try {
        std::rethrow_exception(error);
      } catch (const std::bad_alloc&) {
        throw;
      } catch (const std::exception& e) {
        fail(Status::kWrongOutput, e.what());
        return;
      }
    }
    std::rethrow_exception(error);
  } catch (const UsageError& e) {
    fail(Status::kRefused, e.what());
  } catch (const formats::FormatError& e) {
    fail(Status::kRefused, e.what());
  } catch (const formats::UnsupportedFeature& e) {
    fail(Status::kRefused, e.what());
  } catch (const TruncatedFile& e) {
    fail(Status::kRefused, e.what());
  } catch (const fs::filesystem_error& e) {
    fail(Status::kRefused, FileError("reach", e.path1(), e.code().value()).what());
  } catch (const std::system_error& e) {
    fail(Status::kRefused, e.what());
  } catch (const std::bad_alloc&) {
    fail(Status::kCrashed, "out of memory in " + std::string(where));
  } catch (const std::exception& e) {
    fail(Status::kCrashed, "uncaught error in " + std::string(where) + ": " + e.what());
  } catch (...) {
    fail(Status::kCrashed, "uncaught error of an unknown kind in " + std::string(where));
  }
}

// Joins the cgroup that the parent made, if it made one; returns its folder.
std::string join_cgroup(const fs::path& folder) {
  const fs::path link = folder / kCgroupLink;
  if (!fs::exists(link)) return {};
  std::ofstream procs(link / "cgroup.procs");
  procs << "0" << std::flush;
  return procs ? link.string() : std::string();
}

// What a process touched before it joined stays charged to where it was; what it touches after an
// exec is charged to its cgroup from the first page on.
void begin_anew_in_cgroup(const char* spec_option, const char* spec_file) {
  if (std::strcmp(spec_option, kSpecInCgroupOption) == 0) return;
  std::string program = "splitscope";
  std::string verb = "child";
  std::string option = kSpecInCgroupOption;
  std::string file = spec_file;
  std::array<char*, 5> arguments{program.data(), verb.data(), option.data(), file.data(), nullptr};
  ::execv("/proc/self/exe", arguments.data());
  throw std::system_error(errno, std::generic_category(), "cannot begin anew in its cgroup");
}

std::vector<std::unique_ptr<workloads::Workload>> make_instances(
    const workloads::WorkloadInfo& info, const ChildSpec& child, Strategy* reference) {
  std::vector<std::unique_ptr<workloads::Workload>> instances;
  for (int i = 0; i < child.spec.id.concurrency; ++i) {
    workloads::WorkloadSpec workload;
    workload.inputs = child.spec.inputs;
    workload.output = child.output + "/" + std::to_string(i);
    workload.options = child.spec.options;
    workload.library = child.library;
    workload.reference = reference;
    instances.push_back(info.make(workload));
  }
  return instances;
}

std::uint64_t claim_of(const Strategy& strategy, const CaseSpec& spec) {
  std::vector<std::uint64_t> sizes;
  for (const fs::path& input : spec.inputs) {
    for (const fs::path& file : files_of(input)) sizes.push_back(fs::file_size(file));
  }
  return strategy.expected_peak(sizes) * static_cast<std::uint64_t>(spec.id.concurrency);
}

std::vector<std::string> names_of_inputs(const CaseSpec& spec) {
  std::vector<std::string> names;
  for (const fs::path& input : spec.inputs) {
    for (const fs::path& file : files_of(input)) names.push_back(file.native());
  }
  return names;
}

void verify(const std::vector<std::unique_ptr<workloads::Workload>>& instances, Sample& sample) {
  std::uint64_t input_bytes = 0;
  std::uint64_t output_bytes = 0;
  for (const auto& instance : instances) {
    const workloads::Verification found = instance->verify();
    if (instance != instances.front() && found.digest != sample.output_digest) {
      throw formats::WrongOutput("instances that ran at once made different outputs: " +
                                 sample.output_digest + " and " + found.digest);
    }
    input_bytes += found.input_bytes;
    output_bytes += found.output_bytes;
    sample.output_digest = found.digest;
  }
  sample.input_bytes = input_bytes;
  sample.output_bytes = output_bytes;
}

// What the parent quotes as the last words. Never allocates.
void print_current_error() noexcept {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    last_words({"child: out of memory in ", g_where});
  } catch (const std::exception& error) {
    last_words({"child: ", error.what()});
  } catch (...) {
    last_words({"child: an error of an unknown kind in ", g_where});
  }
}

// An exception that left a thread or a destructor.
void on_terminate() noexcept {
  if (std::current_exception()) print_current_error();
  std::abort();
}

// Neither what comes before the window nor the proof after it is held to the cap.
template <typename Run>
std::exception_ptr run_capped(const ChildSpec& child, const std::string& cgroup_folder, Run run) {
  const OwnMemoryCap cap(child.capped_by, cgroup_folder,
                         child.spec.id.memory_cap_bytes.value_or(0));
  return run();
}

void run_case(const Catalogs& catalogs, const char* spec_option, const fs::path& spec_file,
              record::TimelineChannel* channel, Sample& sample) {
  const char*& where = g_where;
  try {
    const ChildSpec child = read_child_spec(spec_file);
    const CaseSpec& spec = child.spec;
    show_inputs(child);
    const record::RecorderOptions options{.timeline = channel,
                                          .cgroup_path = join_cgroup(spec_file.parent_path()),
                                          .phase_pss = true,
                                          .input_files = names_of_inputs(spec),
                                          .output_folder = child.output};
    if (child.capped_by == CapKind::kCgroup) {
      if (options.cgroup_path.empty()) throw UsageError("cannot join the cgroup of its memory cap");
      begin_anew_in_cgroup(spec_option, spec_file.c_str());
    }
    for (const std::string& plugin : child.plugins) (void)catalogs.load_plugin(plugin);
    AccessCounters counters;
    AccessCounters reference_counters;
    const auto reference = catalogs.make_strategy(catalogs.reference_strategy, reference_counters);
    const auto strategy = catalogs.make_strategy(spec.id.strategy, counters);
    const auto instances =
        make_instances(find_workload(catalogs, spec.workload), child, reference.get());
    where = "prepare";
    for (const auto& instance : instances) instance->prepare();
    sample.expected_peak_bytes = claim_of(*strategy, spec);
    // After prepare(), which may read the inputs.
    if (spec.id.cache == CacheState::kCold) drop_inputs(spec);
    where = "run";
    if (const auto error = run_capped(child, options.cgroup_path, [&] {
          return run_window(instances, *strategy, counters, options, sample);
        })) {
      std::rethrow_exception(error);
    }
    where = kVerify;
    verify(instances, sample);
  } catch (...) {
    set_failure(std::current_exception(), where, sample);
  }
}

}  // namespace

int child_main(Catalogs (*make_catalogs)(), const char* spec_option, const char* spec_file) {
  // A parent that was killed takes its children with it. If it died before this, its guard does.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::set_terminate(on_terminate);
  try {
    const Catalogs catalogs = make_catalogs();
    if (catalogs.install_fault_handler) catalogs.install_fault_handler();
    const fs::path file = spec_file;
    Sample sample;
    auto channel = record::TimelineChannel::attach(kChannelDescriptor);
    run_case(catalogs, spec_option, file, &channel, sample);
    write_child_result(file.parent_path() / kResultFile, sample);
    return 0;
  } catch (...) {
    print_current_error();
    return 1;
  }
}

}  // namespace splitscope::run
