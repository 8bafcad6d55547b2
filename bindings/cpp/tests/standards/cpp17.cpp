#include "sum.hpp"
#include "sums.hpp"

static_assert(__cplusplus == 201703L);

double sum_in_cpp17(const std::filesystem::path& model) { return sum(model); }
