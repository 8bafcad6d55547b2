package dev.deberta;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** JVMs of their own, for what concerns a whole process. */
final class Jvm {
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();
    private static final String CLASSES = System.getProperty("deberta.test.classes");

    private Jvm() {}

    /** Runs a main class with the native library of these tests and returns what it printed. */
    static String run(List<String> options, Class<?> main, String... arguments) {
        List<String> all = new ArrayList<>(options);
        all.add("-Ddeberta.native.path=" + System.getProperty("deberta.native.path"));
        return Repository.run(line(all, CLASSES, main, arguments));
    }

    /** Runs a main class that has to find the native library itself. */
    static Repository.Result outcome(List<String> options, String classPath, Class<?> main) {
        return Repository.outcome(line(options, classPath, main));
    }

    /** The same with a file system on the folder that does not allow to run code; empty where nobody may mount one. */
    static Optional<Repository.Result> outcomeWithNoexec(
            Path folder, List<String> options, String classPath, Class<?> main) {
        String mount = "mount -t tmpfs -o noexec tmpfs '%s' && ".formatted(folder);
        List<String> unshare = List.of("unshare", "--user", "--map-root-user", "--mount", "sh", "-c");
        if (Repository.outcome(concat(unshare, List.of(mount + "true"))).code() != 0) {
            return Optional.empty();
        }
        List<String> line = concat(unshare, List.of(mount + "exec \"$@\"", "sh"));
        return Optional.of(Repository.outcome(concat(line, line(options, classPath, main))));
    }

    private static List<String> concat(List<String> first, List<String> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }

    /** The class path without any native library. */
    static String classPath() {
        return CLASSES;
    }

    private static List<String> line(List<String> options, String classPath, Class<?> main, String... arguments) {
        List<String> line = new ArrayList<>(List.of(JAVA, "-XX:TieredStopAtLevel=1"));
        line.addAll(options);
        String testClasses = testClasses();
        line.addAll(List.of("-cp", classPath + java.io.File.pathSeparator + testClasses, main.getName()));
        line.addAll(List.of(arguments));
        return line;
    }

    private static String testClasses() {
        return Path.of(CLASSES).resolveSibling("test-classes").toString();
    }
}
