// The line protocol by which measured programs tell of their phases; docs/phases.md has it for
// those who write to it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "harness/tree/descriptor.h"

namespace splitscope::tree {

inline constexpr std::size_t kMaxPhaseNameBytes = 63;

struct PhaseLine {
  /// The process that wrote it, 0 where the kernel does not say.
  pid_t writer = 0;
  /// Of the phase that begins; empty: the writer's phase ends.
  std::string_view name;
};

/// One end of a stream socket; the other is for the command. Not thread-safe. While it lives, the
/// thread that made it is sent SIGIO whenever something has been written: it must have that
/// blocked. Errors: std::system_error when there is no socket to be had.
class PhaseChannel {
 public:
  PhaseChannel();

  /// The descriptor for the command, close-on-exec; -1 once it has been handed on.
  [[nodiscard]] int command_end() const noexcept { return command_end_.get(); }
  /// Closes this process's copy of it.
  void handed_on() noexcept { command_end_.close(); }

  /// Takes what has been written, never waiting for more: calls `line` for each line and answers it
  /// with one byte when that returns. An answer for which nobody leaves room is dropped. True when
  /// there may be more.
  bool take(const std::function<void(const PhaseLine&)>& line);
  /// What it wrote without an end of line is forgotten.
  void writer_ended(pid_t writer) { unfinished_.erase(writer); }

  /// Lines that say nothing; they were answered and ignored.
  [[nodiscard]] std::uint64_t malformed() const noexcept { return malformed_; }

 private:
  struct Unfinished {
    std::string text;
    bool too_long = false;
  };

  void take_bytes(pid_t writer, std::string_view bytes,
                  const std::function<void(const PhaseLine&)>& line);
  void take_line(pid_t writer, std::string_view text, bool too_long,
                 const std::function<void(const PhaseLine&)>& line);

  Descriptor own_end_;
  Descriptor command_end_;
  std::unordered_map<pid_t, Unfinished> unfinished_;
  std::uint64_t malformed_ = 0;
};

}  // namespace splitscope::tree
