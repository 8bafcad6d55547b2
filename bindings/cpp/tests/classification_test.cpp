// Labels of texts: classification, zero-shot classification, multiple choice.

#include <deberta.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "command.hpp"
#include "expect.hpp"
#include "files.hpp"
#include "models.hpp"
#include "tensor_file.hpp"

namespace {

// Scores in the order of the labels.
std::vector<float> scores_of(const deberta::classification& answer) {
  std::vector<float> scores(answer.labels.size());
  for (const auto& label : answer.labels) scores[label.index] = label.score;
  return scores;
}

std::vector<float> logits_of(const deberta::classification& answer) {
  std::vector<float> logits(answer.labels.size());
  for (const auto& label : answer.labels) logits[label.index] = label.logit;
  return logits;
}

bool is_ranked(const deberta::classification& answer) {
  return std::is_sorted(answer.labels.begin(), answer.labels.end(),
                        [](const auto& left, const auto& right) { return left.score > right.score; });
}

void expect_near(const std::vector<float>& found, const std::vector<float>& expected, float tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t index = 0; index < found.size(); ++index) EXPECT_NEAR(found[index], expected[index], tolerance);
}

std::vector<std::string> golden_texts() {
  std::vector<std::string> texts;
  for (const auto& text : read_json(golden("code_language/texts.json"))) {
    texts.push_back(text.is_string() ? text : text.at("text"));
  }
  return texts;
}

}  // namespace

TEST(classify, answers_are_those_of_the_reference) {
  const auto texts = golden_texts();
  ASSERT_EQ(texts.size(), 50u);
  const auto file = read_tensors(golden("code_language/case_texts.safetensors"));
  const auto expected = file.at("logits").doubles();
  const double allowed = 2.0 * std::max(file.at("pytorch_float32_error.logits").doubles()[0],
                                        file.at("pytorch_float32_error_reordered.logits").doubles()[0]);
  std::size_t index = 0;
  for (const auto& answer : open_bundled().classify(texts)) {
    EXPECT_TRUE(is_ranked(answer));
    EXPECT_FALSE(answer.truncated);
    EXPECT_EQ(answer.windows, 1u);
    for (const float logit : logits_of(answer)) EXPECT_NEAR(logit, expected.at(index++), allowed);
  }
  EXPECT_EQ(index, expected.size());
}

TEST(classify, answers_have_the_bits_of_rust) {
  const std::vector<std::string> texts{"fn main() {}", "SELECT name FROM users;", "é\r and 😀", ""};
  const auto answers = open_bundled().classify(texts);
  const auto rust = rust_answers("classify --all", bundled_model(), texts_as_json(texts));
  ASSERT_EQ(rust.size(), answers.size());
  for (std::size_t row = 0; row < rust.size(); ++row) {
    ASSERT_EQ(rust[row].at("labels").size(), answers[row].labels.size());
    for (std::size_t place = 0; place < answers[row].labels.size(); ++place) {
      const auto& found = answers[row].labels[place];
      const auto& expected = rust[row].at("labels")[place];
      EXPECT_EQ(found.label, expected.at("label"));
      EXPECT_EQ(found.index, expected.at("index"));
      EXPECT_EQ(found.score, expected.at("score").get<float>());
      EXPECT_EQ(found.logit, expected.at("logit").get<float>());
    }
  }
}

TEST(classify, an_answer_is_the_same_alone_and_in_a_batch) {
  const auto model = open_bundled();
  const auto together = model.classify({"fn main() {}", {"a", "pair"}, ""});
  EXPECT_TRUE(same_bits(logits_of(model.classify("fn main() {}").front()), logits_of(together[0])));
  EXPECT_TRUE(same_bits(logits_of(model.classify(deberta::text("a", "pair")).front()), logits_of(together[1])));
  EXPECT_TRUE(model.classify(std::vector<std::string>{}).empty());
}

TEST(classify, the_score_function_is_a_choice) {
  const auto model = open_bundled();
  deberta::classify_options options;
  options.score_function = deberta::score_function::sigmoid;
  const auto sigmoid = model.classify("text", options);
  for (const auto& label : sigmoid[0].labels) {
    EXPECT_NEAR(label.score, 1 / (1 + std::exp(-label.logit)), 1e-6);
  }
  options.score_function = deberta::score_function::identity;
  const auto identity = model.classify("text", options);
  for (const auto& label : identity[0].labels) EXPECT_EQ(label.score, label.logit);
}

TEST(classify, long_texts_are_refused_cut_or_read_in_windows) {
  const auto model = open_bundled();
  std::string text;
  for (int repetition = 0; repetition < 20; ++repetition) text += "one two three four five six ";
  deberta::classify_options options;
  options.tokenize.max_length = 32;
  EXPECT_TRUE(refused(model.try_classify(text, options), deberta::status::too_long, "input 0"));

  options.tokenize.truncation = deberta::truncation::longest_first;
  const auto cut = model.classify({text, "short"}, options);
  ASSERT_TRUE(cut[0].truncated);
  EXPECT_GT(cut[0].truncated->total_tokens, 100u);
  EXPECT_EQ(cut[0].truncated->removed_tokens[0], cut[0].truncated->total_tokens - 32);
  EXPECT_EQ(cut[0].truncated->first_removed_byte[0], cut[0].truncated->first_removed_char[0]);
  EXPECT_FALSE(cut[0].truncated->first_removed_byte[1]);
  EXPECT_FALSE(cut[1].truncated);

  options.tokenize.window_stride = 8;
  const auto mean = model.classify(text, options)[0];
  EXPECT_GT(mean.windows, 3u);
  EXPECT_FALSE(mean.truncated);
  options.window_merge = deberta::window_merge::max;
  const auto max = logits_of(model.classify(text, options)[0]);
  const auto means = logits_of(mean);
  for (std::size_t label = 0; label < max.size(); ++label) EXPECT_GE(max[label], means[label]);
}

