// Multipart uploads that must not stay open: our own when they fail, and those that are there
// already.
#pragma once

#include <string>
#include <vector>

#include "workloads/upload/upload_plan.h"
#include "workloads/upload/upload_records.h"

namespace splitscope::workloads {

/// Aborts an upload over a connection of its own, whatever state the one before is in and whatever
/// signals came: two tries, 5 seconds at most. No matter when there is no such upload any more.
/// Returns why it may still be open, in one line; empty when it is not. Throws nothing.
[[nodiscard]] std::string abort_upload(const UploadOptions& options, const std::string& key,
                                       const std::string& id) noexcept;

/// Aborts the uploads to this bucket whose records a dead process left, then does with the open
/// uploads of `keys` what options.open_uploads says. `records` may be null. Those that a live
/// process of this machine's is at are left alone. Takes a few seconds at most, whatever the server
/// does, and fails never: who may upload need not be allowed to list. Returns lines for the user.
/// Errors: Interrupted.
[[nodiscard]] std::vector<std::string> settle_open_uploads(const UploadOptions& options,
                                                           const std::vector<std::string>& keys,
                                                           UploadRecords* records);

}  // namespace splitscope::workloads
