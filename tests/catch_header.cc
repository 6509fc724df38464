// Carries the precompiled Catch2 header; an executable, so that its flags are those of the tests.
#include "tests/catch.h"
