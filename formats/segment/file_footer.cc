#include "formats/segment/file_footer.h"

#include <libdeflate.h>

#include <algorithm>
#include <limits>
#include <string_view>

#include "formats/codec/byte_reader.h"
#include "formats/segment/json_text.h"
#include "formats/segment/limits.h"

namespace splitscope::formats {
namespace {

constexpr std::uint32_t kMagic = 1337;
constexpr std::uint64_t kTailBytes = 8;
constexpr std::uint32_t kOldestFormat = 4;
constexpr std::uint32_t kNewestFormat = 7;

}  // namespace

FileFooter read_file_footer(const SourceRange& file) {
  if (file.size() < kTailBytes) {
    throw file.error(0, "a segment file ends with a footer of at least 8 bytes, but this one has " +
                            std::to_string(file.size()) + " in all");
  }
  const auto tail_at = file.size() - kTailBytes;
  const Bytes tail = file.read(tail_at, kTailBytes);
  ByteReader reader(tail.span(), {file.name(), tail_at});
  const auto json_bytes = reader.fixed<std::uint32_t>();
  const auto magic = reader.fixed<std::uint32_t>();
  if (magic != kMagic) {
    throw file.error(tail_at + 4, "a segment file ends with the magic number 1337, found " +
                                      std::to_string(magic));
  }
  if (json_bytes > kMaxFooterJsonBytes || json_bytes > tail_at) {
    throw file.error(
        tail_at, "the footer claims " + std::to_string(json_bytes) + " bytes of JSON; at most " +
                     std::to_string(std::min(kMaxFooterJsonBytes, tail_at)) + " are possible here");
  }
  FileFooter footer;
  footer.json = {tail_at - json_bytes, tail_at};
  footer.body = file.slice(0, footer.json.start);
  const Bytes text = file.read(footer.json.start, json_bytes);
  const auto json = parse_json<nlohmann::json>(
      {reinterpret_cast<const char*>(text.data()), text.size()}, file.name(), footer.json.start);
  const auto number = [&](const nlohmann::json& object, const char* key) {
    const std::string where = std::string("the footer's \"") + key + "\"";
    return static_cast<std::uint32_t>(json_unsigned(
        json_member(object, key, file.name(), "the footer", footer.json.start),
        std::numeric_limits<std::uint32_t>::max(), file.name(), where, footer.json.start));
  };
  const auto& version = json_member(json, "version", file.name(), "the footer", footer.json.start);
  footer.major = number(version, "major");
  footer.minor = number(version, "minor");
  footer.patch = number(version, "patch");
  footer.index_format_version = number(version, "index_format_version");
  footer.crc = number(json, "crc");
  if (footer.index_format_version < kOldestFormat || footer.index_format_version > kNewestFormat) {
    throw UnsupportedFeature(shown_name(file.name()) + ": index format version " +
                             std::to_string(footer.index_format_version) +
                             "; 4 to 7 can be read. Re-index with tantivy 0.22 to 0.26");
  }
  return footer;
}

std::uint32_t crc32_of(const SourceRange& range) {
  std::uint32_t crc = 0;
  if (range.size() == 0) return crc;
  const auto scan = range.scan(0, range.size());
  for (Bytes window = scan->next(); !window.empty();) {
    crc = libdeflate_crc32(crc, window.data(), window.size());
    window.reset();
    window = scan->next();
  }
  return crc;
}

void check_crc(const FileFooter& footer) {
  const auto found = crc32_of(footer.body);
  if (found == footer.crc) return;
  throw footer.body.error(0, "the file is damaged: its footer claims CRC-32 " +
                                 std::to_string(footer.crc) + ", its bytes have " +
                                 std::to_string(found));
}

}  // namespace splitscope::formats
