#include "workloads/catalog.h"

#include "workloads/convert/convert.h"
#include "workloads/extract/extract.h"
#include "workloads/idle/idle.h"
#include "workloads/merge/merge.h"
#include "workloads/search/search.h"
#include "workloads/upload/upload_info.h"

namespace splitscope::workloads {

std::vector<WorkloadInfo> all_workloads() {
  return {convert_info(), merge_info(), extract_info(), search_info(), upload_info(), idle_info()};
}

}  // namespace splitscope::workloads
