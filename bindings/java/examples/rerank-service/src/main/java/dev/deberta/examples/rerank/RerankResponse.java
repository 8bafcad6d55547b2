package dev.deberta.examples.rerank;

import dev.deberta.Ranked;
import java.util.List;

/**
 * What a client gets.
 *
 * @param results the documents, the best first
 */
record RerankResponse(List<Result> results) {
    /**
     * A document.
     *
     * @param index its index in the request
     * @param score how well it answers the query
     */
    record Result(int index, float score) {}

    static RerankResponse of(List<Ranked> ranked) {
        return new RerankResponse(
                ranked.stream().map(place -> new Result(place.document(), place.score())).toList());
    }

    /**
     * What a client gets in the place of an answer.
     *
     * @param error what is wrong
     */
    record Failure(String error) {}
}
