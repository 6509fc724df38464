// A stored document for people and programs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "formats/segment/schema.h"

namespace splitscope::workloads {

/// {"field": [value, ...], ...} in one line, fields in the order of the schema, values of a field
/// in the order of the document, as tantivy shows documents
/// (src/schema/document/named_field_doc.rs). Dates are RFC 3339, bytes base64, texts that are no
/// UTF-8 mended. Throws FormatError.
[[nodiscard]] std::string document_json(std::span<const std::byte> document,
                                        const formats::Schema& schema);

}  // namespace splitscope::workloads
