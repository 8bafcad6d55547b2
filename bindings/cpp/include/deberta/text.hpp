/// @file
/// What goes in: deberta::text and deberta::texts.
#pragma once

#include <deberta.h>

#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace deberta {

/// A text, or two that belong together (premise and hypothesis, query and document): views of UTF-8, which may hold
/// NUL. What it was made of must live as long as it is used.
class text {
 public:
  /// Any kind of string: std::string, std::string_view, a literal.
  template <typename String, typename = std::enable_if_t<std::is_convertible_v<const String&, std::string_view> &&
                                                         !std::is_convertible_v<const String&, const char*>>>
  text(const String& content) noexcept : text(std::string_view(content)) {}
  /// A text of all bytes of the view.
  text(std::string_view content) noexcept : value_{content.data(), content.size(), nullptr, 0} {}
  /// A text that ends with a NUL.
  // NULL is given a length, so that the library refuses it in words.
  text(const char* content) noexcept : value_{content, content != nullptr ? std::strlen(content) : 1, nullptr, 0} {}
  /// A pair. Its second text may be empty.
  text(std::string_view first, std::string_view second) noexcept
      : value_{first.data(), first.size(), second.data() != nullptr ? second.data() : "", second.size()} {}
  /// A pair of any kind of strings.
  template <typename First, typename Second,
            typename = std::enable_if_t<std::is_convertible_v<const First&, std::string_view> &&
                                        std::is_convertible_v<const Second&, std::string_view>>>
  text(const std::pair<First, Second>& pair) noexcept
      : text(std::string_view(pair.first), std::string_view(pair.second)) {}

  /// The struct of the C interface.
  const deberta_text& get() const noexcept { return value_; }

 private:
  deberta_text value_;
};

namespace detail {

template <typename Range>
using element = decltype(*std::begin(std::declval<const Range&>()));

/// A range whose elements can be viewed: they stay where they are, or are views themselves.
template <typename Range, typename = void>
struct is_text_range : std::false_type {};
template <typename Range>
struct is_text_range<Range, std::void_t<element<Range>, decltype(std::end(std::declval<const Range&>()))>>
    : std::bool_constant<std::is_convertible_v<element<Range>, text> &&
                         (std::is_lvalue_reference_v<element<Range>> ||
                          std::is_trivially_copyable_v<std::decay_t<element<Range>>>)> {};

}  // namespace detail

/// What tasks read: one text, a list of texts, or any range of them, such as a std::vector<std::string>. A view: what
/// it was made of must live as long as it is used, which arguments of a call do.
class texts {
 public:
  /// A list, also of pairs: {"one text", {"a premise", "a hypothesis"}}.
  texts(std::initializer_list<text> list) : texts(list.begin(), list.end()) {}
  /// One text.
  template <typename One, std::enable_if_t<std::is_convertible_v<const One&, text>, int> = 0>
  texts(const One& one) : values_{text(one).get()} {}
  /// All texts of a range.
  template <typename Range, std::enable_if_t<!std::is_convertible_v<const Range&, text> &&
                                                 !std::is_same_v<Range, texts> && detail::is_text_range<Range>::value,
                                             int> = 0>
  texts(const Range& range) : texts(std::begin(range), std::end(range)) {}

  /// The structs of the C interface, in a row.
  const deberta_text* data() const noexcept { return values_.data(); }
  /// Number of texts.
  std::size_t size() const noexcept { return values_.size(); }

 private:
  template <typename Iterator, typename Sentinel>
  texts(Iterator begin, Sentinel end) {
    for (; begin != end; ++begin) values_.push_back(text(*begin).get());
  }

  std::vector<deberta_text> values_;
};

}  // namespace deberta
