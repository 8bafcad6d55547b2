package dev.deberta;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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
    static Repository.Result outcome(List<String> options, String classPath, Class<?> main, String... arguments) {
        return Repository.outcome(line(options, classPath, main, arguments));
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
