/// @file
/// deberta::span: std::span where the language has it, or a small equivalent.
#pragma once

#if defined(__has_include) && __has_include(<version>)
#include <version>
#endif

#ifdef __cpp_lib_span

#include <span>

namespace deberta {
using std::span;
}  // namespace deberta

#else

#include <cstddef>
#include <iterator>
#include <type_traits>
#include <utility>

namespace deberta {

/// Elements in a row that belong to something else: what std::span is from C++20 on, of these functions.
///
/// The tag keeps functions that take or return one apart from those of files that are compiled as C++20, so that both
/// may be linked into one program.
template <typename Value>
class [[gnu::abi_tag("cpp17")]] span {
 public:
  using element_type = Value;                  ///< The element with its const.
  using value_type = std::remove_cv_t<Value>;  ///< The element without it.
  using size_type = std::size_t;               ///< Of counts and indices.
  using iterator = Value*;                     ///< A random access iterator.

  /// No elements.
  constexpr span() noexcept = default;
  /// `size` elements from `data` on.
  constexpr span(Value * data, size_type size) noexcept : data_(data), size_(size) {}
  /// All elements of an array.
  template <std::size_t Size>
  constexpr span(Value(&array)[Size]) noexcept : data_(array), size_(Size) {}
  /// All elements of a container that has data() and size(): std::vector, std::array, another span, …
  template <typename Container,
            typename = std::enable_if_t<
                std::is_convertible_v<std::remove_pointer_t<decltype(std::data(std::declval<Container&>()))>(*)[],
                                      Value(*)[]> &&
                !std::is_array_v<std::remove_reference_t<Container> > >,
            typename = std::enable_if_t<std::is_lvalue_reference_v<Container> || std::is_const_v<Value> > >
  constexpr span(Container && container) noexcept : data_(std::data(container)), size_(std::size(container)) {}

  /// The first element; may be NULL if there is none.
  constexpr Value* data() const noexcept { return data_; }
  /// Number of elements.
  constexpr size_type size() const noexcept { return size_; }
  /// Whether there is none.
  constexpr bool empty() const noexcept { return size_ == 0; }
  /// An element; `index` must be below size().
  constexpr Value& operator[](size_type index) const noexcept { return data_[index]; }
  /// The first element; there must be one.
  constexpr Value& front() const noexcept { return data_[0]; }
  /// The last element; there must be one.
  constexpr Value& back() const noexcept { return data_[size_ - 1]; }
  /// For ranged loops and algorithms.
  constexpr iterator begin() const noexcept { return data_; }
  /// The position after the last element.
  constexpr iterator end() const noexcept { return data_ + size_; }
  /// `count` elements from `offset` on, all of which must be there.
  constexpr span subspan(size_type offset, size_type count) const noexcept { return {data_ + offset, count}; }

 private:
  Value* data_ = nullptr;
  size_type size_ = 0;
};

}  // namespace deberta

#endif
