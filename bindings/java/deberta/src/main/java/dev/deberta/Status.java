package dev.deberta;

/** What kind of thing went wrong. The numbers are those of the C interface: they never change and are never reused. */
public enum Status {
    /** An argument does not fit the method's contract: a wrong length, an id out of range, an empty row, … */
    INVALID_ARGUMENT(1),
    /** A file or folder that is needed does not exist. */
    NOT_FOUND(2),
    /** The operating system refused to open, read or map a file. */
    IO(3),
    /** {@code config.json} is not JSON, or holds an inconsistent or unsupported value. */
    INVALID_CONFIG(4),
    /** A weight file is damaged, or its tensors are missing or have the wrong shape or type. */
    INVALID_CHECKPOINT(5),
    /** The tokenizer file is damaged or of a kind that the library does not read. */
    INVALID_TOKENIZER(6),
    /** The request is well formed, but this model, this machine or this build cannot serve it. */
    UNSUPPORTED(7),
    /** The input has more tokens than the model or the caller's limit allows. */
    TOO_LONG(8),
    /** Memory for weights or scratch could not be had. */
    OUT_OF_MEMORY(9),
    /** A fault of the library itself; please report it. */
    INTERNAL(10),
    /** The caller's array or buffer cannot hold the result. Nothing was computed. */
    BUFFER_TOO_SMALL(11),
    /** A string has half of a surrogate pair, so that it is no Unicode text. */
    INVALID_UTF8(12),
    /** The caller cancelled the work. */
    CANCELLED(13),
    /** The call's time was over before there was an answer. */
    DEADLINE_EXCEEDED(14);

    private final int code;

    Status(int code) {
        this.code = code;
    }

    /**
     * The number of the status, as in the C interface.
     *
     * @return the number
     */
    public int code() {
        return code;
    }

    static Status of(int code) {
        for (Status status : values()) {
            if (status.code == code) {
                return status;
            }
        }
        return INTERNAL;
    }
}
