#include "base/last_words.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>

namespace splitscope {
namespace {

std::atomic<bool> g_said{false};

}  // namespace

bool last_words_said() noexcept { return g_said.load(); }

void last_words(std::initializer_list<const char*> parts) noexcept {
  g_said.store(true);
  std::array<char, 8192> line{"splitscope: "};
  std::size_t length = 12;
  for (const char* part : parts) {
    for (; *part != '\0' && length < line.size() - 1; ++part) {
      line[length++] = *part == '\n' || *part == '\r' ? ' ' : *part;
    }
  }
  while (length > 0 && line[length - 1] == ' ') --length;
  line[length++] = '\n';
  for (std::size_t done = 0; done < length;) {
    const ssize_t count = ::write(STDERR_FILENO, line.data() + done, length - done);
    if (count > 0) {
      done += static_cast<std::size_t>(count);
    } else if (count == 0 || errno != EINTR) {
      return;
    }
  }
}

}  // namespace splitscope
