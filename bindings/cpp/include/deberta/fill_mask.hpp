/// @file
/// What may stand in the place of masks.
#pragma once

#include <deberta.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "detail/call.hpp"
#include "detail/task.hpp"
#include "text.hpp"

namespace deberta {

/// How to fill masks.
struct fill_mask_options {
  /// How to tokenize, and what becomes of long texts.
  tokenize_options tokenize{};
  /// Limits of the call.
  run_options run{};
  /// Most answers for each mask; 0 for 5, or where there are candidates, for all of them.
  std::size_t top_k = 0;
  /// The tokens to choose from, each as the vocabulary spells it or as a text that is one token; none for the whole
  /// vocabulary, which scores are always taken over.
  std::vector<std::string> candidates{};
};

/// A token in the place of a mask.
struct mask_fill {
  std::string token;  ///< As the vocabulary spells it; empty for an id that the tokenizer does not have.
  std::uint32_t id;   ///< The token's id.
  float score;        ///< The token's probability: softmax over the whole vocabulary.
  float logit;        ///< The raw score.
};

/// A mask of a text.
struct filled_mask {
  std::size_t token;             ///< Its index among the tokens of the text, those added around it not counted.
  text_range byte_range;         ///< Where it stands in the text, in bytes.
  text_range char_range;         ///< The same in Unicode scalar values.
  std::vector<mask_fill> fills;  ///< From the highest score to the lowest.
};

/// The masks of one text.
struct filled_text {
  std::vector<filled_mask> masks;           ///< In the order of the text.
  std::optional<truncated_text> truncated;  ///< What was cut off of the text.
  std::size_t windows = 1;                  ///< The number of windows that the text was read in.
};

namespace detail {

inline filled_mask read_mask(const deberta_filled_masks* answers, std::size_t row, std::size_t index) {
  const auto found = unwrap(get_struct<deberta_filled_mask>(deberta_filled_masks_mask, answers, row, index));
  filled_mask mask{found.token, found.byte_range, found.char_range, {}};
  mask.fills.reserve(found.fills);
  for (std::size_t place = 0; place < found.fills; ++place) {
    const auto fill = unwrap(get_struct<deberta_fill>(deberta_filled_masks_fill, answers, row, index, place));
    mask.fills.push_back({std::string(view(fill.token)), fill.id, fill.score, fill.logit});
  }
  return mask;
}

inline expected<std::vector<filled_text>, error> fill_mask(const deberta_model* model, const texts& inputs,
                                                           const fill_mask_options& options) {
  task_call<deberta_fill_mask_options> call(options.tokenize, options.run);
  call.options.top_k = options.top_k;
  const texts candidates(options.candidates);
  call.options.candidates = candidates.data();
  call.options.candidate_count = candidates.size();
  auto answers = call.make<deberta_filled_masks_free, deberta_filled_masks>(deberta_model_fill_mask, model,
                                                                            inputs.data(), inputs.size());
  if (!answers) return unexpected<error>(std::move(answers).error());

  const deberta_filled_masks* const handle = answers->get();
  std::vector<filled_text> rows(deberta_filled_masks_rows(handle));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto count = unwrap(get<std::size_t>(deberta_filled_masks_count, handle, row));
    rows[row].masks.reserve(count);
    for (std::size_t index = 0; index < count; ++index) rows[row].masks.push_back(read_mask(handle, row, index));
    read_report(rows[row], deberta_filled_masks_truncation, deberta_filled_masks_windows, handle, row);
  }
  return rows;
}

}  // namespace detail

}  // namespace deberta
