/* Phases of a C program: cc phases.c && splitscope exec --out out -- ./a.out */
#include "splitscope_phases.h"

#include <stdio.h>

enum { ROWS = 1 << 20 };

static int by_value(const void* left, const void* right) {
  const unsigned a = *(const unsigned*)left;
  const unsigned b = *(const unsigned*)right;
  return (a > b) - (a < b);
}

int main(void) {
  unsigned* rows;
  unsigned i;
  splitscope_phase("read");
  rows = (unsigned*)malloc(ROWS * sizeof(*rows));
  if (rows == NULL) return 1;
  for (i = 0; i < ROWS; ++i) rows[i] = i * 2654435761u;
  splitscope_phase("sort");
  qsort(rows, ROWS, sizeof(*rows), by_value);
  splitscope_phase_end();
  printf("%u\n", rows[ROWS / 2]);
  free(rows);
  return 0;
}
