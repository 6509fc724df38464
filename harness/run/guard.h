// Two processes for one verb, each of which ends everything when the other one dies.
#pragma once

namespace splitscope::run {

/// Splits this process in two and returns in the child, which goes on as the verb. The process that
/// the user started stays behind as its guard: it hands signals on, waits, and leaves with the
/// child's exit code. It does nothing else, so hardly anything but SIGKILL can end it.
///
/// When the child dies of a signal, SIGKILL included, the guard ends everything that the child had
/// started, whatever session or group that has gone to: orphans become the guard's own children.
/// When the guard dies, the child gets SIGTERM and ends its work in order. Both adopt orphans (see
/// process_tree.h). SIGTSTP stops both, SIGCONT lets both go on. The child is in a process group of
/// its own, so that what is sent to the guard's group, by a terminal or a shell, comes once.
///
/// Call before any thread is started and before anything is made that would have to be removed.
/// Errors: std::system_error when there can be no second process.
void go_on_under_guard();

}  // namespace splitscope::run
