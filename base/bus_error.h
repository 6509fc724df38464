// What a mapping costs when its file is cut short: SIGBUS, without a word. This gives it one.
#pragma once

#include <cstddef>

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

/// From now on a SIGBUS prints "<file>: at byte N: the file became shorter while it was mapped" to
/// stderr and then ends the process as before. For programs; the library never calls it.
void install_bus_error_handler();

}  // namespace splitscope
