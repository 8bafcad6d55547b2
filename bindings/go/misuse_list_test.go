package deberta_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

// misuse is an entry of the list that all languages share: a call, its arguments, and how it is refused.
type misuse struct {
	Call    string `json:"call"`
	Status  string `json:"status"`
	Message string `json:"message"`

	Model             string  `json:"model"`
	Name              string  `json:"name"`
	Threads           int     `json:"threads"`
	TensorPrefix      *string `json:"tensor_prefix"`
	WithTaskTokenizer bool    `json:"with_task_tokenizer"`

	IDs           []uint32 `json:"ids"`
	RowOffsets    []int    `json:"row_offsets"`
	InputIDs      []int64  `json:"input_ids"`
	AttentionMask []int64  `json:"attention_mask"`
	TokenTypeIDs  []int64  `json:"token_type_ids"`
	EmbeddingSize int      `json:"embedding_size"`
	Rows          int      `json:"rows"`
	Length        int      `json:"length"`

	Text             []string   `json:"text"`
	Texts            [][]string `json:"texts"`
	MaxLength        int        `json:"max_length"`
	Truncation       string     `json:"truncation"`
	WindowStride     *int       `json:"window_stride"`
	AddSpecialTokens *bool      `json:"add_special_tokens"`

	Query              string   `json:"query"`
	Documents          []string `json:"documents"`
	Labels             []string `json:"labels"`
	Choices            []string `json:"choices"`
	HypothesisTemplate string   `json:"hypothesis_template"`
	Label              *int     `json:"label"`
}

// input is a text, which is a list of one string or of two.
func input(text []string) deberta.Input {
	if len(text) == 2 {
		return deberta.Pair(text[0], text[1])
	}
	return deberta.Input{Text: text[0]}
}

func (m misuse) folder(t *testing.T) string {
	if m.WithTaskTokenizer {
		return withTaskTokenizer(t, filepath.Base(m.Model))
	}
	return filepath.Join("../..", m.Model)
}

func (m misuse) opening() deberta.OpenOptions {
	return deberta.OpenOptions{Threads: m.Threads, TensorPrefix: m.TensorPrefix}
}

func (m misuse) tokenizing() *deberta.TokenizeOptions {
	options := &deberta.TokenizeOptions{
		MaxLength:         m.MaxLength,
		OmitSpecialTokens: m.AddSpecialTokens != nil && !*m.AddSpecialTokens,
		Windows:           m.WindowStride != nil,
	}
	if m.WindowStride != nil {
		options.Stride = *m.WindowStride
	}
	switch m.Truncation {
	case "longest_first":
		options.Truncation = deberta.TruncationLongestFirst
	case "only_second":
		options.Truncation = deberta.TruncationOnlySecond
	}
	return options
}

func (m misuse) inputs() []deberta.Input {
	inputs := []deberta.Input{}
	for _, text := range m.Texts {
		inputs = append(inputs, input(text))
	}
	return inputs
}

func (m misuse) singleTexts() []string {
	texts := []string{}
	for _, text := range m.Texts {
		texts = append(texts, text[0])
	}
	return texts
}

func (m misuse) questions() []deberta.Question {
	questions := []deberta.Question{}
	for _, text := range m.Texts {
		question := deberta.Question{Question: text[0]}
		if len(text) == 2 {
			question.Context = text[1]
		}
		questions = append(questions, question)
	}
	return questions
}

func (m misuse) batch() deberta.Batch {
	switch m.Call {
	case "encode_ragged":
		var types []uint32
		for _, id := range m.TokenTypeIDs {
			types = append(types, uint32(id))
		}
		return deberta.Ragged{IDs: m.IDs, TokenTypeIDs: types, RowOffsets: m.RowOffsets}
	case "encode_padded":
		return deberta.Padded{
			InputIDs: m.InputIDs, AttentionMask: m.AttentionMask, TokenTypeIDs: m.TokenTypeIDs, Rows: m.Rows, Length: m.Length,
		}
	default:
		values := make([]float32, m.Rows*m.Length*m.EmbeddingSize)
		return deberta.Embedded{
			Embeddings: values, EmbeddingSize: m.EmbeddingSize, AttentionMask: m.AttentionMask, Rows: m.Rows, Length: m.Length,
		}
	}
}

func (m misuse) outcome(t *testing.T) (err error) {
	options := m.opening()
	switch m.Call {
	case "open":
		_, err = deberta.Open(ctx, m.folder(t), &options)
		return err
	case "from_preset":
		_, err = deberta.FromPreset(ctx, m.Name, &options)
		return err
	}
	model := open(t, m.folder(t), options)
	tokenize := m.tokenizing()
	switch m.Call {
	case "encode_ragged", "encode_padded", "encode_embeddings":
		_, err = model.Encode(ctx, m.batch(), nil)
	case "token_embeddings":
		_, err = model.TokenEmbeddings(m.IDs)
	case "decode":
		_, err = must(model.Tokenizer())(t).Decode(m.IDs, false)
	case "tokenize":
		_, err = must(model.Tokenizer())(t).Encode(input(m.Text), tokenize)
	case "encode_texts":
		_, err = model.EncodeTexts(ctx, m.inputs(), tokenize, nil)
	case "classify":
		_, err = model.Classify(ctx, m.inputs(), &deberta.ClassifyOptions{Tokenize: tokenize})
	case "embed":
		_, err = model.Embed(ctx, m.inputs(), &deberta.EmbedOptions{Tokenize: tokenize})
	case "tag":
		_, err = model.Tag(ctx, m.singleTexts(), &deberta.TagOptions{Tokenize: tokenize})
	case "fill_mask":
		_, err = model.FillMask(ctx, m.singleTexts(), &deberta.FillMaskOptions{Tokenize: tokenize})
	case "answer":
		_, err = model.Answer(ctx, m.questions(), &deberta.AnswerOptions{Tokenize: tokenize})
	case "zero_shot":
		_, err = model.ZeroShot(ctx, m.singleTexts(), m.Labels, &deberta.ZeroShotOptions{
			Tokenize: tokenize, HypothesisTemplate: m.HypothesisTemplate,
		})
	case "rank":
		_, err = model.Rank(ctx, m.Query, m.Documents, &deberta.RankOptions{Tokenize: tokenize})
	case "choose":
		_, err = model.Choose(ctx, m.Text[0], m.Choices, &deberta.ChooseOptions{Tokenize: tokenize})
	case "explain":
		_, err = model.Explain(ctx, input(m.Text), &deberta.ExplainOptions{Tokenize: tokenize, Label: m.Label})
	default:
		t.Fatalf("nobody knows how to call %s", m.Call)
	}
	return err
}

func TestEveryMisuseIsRefused(t *testing.T) {
	list := readJSON[[]json.RawMessage](t, "../../tests/misuse.json")
	if len(list) < 65 {
		t.Fatalf("the list has shrunk to %d", len(list))
	}
	for index, entry := range list {
		var item misuse
		if err := json.Unmarshal(entry, &item); err != nil {
			t.Fatal(err)
		}
		t.Run(fmt.Sprintf("%d %s", index, item.Call), func(t *testing.T) {
			err := item.outcome(t)
			refused(t, err, codeOf(t, item.Status), item.Message)
		})
	}
}

// codeOf is the code of that name.
func codeOf(t *testing.T, name string) deberta.Code {
	for code := deberta.CodeInvalidArgument; code.String() != ""; code++ {
		if code.String() == name {
			return code
		}
	}
	t.Fatalf("no code is called %s", name)
	return 0
}
