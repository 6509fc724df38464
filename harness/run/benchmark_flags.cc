#include "harness/run/benchmark_flags.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdlib>

#include "base/environment.h"
#include "base/errors.h"
#include "base/nearest_name.h"
#include "base/printable.h"
#include "base/secrets.h"
#include "harness/run/suite.h"

namespace splitscope::run {
namespace {

constexpr std::string_view kPrefix = "--benchmark_";

enum class Treatment {
  /// Google Benchmark does it.
  kPassed,
  /// Done here.
  kOurs,
  /// Refused unless the value is `harmless`.
  kRefused
};

enum class Value { kText, kBoolean };

struct Known {
  std::string_view name;
  Value value;
  Treatment treatment;
  /// For refused flags: the value that changes nothing.
  std::string_view harmless;
  std::string_view reason;
};

// Every flag of Google Benchmark 1.7 to 1.9.
constexpr std::array<Known, 17> kKnown{{
    {"list_tests", Value::kBoolean, Treatment::kOurs, {}, {}},
    {"filter", Value::kText, Treatment::kOurs, {}, {}},
    {"repetitions", Value::kText, Treatment::kOurs, {}, {}},
    {"dry_run", Value::kBoolean, Treatment::kOurs, {}, {}},
    {"format", Value::kText, Treatment::kOurs, {}, {}},
    {"out", Value::kText, Treatment::kOurs, {}, {}},
    {"out_format", Value::kText, Treatment::kOurs, {}, {}},
    {"report_aggregates_only", Value::kBoolean, Treatment::kOurs, {}, {}},
    {"display_aggregates_only", Value::kBoolean, Treatment::kOurs, {}, {}},
    {"color", Value::kText, Treatment::kOurs, {}, {}},
    {"counters_tabular", Value::kBoolean, Treatment::kOurs, {}, {}},
    {"context", Value::kText, Treatment::kOurs, {}, {}},
    {"enable_random_interleaving", Value::kBoolean, Treatment::kPassed, {}, {}},
    {"min_time",
     Value::kText,
     Treatment::kRefused,
     {},
     "a sample is one run in a process of its own; --repetitions says how many"},
    {"min_warmup_time", Value::kText, Treatment::kRefused, "0",
     "each sample is a process of its own, which no other can warm; --cache warm or cold says what "
     "lies in the page cache"},
    {"perf_counters",
     Value::kText,
     Treatment::kRefused,
     {},
     "they count in this process, and samples run in others"},
    {"time_unit", Value::kText, Treatment::kRefused, "ms", "times are in milliseconds"},
}};

const Known* find_known(std::string_view name) {
  const auto* found = std::find_if(kKnown.begin(), kKnown.end(),
                                   [&](const Known& known) { return known.name == name; });
  return found == kKnown.end() ? nullptr : found;
}

// As Google Benchmark reads them.
bool truthy(const std::string& value, const std::string& said) {
  std::string lower;
  for (const char c : value) {
    lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  for (const char* yes : {"", "1", "t", "true", "y", "yes", "on"}) {
    if (lower == yes) return true;
  }
  for (const char* no : {"0", "f", "false", "n", "no", "off"}) {
    if (lower == no) return false;
  }
  throw UsageError(said + " is neither true nor false");
}

int repetitions_of(const std::string& text, const std::string& said) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 1 ||
      value > kMaxRepetitions) {
    throw UsageError(said + " is not a number of at least 1 and at most " +
                     std::to_string(kMaxRepetitions));
  }
  return value;
}

BenchmarkFormat format_of(const std::string& text, const std::string& said) {
  if (text == "console") return BenchmarkFormat::kConsole;
  if (text == "json") return BenchmarkFormat::kJson;
  if (text == "csv") return BenchmarkFormat::kCsv;
  throw UsageError(said + ": benchmark format '" + text +
                   "' is unknown; write console, json or csv");
}

std::optional<bool> color_of(const std::string& text, const std::string& said) {
  if (text == "auto") return std::nullopt;
  return truthy(text, said);
}

std::vector<std::pair<std::string, std::string>> pairs_of(const std::string& text,
                                                          const std::string& said) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string pair = text.substr(at, end - at);
    const auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw UsageError(said + ": write key=value,key=value");
    }
    const std::string key = pair.substr(0, equals);
    const std::string value = pair.substr(equals + 1);
    if (names_a_secret(key) || looks_like_a_secret(value)) {
      throw UsageError("--benchmark_context: '" + printable(key) +
                       "' looks like a secret, and results are for showing");
    }
    pairs.emplace_back(printable(key), printable(value));
    at = end + 1;
  }
  return pairs;
}

std::string variable_of(std::string_view name) {
  std::string variable = environment::kBenchmarkPrefix;
  for (const char c : name) {
    variable += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return variable;
}

std::string unknown(std::string_view name) {
  std::vector<std::string> names;
  for (const Known& known : kKnown) names.emplace_back(known.name);
  std::string hint = did_you_mean(name, names);
  // The names stand without their prefix in the table.
  if (const auto quote = hint.find('\''); quote != std::string::npos) {
    hint.insert(quote + 1, kPrefix);
  }
  return "Google Benchmark does not know '" + std::string(kPrefix) + shortened(name, 80) + "'" +
         hint;
}

}  // namespace

