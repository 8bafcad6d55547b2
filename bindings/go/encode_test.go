package deberta_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

func TestPaddingMakesNoDifference(t *testing.T) {
	model := open(t, golden("v3_shared"), deberta.OpenOptions{})
	batch := deberta.Padded{
		InputIDs:      []int64{5, 6, 7, 0, 0, 8, 9, 0},
		AttentionMask: []int64{1, 1, 1, 0, 0, 1, 1, 0},
		Rows:          2,
		Length:        4,
	}
	options := &deberta.EncodeOptions{Outputs: everything}
	padded := must(model.Encode(ctx, batch, options))(t)
	if padded.Rows != 2 || padded.Tokens != 5 || padded.Length != 4 || !slices.Equal(padded.RowOffsets, []int{0, 3, 5}) ||
		!slices.Equal(padded.Positions, []uint32{0, 1, 2, 1, 2}) {
		t.Errorf("%+v", padded)
	}
	ragged := must(model.Encode(ctx, deberta.Rows([]uint32{5, 6, 7}, []uint32{8, 9}), options))(t)
	if ragged.Length != 3 || !slices.Equal(ragged.Positions, []uint32{0, 1, 2, 0, 1}) {
		t.Errorf("%+v", ragged)
	}
	for name, values := range outputs(padded) {
		if !sameBits(values, outputs(ragged)[name]) {
			t.Errorf("%s differs", name)
		}
	}
	last := must(model.Encode(ctx, batch, nil))(t)
	if last.HiddenStates != nil || last.Attentions != nil || last.Logits != nil || last.LogitsHead != deberta.HeadNone {
		t.Errorf("%+v", last)
	}
}

func TestEmbeddingsStandForIDs(t *testing.T) {
	model := open(t, golden("embedding_projection"), deberta.OpenOptions{})
	size := model.Info().EmbeddingSize
	embeddings := must(model.TokenEmbeddings([]uint32{5, 6, 7, 8}))(t)
	if len(embeddings) != 4*size || len(must(model.TokenEmbeddings(nil))(t)) != 0 {
		t.Errorf("%d floats", len(embeddings))
	}
	mask := []int64{1, 1, 0, 1}
	batch := deberta.Embedded{Embeddings: embeddings, EmbeddingSize: size, AttentionMask: mask, Rows: 2, Length: 2}
	ids := deberta.Padded{InputIDs: []int64{5, 6, 7, 8}, AttentionMask: mask, Rows: 2, Length: 2}
	options := &deberta.EncodeOptions{Outputs: everything, Padded: true}
	expected := outputs(must(model.Encode(ctx, ids, options))(t))
	for name, values := range outputs(must(model.Encode(ctx, batch, options))(t)) {
		if !sameBits(values, expected[name]) {
			t.Errorf("%s differs", name)
		}
	}
	values := make([]float32, len(expected["last_hidden_state"]))
	must(model.EncodeInto(ctx, values, batch))(t)
	if !sameBits(values, expected["last_hidden_state"]) {
		t.Error("EncodeInto writes other bits")
	}
	refuses := func(batch deberta.Embedded, part string) {
		t.Helper()
		_, err := model.Encode(ctx, batch, nil)
		refused(t, err, deberta.CodeInvalidArgument, part)
		_, err = model.EncodeInto(ctx, values, batch)
		refused(t, err, deberta.CodeInvalidArgument, part)
	}
	refuses(deberta.Embedded{Embeddings: embeddings, EmbeddingSize: 2 * size, Rows: 1, Length: 2}, "embeddings have size")
	refuses(deberta.Embedded{Rows: 1, Length: 2}, "embedding size is 0")
	refuses(deberta.Embedded{Embeddings: embeddings, EmbeddingSize: size, Rows: 3, Length: 2}, "embeddings has")
	refuses(deberta.Embedded{Embeddings: embeddings, EmbeddingSize: size, AttentionMask: []int64{7, 1, 1, 1}, Rows: 2, Length: 2},
		"attention_mask[0, 0] is 7")
	refuses(deberta.Embedded{Embeddings: embeddings, EmbeddingSize: math.MaxInt, Rows: 2, Length: 2}, "memory")
	_, err := model.TokenEmbeddings([]uint32{0, uint32(model.Info().VocabSize)})
	refused(t, err, deberta.CodeInvalidArgument, "ids[1]")
}

