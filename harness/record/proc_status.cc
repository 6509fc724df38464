#include "harness/record/proc_status.h"

#include <charconv>
#include <limits>

namespace splitscope::record {
namespace {

std::string_view skip_blanks(std::string_view text) {
  const auto at = text.find_first_not_of(" \t");
  return at == std::string_view::npos ? std::string_view{} : text.substr(at);
}

/// Takes the next number off `text`; nothing when it does not start with one.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  text = skip_blanks(text);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

/// Takes the next word off `text`, empty when it is not followed by a blank: it may be cut off.
std::string_view take_word(std::string_view& text) {
  text = skip_blanks(text);
  const auto end = text.find_first_of(" \n");
  if (end == std::string_view::npos) return {};
  const auto word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

/// Calls `use(key, value)` for each line "key: value".
template <typename Use>
void for_each_line(std::string_view text, Use use) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    // A line without its end was cut off, and its number perhaps with it.
    if (end == std::string_view::npos) return;
    const auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos) use(line.substr(0, colon), line.substr(colon + 1));
  }
}

/// The kernel's "kB" are KiB. Nothing without that unit.
std::optional<std::uint64_t> kilobytes(std::string_view value) {
  const auto number = take_number(value);
  if (!number || skip_blanks(value) != "kB" || *number > ~std::uint64_t{0} / 1024) {
    return std::nullopt;
  }
  return *number * 1024;
}

}  // namespace

ProcStatus parse_status(std::string_view text) noexcept {
  ProcStatus status;
  for_each_line(text, [&](std::string_view key, std::string_view value) {
    if (key == "VmHWM") status.peak_rss_bytes = kilobytes(value);
    if (key == "VmRSS") status.rss_bytes = kilobytes(value);
    if (key == "RssAnon") status.rss_anon_bytes = kilobytes(value);
    if (key == "RssFile") status.rss_file_bytes = kilobytes(value);
    if (key == "RssShmem") status.rss_shmem_bytes = kilobytes(value);
    if (key == "VmSwap") status.swap_bytes = kilobytes(value);
    if (key == "HugetlbPages") status.hugetlb_bytes = kilobytes(value);
    if (key == "VmPTE") status.page_tables_bytes = kilobytes(value);
  });
  return status;
}

std::optional<ProcStatm> parse_statm(std::string_view text) noexcept {
  const auto size = take_number(text);
  const auto resident = size ? take_number(text) : std::nullopt;
  const auto shared = resident ? take_number(text) : std::nullopt;
  if (!shared || *resident == 0) return std::nullopt;
  return ProcStatm{*resident, *shared};
}

ProcRollup parse_smaps_rollup(std::string_view text) noexcept {
  ProcRollup rollup;
  for_each_line(text, [&](std::string_view key, std::string_view value) {
    if (key == "Pss") rollup.pss_bytes = kilobytes(value);
    if (key == "AnonHugePages") rollup.anon_huge_bytes = kilobytes(value);
    if (key == "Private_Clean" || key == "Private_Dirty") {
      if (const auto own = kilobytes(value)) {
        rollup.uss_bytes = rollup.uss_bytes.value_or(0) + *own;
      }
    }
  });
  return rollup;
}

std::optional<ProcIo> parse_io(std::string_view text) noexcept {
  ProcIo io{};
  unsigned found = 0;
  const auto take = [&found](std::uint64_t& into, std::string_view value, unsigned bit) {
    if (const auto number = take_number(value)) {
      into = *number;
      found |= 1u << bit;
    }
  };
  for_each_line(text, [&](std::string_view key, std::string_view value) {
    if (key == "rchar") take(io.read_chars, value, 0);
    if (key == "wchar") take(io.write_chars, value, 1);
    if (key == "syscr") take(io.read_syscalls, value, 2);
    if (key == "syscw") take(io.write_syscalls, value, 3);
    if (key == "read_bytes") take(io.read_bytes, value, 4);
    if (key == "write_bytes") take(io.write_bytes, value, 5);
  });
  if (found != 0b111111) return std::nullopt;
  return io;
}

std::optional<ProcStat> parse_stat(std::string_view text) noexcept {
  // "42 (any name) S 1 ...": the name may hold blanks and brackets, so from the last bracket on.
  const auto bracket = text.rfind(')');
  if (bracket == std::string_view::npos) return std::nullopt;
  text.remove_prefix(bracket + 1);
  ProcStat stat{};
  const auto read = [](std::string_view word, auto& number) {
    const char* const end = word.data() + word.size();
    const auto [stop, error] = std::from_chars(word.data(), end, number);
    return error == std::errc() && stop == end;
  };
  // proc(5) counts fields from 1; the state is the third.
  for (int field = 3; field <= 22; ++field) {
    const auto word = take_word(text);
    if (word.empty()) return std::nullopt;
    bool is_right = true;
    if (field == 3) {
      is_right = word.size() == 1;
      stat.state = word.front();
    }
    if (field == 4) is_right = read(word, stat.parent);
    if (field == 20) is_right = read(word, stat.threads);
    if (field == 22) is_right = read(word, stat.start_ticks);
    if (!is_right) return std::nullopt;
  }
  return stat;
}

std::optional<pid_t> take_child(std::string_view& text) noexcept {
  const auto number = take_number(text);
  if (!number || *number > std::uint64_t{std::numeric_limits<pid_t>::max()}) return std::nullopt;
  text = skip_blanks(text);
  return static_cast<pid_t>(*number);
}

}  // namespace splitscope::record
