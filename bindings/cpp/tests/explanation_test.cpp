// What a model did with a text.

#include <deberta.hpp>

#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "expect.hpp"
#include "files.hpp"
#include "models.hpp"

namespace {

void expect_near(deberta::span<const float> found, const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t index = 0; index < found.size(); ++index) EXPECT_NEAR(found[index], expected[index], tolerance);
}

}  // namespace

TEST(explain, rollout_and_occlusion_are_those_of_the_reference) {
  const auto goldens = read_json(golden("explain.json"));
  ASSERT_EQ(goldens.size(), 4u);
  const auto model = open_bundled();
  for (const auto& item : goldens) {
    const std::string text = item.at("text"), pair = item.value("pair", "");
    const deberta::text input = item.contains("pair") ? deberta::text(text, pair) : deberta::text(text);
    const auto rollout = model.explain(input);
    const auto ids = rollout.tokenized().ids();
    EXPECT_EQ(std::vector<std::uint32_t>(ids.begin(), ids.end()), item.at("ids").get<std::vector<std::uint32_t>>());
    expect_near(rollout.relevance(), item.at("rollout"), 5e-7);
    expect_near(rollout.logits(), item.at("logits"), 1e-4);
    EXPECT_EQ(rollout.scores().size(), rollout.logits().size());
    EXPECT_EQ(rollout.info().logits_head, deberta::head::sequence_classification);
    EXPECT_FALSE(rollout.info().label);

    deberta::explain_options options;
    options.method = deberta::relevance::occlusion;
    for (const auto& expected : item.at("occlusion")) {
      if (&expected != &item.at("occlusion")[0]) options.label = expected.at("label").get<std::size_t>();
      const auto occlusion = model.explain(input, options);
      EXPECT_EQ(occlusion.info().label, expected.at("label").get<std::size_t>());
      expect_near(occlusion.relevance(), expected.at("relevance"), 1e-4);
    }
  }
}

TEST(explain, attentions_are_those_of_encode) {
  const auto model = open_bundled();
  deberta::explain_options options;
  options.attentions = true;
  const auto explained = model.explain("fn main() {}", options);
  deberta::encode_options outputs;
  outputs.attentions = true;
  const auto encoded = model.encode("fn main() {}", outputs);
  ASSERT_EQ(explained.info().attentions, encoded.info().attentions);
  EXPECT_EQ(explained.info().num_attention_heads, encoded.info().num_attention_heads);
  for (std::size_t layer = 0; layer < explained.info().attentions; ++layer) {
    EXPECT_TRUE(same_bits(explained.attentions(layer), encoded.attentions(layer)));
  }
  ASSERT_TRUE(explained.info().has_relative_positions);
  EXPECT_EQ(explained.relative_position(0).bucket, 0);
  EXPECT_EQ(explained.relative_position(0).row, 256);
  EXPECT_EQ(explained.relative_position(-3).bucket, -3);
}

TEST(explain, wrong_requests_are_named) {
  const auto model = open_bundled();
  const auto explained = model.explain("text");
  EXPECT_TRUE(invalid(explained.try_attentions(0), "layer is 0"));
  deberta::explain_options options;
  options.tokenize.max_length = 8;
  options.tokenize.window_stride = 2;
  EXPECT_TRUE(invalid(model.try_explain("text", options), "window"));
  options = {};
  options.method = deberta::relevance::occlusion;
  options.label = 1000;
  EXPECT_TRUE(invalid(model.try_explain("text", options), "1000"));
  const auto folder = with_task_tokenizer("bare_prefix");
  options.label.reset();
  EXPECT_TRUE(refused(open_model(folder.path()).try_explain("the cat", options), deberta::status::unsupported,
                      "sequence classification head"));
}