func TestWrongRaggedBatchesAreRefused(t *testing.T) {
	model := open(t, golden("token_types"), deberta.OpenOptions{})
	vocabulary := uint32(model.Info().VocabSize)
	values := make([]float32, 4096)
	for _, item := range []struct {
		batch deberta.Ragged
		part  string
	}{
		{deberta.Rows(), "has no rows"},
		{deberta.Ragged{}, "row_offsets is empty"},
		{deberta.Ragged{IDs: []uint32{5}, RowOffsets: []int{0, 1, 1}}, "row 1 of the batch has no valid token"},
		{deberta.Rows([]uint32{}), "row 0 of the batch has no valid token"},
		{deberta.Ragged{IDs: []uint32{5, 6}, RowOffsets: []int{0, 1}}, "row_offsets goes from 0 to 1"},
		{deberta.Ragged{IDs: []uint32{5, 6}, RowOffsets: []int{0, 3}}, "row_offsets goes from 0 to 3"},
		{deberta.Ragged{IDs: []uint32{5, 6}, RowOffsets: []int{1, 2}}, "row_offsets goes from 1 to 2"},
		{deberta.Ragged{IDs: []uint32{5, 6}, RowOffsets: []int{0, 9, 2}}, "row_offsets[1] is 9"},
		{deberta.Ragged{IDs: []uint32{5, 6}, RowOffsets: []int{0, 2, 1, 2}}, "row_offsets[2] is 1 after 2"},
		{deberta.Ragged{IDs: []uint32{5, 6}, RowOffsets: []int{0, -1, 2}}, "row_offsets"},
		{deberta.Rows([]uint32{5, vocabulary}), "the vocabulary has"},
		{deberta.Rows([]uint32{math.MaxUint32, 5}), "the vocabulary has"},
		{deberta.Ragged{IDs: []uint32{5, 6}, TokenTypeIDs: []uint32{0, 99}, RowOffsets: []int{0, 2}}, "token types"},
		{deberta.Ragged{IDs: []uint32{5, 6}, TokenTypeIDs: []uint32{0}, RowOffsets: []int{0, 2}}, "token_type_ids has 1"},
	} {
		_, err := model.Encode(ctx, item.batch, nil)
		refused(t, err, deberta.CodeInvalidArgument, item.part)
		_, err = model.EncodeInto(ctx, values, item.batch)
		refused(t, err, deberta.CodeInvalidArgument, item.part)
	}
	_, err := model.Encode(ctx, nil, nil)
	refused(t, err, deberta.CodeInvalidArgument, "batch is nil")
	_, err = model.EncodeInto(ctx, nil, nil)
	refused(t, err, deberta.CodeInvalidArgument, "batch is nil")
	_, err = model.Encode(ctx, deberta.Rows([]uint32{5}), &deberta.EncodeOptions{Outputs: 8})
	refused(t, err, deberta.CodeInvalidArgument, "outputs is 0x8")
	// After all of that the model still answers.
	must(model.Encode(ctx, deberta.Rows([]uint32{5, 6}), nil))(t)
}

