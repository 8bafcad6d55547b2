#include "tensor_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "models.h"

static const struct {
  const char *name;
  enum element element;
  size_t size;
} ELEMENTS[] = {{"F32", FLOAT32, 4}, {"F64", FLOAT64, 8}, {"I64", INT64, 8}};

static char *read_file(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) failed(PLACE, "cannot open %s", path);
  REQUIRE(file != NULL);
  REQUIRE(fseek(file, 0, SEEK_END) == 0);
  long size = ftell(file);
  REQUIRE(size >= 0 && fseek(file, 0, SEEK_SET) == 0);
  *length = (size_t)size;
  char *bytes = malloc(*length + 1);
  REQUIRE(bytes != NULL && fread(bytes, 1, *length, file) == *length);
  fclose(file);
  return bytes;
}

static size_t number(const cJSON *value) {
  REQUIRE(cJSON_IsNumber(value) && value->valuedouble >= 0);
  return (size_t)value->valuedouble;
}

static struct tensor read_tensor(const cJSON *entry, const char *values, size_t bytes) {
  struct tensor tensor = {.name = entry->string, .count = 1};
  const char *dtype = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "dtype"));
  REQUIRE(dtype != NULL);
  size_t size = 0;
  for (size_t index = 0; index < sizeof ELEMENTS / sizeof *ELEMENTS; index++) {
    if (strcmp(ELEMENTS[index].name, dtype) != 0) continue;
    tensor.element = ELEMENTS[index].element;
    size = ELEMENTS[index].size;
  }
  const cJSON *dimension;
  cJSON_ArrayForEach(dimension, cJSON_GetObjectItemCaseSensitive(entry, "shape")) {
    REQUIRE(tensor.dimensions < sizeof tensor.shape / sizeof *tensor.shape);
    tensor.shape[tensor.dimensions++] = number(dimension);
    tensor.count *= number(dimension);
  }
  const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(entry, "data_offsets");
  size_t start = number(cJSON_GetArrayItem(offsets, 0)), end = number(cJSON_GetArrayItem(offsets, 1));
  REQUIRE(size > 0 && start <= end && end <= bytes && end - start == tensor.count * size && start % size == 0);
  tensor.values = values + start;
  return tensor;
}

struct tensor_file tensor_file_read(const char *path) {
  size_t length;
  char *bytes = read_file(path, &length);
  uint64_t header_length = 0;
  REQUIRE(length >= sizeof header_length);
  for (size_t index = sizeof header_length; index-- > 0;) header_length = header_length << 8 | (unsigned char)bytes[index];
  REQUIRE(header_length <= length - sizeof header_length);
  cJSON *header = cJSON_ParseWithLength(bytes + sizeof header_length, header_length);
  REQUIRE(cJSON_IsObject(header));

  /* A copy, so that the values are aligned. */
  size_t start = sizeof header_length + header_length, value_bytes = length - start;
  char *values = malloc(value_bytes + 1);
  REQUIRE(values != NULL);
  memcpy(values, bytes + start, value_bytes);
  free(bytes);

  struct tensor_file file = {.header = header, .values = values};
  file.tensors = calloc((size_t)cJSON_GetArraySize(header) + 1, sizeof *file.tensors);
  REQUIRE(file.tensors != NULL);
  const cJSON *entry;
  cJSON_ArrayForEach(entry, header) {
    if (strcmp(entry->string, "__metadata__") == 0) continue;
    file.tensors[file.count++] = read_tensor(entry, values, value_bytes);
  }
  return file;
}

const struct tensor *tensor_file_find(const struct tensor_file *file, const char *name, enum element element) {
  for (size_t index = 0; index < file->count; index++) {
    const struct tensor *tensor = &file->tensors[index];
    if (strcmp(tensor->name, name) != 0) continue;
    REQUIRE(tensor->element == element);
    return tensor;
  }
  return NULL;
}

void tensor_file_free(struct tensor_file *file) {
  cJSON_Delete(file->header);
  free(file->values);
  free(file->tensors);
}

cJSON *read_list(const char *file) {
  char path[PATH_LENGTH];
  repository_path(path, "%s", file);
  size_t length;
  char *bytes = read_file(path, &length);
  cJSON *list = cJSON_ParseWithLength(bytes, length);
  free(bytes);
  REQUIRE(cJSON_IsArray(list));
  return list;
}

struct golden_list golden_list_read(void) {
  cJSON *json = read_list("tests/goldens/cases.json");
  struct golden_list list = {.json = json};
  list.cases = calloc((size_t)cJSON_GetArraySize(json) + 1, sizeof *list.cases);
  REQUIRE(list.cases != NULL);
  const cJSON *entry, *output;
  cJSON_ArrayForEach(entry, json) {
    struct golden_case *item = &list.cases[list.count++];
    item->checkpoint = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "checkpoint"));
    item->file = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "case"));
    item->tensor_prefix = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "tensor_prefix"));
    const cJSON *outputs = cJSON_GetObjectItemCaseSensitive(entry, "outputs");
    item->outputs = calloc((size_t)cJSON_GetArraySize(outputs) + 1, sizeof *item->outputs);
    REQUIRE(item->checkpoint != NULL && item->file != NULL && item->outputs != NULL);
    cJSON_ArrayForEach(output, outputs) item->outputs[item->output_count++] = cJSON_GetStringValue(output);
  }
  return list;
}

void golden_list_free(struct golden_list *list) {
  for (size_t index = 0; index < list->count; index++) free(list->cases[index].outputs);
  free(list->cases);
  cJSON_Delete(list->json);
}
