#include "workloads/merge/merge_store.h"

#include "formats/segment/store/store_reader.h"
#include "formats/segment/store/store_writer.h"

namespace splitscope {
namespace {

// Below it tantivy packs documents anew, so that merges of tiny segments do not pile up tiny blocks
// (src/indexer/merger.rs, write_storable_fields).
constexpr std::size_t kMinStackedBlocks = 6;

// Blocks of version 1 have dates in microseconds; the version that we write says nanoseconds.
bool can_stack(const StoreReader& store, const Compression& compression) {
  return store.blocks() >= kMinStackedBlocks && store.compressor() == compression.compressor &&
         store.version() == StoreWriter::kVersion;
}

}  // namespace

void merge_stores(const MergeInputs& inputs, ComponentWriter& out) {
  const IndexSettings& settings = inputs.first_meta().settings;
  const Compression compression = parse_compression(settings.docstore_compression);
  StoreWriter writer(out, compression, settings.docstore_blocksize);
  for (const MergeSegment& segment : inputs.segments()) {
    const StoreReader store(segment.files.store());
    store.expect_documents(segment.max_doc());
    if (can_stack(store, compression)) {
      writer.append_blocks(store);
      continue;
    }
    DocumentStream documents(store);
    while (documents.advance()) writer.add(documents.document());
  }
  writer.finish();
}

}  // namespace splitscope
