package dev.deberta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the native library is found, in JVMs of their own. */
class NativeLibraryTest {
    private static final String NATIVE = System.getProperty("deberta.test.native");
    private static final String WITH_JAR = Jvm.classPath() + File.pathSeparator + NATIVE;

    @TempDir
    private Path folder;

    /** Says which version was loaded. */
    static final class PrintsVersion {
        private PrintsVersion() {}

        public static void main(String[] arguments) {
            try {
                System.out.println("version " + Deberta.version());
            } catch (DebertaException | ExceptionInInitializerError error) {
                Throwable cause = error instanceof DebertaException ? error : error.getCause();
                System.out.println(((DebertaException) cause).status() + ": " + cause.getMessage());
                System.exit(1);
            }
        }
    }

    private static Repository.Result start(String classPath, String... options) {
        return Jvm.outcome(List.of(options), classPath, PrintsVersion.class);
    }

    private static void assertLoads(Repository.Result result) {
        assertThat(result.output()).contains("version 0.1.0");
        assertThat(result.code()).isZero();
    }

    private static void assertFails(Repository.Result result, Status status, String... parts) {
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.output()).contains(status + ": ").contains(parts);
    }

    @Test
    void thePropertyNamesTheFileOrItsFolder() {
        String path = System.getProperty("deberta.native.path");
        assertLoads(start(Jvm.classPath(), "-Ddeberta.native.path=" + path));
        assertLoads(start(Jvm.classPath(), "-Ddeberta.native.path=" + path + "/" + System.mapLibraryName("deberta_jni")));
        assertFails(start(WITH_JAR, "-Ddeberta.native.path=" + folder), Status.NOT_FOUND, "the property deberta.native.path");
    }

    @Test
    void theLibraryPathIsSearched() {
        assertLoads(start(Jvm.classPath(), "-Djava.library.path=" + System.getProperty("deberta.native.path")));
    }

    @Test
    void severalJvmsExtractItOnce() throws IOException {
        Path cache = folder.resolve("not/there/yet");
        List<CompletableFuture<Repository.Result>> starts = IntStream.range(0, 4)
                .mapToObj(jvm -> CompletableFuture.supplyAsync(() -> start(WITH_JAR, "-Ddeberta.cache.path=" + cache)))
                .toList();
        starts.forEach(start -> assertLoads(start.join()));
        assertThat(files(cache)).singleElement().asString().endsWith(System.mapLibraryName("deberta_jni"));
    }

    @Test
    void whatIsNotTheLibraryIsReplaced() throws IOException {
        String option = "-Ddeberta.cache.path=" + folder;
        assertLoads(start(WITH_JAR, option));
        Path file = files(folder).get(0);
        // A new file, so that the library that runs nowhere any more is not written to.
        Files.delete(file);
        Files.writeString(file, "half a file");
        assertLoads(start(WITH_JAR, option));
        assertThat(files(folder)).containsExactly(file);
    }

    @Test
    void aHomeThatCannotBeWrittenToIsNoObstacle() throws IOException {
        Path notAFolder = Files.writeString(folder.resolve("file"), "");
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        assertLoads(start(WITH_JAR, "-Ddeberta.cache.path=" + notAFolder, "-Djava.io.tmpdir=" + temporary));
        assertThat(temporary).isEmptyDirectory();
    }

    @Test
    void foldersWithoutCodeAreToldOfOrLeft() throws IOException {
        Path noexec = Files.createDirectory(folder.resolve("noexec"));
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        Optional<Repository.Result> loaded = startWithNoexec(noexec, noexec, temporary);
        assumeThat(loaded).as("mounting in a namespace of one's own").isPresent();
        assertLoads(loaded.orElseThrow());
        assertFails(
                startWithNoexec(noexec, noexec, noexec).orElseThrow(),
                Status.IO,
                "cache folder: ",
                noexec.toString(),
                "failed to map segment",
                "java.io.tmpdir: ",
                "have the property deberta.cache.path name a folder that can be written to and may hold code (no noexec)");
    }

    private static Optional<Repository.Result> startWithNoexec(Path noexec, Path cache, Path temporary) {
        List<String> options = List.of("-Ddeberta.cache.path=" + cache, "-Djava.io.tmpdir=" + temporary);
        return Jvm.outcomeWithNoexec(noexec, options, WITH_JAR, PrintsVersion.class);
    }

    @Test
    void withoutAnyPlaceTheErrorSaysWhatToDo() throws IOException {
        Path notAFolder = Files.writeString(folder.resolve("file"), "");
        assertFails(
                start(WITH_JAR, "-Ddeberta.cache.path=" + notAFolder, "-Djava.io.tmpdir=" + notAFolder),
                Status.IO,
                "java.library.path",
                "have the property deberta.cache.path name a folder");
        assertFails(start(Jvm.classPath()), Status.NOT_FOUND, "add the jar deberta with the classifier " + NativeLibrary.platform());
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
