// The three kinds of dictionary that a split has, read front to back.
#pragma once

#include "formats/segment/terms/sstable_stream.h"
#include "formats/segment/terms/value_readers.h"

namespace splitscope::formats {

/// Terms of a field in order. `field` is the field's whole part of `.term`, including the type at
/// its end; a dictionary of type FST throws UnsupportedFeature. value() is a TermInfo.
///
///     TermStream terms(composite.field(id));
///     while (terms.advance()) use(terms.key(), terms.value().doc_freq);
class TermStream : public SstableStream<TermInfoValues> {
 public:
  explicit TermStream(const SourceRange& field) : SstableStream(sstable_of_field(field)) {}
};

/// Dictionary of a string or bytes column: keys and their ordinals, no type at the end.
class OrdinalStream : public SstableStream<VoidValues> {
 public:
  using SstableStream::SstableStream;
};

/// Column keys of a `.fast` file with the ranges of their columns; value() is a ByteRange.
class RangeStream : public SstableStream<RangeValues> {
 public:
  using SstableStream::SstableStream;
};

}  // namespace splitscope::formats
