#include "workloads/corpus/profile.h"

#include <limits>
#include <map>
#include <set>

#include "base/errors.h"
#include "base/printable.h"
#include "base/strict_json.h"

namespace splitscope::workloads {
namespace {

using Kind = FieldProfile::Kind;

const std::map<std::string, Kind> kKinds = {
    {"timestamp", Kind::kTimestamp}, {"choice", Kind::kChoice},   {"id", Kind::kId},
    {"words", Kind::kWords},         {"uniform", Kind::kUniform}, {"latency", Kind::kLatency}};

const std::map<std::string, formats::FieldType> kTypes = {{"text", formats::FieldType::kText},
                                                          {"u64", formats::FieldType::kU64},
                                                          {"i64", formats::FieldType::kI64},
                                                          {"f64", formats::FieldType::kF64},
                                                          {"date", formats::FieldType::kDate}};

const std::map<std::string, formats::IndexRecordOption> kRecords = {
    {"basic", formats::IndexRecordOption::kBasic},
    {"freq", formats::IndexRecordOption::kFreq},
    {"position", formats::IndexRecordOption::kPosition}};

const std::map<std::string, formats::DatePrecision> kPrecisions = {
    {"seconds", formats::DatePrecision::kSeconds},
    {"milliseconds", formats::DatePrecision::kMilliseconds},
    {"microseconds", formats::DatePrecision::kMicroseconds},
    {"nanoseconds", formats::DatePrecision::kNanoseconds}};

template <typename T>
T one_of(const std::map<std::string, T>& names, const std::string& given, const std::string& what) {
  if (const auto found = names.find(given); found != names.end()) return found->second;
  std::string known;
  for (const auto& [name, value] : names) known += (known.empty() ? "" : ", ") + name;
  throw UsageError(what + " '" + given + "' is unknown; there are " + known);
}

bool flag(const StrictJson& from, const char* key) {
  const auto found = from.find(key);
  return found && found->boolean();
}

std::uint64_t number(const StrictJson& from, const char* key, std::uint64_t usual) {
  const auto found = from.find(key);
  return found ? found->whole(0, std::numeric_limits<std::int64_t>::max()) : usual;
}

std::string word(const StrictJson& from, const char* key, const char* usual) {
  const auto found = from.find(key);
  return found ? found->text() : usual;
}

// Messages that do not have their place yet get it.
template <typename Make>
auto at_place(const StrictJson& field, Make make) {
  try {
    return make();
  } catch (const UsageError& error) {
    const std::string text = error.what();
    if (text.find(": fields[") != std::string::npos) throw;
    field.fail("field '" + field.at("name").name() + "': " + text);
  }
}

formats::FieldEntry read_entry(const StrictJson& field) {
  field.allow_only({"name", "type", "indexed", "fast", "stored", "record", "tokenizer",
                    "fieldnorms", "precision", "values"});
  formats::FieldEntry entry;
  entry.name = field.at("name").name();
  entry.type = one_of(kTypes, field.at("type").text(), "type");
  entry.indexed = flag(field, "indexed");
  entry.fast = flag(field, "fast");
  entry.stored = flag(field, "stored");
  if (entry.type == formats::FieldType::kText) {
    if (entry.indexed) {
      entry.record = one_of(kRecords, word(field, "record", "basic"), "record");
      entry.tokenizer = word(field, "tokenizer", "raw");
    }
    if (entry.fast) entry.fast_tokenizer = "raw";
  }
  entry.fieldnorms = entry.indexed && flag(field, "fieldnorms");
  if (entry.type == formats::FieldType::kDate) {
    entry.precision = one_of(kPrecisions, word(field, "precision", "seconds"), "precision");
  }
  return entry;
}

void check(const formats::FieldEntry& entry, const FieldProfile& values) {
  const auto need = [](bool ok, const std::string& problem) {
    if (!ok) throw UsageError(problem);
  };
  const bool text = entry.type == formats::FieldType::kText;
  switch (values.kind) {
    case Kind::kTimestamp:
      need(entry.type == formats::FieldType::kDate, "timestamps need type date");
      need(values.high > 0, "timestamps need 'high', the largest step in microseconds");
      break;
    case Kind::kChoice:
      need(text || entry.type == formats::FieldType::kU64, "choices need type text or u64");
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
      need(!text && entry.type != formats::FieldType::kDate,
           "uniform values need type u64, i64 or f64");
      need(values.cardinality > 0, "uniform values need 'cardinality'");
      break;
    case Kind::kLatency:
      need(entry.type == formats::FieldType::kF64, "latencies need type f64");
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
  need(entry.record == formats::IndexRecordOption::kBasic || values.kind == Kind::kWords,
       "'record' other than basic is for words only");
  need(!entry.fieldnorms || values.kind == Kind::kWords, "'fieldnorms' are for words only");
  need(values.present_per_mille <= 1000, "'present_per_mille' is at most 1000");
}

FieldProfile read_values(const StrictJson& field) {
  const StrictJson values = field.at("values");
  values.allow_only({"kind", "low", "high", "cardinality", "length", "choices", "present_per_mille",
                     "max_values", "common_word", "common_low", "common_high"});
  FieldProfile result;
  result.name = field.at("name").name();
  result.kind = one_of(kKinds, values.at("kind").text(), "kind");
  result.low = number(values, "low", 0);
  result.high = number(values, "high", 0);
  result.cardinality = number(values, "cardinality", 0);
  result.length = number(values, "length", 0);
  if (const auto choices = values.find("choices")) {
    for (const StrictJson& choice : choices->items()) result.choices.push_back(choice.text());
  }
  result.present_per_mille = number(values, "present_per_mille", 1000);
  result.max_values = number(values, "max_values", 1);
  result.common_word = word(values, "common_word", "");
  result.common_low = number(values, "common_low", 0);
  result.common_high = number(values, "common_high", 0);
  return result;
}

}  // namespace

Profile read_profile(const std::filesystem::path& path) {
  constexpr std::uint64_t kMaxProfileBytes = 1 << 20;
  const std::string shown = printable(path.native());
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    throw UsageError("profile " + shown + " cannot be read: there is no such file");
  }
  const auto json = parse_strict_json(read_small_file(path, kMaxProfileBytes), shown);
  const StrictJson top(json, shown);
  top.allow_only({"name", "summary", "docstore_compression", "docstore_blocksize", "fields"});
  Profile profile;
  profile.name = top.at("name").name();
  profile.summary = top.at("summary").text();
  profile.docstore_compression = top.at("docstore_compression").name();
  profile.docstore_blocksize =
      top.at("docstore_blocksize").whole(1, std::numeric_limits<std::uint32_t>::max());
  std::set<std::string> names;
  for (const StrictJson& field : top.at("fields").items()) {
    const std::string name = field.at("name").name();
    if (!names.insert(name).second) field.fail("field '" + name + "' is there twice");
    profile.schema.fields.push_back(at_place(field, [&] { return read_entry(field); }));
    profile.fields.push_back(at_place(field, [&] { return read_values(field); }));
    at_place(field, [&] {
      check(profile.schema.fields.back(), profile.fields.back());
      return 0;
    });
  }
  return profile;
}

}  // namespace splitscope::workloads
