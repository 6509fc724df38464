// What the postings of a field record beside the documents.
#pragma once

#include "formats/segment/schema.h"

namespace splitscope {

using RecordOption = IndexRecord;

}  // namespace splitscope
