#include "formats/codec/component_writer.h"

#include <fmt/format.h>
#include <libdeflate.h>

#include <cstring>
#include <utility>

namespace splitscope::formats {
namespace {

// What tantivy 0.26 writes. Readers look at the format version and the CRC only.
constexpr int kTantivyMinor = 26;
constexpr int kIndexFormatVersion = 7;
constexpr std::uint32_t kFooterMagic = 1337;

}  // namespace

ComponentWriter::ComponentWriter(std::unique_ptr<ByteSink> sink)
    : sink_(std::move(sink)), buffer_(std::make_unique<std::byte[]>(kBufferBytes)) {}

void ComponentWriter::write(std::span<const std::byte> bytes) {
  offset_ += bytes.size();
  if (bytes.size() > kBufferBytes - used_) {
    drain();
    if (bytes.size() >= kBufferBytes) {
      crc_ = libdeflate_crc32(crc_, bytes.data(), bytes.size());
      sink_->write(bytes);
      return;
    }
  }
  if (bytes.empty()) return;
  std::memcpy(buffer_.get() + used_, bytes.data(), bytes.size());
  used_ += bytes.size();
}

void ComponentWriter::drain() {
  crc_ = libdeflate_crc32(crc_, buffer_.get(), used_);
  sink_->write({buffer_.get(), used_});
  used_ = 0;
}

void ComponentWriter::finish() {
  drain();
  const std::string json = fmt::format(
      R"({{"version":{{"major":0,"minor":{},"patch":0,"index_format_version":{}}},"crc":{}}})",
      kTantivyMinor, kIndexFormatVersion, crc_);
  const auto json_length = static_cast<std::uint32_t>(json.size());
  sink_->write(std::as_bytes(std::span(json)));
  sink_->write(std::as_bytes(std::span(&json_length, 1)));
  sink_->write(std::as_bytes(std::span(&kFooterMagic, 1)));
  sink_->finish();
}

}  // namespace splitscope::formats
