// The same function, compiled as C++17 and as the newest version that the compiler has.
#pragma once

#include <filesystem>

double sum_in_cpp17(const std::filesystem::path& model);
double sum_in_newest(const std::filesystem::path& model);