BenchmarkFlags::BenchmarkFlags(std::vector<std::string> flags) : given_(std::move(flags)) {
  for (const Known& known : kKnown) {
    const std::string variable = variable_of(known.name);
    const auto value = environment::value_of(variable.c_str());
    if (value) {
      take(std::string(known.name), *value, "$" + variable + "=" + shortened(*value, 80));
    }
  }
  for (const std::string& flag : given_) {
    if (flag.starts_with("--v=")) {
      passed_.push_back(flag);
      continue;
    }
    if (!flag.starts_with(kPrefix)) {
      throw UsageError("unknown argument '" + shortened(flag, 80) + "'; see splitscope run --help");
    }
    const auto equals = flag.find('=');
    const std::string name = flag.substr(
        kPrefix.size(), equals == std::string::npos ? std::string::npos : equals - kPrefix.size());
    const Known* known = find_known(name);
    if (known == nullptr) throw UsageError(unknown(name));
    if (equals == std::string::npos && known->value == Value::kText &&
        known->treatment != Treatment::kRefused) {
      throw UsageError(flag + " needs a value: " + flag + "=...");
    }
    take(name, equals == std::string::npos ? std::string() : flag.substr(equals + 1),
         shortened(flag, 200));
  }
  if (dry_run_) repetitions_ = 1;
  start_google_benchmark();
}

void BenchmarkFlags::take(const std::string& name, const std::string& value,
                          const std::string& said) {
  const Known& known = *find_known(name);
  if (known.treatment == Treatment::kRefused) {
    if (value == known.harmless && (!value.empty() || said.ends_with('='))) return;
    throw UsageError("--benchmark_" + name + " is not taken: " + std::string(known.reason));
  }
  if (known.treatment == Treatment::kPassed) {
    passed_.push_back("--benchmark_" + name + "=" + (truthy(value, said) ? "true" : "false"));
  } else if (name == "list_tests") {
    list_only_ = truthy(value, said);
  } else if (name == "dry_run") {
    dry_run_ = truthy(value, said);
  } else if (name == "report_aggregates_only") {
    display_aggregates_only = file_aggregates_only = truthy(value, said);
  } else if (name == "display_aggregates_only") {
    display_aggregates_only = truthy(value, said);
  } else if (name == "counters_tabular") {
    tabular = truthy(value, said);
  } else if (name == "filter") {
    set_filter(value, said);
  } else if (name == "repetitions") {
    repetitions_ = repetitions_of(value, said);
  } else if (name == "format") {
    display = format_of(value, said);
  } else if (name == "out_format") {
    out_format = format_of(value, said);
  } else if (name == "out") {
    out = value.empty() ? std::optional<std::filesystem::path>() : std::filesystem::path(value);
  } else if (name == "color") {
    color = color_of(value, said);
  } else if (name == "context") {
    for (auto& [key, word] : pairs_of(value, said)) {
      std::erase_if(context, [&k = key](const auto& pair) { return pair.first == k; });
      context.emplace_back(key, word);
    }
  }
}

void BenchmarkFlags::set_filter(const std::string& value, const std::string& said) {
  // A longer one could make the library of regular expressions run out of stack.
  constexpr std::size_t kMaxFilterBytes = 2000;
  if (value.size() > kMaxFilterBytes) {
    throw UsageError("--benchmark_filter has " + std::to_string(value.size()) +
                     " characters; at most " + std::to_string(kMaxFilterBytes) + " are taken");
  }
  filter_.reset();
  negated_ = value.starts_with('-');
  const std::string text = negated_ ? value.substr(1) : value;
  if (text.empty() || text == "all") return;
  try {
    filter_.emplace(text, std::regex::extended);
  } catch (const std::regex_error& error) {
    throw UsageError(said + " is no regular expression: " + error.what());
  }
}

// It has read the variables before main: what is done here must be nothing to it.
void BenchmarkFlags::start_google_benchmark() {
  // It keeps a pointer to the name.
  static std::string program = "splitscope";
  std::vector<std::string> arguments{
      "--benchmark_list_tests=false",  "--benchmark_filter=all",
      "--benchmark_format=console",    "--benchmark_out=",
      "--benchmark_out_format=json",   "--benchmark_report_aggregates_only=false",
      "--benchmark_repetitions=1",     "--benchmark_display_aggregates_only=false",
      "--benchmark_min_warmup_time=0", "--benchmark_perf_counters="};
  arguments.insert(arguments.end(), passed_.begin(), passed_.end());
  std::vector<char*> pointers{program.data()};
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  auto count = static_cast<int>(pointers.size());
  pointers.push_back(nullptr);
  benchmark::Initialize(&count, pointers.data());
  if (count > 1) {
    throw UsageError("Google Benchmark does not know '" + std::string(pointers.at(1)) + "'");
  }
}

bool BenchmarkFlags::selects(const CaseId& id) const {
  if (!filter_) return !negated_;
  return std::regex_search(id.text(), *filter_) != negated_;
}

}  // namespace splitscope::run
