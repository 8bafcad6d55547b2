// Opening models and what they tell of themselves.

#include <deberta.hpp>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include "expect.hpp"
#include "files.hpp"
#include "models.hpp"

using deberta::status;
namespace fs = std::filesystem;

TEST(open, info_tells_the_configuration) {
  const auto model = open_bundled();
  const auto info = model.info();
  EXPECT_EQ(info.head, deberta::head::sequence_classification);
  EXPECT_EQ(info.threads, 2u);
  EXPECT_EQ(info.precision, deberta::precision::highest);
  EXPECT_EQ(info.hidden_size, 192u);
  EXPECT_EQ(info.num_hidden_layers, 4u);
  EXPECT_EQ(info.num_attention_heads, 3u);
  EXPECT_TRUE(info.has_tokenizer);
  EXPECT_FALSE(info.position_biased_input);
  EXPECT_GT(info.parameters, 0u);
  EXPECT_GT(info.packed_bytes, 0u);
  EXPECT_EQ(info.mapped_bytes, 0u);
  EXPECT_EQ(info.tensor_prefix, "deberta.");
  ASSERT_EQ(info.labels.size(), 19u);
  EXPECT_EQ(info.labels[11], "rust");
  EXPECT_EQ(model.label(11), "rust");
  ASSERT_EQ(info.files.size(), 1u);
  EXPECT_EQ(info.files[0].path, bundled_model() / "model.safetensors");
  EXPECT_EQ(info.files[0].bytes, fs::file_size(info.files[0].path));
  const auto sets = deberta::instruction_sets();
  EXPECT_NE(std::find(sets.begin(), sets.end(), info.instruction_set), sets.end());
}

TEST(open, every_option_arrives) {
  deberta::open_options options;
  options.precision = deberta::precision::medium;
  options.instruction_set = deberta::instruction_set::portable;
  options.load_mode = deberta::load_mode::copy;
  options.tokenizer_mode = deberta::tokenizer_mode::sentence_piece;
  options.threads = 1;
  options.tensor_prefix = "deberta.";
  const auto info = deberta::model::open(bundled_model(), options).info();
  EXPECT_EQ(info.precision, deberta::precision::medium);
  EXPECT_EQ(info.instruction_set, deberta::instruction_set::portable);
  EXPECT_EQ(info.threads, 1u);
  EXPECT_EQ(name(info.instruction_set), "portable");

  options = {};
  options.threads = 5000;
  EXPECT_TRUE(invalid(deberta::model::try_open(bundled_model(), options), "threads is 5000"));
  options = {};
  options.tensor_prefix = "elsewhere.";
  EXPECT_TRUE(refused(deberta::model::try_open(bundled_model(), options), status::invalid_checkpoint, "elsewhere."));
}

TEST(open, packed_weights_are_kept_in_a_directory) {
  const temporary_folder cache;
  deberta::open_options options;
  options.packed_cache_directory = cache.path();
  const auto first = open_bundled(options);
  const auto second = open_bundled(options);
  EXPECT_GT(second.info().mapped_bytes, 0u);
  EXPECT_TRUE(same_bits(first.encode("text").last_hidden_state(), second.encode("text").last_hidden_state()));
}

TEST(open, a_preset_is_a_name_or_a_folder) {
  EXPECT_EQ(deberta::model::from_preset(bundled_model().string()).info().labels.size(), 19u);
  EXPECT_TRUE(invalid(deberta::model::try_from_preset(""), "not the name of a model"));
  EXPECT_TRUE(invalid(deberta::model::try_from_preset({}), "not the name of a model"));
  EXPECT_TRUE(invalid(deberta::model::try_from_preset(std::string("user/a\0b", 8)), "user/a"));
  EXPECT_TRUE(refused(deberta::model::try_from_preset("user/\xff"), status::invalid_utf8, "name is not UTF-8"));
  EXPECT_TRUE(refused(deberta::model::try_from_preset("user/no-such-model@v1"), status::not_found,
                      "`deberta fetch user/no-such-model@v1`"));
}

