// What a program can do wrong: each is refused by its name, and nothing is written. What only C can do wrong (NULL,
// structs of other sizes, unaligned arrays) has no words in C++.

#include <deberta.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "expect.hpp"
#include "files.hpp"
#include "models.hpp"

using deberta::status;

namespace {

using ids = std::vector<std::uint32_t>;
using numbers = std::vector<std::int64_t>;
using offsets = std::vector<std::size_t>;

constexpr auto largest = std::numeric_limits<std::size_t>::max();

// Encoding and encoding into a buffer give the same answer.
template <typename Batch>
testing::AssertionResult batch_invalid(const deberta::model& model, const Batch& batch, std::string_view part) {
  std::vector<float> values(4096, 7);
  const auto both = invalid(model.try_encode(batch), part);
  if (!both) return both;
  const auto into = invalid(model.try_encode_into(batch, values), part);
  if (into && values != std::vector<float>(4096, 7)) return testing::AssertionFailure() << "the buffer was written";
  return into;
}

testing::AssertionResult ragged_invalid(const deberta::model& model, const ids& row, const ids& types,
                                        const offsets& starts, std::string_view part) {
  return batch_invalid(model, deberta::ragged_batch(row, starts, types), part);
}

testing::AssertionResult padded_invalid(const deberta::model& model, const numbers& row, const numbers& mask,
                                        const numbers& types, std::size_t rows, std::size_t length,
                                        std::string_view part) {
  return batch_invalid(model, deberta::padded_batch(row, rows, length, mask, types), part);
}

}  // namespace

TEST(misuse, ragged_batches) {
  const auto model = open_golden("token_types");
  const auto vocabulary = static_cast<std::uint32_t>(model.info().vocab_size);
  EXPECT_TRUE(ragged_invalid(model, {}, {}, {}, "row_offsets is empty"));
  EXPECT_TRUE(ragged_invalid(model, {}, {}, {0}, "has no rows"));
  EXPECT_TRUE(ragged_invalid(model, {5}, {}, {0, 1, 1}, "row 1 of the batch has no valid token"));
  EXPECT_TRUE(ragged_invalid(model, {}, {}, {0, 0}, "row 0 of the batch has no valid token"));
  EXPECT_TRUE(ragged_invalid(model, {5, 6}, {}, {0, 1}, "row_offsets goes from 0 to 1"));
  EXPECT_TRUE(ragged_invalid(model, {5, 6}, {}, {0, 3}, "row_offsets goes from 0 to 3"));
  EXPECT_TRUE(ragged_invalid(model, {5, 6}, {}, {1, 2}, "row_offsets goes from 1 to 2"));
  EXPECT_TRUE(ragged_invalid(model, {5, 6}, {}, {0, 9, 2}, "row_offsets[1] is 9"));
  EXPECT_TRUE(ragged_invalid(model, {5, 6}, {}, {0, 2, 1, 2}, "row_offsets[2] is 1 after 2"));
  EXPECT_TRUE(ragged_invalid(model, {5, 6}, {}, {0, largest, 2}, "row_offsets"));
  EXPECT_TRUE(ragged_invalid(model, {5, vocabulary}, {}, {0, 2}, "the vocabulary has"));
  EXPECT_TRUE(ragged_invalid(model, {0xFFFFFFFF, 5}, {}, {0, 2}, "the vocabulary has"));
  EXPECT_TRUE(ragged_invalid(model, {5, 6}, {0, 99}, {0, 2}, "token types"));
  EXPECT_TRUE(ragged_invalid(model, {5, 6}, {0}, {0, 2}, "there are 1 token_type_ids for 2 ids"));
  // After all of that the model still answers.
  EXPECT_TRUE(model.try_encode(deberta::ragged_batch(ids{5, 6}, offsets{0, 2})));
}

