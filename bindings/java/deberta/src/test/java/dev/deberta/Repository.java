package dev.deberta;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Where models, goldens and the command line are. */
final class Repository {
    private static final Path ROOT =
            Path.of(System.getProperty("deberta.test.repository")).toAbsolutePath().normalize();

    static final Path GOLDENS = ROOT.resolve("tests/goldens");
    static final Path BUNDLED_MODEL = ROOT.resolve("models/code-language");
    static final Path MISUSE = ROOT.resolve("tests/misuse.json");
    static final Path README = ROOT.resolve("bindings/java/README.md");

    private Repository() {}

    static Path path(String name) {
        return ROOT.resolve(name);
    }

    static String golden(String name) {
        return read(GOLDENS.resolve(name));
    }

    static String read(Path path) {
        try {
            return Files.readString(path);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    /** Runs the {@code deberta} command and returns what it printed. */
    static String command(String... arguments) {
        String target = Optional.ofNullable(System.getenv("CARGO_TARGET_DIR"))
                .orElse(ROOT.resolve("target").toString());
        List<String> line = new ArrayList<>(List.of(target + "/debug/deberta"));
        line.addAll(List.of(arguments));
        return run(line);
    }

    /** Runs a program, which must succeed, and returns what it printed to either stream. */
    static String run(List<String> line) {
        Result result = outcome(line);
        if (result.code() != 0) {
            throw new AssertionError(line + " ended with " + result.code() + ": " + result.output());
        }
        return result.output();
    }

    static Result outcome(List<String> line) {
        try {
            Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            return new Result(process.waitFor(), output);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        } catch (InterruptedException error) {
            throw new AssertionError(error);
        }
    }

    record Result(int code, String output) {}
}
