package dev.deberta.examples.rerank;

import com.sun.net.httpserver.HttpServer;
import dev.deberta.Model;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** An HTTP server that owns a model. Each request has a thread of its own, a virtual one where the JDK has them. */
public final class RerankService {
    /** Connections that wait to be accepted. */
    private static final int BACKLOG = 128;

    private final Model model;
    private final HttpServer server;
    private final ExecutorService threads = newThreadPerRequest();

    /**
     * Listens at an address; {@link #start()} has it answer.
     *
     * @param model the model, which is closed by {@link #stop}
     * @param address where to listen; port 0 for any that is free
     * @throws IOException if the address cannot be listened at
     */
    public RerankService(Model model, InetSocketAddress address) throws IOException {
        this.model = model;
        server = HttpServer.create(address, BACKLOG);
        server.setExecutor(threads);
        server.createContext("/rerank", new RerankHandler(model));
        server.createContext("/health", exchange -> {
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
    }

    /** Begins to answer requests. */
    public void start() {
        server.start();
    }

    /**
     * Where the service listens.
     *
     * @return the address, with its port
     */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    /**
     * Accepts no more requests, lets those that run end, and closes the model.
     *
     * @param grace how long requests may still run
     */
    public void stop(Duration grace) {
        server.stop(Math.toIntExact(grace.toSeconds()));
        threads.shutdown();
        model.close();
    }

    /** Virtual threads are asked for by name, as this is compiled for JDKs without them, too. */
    private static ExecutorService newThreadPerRequest() {
        try {
            return (ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException notThere) {
            return Executors.newCachedThreadPool();
        }
    }
}
