package dev.deberta.examples.rerank;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.deberta.Model;
import dev.deberta.OpenOptions;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The service as its clients see it. The property {@code rerank.test.seconds} is how long it is under load. */
@Timeout(180)
class RerankServiceTest {
    private static final int SECONDS = Integer.getInteger("rerank.test.seconds", 4);
    private static final int CLIENTS = 8;
    private static final long ALLOWED_KIBIBYTES = 48 << 10;
    private static final List<String> DOCUMENTS =
            List.of("the dog", "a small bird sings in the garden", "", "she reads a letter", "it rains");

    private final HttpClient client = HttpClient.newHttpClient();
    private final Gson gson = new Gson();

    @TempDir
    private Path folder;

    private Model model;
    private RerankService service;

    @BeforeEach
    void start() throws IOException {
        Path goldens = Path.of(System.getProperty("deberta.test.repository"), "tests/goldens");
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(goldens.resolve("regression").resolve(file), folder.resolve(file));
        }
        Files.copy(goldens.resolve("task_tokenizer.json"), folder.resolve("tokenizer.json"));
        model = Model.open(folder, OpenOptions.defaults().withThreads(1));
        service = new RerankService(model, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        service.start();
    }

    @AfterEach
    void stop() {
        service.stop(Duration.ofSeconds(5));
    }

    private HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create("http://localhost:" + service.address().getPort() + path));
    }

    private HttpResponse<String> post(String body) throws IOException, InterruptedException {
        HttpRequest request = to("/rerank").POST(HttpRequest.BodyPublishers.ofString(body)).build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> rank(Map<String, Object> request) throws IOException, InterruptedException {
        return post(gson.toJson(request));
    }

    private static JsonObject json(HttpResponse<String> response) {
        assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
        return JsonParser.parseString(response.body()).getAsJsonObject();
    }

    @Test
    void documentsComeBackRanked() throws Exception {
        HttpResponse<String> response = rank(Map.of("query", "the cat", "documents", DOCUMENTS));
        assertThat(response.statusCode()).isEqualTo(200);
        JsonArray results = json(response).getAsJsonArray("results");
        assertThat(results.asList().stream().map(result -> result.getAsJsonObject().get("index").getAsInt()))
                .containsExactlyInAnyOrder(0, 1, 2, 3, 4);
        assertThat(results.asList().stream().map(result -> -result.getAsJsonObject().get("score").getAsFloat()))
                .isSorted();
        HttpResponse<String> best = rank(Map.of("query", "the cat", "documents", DOCUMENTS, "top_k", 2));
        JsonArray two = json(best).getAsJsonArray("results");
        assertThat(two.asList()).isEqualTo(results.asList().subList(0, 2));
    }

    @Test
    void whatIsWrongIsSaid() throws Exception {
        for (String body : List.of("", "{", "[]", "null", "{\"query\": \"a\"}", "{\"query\": \"a\", \"documents\": [null]}")) {
            HttpResponse<String> response = post(body);
            assertThat(response.statusCode()).as(body).isEqualTo(400);
            assertThat(json(response).get("error").getAsString()).isNotEmpty();
        }
        assertThat(rank(Map.of("query", " ", "documents", DOCUMENTS)).statusCode()).isEqualTo(400);
        assertThat(rank(Map.of("query", "a", "documents", List.of())).statusCode()).isEqualTo(400);
        assertThat(rank(Map.of("query", "a", "documents", DOCUMENTS, "top_k", 0)).statusCode()).isEqualTo(400);
        assertThat(post(" ".repeat(5 << 20)).statusCode()).isEqualTo(413);
        HttpResponse<String> get = client.send(to("/rerank").build(), HttpResponse.BodyHandlers.ofString());
        assertThat(get.statusCode()).isEqualTo(405);
        assertThat(get.headers().firstValue("Allow")).contains("POST");
        HttpResponse<String> health = client.send(to("/health").build(), HttpResponse.BodyHandlers.ofString());
        assertThat(health.statusCode()).isEqualTo(204);
    }

    @Test
    void aDeadlineEndsARequest() throws Exception {
        List<String> many = Collections.nCopies(20_000, "the dog sings");
        HttpResponse<String> response = rank(Map.of("query", "a", "documents", many, "timeout_ms", 5));
        assertThat(response.statusCode()).isEqualTo(504);
        assertThat(json(response).get("error").getAsString()).contains("deadline");
    }

    @Test
    void requestsThatRunEndBeforeTheService() throws Exception {
        List<String> many = Collections.nCopies(2_000, "the dog sings");
        ExecutorService clients = Executors.newFixedThreadPool(2);
        List<CompletableFuture<Integer>> running = IntStream.range(0, 2)
                .mapToObj(request -> CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return rank(Map.of("query", "a", "documents", many)).statusCode();
                            } catch (IOException | InterruptedException error) {
                                throw new AssertionError(error);
                            }
                        },
                        clients))
                .toList();
        Thread.sleep(150);
        service.stop(Duration.ofSeconds(20));
        running.forEach(request -> assertThat(request.join()).isEqualTo(200));
        clients.shutdown();
        assertThatThrownBy(() -> model.classify("a")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> post("{}")).isInstanceOf(ConnectException.class);
    }

    @Test
    void underLoadNothingFailsAndMemoryIsFlat() throws Exception {
        String expected = rank(Map.of("query", "the cat", "documents", DOCUMENTS)).body();
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        load(clients, expected, Math.max(SECONDS / 4, 2));
        long before = residentKibibytes();
        long requests = load(clients, expected, SECONDS);
        long after = residentKibibytes();
        clients.shutdown();
        System.out.printf(
                "%d clients, %d s: %d requests, %d to %d KiB resident%n", CLIENTS, SECONDS, requests, before, after);
        assertThat(requests).isGreaterThan(100);
        assertThat(after - before).isLessThan(ALLOWED_KIBIBYTES);
    }

    private long load(ExecutorService clients, String expected, int seconds) {
        long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        List<CompletableFuture<Long>> counts = IntStream.range(0, CLIENTS)
                .mapToObj(number -> CompletableFuture.supplyAsync(() -> requestUntil(end, expected), clients))
                .toList();
        return counts.stream().mapToLong(CompletableFuture::join).sum();
    }

    private long requestUntil(long end, String expected) {
        long count = 0;
        try {
            while (System.nanoTime() < end) {
                HttpResponse<String> response = rank(Map.of("query", "the cat", "documents", DOCUMENTS));
                assertThat(response.statusCode()).isEqualTo(200);
                assertThat(response.body()).isEqualTo(expected);
                count++;
            }
        } catch (IOException | InterruptedException error) {
            throw new AssertionError(error);
        }
        return count;
    }

    private static long residentKibibytes() throws IOException {
        System.gc();
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow();
    }
}