TEST(open, a_backbone_has_random_weights) {
  deberta::backbone_config config{};
  config.vocabulary_size = 100;
  config.num_layers = 2;
  config.num_heads = 2;
  config.hidden_dim = 32;
  config.intermediate_dim = 64;
  deberta::open_options options;
  options.random_seed = 3;
  const auto model = deberta::model::from_backbone(config, options);
  const auto info = model.info();
  EXPECT_EQ(info.vocab_size, 100u);
  EXPECT_EQ(info.num_hidden_layers, 2u);
  EXPECT_EQ(info.head, deberta::head::none);
  const std::vector<std::uint32_t> ids{5, 6};
  const std::vector<std::size_t> offsets{0, 2};
  const deberta::ragged_batch batch(ids, offsets);
  const auto again = deberta::model::from_backbone(config, options);
  EXPECT_TRUE(same_bits(model.encode(batch).last_hidden_state(), again.encode(batch).last_hidden_state()));
  options.random_seed = 4;
  const auto other = deberta::model::from_backbone(config, options);
  EXPECT_FALSE(same_bits(model.encode(batch).last_hidden_state(), other.encode(batch).last_hidden_state()));
  config.num_heads = 3;
  EXPECT_TRUE(refused(deberta::model::try_from_backbone(config), status::invalid_config, "3"));
}

TEST(open, the_progress_is_told_and_ends_opening) {
  std::vector<deberta::open_progress> seen;
  deberta::open_options options;
  options.progress = [&](const deberta::open_progress& progress) {
    seen.push_back(progress);
    return true;
  };
  open_bundled(options);
  ASSERT_GT(seen.size(), 3u);
  EXPECT_EQ(seen.front().stage, deberta::open_stage::checkpoint);
  EXPECT_EQ(seen.back().stage, deberta::open_stage::packing);
  EXPECT_EQ(seen.back().bytes, seen.back().total_bytes);

  options.progress = [](const deberta::open_progress& progress) {
    return progress.stage != deberta::open_stage::packing;
  };
  EXPECT_TRUE(refused(deberta::model::try_open(bundled_model(), options), status::cancelled, ""));
  options.progress = [](const deberta::open_progress&) -> bool { throw std::logic_error("from the program"); };
  EXPECT_THROW(deberta::model::open(bundled_model(), options), std::logic_error);
  EXPECT_THROW(static_cast<void>(deberta::model::try_open(bundled_model(), options)), std::logic_error);
}

TEST(open, what_is_wrong_with_a_folder_is_named) {
  const auto open = [](const fs::path& path) { return deberta::model::try_open(path); };
  EXPECT_TRUE(refused(open(golden("nowhere")), status::not_found, "nowhere"));
  EXPECT_TRUE(throws([] { deberta::model::open(golden("nowhere")); }, status::not_found, "nowhere"));
  EXPECT_TRUE(invalid(open(golden("cases.json")), "is not a folder"));
  EXPECT_TRUE(refused(open(golden("tokenizer")), status::not_found, "config.json"));
  EXPECT_TRUE(invalid(open(""), "folder is empty"));
  EXPECT_TRUE(invalid(open(std::string("a\0b", 3)), "has a NUL inside"));

  const temporary_folder folder;
  write_file(folder.path() / "config.json", "{");
  const auto damaged = open(folder.path());
  EXPECT_TRUE(refused(damaged, status::invalid_config, "config.json"));
  EXPECT_NE(damaged.error().cause(), "");
  EXPECT_EQ(name(damaged.error().code()), "INVALID_CONFIG");
  fs::copy_file(golden("v3_shared/config.json"), folder.path() / "config.json", fs::copy_options::overwrite_existing);
  write_file(folder.path() / "model.safetensors", std::string(100, '\1'));
  EXPECT_TRUE(refused(open(folder.path()), status::invalid_checkpoint, "model.safetensors"));
}

TEST(error, is_a_runtime_error_that_can_be_copied_without_throwing) {
  static_assert(std::is_base_of_v<std::runtime_error, deberta::error>);
  static_assert(std::is_nothrow_copy_constructible_v<deberta::error>);
  const deberta::error error(status::io, "message", "cause");
  const deberta::error copy = error;
  EXPECT_STREQ(copy.what(), "message");
  EXPECT_EQ(copy.cause(), "cause");
  EXPECT_EQ(deberta::error(status::io, "message").cause(), "");
}

TEST(version, is_that_of_the_headers) {
  EXPECT_EQ(deberta::version(), std::to_string(DEBERTA_VERSION_MAJOR) + "." + std::to_string(DEBERTA_VERSION_MINOR) +
                                    "." + std::to_string(DEBERTA_VERSION_PATCH));
  EXPECT_EQ(deberta::abi_version(), std::uint32_t{DEBERTA_ABI_VERSION});
  EXPECT_EQ(name(status::buffer_too_small), "BUFFER_TOO_SMALL");
}
