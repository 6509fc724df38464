// Tells where main begins, so that a plan can leave out what the libraries do before.
#include "tests/faults/inject_plan.h"

namespace {

using Main = int (*)(int, char**, char**);
Main g_main = nullptr;

int counted_main(int argc, char** argv, char** environment) {
  splitscope::faults::main_begins();
  return g_main(argc, argv, environment);
}

}  // namespace

SPLITSCOPE_INTERPOSE("__libc_start_main", int, faults_libc_start_main, Main main, int argc,
                     char** argv, void (*init)(), void (*fini)(), void (*linker_fini)(),
                     void* stack_end) {
  SPLITSCOPE_REAL(int (*)(Main, int, char**, void (*)(), void (*)(), void (*)(), void*),
                  "__libc_start_main");
  g_main = main;
  return real(counted_main, argc, argv, init, fini, linker_fini, stack_end);
}
