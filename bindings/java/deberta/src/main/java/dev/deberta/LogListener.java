package dev.deberta;

/** Receives the log messages of the library, from any thread, also from several at once. What it throws is lost. */
@FunctionalInterface
public interface LogListener {
    /**
     * Receives a message.
     *
     * @param level how important it is
     * @param target the part of the library that speaks
     * @param message the message
     */
    void log(System.Logger.Level level, String target, String message);
}
