// What this program was built from and with.
#pragma once

namespace splitscope::result {

struct BuildInfo {
  static const char* const version;
  /// Empty when the source was no checkout.
  static const char* const commit;
  static const bool dirty;
  static const char* const compiler;
  static const char* const build_type;
  static const char* const zstd;
  static const char* const lz4;
  static const char* const libdeflate;
  static const char* const curl;
  static const char* const openssl;
};

}  // namespace splitscope::result
