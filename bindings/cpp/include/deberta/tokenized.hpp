/// @file
/// The tokens of one input.
#pragma once

#include <deberta.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "detail/call.hpp"
#include "tokenize_options.hpp"

namespace deberta {

/// The tokens of one input, which belong to a result or to a deberta::tokenized: they must not be used after that is
/// gone. Immutable: all functions may be called from several threads at once. Arrays have one element for each token
/// and live as long as the tokens. Functions throw deberta::error, if only after a move.
///
/// Offsets are positions in the caller's own text, before any normalization: in the first text for tokens with sequence
/// id 0, in the second for those with sequence id 1, and 0 to 0 for the special tokens that were added. They include
/// the space before a word where the token does.
class tokenized_view {
 public:
  /// Views tokens of the C interface.
  explicit tokenized_view(const deberta_tokenized* handle) noexcept : handle_(handle) {}

  /// Number of tokens.
  std::size_t size() const noexcept { return deberta_tokenized_length(handle_); }

  /// The token ids.
  span<const std::uint32_t> ids() const { return detail::unwrap(try_ids()); }
  /// ids() without exceptions.
  expected<span<const std::uint32_t>, error> try_ids() const {
    return detail::array<std::uint32_t>(deberta_tokenized_ids, handle_);
  }

  /// The token types: 0 for the first text and what frames it, 1 for the second.
  span<const std::uint32_t> token_type_ids() const { return detail::unwrap(try_token_type_ids()); }
  /// token_type_ids() without exceptions.
  expected<span<const std::uint32_t>, error> try_token_type_ids() const {
    return detail::array<std::uint32_t>(deberta_tokenized_token_type_ids, handle_);
  }

  /// Where the tokens are in the text, in bytes of UTF-8, always on character boundaries.
  span<const text_range> byte_offsets() const { return detail::unwrap(try_byte_offsets()); }
  /// byte_offsets() without exceptions.
  expected<span<const text_range>, error> try_byte_offsets() const {
    return detail::array<text_range>(deberta_tokenized_byte_offsets, handle_);
  }

  /// Where the tokens are in the text, in Unicode scalar values.
  span<const text_range> char_offsets() const { return detail::unwrap(try_char_offsets()); }
  /// char_offsets() without exceptions.
  expected<span<const text_range>, error> try_char_offsets() const {
    return detail::array<text_range>(deberta_tokenized_char_offsets, handle_);
  }

  /// 1 for special tokens that were added around the texts, 0 for all that stands in the texts.
  span<const std::uint8_t> special_tokens_mask() const { return detail::unwrap(try_special_tokens_mask()); }
  /// special_tokens_mask() without exceptions.
  expected<span<const std::uint8_t>, error> try_special_tokens_mask() const {
    return detail::array<std::uint8_t>(deberta_tokenized_special_tokens_mask, handle_);
  }

  /// 0 for tokens of the first text, 1 for those of the second, -1 for special tokens that were added.
  span<const std::int32_t> sequence_ids() const { return detail::unwrap(try_sequence_ids()); }
  /// sequence_ids() without exceptions.
  expected<span<const std::int32_t>, error> try_sequence_ids() const {
    return detail::array<std::int32_t>(deberta_tokenized_sequence_ids, handle_);
  }

  /// The word of its text that each token is part of, counted from 0; -1 for special tokens that were added.
  span<const std::int64_t> word_ids() const { return detail::unwrap(try_word_ids()); }
  /// word_ids() without exceptions.
  expected<span<const std::int64_t>, error> try_word_ids() const {
    return detail::array<std::int64_t>(deberta_tokenized_word_ids, handle_);
  }

  /// One token as the vocabulary spells it; an unknown piece keeps its own spelling. It lives as long as the tokens.
  std::string_view token(std::size_t index) const { return detail::unwrap(try_token(index)); }
  /// token() without exceptions.
  expected<std::string_view, error> try_token(std::size_t index) const {
    auto text = detail::get<deberta_string>(deberta_tokenized_token, handle_, index);
    if (!text) return unexpected<error>(std::move(text).error());
    return detail::view(*text);
  }

  /// What truncation cut off; nothing if the input was kept whole.
  std::optional<truncated_text> truncated() const { return detail::unwrap(try_truncated()); }
  /// truncated() without exceptions.
  expected<std::optional<truncated_text>, error> try_truncated() const {
    auto report = detail::get_struct<deberta_truncated_text>(deberta_tokenized_truncation, handle_);
    if (!report) return unexpected<error>(std::move(report).error());
    return detail::from_c(*report);
  }

  /// The handle of the C interface; NULL after the owner was moved from.
  const deberta_tokenized* get() const noexcept { return handle_; }

 protected:
  const deberta_tokenized* handle_;  ///< Not owned.
};

/// Tokens that belong to the program. Move-only.
class tokenized : public tokenized_view {
 public:
  using handle_type = deberta_tokenized;  ///< Of the C interface.

  /// Owns a handle of the C interface.
  explicit tokenized(deberta_tokenized* owned) noexcept : tokenized_view(owned), owned_(owned) {}
  /// Leaves the other without tokens.
  tokenized(tokenized&& other) noexcept
      : tokenized_view(std::exchange(other.handle_, nullptr)), owned_(std::move(other.owned_)) {}
  /// Leaves the other without tokens.
  tokenized& operator=(tokenized&& other) noexcept {
    owned_ = std::move(other.owned_);
    other.handle_ = other.owned_.get();
    handle_ = owned_.get();
    return *this;
  }
  ~tokenized() = default;

 private:
  detail::owner<deberta_tokenized, deberta_tokenized_free> owned_;
};

}  // namespace deberta
