package dev.deberta;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * Finds and loads the native library: the file or folder that the property {@code deberta.native.path} names, and
 * nothing else if it is set; else from {@code java.library.path}; else out of the jar of this platform.
 *
 * <p>A library in a jar has to become a file first. It is written once to a cache folder of the user, under a name with
 * its digest, so that versions do not meet; moving it there is atomic, so that several JVMs may do it at once. Where
 * that folder cannot be written to or does not allow to run code, a fresh one in {@code java.io.tmpdir} is used and
 * then removed.
 */
final class NativeLibrary {
    private static final String NAME = "deberta_jni";
    private static final String PATH_PROPERTY = "deberta.native.path";
    private static final String CACHE_PROPERTY = "deberta.cache.path";

    private NativeLibrary() {}

    static void load() {
        String path = System.getProperty(PATH_PROPERTY);
        if (path != null) {
            loadFrom(Path.of(path));
            return;
        }
        List<String> attempts = new ArrayList<>();
        try {
            System.loadLibrary(NAME);
            return;
        } catch (UnsatisfiedLinkError error) {
            attempts.add("java.library.path: " + error.getMessage());
        }
        loadFromJar(attempts);
    }

    private static void loadFrom(Path path) {
        Path file = Files.isDirectory(path) ? path.resolve(System.mapLibraryName(NAME)) : path;
        try {
            System.load(file.toAbsolutePath().toString());
        } catch (UnsatisfiedLinkError error) {
            Status status = Files.exists(file) ? Status.IO : Status.NOT_FOUND;
            throw new DebertaException(
                    status,
                    "the property %s names %s, which cannot be loaded: %s"
                            .formatted(PATH_PROPERTY, path, error.getMessage()),
                    error);
        }
    }

    private static void loadFromJar(List<String> attempts) {
        String resource = "META-INF/native/%s/%s".formatted(platform(), System.mapLibraryName(NAME));
        byte[] library = read(resource);
        if (library == null) {
            attempts.add("class path: there is no " + resource);
            throw notFound(Status.NOT_FOUND, attempts, "add the jar deberta with the classifier " + platform());
        }
        try {
            System.load(extract(library, cacheFolder()).toString());
            return;
        } catch (IOException | UnsatisfiedLinkError error) {
            attempts.add("cache folder: " + error);
        }
        try {
            loadFromTemporaryFolder(library);
            return;
        } catch (IOException | UnsatisfiedLinkError error) {
            attempts.add("java.io.tmpdir: " + error);
        }
        throw notFound(
                Status.IO,
                attempts,
                "have the property %s name a folder that can be written to and may hold code (no noexec)"
                        .formatted(CACHE_PROPERTY));
    }

    private static void loadFromTemporaryFolder(byte[] library) throws IOException {
        Path folder = Files.createTempDirectory("deberta-native-");
        try {
            Path file = extract(library, folder);
            try {
                System.load(file.toString());
            } finally {
                // What is loaded stays loaded without its file, which no other JVM would find.
                Files.delete(file);
            }
        } finally {
            Files.deleteIfExists(folder);
        }
    }

    private static DebertaException notFound(Status status, List<String> attempts, String remedy) {
        return new DebertaException(
                status,
                ("the native library of libdeberta cannot be loaded. Tried: %s. Remedy: %s, "
                                + "or have the property %s name the file")
                        .formatted(String.join("; ", attempts), remedy, PATH_PROPERTY));
    }

    private static byte[] read(String resource) {
        try (InputStream stream = NativeLibrary.class.getClassLoader().getResourceAsStream(resource)) {
            return stream == null ? null : stream.readAllBytes();
        } catch (IOException error) {
            throw new DebertaException(Status.IO, "cannot read %s from its jar".formatted(resource), error);
        }
    }

    /** The path of the extracted library, which is there already or is written. */
    private static Path extract(byte[] library, Path folder) throws IOException {
        Path file = folder.resolve("%s-%s".formatted(digest(library), System.mapLibraryName(NAME)));
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && Arrays.equals(Files.readAllBytes(file), library)) {
            return file;
        }
        Path partial = Files.createTempFile(folder, NAME, ".partial");
        try {
            Files.write(partial, library);
            Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(partial);
        }
        return file;
    }

    private static Path cacheFolder() throws IOException {
        String named = System.getProperty(CACHE_PROPERTY);
        String cache = System.getenv("XDG_CACHE_HOME");
        Path folder;
        if (named != null) {
            folder = Path.of(named);
        } else if (cache != null && Path.of(cache).isAbsolute()) {
            folder = Path.of(cache, "deberta", "native");
        } else {
            folder = Path.of(System.getProperty("user.home"), ".cache", "deberta", "native");
        }
        return Files.createDirectories(folder).toAbsolutePath();
    }

    /** The operating system and the architecture, as the classifiers of jars name them. */
    static String platform() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT).split(" ")[0];
        String architecture = System.getProperty("os.arch");
        return system + "-" + (architecture.equals("amd64") ? "x86_64" : architecture);
    }

    private static String digest(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException error) {
            throw new AssertionError("every JVM has SHA-256", error);
        }
    }
}
