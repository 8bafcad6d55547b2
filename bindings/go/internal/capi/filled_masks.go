package capi

// #include <deberta.h>
import "C"

// FillMaskOptions are those of deberta_fill_mask_options.
type FillMaskOptions struct {
	Tokenize *TokenizeOptions
	TopK     int
	// Candidates are the whole vocabulary if nil.
	Candidates []string
}

// FilledMasks is a deberta_filled_masks.
type FilledMasks struct {
	reader
	handle *C.deberta_filled_masks
}

// FilledMask is a deberta_filled_mask.
type FilledMask struct {
	Token                int
	ByteRange, CharRange Range
	Fills                int
}

// Fill is a deberta_fill.
type Fill struct {
	Token        string
	ID           uint32
	Score, Logit float32
}

// FillMask is deberta_model_fill_mask.
func (m *Model) FillMask(texts []string, o FillMaskOptions, run *Run) (*FilledMasks, error) {
	var a arguments
	defer a.release()
	first, count := a.strings(texts)
	options := C.deberta_fill_mask_options{
		struct_size: C.sizeof_deberta_fill_mask_options,
		tokenize:    a.tokenize(o.Tokenize),
		run:         a.run(run),
		top_k:       a.size("top_k", o.TopK),
	}
	options.candidates, options.candidate_count = a.strings(o.Candidates)
	var handle *C.deberta_filled_masks
	err := a.call(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_model_fill_mask(m.handle, first, count, &options, &handle, failure)
	})
	if err != nil {
		return nil, err
	}
	return &FilledMasks{handle: handle}, nil
}

// Free frees the answers.
func (f *FilledMasks) Free() { C.deberta_filled_masks_free(f.handle) }

// Rows returns the number of texts.
func (f *FilledMasks) Rows() int { return int(C.deberta_filled_masks_rows(f.handle)) }

// Count returns the number of masks of a text.
func (f *FilledMasks) Count(row int) int {
	return f.count(func(count *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_filled_masks_count(f.handle, C.size_t(row), count, failure)
	})
}

// Mask returns a mask of a text.
func (f *FilledMasks) Mask(row, index int) FilledMask {
	mask := C.deberta_filled_mask{struct_size: C.sizeof_deberta_filled_mask}
	f.read(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_filled_masks_mask(f.handle, C.size_t(row), C.size_t(index), &mask, failure)
	})
	return FilledMask{int(mask.token), rangeOf(mask.byte_range), rangeOf(mask.char_range), int(mask.fills)}
}

// Fill returns a copy of what may stand in the place of a mask.
func (f *FilledMasks) Fill(row, mask, place int) Fill {
	fill := C.deberta_fill{struct_size: C.sizeof_deberta_fill}
	f.read(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_filled_masks_fill(f.handle, C.size_t(row), C.size_t(mask), C.size_t(place), &fill, failure)
	})
	return Fill{text(fill.token), uint32(fill.id), float32(fill.score), float32(fill.logit)}
}

// Truncated returns what was cut off of a text; nil if nothing was.
func (f *FilledMasks) Truncated(row int) *Truncated {
	return f.truncated(func(truncated *C.deberta_truncated_text, failure **C.deberta_error) C.deberta_status {
		return C.deberta_filled_masks_truncation(f.handle, C.size_t(row), truncated, failure)
	})
}

// Windows returns the number of windows of a text.
func (f *FilledMasks) Windows(row int) int {
	return f.count(func(windows *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_filled_masks_windows(f.handle, C.size_t(row), windows, failure)
	})
}
