// Text to ids and back.

#include <deberta.hpp>

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "expect.hpp"
#include "files.hpp"
#include "models.hpp"

using deberta::status;

TEST(tokenizer, tokens_tell_where_they_are) {
  const auto model = open_bundled();
  const auto tokenizer = model.tokenizer().value();
  const std::string first = "fn main", second = "let x";
  const auto tokens = tokenizer.encode(deberta::text(first, second));
  ASSERT_EQ(tokens.ids().size(), tokens.size());
  const auto special = tokenizer.special_tokens();
  EXPECT_EQ(tokens.ids().front(), special.cls);
  EXPECT_EQ(tokens.ids().back(), special.sep);
  std::string of_first, of_second;
  for (std::size_t index = 0; index < tokens.size(); ++index) {
    EXPECT_EQ(tokens.special_tokens_mask()[index] == 1, tokens.sequence_ids()[index] == -1);
    EXPECT_EQ(tokens.special_tokens_mask()[index] == 1, tokens.word_ids()[index] == -1);
    EXPECT_EQ(tokenizer.token(tokens.ids()[index]), tokens.token(index));
    if (tokens.sequence_ids()[index] == 0) of_first += slice(first, tokens.byte_offsets()[index]);
    if (tokens.sequence_ids()[index] == 1) {
      EXPECT_EQ(tokens.token_type_ids()[index], 1u);
      of_second += slice(second, tokens.byte_offsets()[index]);
    }
  }
  EXPECT_EQ(of_first, first);
  EXPECT_EQ(of_second, second);
  EXPECT_FALSE(tokens.truncated());

  const auto accented = tokenizer.encode("é main");
  EXPECT_EQ(accented.byte_offsets()[accented.size() - 2].end, 7u);
  EXPECT_EQ(accented.char_offsets()[accented.size() - 2].end, 6u);
}

TEST(tokenizer, ids_become_text_again) {
  const auto tokenizer = deberta::tokenizer::open(bundled_model() / "tokenizer.json");
  const auto tokens = tokenizer.encode("fn main() {}");
  EXPECT_EQ(tokenizer.decode(tokens.ids()), "fn main() {}");
  EXPECT_NE(tokenizer.decode(tokens.ids(), false).find("[CLS]"), std::string::npos);
  EXPECT_EQ(tokenizer.decode({}), "");
  EXPECT_EQ(tokenizer.id("[MASK]"), tokenizer.special_tokens().mask);
  EXPECT_GT(tokenizer.vocabulary_size(), 100u);
  const auto beyond = static_cast<std::uint32_t>(tokenizer.vocabulary_size());
  EXPECT_TRUE(invalid(tokenizer.try_token(beyond), std::to_string(beyond)));
  EXPECT_TRUE(invalid(tokenizer.try_decode(std::vector<std::uint32_t>{beyond}), std::to_string(beyond)));
  EXPECT_TRUE(invalid(tokenizer.try_id("no such token"), "no such token"));
}

TEST(tokenizer, texts_may_hold_anything) {
  const auto tokenizer = deberta::tokenizer::open(bundled_model());
  const std::string with_nul("a\0b", 3);
  const auto tokens = tokenizer.encode(with_nul);
  EXPECT_EQ(tokens.byte_offsets()[tokens.size() - 2].end, 3u);
  EXPECT_EQ(tokenizer.encode("").size(), 2u);
  EXPECT_EQ(tokenizer.encode(deberta::text("a", "")).size(), tokenizer.encode("a").size() + 1);
  EXPECT_EQ(tokenizer.encode(deberta::text("a", std::string_view())).size(), tokenizer.encode("a").size() + 1);
  deberta::tokenize_options bare;
  bare.add_special_tokens = false;
  EXPECT_EQ(tokenizer.encode("", bare).size(), 0u);
}

TEST(tokenizer, long_texts_are_refused_or_cut) {
  const auto tokenizer = deberta::tokenizer::open(bundled_model());
  deberta::tokenize_options options;
  options.max_length = 4;
  const std::string text = "one two three four five six";
  EXPECT_TRUE(refused(tokenizer.try_encode(text, options), status::too_long, "4"));
  options.truncation = deberta::truncation::only_second;
  EXPECT_TRUE(invalid(tokenizer.try_encode(text, options), "second"));
  options.truncation = deberta::truncation::longest_first;
  const auto tokens = tokenizer.encode(text, options);
  EXPECT_EQ(tokens.size(), 4u);
  ASSERT_TRUE(tokens.truncated());
  EXPECT_EQ(tokens.truncated()->first_removed_byte[0], tokens.byte_offsets()[2].end);
  options.window_stride = 1;
  EXPECT_TRUE(invalid(tokenizer.try_encode(text, options), "window"));
}

TEST(tokenizer, what_is_wrong_with_a_file_is_named) {
  EXPECT_TRUE(refused(deberta::tokenizer::try_open(golden("")), status::not_found, "there is no tokenizer.json"));
  EXPECT_TRUE(refused(deberta::tokenizer::try_open(golden("nowhere")), status::not_found, "nowhere"));
  EXPECT_TRUE(refused(deberta::tokenizer::try_open(golden("cases.json")), status::invalid_tokenizer, "cases.json"));
}

TEST(tokenizer, encoding_texts_keeps_their_tokens) {
  const auto model = open_bundled();
  const auto encoded = model.encode({"fn main() {}", {"first", "second text"}});
  EXPECT_EQ(encoded.info().rows, 2u);
  for (std::size_t row = 0; row < 2; ++row) {
    EXPECT_EQ(encoded.row_offsets()[row + 1] - encoded.row_offsets()[row], encoded.tokenized(row).size());
  }
  EXPECT_EQ(encoded.positions()[encoded.row_offsets()[1]], 0u);
  const std::vector<std::uint32_t> ids{5, 6};
  const std::vector<std::size_t> offsets{0, 2};
  EXPECT_TRUE(
      invalid(model.encode(deberta::ragged_batch(ids, offsets)).try_tokenized(0), "0 rows were made from texts"));
}
