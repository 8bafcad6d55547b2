/// @file
/// Answers to questions, found in texts.
#pragma once

#include <deberta.h>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "detail/call.hpp"
#include "detail/task.hpp"
#include "text.hpp"

namespace deberta {

/// How to answer questions.
struct answer_options {
  /// How to tokenize question and context, as a pair; windows of 384 tokens that share 128 if it is not set. Windows
  /// are cut from the context; the whole question is in each.
  std::optional<tokenize_options> tokenize{};
  /// Limits of the call.
  run_options run{};
  /// Most answers to return for each question.
  std::size_t top_k = 1;
  /// Most tokens that an answer may have before it is aligned to words.
  std::size_t max_answer_length = 15;
  /// Whether that there is no answer is one of the answers.
  bool handle_impossible_answer = false;
  /// Whether answers grow to the borders of words.
  bool align_to_words = true;
};

/// One answer.
struct answer {
  std::string text;       ///< The part of the context that answers the question; empty if there is no answer.
  text_range byte_range;  ///< Where it is in the context, in bytes: the first of its places.
  text_range char_range;  ///< The same in Unicode scalar values.
  float score;  ///< Its probability, summed over all places and windows where it is among the best; may exceed 1.
  bool is_impossible;  ///< Whether this says that the context does not answer the question.
};

/// The answers to one question.
struct answered_question {
  std::vector<answer> answers;              ///< From the highest score to the lowest; none if the context has none.
  std::optional<truncated_text> truncated;  ///< What was cut off of question and context.
  std::size_t windows = 1;                  ///< The number of windows that the context was read in.
};

namespace detail {

inline expected<std::vector<answered_question>, error> answer(const deberta_model* model, const texts& questions,
                                                              const answer_options& options) {
  task_call<deberta_answer_options> call(options.tokenize, options.run);
  call.options.top_k = options.top_k;
  call.options.max_answer_length = options.max_answer_length;
  call.options.handle_impossible_answer = options.handle_impossible_answer ? 1 : 0;
  call.options.omit_word_alignment = options.align_to_words ? 0 : 1;
  auto answers =
      call.make<deberta_answers_free, deberta_answers>(deberta_model_answer, model, questions.data(), questions.size());
  if (!answers) return unexpected<error>(std::move(answers).error());

  const deberta_answers* const handle = answers->get();
  std::vector<answered_question> rows(deberta_answers_rows(handle));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto count = unwrap(get<std::size_t>(deberta_answers_count, handle, row));
    rows[row].answers.reserve(count);
    for (std::size_t index = 0; index < count; ++index) {
      const auto found = unwrap(get_struct<deberta_answer>(deberta_answers_answer, handle, row, index));
      rows[row].answers.push_back(
          {std::string(view(found.text)), found.byte_range, found.char_range, found.score, found.is_impossible != 0});
    }
    read_report(rows[row], deberta_answers_truncation, deberta_answers_windows, handle, row);
  }
  return rows;
}

}  // namespace detail

}  // namespace deberta
