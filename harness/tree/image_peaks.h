// The peak of one process from what the kernel says at its exec and exit stops.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace splitscope::tree {

/// exec(2) drops a process's memory and its high-water mark with it. What is left of the old image
/// is ru_maxrss, into which the kernel folds the dropped mark, but also those of children that were
/// waited for and, after vfork(2), the parent's. A dropped image is known exactly when it rose
/// above all of these. Source: wait4(2) at the stop, kernel/exec.c of Linux 5.x and later.
class ImagePeaks {
 public:
  /// A resident set or mark that was read of the present image.
  void seen(std::uint64_t bytes) noexcept { seen_ = std::max(seen_, bytes); }

  /// A child ended with this ru_maxrss.
  void child_ended(std::uint64_t maxrss_bytes) noexcept {
    children_ = std::max(children_, maxrss_bytes);
  }

  /// The image was replaced; `own` is false when its memory was another process's.
  void replaced(std::uint64_t maxrss_bytes, bool own) noexcept {
    if (own) take(maxrss_bytes);
    mark_ = std::max(mark_, maxrss_bytes);
    seen_ = 0;
  }

  /// The process ended; `mark_bytes` is the kernel's mark of the last image, read at its exit.
  void ended(std::optional<std::uint64_t> mark_bytes, std::uint64_t maxrss_bytes,
             bool own) noexcept {
    if (!own) return;
    if (mark_bytes) {
      image_ = std::max(*mark_bytes, seen_);
      peak_ = std::max(peak_.value_or(0), *image_);
      return;
    }
    image_ = take(maxrss_bytes);
  }

  [[nodiscard]] std::optional<std::uint64_t> peak_bytes() const noexcept { return peak_; }
  [[nodiscard]] std::optional<std::uint64_t> last_image_bytes() const noexcept { return image_; }
  /// Whether no image can have been larger.
  [[nodiscard]] bool is_exact() const noexcept { return peak_ && *peak_ >= bound_; }

 private:
  std::optional<std::uint64_t> take(std::uint64_t maxrss_bytes) noexcept {
    std::uint64_t image = seen_;
    if (maxrss_bytes > std::max(mark_, children_)) {
      image = std::max(image, maxrss_bytes);
    } else {
      bound_ = std::max(bound_, maxrss_bytes);
    }
    if (image == 0) return std::nullopt;
    peak_ = std::max(peak_.value_or(0), image);
    return image;
  }

  std::uint64_t seen_ = 0;
  std::uint64_t children_ = 0;
  std::uint64_t mark_ = 0;
  std::uint64_t bound_ = 0;
  std::optional<std::uint64_t> peak_;
  std::optional<std::uint64_t> image_;
};

}  // namespace splitscope::tree
