/// @file
/// Paths of the program, as the C interface takes them.
#pragma once

#include <filesystem>
#include <string>

#include "call.hpp"

namespace deberta::detail {

/// The path's name, which ends with a NUL: one inside of it would cut it off unseen.
inline expected<std::string, error> path_name(const std::filesystem::path& path) {
#ifdef _WIN32
  const auto bytes = path.u8string();
  std::string name(bytes.begin(), bytes.end());
#else
  std::string name = path.string();
#endif
  if (name.find('\0') != std::string::npos)
    return invalid_argument("the path has a NUL inside: " + std::string(name.c_str()));
  return name;
}

}  // namespace deberta::detail
