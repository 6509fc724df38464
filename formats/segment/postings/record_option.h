// What the postings of a field record beside the documents.
#pragma once

#include "formats/segment/schema.h"

namespace splitscope::formats {

using RecordOption = IndexRecord;

}  // namespace splitscope::formats
