/// @file
/// Labels of texts: classification, zero-shot classification and multiple choice.
#pragma once

#include <deberta.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "choices.hpp"
#include "detail/call.hpp"
#include "detail/task.hpp"
#include "text.hpp"

namespace deberta {

/// How to classify.
struct classify_options {
  /// How to tokenize, and what becomes of long texts.
  tokenize_options tokenize{};
  /// Limits of the call.
  run_options run{};
  /// What is made of the logits.
  deberta::score_function score_function = deberta::score_function::configured;
  /// How the windows of a long text become one answer; usually by their mean.
  deberta::window_merge window_merge = deberta::window_merge::usual;
};

/// How labels become hypotheses, and what their scores mean.
struct zero_shot_options {
  /// How to tokenize each text with a hypothesis, and what becomes of long texts.
  tokenize_options tokenize{};
  /// Limits of the call.
  run_options run{};
  /// The sentence that holds if the label does, with `{}` in the label's place.
  std::string hypothesis_template = "This example is {}.";
  /// Whether each label holds or not on its own; otherwise exactly one does, and the scores sum to 1.
  bool multi_label = false;
  /// How the windows of a long text become one answer; usually by their mean.
  deberta::window_merge window_merge = deberta::window_merge::usual;
};

/// How to choose.
struct choose_options {
  /// How to tokenize the pairs of the prompt and a choice. It is the prompt that windows are made of.
  tokenize_options tokenize{};
  /// Limits of the call.
  run_options run{};
  /// How the windows of a long prompt become one answer; usually by their mean.
  deberta::window_merge window_merge = deberta::window_merge::usual;
};

/// A label and how well it fits.
struct scored_label {
  std::string label;  ///< The model's name for it, or the label or choice that was given.
  std::size_t index;  ///< Its index among the labels or choices.
  float score;        ///< What the score function made of the logit.
  float logit;        ///< The raw score; for zero-shot classification the logit of entailment.
};

/// The answer to one text.
struct classification {
  std::vector<scored_label> labels;         ///< From the highest score to the lowest.
  std::optional<truncated_text> truncated;  ///< What was cut off of the text.
  std::size_t windows = 1;                  ///< The number of windows that the text was read in.

  /// The label with the highest score; there is one unless the model has no labels.
  const scored_label& best() const { return labels.front(); }
};

namespace detail {

inline std::vector<classification> read_classifications(const deberta_classifications* answers) {
  std::vector<classification> rows(deberta_classifications_rows(answers));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto logits = unwrap(array<float>(deberta_classifications_logits, answers, row));
    const auto scores = unwrap(array<float>(deberta_classifications_scores, answers, row));
    const auto ranking = unwrap(array<std::size_t>(deberta_classifications_ranking, answers, row));
    rows[row].labels.reserve(ranking.size());
    for (const std::size_t index : ranking) {
      const auto label = unwrap(get<deberta_string>(deberta_classifications_label, answers, index));
      rows[row].labels.push_back({std::string(view(label)), index, scores[index], logits[index]});
    }
    read_report(rows[row], deberta_classifications_truncation, deberta_classifications_windows, answers, row);
  }
  return rows;
}

inline expected<std::vector<classification>, error> classify(const deberta_model* model, const texts& inputs,
                                                             const classify_options& options) {
  task_call<deberta_classify_options> call(options.tokenize, options.run);
  call.options.score_function = static_cast<std::int32_t>(options.score_function);
  call.options.window_merge = static_cast<std::int32_t>(options.window_merge);
  auto answers = call.make<deberta_classifications_free, deberta_classifications>(deberta_model_classify, model,
                                                                                  inputs.data(), inputs.size());
  if (!answers) return unexpected<error>(std::move(answers).error());
  return read_classifications(answers->get());
}

inline expected<std::vector<classification>, error> zero_shot(const deberta_model* model, const texts& inputs,
                                                              const texts& labels, const zero_shot_options& options) {
  task_call<deberta_zero_shot_options> call(options.tokenize, options.run);
  call.options.hypothesis_template = options.hypothesis_template.data();
  call.options.hypothesis_template_length = options.hypothesis_template.size();
  call.options.multi_label = options.multi_label ? 1 : 0;
  call.options.window_merge = static_cast<std::int32_t>(options.window_merge);
  auto answers = call.make<deberta_classifications_free, deberta_classifications>(
      deberta_model_zero_shot, model, inputs.data(), inputs.size(), labels.data(), labels.size());
  if (!answers) return unexpected<error>(std::move(answers).error());
  return read_classifications(answers->get());
}

inline expected<classification, error> choose(const deberta_model* model, std::string_view prompt, const texts& choices,
                                              const choose_options& options) {
  task_call<deberta_choose_options> call(options.tokenize, options.run);
  call.options.window_merge = static_cast<std::int32_t>(options.window_merge);
  auto answers = call.make<deberta_classifications_free, deberta_classifications>(
      deberta_model_choose, model, prompt.data(), prompt.size(), choices.data(), choices.size());
  if (!answers) return unexpected<error>(std::move(answers).error());
  return std::move(read_classifications(answers->get()).front());
}

}  // namespace detail

}  // namespace deberta