TEST(misuse, padded_batches) {
  const auto model = open_golden("token_types");
  const auto vocabulary = static_cast<std::int64_t>(model.info().vocab_size);
  constexpr auto most = std::numeric_limits<std::int64_t>::max(), least = std::numeric_limits<std::int64_t>::min();
  EXPECT_TRUE(padded_invalid(model, {}, {}, {}, 0, 2, "has no rows"));
  EXPECT_TRUE(padded_invalid(model, {}, {}, {}, 2, 0, "row 0 of the batch has no valid token"));
  EXPECT_TRUE(padded_invalid(model, {}, {}, {}, 0, 0, "has no rows"));
  EXPECT_TRUE(padded_invalid(model, {5, -1}, {}, {}, 1, 2, "input_ids[0, 1] is -1"));
  EXPECT_TRUE(padded_invalid(model, {5, least}, {}, {}, 2, 1, "input_ids[1, 0]"));
  EXPECT_TRUE(padded_invalid(model, {5, most}, {}, {}, 1, 2, "input_ids[0, 1]"));
  EXPECT_TRUE(padded_invalid(model, {(std::int64_t{1} << 32) + 5, 5}, {}, {}, 1, 2, "input_ids[0, 0]"));
  EXPECT_TRUE(padded_invalid(model, {5, vocabulary}, {}, {}, 1, 2, "the vocabulary has"));
  EXPECT_TRUE(padded_invalid(model, {5, 6, 7, 8}, {1, 1, 0, 0}, {}, 2, 2, "row 1 of the batch has no valid token"));
  EXPECT_TRUE(padded_invalid(model, {5, 6}, {1, 2}, {}, 1, 2, "attention_mask[0, 1] is 2"));
  EXPECT_TRUE(padded_invalid(model, {5, 6}, {1, -1}, {}, 1, 2, "attention_mask[0, 1] is -1"));
  EXPECT_TRUE(padded_invalid(model, {5, 6}, {}, {0, -1}, 1, 2, "token_type_ids[0, 1] is -1"));
  EXPECT_TRUE(padded_invalid(model, {5, 6}, {}, {0, 99}, 1, 2, "token types"));
}

TEST(misuse, lengths_that_do_not_fit) {
  const auto model = open_golden("token_types");
  EXPECT_TRUE(padded_invalid(model, {5, 6}, {}, {}, 1, 3, "input_ids has 2 values, which is not 1 rows × 3 tokens"));
  EXPECT_TRUE(padded_invalid(model, {5, 6}, {1}, {}, 1, 2, "attention_mask has 1 values"));
  EXPECT_TRUE(padded_invalid(model, {5, 6}, {}, {0, 0, 0}, 1, 2, "token_type_ids has 3 values"));
  for (const std::size_t huge : {largest, largest / 2, largest / 8}) {
    EXPECT_TRUE(padded_invalid(model, {5}, {}, {}, 2, huge, "input_ids has 1 values"));
    EXPECT_TRUE(padded_invalid(model, {5}, {}, {}, huge, huge, "input_ids has 1 values"));
    EXPECT_TRUE(batch_invalid(model, deberta::embedding_batch(std::vector<float>{1}, huge, 2, 3), "embeddings has 1"));
  }
}

TEST(misuse, embeddings) {
  const auto model = open_golden("embedding_projection");
  const std::size_t size = model.info().embedding_size;
  const std::vector<float> values(4 * size);
  EXPECT_TRUE(batch_invalid(model, deberta::embedding_batch(values, size * 2, 1, 2), "embeddings have size"));
  EXPECT_TRUE(batch_invalid(model, deberta::embedding_batch({}, 0, 1, 2), "embedding size is 0"));
  EXPECT_TRUE(batch_invalid(model, deberta::embedding_batch({}, size, 0, 2), "has no rows"));
  EXPECT_TRUE(
      batch_invalid(model, deberta::embedding_batch(values, size, 2, 2, numbers{1, 1, 0, 0}), "no valid token"));
  EXPECT_TRUE(batch_invalid(model, deberta::embedding_batch(values, size, 2, 2, numbers{7, 1, 1, 1}),
                            "attention_mask[0, 0] is 7"));
  const auto vocabulary = static_cast<std::uint32_t>(model.info().vocab_size);
  EXPECT_TRUE(invalid(model.try_token_embeddings(ids{0, vocabulary}), "ids[1]"));
}

TEST(misuse, buffers_that_are_too_small) {
  const auto model = open_golden("v3_shared");
  const ids row{5, 6};
  const offsets starts{0, 2};
  const deberta::ragged_batch batch(row, starts);
  const std::size_t needed = 2 * model.info().hidden_size;
  std::vector<float> values(needed, 7);
  const deberta::span<float> short_by_one(values.data(), needed - 1);
  EXPECT_TRUE(refused(model.try_encode_into(batch, short_by_one), status::buffer_too_small, std::to_string(needed)));
  EXPECT_TRUE(refused(model.try_encode_into(batch, {}), status::buffer_too_small, std::to_string(needed)));
  EXPECT_TRUE(refused(model.try_token_embeddings(row, {}), status::buffer_too_small, ""));
  const auto encoded = model.encode(batch);
  EXPECT_TRUE(
      refused(encoded.try_last_hidden_state_padded(short_by_one), status::buffer_too_small, std::to_string(needed)));
  EXPECT_EQ(values, std::vector<float>(needed, 7));
  deberta::encode_options options;
  options.logits = true;
  EXPECT_TRUE(invalid(model.try_encode_into(batch, values, options), "all that goes to a buffer"));
  EXPECT_EQ(model.encode_into(batch, values), needed);
}

