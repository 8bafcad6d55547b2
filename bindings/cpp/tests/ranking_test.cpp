// Documents by their score for a query.

#include <deberta.hpp>

#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "command.hpp"
#include "expect.hpp"
#include "models.hpp"

namespace {

const std::string query = "how to print a line";
const std::vector<std::string> documents{"println!(\"hello\");", "SELECT 1;", "", "print('a line')",
                                         "Once upon a time there was a printer."};

}  // namespace

TEST(rank, documents_are_ranked_by_the_logits_of_their_pairs) {
  const auto folder = with_one_label();
  const auto ranked = open_model(folder.path()).rank(query, documents);
  ASSERT_EQ(ranked.size(), documents.size());
  const auto whole = open_bundled();
  for (std::size_t place = 0; place < ranked.size(); ++place) {
    const auto& document = ranked[place];
    const auto classified = whole.classify(deberta::text(query, documents[document.document]));
    for (const auto& label : classified[0].labels) {
      if (label.index == 0) {
        EXPECT_EQ(document.logit, label.logit);
      }
    }
    EXPECT_EQ(document.score, document.logit);
    EXPECT_EQ(document.windows, 1u);
    EXPECT_FALSE(document.truncated);
    if (place > 0) {
      EXPECT_GE(ranked[place - 1].score, document.score);
    }
  }
}

TEST(rank, answers_have_the_bits_of_rust) {
  const auto folder = with_one_label();
  const auto ranked = open_model(folder.path()).rank(query, documents);
  const auto rust = rust_answers("rank", folder.path(), {{{"query", query}, {"documents", documents}}});
  ASSERT_EQ(rust.size(), 1u);
  const auto& places = rust[0].at("documents");
  ASSERT_EQ(places.size(), ranked.size());
  for (std::size_t place = 0; place < ranked.size(); ++place) {
    EXPECT_EQ(ranked[place].document, places[place].at("index"));
    EXPECT_EQ(ranked[place].score, places[place].at("score").get<float>());
  }
}

TEST(rank, the_best_are_enough_and_scores_are_a_choice) {
  const auto folder = with_one_label();
  const auto model = open_model(folder.path());
  deberta::rank_options options;
  options.top_k = 2;
  options.score_function = deberta::score_function::sigmoid;
  const auto all = model.rank(query, documents);
  const auto best = model.rank(query, documents, options);
  ASSERT_EQ(best.size(), 2u);
  for (std::size_t place = 0; place < 2; ++place) {
    EXPECT_EQ(best[place].document, all[place].document);
    EXPECT_NEAR(best[place].score, 1 / (1 + std::exp(-best[place].logit)), 1e-6);
  }
}

TEST(rank, long_documents_are_cut_or_read_in_windows) {
  const auto folder = with_one_label();
  const auto model = open_model(folder.path());
  std::string text;
  for (int repetition = 0; repetition < 20; ++repetition) text += "the end is near and then it is not ";
  deberta::rank_options options;
  options.tokenize.max_length = 40;
  EXPECT_TRUE(refused(model.try_rank(query, {"short", text}, options), deberta::status::too_long, "document 1"));
  options.tokenize.truncation = deberta::truncation::only_second;
  const auto cut = model.rank(query, text, options)[0];
  ASSERT_TRUE(cut.truncated);
  EXPECT_GT(cut.truncated->removed_tokens[1], 50u);
  options.tokenize.window_stride = 4;
  EXPECT_GT(model.rank(query, text, options)[0].windows, 2u);
}

TEST(rank, wrong_requests_and_models_are_named) {
  const auto folder = with_one_label();
  const auto model = open_model(folder.path());
  EXPECT_TRUE(invalid(model.try_rank("", documents), "query is empty"));
  EXPECT_TRUE(invalid(model.try_rank({}, documents), "query is empty"));
  EXPECT_TRUE(invalid(model.try_rank("q", {}), "no documents"));
  EXPECT_TRUE(invalid(model.try_rank("q", {"one", {"two", "pair"}}), "documents[1] has a pair"));
  EXPECT_TRUE(
      refused(model.try_rank("q", {"one", "\xff"}), deberta::status::invalid_utf8, "documents[1]: text is not UTF-8"));
  EXPECT_TRUE(refused(open_bundled().try_rank("q", "d"), deberta::status::unsupported, "label"));
}
