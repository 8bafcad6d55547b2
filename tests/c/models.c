#include "models.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"

void repository_path(char path[PATH_LENGTH], const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int start = snprintf(path, PATH_LENGTH, "%s/", REPOSITORY);
  int length = vsnprintf(path + start, PATH_LENGTH - (size_t)start, format, arguments);
  va_end(arguments);
  REQUIRE(start + length < PATH_LENGTH);
}

static deberta_model *open_folder(const char *folder, const deberta_open_options *options) {
  deberta_model *model = NULL;
  deberta_error *error = NULL;
  if (deberta_model_open(folder, options, &model, &error) != DEBERTA_STATUS_OK) {
    failed(PLACE, "%s", deberta_error_message(error).data);
    deberta_error_free(error);
  }
  REQUIRE(model != NULL);
  return model;
}

deberta_model *open_bundled(uint32_t threads) {
  deberta_open_options options;
  ACCEPTED(deberta_open_options_init, &options, sizeof options);
  options.threads = threads;
  char folder[PATH_LENGTH];
  repository_path(folder, "models/code-language");
  return open_folder(folder, &options);
}

deberta_model *open_golden(const char *checkpoint, const char *tensor_prefix, int32_t instruction_set) {
  deberta_open_options options;
  ACCEPTED(deberta_open_options_init, &options, sizeof options);
  options.threads = 2;
  options.instruction_set = instruction_set;
  if (tensor_prefix != NULL) {
    options.tensor_prefix = tensor_prefix;
    options.tensor_prefix_length = strlen(tensor_prefix);
  }
  char folder[PATH_LENGTH];
  repository_path(folder, "tests/goldens/%s", checkpoint);
  return open_folder(folder, &options);
}

deberta_model *open_for_task(const char *checkpoint) {
  static const char *const NAMES[] = {"config.json", "model.safetensors", "tokenizer.json"};
  enum { FILES = sizeof NAMES / sizeof *NAMES };
  char folder[] = "/tmp/deberta-test-XXXXXX", file[PATH_LENGTH], links[FILES][PATH_LENGTH];
  REQUIRE(mkdtemp(folder) != NULL);
  for (size_t index = 0; index < FILES; index++) {
    if (strcmp(NAMES[index], "tokenizer.json") == 0) {
      repository_path(file, "tests/goldens/task_tokenizer.json");
    } else {
      repository_path(file, "tests/goldens/%s/%s", checkpoint, NAMES[index]);
    }
    snprintf(links[index], PATH_LENGTH, "%s/%s", folder, NAMES[index]);
    REQUIRE(symlink(file, links[index]) == 0);
  }
  deberta_open_options options;
  ACCEPTED(deberta_open_options_init, &options, sizeof options);
  options.threads = 2;
  deberta_model *model = open_folder(folder, &options);
  for (size_t index = 0; index < FILES; index++) REQUIRE(unlink(links[index]) == 0);
  REQUIRE(rmdir(folder) == 0);
  return model;
}

size_t amount(size_t whole, size_t reduced) { return getenv("DEBERTA_TEST_REDUCED") == NULL ? whole : reduced; }
