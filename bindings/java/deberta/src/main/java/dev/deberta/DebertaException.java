package dev.deberta;

import java.util.Objects;

/**
 * A call failed. The message names what was wrong, where (file, tensor, argument), and what to do; the cause is what
 * was found below it, such as the message of a parser.
 */
public final class DebertaException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What kind of thing went wrong. */
    private final Status status;

    /**
     * An exception with a status.
     *
     * @param status what kind of thing went wrong
     * @param message what was wrong, where, and what to do
     * @param cause what was found below it, or {@code null}
     */
    public DebertaException(Status status, String message, Throwable cause) {
        super(message, cause);
        this.status = Objects.requireNonNull(status, "status");
    }

    DebertaException(Status status, String message) {
        this(status, message, null);
    }

    /**
     * What kind of thing went wrong.
     *
     * @return the status, whose number never changes
     */
    public Status status() {
        return status;
    }

    /** Called from the native library, with the messages of the causes, the nearest first. */
    static DebertaException of(int code, String message, String[] causes) {
        NativeCause cause = null;
        for (int index = causes.length - 1; index >= 0; index--) {
            cause = new NativeCause(causes[index], cause);
        }
        return new DebertaException(Status.of(code), message, cause);
    }

    /** What the native library found below an error. It has no stack trace in Java. */
    private static final class NativeCause extends RuntimeException {
        private static final long serialVersionUID = 1;

        NativeCause(String message, Throwable cause) {
            super(message, cause, false, false);
        }
    }
}
