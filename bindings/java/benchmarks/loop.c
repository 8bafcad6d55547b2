/* The benchmark CallOverhead in C: microseconds of a call that encodes one row of 16 tokens with one thread, by a model of the
   size of deberta_v3_extra_small_en and by one of one tiny layer, both with random weights.

     gcc -O2 -I include loop.c -L FOLDER -ldeberta -o loop */

#define _POSIX_C_SOURCE 199309L

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <deberta.h>

enum { TOKENS = 16, LARGEST_HIDDEN = 384 };

static void check(deberta_status status, deberta_error **error) {
  if (status == DEBERTA_STATUS_OK) return;
  fprintf(stderr, "%s\n", deberta_error_message(*error).data);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void measure(const char *name, uint64_t layers, uint64_t heads, uint64_t hidden, uint64_t intermediate) {
  deberta_error *error = NULL;
  deberta_open_options options;
  check(deberta_open_options_init(&options, sizeof options, &error), &error);
  options.threads = 1;
  options.random_seed = 1;
  deberta_backbone_config config;
  check(deberta_backbone_config_init(&config, sizeof config, &error), &error);
  config.vocabulary_size = 128100;
  config.num_layers = layers;
  config.num_heads = heads;
  config.hidden_dim = hidden;
  config.intermediate_dim = intermediate;
  deberta_model *model = NULL;
  check(deberta_model_from_backbone(&config, &options, &model, &error), &error);
  static float values[TOKENS * LARGEST_HIDDEN];
  uint32_t ids[TOKENS];
  for (uint32_t token = 0; token < TOKENS; token++) ids[token] = 5 + 97 * token;
  const size_t offsets[] = {0, TOKENS};
  double best = 0;
  for (int iteration = 0; iteration < 8; iteration++) {
    double start = now(), end = start;
    long calls = 0;
    for (; end - start < 2e6; calls++, end = now()) {
      size_t length;
      check(deberta_model_encode_ids_into(model, ids, NULL, TOKENS, offsets, 1, NULL, values,
                                          sizeof values / sizeof *values, &length, &error),
            &error);
    }
    double time = (end - start) / (double)calls;
    if (iteration == 0 || time < best) best = time;
    printf("%s: %.2f us\n", name, time);
  }
  printf("%s: best %.2f us\n", name, best);
  deberta_model_free(model);
}

int main(void) {
  measure("extra small", 12, 6, 384, 1536);
  measure("tiny", 1, 1, 8, 8);
  return 0;
}
