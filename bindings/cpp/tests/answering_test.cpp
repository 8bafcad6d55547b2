// Answers to questions.

#include <deberta.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "command.hpp"
#include "expect.hpp"
#include "files.hpp"
#include "models.hpp"

namespace {

deberta::answer_options options_of(const nlohmann::json& item) {
  deberta::answer_options options;
  options.tokenize.emplace();
  options.tokenize->max_length = item.at("max_seq_len");
  options.tokenize->window_stride = item.at("doc_stride").get<std::size_t>();
  options.top_k = item.at("top_k");
  options.max_answer_length = item.at("max_answer_len");
  options.handle_impossible_answer = item.at("handle_impossible_answer");
  options.align_to_words = item.at("align_to_words");
  return options;
}

// Score, start and end in characters.
void expect_answer(const deberta::answer& found, const nlohmann::json& expected, const std::string& context) {
  const auto score = expected[0].get<float>();
  EXPECT_NEAR(found.score, score, 2e-6f * std::max(score, 1.0f));
  EXPECT_TRUE(is_range(found.char_range, expected[1], expected[2]));
  EXPECT_EQ(found.text, slice(context, found.byte_range));
  EXPECT_EQ(found.is_impossible, found.text.empty());
}

}  // namespace

TEST(answer, answers_are_those_of_the_pipeline) {
  const auto goldens = read_json(golden("answers.json"));
  ASSERT_EQ(goldens.at("cases").size(), 26u);
  const auto questions = goldens.at("inputs").get<std::vector<std::pair<std::string, std::string>>>();
  for (const std::string name : {"code_language", "lower_punct"}) {
    const auto folder = with_answers_head(name == "code_language" ? bundled_model() : golden("tokenizer/" + name));
    const auto model = open_model(folder.path());
    for (const auto& item : goldens.at("cases")) {
      if (item.at("tokenizer") != name) continue;
      const auto rows = model.answer(questions, options_of(item));
      ASSERT_EQ(rows.size(), questions.size());
      for (std::size_t row = 0; row < rows.size(); ++row) {
        EXPECT_EQ(rows[row].windows, item.at("windows")[row]);
        ASSERT_EQ(rows[row].answers.size(), item.at("answers")[row].size());
        for (std::size_t index = 0; index < rows[row].answers.size(); ++index) {
          expect_answer(rows[row].answers[index], item.at("answers")[row][index], questions[row].second);
        }
      }
    }
  }
}

TEST(answer, answers_have_the_bits_of_rust) {
  const auto folder = with_answers_head(bundled_model());
  const std::string question = "When was it built?", context = "The crane was built in 1915 of oak and brass.";
  const auto answers = open_model(folder.path()).answer(deberta::text(question, context))[0].answers;
  const auto rust = rust_answers("answer", folder.path(), {{{"question", question}, {"context", context}}});
  ASSERT_EQ(rust.size(), 1u);
  ASSERT_EQ(rust[0].at("answers").size(), answers.size());
  EXPECT_EQ(answers[0].score, rust[0].at("answers")[0].at("score").get<float>());
  EXPECT_EQ(answers[0].text, rust[0].at("answers")[0].at("text"));
}

TEST(answer, there_may_be_no_answer) {
  const auto folder = with_answers_head(bundled_model());
  const auto model = open_model(folder.path());
  EXPECT_TRUE(model.answer(deberta::text("Who?", "")).front().answers.empty());
  deberta::answer_options options;
  options.handle_impossible_answer = true;
  const auto answers = model.answer(deberta::text("Who?", ""), options).front().answers;
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_TRUE(answers[0].is_impossible);
  EXPECT_EQ(answers[0].score, 1.0f);
}

TEST(answer, wrong_requests_and_models_are_named) {
  const auto folder = with_answers_head(bundled_model());
  const auto model = open_model(folder.path());
  EXPECT_TRUE(invalid(model.try_answer("a question alone"), "context"));
  EXPECT_TRUE(invalid(model.try_answer(deberta::text("", "a context")), "question"));
  EXPECT_TRUE(refused(open_bundled().try_answer(deberta::text("q", "c")), deberta::status::unsupported,
                      "question answering head"));
}
