/// @file
/// Batches that were tokenized elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "detail/call.hpp"
#include "span.hpp"

namespace deberta {

/// Rows of token ids without padding. A view: the arrays must live as long as it is used.
class ragged_batch {
 public:
  /// The ids of all rows, one row after the other; where rows start, as `rows + 1` numbers from 0 to the number of ids;
  /// and the token type of each id, or nothing for all 0.
  ragged_batch(span<const std::uint32_t> ids, span<const std::size_t> row_offsets,
               span<const std::uint32_t> token_type_ids = {}) noexcept
      : ids_(ids.data()),
        offsets_(row_offsets.data()),
        types_(token_type_ids.data()),
        tokens_(ids.size()),
        offset_count_(row_offsets.size()),
        type_count_(token_type_ids.size()) {}

  /// Token ids, one row after the other.
  const std::uint32_t* ids() const noexcept { return ids_; }
  /// The token type of each id; NULL for all 0.
  const std::uint32_t* token_type_ids() const noexcept { return type_count_ == 0 ? nullptr : types_; }
  /// Where rows start.
  const std::size_t* row_offsets() const noexcept { return offsets_; }
  /// Number of ids.
  std::size_t tokens() const noexcept { return tokens_; }
  /// Number of rows.
  std::size_t rows() const noexcept { return offset_count_ == 0 ? 0 : offset_count_ - 1; }

  /// Whether the lengths of the arrays fit together; all else is for the model to check.
  expected<void, error> check() const {
    if (offset_count_ == 0)
      return detail::invalid_argument("row_offsets is empty; it has one number more than there are rows");
    if (type_count_ != 0 && type_count_ != tokens_) {
      return detail::invalid_argument("there are " + std::to_string(type_count_) + " token_type_ids for " +
                                      std::to_string(tokens_) + " ids");
    }
    return {};
  }

 private:
  const std::uint32_t* ids_;
  const std::size_t* offsets_;
  const std::uint32_t* types_;
  std::size_t tokens_;
  std::size_t offset_count_;
  std::size_t type_count_;
};

/// What padded batches have in common: `rows` rows of the same `length`, and which of their tokens are valid.
class padding {
 public:
  /// The attention mask, [rows, length], is 1 for a valid token and 0 for padding; or nothing if every token is valid.
  /// The token types, [rows, length], may be left out for all 0.
  padding(std::size_t rows, std::size_t length, span<const std::int64_t> attention_mask = {},
          span<const std::int64_t> token_type_ids = {}) noexcept
      : rows_(rows),
        length_(length),
        mask_(attention_mask.data()),
        types_(token_type_ids.data()),
        mask_count_(attention_mask.size()),
        type_count_(token_type_ids.size()) {}

  /// Number of rows.
  std::size_t rows() const noexcept { return rows_; }
  /// Length of each row with its padding.
  std::size_t length() const noexcept { return length_; }
  /// 1 for a valid token, 0 for padding; NULL if every token is valid.
  const std::int64_t* attention_mask() const noexcept { return mask_count_ == 0 ? nullptr : mask_; }
  /// The token types; NULL for all 0.
  const std::int64_t* token_type_ids() const noexcept { return type_count_ == 0 ? nullptr : types_; }

 protected:
  /// Whether all arrays are as long as the batch; `count` values of the array `name`, `width` for each token.
  expected<void, error> check(const char* name, std::size_t count, std::size_t width) const {
    if (auto fits = check_length(name, count, width); !fits) return fits;
    if (mask_count_ != 0) {
      if (auto fits = check_length("attention_mask", mask_count_, 1); !fits) return fits;
    }
    if (type_count_ != 0) return check_length("token_type_ids", type_count_, 1);
    return {};
  }

 private:
  expected<void, error> check_length(const char* name, std::size_t count, std::size_t width) const {
    constexpr auto most = std::numeric_limits<std::size_t>::max();
    const bool overflows = (length_ != 0 && rows_ > most / length_) || (width != 0 && rows_ * length_ > most / width);
    if (!overflows && count == rows_ * length_ * width) return {};
    return detail::invalid_argument(std::string(name) + " has " + std::to_string(count) + " values, which is not " +
                                    std::to_string(rows_) + " rows × " + std::to_string(length_) + " tokens" +
                                    (width == 1 ? "" : " × " + std::to_string(width)));
  }

  std::size_t rows_;
  std::size_t length_;
  const std::int64_t* mask_;
  const std::int64_t* types_;
  std::size_t mask_count_;
  std::size_t type_count_;
};

/// A padded batch of token ids. Nothing is computed for padding, which may be on the left, on the right or in the
/// middle; each row needs a valid token. A view: the arrays must live as long as it is used.
class padded_batch : public padding {
 public:
  /// Token ids, [rows, length] in row-major order, and the arguments of deberta::padding.
  padded_batch(span<const std::int64_t> input_ids, std::size_t rows, std::size_t length,
               span<const std::int64_t> attention_mask = {}, span<const std::int64_t> token_type_ids = {}) noexcept
      : padding(rows, length, attention_mask, token_type_ids), ids_(input_ids.data()), count_(input_ids.size()) {}

  /// Token ids, [rows, length].
  const std::int64_t* input_ids() const noexcept { return ids_; }
  /// Whether the lengths of the arrays fit together; all else is for the model to check.
  expected<void, error> check() const { return padding::check("input_ids", count_, 1); }

 private:
  const std::int64_t* ids_;
  std::size_t count_;
};

/// A padded batch of embeddings in the place of ids: they stand for rows of the word embedding table, before positions,
/// token types and layer norm; see model::token_embeddings(). A view: the arrays must live as long as it is used.
class embedding_batch : public padding {
 public:
  /// Embeddings, [rows, length, embedding_size] in row-major order, and the arguments of deberta::padding.
  embedding_batch(span<const float> embeddings, std::size_t embedding_size, std::size_t rows, std::size_t length,
                  span<const std::int64_t> attention_mask = {}, span<const std::int64_t> token_type_ids = {}) noexcept
      : padding(rows, length, attention_mask, token_type_ids),
        embeddings_(embeddings.data()),
        count_(embeddings.size()),
        size_(embedding_size) {}

  /// Embeddings, [rows, length, embedding_size()].
  const float* embeddings() const noexcept { return embeddings_; }
  /// Length of an embedding.
  std::size_t embedding_size() const noexcept { return size_; }
  /// Whether the lengths of the arrays fit together; all else is for the model to check.
  expected<void, error> check() const { return padding::check("embeddings", count_, size_); }

 private:
  const float* embeddings_;
  std::size_t count_;
  std::size_t size_;
};

}  // namespace deberta
