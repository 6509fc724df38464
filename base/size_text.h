// Sizes as people write them: "50MB", "1MiB", "4096".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace splitscope {

/// Bytes that `text` means: a whole or decimal number, then B, kB/MB/GB/TB (powers of 1000) or
/// KiB/MiB/GiB/TiB (powers of 1024); no unit means bytes. Throws UsageError that quotes `text`.
[[nodiscard]] std::uint64_t parse_size(std::string_view text);

/// Exact short form for names: "1MiB", "50MB", "4097". parse_size(format_size(n)) == n.
[[nodiscard]] std::string format_size(std::uint64_t bytes);

/// Rounded form for people: "12.3 MiB", "512 B".
[[nodiscard]] std::string format_size_rounded(std::uint64_t bytes);

}  // namespace splitscope
