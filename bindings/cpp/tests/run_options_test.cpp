// The limits of a call: deadline, cancellation, progress.

#include <deberta.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#if defined(__has_include) && __has_include(<stop_token>)
#include <stop_token>
#endif

#include "expect.hpp"
#include "models.hpp"

using deberta::status;
using std::chrono::milliseconds;

namespace {

// More than a second of work.
std::vector<std::string> many_texts() {
  return std::vector<std::string>(3000, "let x = vec![1, 2, 3]; // a few words");
}

deberta::classify_options with(deberta::run_options run) {
  deberta::classify_options options;
  options.run = std::move(run);
  return options;
}

}  // namespace

TEST(run_options, a_timeout_ends_a_call) {
  const auto model = open_bundled();
  deberta::run_options run;
  run.timeout = milliseconds(1);
  EXPECT_TRUE(refused(model.try_classify(many_texts(), with(run)), status::deadline_exceeded, ""));
  for (const int over : {0, -5}) {
    run.timeout = milliseconds(over);
    EXPECT_TRUE(refused(model.try_classify("text", with(run)), status::deadline_exceeded, "before it began"));
  }
  run.timeout = std::chrono::hours(1);
  EXPECT_EQ(model.classify("text", with(run)).size(), 1u);
  run.timeout = milliseconds::max();
  EXPECT_EQ(model.classify("text", with(run)).size(), 1u);
}

TEST(run_options, a_cancellation_ends_calls_from_another_thread) {
  const auto model = open_bundled();
  const deberta::cancellation cancellation;
  deberta::run_options run;
  run.cancellation = cancellation;
  run.batch_tokens = 100;
  EXPECT_EQ(model.classify("text", with(run)).size(), 1u);
  std::thread other([cancellation] {
    std::this_thread::sleep_for(milliseconds(20));
    cancellation.cancel();
  });
  EXPECT_TRUE(refused(model.try_classify(many_texts(), with(run)), status::cancelled, ""));
  other.join();
  EXPECT_TRUE(cancellation.is_cancelled());
  EXPECT_TRUE(throws([&] { model.classify("text", with(run)); }, status::cancelled, ""));

  deberta::encode_options encode;
  encode.run = run;
  const std::vector<std::uint32_t> ids{5, 6};
  const std::vector<std::size_t> offsets{0, 2};
  EXPECT_TRUE(refused(model.try_encode(deberta::ragged_batch(ids, offsets), encode), status::cancelled, ""));
  std::vector<float> values(4096, 7);
  EXPECT_TRUE(
      refused(model.try_encode_into(deberta::ragged_batch(ids, offsets), values, encode), status::cancelled, ""));
  EXPECT_EQ(values, std::vector<float>(4096, 7));
}

#ifdef __cpp_lib_jthread
TEST(run_options, a_stop_token_cancels) {
  const auto model = open_bundled();
  std::stop_source source;
  deberta::run_options run;
  run.cancellation.emplace();
  const std::stop_callback stop(source.get_token(), [&run] { run.cancellation->cancel(); });
  EXPECT_EQ(model.classify("text", with(run)).size(), 1u);
  source.request_stop();
  EXPECT_TRUE(refused(model.try_classify("text", with(run)), status::cancelled, ""));
}
#endif

TEST(run_options, the_progress_is_told_and_ends_a_call) {
  const auto model = open_bundled();
  const std::vector<std::string> texts(50, "some words of a text");
  deberta::run_options run;
  run.batch_tokens = 100;
  std::vector<std::size_t> seen;
  run.progress = [&](const deberta::run_progress& progress) {
    EXPECT_EQ(progress.total_texts, 50u);
    seen.push_back(progress.texts);
    return true;
  };
  model.classify(texts, with(run));
  EXPECT_GT(seen.size(), 2u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(seen.back(), 50u);

  int calls = 0;
  run.progress = [&](const deberta::run_progress&) { return ++calls < 2; };
  EXPECT_TRUE(refused(model.try_classify(texts, with(run)), status::cancelled, ""));
  EXPECT_EQ(calls, 2);
}

TEST(run_options, an_exception_of_the_progress_comes_out_of_every_call) {
  const auto model = open_bundled();
  deberta::run_options run;
  run.progress = [](const deberta::run_progress&) -> bool { throw std::logic_error("from the program"); };
  EXPECT_THROW(model.classify("text", with(run)), std::logic_error);
  EXPECT_THROW(static_cast<void>(model.try_classify("text", with(run))), std::logic_error);
  deberta::embed_options embed;
  embed.run = run;
  EXPECT_THROW(static_cast<void>(model.embed("text", embed)), std::logic_error);
  EXPECT_EQ(model.classify("text").size(), 1u);
}
