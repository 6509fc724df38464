// One connection of the loopback server: HTTP/1.1 in, responses out, bodies streamed.
#pragma once

#include <atomic>

#include "workloads/s3/service.h"

namespace splitscope::s3 {

/// Serves requests from the connected socket `fd` until the peer closes it, an error happens or
/// nothing came for a while. Does not close `fd`. Throws nothing: an error ends the connection.
void serve_connection(int fd, Service& service) noexcept;

}  // namespace splitscope::s3
