// What lives how long, and models that threads share.

#include <deberta.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "expect.hpp"
#include "files.hpp"
#include "models.hpp"

static_assert(!std::is_copy_constructible_v<deberta::model> && std::is_nothrow_move_constructible_v<deberta::model>);
static_assert(!std::is_copy_constructible_v<deberta::encoded> && std::is_nothrow_move_assignable_v<deberta::encoded>);
static_assert(!std::is_copy_constructible_v<deberta::tokenizer> &&
              std::is_nothrow_move_assignable_v<deberta::tokenizer>);
static_assert(!std::is_copy_constructible_v<deberta::tokenized> &&
              std::is_nothrow_move_assignable_v<deberta::tokenized>);
static_assert(sizeof(deberta::model) == sizeof(void*));

TEST(lifetime, results_outlive_the_model) {
  std::optional<deberta::model> model = open_bundled();
  deberta::encode_options options;
  options.logits = true;
  const auto encoded = model->encode({"fn main() {}", {"first", "second"}}, options);
  const auto embeddings = model->embed("text");
  const auto explanation = model->explain("text");
  const auto tokens = model->tokenizer()->encode("fn main() {}");
  const auto hidden = encoded.last_hidden_state();
  const std::vector<float> before(hidden.begin(), hidden.end());
  model.reset();
  EXPECT_TRUE(same_bits(encoded.last_hidden_state(), before));
  EXPECT_EQ(encoded.tokenized(1).sequence_ids().size(), encoded.tokenized(1).size());
  EXPECT_EQ(embeddings.vector(0).size(), 192u);
  EXPECT_EQ(explanation.relevance().size(), explanation.info().tokens);
  EXPECT_EQ(tokens.token(0), "[CLS]");
}

TEST(lifetime, moves_take_everything_along) {
  auto tokenizer = deberta::tokenizer::open(bundled_model());
  auto other = deberta::tokenizer::open(bundled_model());
  other = std::move(tokenizer);
  auto tokens = other.encode("a");
  auto more = other.encode("a few more words");
  const std::size_t size = more.size();
  tokens = std::move(more);
  EXPECT_EQ(tokens.size(), size);
  EXPECT_EQ(more.size(), 0u);
  // Moving an object to itself leaves it in a state in which it can still be destroyed.
  auto& same = tokens;
  tokens = std::move(same);
}

TEST(lifetime, threads_share_a_model) {
  auto shared = std::make_shared<const deberta::model>(open_bundled());
  const auto expected = shared->encode("fn main() {}").last_hidden_state_padded();
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([shared, &expected, &wrong] {
      for (int call = 0; call < 20; ++call) {
        if (!same_bits(shared->encode("fn main() {}").last_hidden_state_padded(), expected)) ++wrong;
        if (shared->try_classify("\xff")) ++wrong;
        if (shared->classify("SELECT name FROM users;")[0].best().label != "sql") ++wrong;
      }
    });
  }
  // The last thread that ends frees the model.
  shared.reset();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}
