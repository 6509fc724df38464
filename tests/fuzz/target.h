// What is fuzzed: one function per part of the format. libfuzzer_entry.cc drives one of them,
// regressions_test.cc all of them.
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace splitscope::fuzz {

/// Something that must hold for every input did not: a crash for libFuzzer, a failure for a test.
class InvariantBroken : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

inline void expect(bool holds, const char* what) {
  if (!holds) throw InvariantBroken(std::string("does not hold: ") + what);
}

/// Reads `input` as one part of the format and proves what the part promises, most of all that what
/// was read can be written and read again. A malformed input throws FormatError or
/// UnsupportedFeature, as the readers do. Anything else that is thrown is a fault of the project.
using Target = void (*)(std::span<const std::byte> input);

void run_columnar(std::span<const std::byte> input);
void run_container(std::span<const std::byte> input);
void run_document(std::span<const std::byte> input);
void run_hotcache(std::span<const std::byte> input);
void run_index_files(std::span<const std::byte> input);
void run_meta_json(std::span<const std::byte> input);
void run_postings(std::span<const std::byte> input);
void run_segment_file(std::span<const std::byte> input);
void run_split_fields(std::span<const std::byte> input);
void run_sstable(std::span<const std::byte> input);
void run_store(std::span<const std::byte> input);

struct NamedTarget {
  std::string_view name;
  Target run;
};

inline constexpr NamedTarget kTargets[] = {
    {"columnar", run_columnar},
    {"container", run_container},
    {"document", run_document},
    {"hotcache", run_hotcache},
    {"index_files", run_index_files},
    {"meta_json", run_meta_json},
    {"postings", run_postings},
    {"segment_file", run_segment_file},
    {"split_fields", run_split_fields},
    {"sstable", run_sstable},
    {"store", run_store},
};

/// True when `input` is well-formed.
[[nodiscard]] bool accepts(Target target, std::span<const std::byte> input);

}  // namespace splitscope::fuzz
