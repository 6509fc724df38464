// Calls that move bytes: each may fail, or move half of what was asked for.
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstddef>

#include "tests/faults/inject_plan.h"

namespace {

using namespace splitscope::faults;

// Counts a call of `call`; true when it fails, otherwise `count` is what it may move.
bool fails(Call call, const char* function, std::size_t& count) {
  const Decision decision = decide(call, function);
  if (decision.action == Action::kShorten) count = shortened(count);
  if (decision.action != Action::kFail) return false;
  errno = decision.error;
  return true;
}

// As above for buffers in pieces: a short call gets half of the first piece that has bytes.
bool fails(Call call, const char* function, const iovec*& pieces, std::size_t& count, iovec& half) {
  const Decision decision = decide(call, function);
  if (decision.action == Action::kShorten) {
    while (count > 1 && pieces->iov_len == 0) {
      ++pieces;
      --count;
    }
    if (count > 0) {
      half = {pieces->iov_base, shortened(pieces->iov_len)};
      pieces = &half;
      count = 1;
    }
  }
  if (decision.action != Action::kFail) return false;
  errno = decision.error;
  return true;
}

}  // namespace

SPLITSCOPE_INTERPOSE("read", ssize_t, faults_read, int fd, void* into, std::size_t count) {
  SPLITSCOPE_REAL(ssize_t(*)(int, void*, std::size_t), "read");
  return fails(Call::kRead, "read", count) ? -1 : real(fd, into, count);
}

SPLITSCOPE_INTERPOSE("__read_chk", ssize_t, faults_read_chk, int fd, void* into, std::size_t count,
                     std::size_t /*room*/) {
  return faults_read(fd, into, count);
}

SPLITSCOPE_INTERPOSE("readv", ssize_t, faults_readv, int fd, const iovec* pieces, int number) {
  SPLITSCOPE_REAL(ssize_t(*)(int, const iovec*, int), "readv");
  auto count = static_cast<std::size_t>(number);
  iovec half{};
  if (fails(Call::kRead, "readv", pieces, count, half)) return -1;
  return real(fd, pieces, static_cast<int>(count));
}

SPLITSCOPE_INTERPOSE("pread", ssize_t, faults_pread, int fd, void* into, std::size_t count,
                     off_t offset) {
  SPLITSCOPE_REAL(ssize_t(*)(int, void*, std::size_t, off_t), "pread");
  return fails(Call::kPread, "pread", count) ? -1 : real(fd, into, count, offset);
}

SPLITSCOPE_INTERPOSE("pread64", ssize_t, faults_pread64, int fd, void* into, std::size_t count,
                     off_t offset) {
  return faults_pread(fd, into, count, offset);
}

SPLITSCOPE_INTERPOSE("__pread_chk", ssize_t, faults_pread_chk, int fd, void* into,
                     std::size_t count, off_t offset, std::size_t /*room*/) {
  return faults_pread(fd, into, count, offset);
}

SPLITSCOPE_INTERPOSE("write", ssize_t, faults_write, int fd, const void* from, std::size_t count) {
  SPLITSCOPE_REAL(ssize_t(*)(int, const void*, std::size_t), "write");
  return fails(Call::kWrite, "write", count) ? -1 : real(fd, from, count);
}

SPLITSCOPE_INTERPOSE("pwrite", ssize_t, faults_pwrite, int fd, const void* from, std::size_t count,
                     off_t offset) {
  SPLITSCOPE_REAL(ssize_t(*)(int, const void*, std::size_t, off_t), "pwrite");
  return fails(Call::kWrite, "pwrite", count) ? -1 : real(fd, from, count, offset);
}

SPLITSCOPE_INTERPOSE("pwrite64", ssize_t, faults_pwrite64, int fd, const void* from,
                     std::size_t count, off_t offset) {
  return faults_pwrite(fd, from, count, offset);
}

SPLITSCOPE_INTERPOSE("writev", ssize_t, faults_writev, int fd, const iovec* pieces, int number) {
  SPLITSCOPE_REAL(ssize_t(*)(int, const iovec*, int), "writev");
  auto count = static_cast<std::size_t>(number);
  iovec half{};
  if (fails(Call::kWrite, "writev", pieces, count, half)) return -1;
  return real(fd, pieces, static_cast<int>(count));
}

