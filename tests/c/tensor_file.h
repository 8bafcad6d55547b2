/* Reads safetensors files, lists in JSON and the golden list. */

#ifndef TENSOR_FILE_H
#define TENSOR_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

enum element { FLOAT32, FLOAT64, INT64 };

struct tensor {
  const char *name;
  enum element element;
  size_t dimensions;
  size_t shape[4];
  size_t count;
  const void *values;
};

struct tensor_file {
  struct tensor *tensors;
  size_t count;
  void *header;
  void *values;
};

/* Ends the test if the file cannot be read. */
struct tensor_file tensor_file_read(const char *path);

/* NULL if the file has no such tensor. Ends the test if its elements are of another kind. */
const struct tensor *tensor_file_find(const struct tensor_file *file, const char *name, enum element element);

void tensor_file_free(struct tensor_file *file);

/* The list in a file of the repository, to be deleted. Ends the test if there is none. */
cJSON *read_list(const char *file);

/* An entry of tests/goldens/cases.json. */
struct golden_case {
  const char *checkpoint;
  const char *file;
  const char *tensor_prefix;
  const char **outputs;
  size_t output_count;
};

struct golden_list {
  struct golden_case *cases;
  size_t count;
  void *json;
};

struct golden_list golden_list_read(void);

void golden_list_free(struct golden_list *list);

#endif
