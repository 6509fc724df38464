// What a mapping costs when its file is cut short in the middle of an upload: SIGBUS, and with it
// every chance to abort what is open on the server. This turns it into an exception.
#pragma once

#include <csignal>

namespace splitscope::s3 {

/// While one exists, reading a page that a file no longer has yields zeros, and
/// throw_if_truncated() throws from then on. Other causes of SIGBUS go to the handler before. One
/// at a time; for programs, not for measured children. Main thread.
class TruncationGuard {
 public:
  TruncationGuard();
  ~TruncationGuard();
  TruncationGuard(const TruncationGuard&) = delete;
  TruncationGuard& operator=(const TruncationGuard&) = delete;

 private:
  struct sigaction before_;
};

/// Call between reading bytes that may be mapped and doing anything with them. One load when all is
/// well. Errors: TruncatedFile.
void throw_if_truncated();

}  // namespace splitscope::s3
