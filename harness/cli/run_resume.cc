#include "harness/cli/run_resume.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "base/errors.h"
#include "base/own_place.h"
#include "base/printable.h"
#include "harness/run/allocators.h"

namespace splitscope::cli {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

namespace {

// The longest value that a message quotes.
constexpr std::size_t kLongestValueBytes = 60;

std::string shown(const json& value) {
  return value.is_null() ? "nothing" : shortened(value.dump(-1, ' ', true), kLongestValueBytes);
}

[[noreturn]] void refuse(const std::string& file, const std::string& what) {
  throw UsageError(file + ": cannot go on from it: " + what + "; run without --resume");
}

void check_equal(const std::string& file, const std::string& what, const json& then,
                 const json& now) {
  if (then == now) return;
  refuse(file, what + " was " + shown(then) + ", now it is " + shown(now));
}

json value_at(const json& object, const std::string& key) {
  return object.is_object() && object.contains(key) ? object.at(key) : json();
}

// By what follows the key, so that the message names the one that differs.
void check_members(const std::string& file, const std::string& what, const json& then,
                   const json& now) {
  for (const auto& [key, value] : now.items()) {
    check_equal(file, what + " '" + key + "'", value_at(then, key), value);
  }
  for (const auto& [key, value] : then.items()) {
    check_equal(file, what + " '" + shortened(key, kLongestValueBytes) + "'", value,
                value_at(now, key));
  }
}

}  // namespace

std::string plan_digest(const std::vector<run::CaseResult>& planned, int sample_interval_us) {
  FieldDigest digest;
  digest.add_field(std::to_string(sample_interval_us));
  for (const run::CaseResult& result : planned) {
    digest.add_field(result.spec.id.text());
    digest.add_field(std::to_string(result.spec.repetitions));
    digest.add_field(std::to_string(result.spec.timeout.count()));
    for (const auto& [key, value] : result.spec.options) {
      digest.add_field(key);
      digest.add_field(value);
    }
  }
  return "sha256:" + digest.hex();
}

std::string program_digest(const Program& program, const std::vector<fs::path>& plugins) {
  FieldDigest digest;
  digest.add_field(sha256_hex_of_file("/proc/self/exe"));
  if (const auto shim = run::heap_shim()) digest.add_field(sha256_hex_of_file(*shim));
  for (const workloads::WorkloadInfo& workload : program.catalogs.workloads) {
    if (workload.library.empty()) continue;
    const auto library = own_file(workload.library);
    if (library) digest.add_field(sha256_hex_of_file(*library));
  }
  for (const fs::path& plugin : plugins) digest.add_field(sha256_hex_of_file(plugin));
  return "sha256:" + digest.hex();
}

void take_samples(const result::StoredResults& stored, const std::string& file,
                  const std::string& suite, const std::string& digest,
                  std::vector<run::CaseResult>& planned) {
  check_equal(file, "the suite", value_at(stored.context, "suite"), suite);
  for (const auto& [id, samples] : stored.samples) {
    const auto found = std::find_if(planned.begin(), planned.end(), [&name = id](const auto& one) {
      return one.spec.id.text() == name;
    });
    if (found == planned.end()) {
      refuse(file, "its case " + shortened(id, 200) + " is no part of this run");
    }
    if (samples.size() > static_cast<std::size_t>(found->spec.repetitions)) {
      refuse(file, "it has " + std::to_string(samples.size()) + " samples of " +
                       shortened(id, 200) + ", this run takes " +
                       std::to_string(found->spec.repetitions));
    }
    found->samples = samples;
  }
  if (value_at(stored.context, "plan_digest") != digest) {
    refuse(file, "it was begun with other cases, repetitions, time limits or options");
  }
}

void check_same_run(const result::StoredResults& stored, const std::string& file,
                    const std::string& digest, const std::map<std::string, std::string>& inputs) {
  const json then = value_at(stored.context, "inputs");
  for (const auto& [label, now] : inputs) {
    const json was = value_at(then, label);
    if (was == now) continue;
    throw UsageError(file + ": is complete, but not of this: input '" +
                     shortened(label, kLongestValueBytes) + "' was " + shown(was) + ", now it is " +
                     now + "; run without --resume");
  }
  if (digest.empty() || value_at(stored.context, "plan_digest") == digest) return;
  throw UsageError(file +
                   ": is complete, but of other cases, repetitions, time limits or options; run "
                   "without --resume");
}

void check_same_surroundings(const result::StoredResults& stored, const std::string& file,
                             const ordered_json& context) {
  const json now = json::parse(context.dump());
  const json& then = stored.context;
  if (value_at(then, "program_digest") != now.at("program_digest")) {
    refuse(file, "another build of splitscope made it (" + shown(value_at(then, "commit")) +
                     " then, " + shown(value_at(now, "commit")) + " now)");
  }
  // All of it changes figures.
  check_members(file, "the machine's", value_at(then, "machine_class"), now.at("machine_class"));
  for (const char* key :
       {"kernel", "cpu_model", "page_size_bytes", "thp_mode", "filesystem", "cgroup_version"}) {
    check_equal(file, std::string("the machine's '") + key + "'", value_at(then, key),
                value_at(now, key));
  }
  check_members(file, "input", value_at(then, "inputs"), now.at("inputs"));
}

}  // namespace splitscope::cli
