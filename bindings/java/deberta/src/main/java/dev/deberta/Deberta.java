package dev.deberta;

import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Objects;

/** What concerns the library as a whole. */
public final class Deberta {
    /** The native library's levels have the indices of these. */
    private static final List<Level> LEVELS =
            List.of(Level.OFF, Level.ERROR, Level.WARNING, Level.INFO, Level.DEBUG, Level.TRACE);

    private Deberta() {}

    /**
     * The version of the library.
     *
     * @return three numbers with dots between them
     */
    public static String version() {
        return Native.version();
    }

    /**
     * The instruction sets that this machine can run.
     *
     * @return the fastest first
     */
    public static List<InstructionSet> instructionSets() {
        return new MessageReader(Native.instructionSets())
                .list(reader -> reader.choice(InstructionSet.class).orElseThrow());
    }

    /**
     * Sets who receives the log messages of the library, in the whole process. There is nobody at first. Not logged is
     * what the library does inside of the listener.
     *
     * @param listener the listener, in the place of the one before
     * @param level the least important messages to pass on; {@link Level#ALL} is {@link Level#TRACE}
     * @throws DebertaException {@link Status#INVALID_ARGUMENT} when called from inside of the listener
     */
    public static void setLogListener(LogListener listener, Level level) {
        Objects.requireNonNull(listener, "listener");
        int index = level == Level.ALL ? LEVELS.size() - 1 : LEVELS.indexOf(Objects.requireNonNull(level, "level"));
        Native.setLogListener(
                (messageLevel, target, message) -> listener.log(LEVELS.get(messageLevel), target, message), index);
    }

    /**
     * Passes the log messages of the library on to a logger, as far as it takes them now.
     *
     * @param logger the logger, such as {@code System.getLogger("dev.deberta")}
     */
    public static void logTo(System.Logger logger) {
        Level level = LEVELS.stream()
                .skip(1)
                .filter(logger::isLoggable)
                .reduce((important, lessImportant) -> lessImportant)
                .orElse(Level.OFF);
        setLogListener(
                (messageLevel, target, message) ->
                        logger.log(messageLevel, () -> "%s: %s".formatted(target, message)),
                level);
    }

    /** Nobody receives log messages any more. */
    public static void removeLogListener() {
        Native.setLogListener(null, 0);
    }
}
