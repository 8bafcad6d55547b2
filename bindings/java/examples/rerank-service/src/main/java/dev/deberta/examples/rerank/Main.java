package dev.deberta.examples.rerank;

import dev.deberta.DebertaException;
import dev.deberta.Model;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;

/** Serves a reranking model: {@code java -jar rerank-service.jar MODEL [PORT]}. */
public final class Main {
    private static final Duration GRACE = Duration.ofSeconds(10);

    private Main() {}

    /**
     * Starts the service, which ends with the process, after the requests that run.
     *
     * @param arguments the model folder, and the port, 8080 unless given
     */
    public static void main(String[] arguments) {
        if (arguments.length < 1 || arguments.length > 2) {
            System.err.println("usage: rerank-service MODEL [PORT]");
            System.exit(2);
        }
        try {
            int port = arguments.length == 2 ? Integer.parseInt(arguments[1]) : 8080;
            RerankService service = new RerankService(Model.open(Path.of(arguments[0])), new InetSocketAddress(port));
            Runtime.getRuntime().addShutdownHook(new Thread(() -> service.stop(GRACE), "shutdown"));
            service.start();
            System.out.println("listening on port " + service.address().getPort());
        } catch (DebertaException | IOException | IllegalArgumentException error) {
            System.err.println("error: " + error.getMessage());
            System.exit(1);
        }
    }
}
