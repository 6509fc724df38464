#include "harness/tree/phase_channel.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "harness/tree/high_descriptor.h"

namespace splitscope::tree {
namespace {

constexpr std::string_view kBegin = "phase ";
constexpr std::string_view kEnd = "end";
constexpr std::size_t kMaxLineBytes = kBegin.size() + kMaxPhaseNameBytes;
// So much is read at once, and so often before something else gets its turn: whoever floods the
// channel does not keep us from the rest.
constexpr std::size_t kPartBytes = 4096;
constexpr int kPartsInARow = 16;
// Of processes that write half lines and never more; those that ended are forgotten anyway.
constexpr std::size_t kMaxUnfinished = 1024;

[[noreturn]] void fail() {
  throw std::system_error(errno, std::generic_category(),
                          "cannot make a channel for the command's phases");
}

struct Part {
  ssize_t size = 0;
  pid_t writer = 0;
};

// The kernel says who wrote, and parts the bytes of different writers.
Part receive(int socket, std::array<char, kPartBytes>& bytes) {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control{};
  iovec place{bytes.data(), bytes.size()};
  msghdr message{};
  message.msg_iov = &place;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  Part part;
  do {
    part.size = ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (part.size < 0 && errno == EINTR);
  if (part.size <= 0) return part;
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr;
       head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_CREDENTIALS) continue;
    ucred writer{};
    std::memcpy(&writer, CMSG_DATA(head), sizeof(writer));
    part.writer = writer.pid;
  }
  return part;
}

}  // namespace

PhaseChannel::PhaseChannel() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) fail();
  own_end_ = Descriptor(ends[0]);
  command_end_ = moved_up(ends[1]);
  if (!command_end_.is_open()) fail();
  const int on = 1;
  if (::setsockopt(own_end_.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) != 0) fail();
  f_owner_ex owner{F_OWNER_TID, ::gettid()};
  if (::fcntl(own_end_.get(), F_SETOWN_EX, &owner) != 0 ||
      ::fcntl(own_end_.get(), F_SETFL, O_NONBLOCK | O_ASYNC) != 0) {
    fail();
  }
}

bool PhaseChannel::take(const std::function<void(const PhaseLine&)>& line) {
  std::array<char, kPartBytes> bytes;
  for (int i = 0; i < kPartsInARow; ++i) {
    if (!own_end_.is_open()) return false;
    const Part part = receive(own_end_.get(), bytes);
    if (part.size < 0 && errno == EAGAIN) return false;
    if (part.size <= 0) {
      // Nobody has the other end any more.
      own_end_.close();
      return false;
    }
    take_bytes(part.writer, {bytes.data(), static_cast<std::size_t>(part.size)}, line);
  }
  return true;
}

void PhaseChannel::take_bytes(pid_t writer, std::string_view bytes,
                              const std::function<void(const PhaseLine&)>& line) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    const auto known = unfinished_.find(writer);
    if (end == std::string_view::npos) {
      if (known == unfinished_.end() && unfinished_.size() >= kMaxUnfinished) unfinished_.clear();
      Unfinished& rest = unfinished_[writer];
      rest.too_long = rest.too_long || rest.text.size() + piece.size() > kMaxLineBytes;
      if (!rest.too_long) rest.text += piece;
      return;
    }
    bytes.remove_prefix(end + 1);
    if (known == unfinished_.end()) {
      take_line(writer, piece, false, line);
    } else {
      const Unfinished rest = std::move(known->second);
      unfinished_.erase(known);
      take_line(writer, rest.text + std::string(piece), rest.too_long, line);
    }
    const char answer = '\n';
    (void)::send(own_end_.get(), &answer, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
  }
}

void PhaseChannel::take_line(pid_t writer, std::string_view text, bool too_long,
                             const std::function<void(const PhaseLine&)>& line) {
  if (text == kEnd && !too_long) {
    line({writer, {}});
  } else if (text.starts_with(kBegin) && text.size() > kBegin.size() &&
             text.size() <= kMaxLineBytes && !too_long) {
    line({writer, text.substr(kBegin.size())});
  } else {
    ++malformed_;
  }
}

}  // namespace splitscope::tree
