// What a mapping costs when its file is cut short: SIGBUS, without a word. This gives it one.
#pragma once

#include <csignal>
#include <cstddef>
#include <span>

namespace splitscope {

/// Keeps a live mapping in the process-wide table that the handler looks in. The table has a fixed
/// size and needs no lock; a mapping beyond it is only left out of the message. `name` must stay
/// valid as long as this object. Any thread.
class BusErrorWatch {
 public:
  BusErrorWatch(const void* data, std::size_t size, const char* name) noexcept;
  ~BusErrorWatch();
  BusErrorWatch(const BusErrorWatch&) = delete;
  BusErrorWatch& operator=(const BusErrorWatch&) = delete;

 private:
  std::size_t slot_;
};

/// Writes "<file>: at byte N: the file became shorter while it was mapped" and a final zero to
/// `text` when the fault lies in a watched mapping, and returns whether it does. For signal
/// handlers.
[[nodiscard]] bool describe_bus_error(const siginfo_t& info, std::span<char> text) noexcept;

/// From now on a SIGBUS prints that line to stderr and then ends the process as before. For
/// measured children; other programs have base/death.h.
void install_bus_error_handler();

}  // namespace splitscope
