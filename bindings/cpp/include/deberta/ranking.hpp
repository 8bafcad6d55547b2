/// @file
/// Documents from the highest score to the lowest.
#pragma once

#include <deberta.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "choices.hpp"
#include "detail/call.hpp"
#include "detail/task.hpp"
#include "text.hpp"

namespace deberta {

/// How to rank.
struct rank_options {
  /// How to tokenize query and document, as a pair, and what becomes of long ones.
  tokenize_options tokenize{};
  /// Limits of the call.
  run_options run{};
  /// How many of the best documents to return; 0 for all.
  std::size_t top_k = 0;
  /// What is made of the logit.
  deberta::score_function score_function = deberta::score_function::configured;
  /// How the windows of a long document become one score; usually by their largest.
  deberta::window_merge window_merge = deberta::window_merge::usual;
};

/// A document at its place in the ranking.
struct ranked_document {
  std::size_t document;                     ///< Its index among the documents that were given.
  float score;                              ///< What the score function made of the logit.
  float logit;                              ///< The raw score.
  std::optional<truncated_text> truncated;  ///< What was cut off of query and document.
  std::size_t windows;                      ///< The number of windows that the document was read in.
};

namespace detail {

inline expected<std::vector<ranked_document>, error> rank(const deberta_model* model, std::string_view query,
                                                          const texts& documents, const rank_options& options) {
  task_call<deberta_rank_options> call(options.tokenize, options.run);
  call.options.top_k = options.top_k;
  call.options.score_function = static_cast<std::int32_t>(options.score_function);
  call.options.window_merge = static_cast<std::int32_t>(options.window_merge);
  // A view of nothing may have no address, which the library would take for a missing query.
  const char* const query_bytes = query.data() != nullptr ? query.data() : "";
  auto ranking = call.make<deberta_ranking_free, deberta_ranking>(deberta_model_rank, model, query_bytes, query.size(),
                                                                  documents.data(), documents.size());
  if (!ranking) return unexpected<error>(std::move(ranking).error());
  const auto order = unwrap(array<std::size_t>(deberta_ranking_documents, ranking->get()));
  const auto scores = unwrap(array<float>(deberta_ranking_scores, ranking->get()));
  const auto logits = unwrap(array<float>(deberta_ranking_logits, ranking->get()));
  std::vector<ranked_document> places;
  places.reserve(order.size());
  for (std::size_t place = 0; place < order.size(); ++place) {
    places.push_back({order[place], scores[place], logits[place], std::nullopt, 1});
    const deberta_ranking* const handle = ranking->get();
    read_report(places.back(), deberta_ranking_truncation, deberta_ranking_windows, handle, place);
  }
  return places;
}

}  // namespace detail

}  // namespace deberta
