// One vector for each text.

#include <deberta.hpp>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "command.hpp"
#include "expect.hpp"
#include "files.hpp"
#include "models.hpp"

namespace {

deberta::pooling pooling(const std::string& name) {
  if (name == "mean") return deberta::pooling::mean;
  if (name == "cls") return deberta::pooling::cls;
  EXPECT_EQ(name, "max");
  return deberta::pooling::max;
}

void expect_vector(deberta::span<const float> found, const std::vector<double>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t index = 0; index < found.size(); ++index) EXPECT_NEAR(found[index], expected[index], 5e-6);
}

}  // namespace

TEST(embed, vectors_are_those_of_pytorch) {
  const auto goldens = read_json(golden("embedding.json"));
  std::vector<std::vector<std::string>> strings = goldens.at("texts");
  std::vector<deberta::text> texts;
  for (const auto& item : strings) texts.push_back(item.size() == 1 ? item[0] : deberta::text(item[0], item[1]));
  ASSERT_EQ(goldens.at("cases").size(), 15u);
  for (const auto& item : goldens.at("cases")) {
    const auto folder = with_task_tokenizer(item.at("checkpoint"));
    const auto model = open_model(folder.path());
    deberta::embed_options options;
    options.pooling = pooling(item.at("pooling"));
    options.layers_before_last = model.info().num_hidden_layers - item.at("layer").get<std::size_t>();
    const auto found = model.embed(texts, options);
    ASSERT_EQ(found.rows(), texts.size());
    for (std::size_t row = 0; row < texts.size(); ++row) {
      expect_vector(found.vector(row), item.at("vectors")[row]);
      EXPECT_EQ(found.windows(row), 1u);
      EXPECT_FALSE(found.truncated(row));
    }
    std::vector<float> into(found.vectors().size());
    EXPECT_EQ(model.embed_into(texts, into, options), into.size());
    EXPECT_TRUE(same_bits(into, found.vectors()));

    options.tokenize.max_length = goldens.at("max_length");
    options.tokenize.window_stride = goldens.at("stride").get<std::size_t>();
    const auto windowed = model.embed(goldens.at("long_text").get<std::string>(), options);
    EXPECT_EQ(windowed.windows(0), goldens.at("windows"));
    expect_vector(windowed.vector(0), item.at("windowed"));
  }
}

TEST(embed, vectors_have_the_bits_of_rust) {
  const std::vector<std::string> texts{"fn main() {}", "prose"};
  deberta::embed_options options;
  options.normalize = true;
  const auto found = open_bundled().embed(texts, options);
  const auto rust = rust_answers("encode --pool mean --normalize", bundled_model(), texts_as_json(texts));
  ASSERT_EQ(rust.size(), texts.size());
  for (std::size_t row = 0; row < texts.size(); ++row) {
    EXPECT_TRUE(same_bits(found.vector(row), rust[row].at("embedding").get<std::vector<float>>()));
    double sum = 0;
    for (const float value : found.vector(row)) sum += double{value} * value;
    EXPECT_NEAR(std::sqrt(sum), 1, 1e-6);
  }
}

TEST(embed, wrong_requests_are_named) {
  const auto model = open_bundled();
  const auto found = model.embed("text");
  EXPECT_TRUE(invalid(found.try_vector(1), "row is 1"));
  EXPECT_TRUE(invalid(found.try_windows(1), "1"));
  EXPECT_TRUE(invalid(found.try_truncated(1), "1"));
  deberta::embed_options options;
  options.layers_before_last = 99;
  EXPECT_TRUE(invalid(model.try_embed("text", options), "99"));
  std::vector<float> small(3, 7);
  EXPECT_TRUE(refused(model.try_embed_into("text", small), deberta::status::buffer_too_small, "192"));
  EXPECT_EQ(small, std::vector<float>(3, 7));
  EXPECT_EQ(model.embed(std::vector<std::string>{}).rows(), 0u);
}
