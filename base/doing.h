// What the program is at, for its last words: "out of memory while merging into out.split".
#pragma once

#include <cstddef>
#include <string_view>

namespace splitscope {

/// Puts a phrase such as "merging into out.split" over the one before, until it is destroyed. The
/// text is copied into a fixed buffer and may be cut short; nothing is allocated. Main thread.
class Doing {
 public:
  explicit Doing(std::string_view verb, std::string_view object = {}) noexcept;
  ~Doing();
  Doing(const Doing&) = delete;
  Doing& operator=(const Doing&) = delete;

 private:
  std::size_t before_;
};

/// The phrase on top, "starting" before the first; while an exception is on its way and until the
/// next phrase, the one that it left first. Any thread; callable from a signal handler.
[[nodiscard]] const char* doing() noexcept;

}  // namespace splitscope
