// How a process ends when it is told to: what it made is removed, what it started is ended, one
// line says so. One mechanism for every verb.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace splitscope {

/// Thrown by whoever waits, once a signal has asked for an orderly end. Not an error of anybody's,
/// and no std::exception, so that nothing that handles errors catches it.
struct Interrupted {
  int signal = 0;
};

/// Handles INT, TERM, HUP, QUIT and a closed pipe from now on; those that were ignored when the
/// program started stay ignored (nohup). Outside an OrderlyEnd the handler itself removes every
/// Staging, kills every watched process group, prints one line (none for a closed pipe) and leaves
/// with 128 + signal. BUS, SEGV, FPE, ILL and ABRT do the same and then end the process as before;
/// a file that became shorter under a mapping is one line and exit status 1. Also: std::terminate
/// and failing allocations become one line "out of memory while ..." or "<what> while ..." and exit
/// status 1; a file above the size limit (XFSZ) becomes an error of write. For programs, not for
/// measured children. Call once, first.
void install_death_handlers();

/// The part of it that may come before everything else, even before the initializers of libraries:
/// an exception that nobody catches is one line.
void install_terminate_handler() noexcept;

/// For where nothing can be thrown: cleans up, says "out of memory while ..." and leaves with 1.
[[noreturn]] void end_out_of_memory() noexcept;

/// In a program that becomes another one (exec): the dispositions and the mask that it found.
void restore_signals() noexcept;

/// While one exists, the first signal is only noted: the program ends its waits, keeps what is
/// finished, cleans up and then leaves by throwing Interrupted. A second signal does not wait for
/// that, nor does the watchdog after `limit_s` seconds. Main thread; may be nested.
class OrderlyEnd {
 public:
  explicit OrderlyEnd(unsigned limit_s = 20) noexcept;
  ~OrderlyEnd();
  OrderlyEnd(const OrderlyEnd&) = delete;
  OrderlyEnd& operator=(const OrderlyEnd&) = delete;
};

/// The signal that asked for an orderly end, 0 when none did. Any thread.
[[nodiscard]] int death_signal() noexcept;

/// Throws Interrupted when death_signal() is not 0. Cheap enough for every turn of a loop that
/// waits.
void throw_if_dying();

/// A process group that gets SIGTERM, a grace and SIGKILL when this process ends by a signal
/// outside an OrderlyEnd. Up to 64 at once; the group must be this process's own making.
class WatchedGroup {
 public:
  explicit WatchedGroup(pid_t group) noexcept;
  ~WatchedGroup();
  WatchedGroup(const WatchedGroup&) = delete;
  WatchedGroup& operator=(const WatchedGroup&) = delete;

 private:
  std::size_t slot_;
};

/// 128 + signal, the shell's convention.
[[nodiscard]] constexpr int exit_code_of_signal(int signal) { return 128 + signal; }

}  // namespace splitscope
