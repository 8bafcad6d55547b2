package dev.deberta;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * Stops the calls that were given it, once and for all, from any thread. They look at it before each layer of the
 * encoder and end with {@link Status#CANCELLED}.
 */
public final class Cancellation {
    private static final Cleaner CLEANER = Cleaner.create();

    /** Valid as long as this object is reachable. */
    final long handle = Native.newCancellation();

    /** Not cancelled yet. */
    public Cancellation() {
        long address = handle;
        CLEANER.register(this, () -> Native.freeCancellation(address));
    }

    /** Stops the calls that have it, and those that will be given it. */
    public void cancel() {
        try {
            Native.cancel(handle);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Whether {@link #cancel()} was called.
     *
     * @return whether it was
     */
    public boolean isCancelled() {
        try {
            return Native.isCancelled(handle);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Runs a call in the background, and stops it when the future is cancelled or ends in another way, such as by
     * {@link CompletableFuture#orTimeout}.
     *
     * <pre>{@code
     * CompletableFuture<List<Ranked>> ranked = Cancellation.supplyAsync(
     *         cancellation -> model.rank(query, documents, RankOptions.defaults()
     *                 .withRun(RunOptions.defaults().withCancellation(cancellation))),
     *         executor);
     * }</pre>
     *
     * @param <T> the type of the result
     * @param call the call, which gives the cancellation on to the library
     * @param executor where it runs; it may be one of virtual threads, though each computes on the platform thread that
     *     carries it
     * @return the future result
     */
    public static <T> CompletableFuture<T> supplyAsync(Function<Cancellation, T> call, Executor executor) {
        Cancellation cancellation = new Cancellation();
        CompletableFuture<T> future = new CompletableFuture<>();
        future.whenComplete((result, failure) -> {
            if (failure != null) {
                cancellation.cancel();
            }
        });
        executor.execute(() -> {
            if (future.isDone()) {
                return;
            }
            try {
                future.complete(call.apply(cancellation));
            } catch (Throwable failure) {
                future.completeExceptionally(failure);
            }
        });
        return future;
    }
}
