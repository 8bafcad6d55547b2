#include "sum.hpp"
#include "sums.hpp"

static_assert(__cplusplus > 202002L);

double sum_in_newest(const std::filesystem::path& model) { return sum(model); }
