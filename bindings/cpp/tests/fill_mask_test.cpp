// What may stand in the place of masks.

#include <deberta.hpp>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "command.hpp"
#include "expect.hpp"
#include "files.hpp"
#include "models.hpp"

namespace {

void expect_fills(const std::vector<deberta::mask_fill>& found, const nlohmann::json& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t place = 0; place < found.size(); ++place) {
    EXPECT_EQ(found[place].id, expected[place].at("id"));
    EXPECT_NEAR(found[place].score, expected[place].at("score").get<float>(), 1e-5);
    EXPECT_NEAR(found[place].logit, expected[place].at("logit").get<float>(), 5e-5);
  }
}

void expect_texts(const std::vector<deberta::filled_text>& found, const std::vector<std::string>& texts,
                  const nlohmann::json& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t row = 0; row < found.size(); ++row) {
    ASSERT_EQ(found[row].masks.size(), expected[row].size());
    EXPECT_EQ(found[row].windows, 1u);
    for (std::size_t index = 0; index < found[row].masks.size(); ++index) {
      EXPECT_EQ(slice(texts[row], found[row].masks[index].byte_range), "[MASK]");
      expect_fills(found[row].masks[index].fills, expected[row][index]);
    }
  }
}

}  // namespace

TEST(fill_mask, answers_are_those_of_the_pipeline) {
  const auto goldens = read_json(golden("fill_mask.json"));
  const auto texts = goldens.at("texts").get<std::vector<std::string>>();
  ASSERT_EQ(goldens.at("cases").size(), 2u);
  for (const auto& item : goldens.at("cases")) {
    const auto folder = with_task_tokenizer(item.at("checkpoint"));
    const auto model = open_model(folder.path());
    deberta::fill_mask_options options;
    options.top_k = goldens.at("top_k");
    expect_texts(model.fill_mask(texts, options), texts, item.at("vocabulary"));
    deberta::fill_mask_options chosen;
    chosen.candidates = goldens.at("candidates").get<std::vector<std::string>>();
    expect_texts(model.fill_mask(texts, chosen), texts, item.at("candidates"));

    options.tokenize.max_length = goldens.at("max_length");
    options.tokenize.window_stride = goldens.at("stride").get<std::size_t>();
    const auto answer = model.fill_mask(goldens.at("long_text").get<std::string>(), options)[0];
    EXPECT_EQ(answer.windows, item.at("windows"));
    ASSERT_EQ(answer.masks.size(), item.at("windowed").size());
    for (std::size_t index = 0; index < answer.masks.size(); ++index) {
      EXPECT_EQ(answer.masks[index].char_range.start, item.at("windowed")[index].at("offset"));
      expect_fills(answer.masks[index].fills, item.at("windowed")[index].at("fills"));
    }
  }
}

TEST(fill_mask, answers_have_the_bits_of_rust) {
  const auto folder = with_task_tokenizer("masked_lm");
  const std::string text = "the old cat [MASK] in the garden.";
  const auto fills = open_model(folder.path()).fill_mask(text)[0].masks[0].fills;
  const auto rust = rust_answers("fill-mask", folder.path(), texts_as_json({text}));
  ASSERT_EQ(rust.size(), 1u);
  const auto& expected = rust[0].at("masks")[0].at("fills");
  ASSERT_EQ(expected.size(), fills.size());
  for (std::size_t place = 0; place < fills.size(); ++place) {
    EXPECT_EQ(fills[place].token, expected[place].at("token"));
    EXPECT_EQ(fills[place].score, expected[place].at("score").get<float>());
  }
}

TEST(fill_mask, wrong_requests_and_models_are_named) {
  const auto folder = with_task_tokenizer("masked_lm");
  const auto model = open_model(folder.path());
  EXPECT_TRUE(invalid(model.try_fill_mask("no mask here"), "[MASK]"));
  deberta::fill_mask_options options;
  options.candidates = {"two words"};
  EXPECT_TRUE(invalid(model.try_fill_mask("the [MASK]", options), "two words"));
  EXPECT_TRUE(
      refused(open_bundled().try_fill_mask("[MASK]"), deberta::status::unsupported, "masked language modelling"));
}
