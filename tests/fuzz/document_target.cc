// One stored document. Proven: payloads lie within it, and values of the types that documents are
// written with come back.
#include "formats/segment/store/document.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"

namespace splitscope::fuzz {
namespace {

struct Value {
  std::uint32_t field = 0;
  formats::StoredType type = formats::StoredType::kNull;
  Content payload;

  bool operator==(const Value&) const = default;
};

std::vector<Value> values_of(std::span<const std::byte> document) {
  std::vector<Value> values;
  formats::decode_document(document, [&](const formats::StoredValue& value) {
    values.push_back({value.field, value.type, {value.payload.begin(), value.payload.end()}});
  });
  return values;
}

/// False for types that only other writers write.
bool add(formats::DocumentBuffer& out, const Value& value) {
  const formats::StoredValue stored{value.field, value.type, value.payload};
  switch (value.type) {
    case formats::StoredType::kText:
      out.add_text(value.field, stored.text());
      return true;
    case formats::StoredType::kBytes:
      out.add_bytes(value.field, value.payload);
      return true;
    case formats::StoredType::kU64:
      out.add_u64(value.field, stored.number());
      return true;
    case formats::StoredType::kI64:
      out.add_i64(value.field, static_cast<std::int64_t>(stored.number()));
      return true;
    case formats::StoredType::kDate:
      out.add_date(value.field, static_cast<std::int64_t>(stored.number()));
      return true;
    default:
      return false;
  }
}

}  // namespace

void run_document(std::span<const std::byte> input) {
  const Content content = Input(input).rest();
  std::vector<Value> values = values_of(content);
  formats::DocumentBuffer out;
  std::erase_if(values, [&](const Value& value) { return !add(out, value); });
  const std::vector<Value> again = read_back([&] { return values_of(out.bytes()); });
  expect(again == values, "values come back");
}

}  // namespace splitscope::fuzz
