// Indexes as tantivy's writer leaves them where no document has a field: without an entry for it.
#pragma once

#include <filesystem>
#include <string>

#include "formats/segment/composite_file.h"
#include "formats/segment/file_footer.h"
#include "formats/segment/meta_json.h"
#include "strategies/catalog.h"

namespace splitscope::test {

/// Writes one composite file again without its entry for `field`.
inline void rewrite_without(const std::filesystem::path& file, formats::Field field) {
  AccessCounters counters;
  const auto strategy = strategies::make_strategy("mmap-view", counters);
  const std::filesystem::path rewritten = file.string() + ".rewritten";
  {
    const auto source = strategy->open(file);
    const formats::CompositeFile fields(
        formats::read_file_footer(formats::SourceRange(*source, "composite")).body);
    formats::CompositeWriter out(strategy->create(rewritten));
    for (const formats::CompositeEntry& entry : fields.entries()) {
      if (entry.field == field) continue;
      out.begin_field(entry.field);
      const formats::SourceRange bytes = *fields.find(entry.field);
      out.out().write(bytes.read(0, bytes.size()).span());
    }
    out.finish();
  }
  std::filesystem::rename(rewritten, file);
}

/// Takes the terms and postings of `field` out of a segment in the folder `index`.
inline void leave_field_out(const std::filesystem::path& index, const formats::SegmentMeta& segment,
                            formats::Field field) {
  for (const auto component :
       {formats::SegmentComponent::kTerm, formats::SegmentComponent::kPostings,
        formats::SegmentComponent::kPositions}) {
    rewrite_without(index / segment.file_name(component), field);
  }
}

}  // namespace splitscope::test
