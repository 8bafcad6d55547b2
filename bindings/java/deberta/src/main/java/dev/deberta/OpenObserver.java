package dev.deberta;

/**
 * Receives how far the opening of a model is, on the thread that opens, at the start of each stage and after each
 * layer's weights.
 */
@FunctionalInterface
public interface OpenObserver {
    /**
     * Says whether to go on. An exception ends the opening, too, and is thrown from it. Nothing of an opening that was
     * ended stays, neither memory nor files.
     *
     * @param stage what the opening is busy with
     * @param bytes bytes of stored weights that the stage is done with; 0 in the stages before weights are read
     * @param totalBytes bytes of stored weights that the stage will be done with at its end; 0 in the stages before
     * @return {@code true} to go on; {@code false} ends the opening with {@link Status#CANCELLED}
     */
    boolean onProgress(OpenStage stage, long bytes, long totalBytes);
}
