// The list of misuse that all languages share: each call is refused with its status and a message that says why.

#include <deberta.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "expect.hpp"
#include "files.hpp"
#include "models.hpp"

using nlohmann::json;

namespace {

using strings = std::vector<std::string>;

deberta::status status_of(const std::string& expected) {
  std::int32_t number = 1;
  while (!name(static_cast<deberta::status>(number)).empty()) {
    if (name(static_cast<deberta::status>(number)) == expected) return static_cast<deberta::status>(number);
    ++number;
  }
  throw std::invalid_argument("no status is called " + expected);
}

// A text is a list of one string, or of two.
deberta::text text_of(const json& entry) {
  const auto& first = entry.at(0).get_ref<const std::string&>();
  if (entry.size() == 1) return first;
  return {first, entry.at(1).get_ref<const std::string&>()};
}

class misuse_case {
 public:
  explicit misuse_case(const json& entry) : entry_(entry) {}

  testing::AssertionResult is_refused() const {
    const std::string call = entry_.at("call");
    if (call == "open") return refused(deberta::model::try_open(folder(), opening()));
    if (call == "from_preset") {
      return refused(deberta::model::try_from_preset(entry_.at("name").get<std::string>(), opening()));
    }
    const auto copy = with_tokenizer();
    const auto model = open_model(copy ? copy->path() : folder(), opening());
    return is_refused(call, model);
  }

 private:
  template <typename Value>
  testing::AssertionResult refused(const deberta::expected<Value, deberta::error>& outcome) const {
    return ::refused(outcome, status_of(entry_.at("status")), entry_.at("message").get<std::string>());
  }

  testing::AssertionResult is_refused(const std::string& call, const deberta::model& model) const {
    if (call == "encode_ragged" || call == "encode_padded" || call == "encode_embeddings") return encoding(call, model);
    if (call == "token_embeddings") return refused(model.try_token_embeddings(numbers<std::uint32_t>("ids")));
    if (call == "decode") return refused(model.tokenizer()->try_decode(numbers<std::uint32_t>("ids")));
    if (call == "tokenize") return refused(model.tokenizer()->try_encode(text_of(entry_.at("text")), tokenizing()));
    if (call == "encode_texts") return refused(model.try_encode(texts(), {}, tokenizing()));
    if (call == "classify") return refused(model.try_classify(texts(), options<deberta::classify_options>()));
    if (call == "embed") return refused(model.try_embed(texts(), options<deberta::embed_options>()));
    if (call == "tag") return refused(model.try_tag(texts(), options<deberta::tag_options>()));
    if (call == "answer") return refused(model.try_answer(texts(), options<deberta::answer_options>()));
    if (call == "fill_mask") return refused(model.try_fill_mask(texts(), options<deberta::fill_mask_options>()));
    if (call == "zero_shot") {
      auto zero_shot = options<deberta::zero_shot_options>();
      if (entry_.contains("hypothesis_template")) zero_shot.hypothesis_template = entry_.at("hypothesis_template");
      return refused(model.try_zero_shot(texts(), entry_.at("labels").get<strings>(), zero_shot));
    }
    if (call == "rank") {
      return refused(model.try_rank(entry_.at("query").get<std::string>(), entry_.at("documents").get<strings>(),
                                    options<deberta::rank_options>()));
    }
    if (call == "choose") {
      return refused(model.try_choose(entry_.at("text").at(0).get<std::string>(), entry_.at("choices").get<strings>(),
                                      options<deberta::choose_options>()));
    }
    if (call == "explain") {
      auto explain = options<deberta::explain_options>();
      if (entry_.contains("label")) explain.label = entry_.at("label").get<std::size_t>();
      return refused(model.try_explain(text_of(entry_.at("text")), explain));
    }
    return testing::AssertionFailure() << "nobody knows how to call " << call;
  }

  testing::AssertionResult encoding(const std::string& call, const deberta::model& model) const {
    if (call == "encode_ragged") {
      const auto ids = numbers<std::uint32_t>("ids"), types = numbers<std::uint32_t>("token_type_ids");
      const auto offsets = numbers<std::size_t>("row_offsets");
      return refused(model.try_encode(deberta::ragged_batch(ids, offsets, types)));
    }
    const std::size_t rows = entry_.at("rows"), length = entry_.at("length");
    const auto mask = numbers<std::int64_t>("attention_mask");
    if (call == "encode_padded") {
      const auto ids = numbers<std::int64_t>("input_ids"), types = numbers<std::int64_t>("token_type_ids");
      return refused(model.try_encode(deberta::padded_batch(ids, rows, length, mask, types)));
    }
    const std::size_t size = entry_.at("embedding_size");
    const std::vector<float> values(rows * length * size);
    return refused(model.try_encode(deberta::embedding_batch(values, size, rows, length, mask)));
  }

  std::filesystem::path folder() const { return repository(entry_.at("model").get<std::string>()); }

  std::optional<temporary_folder> with_tokenizer() const {
    if (!entry_.contains("with_task_tokenizer")) return std::nullopt;
    return with_task_tokenizer(folder().filename().string());
  }

  deberta::open_options opening() const {
    deberta::open_options options;
    if (entry_.contains("threads")) options.threads = entry_.at("threads");
    if (entry_.contains("tensor_prefix")) options.tensor_prefix = entry_.at("tensor_prefix").get<std::string>();
    return options;
  }

  deberta::tokenize_options tokenizing() const {
    deberta::tokenize_options options;
    options.max_length = entry_.value("max_length", std::size_t{0});
    options.add_special_tokens = entry_.value("add_special_tokens", true);
    if (entry_.contains("window_stride")) options.window_stride = entry_.at("window_stride").get<std::size_t>();
    if (entry_.contains("truncation")) {
      options.truncation = entry_.at("truncation") == "only_second" ? deberta::truncation::only_second
                                                                    : deberta::truncation::longest_first;
    }
    return options;
  }

  template <typename Options>
  Options options() const {
    Options result;
    result.tokenize = tokenizing();
    return result;
  }

  std::vector<deberta::text> texts() const {
    std::vector<deberta::text> all;
    for (const auto& item : entry_.at("texts")) all.push_back(text_of(item));
    return all;
  }

  // Empty if the case has none.
  template <typename Number>
  std::vector<Number> numbers(const char* key) const {
    return entry_.value(key, std::vector<Number>{});
  }

  const json& entry_;
};

}  // namespace

TEST(misuse_list, every_case_is_refused) {
  const json list = read_json(repository("tests/misuse.json"));
  ASSERT_GE(list.size(), 65u);
  for (const auto& entry : list) EXPECT_TRUE(misuse_case(entry).is_refused()) << entry;
}
