/// @file
/// Entities in texts.
#pragma once

#include <deberta.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "choices.hpp"
#include "detail/call.hpp"
#include "detail/task.hpp"
#include "text.hpp"

namespace deberta {

/// How tokens become entities.
struct tag_options {
  /// How to tokenize, and what becomes of long texts.
  tokenize_options tokenize{};
  /// Limits of the call.
  run_options run{};
  /// How tokens become entities.
  deberta::aggregation aggregation = deberta::aggregation::none;
  /// What is left out: names of labels for aggregation::none, names of entities, which have no prefix, for all others.
  std::vector<std::string> ignored_labels{"O"};
};

/// One token of a text, or several that belong together.
struct entity {
  std::string label;  ///< The kind of entity without the prefix of a scheme; for aggregation::none the label as it is.
  std::string word;   ///< Its tokens as text; for aggregation::none the token as the vocabulary spells it.
  float score;        ///< The label's probability: the mean over tokens, or over words.
  text_range byte_range;  ///< Where it is in the text, in bytes, with the space in front of it where the token has it.
  text_range char_range;  ///< The same in Unicode scalar values.
  text_range tokens;      ///< Its tokens among those of the whole text, special tokens included.
};

/// The entities of one text, in its order.
struct tagged_text {
  std::vector<entity> entities;             ///< In the order of the text.
  std::optional<truncated_text> truncated;  ///< What was cut off of the text.
  std::size_t windows = 1;                  ///< The number of windows that the text was read in.
};

namespace detail {

inline expected<std::vector<tagged_text>, error> tag(const deberta_model* model, const texts& inputs,
                                                     const tag_options& options) {
  task_call<deberta_tag_options> call(options.tokenize, options.run);
  const texts ignored(options.ignored_labels);
  // NULL is the default, so that nothing to ignore needs an address.
  const deberta_text nothing{};
  call.options.ignored_labels = ignored.size() == 0 ? &nothing : ignored.data();
  call.options.ignored_label_count = ignored.size();
  call.options.aggregation = static_cast<std::int32_t>(options.aggregation);
  auto answers = call.make<deberta_tagged_free, deberta_tagged>(deberta_model_tag, model, inputs.data(), inputs.size());
  if (!answers) return unexpected<error>(std::move(answers).error());

  const deberta_tagged* const handle = answers->get();
  std::vector<tagged_text> rows(deberta_tagged_rows(handle));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto count = unwrap(get<std::size_t>(deberta_tagged_entity_count, handle, row));
    rows[row].entities.reserve(count);
    for (std::size_t index = 0; index < count; ++index) {
      const auto found = unwrap(get_struct<deberta_entity>(deberta_tagged_entity, handle, row, index));
      rows[row].entities.push_back({std::string(view(found.label)), std::string(view(found.word)), found.score,
                                    found.byte_range, found.char_range, found.tokens});
    }
    read_report(rows[row], deberta_tagged_truncation, deberta_tagged_windows, handle, row);
  }
  return rows;
}

}  // namespace detail

}  // namespace deberta
