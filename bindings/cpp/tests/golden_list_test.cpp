// The golden list: the reference's float64 values, and the bits of Rust, as the command line writes them.

#include <deberta.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "expect.hpp"
#include "files.hpp"
#include "models.hpp"
#include "tensor_file.hpp"

namespace {

struct golden_case {
  std::string checkpoint;
  std::string file;
  std::optional<std::string> tensor_prefix;
  std::vector<std::string> outputs;
};

std::vector<golden_case> golden_cases() {
  std::vector<golden_case> cases;
  for (const auto& entry : read_json(golden("cases.json"))) {
    golden_case item{entry.at("checkpoint"), entry.at("case"), std::nullopt, entry.at("outputs")};
    if (!entry.at("tensor_prefix").is_null()) item.tensor_prefix = entry.at("tensor_prefix");
    cases.push_back(std::move(item));
  }
  return cases;
}

// A batch with the arrays that it shows.
struct inputs {
  explicit inputs(const tensor_file& file) {
    shape = file.at("input_ids").shape;
    ids = file.at("input_ids").integers();
    if (file.count("attention_mask") != 0) mask = file.at("attention_mask").integers();
    if (file.count("token_type_ids") != 0) types = file.at("token_type_ids").integers();
  }

  deberta::padded_batch batch() const { return {ids, shape[0], shape[1], mask, types}; }

  std::vector<std::size_t> shape;
  std::vector<std::int64_t> ids, mask, types;
};

std::vector<float> output(const deberta::encoded& encoded, const std::string& name) {
  const auto layer = [&] { return static_cast<std::size_t>(std::stoul(name.substr(name.find('.') + 1))); };
  if (name.rfind("hidden_states.", 0) == 0) return encoded.hidden_states_padded(layer());
  if (name.rfind("attentions.", 0) == 0) return encoded.attentions_padded(layer());
  if (name == "logits") return encoded.logits_padded();
  EXPECT_EQ(name, "last_hidden_state");
  return encoded.last_hidden_state_padded();
}

// What the command line, which is Rust, computes for the same case.
tensor_file rust_outputs(const golden_case& item, deberta::instruction_set set) {
  const temporary_folder folder;
  const auto target = folder.path() / "outputs.safetensors";
  std::string command = std::string(std::getenv("DEBERTA_COMMAND")) + " encode --model " +
                        golden(item.checkpoint).string() + " --isa " + std::string(name(set)) +
                        " --all-layers --attentions --tensors " + (golden(item.checkpoint) / item.file).string() +
                        " --output " + target.string();
  if (item.tensor_prefix) command += " --tensor-prefix '" + *item.tensor_prefix + "'";
  if (std::system((command + " >/dev/null 2>&1").c_str()) != 0) ADD_FAILURE() << command;
  return read_tensors(target);
}

// The rule of tests/goldens.rs: how large an error may be, by that of PyTorch float32.
double allowed_error(const tensor_file& golden, const std::string& name, deberta::instruction_set set) {
  const double of_record = golden.at("pytorch_float32_error." + name).doubles().at(0);
  const double largest = std::max(of_record, golden.at("pytorch_float32_error_reordered." + name).doubles().at(0));
  if (name == "logits") return 2.0 * largest;
  return 1.5 * (set == deberta::instruction_set::portable ? largest : of_record);
}

void compare_with_reference(const deberta::encoded& encoded, const golden_case& item, const tensor_file& golden,
                            const tensor_file& rust, deberta::instruction_set set) {
  for (const std::string& name : item.outputs) {
    if (rust.count(name) == 0) continue;
    const auto found = output(encoded, name);
    const auto expected = golden.at(name).doubles();
    ASSERT_EQ(found.size(), expected.size());
    double largest = 0;
    for (std::size_t index = 0; index < found.size(); ++index) {
      const double difference = std::abs(double{found[index]} - expected[index]);
      ASSERT_FALSE(std::isnan(difference)) << name;
      largest = std::max(largest, difference);
    }
    EXPECT_LE(largest, allowed_error(golden, name, set)) << name;
  }
}

// Rows whose valid tokens are at their start are the same without padding.
void compare_ragged(const deberta::model& model, const inputs& padded, const deberta::encoded& encoded) {
  std::vector<std::uint32_t> ids, types;
  std::vector<std::size_t> offsets{0}, rows;
  for (std::size_t row = 0; row < padded.shape[0]; ++row) {
    std::size_t valid = 0, end = 0;
    for (std::size_t column = 0; column < padded.shape[1]; ++column) {
      if (!padded.mask.empty() && padded.mask[row * padded.shape[1] + column] == 0) continue;
      ++valid;
      end = column + 1;
    }
    if (valid != end) continue;
    for (std::size_t index = row * padded.shape[1]; index < row * padded.shape[1] + end; ++index) {
      ids.push_back(static_cast<std::uint32_t>(padded.ids[index]));
      if (!padded.types.empty()) types.push_back(static_cast<std::uint32_t>(padded.types[index]));
    }
    offsets.push_back(ids.size());
    rows.push_back(row);
  }
  if (rows.empty()) return;
  const deberta::ragged_batch batch(ids, offsets, types);
  const auto ragged = model.encode(batch);
  const auto found = ragged.last_hidden_state();
  const auto all = encoded.last_hidden_state();
  const std::size_t width = ragged.info().hidden_size;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::size_t count = (offsets[row + 1] - offsets[row]) * width;
    const std::size_t start = encoded.row_offsets()[rows[row]] * width;
    EXPECT_TRUE(same_bits(found.subspan(offsets[row] * width, count), all.subspan(start, count)));
  }
  std::vector<float> into(found.size());
  EXPECT_EQ(model.encode_into(batch, into), into.size());
  EXPECT_TRUE(same_bits(into, found));
}

