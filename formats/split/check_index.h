// Whether the files of an index are whole: what a reader cannot see while it reads only parts.
#pragma once

#include "formats/segment/index_files.h"

namespace splitscope::formats {

/// Reads every file that has a tantivy footer once, from its beginning to its end, and compares the
/// CRC-32; files that meta.json does not name are checked where they have such a footer. All files
/// that meta.json and the schema need are there; the six of a segment were written by one version;
/// field norms, store, columns and deletes have as many documents as meta.json says;
/// `.managed.json` names the files; split_fields can be read and names fields that the schema has;
/// no file is named one bit off a file that Quickwit adds. Files without a footer carry no
/// checksum: of those only what others repeat can be checked. Errors: FormatError that names index
/// and file, with what was expected and found; UnsupportedFeature for footers of an unknown format
/// version; those of reading.
void check_index(IndexFiles& files);

/// Checks a file that nobody vouches for: when it ends in a tantivy footer, compares the CRC-32.
/// Errors: FormatError; those of reading.
void check_any_file(const SourceRange& file);

}  // namespace splitscope::formats
