#include "formats/segment/composite_file.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "formats/codec/byte_buffer.h"
#include "formats/codec/byte_reader.h"
#include "formats/codec/checked.h"

namespace splitscope::formats {
namespace {

constexpr std::uint64_t kLengthBytes = 4;
// An entry is at least an offset delta (1), a field id (4) and an idx (1).
constexpr std::uint64_t kMinEntryBytes = 6;

}  // namespace

CompositeFile::CompositeFile(const SourceRange& body) : body_(body) {
  if (body.size() < kLengthBytes) {
    throw body.error(0, "a composite file ends with a 4-byte footer length, but only " +
                            std::to_string(body.size()) + " bytes are here");
  }
  const auto length_at = body.size() - kLengthBytes;
  const Bytes length = body.read(length_at, kLengthBytes);
  const auto footer_bytes =
      ByteReader(length.span(), {body.name(), length_at}).fixed<std::uint32_t>();
  if (footer_bytes > length_at) {
    throw body.error(length_at, "the composite footer claims " + std::to_string(footer_bytes) +
                                    " bytes, but only " + std::to_string(length_at) +
                                    " lie before its length");
  }
  footer_ = {length_at - footer_bytes, length_at};
  const Bytes footer = body.read(footer_.start, footer_bytes);
  ByteReader reader(footer.span(), {body.name(), footer_.start});
  const auto count = reader.vint();
  if (count > reader.remaining() / kMinEntryBytes) {
    reader.fail("the composite footer claims " + std::to_string(count) + " fields, more than fit");
  }
  entries_.reserve(static_cast<std::size_t>(count));
  std::uint64_t start = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto next = checked_add(start, reader.vint());
    if (!next || *next > footer_.start) reader.fail("a field begins past the end of the data");
    start = *next;
    if (!entries_.empty()) entries_.back().range.end = start;
    CompositeEntry entry;
    entry.field = reader.fixed<std::uint32_t>();
    entry.idx = reader.vint();
    entry.range = {start, footer_.start};
    entries_.push_back(entry);
  }
  if (!reader.at_end()) {
    reader.fail(std::to_string(reader.remaining()) +
                " bytes are left over in the composite footer");
  }
  std::vector<std::pair<Field, std::uint64_t>> keys;
  keys.reserve(entries_.size());
  for (const auto& entry : entries_) keys.emplace_back(entry.field, entry.idx);
  std::sort(keys.begin(), keys.end());
  const auto twin = std::adjacent_find(keys.begin(), keys.end());
  if (twin != keys.end()) {
    throw body.error(footer_.start, "field " + std::to_string(twin->first) + " is listed twice");
  }
}

bool CompositeFile::has(Field field, std::uint64_t idx) const {
  return std::ranges::any_of(entries_, [&](const CompositeEntry& entry) {
    return entry.field == field && entry.idx == idx;
  });
}

std::optional<SourceRange> CompositeFile::find(Field field, std::uint64_t idx) const {
  for (const auto& entry : entries_) {
    if (entry.field != field || entry.idx != idx) continue;
    return SourceRange(body_.source(), body_.name() + " field " + std::to_string(field),
                       body_.offset() + entry.range.start, entry.range.size());
  }
  return std::nullopt;
}

CompositeWriter::CompositeWriter(std::unique_ptr<ByteSink> sink) : out_(std::move(sink)) {}

void CompositeWriter::begin_field(Field field, std::uint64_t idx) {
  for (const auto& entry : entries_) {
    if (entry.field == field && entry.idx == idx) {
      throw std::logic_error("field " + std::to_string(field) + " was begun before");
    }
  }
  field_start_ = out_.offset();
  entries_.push_back({field, idx, {field_start_, field_start_}});
}

void CompositeWriter::finish() {
  ByteBuffer footer;
  footer.vint(entries_.size());
  std::uint64_t previous = 0;
  for (const auto& entry : entries_) {
    footer.vint(entry.range.start - previous);
    footer.fixed<std::uint32_t>(entry.field);
    footer.vint(entry.idx);
    previous = entry.range.start;
  }
  footer.fixed(static_cast<std::uint32_t>(footer.size()));
  out_.write(footer.span());
  out_.finish();
}

}  // namespace splitscope::formats
