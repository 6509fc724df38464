#include "workloads/corpus/profile.h"

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/errors.h"

namespace splitscope {
namespace {

using Json = nlohmann::json;
using Kind = FieldProfile::Kind;

const std::map<std::string, Kind> kKinds = {
    {"timestamp", Kind::kTimestamp}, {"choice", Kind::kChoice},   {"id", Kind::kId},
    {"words", Kind::kWords},         {"uniform", Kind::kUniform}, {"latency", Kind::kLatency}};

const std::map<std::string, FieldType> kTypes = {{"text", FieldType::kText},
                                                 {"u64", FieldType::kU64},
                                                 {"i64", FieldType::kI64},
                                                 {"f64", FieldType::kF64},
                                                 {"date", FieldType::kDate}};

const std::map<std::string, IndexRecord> kRecords = {{"basic", IndexRecord::kBasic},
                                                     {"freq", IndexRecord::kFreq},
                                                     {"position", IndexRecord::kPosition}};

const std::map<std::string, DatePrecision> kPrecisions = {
    {"seconds", DatePrecision::kSeconds},
    {"milliseconds", DatePrecision::kMilliseconds},
    {"microseconds", DatePrecision::kMicroseconds},
    {"nanoseconds", DatePrecision::kNanoseconds}};

template <typename T>
T one_of(const std::map<std::string, T>& names, const std::string& given, const std::string& what) {
  if (const auto found = names.find(given); found != names.end()) return found->second;
  std::string known;
  for (const auto& [name, value] : names) known += (known.empty() ? "" : ", ") + name;
  throw UsageError(what + " '" + given + "' is unknown; there are " + known);
}

FieldEntry read_entry(const Json& field) {
  FieldEntry entry;
  entry.name = field.at("name").get<std::string>();
  entry.type = one_of(kTypes, field.at("type").get<std::string>(), "type");
  entry.indexed = field.value("indexed", false);
  entry.fast = field.value("fast", false);
  entry.stored = field.value("stored", false);
  if (entry.type == FieldType::kText) {
    if (entry.indexed) {
      entry.record = one_of(kRecords, field.value("record", "basic"), "record");
      entry.tokenizer = field.value("tokenizer", "raw");
    }
    if (entry.fast) entry.fast_tokenizer = "raw";
  }
  entry.fieldnorms = entry.indexed && field.value("fieldnorms", false);
  if (entry.type == FieldType::kDate) {
    entry.precision = one_of(kPrecisions, field.value("precision", "seconds"), "precision");
  }
  return entry;
}

void check(const FieldEntry& entry, const FieldProfile& values) {
  const auto need = [](bool ok, const std::string& problem) {
    if (!ok) throw UsageError(problem);
  };
  const bool text = entry.type == FieldType::kText;
  switch (values.kind) {
    case Kind::kTimestamp:
      need(entry.type == FieldType::kDate, "timestamps need type date");
      need(values.high > 0, "timestamps need 'high', the largest step in microseconds");
      break;
    case Kind::kChoice:
      need(text || entry.type == FieldType::kU64, "choices need type text or u64");
      need(values.cardinality > 0 || !values.choices.empty(),
           "choices need 'cardinality' or 'choices'");
      need(values.choices.empty() || text, "'choices' need type text");
      break;
    case Kind::kId:
      need(text, "ids need type text");
      need(values.length >= 2 && values.length <= 32 && values.length % 2 == 0,
           "ids need an even 'length' from 2 to 32");
      break;
    case Kind::kWords:
      need(text, "words need type text");
      need(values.cardinality > 0 && values.low > 0 && values.low <= values.high,
           "words need 'cardinality' and 0 < 'low' <= 'high'");
      break;
    case Kind::kUniform:
      need(!text && entry.type != FieldType::kDate, "uniform values need type u64, i64 or f64");
      need(values.cardinality > 0, "uniform values need 'cardinality'");
      break;
    case Kind::kLatency:
      need(entry.type == FieldType::kF64, "latencies need type f64");
      need(values.high > 0, "latencies need 'high'");
      break;
  }
  const bool from_vocabulary = values.kind == Kind::kChoice || values.kind == Kind::kWords;
  need(values.cardinality <= 1'000'000 || !from_vocabulary,
       "'cardinality' of a vocabulary is at most 1,000,000");
  need(values.max_values >= 1 && (values.max_values == 1 || from_vocabulary),
       "'max_values' above 1 is for choices only");
  need(values.kind != Kind::kWords || (values.max_values == 1 && !entry.fast),
       "words have one value and no column");
  need(entry.record == IndexRecord::kBasic || values.kind == Kind::kWords,
       "'record' other than basic is for words only");
  need(!entry.fieldnorms || values.kind == Kind::kWords, "'fieldnorms' are for words only");
  need(values.present_per_mille <= 1000, "'present_per_mille' is at most 1000");
}

FieldProfile read_values(const Json& field) {
  const Json& values = field.at("values");
  FieldProfile result;
  result.name = field.at("name").get<std::string>();
  result.kind = one_of(kKinds, values.at("kind").get<std::string>(), "kind");
  result.low = values.value("low", std::uint64_t{0});
  result.high = values.value("high", std::uint64_t{0});
  result.cardinality = values.value("cardinality", std::uint64_t{0});
  result.length = values.value("length", std::uint64_t{0});
  result.choices = values.value("choices", std::vector<std::string>{});
  result.present_per_mille = values.value("present_per_mille", std::uint64_t{1000});
  result.max_values = values.value("max_values", std::uint64_t{1});
  result.common_word = values.value("common_word", std::string{});
  result.common_low = values.value("common_low", std::uint64_t{0});
  result.common_high = values.value("common_high", std::uint64_t{0});
  return result;
}

}  // namespace

Profile read_profile(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) throw UsageError("profile " + path.string() + " cannot be read");
  std::stringstream text;
  text << file.rdbuf();
  Profile profile;
  std::string where = path.string();
  try {
    const Json json = Json::parse(text.str());
    profile.name = json.at("name").get<std::string>();
    profile.summary = json.at("summary").get<std::string>();
    profile.docstore_compression = json.at("docstore_compression").get<std::string>();
    profile.docstore_blocksize = json.at("docstore_blocksize").get<std::uint64_t>();
    for (const Json& field : json.at("fields")) {
      where = path.string() + ": field '" + field.value("name", "?") + "'";
      profile.schema.fields.push_back(read_entry(field));
      profile.fields.push_back(read_values(field));
      check(profile.schema.fields.back(), profile.fields.back());
    }
  } catch (const Json::exception& error) {
    throw UsageError(where + ": " + error.what());
  } catch (const UsageError& error) {
    throw UsageError(where + ": " + error.what());
  }
  if (profile.fields.empty()) throw UsageError(path.string() + ": no fields");
  return profile;
}

}  // namespace splitscope
