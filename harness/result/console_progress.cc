#include "harness/result/console_progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "base/environment.h"
#include "base/size_text.h"

namespace splitscope::result {
namespace {

constexpr std::size_t kBarWidth = 20;
constexpr std::size_t kUsualColumns = 80;

std::size_t columns_of(std::FILE* stream) {
  winsize size{};
  if (ioctl(fileno(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsualColumns;
  return size.ws_col;
}

std::string bar(std::size_t done, std::size_t total) {
  const std::size_t filled = total == 0 ? 0 : kBarWidth * done / total;
  return "[" + std::string(filled, '#') + std::string(kBarWidth - filled, '.') + "]";
}

std::string outcome(const run::Sample& sample) {
  if (!sample.ok()) return std::string(run::to_string(sample.status)) + ": " + sample.message;
  std::string text = "ok";
  if (const auto net = sample.count("net_peak_rss_bytes")) {
    text += ", net peak " + format_size_rounded(*net);
  }
  if (const auto wall = sample.value("wall_ms")) text += fmt::format(", {:.1f} ms", *wall);
  return text;
}

}  // namespace

bool may_color(std::FILE* stream) {
  return !environment::value_of(environment::kNoColor) && isatty(fileno(stream)) == 1;
}

ConsoleProgress::ConsoleProgress(std::FILE* stream)
    : stream_(stream), terminal_(isatty(fileno(stream)) == 1) {}

ConsoleProgress::~ConsoleProgress() { clear(); }

void ConsoleProgress::clear() {
  if (!shown_) return;
  std::fputs("\r\033[K", stream_);
  std::fflush(stream_);
  shown_ = false;
}

void ConsoleProgress::show(const std::string& line) {
  clear();
  // A line that wraps could not be taken back.
  std::fputs(line.substr(0, columns_of(stream_) - 1).c_str(), stream_);
  std::fflush(stream_);
  shown_ = true;
}

void ConsoleProgress::note(const std::string& text) {
  if (terminal_) {
    show(text);
  } else {
    std::fprintf(stream_, "%s\n", text.c_str());
    std::fflush(stream_);
  }
}

void ConsoleProgress::sample_started(const run::CaseId& id, std::size_t done, std::size_t total) {
  if (terminal_) show(fmt::format("{} {}/{} {}", bar(done, total), done, total, id.text()));
}

void ConsoleProgress::sample_ended(const run::CaseId& id, const run::Sample& sample,
                                   std::size_t done, std::size_t total) {
  const std::string line = fmt::format("[{}/{}] {} {}\n", done, total, id.text(), outcome(sample));
  if (terminal_ && sample.ok()) return;
  clear();
  std::fputs(line.c_str(), stream_);
  std::fflush(stream_);
}

}  // namespace splitscope::result
