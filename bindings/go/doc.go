// Package deberta runs DeBERTa v2 and v3 models through libdeberta: classification with labels of the model or of one's
// own, ranking, tagging, question answering, filling masks, multiple choice, embeddings, explanations, and the encoder
// itself.
//
//	model, err := deberta.Open(ctx, "models/code-language", nil)
//	if err != nil {
//		return err
//	}
//	defer model.Close()
//	answers, err := model.Classify(ctx, deberta.Texts("fn main() {}"), nil)
//	if err != nil {
//		return err
//	}
//	label, score := answers[0].Best()
//
// # Options
//
// Every call takes a pointer to its options; nil and fields that are not set are the defaults.
//
// # Limits of a call
//
// Every call that computes takes a context, which is looked at before each layer of the encoder. A call whose context
// ends returns an error that is ctx.Err() in the sense of [errors.Is], and nothing else.
//
// # Errors
//
// Errors are of type [*Error], with a stable [Code] that is an error itself: errors.Is(err, deberta.CodeTooLong).
//
// # Lifetime and goroutines
//
// A [Model] and a [Tokenizer] hold memory that the garbage collector does not see; Close frees it. All methods may be
// called from any number of goroutines at once. Close waits for calls that are running; calls that come later return
// [ErrClosed]. What was never closed is freed some time after it has become unreachable; built with the tag
// deberta_debug, the program then logs a warning with the stack that opened it. Results are ordinary Go values that
// nobody has to close.
//
// # Building
//
// The library is found by pkg-config. With the build tag deberta_static it becomes a part of the program; without it,
// the shared library must be found when the program starts. One whose binary interface does not fit is refused by every
// function that opens something.
package deberta
