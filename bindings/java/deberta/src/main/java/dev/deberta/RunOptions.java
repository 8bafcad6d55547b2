package dev.deberta;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Limits of one call. They are looked at before each layer of the encoder; a call that ends early leaves nothing
 * behind.
 *
 * @param timeout how long the call may take; after that it ends with {@link Status#DEADLINE_EXCEEDED}
 * @param cancellation ends the call with {@link Status#CANCELLED}, from any thread
 * @param observer receives the progress of calls with many texts, and can stop them
 * @param batchTokens most tokens to encode together, by default 4,096. More use more memory, fewer may leave threads
 *     without work. A text of more tokens is encoded alone. Results do not depend on it.
 */
public record RunOptions(
        Optional<Duration> timeout,
        Optional<Cancellation> cancellation,
        Optional<RunObserver> observer,
        OptionalInt batchTokens) {
    private static final RunOptions DEFAULTS =
            new RunOptions(Optional.empty(), Optional.empty(), Optional.empty(), OptionalInt.empty());

    /**
     * Checks for {@code null}.
     *
     * @param timeout see {@link #timeout()}
     * @param cancellation see {@link #cancellation()}
     * @param observer see {@link #observer()}
     * @param batchTokens see {@link #batchTokens()}
     */
    public RunOptions {
        Objects.requireNonNull(timeout, "timeout");
        Objects.requireNonNull(cancellation, "cancellation");
        Objects.requireNonNull(observer, "observer");
        Objects.requireNonNull(batchTokens, "batchTokens");
    }

    /**
     * No limits.
     *
     * @return the options
     */
    public static RunOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Ends the call if there is no answer in time.
     *
     * @param timeout the time from the beginning of the call
     * @return a copy with it
     */
    public RunOptions withTimeout(Duration timeout) {
        return new RunOptions(Optional.of(timeout), cancellation, observer, batchTokens);
    }

    /**
     * Lets other threads end the call.
     *
     * @param cancellation what they call
     * @return a copy with it
     */
    public RunOptions withCancellation(Cancellation cancellation) {
        return new RunOptions(timeout, Optional.of(cancellation), observer, batchTokens);
    }

    /**
     * Reports progress.
     *
     * @param observer who receives it
     * @return a copy with it
     */
    public RunOptions withObserver(RunObserver observer) {
        return new RunOptions(timeout, cancellation, Optional.of(observer), batchTokens);
    }

    /**
     * Limits the memory of a call with many texts.
     *
     * @param batchTokens most tokens to encode together
     * @return a copy with it
     */
    public RunOptions withBatchTokens(int batchTokens) {
        return new RunOptions(timeout, cancellation, observer, OptionalInt.of(batchTokens));
    }

    void writeTo(MessageWriter writer) {
        writer.optional(timeout.map(RunOptions::nanoseconds).orElse(OptionalLong.empty()));
        writer.optional(cancellation.isPresent()
                ? OptionalLong.of(cancellation.get().handle)
                : OptionalLong.empty());
        writer.optional(batchTokens);
    }

    /** Where a long cannot count them, there is no limit: the time is never over. */
    private static OptionalLong nanoseconds(Duration timeout) {
        try {
            return OptionalLong.of(timeout.toNanos());
        } catch (ArithmeticException tooLong) {
            return timeout.isNegative() ? OptionalLong.of(0) : OptionalLong.empty();
        }
    }
}
