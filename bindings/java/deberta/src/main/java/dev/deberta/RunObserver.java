package dev.deberta;

/** Receives how far a call with many texts is, on the thread that calls, after each batch. */
@FunctionalInterface
public interface RunObserver {
    /**
     * Says whether to go on. An exception ends the call, too, and is thrown from it.
     *
     * @param texts texts that are answered
     * @param totalTexts texts that will be
     * @return {@code true} to go on; {@code false} ends the call with {@link Status#CANCELLED}
     */
    boolean onProgress(int texts, int totalTexts);
}
