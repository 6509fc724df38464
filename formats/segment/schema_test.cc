#include "formats/segment/schema.h"

#include "formats/errors.h"
#include "formats/segment/fieldnorm.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

using test::contains;

constexpr const char* kSchema = R"([
  {"name":"id","type":"i64","options":{"indexed":true,"fieldnorms":false,"fast":true,"stored":true}},
  {"name":"body","type":"text","options":{
    "indexing":{"record":"position","fieldnorms":true,"tokenizer":"default"},
    "stored":true,"fast":false}},
  {"name":"tag","type":"text","options":{"stored":false,"fast":{"with_tokenizer":"lower"},
    "from_the_future":[1,2]}},
  {"name":"ts","type":"date","options":{"indexed":true,"fieldnorms":true,"fast":true,
    "stored":false,"precision":"milliseconds"}},
  {"name":"bytes","type":"bytes","options":{"indexed":false,"fieldnorms":true,"fast":false,
    "stored":true}},
  {"name":"path","type":"facet","options":{"stored":true}}
])";

Schema parse(std::string_view json) { return parse_schema(json, "meta.json"); }

TEST_CASE("options of each kind of field are understood") {
  const auto schema = parse(kSchema);
  REQUIRE(schema.size() == 6);
  const auto& id = schema[0];
  CHECK(id.type == FieldType::kI64);
  CHECK(id.indexed);
  CHECK(id.fast);
  CHECK(id.stored);
  CHECK_FALSE(id.fieldnorms);
  CHECK(id.record == IndexRecordOption::kBasic);
  const auto& body = schema[1];
  CHECK(body.record == IndexRecordOption::kPosition);
  CHECK(body.tokenizer == "default");
  CHECK(body.fieldnorms);
  CHECK_FALSE(body.fast);
  const auto& tag = schema[2];
  CHECK_FALSE(tag.indexed);
  CHECK(tag.fast);
  CHECK(tag.fast_tokenizer == "lower");
  CHECK(schema[3].precision == DatePrecision::kMilliseconds);
  CHECK_FALSE(schema[4].fieldnorms);
  CHECK(schema[5].indexed);
  CHECK(schema.find("ts") == Field{3});
  CHECK_FALSE(schema.find("none").has_value());
}

TEST_CASE("JSON fields have no norms, whatever the option says") {
  const auto schema = parse(R"([{"name":"j","type":"json_object","options":{"stored":true,
    "indexing":{"record":"position","fieldnorms":true,"tokenizer":"default"},"fast":false,
    "expand_dots_enabled":false}}])");
  CHECK(schema[0].indexed);
  CHECK_FALSE(schema[0].fieldnorms);
}

TEST_CASE("writing keeps options that are unknown") {
  const auto schema = parse(kSchema);
  const auto again = parse(schema_json(schema));
  CHECK(schema_difference(schema, again).empty());
  CHECK_THAT(schema_json(schema), contains(R"("from_the_future":[1,2])"));
}

TEST_CASE("options are written from the members where there is no original") {
  auto schema = parse(kSchema);
  for (auto& field : schema.fields) field.options_json.clear();
  const auto again = parse(schema_json(schema));
  REQUIRE(again.size() == schema.size());
  for (Field i = 0; i < schema.size(); ++i) {
    INFO(schema[i].name);
    CHECK(again[i].type == schema[i].type);
    CHECK(again[i].indexed == schema[i].indexed);
    CHECK(again[i].record == schema[i].record);
    CHECK(again[i].tokenizer == schema[i].tokenizer);
    CHECK(again[i].fieldnorms == schema[i].fieldnorms);
    CHECK(again[i].fast == schema[i].fast);
    CHECK(again[i].fast_tokenizer == schema[i].fast_tokenizer);
    CHECK(again[i].stored == schema[i].stored);
    CHECK(again[i].precision == schema[i].precision);
  }
}

TEST_CASE("schemas that differ say where") {
  const auto schema = parse(kSchema);
  auto other = schema;
  other.fields[1].name = "text";
  CHECK_THAT(schema_difference(schema, other), contains("\"body\""));
  other = schema;
  other.fields[3].options_json = R"({"indexed":false})";
  CHECK_THAT(schema_difference(schema, other), contains("\"ts\""));
  other = schema;
  other.fields[0].options_json = R"({"stored":true,"fast":true,"fieldnorms":false,"indexed":true})";
  CHECK(schema_difference(schema, other).empty());
  other.fields.pop_back();
  CHECK_THAT(schema_difference(schema, other), contains("6 fields"));
}

TEST_CASE("malformed schemas are refused with the place") {
  const auto message = [](std::string_view json) {
    try {
      parse(json);
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK_THAT(message(R"({})"), contains("array"));
  CHECK_THAT(message(R"([{"type":"u64","options":{}}])"), contains("schema[0] has no \"name\""));
  CHECK_THAT(message(R"([{"name":"a","type":"u128","options":{}}])"), contains("u128"));
  CHECK_THAT(message(R"([{"name":"a","type":"u64","options":{"fast":3}}])"),
             contains("schema[0].options.fast must be true or false, found 3"));
  CHECK_THAT(message(R"([{"name":"a","type":"u64","options":[]}])"), contains("object"));
  CHECK_THAT(message(R"([{"name":"a","type":"text","options":{"indexing":{"record":"all",
                        "tokenizer":"raw"}}}])"),
             contains("basic, freq, position"));
  CHECK_THAT(message(R"([{"name":"a","type":"date","options":{"precision":"hours"}}])"),
             contains("hours"));
  CHECK_THAT(message(R"([{"name":"a","type":"u64","options":{}},
                         {"name":"a","type":"u64","options":{}}])"),
             contains("second field"));
  CHECK_THAT(message(R"([{"name":"a","type":"u64","options":{"fast":1e999}}])"),
             contains("too large"));
  CHECK_THROWS_AS(parse(R"([{"name":"a","type":"u128","options":{}}])"), UnsupportedFeature);
}

TEST_CASE("field norms are those of tantivy's table") {
  // Entries of FIELD_NORMS_TABLE in tantivy src/fieldnorm/code.rs.
  CHECK(fieldnorm_tokens(0) == 0);
  CHECK(fieldnorm_tokens(40) == 40);
  CHECK(fieldnorm_tokens(41) == 42);
  CHECK(fieldnorm_tokens(48) == 56);
  CHECK(fieldnorm_tokens(49) == 60);
  CHECK(fieldnorm_tokens(255) == 2'013'265'944);
  CHECK(fieldnorm_id(41) == 40);
  CHECK(fieldnorm_id(0xFFFFFFFF) == 255);
  for (unsigned id = 1; id < 256; ++id) {
    const auto norm = static_cast<std::uint8_t>(id);
    const auto tokens = fieldnorm_tokens(norm);
    REQUIRE(fieldnorm_id(tokens) == norm);
    REQUIRE(fieldnorm_id(tokens - 1) == id - 1);
  }
}

}  // namespace
}  // namespace splitscope::formats
