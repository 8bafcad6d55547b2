// Nothing is left behind by models that are opened and closed, nor by calls. DEBERTA_TEST_LONG=1 has them run 10,000
// and 100,000 times.

#include <deberta.hpp>

#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include <unistd.h>

#include <gtest/gtest.h>

#include "models.hpp"

namespace {

// Resident memory in bytes.
std::size_t resident_memory() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  file >> pages >> pages;
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// Memory may grow until allocators are warm, and not any more after that.
template <typename Call>
void expect_flat_memory(std::size_t full, Call&& call) {
  const std::size_t count = std::getenv("DEBERTA_TEST_LONG") != nullptr ? full : full / 100;
  for (std::size_t repetition = 0; repetition < count / 5 + 1; ++repetition) call();
  const std::size_t before = resident_memory();
  for (std::size_t repetition = 0; repetition < count; ++repetition) call();
  const std::size_t after = resident_memory();
  std::cout << count << " times: from " << before / 1024 << " to " << after / 1024 << " KiB\n";
  EXPECT_LT(after, before + (std::size_t{4} << 20));
}

}  // namespace

TEST(memory, opening_and_closing_leaves_nothing) {
  expect_flat_memory(10000, [] { open_bundled(); });
}

TEST(memory, calls_leave_nothing) {
  const auto model = open_bundled();
  expect_flat_memory(100000, [&model] {
    const auto answers = model.classify("x");
    const auto failure = model.try_classify("\xff");
    if (failure || answers.size() != 1) std::abort();
  });
}
