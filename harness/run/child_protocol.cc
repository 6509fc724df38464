#include "harness/run/child_protocol.h"

#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>

namespace splitscope::run {

using nlohmann::json;

namespace {

json read_json(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) {
    throw std::system_error(errno, std::generic_category(), "cannot open " + file.string());
  }
  try {
    return json::parse(in);
  } catch (const json::exception& error) {
    throw std::runtime_error(file.string() + ": " + error.what());
  }
}

template <typename T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json();
}

template <typename T>
std::optional<T> optional_of(const json& value) {
  if (value.is_null()) return std::nullopt;
  return value.get<T>();
}

json to_json(const record::Measures& measures) {
  json list = json::array();
  for (const record::Measure& measure : measures) {
    json value;
    if (const auto* count = std::get_if<std::uint64_t>(&measure.value)) value = *count;
    if (const auto* real = std::get_if<double>(&measure.value)) value = *real;
    list.push_back({measure.key, value, measure.absent_because, measure.at_least});
  }
  return list;
}

record::Measures measures_of(const json& list) {
  record::Measures measures;
  for (const json& item : list) {
    auto key = item.at(0).get<std::string>();
    const json& value = item.at(1);
    if (value.is_null()) {
      measures.push_back(record::Measure::absent(key, item.at(2).get<std::string>()));
    } else if (value.is_number_unsigned()) {
      measures.push_back(record::Measure::of(key, value.get<std::uint64_t>()));
    } else {
      measures.push_back(record::Measure::of_real(key, value.get<double>()));
    }
    measures.back().at_least = item.at(3).get<bool>();
  }
  return measures;
}

json to_json(const std::optional<Histogram>& histogram) {
  if (!histogram) return nullptr;
  json list = json::array();
  for (const auto& [size, count] : *histogram) list.push_back({size, count});
  return list;
}

std::optional<Histogram> histogram_of(const json& list) {
  if (list.is_null()) return std::nullopt;
  Histogram histogram;
  for (const json& item : list) {
    histogram[item.at(0).get<std::uint64_t>()] = item.at(1).get<std::uint64_t>();
  }
  return histogram;
}

}  // namespace

void replace_file(const std::filesystem::path& file, const std::string& content) {
  std::filesystem::path temporary = file;
  temporary += ".part";
  {
    std::ofstream out(temporary, std::ios::binary);
    out << content;
    out.close();
    if (!out) {
      throw std::system_error(errno != 0 ? errno : EIO, std::generic_category(),
                              "cannot write " + temporary.string());
    }
  }
  std::filesystem::rename(temporary, file);
}

void write_child_spec(const std::filesystem::path& file, const ChildSpec& child) {
  json inputs = json::array();
  for (const auto& input : child.spec.inputs) inputs.push_back(input.native());
  const json value{{"workload", child.spec.workload},
                   {"options", child.spec.options},
                   {"inputs", inputs},
                   {"shown_inputs", child.shown_inputs},
                   {"strategy", child.spec.id.strategy},
                   {"concurrency", child.spec.id.concurrency},
                   {"cache", to_string(child.spec.id.cache)},
                   {"output", child.output},
                   {"plugins", child.plugins},
                   {"library", child.library},
                   {"memory_cap_bytes", or_null(child.spec.id.memory_cap_bytes)},
                   {"capped_by", static_cast<int>(child.capped_by)}};
  replace_file(file, value.dump());
}

ChildSpec read_child_spec(const std::filesystem::path& file) {
  const json value = read_json(file);
  try {
    ChildSpec child;
    CaseSpec& spec = child.spec;
    value.at("workload").get_to(spec.workload);
    value.at("options").get_to(spec.options);
    for (const json& input : value.at("inputs")) spec.inputs.emplace_back(input.get<std::string>());
    value.at("strategy").get_to(spec.id.strategy);
    value.at("concurrency").get_to(spec.id.concurrency);
    spec.id.cache = parse_cache_state(value.at("cache").get<std::string>());
    value.at("shown_inputs").get_to(child.shown_inputs);
    value.at("output").get_to(child.output);
    value.at("plugins").get_to(child.plugins);
    value.at("library").get_to(child.library);
    spec.id.memory_cap_bytes = optional_of<std::uint64_t>(value.at("memory_cap_bytes"));
    child.capped_by = static_cast<CapKind>(value.at("capped_by").get<int>());
    return child;
  } catch (const json::exception& error) {
    throw std::runtime_error(file.string() + ": " + error.what());
  }
}

void write_child_result(const std::filesystem::path& file, const Sample& sample) {
  const json value{{"status", to_string(sample.status)},
                   {"message", sample.message},
                   {"measures", to_json(sample.measures)},
                   {"expected_peak_bytes", or_null(sample.expected_peak_bytes)},
                   {"input_bytes", or_null(sample.input_bytes)},
                   {"output_bytes", or_null(sample.output_bytes)},
                   {"output_digest", sample.output_digest},
                   {"read_sizes", to_json(sample.read_sizes)},
                   {"heap_sizes", to_json(sample.heap_sizes)}};
  // Messages may quote names from a malformed file, which need not be UTF-8.
  replace_file(file, value.dump(-1, ' ', false, json::error_handler_t::replace));
}

Sample read_child_result(const std::filesystem::path& file) {
  const json value = read_json(file);
  try {
    Sample sample;
    sample.status = parse_status(value.at("status").get<std::string>());
    value.at("message").get_to(sample.message);
    sample.measures = measures_of(value.at("measures"));
    sample.expected_peak_bytes = optional_of<std::uint64_t>(value.at("expected_peak_bytes"));
    sample.input_bytes = optional_of<std::uint64_t>(value.at("input_bytes"));
    sample.output_bytes = optional_of<std::uint64_t>(value.at("output_bytes"));
    value.at("output_digest").get_to(sample.output_digest);
    sample.read_sizes = histogram_of(value.at("read_sizes"));
    sample.heap_sizes = histogram_of(value.at("heap_sizes"));
    return sample;
  } catch (const json::exception& error) {
    throw std::runtime_error(file.string() + ": " + error.what());
  }
}

}  // namespace splitscope::run
