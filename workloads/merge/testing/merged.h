// Runs a merge of small indexes and opens what came out, for tests.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "formats/segment/segment_files.h"
#include "formats/segment/store/store_reader.h"
#include "formats/segment/testing/plain_index.h"
#include "formats/split/open_index.h"
#include "workloads/merge/merge.h"

namespace splitscope::test {

/// Merges and verifies; `out` is the split that comes out.
inline workloads::Verification run_merge(const std::vector<std::filesystem::path>& inputs,
                                         const std::filesystem::path& out) {
  PlainStrategy strategy;
  NotingContext context;
  const auto workload = workloads::make_merge({inputs, out, {}, &strategy});
  workload->prepare();
  workload->run(strategy, context);
  return workload->verify();
}

/// The one segment of a split or index directory.
class OpenSegment {
 public:
  explicit OpenSegment(const std::filesystem::path& path)
      : files_(std::make_unique<formats::IndexFiles>(formats::open_index(strategy_, path))),
        segment_(*files_) {}

  [[nodiscard]] const formats::SegmentFiles& files() const { return segment_; }

  [[nodiscard]] std::vector<std::vector<std::byte>> documents() const {
    const formats::StoreReader store(segment_.store());
    formats::DocumentStream stream(store);
    std::vector<std::vector<std::byte>> documents;
    while (stream.advance()) {
      documents.emplace_back(stream.document().begin(), stream.document().end());
    }
    return documents;
  }
  [[nodiscard]] PlainColumns columns() const {
    return read_plain(formats::ColumnarReader(segment_.columns()));
  }
  [[nodiscard]] std::vector<formats::Checkpoint> blocks() const {
    const formats::StoreReader store(segment_.store());
    std::vector<formats::Checkpoint> blocks;
    for (std::size_t i = 0; i < store.blocks(); ++i) blocks.push_back(store.checkpoint(i));
    return blocks;
  }

 private:
  PlainStrategy strategy_;
  std::unique_ptr<formats::IndexFiles> files_;
  formats::SegmentFiles segment_;
};

/// Writes indexes into a folder, with different segment ids.
inline std::vector<std::filesystem::path> write_plain_indexes(std::vector<PlainIndex> indexes,
                                                              const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    indexes[i].stem.back() = static_cast<char>('a' + i);
    paths.push_back(folder / ("in-" + std::to_string(i)));
    write_plain_index(indexes[i], paths.back());
  }
  return paths;
}

}  // namespace splitscope::test
