// The vocabulary types: span and expected, as the standard library has them or as the headers bring them; and texts.

#include <deberta.hpp>

#include <array>
#include <deque>
#include <list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

using deberta::expected;
using deberta::span;
using deberta::text;
using deberta::texts;
using deberta::unexpected;

#ifdef __cpp_lib_span
static_assert(std::is_same_v<span<int>, std::span<int>>);
#endif
#ifdef __cpp_lib_expected
static_assert(std::is_same_v<expected<int, int>, std::expected<int, int>>);
#endif

TEST(span, is_made_of_anything_in_a_row) {
  std::vector<int> vector{1, 2, 3};
  std::array<int, 2> array{1, 2};
  int plain[] = {1, 2, 3, 4};
  EXPECT_EQ(span<int>(vector).size(), 3u);
  EXPECT_EQ(span<const int>(vector).back(), 3);
  EXPECT_EQ(span<int>(array).front(), 1);
  EXPECT_EQ(span<int>(plain).size(), 4u);
  EXPECT_TRUE(span<int>().empty());
  const span<int> some(vector.data(), 2);
  const span<const int> constant = some;
  EXPECT_EQ(constant.data(), vector.data());
  EXPECT_EQ(constant.subspan(1, 1)[0], 2);
  some[0] = 5;
  int sum = 0;
  for (const int value : constant) sum += value;
  EXPECT_EQ(sum, 7);
  static_assert(!std::is_constructible_v<span<int>, const std::vector<int>&>);
  static_assert(!std::is_constructible_v<span<int>, std::vector<double>&>);
}

TEST(expected, holds_a_value_or_an_error) {
  expected<std::string, int> value = std::string("value");
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(*value, "value");
  EXPECT_EQ(value->size(), 5u);
  EXPECT_EQ(*std::move(value), "value");
  const expected<std::string, int> error = unexpected<int>(3);
  EXPECT_FALSE(error);
  EXPECT_EQ(error.error(), 3);
  EXPECT_EQ((expected<std::string, int>(error).value_or("other")), "other");
  expected<void, int> done;
  EXPECT_TRUE(done);
  done = unexpected<int>(4);
  EXPECT_EQ(done.error(), 4);
  // The same type twice.
  EXPECT_FALSE((expected<int, int>(unexpected<int>(1))));
  EXPECT_TRUE((expected<int, int>(1)));
}

namespace {

std::size_t count(const texts& inputs) { return inputs.size(); }

std::string nth(const texts& inputs, std::size_t index) {
  return std::string(inputs.data()[index].text, inputs.data()[index].text_length);
}

}  // namespace

TEST(texts, are_made_of_any_strings) {
  const std::string string = "string";
  const std::vector<std::string> vector{"a", "b"};
  const std::deque<std::string_view> deque{"a"};
  const std::list<const char*> list{"a", "b", "c"};
  const std::vector<std::pair<std::string, std::string>> pairs{{"a", "b"}};
  EXPECT_EQ(nth("literal", 0), "literal");
  EXPECT_EQ(nth(string, 0), "string");
  EXPECT_EQ(nth(std::string_view("view"), 0), "view");
  EXPECT_EQ(nth({"a", string}, 1), "string");
  EXPECT_EQ(count(vector), 2u);
  EXPECT_EQ(count(deque), 1u);
  EXPECT_EQ(count(list), 3u);
  EXPECT_EQ(count({}), 0u);
  EXPECT_EQ(count(text("a", "b")), 1u);
  EXPECT_EQ(count({"a", {"b", "c"}}), 2u);
  EXPECT_EQ(std::string(texts(pairs).data()->pair, 1), "b");
  // A range whose strings die before the call is refused by the compiler.
  static_assert(!std::is_convertible_v<std::vector<bool>, texts>);
  static_assert(!std::is_convertible_v<int, texts>);
}
