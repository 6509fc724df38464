// The checksum that S3 takes as x-amz-checksum-crc32c.
#pragma once

#include <string>

#include <boost/crc.hpp>

namespace splitscope::s3 {

/// CRC-32C (Castagnoli).
using Crc32c = boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true>;

/// The four bytes that the header carries in base64: big endian.
[[nodiscard]] std::string crc32c_bytes(const Crc32c& crc);

}  // namespace splitscope::s3
