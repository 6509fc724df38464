#include "harness/result/context.h"

#include <benchmark/benchmark.h>
#include <gnu/libc-version.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/errors.h"
#include "base/printable.h"
#include "base/secrets.h"
#include "harness/result/build_info.h"
#include "harness/result/json_writer.h"
#include "harness/run/cgroup.h"

namespace splitscope::result {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

namespace {

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text.data();
}

std::string read_text(const char* file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// The value after `key` and the separator, without quotes; empty when there is none.
std::string field(const char* file, const std::string& key, char separator) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(key)) continue;
    const auto at = line.find(separator);
    if (at == std::string::npos) continue;
    std::string value = line.substr(at + 1);
    const auto first = value.find_first_not_of(" \t\"");
    const auto last = value.find_last_not_of(" \t\"");
    return first == std::string::npos ? std::string() : value.substr(first, last - first + 1);
  }
  return {};
}

// "debian 12": what decides which libraries there are.
std::string os_release() {
  const std::string id = field("/etc/os-release", "ID=", '=');
  const std::string version = field("/etc/os-release", "VERSION_ID=", '=');
  return version.empty() ? id : id + " " + version;
}

// The type of the mount with the longest matching path.
std::optional<std::string> filesystem_of(const fs::path& folder) {
  std::error_code error;
  const std::string path = fs::weakly_canonical(fs::absolute(folder), error).string() + "/";
  std::ifstream in("/proc/self/mounts");
  std::string device;
  std::string place;
  std::string type;
  std::size_t longest = 0;
  std::optional<std::string> found;
  for (std::string rest; in >> device >> place >> type && std::getline(in, rest);) {
    const std::string prefix = place == "/" ? place : place + "/";
    if (prefix.size() >= longest && path.starts_with(prefix)) {
      longest = prefix.size();
      found = type;
    }
  }
  return found;
}

template <typename T>
ordered_json or_null(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

ordered_json caches_of(const benchmark::CPUInfo& cpu) {
  ordered_json caches = ordered_json::array();
  for (const auto& cache : cpu.caches) {
    caches.push_back({{"type", cache.type},
                      {"level", cache.level},
                      {"size", cache.size},
                      {"num_sharing", cache.num_sharing}});
  }
  return caches;
}

ordered_json machine_class_of(const utsname& system, const ContextOptions& options) {
  ordered_json value{{"arch", system.machine},
                     {"os", os_release()},
                     {"libc", std::string("glibc ") + gnu_get_libc_version()},
                     {"compiler", BuildInfo::compiler},
                     {"build_type", BuildInfo::build_type},
                     {"zstd", BuildInfo::zstd},
                     {"lz4", BuildInfo::lz4},
                     {"libdeflate", BuildInfo::libdeflate},
                     {"curl", BuildInfo::curl},
                     {"openssl", BuildInfo::openssl}};
  for (const auto& [name, version] : options.allocators) {
    if (name != "system") value[name] = version;
  }
  return value;
}

}  // namespace

std::optional<std::string> bracketed(const std::string& text) {
  const auto open = text.find('[');
  const auto close = text.find(']', open);
  if (open == std::string::npos || close == std::string::npos) return std::nullopt;
  return text.substr(open + 1, close - open - 1);
}

std::string without_folders(const std::vector<std::string>& command_line) {
  std::string text;
  for (const std::string& argument : without_secrets(command_line)) {
    const auto equals = argument.find('=');
    const std::size_t start =
        argument.starts_with("--") && equals != std::string::npos ? equals + 1 : 0;
    std::string shown = argument;
    if (start < argument.size() && argument[start] == '/') {
      const auto slash = argument.find_last_of('/', argument.find_last_not_of('/'));
      shown = argument.substr(0, start) + argument.substr(slash + 1);
    }
    text += (text.empty() ? "" : " ") + printable(shown);
  }
  return text;
}

ordered_json collect_context(const ContextOptions& options) {
  utsname system{};
  uname(&system);
  const auto& cpu = benchmark::CPUInfo::Get();
  const std::string cgroup = run::cgroup_version();
  const bool has_commit = !std::string_view(BuildInfo::commit).empty();
  ordered_json context{
      {"date", now_text()},
      {"host_name", benchmark::SystemInfo::Get().name},
      {"executable", "splitscope"},
      {"num_cpus", cpu.num_cpus},
      {"mhz_per_cpu", static_cast<std::int64_t>(cpu.cycles_per_second / 1e6)},
      {"cpu_scaling_enabled", cpu.scaling == benchmark::CPUInfo::ENABLED},
      {"caches", caches_of(cpu)},
      {"load_avg", cpu.load_avg},
      {"library_build_type",
       std::string_view(BuildInfo::build_type) == "Debug" ? "debug" : "release"},
      {"schema_version", kSchemaVersion},
      {"splitscope_version", BuildInfo::version},
      {"commit", has_commit ? ordered_json(BuildInfo::commit) : ordered_json()},
      {"dirty", has_commit ? ordered_json(BuildInfo::dirty) : ordered_json()},
      {"suite", or_null(options.suite)},
      {"command_line", without_folders(options.command_line)},
      {"kernel", system.release},
      {"os", field("/etc/os-release", "PRETTY_NAME=", '=')},
      {"cpu_model", field("/proc/cpuinfo", "model name", ':')},
      {"page_size_bytes", sysconf(_SC_PAGESIZE)},
      {"thp_mode", or_null(bracketed(read_text("/sys/kernel/mm/transparent_hugepage/enabled")))},
      {"filesystem", or_null(filesystem_of(options.work_folder))},
      {"cgroup_version", cgroup.empty() ? ordered_json() : ordered_json(cgroup)},
      {"sample_interval_us", options.sample_interval.count()},
      {"fixed_addresses", options.fixed_addresses},
      {"machine_class", machine_class_of(system, options)},
      {"inputs", options.inputs},
  };
  for (const auto& [key, value] : options.more) {
    // "complete" and its like come later.
    constexpr std::array<std::string_view, 5> kTaken{"complete", "planned_cases", "planned_samples",
                                                     "resume", "plan_digest"};
    if (context.contains(key) || std::find(kTaken.begin(), kTaken.end(), key) != kTaken.end()) {
      throw UsageError("--benchmark_context: results have a '" + key + "' of their own");
    }
    context[key] = value;
  }
  return context;
}

}  // namespace splitscope::result
