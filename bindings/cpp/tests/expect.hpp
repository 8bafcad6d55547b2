// What tests expect of errors, ranges and bits.
#pragma once

#include <deberta.hpp>

#include <cstring>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

inline testing::AssertionResult is_error(const deberta::error& error, deberta::status code, std::string_view part) {
  if (error.code() != code) {
    return testing::AssertionFailure() << "the error is " << name(error.code()) << ", not " << name(code) << ": "
                                       << error.what();
  }
  if (std::string_view(error.what()).find(part) == std::string_view::npos) {
    return testing::AssertionFailure() << '"' << error.what() << "\" has no word of \"" << part << '"';
  }
  return testing::AssertionSuccess();
}

// Whether a function that starts with try_ returned this error.
template <typename Value>
testing::AssertionResult refused(const deberta::expected<Value, deberta::error>& outcome, deberta::status code,
                                 std::string_view part) {
  if (outcome) return testing::AssertionFailure() << "accepted, but expected: " << part;
  return is_error(outcome.error(), code, part);
}

template <typename Value>
testing::AssertionResult invalid(const deberta::expected<Value, deberta::error>& outcome, std::string_view part) {
  return refused(outcome, deberta::status::invalid_argument, part);
}

// Whether a call throws this error.
template <typename Call>
testing::AssertionResult throws(Call&& call, deberta::status code, std::string_view part) {
  try {
    call();
  } catch (const deberta::error& error) {
    return is_error(error, code, part);
  }
  return testing::AssertionFailure() << "nothing was thrown, but expected: " << part;
}

// Whether two arrays of floats have the same bits.
template <typename Left, typename Right>
testing::AssertionResult same_bits(const Left& left, const Right& right) {
  if (left.size() != right.size()) {
    return testing::AssertionFailure() << left.size() << " values and " << right.size();
  }
  for (std::size_t index = 0; index < left.size(); ++index) {
    if (std::memcmp(&left[index], &right[index], sizeof left[index]) != 0) {
      return testing::AssertionFailure() << "value " << index << " is " << left[index] << " and " << right[index];
    }
  }
  return testing::AssertionSuccess();
}

inline bool is_range(deberta::text_range range, std::size_t start, std::size_t end) {
  return range.start == start && range.end == end;
}

inline std::string slice(std::string_view text, deberta::text_range bytes) {
  return std::string(text.substr(bytes.start, bytes.end - bytes.start));
}