SPLITSCOPE_INTERPOSE("copy_file_range", ssize_t, faults_copy_file_range, int from,
                     off_t* from_offset, int to, off_t* to_offset, std::size_t count,
                     unsigned flags) {
  SPLITSCOPE_REAL(ssize_t(*)(int, off_t*, int, off_t*, std::size_t, unsigned), "copy_file_range");
  if (fails(Call::kCopyFileRange, "copy_file_range", count)) return -1;
  return real(from, from_offset, to, to_offset, count, flags);
}

SPLITSCOPE_INTERPOSE("sendfile", ssize_t, faults_sendfile, int to, int from, off_t* offset,
                     std::size_t count) {
  SPLITSCOPE_REAL(ssize_t(*)(int, int, off_t*, std::size_t), "sendfile");
  return fails(Call::kCopyFileRange, "sendfile", count) ? -1 : real(to, from, offset, count);
}

SPLITSCOPE_INTERPOSE("sendfile64", ssize_t, faults_sendfile64, int to, int from, off_t* offset,
                     std::size_t count) {
  return faults_sendfile(to, from, offset, count);
}

SPLITSCOPE_INTERPOSE("send", ssize_t, faults_send, int fd, const void* from, std::size_t count,
                     int flags) {
  SPLITSCOPE_REAL(ssize_t(*)(int, const void*, std::size_t, int), "send");
  return fails(Call::kSend, "send", count) ? -1 : real(fd, from, count, flags);
}

SPLITSCOPE_INTERPOSE("sendto", ssize_t, faults_sendto, int fd, const void* from, std::size_t count,
                     int flags, const sockaddr* to, socklen_t to_size) {
  SPLITSCOPE_REAL(ssize_t(*)(int, const void*, std::size_t, int, const sockaddr*, socklen_t),
                  "sendto");
  return fails(Call::kSend, "sendto", count) ? -1 : real(fd, from, count, flags, to, to_size);
}

SPLITSCOPE_INTERPOSE("sendmsg", ssize_t, faults_sendmsg, int fd, const msghdr* message, int flags) {
  SPLITSCOPE_REAL(ssize_t(*)(int, const msghdr*, int), "sendmsg");
  msghdr copy = *message;
  const iovec* pieces = copy.msg_iov;
  std::size_t count = copy.msg_iovlen;
  iovec half{};
  if (fails(Call::kSend, "sendmsg", pieces, count, half)) return -1;
  copy.msg_iov = const_cast<iovec*>(pieces);
  copy.msg_iovlen = count;
  return real(fd, &copy, flags);
}

SPLITSCOPE_INTERPOSE("recv", ssize_t, faults_recv, int fd, void* into, std::size_t count,
                     int flags) {
  SPLITSCOPE_REAL(ssize_t(*)(int, void*, std::size_t, int), "recv");
  return fails(Call::kRecv, "recv", count) ? -1 : real(fd, into, count, flags);
}

SPLITSCOPE_INTERPOSE("recvfrom", ssize_t, faults_recvfrom, int fd, void* into, std::size_t count,
                     int flags, sockaddr* from, socklen_t* from_size) {
  SPLITSCOPE_REAL(ssize_t(*)(int, void*, std::size_t, int, sockaddr*, socklen_t*), "recvfrom");
  return fails(Call::kRecv, "recvfrom", count) ? -1 : real(fd, into, count, flags, from, from_size);
}

SPLITSCOPE_INTERPOSE("recvmsg", ssize_t, faults_recvmsg, int fd, msghdr* message, int flags) {
  SPLITSCOPE_REAL(ssize_t(*)(int, msghdr*, int), "recvmsg");
  // What comes back stands in the caller's own header, so it keeps its buffers during a short call.
  iovec* const own = message->msg_iov;
  const std::size_t own_count = message->msg_iovlen;
  const iovec* pieces = own;
  std::size_t count = own_count;
  iovec half{};
  if (fails(Call::kRecv, "recvmsg", pieces, count, half)) return -1;
  message->msg_iov = const_cast<iovec*>(pieces);
  message->msg_iovlen = count;
  const ssize_t received = real(fd, message, flags);
  message->msg_iov = own;
  message->msg_iovlen = own_count;
  return received;
}
