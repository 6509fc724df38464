// What the postings of a field record beside the documents.
#pragma once

#include "workloads/index/schema.h"

namespace splitscope {

using RecordOption = IndexRecord;

}  // namespace splitscope
