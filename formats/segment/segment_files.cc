#include "formats/segment/segment_files.h"

#include <algorithm>
#include <string>
#include <utility>

#include "formats/errors.h"

namespace splitscope::formats {

SegmentFiles::SegmentFiles(IndexFiles& files, std::size_t segment)
    : meta_(&files.meta().segments.at(segment)),
      schema_(&files.meta().schema),
      format_version_(7),
      term_(open_composite(files, SegmentComponent::kTerm)),
      postings_(open_composite(files, SegmentComponent::kPostings)),
      fieldnorm_(open_composite(files, SegmentComponent::kFieldnorm)),
      store_(open_file(files, SegmentComponent::kStore)),
      fast_(open_file(files, SegmentComponent::kFast)) {
  if (files.contains(meta_->file_name(SegmentComponent::kPositions))) {
    positions_ = open_composite(files, SegmentComponent::kPositions);
  }
  check_terms(files);
  for (const auto& entry : fieldnorm_.fields.entries()) {
    if (entry.range.size() == meta_->max_doc) continue;
    throw fieldnorm_.footer.body.error(
        entry.range.start, "field " + std::to_string(entry.field) + " has " +
                               std::to_string(entry.range.size()) + " norms, but meta.json says " +
                               std::to_string(meta_->max_doc) + " documents");
  }
}

// A field of which one file knows and another does not would be a field without a hit. need()
// throws here; it is not asked where all is well, because it makes a name.
void SegmentFiles::check_terms(const IndexFiles& files) const {
  for (Field field = 0; field < schema_->size(); ++field) {
    const FieldEntry& entry = schema_->fields[field];
    if (!entry.indexed) continue;
    if (term_.fields.has(field) != postings_.fields.has(field)) {
      static_cast<void>(need(term_, field));
      static_cast<void>(need(postings_, field));
    }
    if (entry.record != IndexRecordOption::kPosition || !has_terms(field)) continue;
    if (positions_ && positions_->fields.has(field)) continue;
    if (positions_) static_cast<void>(need(*positions_, field));
    throw FormatError(files.path().string(), 0,
                      "the index has no file \"" + meta_->file_name(SegmentComponent::kPositions) +
                          "\", but its schema promises positions of field \"" + entry.name + "\"");
  }
}

FileFooter SegmentFiles::open_file(IndexFiles& files, SegmentComponent component) {
  auto footer = read_file_footer(files.file(meta_->file_name(component)));
  format_version_ = std::min(format_version_, footer.index_format_version);
  return footer;
}

SegmentFiles::Composite SegmentFiles::open_composite(IndexFiles& files,
                                                     SegmentComponent component) {
  auto footer = open_file(files, component);
  CompositeFile fields(footer.body);
  return {std::move(footer), std::move(fields)};
}

std::optional<SourceRange> SegmentFiles::find(const Composite& composite, Field field) const {
  auto range = composite.fields.find(field);
  if (!range || field >= schema_->size()) return range;
  return SourceRange(range->source(),
                     composite.footer.body.name() + " field " + schema_->fields[field].name,
                     range->offset(), range->size());
}

SourceRange SegmentFiles::need(const Composite& composite, Field field) const {
  auto range = find(composite, field);
  if (range) return *std::move(range);
  const auto name = field < schema_->size() ? schema_->fields[field].name : "?";
  throw composite.footer.body.error(
      composite.fields.footer().start,
      "field " + std::to_string(field) + " (\"" + name + "\") has no entry in this file");
}

bool SegmentFiles::has_terms(Field field) const { return postings_.fields.has(field); }

SourceRange SegmentFiles::term(Field field) const { return need(term_, field); }
SourceRange SegmentFiles::postings(Field field) const { return need(postings_, field); }

std::optional<SourceRange> SegmentFiles::positions(Field field) const {
  return positions_ ? find(*positions_, field) : std::nullopt;
}

std::optional<SourceRange> SegmentFiles::fieldnorm(Field field) const {
  return find(fieldnorm_, field);
}

const FileFooter* SegmentFiles::footer(SegmentComponent component) const {
  switch (component) {
    case SegmentComponent::kTerm:
      return &term_.footer;
    case SegmentComponent::kPostings:
      return &postings_.footer;
    case SegmentComponent::kPositions:
      return positions_ ? &positions_->footer : nullptr;
    case SegmentComponent::kFieldnorm:
      return &fieldnorm_.footer;
    case SegmentComponent::kStore:
      return &store_;
    case SegmentComponent::kFast:
      return &fast_;
  }
  return nullptr;
}

const CompositeFile* SegmentFiles::composite(SegmentComponent component) const {
  switch (component) {
    case SegmentComponent::kTerm:
      return &term_.fields;
    case SegmentComponent::kPostings:
      return &postings_.fields;
    case SegmentComponent::kPositions:
      return positions_ ? &positions_->fields : nullptr;
    case SegmentComponent::kFieldnorm:
      return &fieldnorm_.fields;
    case SegmentComponent::kStore:
    case SegmentComponent::kFast:
      return nullptr;
  }
  return nullptr;
}

}  // namespace splitscope::formats