func TestWrongPaddedBatchesAreRefused(t *testing.T) {
	model := open(t, golden("token_types"), deberta.OpenOptions{})
	vocabulary := int64(model.Info().VocabSize)
	values := make([]float32, 4096)
	for _, item := range []struct {
		ids, mask, types []int64
		rows, length     int
		part             string
	}{
		{nil, nil, nil, 0, 4, "has no rows"},
		{nil, nil, nil, 2, 0, "row 0 of the batch has no valid token"},
		{[]int64{5, -1}, nil, nil, 1, 2, "input_ids[0, 1] is -1"},
		{[]int64{5, math.MinInt64}, nil, nil, 2, 1, "input_ids[1, 0]"},
		{[]int64{5, math.MaxInt64}, nil, nil, 1, 2, "input_ids[0, 1]"},
		{[]int64{1<<32 + 5, 5}, nil, nil, 1, 2, "input_ids[0, 0]"},
		{[]int64{5, vocabulary}, nil, nil, 1, 2, "the vocabulary has"},
		{[]int64{5, 6, 7, 8}, []int64{1, 1, 0, 0}, nil, 2, 2, "row 1 of the batch has no valid token"},
		{[]int64{5, 6}, []int64{1, 2}, nil, 1, 2, "attention_mask[0, 1] is 2"},
		{[]int64{5, 6}, []int64{1, -1}, nil, 1, 2, "attention_mask[0, 1] is -1"},
		{[]int64{5, 6}, nil, []int64{0, -1}, 1, 2, "token_type_ids[0, 1] is -1"},
		{[]int64{5, 6}, nil, []int64{0, 99}, 1, 2, "token types"},
		{[]int64{5, 6}, nil, nil, 1, 3, "input_ids has 2 elements"},
		{[]int64{5, 6}, []int64{1}, nil, 1, 2, "attention_mask has 1 elements"},
		{[]int64{5, 6}, nil, []int64{0}, 1, 2, "token_type_ids has 1 elements"},
		{nil, nil, nil, -1, 2, "rows is -1"},
		{nil, nil, nil, 2, -1, "length is -1"},
		{nil, nil, nil, math.MaxInt, math.MaxInt, "memory"},
	} {
		batch := deberta.Padded{
			InputIDs: item.ids, AttentionMask: item.mask, TokenTypeIDs: item.types, Rows: item.rows, Length: item.length,
		}
		_, err := model.Encode(ctx, batch, nil)
		refused(t, err, deberta.CodeInvalidArgument, item.part)
		_, err = model.EncodeInto(ctx, values, batch)
		refused(t, err, deberta.CodeInvalidArgument, item.part)
	}
	model = open(t, golden("absolute_positions"), deberta.OpenOptions{})
	long := make([]uint32, model.Info().MaxPositionEmbeddings+1)
	_, err := model.Encode(ctx, deberta.Rows(long), nil)
	refused(t, err, deberta.CodeTooLong, "absolute positions")
	must(model.Encode(ctx, deberta.Rows(long[1:]), nil))(t)
}

func TestTextsAreTokenizedAndEncoded(t *testing.T) {
	model := openBundled(t)
	tokenizer := must(model.Tokenizer())(t)
	inputs := []deberta.Input{deberta.Text("fn main() {}"), deberta.Pair("first", "second text"), deberta.Text("ü")}
	found := must(model.EncodeTexts(ctx, inputs, nil, &deberta.EncodeOptions{Outputs: everything}))(t)
	for row, input := range inputs {
		tokens := must(tokenizer.Encode(input, nil))(t)
		if !slices.Equal(found.Tokenized[row].IDs, tokens.IDs) || !slices.Equal(found.Tokenized[row].Tokens, tokens.Tokens) {
			t.Errorf("row %d has the tokens %v", row, found.Tokenized[row].Tokens)
		}
		batch := deberta.Ragged{IDs: tokens.IDs, TokenTypeIDs: tokens.TokenTypeIDs, RowOffsets: []int{0, len(tokens.IDs)}}
		alone := must(model.Encode(ctx, batch, nil))(t)
		start, end := found.RowOffsets[row]*found.HiddenSize, found.RowOffsets[row+1]*found.HiddenSize
		if !sameBits(found.LastHiddenState[start:end], alone.LastHiddenState) {
			t.Errorf("row %d has other bits than its ids", row)
		}
	}
	encodeTexts := func(inputs []deberta.Input, tokenize *deberta.TokenizeOptions) error {
		_, err := model.EncodeTexts(ctx, inputs, tokenize, nil)
		return err
	}
	bare := &deberta.TokenizeOptions{OmitSpecialTokens: true}
	refused(t, encodeTexts(nil, nil), deberta.CodeInvalidArgument, "has no rows")
	refused(t, encodeTexts(deberta.Texts(""), bare), deberta.CodeInvalidArgument, "row 0 of the batch has no valid token")
	refused(t, encodeTexts(inputs, &deberta.TokenizeOptions{MaxLength: 4, Windows: true}), deberta.CodeInvalidArgument, "windows")
}

