/// @file
/// Which library is in use, and what it can run on this machine.
#pragma once

#include <deberta.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "choices.hpp"
#include "detail/call.hpp"

namespace deberta {

/// The version of the library in use, as "0.1.0"; it may be newer than the headers.
inline std::string_view version() noexcept { return detail::view(deberta_version()); }

/// The version of the binary interface of the library in use. A program that loads the library at run time compares it
/// with DEBERTA_ABI_VERSION and must not go on if they differ.
inline std::uint32_t abi_version() noexcept { return deberta_abi_version(); }

/// The instruction sets that the library has kernels for and this machine can run, fastest first.
inline std::vector<instruction_set> instruction_sets() {
  std::vector<instruction_set> sets;
  for (const std::int32_t number :
       detail::unwrap(detail::filled<std::vector<std::int32_t>>(deberta_instruction_sets))) {
    sets.push_back(static_cast<instruction_set>(number));
  }
  return sets;
}

}  // namespace deberta