TEST(misuse, more_tokens_than_positions) {
  const auto model = open_golden("absolute_positions");
  const std::size_t limit = model.info().max_position_embeddings;
  const ids row(limit + 1, 5);
  EXPECT_TRUE(refused(model.try_encode(deberta::ragged_batch(row, offsets{0, limit + 1})), status::too_long,
                      "absolute positions"));
}

TEST(misuse, texts_that_are_not_utf8) {
  const auto model = open_bundled();
  const auto tokenizer = *model.tokenizer();
  const std::vector<std::pair<std::string, std::size_t>> wrong{
      {"ab\xff", 2}, {"\x80", 0}, {"a\xe2\x82", 1}, {"\xc0\x80", 0}, {"xy\xed\xa0\x80", 2}, {"\xf4\x90\x80\x80", 0}};
  for (const auto& [text, valid] : wrong) {
    const std::string alone = "text is not UTF-8 from byte " + std::to_string(valid) + " on";
    EXPECT_TRUE(refused(model.try_encode({"good", text}), status::invalid_utf8, "texts[1]: " + alone));
    EXPECT_TRUE(refused(model.try_classify({"good", text}), status::invalid_utf8, "texts[1]: " + alone));
    EXPECT_TRUE(refused(tokenizer.try_encode(text), status::invalid_utf8, alone));
  }
  EXPECT_TRUE(refused(model.try_classify({"good", {"good", "ab\xff"}}), status::invalid_utf8,
                      "texts[1]: pair is not UTF-8 from byte 2 on"));
  EXPECT_TRUE(refused(tokenizer.try_id("ab\xff"), status::invalid_utf8, "token is not UTF-8"));
  deberta::open_options options;
  options.tensor_prefix = "ab\xff";
  EXPECT_TRUE(
      refused(deberta::model::try_open(bundled_model(), options), status::invalid_utf8, "tensor_prefix is not UTF-8"));
}

TEST(misuse, a_string_that_is_null) {
  const char* const null = nullptr;
  EXPECT_TRUE(invalid(open_bundled().try_classify({"good", null}), "texts[1]: text is NULL"));
}

TEST(misuse, texts_for_models_that_take_none) {
  EXPECT_TRUE(
      refused(open_golden("masked_lm").try_classify("a"), status::unsupported, "a masked language modelling head"));
  const auto model = open_golden("multi_label");
  EXPECT_FALSE(model.tokenizer());
  EXPECT_TRUE(refused(model.try_classify("a"), status::not_found, "tokenizer.json"));
  EXPECT_TRUE(refused(model.try_encode("a"), status::not_found, "tokenizer.json"));
}

TEST(misuse, nothing_to_encode) {
  const auto model = open_bundled();
  EXPECT_TRUE(invalid(model.try_encode(deberta::texts{}), "has no rows"));
  deberta::tokenize_options bare;
  bare.add_special_tokens = false;
  EXPECT_TRUE(invalid(model.try_encode("", {}, bare), "row 0 of the batch has no valid token"));
}

TEST(misuse, indices_beyond_the_end) {
  const auto model = open_bundled();
  const auto encoded = model.encode("text");
  for (const std::size_t beyond : {std::size_t{1000}, largest}) {
    const std::string number = std::to_string(beyond);
    EXPECT_TRUE(invalid(model.try_label(beyond), number));
    EXPECT_TRUE(invalid(encoded.try_tokenized(beyond), number));
    EXPECT_TRUE(invalid(encoded.tokenized(0).try_token(beyond), number));
  }
  EXPECT_TRUE(invalid(encoded.try_hidden_states(0), "not asked for"));
  EXPECT_TRUE(invalid(encoded.try_attentions(0), "not asked for"));
  EXPECT_TRUE(invalid(encoded.try_logits(), "not asked for"));
  EXPECT_TRUE(invalid(encoded.try_logits_padded(), "not asked for"));
}

