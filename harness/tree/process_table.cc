#include "harness/tree/process_table.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdio>
#include <string_view>
#include <utility>

#include "harness/record/proc_file.h"

namespace splitscope::tree {
namespace {

// A row is for reading; the longest command lines have megabytes.
constexpr std::size_t kCommandBytes = 256;

std::string_view read_text(pid_t pid, const char* name, std::array<char, kCommandBytes>& buffer) {
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/%ld/%s", static_cast<long>(pid), name);
  record::ProcFile file(path.data());
  const std::string_view text = file.read();
  const std::size_t size = std::min(text.size(), buffer.size());
  std::copy_n(text.begin(), size, buffer.begin());
  return {buffer.data(), size};
}

std::uint64_t maxrss_bytes(const rusage* usage) noexcept {
  return usage == nullptr ? 0 : static_cast<std::uint64_t>(usage->ru_maxrss) * 1024;
}

bool has_higher_peak(const ProcessRecord& a, const ProcessRecord& b) {
  return a.peak_rss_bytes.value_or(0) > b.peak_rss_bytes.value_or(0);
}

}  // namespace

std::string read_executable(pid_t pid) {
  std::array<char, 64> link{};
  std::snprintf(link.data(), link.size(), "/proc/%ld/exe", static_cast<long>(pid));
  std::array<char, PATH_MAX> target{};
  const ssize_t length = ::readlink(link.data(), target.data(), target.size());
  return length > 0 ? std::string(target.data(), static_cast<std::size_t>(length)) : std::string();
}

std::string read_command(pid_t pid) {
  std::array<char, kCommandBytes> buffer;
  std::string command(read_text(pid, "cmdline", buffer));
  while (!command.empty() && command.back() == '\0') command.pop_back();
  std::replace(command.begin(), command.end(), '\0', ' ');
  if (!command.empty()) return command;
  command = read_text(pid, "comm", buffer);
  if (!command.empty() && command.back() == '\n') command.pop_back();
  return command;
}

Process& ProcessTable::add(pid_t pid, pid_t parent, pid_t memory_of, std::uint64_t now_us) {
  auto process = std::make_unique<Process>(pid);
  process->row.parent = parent;
  process->row.started_us = now_us;
  process->waiter = parent;
  if (const Process* const from = find(parent)) {
    process->row.command = from->row.command;
    process->row.executable = from->row.executable;
  }
  if (const Process* const owner = find(memory_of)) {
    process->memory_of = owner->owns_memory() ? memory_of : owner->memory_of;
  }
  ++seen_;
  Process& added = *(living_[pid] = std::move(process));
  count_owners();
  return added;
}

Process* ProcessTable::find(pid_t pid) noexcept {
  const auto found = living_.find(pid);
  return found == living_.end() ? nullptr : found->second.get();
}

void ProcessTable::count_owners() noexcept {
  std::size_t owners = 0;
  for (const auto& [pid, process] : living_) owners += process->owns_memory() ? 1 : 0;
  most_at_once_ = std::max(most_at_once_, owners);
}

void ProcessTable::note(Process& process, const Reading& reading) noexcept {
  process.peaks.seen(std::max(reading.rss_bytes, process.reader.seen_peak_bytes()));
  process.row.peak_anon_bytes = std::max(process.row.peak_anon_bytes, reading.anon_bytes);
  process.row.peak_file_bytes = std::max(process.row.peak_file_bytes, reading.file_bytes);
  process.row.peak_shmem_bytes = std::max(process.row.peak_shmem_bytes, reading.shmem_bytes);
}

void ProcessTable::replaced(Process& process, std::uint64_t maxrss) {
  process.peaks.replaced(maxrss, process.owns_memory());
  hand_memory_on(process);
  process.memory_of = 0;
  process.reader.forget();
  process.mark_at_exit.reset();
  process.row.command = read_command(process.pid());
  process.row.executable = read_executable(process.pid());
  process.row.executed = true;
  count_owners();
}

// What others share with it goes on living; the first of them stands for it now.
void ProcessTable::hand_memory_on(const Process& process) {
  Process* heir = nullptr;
  for (const auto& [pid, other] : living_) {
    if (other->memory_of != process.pid()) continue;
    if (heir == nullptr) heir = other.get();
    other->memory_of = heir == other.get() ? 0 : heir->pid();
  }
}

void ProcessTable::ended(Process& process, const int* wait_status, const rusage* usage,
                         std::uint64_t now_us) {
  const bool own = process.owns_memory();
  const std::uint64_t maxrss = maxrss_bytes(usage);
  process.peaks.ended(process.mark_at_exit, maxrss, own);
  ProcessRecord row = std::move(process.row);
  row.ended_us = now_us;
  row.peak_rss_bytes = process.peaks.peak_bytes();
  row.image_peak_rss_bytes = process.peaks.last_image_bytes();
  row.peak_source = process.peaks.is_exact() && (process.mark_at_exit || usage != nullptr)
                        ? Source::kExact
                        : Source::kAtLeast;
  if (wait_status != nullptr && WIFEXITED(*wait_status)) row.status = WEXITSTATUS(*wait_status);
  if (wait_status != nullptr && WIFSIGNALED(*wait_status)) row.signal = WTERMSIG(*wait_status);
  if (own) {
    all_exact_ = all_exact_ && row.peak_source == Source::kExact;
    highest_ = std::max(highest_, row.peak_rss_bytes.value_or(0));
    hand_memory_on(process);
  }
  if (Process* const waiter = find(process.waiter)) waiter->peaks.child_ended(maxrss);
  living_.erase(row.pid);
  keep(std::move(row));
}

void ProcessTable::keep(ProcessRecord row) {
  // The first process has its row in any case.
  if (row.parent == 0) {
    first_row_ = std::move(row);
    return;
  }
  // Once there is no more room, the lowest of those kept is at the front of the heap.
  constexpr std::size_t kRoom = kMaxRows - 1;
  if (rows_.size() < kRoom) {
    rows_.push_back(std::move(row));
    if (rows_.size() == kRoom) std::make_heap(rows_.begin(), rows_.end(), has_higher_peak);
    return;
  }
  if (!has_higher_peak(row, rows_.front())) return;
  std::pop_heap(rows_.begin(), rows_.end(), has_higher_peak);
  rows_.back() = std::move(row);
  std::push_heap(rows_.begin(), rows_.end(), has_higher_peak);
}

std::vector<ProcessRecord> ProcessTable::take_rows() {
  if (first_row_) rows_.insert(rows_.begin(), *std::exchange(first_row_, std::nullopt));
  std::stable_sort(rows_.begin(), rows_.end(), [](const ProcessRecord& a, const ProcessRecord& b) {
    return a.started_us < b.started_us;
  });
  return std::move(rows_);
}

}  // namespace splitscope::tree
