/// @file
/// Text to ids and back.
#pragma once

#include <deberta.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "detail/call.hpp"
#include "detail/path.hpp"
#include "text.hpp"
#include "tokenize_options.hpp"
#include "tokenized.hpp"

namespace deberta {

/// Ids of the special tokens; nothing for those that the vocabulary lacks.
struct special_tokens {
  std::optional<std::uint32_t> cls;   ///< `[CLS]`, first in every input.
  std::optional<std::uint32_t> sep;   ///< `[SEP]`, after each text.
  std::optional<std::uint32_t> pad;   ///< `[PAD]`.
  std::optional<std::uint32_t> unk;   ///< `[UNK]`, for what the vocabulary cannot spell.
  std::optional<std::uint32_t> mask;  ///< `[MASK]`, the blank of masked language modelling.
};

/// A tokenizer that belongs to a model, or to a deberta::tokenizer: it must not be used after that is gone. All
/// functions may be called from several threads at once.
class tokenizer_view {
 public:
  /// Views a tokenizer of the C interface.
  explicit tokenizer_view(const deberta_tokenizer* handle) noexcept : handle_(handle) {}

  /// Tokenizes one text, or a pair. Throws deberta::error.
  tokenized encode(const text& input, const tokenize_options& options = {}) const {
    return detail::unwrap(try_encode(input, options));
  }
  /// encode() without exceptions.
  expected<tokenized, error> try_encode(const text& input, const tokenize_options& options = {}) const {
    const auto c_options = detail::to_c(options);
    return detail::make<tokenized>(deberta_tokenizer_encode, handle_, &input.get(), &c_options);
  }

  /// Turns ids back into text. Throws deberta::error, also for an id that the vocabulary does not have.
  std::string decode(span<const std::uint32_t> ids, bool skip_special_tokens = true) const {
    return detail::unwrap(try_decode(ids, skip_special_tokens));
  }
  /// decode() without exceptions.
  expected<std::string, error> try_decode(span<const std::uint32_t> ids, bool skip_special_tokens = true) const {
    return detail::filled<std::string>(deberta_tokenizer_decode, handle_, ids.data(), ids.size(),
                                       skip_special_tokens ? 1 : 0);
  }

  /// The token of an id as the vocabulary spells it. Throws deberta::error.
  std::string token(std::uint32_t id) const { return detail::unwrap(try_token(id)); }
  /// token() without exceptions.
  expected<std::string, error> try_token(std::uint32_t id) const {
    return detail::filled<std::string>(deberta_tokenizer_token, handle_, id);
  }

  /// The id of a token, written as in the vocabulary. Throws deberta::error.
  std::uint32_t id(std::string_view token) const { return detail::unwrap(try_id(token)); }
  /// id() without exceptions.
  expected<std::uint32_t, error> try_id(std::string_view token) const {
    return detail::get<std::uint32_t>(deberta_tokenizer_id, handle_, token.data(), token.size());
  }

  /// Number of tokens, added tokens included. A model's embedding table usually has more rows.
  std::size_t vocabulary_size() const noexcept { return deberta_tokenizer_vocabulary_size(handle_); }

  /// Ids of the special tokens. Throws deberta::error.
  deberta::special_tokens special_tokens() const { return detail::unwrap(try_special_tokens()); }
  /// special_tokens() without exceptions.
  expected<deberta::special_tokens, error> try_special_tokens() const {
    auto ids = detail::get_struct<deberta_special_tokens>(deberta_tokenizer_special_tokens, handle_);
    if (!ids) return unexpected<error>(std::move(ids).error());
    const auto id = [](std::int64_t number) -> std::optional<std::uint32_t> {
      if (number < 0) return std::nullopt;
      return static_cast<std::uint32_t>(number);
    };
    return deberta::special_tokens{id(ids->cls), id(ids->sep), id(ids->pad), id(ids->unk), id(ids->mask)};
  }

  /// The handle of the C interface; NULL after the owner was moved from.
  const deberta_tokenizer* get() const noexcept { return handle_; }

 protected:
  const deberta_tokenizer* handle_;  ///< Not owned.
};

/// A tokenizer without a model; it can do what a tokenizer_view can. Move-only. All functions may be called from
/// several threads at once; it must not be destroyed meanwhile.
class tokenizer : public tokenizer_view {
 public:
  using handle_type = deberta_tokenizer;  ///< Of the C interface.

  /// Owns a handle of the C interface.
  explicit tokenizer(deberta_tokenizer* owned) noexcept : tokenizer_view(owned), owned_(owned) {}
  /// Leaves the other without a tokenizer: its functions refuse to work.
  tokenizer(tokenizer&& other) noexcept
      : tokenizer_view(std::exchange(other.handle_, nullptr)), owned_(std::move(other.owned_)) {}
  /// Leaves the other without a tokenizer.
  tokenizer& operator=(tokenizer&& other) noexcept {
    owned_ = std::move(other.owned_);
    other.handle_ = other.owned_.get();
    handle_ = owned_.get();
    return *this;
  }
  ~tokenizer() = default;

  /// Opens a `tokenizer.json` of Hugging Face, or a folder that holds one, a SentencePiece model (`spm.model`) or a
  /// Keras preset. Throws deberta::error.
  static tokenizer open(const std::filesystem::path& path) { return detail::unwrap(try_open(path)); }
  /// open() without exceptions.
  static expected<tokenizer, error> try_open(const std::filesystem::path& path) {
    auto name = detail::path_name(path);
    if (!name) return unexpected<error>(std::move(name).error());
    return detail::make<tokenizer>(deberta_tokenizer_open, name->c_str());
  }

 private:
  detail::owner<deberta_tokenizer, deberta_tokenizer_free> owned_;
};

}  // namespace deberta