TEST(misuse, unknown_choices) {
  const auto model = open_bundled();
  for (const std::int32_t number : {-1, 100, std::numeric_limits<std::int32_t>::min()}) {
    deberta::open_options open;
    open.precision = static_cast<deberta::precision>(number);
    EXPECT_TRUE(invalid(deberta::model::try_open(bundled_model(), open), "precision is"));
    open = {};
    open.instruction_set = static_cast<deberta::instruction_set>(number);
    EXPECT_TRUE(invalid(deberta::model::try_open(bundled_model(), open), "instruction_set is"));
    open = {};
    open.load_mode = static_cast<deberta::load_mode>(number);
    EXPECT_TRUE(invalid(deberta::model::try_open(bundled_model(), open), "load_mode is"));
    deberta::classify_options classify;
    classify.tokenize.truncation = static_cast<deberta::truncation>(number);
    EXPECT_TRUE(invalid(model.try_classify("text", classify), "truncation is"));
    classify = {};
    classify.score_function = static_cast<deberta::score_function>(number);
    EXPECT_TRUE(invalid(model.try_classify("text", classify), "score_function is"));
    EXPECT_TRUE(invalid(deberta::try_set_log({}, static_cast<deberta::log_level>(number)), "level is"));
  }
  EXPECT_EQ(name(static_cast<deberta::instruction_set>(99)), "");
  EXPECT_EQ(name(static_cast<status>(99)), "");
}

TEST(misuse, unknown_choices_of_tasks) {
  const auto model = open_bundled();
  const auto ranker_folder = with_one_label(), tagger_folder = with_token_labels({});
  const auto ranker = open_model(ranker_folder.path()), tagger = open_model(tagger_folder.path());
  for (const std::int32_t number : {-1, 100, std::numeric_limits<std::int32_t>::min()}) {
    deberta::classify_options classify;
    classify.window_merge = static_cast<deberta::window_merge>(number);
    EXPECT_TRUE(invalid(model.try_classify("text", classify), "window_merge"));
    deberta::embed_options embed;
    embed.pooling = static_cast<deberta::pooling>(number);
    EXPECT_TRUE(invalid(model.try_embed("text", embed), "pooling"));
    deberta::explain_options explain;
    explain.method = static_cast<deberta::relevance>(number);
    EXPECT_TRUE(invalid(model.try_explain("text", explain), "method"));
    deberta::rank_options rank;
    rank.score_function = static_cast<deberta::score_function>(number);
    EXPECT_TRUE(invalid(ranker.try_rank("query", "text", rank), "score_function"));
    deberta::tag_options tag;
    tag.aggregation = static_cast<deberta::aggregation>(number);
    EXPECT_TRUE(invalid(tagger.try_tag("text", tag), "aggregation"));
  }
}

// What was moved from is refused; destroying it again does nothing.
TEST(misuse, objects_that_were_moved_from) {
  auto model = open_bundled();
  auto encoded = model.encode("text");
  auto embeddings = model.embed("text");
  auto explanation = model.explain("text");
  auto tokenizer = deberta::tokenizer::open(bundled_model());
  auto tokenized = tokenizer.encode("text");
  {
    const auto model_now = std::move(model);
    const auto encoded_now = std::move(encoded);
    const auto embeddings_now = std::move(embeddings);
    const auto explanation_now = std::move(explanation);
    const auto tokenizer_now = std::move(tokenizer);
    const auto tokenized_now = std::move(tokenized);
    EXPECT_EQ(model_now.classify("text").size(), 1u);
    EXPECT_EQ(tokenized_now.size(), tokenizer_now.encode("text").size());
  }
  EXPECT_TRUE(throws([&] { model.classify("text"); }, status::invalid_argument, "model is NULL"));
  EXPECT_TRUE(invalid(model.try_info(), "model is NULL"));
  EXPECT_TRUE(invalid(model.try_encode("text"), "model is NULL"));
  EXPECT_FALSE(model.tokenizer());
  EXPECT_TRUE(invalid(encoded.try_last_hidden_state(), "encoded is NULL"));
  EXPECT_TRUE(invalid(encoded.try_last_hidden_state_padded(), "encoded is NULL"));
  EXPECT_TRUE(invalid(embeddings.try_vectors(), "embeddings is NULL"));
  EXPECT_TRUE(invalid(embeddings.try_vector(0), "embeddings is NULL"));
  EXPECT_TRUE(invalid(explanation.try_relevance(), "explanation is NULL"));
  EXPECT_TRUE(invalid(tokenizer.try_encode("text"), "tokenizer is NULL"));
  EXPECT_TRUE(invalid(tokenized.try_ids(), "tokenized is NULL"));
  EXPECT_EQ(tokenized.size(), 0u);
}
