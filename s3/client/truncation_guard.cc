#include "s3/client/truncation_guard.h"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

#include "base/errors.h"

namespace splitscope::s3 {
namespace {

std::atomic<bool> g_is_truncated{false};
std::atomic<std::uintptr_t> g_page_bytes{0};
struct sigaction g_before;

// Only calls that a signal handler may make; mmap is a plain system call.
extern "C" void splitscope_on_truncated_mapping(int signal, siginfo_t* info, void* /*context*/) {
  const int error = errno;
  const std::uintptr_t page_bytes = g_page_bytes.load();
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  void* const page = reinterpret_cast<void*>(address - address % page_bytes);
  // A page of zeros in its place, so that the read that is under way can go on to its end.
  if (info->si_code != BUS_ADRERR ||
      ::mmap(page, page_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
          MAP_FAILED) {
    // It comes again at once, and then it is the other's.
    ::sigaction(signal, &g_before, nullptr);
  } else {
    g_is_truncated.store(true);
  }
  errno = error;
}

}  // namespace

TruncationGuard::TruncationGuard() : before_{} {
  g_is_truncated.store(false);
  g_page_bytes.store(static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE)));
  ::sigaction(SIGBUS, nullptr, &before_);
  g_before = before_;
  struct sigaction action {};
  action.sa_sigaction = splitscope_on_truncated_mapping;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGBUS, &action, nullptr);
}

TruncationGuard::~TruncationGuard() {
  ::sigaction(SIGBUS, &before_, nullptr);
  g_is_truncated.store(false);
}

void throw_if_truncated() {
  if (!g_is_truncated.load(std::memory_order_relaxed)) return;
  throw TruncatedFile("the file being uploaded became shorter while it was mapped");
}

}  // namespace splitscope::s3
