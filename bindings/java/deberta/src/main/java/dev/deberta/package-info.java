/**
 * DeBERTa v2 and v3 without a framework: a model folder and text in, the reference's numbers out.
 *
 * <p>{@link dev.deberta.Model} is where to begin:
 *
 * <pre>{@code
 * try (Model model = Model.open(Path.of("models/code-language"))) {
 *     Classification answer = model.classify("fn main() { println!(\"hello\"); }");
 *     System.out.println(answer.label() + " " + answer.score());
 * }
 * }</pre>
 *
 * <p>What all of the package has in common:
 * <ul>
 *   <li>An argument that is {@code null} where nothing says that it may be is a {@link
 *       java.lang.NullPointerException}. Every other failure is a {@link dev.deberta.DebertaException}, which has a
 *       stable {@link dev.deberta.Status}.
 *   <li>Models, tokenizers and all values may be used by several threads at once. Options and results are values:
 *       nothing has to be closed but models and tokenizers.
 *   <li>Arrays inside of results belong to the caller, as do those of {@link dev.deberta.Encoded}; no method changes
 *       them.
 *   <li>Options are records with defaults; {@code with…} methods give a copy that differs in one. Records may get
 *       further components: make them by {@code defaults()}, not by their constructors.
 * </ul>
 */
package dev.deberta;
