// How much of some files lies in the page cache.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/record/recorder_set.h"

namespace splitscope::record {

/// Keeps a descriptor of each file. Not thread-safe.
class CachedFiles {
 public:
  /// A file that cannot be opened makes all unknown.
  explicit CachedFiles(const std::vector<std::string>& files);
  ~CachedFiles();
  CachedFiles(const CachedFiles&) = delete;
  CachedFiles& operator=(const CachedFiles&) = delete;

  /// Of all files together, whoever brought them in; cachestat(2) (Linux 6.5), some microseconds a
  /// file. Nothing where the kernel does not tell; never allocates.
  [[nodiscard]] std::optional<std::uint64_t> bytes() const noexcept;
  /// Why there is nothing.
  [[nodiscard]] std::string absent_because() const;

 private:
  std::vector<int> fds_;
  int open_error_ = 0;
  std::string unopened_;
};

/// The inputs' share at the window's ends, and that of what has been written by then.
class PageCacheRecorder : public WindowRecorder {
 public:
  /// `output_folder` may not be there yet; its files, not those of folders in folders in it beyond
  /// eight levels, are looked at after the window. Empty: nothing is written.
  PageCacheRecorder(const std::vector<std::string>& inputs, std::string output_folder);

  void start() override;
  void read() noexcept override;
  [[nodiscard]] Measures build() const override;

 private:
  bool has_inputs_;
  CachedFiles inputs_;
  std::string output_folder_;
  std::optional<std::uint64_t> open_bytes_;
  std::optional<std::uint64_t> end_bytes_;
};

}  // namespace splitscope::record
