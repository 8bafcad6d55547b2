/// @file
/// How to tokenize, and what became of texts that were too long.
#pragma once

#include <deberta.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "choices.hpp"
#include "detail/call.hpp"

namespace deberta {

/// A half-open range of positions: start and end.
using text_range = deberta_range;

/// How to tokenize, and what becomes of long texts.
struct tokenize_options {
  /// Most tokens that an input may have, special tokens included; 0 for no limit.
  std::size_t max_length = 0;
  /// What to do with an input of more tokens.
  deberta::truncation truncation = deberta::truncation::error;
  /// Whether `[CLS]` and `[SEP]` are added.
  bool add_special_tokens = true;
  /// Set for tasks to read an input of more than `max_length` tokens (0: more than the model's positions) in windows of
  /// that length, each of which shares so many tokens with the one before it.
  std::optional<std::size_t> window_stride{};
};

/// What truncation cut off. Arrays hold the first text's value and the second's.
struct truncated_text {
  std::size_t total_tokens;                   ///< Tokens of the whole input, special tokens included.
  std::array<std::size_t, 2> removed_tokens;  ///< Tokens cut off at the end of each text.
  std::array<std::optional<std::size_t>, 2> first_removed_byte;  ///< Where the first of them starts, in bytes.
  std::array<std::optional<std::size_t>, 2> first_removed_char;  ///< The same in Unicode scalar values.
};

namespace detail {

inline deberta_tokenize_options to_c(const tokenize_options& options) noexcept {
  auto value = sized<deberta_tokenize_options>();
  value.max_length = options.max_length;
  value.truncation = static_cast<std::int32_t>(options.truncation);
  value.omit_special_tokens = options.add_special_tokens ? 0 : 1;
  value.windows = options.window_stride ? 1 : 0;
  value.stride = options.window_stride.value_or(0);
  return value;
}

/// Nothing if nothing was cut off.
inline std::optional<truncated_text> from_c(const deberta_truncated_text& truncated) noexcept {
  if (truncated.removed_tokens[0] == 0 && truncated.removed_tokens[1] == 0) return std::nullopt;
  const auto position = [](std::size_t value) -> std::optional<std::size_t> {
    if (value == std::numeric_limits<std::size_t>::max()) return std::nullopt;
    return value;
  };
  return truncated_text{truncated.total_tokens,
                        {truncated.removed_tokens[0], truncated.removed_tokens[1]},
                        {position(truncated.first_removed_byte[0]), position(truncated.first_removed_byte[1])},
                        {position(truncated.first_removed_char[0]), position(truncated.first_removed_char[1])}};
}

}  // namespace detail

}  // namespace deberta
