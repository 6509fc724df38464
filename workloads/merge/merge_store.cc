#include "workloads/merge/merge_store.h"

#include <fmt/format.h>

#include "workloads/errors.h"
#include "workloads/index/store/store_reader.h"
#include "workloads/index/store/store_writer.h"

namespace splitscope {
namespace {

// Below it tantivy packs documents anew, so that merges of tiny segments do not pile up tiny blocks
// (src/indexer/merger.rs, write_storable_fields).
constexpr std::size_t kMinStackedBlocks = 6;

}  // namespace

void merge_stores(const MergeInputs& inputs, ComponentWriter& out) {
  const IndexSettings& settings = inputs.first_meta().settings;
  const Compression compression = parse_compression(settings.docstore_compression);
  StoreWriter writer(out, compression, settings.docstore_blocksize);
  for (const MergeSegment& segment : inputs.segments()) {
    const SourceRange body = segment.files.store();
    const StoreReader store(body);
    if (store.doc_count() != segment.max_doc()) {
      throw body.error(0, fmt::format("the store has {} documents, meta.json says {}",
                                      store.doc_count(), segment.max_doc()));
    }
    if (store.version() != 2) {
      throw UnsupportedFeature(body.name() + ": store version " + std::to_string(store.version()) +
                               " (index format 6 and before) cannot be merged");
    }
    if (store.blocks() >= kMinStackedBlocks && store.compressor() == compression.compressor) {
      writer.append_blocks(store);
      continue;
    }
    DocumentStream documents(store);
    while (documents.advance()) writer.add(documents.document());
  }
  writer.finish();
}

}  // namespace splitscope