func TestWrongTextsAreRefused(t *testing.T) {
	model := openBundled(t)
	tokenizer := must(model.Tokenizer())(t)
	refuses := func(wrong deberta.Input, tokenize *deberta.TokenizeOptions, code deberta.Code, inBatch, alone string) {
		t.Helper()
		inputs := []deberta.Input{deberta.Text("good"), wrong}
		_, err := model.EncodeTexts(ctx, inputs, tokenize, nil)
		refused(t, err, code, inBatch)
		_, err = model.Classify(ctx, inputs, &deberta.ClassifyOptions{Tokenize: tokenize})
		refused(t, err, code, inBatch)
		_, err = model.Embed(ctx, inputs, &deberta.EmbedOptions{Tokenize: tokenize})
		refused(t, err, code, inBatch)
		_, err = tokenizer.Encode(wrong, tokenize)
		refused(t, err, code, alone)
	}
	for bytes, valid := range map[string]string{
		"ab\xff": "2", "\x80": "0", "a\xe2\x82": "1", "\xc0\x80": "0", "xy\xed\xa0\x80": "2", "\xf4\x90\x80\x80": "0",
	} {
		message := "text is not UTF-8 from byte " + valid
		refuses(deberta.Text(bytes), nil, deberta.CodeInvalidUTF8, "texts[1]: "+message, message)
	}
	message := "pair is not UTF-8 from byte 2 on"
	refuses(deberta.Pair("good", "ab\xff"), nil, deberta.CodeInvalidUTF8, "texts[1]: "+message, message)
	refuses(deberta.Text("a"), &deberta.TokenizeOptions{Truncation: 6}, deberta.CodeInvalidArgument, "truncation is 6",
		"truncation is 6")
	refuses(deberta.Text("a"), &deberta.TokenizeOptions{MaxLength: -1}, deberta.CodeInvalidArgument, "max_length is -1",
		"max_length is -1")
	refuses(deberta.Text("one two three four five six"), &deberta.TokenizeOptions{MaxLength: 4}, deberta.CodeTooLong, "", "4")
	_, err := tokenizer.ID("ab\xff")
	refused(t, err, deberta.CodeInvalidUTF8, "token is not UTF-8")
	_, err = tokenizer.ID("there is no such token")
	refused(t, err, deberta.CodeInvalidArgument, "")
	_, err = tokenizer.Token(math.MaxUint32)
	refused(t, err, deberta.CodeInvalidArgument, "")
	_, err = tokenizer.Decode([]uint32{math.MaxUint32}, false)
	refused(t, err, deberta.CodeInvalidArgument, "")
}

func TestWrongChoicesAreRefused(t *testing.T) {
	model := openBundled(t)
	_, err := model.Classify(ctx, deberta.Texts("a"), &deberta.ClassifyOptions{ScoreFunction: 4})
	refused(t, err, deberta.CodeInvalidArgument, "score_function is 4")
	_, err = model.Classify(ctx, deberta.Texts("a"), &deberta.ClassifyOptions{WindowMerge: -1})
	refused(t, err, deberta.CodeInvalidArgument, "window_merge is -1")
	_, err = model.Classify(ctx, deberta.Texts("a"), &deberta.ClassifyOptions{Run: deberta.RunOptions{BatchTokens: -1}})
	refused(t, err, deberta.CodeInvalidArgument, "batch_tokens is -1")
	_, err = model.Embed(ctx, deberta.Texts("a"), &deberta.EmbedOptions{Pooling: 3})
	refused(t, err, deberta.CodeInvalidArgument, "pooling is 3")
	_, err = model.Explain(ctx, deberta.Text("a"), &deberta.ExplainOptions{Method: 2})
	refused(t, err, deberta.CodeInvalidArgument, "method is 2")
	if name := deberta.InstructionSet(99).String(); name != "" {
		t.Errorf("an unknown instruction set is %q", name)
	}
	if name := deberta.Code(99).String(); name != "" {
		t.Errorf("an unknown code is %q", name)
	}
}

func TestTextsMayHoldAnything(t *testing.T) {
	model := openBundled(t)
	tokenizer := must(model.Tokenizer())(t)
	options := &deberta.TokenizeOptions{MaxLength: 64, Truncation: deberta.TruncationLongestFirst}
	for _, text := range []string{"", "\x00", "a\x00b", "\ufeff😀é\u0301\r\n", strings.Repeat("x ", 20_000)} {
		for _, input := range []deberta.Input{deberta.Text(text), deberta.Pair(text, ""), deberta.Pair(text, "b\x00")} {
			found := must(tokenizer.Encode(input, options))(t)
			if len(found.IDs) > 64 {
				t.Errorf("%d tokens", len(found.IDs))
			}
			checkOffsets(t, input, found)
			must(model.Classify(ctx, []deberta.Input{input}, &deberta.ClassifyOptions{Tokenize: options}))(t)
		}
	}
	withNUL := must(tokenizer.Encode(deberta.Text("a\x00b"), nil))(t)
	if last := withNUL.ByteOffsets[len(withNUL.ByteOffsets)-2]; last.End != 3 {
		t.Errorf("what stands behind the NUL is not read: %+v", withNUL)
	}
}
