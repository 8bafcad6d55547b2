// Entities in texts.

#include <deberta.hpp>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "command.hpp"
#include "expect.hpp"
#include "files.hpp"
#include "models.hpp"

namespace {

deberta::aggregation aggregation(const std::string& name) {
  if (name == "none") return deberta::aggregation::none;
  if (name == "simple") return deberta::aggregation::simple;
  if (name == "first") return deberta::aggregation::first;
  if (name == "average") return deberta::aggregation::average;
  EXPECT_EQ(name, "max");
  return deberta::aggregation::max;
}

// Label, score, word, start and end in characters, first token and the one after the last.
void expect_entity(const deberta::entity& found, const nlohmann::json& expected) {
  EXPECT_EQ(found.label, expected[0]);
  EXPECT_NEAR(found.score, expected[1].get<float>(), 2e-6);
  EXPECT_EQ(found.word, expected[2]);
  EXPECT_TRUE(is_range(found.char_range, expected[3], expected[4]));
  EXPECT_TRUE(is_range(found.tokens, expected[5], expected[6]));
}

void run_case(const deberta::model& model, const nlohmann::json& item) {
  deberta::tag_options options;
  options.aggregation = aggregation(item.at("aggregation"));
  options.ignored_labels = item.at("ignored").get<std::vector<std::string>>();
  if (!item.at("max_length").is_null()) {
    options.tokenize.max_length = item.at("max_length");
    options.tokenize.window_stride = item.at("stride").get<std::size_t>();
  }
  const auto answers = model.tag(item.at("texts").get<std::vector<std::string>>(), options);
  ASSERT_EQ(answers.size(), item.at("texts").size());
  for (std::size_t row = 0; row < answers.size(); ++row) {
    EXPECT_EQ(answers[row].windows, item.at("windows")[row]);
    EXPECT_FALSE(answers[row].truncated);
    ASSERT_EQ(answers[row].entities.size(), item.at("entities")[row].size());
    for (std::size_t index = 0; index < answers[row].entities.size(); ++index) {
      expect_entity(answers[row].entities[index], item.at("entities")[row][index]);
    }
  }
}

}  // namespace

TEST(tag, entities_are_those_of_the_pipeline) {
  const auto goldens = read_json(golden("tagging.json"));
  ASSERT_EQ(goldens.at("cases").size(), 40u);
  for (const auto& [name, labels] : goldens.at("label_sets").items()) {
    const auto folder = with_token_labels(labels.get<std::vector<std::string>>());
    const auto model = open_model(folder.path());
    for (const auto& item : goldens.at("cases")) {
      if (item.at("labels") != name) continue;
      SCOPED_TRACE(name + " " + item.at("aggregation").get<std::string>());
      run_case(model, item);
    }
  }
}

TEST(tag, answers_have_the_bits_of_rust) {
  const auto folder = with_token_labels({"O", "B-PER", "I-PER"});
  const std::vector<std::string> texts{"Angela Merkel met Emmanuel Macron in Berlin", "é"};
  deberta::tag_options options;
  options.aggregation = deberta::aggregation::simple;
  const auto answers = open_model(folder.path()).tag(texts, options);
  const auto rust = rust_answers("tag --aggregation simple", folder.path(), texts_as_json(texts));
  ASSERT_EQ(rust.size(), answers.size());
  for (std::size_t row = 0; row < rust.size(); ++row) {
    ASSERT_EQ(rust[row].at("entities").size(), answers[row].entities.size());
    for (std::size_t index = 0; index < answers[row].entities.size(); ++index) {
      const auto& expected = rust[row].at("entities")[index];
      EXPECT_EQ(answers[row].entities[index].label, expected.at("label"));
      EXPECT_EQ(answers[row].entities[index].word, expected.at("word"));
      EXPECT_EQ(answers[row].entities[index].score, expected.at("score").get<float>());
    }
  }
}

TEST(tag, nothing_may_be_ignored_and_ranges_are_bytes_of_the_text) {
  const auto folder = with_token_labels({});
  const auto model = open_model(folder.path());
  const std::string text = "é one 😀 two";
  deberta::tag_options options;
  options.ignored_labels.clear();
  const auto tokens = model.tokenizer()->encode(text);
  const auto entities = model.tag(text, options)[0].entities;
  ASSERT_EQ(entities.size() + 2, tokens.size());
  for (std::size_t index = 0; index < entities.size(); ++index) {
    EXPECT_EQ(slice(text, entities[index].byte_range), slice(text, tokens.byte_offsets()[index + 1]));
  }
  options.ignored_labels = {entities[0].label};
  EXPECT_LT(model.tag(text, options)[0].entities.size(), entities.size());
}

TEST(tag, what_is_cut_off_is_reported_and_wrong_requests_are_named) {
  const auto folder = with_token_labels({"O", "B-PER", "I-PER"});
  const auto model = open_model(folder.path());
  deberta::tag_options options;
  options.tokenize.max_length = 6;
  EXPECT_TRUE(refused(model.try_tag("a b c d e f g", options), deberta::status::too_long, "6"));
  options.tokenize.truncation = deberta::truncation::longest_first;
  const auto answers = model.tag({"a b c d e f g", "a"}, options);
  EXPECT_TRUE(answers[0].truncated);
  EXPECT_FALSE(answers[1].truncated);
  EXPECT_TRUE(invalid(model.try_tag(deberta::text("a", "pair")), "has a pair"));
  EXPECT_TRUE(refused(open_bundled().try_tag("a"), deberta::status::unsupported, "token classification head"));
}
