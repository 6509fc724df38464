#include "s3/signing/crc32c.h"

#include <cstdint>

namespace splitscope::s3 {

std::string crc32c_bytes(const Crc32c& crc) {
  const std::uint32_t value = crc.checksum();
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>((value >> shift) & 0xFF);
  return bytes;
}

}  // namespace splitscope::s3