void run_case(const golden_case& item, deberta::instruction_set set) {
  SCOPED_TRACE(item.checkpoint + "/" + item.file + " on " + std::string(name(set)));
  const tensor_file golden_file = read_tensors(golden(item.checkpoint) / item.file);
  const tensor_file rust = rust_outputs(item, set);
  deberta::open_options options;
  options.instruction_set = set;
  options.tensor_prefix = item.tensor_prefix;
  const auto model = open_golden(item.checkpoint, options);
  EXPECT_EQ(model.info().instruction_set, set);

  const inputs padded(golden_file);
  deberta::encode_options all;
  all.hidden_states = all.attentions = all.logits = true;
  const auto encoded = model.encode(padded.batch(), all);
  const auto info = encoded.info();
  const std::size_t logits = info.logits_head == deberta::head::none ? 0 : 1;
  EXPECT_EQ(rust.size(), 1 + info.hidden_states + info.attentions + logits);
  for (const auto& [name, expected] : rust) EXPECT_TRUE(same_bits(output(encoded, name), expected.floats())) << name;

  compare_with_reference(encoded, item, golden_file, rust, set);
  compare_ragged(model, padded, encoded);
  const auto expected = encoded.last_hidden_state_padded();
  std::vector<float> into(expected.size());
  EXPECT_EQ(model.encode_into(padded.batch(), into), into.size());
  EXPECT_TRUE(same_bits(into, expected));
}

}  // namespace

TEST(golden_list, all_cases_on_the_fastest_instruction_set) {
  const auto cases = golden_cases();
  ASSERT_GE(cases.size(), 50u);
  for (const auto& item : cases) run_case(item, deberta::instruction_sets().front());
}

TEST(golden_list, every_ninth_case_on_all_other_instruction_sets) {
  const auto cases = golden_cases();
  const auto sets = deberta::instruction_sets();
  for (std::size_t set = 1; set < sets.size(); ++set) {
    for (std::size_t index = set; index < cases.size(); index += 9) run_case(cases[index], sets[set]);
  }
}

TEST(golden_list, embeddings_stand_for_ids) {
  const inputs padded(read_tensors(golden("embedding_projection/case_mixed.safetensors")));
  const auto model = open_golden("embedding_projection");
  const std::vector<std::uint32_t> table(padded.ids.begin(), padded.ids.end());
  const auto embeddings = model.token_embeddings(table);
  const std::size_t size = model.info().embedding_size;
  ASSERT_EQ(embeddings.size(), table.size() * size);
  std::vector<float> copied(embeddings.size());
  EXPECT_EQ(model.token_embeddings(table, copied), copied.size());
  EXPECT_TRUE(same_bits(copied, embeddings));
  EXPECT_TRUE(model.token_embeddings({}).empty());

  const deberta::embedding_batch batch(embeddings, size, padded.shape[0], padded.shape[1], padded.mask, padded.types);
  const auto expected = model.encode(padded.batch()).last_hidden_state_padded();
  EXPECT_TRUE(same_bits(model.encode(batch).last_hidden_state_padded(), expected));
  std::vector<float> into(expected.size());
  EXPECT_EQ(model.encode_into(batch, into), into.size());
  EXPECT_TRUE(same_bits(into, expected));
}
