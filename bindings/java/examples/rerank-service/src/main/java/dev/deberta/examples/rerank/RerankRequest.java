package dev.deberta.examples.rerank;

import com.google.gson.annotations.SerializedName;
import java.util.List;

/**
 * What a client asks.
 *
 * @param query what documents are ranked for
 * @param documents the documents
 * @param topK how many of the best to return; {@code null} for all
 * @param timeoutMilliseconds how long it may take; {@code null} for the service's limit, which is never exceeded
 */
record RerankRequest(
        String query,
        List<String> documents,
        @SerializedName("top_k") Integer topK,
        @SerializedName("timeout_ms") Long timeoutMilliseconds) {}
