#include "workloads/merge/merge_store.h"

#include "formats/segment/store/store_reader.h"
#include "formats/segment/store/store_writer.h"

namespace splitscope::workloads {
namespace {

// Below it tantivy packs documents anew, so that merges of tiny segments do not pile up tiny blocks
// (src/indexer/merger.rs, write_storable_fields).
constexpr std::size_t kMinStackedBlocks = 6;

// Blocks of version 1 have dates in microseconds; the version that we write says nanoseconds.
bool can_stack(const formats::StoreReader& store, const formats::Compression& compression) {
  return store.blocks() >= kMinStackedBlocks && store.compressor() == compression.compressor &&
         store.version() == formats::StoreWriter::kVersion;
}

}  // namespace

void merge_stores(const MergeInputs& inputs, formats::ComponentWriter& out) {
  const formats::IndexSettings& settings = inputs.first_meta().settings;
  const formats::Compression compression =
      formats::parse_compression(settings.docstore_compression);
  formats::StoreWriter writer(out, compression, settings.docstore_blocksize);
  for (const MergeSegment& segment : inputs.segments()) {
    const formats::StoreReader store(segment.files.store());
    store.expect_documents(segment.max_doc());
    if (can_stack(store, compression)) {
      writer.append_blocks(store);
      continue;
    }
    formats::DocumentStream documents(store);
    while (documents.advance()) writer.add(documents.document());
  }
  writer.finish();
}

}  // namespace splitscope::workloads
