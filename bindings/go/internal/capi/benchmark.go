//go:build deberta_benchmark

package capi

/*
#include <deberta.h>

static deberta_status encode_loop(const deberta_model *model, const uint32_t *ids, size_t tokens, float *values,
                                  size_t capacity, size_t rounds, deberta_error **error) {
  const size_t row_offsets[] = {0, tokens};
  for (size_t round = 0; round < rounds; round++) {
    size_t length;
    deberta_status status = deberta_model_encode_ids_into(model, ids, NULL, tokens, row_offsets, 1, NULL, values,
                                                          capacity, &length, error);
    if (status != DEBERTA_STATUS_OK) return status;
  }
  return DEBERTA_STATUS_OK;
}
*/
import "C"

// EncodeLoop encodes one row many times in a loop in C: what calls from Go are measured against.
func (m *Model) EncodeLoop(ids []uint32, values []float32, rounds int) error {
	var a arguments
	defer a.release()
	return a.call(func(failure **C.deberta_error) C.deberta_status {
		return C.encode_loop(m.handle, pointer[C.uint32_t](ids), C.size_t(len(ids)), pointer[C.float](values),
			C.size_t(len(values)), C.size_t(rounds), failure)
	})
}
