// SHA-256 of outputs, so that runs under different strategies can be compared.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "formats/codec/source_range.h"

namespace splitscope::formats {

/// Incremental SHA-256 (OpenSSL). Errors: std::runtime_error when OpenSSL refuses.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::span<const std::byte> bytes);
  /// "sha256:<64 hex digits>". Call once.
  [[nodiscard]] std::string finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// Of the range's bytes, in one scan.
[[nodiscard]] std::string sha256_of(const SourceRange& range);

/// Of a set of files given as (name, sha256_of(file)): independent of their order.
[[nodiscard]] std::string sha256_of_listing(std::vector<std::pair<std::string, std::string>> files);

}  // namespace splitscope::formats
