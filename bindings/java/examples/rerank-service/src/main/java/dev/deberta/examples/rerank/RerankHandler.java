package dev.deberta.examples.rerank;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.deberta.DebertaException;
import dev.deberta.Model;
import dev.deberta.RankOptions;
import dev.deberta.RunOptions;
import dev.deberta.TokenizeOptions;
import dev.deberta.Truncation;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;

/** Answers {@code POST /rerank}. */
final class RerankHandler implements HttpHandler {
    private static final System.Logger LOGGER = System.getLogger(RerankHandler.class.getName());
    private static final int LARGEST_BODY = 4 << 20;
    private static final Duration LONGEST = Duration.ofSeconds(10);
    /** Rerankers are trained on so many tokens; of longer documents the beginning counts. */
    private static final TokenizeOptions TOKENIZE =
            TokenizeOptions.defaults().withMaxLength(512).withTruncation(Truncation.LONGEST_FIRST);

    private final Gson gson = new Gson();
    private final Model model;

    RerankHandler(Model model) {
        this.model = model;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!exchange.getRequestMethod().equals("POST")) {
                exchange.getResponseHeaders().set("Allow", "POST");
                refuse(exchange, 405, "use POST");
                return;
            }
            try (InputStream stream = exchange.getRequestBody()) {
                byte[] body = stream.readNBytes(LARGEST_BODY + 1);
                if (body.length > LARGEST_BODY) {
                    discard(stream);
                    refuse(exchange, 413, "a request has at most %d bytes".formatted(LARGEST_BODY));
                    return;
                }
                answer(exchange, body);
            }
        }
    }

    /** Clients read the answer when they have sent all; on those that send far too much, the connection is closed. */
    private static void discard(InputStream stream) throws IOException {
        byte[] buffer = new byte[1 << 16];
        int read = 0;
        for (long left = 8L * LARGEST_BODY; left > 0 && read >= 0; left -= read) {
            read = stream.read(buffer);
        }
    }

    private void answer(HttpExchange exchange, byte[] body) throws IOException {
        try {
            RerankRequest request = gson.fromJson(new String(body, StandardCharsets.UTF_8), RerankRequest.class);
            if (request == null || request.query() == null || request.documents() == null
                    || request.documents().stream().anyMatch(Objects::isNull)) {
                refuse(exchange, 400, "a request has a query and documents");
                return;
            }
            send(exchange, 200, RerankResponse.of(model.rank(request.query(), request.documents(), options(request))));
        } catch (JsonParseException error) {
            refuse(exchange, 400, "the request is not the JSON that is expected: " + error.getMessage());
        } catch (DebertaException error) {
            refuse(exchange, statusOf(error), error.getMessage());
        } catch (IllegalStateException closed) {
            refuse(exchange, 503, "the service is ending");
        }
    }

    private static RankOptions options(RerankRequest request) {
        long longest = LONGEST.toMillis();
        Long asked = request.timeoutMilliseconds();
        Duration timeout = Duration.ofMillis(asked == null ? longest : Math.min(asked, longest));
        RankOptions options = RankOptions.defaults()
                .withTokenize(TOKENIZE)
                .withRun(RunOptions.defaults().withTimeout(timeout));
        return request.topK() == null ? options : options.withTopK(request.topK());
    }

    private static int statusOf(DebertaException error) {
        return switch (error.status()) {
            case INVALID_ARGUMENT, INVALID_UTF8, TOO_LONG -> 400;
            case DEADLINE_EXCEEDED -> 504;
            default -> {
                LOGGER.log(System.Logger.Level.ERROR, "a request failed", error);
                yield 500;
            }
        };
    }

    private void refuse(HttpExchange exchange, int status, String message) throws IOException {
        send(exchange, status, new RerankResponse.Failure(message));
    }

    private void send(HttpExchange exchange, int status, Object content) throws IOException {
        byte[] body = gson.toJson(content).getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }
}
