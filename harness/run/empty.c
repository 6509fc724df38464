/* The smallest program that can be measured: says that it has started, then waits. */
#include <unistd.h>

int main(void) {
  if (write(STDOUT_FILENO, "\n", 1) != 1) return 1;
  pause();
  return 0;
}
