// What a call through the headers costs over the same call in C, side by side: at the sizes of DeBERTa v3 xsmall with
// random weights, one row of 16 tokens, and for a model so small that the call itself shows.
//
//   call_overhead --benchmark_enable_random_interleaving=true --benchmark_repetitions=9
//   --benchmark_report_aggregates_only=true

#include <deberta.hpp>

#include <cstdint>
#include <numeric>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

const std::vector<std::uint32_t> ids = [] {
  std::vector<std::uint32_t> row(16);
  std::iota(row.begin(), row.end(), 5u);
  return row;
}();
const std::vector<std::size_t> row_offsets{0, 16};

const deberta::model& xsmall() {
  static const auto model = [] {
    deberta::backbone_config config{128100, 12, 6, 384, 1536};
    deberta::open_options options;
    options.threads = 1;
    return deberta::model::from_backbone(config, options);
  }();
  return model;
}

const deberta::model& tiny() {
  static const auto model = [] {
    deberta::backbone_config config{100, 1, 1, 8, 8};
    deberta::open_options options;
    options.threads = 1;
    return deberta::model::from_backbone(config, options);
  }();
  return model;
}

void encode_in_c(benchmark::State& state, const deberta::model& (*model)()) {
  const deberta_model* const handle = model().get();
  for (auto _ : state) {
    deberta_encoded* encoded = nullptr;
    deberta_error* error = nullptr;
    deberta_encode_options options;
    deberta_encode_options_init(&options, sizeof options, nullptr);
    const deberta_status status = deberta_model_encode_ids(handle, ids.data(), nullptr, ids.size(), row_offsets.data(),
                                                           1, &options, &encoded, &error);
    const float* values = nullptr;
    std::size_t length = 0;
    if (status != DEBERTA_STATUS_OK) state.SkipWithError("encoding failed");
    deberta_encoded_last_hidden_state(encoded, &values, &length, &error);
    benchmark::DoNotOptimize(values[length - 1]);
    deberta_encoded_free(encoded);
  }
}

void encode_in_cpp(benchmark::State& state, const deberta::model& (*model)()) {
  const deberta::model& opened = model();
  for (auto _ : state) {
    const auto encoded = opened.encode(deberta::ragged_batch(ids, row_offsets));
    benchmark::DoNotOptimize(encoded.last_hidden_state().back());
  }
}

void encode_into_in_c(benchmark::State& state, const deberta::model& (*model)()) {
  const deberta_model* const handle = model().get();
  std::vector<float> values(16 * model().info().hidden_size);
  for (auto _ : state) {
    std::size_t length = 0;
    deberta_error* error = nullptr;
    const deberta_status status =
        deberta_model_encode_ids_into(handle, ids.data(), nullptr, ids.size(), row_offsets.data(), 1, nullptr,
                                      values.data(), values.size(), &length, &error);
    if (status != DEBERTA_STATUS_OK) state.SkipWithError("encoding failed");
    benchmark::DoNotOptimize(values.back());
  }
}

void encode_into_in_cpp(benchmark::State& state, const deberta::model& (*model)()) {
  const deberta::model& opened = model();
  std::vector<float> values(16 * opened.info().hidden_size);
  for (auto _ : state) {
    opened.encode_into(deberta::ragged_batch(ids, row_offsets), values);
    benchmark::DoNotOptimize(values.back());
  }
}

BENCHMARK_CAPTURE(encode_in_c, xsmall, xsmall)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(encode_in_cpp, xsmall, xsmall)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(encode_into_in_c, xsmall, xsmall)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(encode_into_in_cpp, xsmall, xsmall)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(encode_in_c, tiny, tiny)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(encode_in_cpp, tiny, tiny)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(encode_into_in_c, tiny, tiny)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(encode_into_in_cpp, tiny, tiny)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