TEST(zero_shot, scores_are_those_of_the_pipeline) {
  const auto goldens = read_json(golden("zero_shot.json"));
  ASSERT_EQ(goldens.at("cases").size(), 8u);
  const auto texts = goldens.at("texts").get<std::vector<std::string>>();
  const auto labels = goldens.at("labels").get<std::vector<std::string>>();
  for (const auto& item : goldens.at("cases")) {
    const auto folder = with_entailment(item.at("entailment"));
    const auto model = open_model(folder.path());
    deberta::zero_shot_options options;
    options.hypothesis_template = item.at("template");
    options.multi_label = item.at("multi_label");
    const auto answers = model.zero_shot(texts, labels, options);
    ASSERT_EQ(answers.size(), texts.size());
    for (std::size_t row = 0; row < answers.size(); ++row) {
      expect_near(scores_of(answers[row]), item.at("scores")[row], 2e-6f);
      EXPECT_TRUE(is_ranked(answers[row]));
      for (const auto& label : answers[row].labels) EXPECT_EQ(label.label, labels[label.index]);
      EXPECT_TRUE(same_bits(scores_of(model.zero_shot(texts[row], labels, options)[0]), scores_of(answers[row])));
    }
  }
}

TEST(zero_shot, answers_have_the_bits_of_rust) {
  const auto folder = with_entailment(3);
  const std::vector<std::string> texts{"fn main() {}", "a poem"};
  const auto answers = open_model(folder.path()).zero_shot(texts, {"a program", "poetry"});
  const auto rust = rust_answers("zero-shot --labels 'a program,poetry'", folder.path(), texts_as_json(texts));
  ASSERT_EQ(rust.size(), answers.size());
  for (std::size_t row = 0; row < rust.size(); ++row) {
    for (std::size_t place = 0; place < 2; ++place) {
      EXPECT_EQ(answers[row].labels[place].label, rust[row].at("labels")[place].at("label"));
      EXPECT_EQ(answers[row].labels[place].score, rust[row].at("labels")[place].at("score").get<float>());
    }
  }
}

TEST(zero_shot, wrong_requests_and_models_are_named) {
  const auto folder = with_entailment(0);
  const auto model = open_model(folder.path());
  EXPECT_TRUE(invalid(model.try_zero_shot("text", {}), "no labels"));
  deberta::zero_shot_options options;
  options.hypothesis_template = "about";
  EXPECT_TRUE(invalid(model.try_zero_shot("text", "a", options), "has 0 times {}"));
  options.hypothesis_template = "{} {}";
  EXPECT_TRUE(invalid(model.try_zero_shot("text", "a", options), "has 2 times {}"));
  EXPECT_TRUE(
      refused(open_bundled().try_zero_shot("text", "a"), deberta::status::unsupported, "starts with \"entail\""));
  EXPECT_TRUE(refused(open_golden("token_classification").try_zero_shot("text", "a"), deberta::status::unsupported,
                      "this model has a token classification head"));
}

TEST(choose, answers_are_those_of_transformers) {
  const auto goldens = read_json(golden("multiple_choice.json"));
  const auto folder = with_task_tokenizer("multiple_choice");
  const auto model = open_model(folder.path());
  ASSERT_EQ(goldens.at("cases").size(), 3u);
  for (const auto& item : goldens.at("cases")) {
    const std::string prompt = item.at("prompt");
    const auto choices = item.at("choices").get<std::vector<std::string>>();
    const auto answer = model.choose(prompt, choices);
    expect_near(logits_of(answer), item.at("logits"), 5e-6f);
    expect_near(scores_of(answer), item.at("scores"), 5e-6f);
    EXPECT_TRUE(is_ranked(answer));
    for (const auto& label : answer.labels) EXPECT_EQ(label.label, choices[label.index]);
    EXPECT_EQ(logits_of(model.choose(prompt, choices[0]))[0], logits_of(answer)[0]);
  }

  const auto& windowed = goldens.at("windowed");
  deberta::choose_options options;
  options.tokenize.max_length = windowed.at("max_length");
  options.tokenize.window_stride = windowed.at("stride").get<std::size_t>();
  const auto answer = model.choose(windowed.at("prompt").get<std::string>(),
                                   windowed.at("choices").get<std::vector<std::string>>(), options);
  expect_near(logits_of(answer), windowed.at("logits"), 5e-6f);
  EXPECT_GT(answer.windows, 1u);
}

TEST(choose, wrong_requests_and_models_are_named) {
  const auto folder = with_task_tokenizer("multiple_choice");
  EXPECT_TRUE(invalid(open_model(folder.path()).try_choose("prompt", {}), "choices"));
  EXPECT_TRUE(refused(open_bundled().try_choose("prompt", "choice"), deberta::status::unsupported, "multiple choice"));
}
