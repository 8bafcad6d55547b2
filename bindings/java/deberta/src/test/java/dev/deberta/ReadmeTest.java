package dev.deberta;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs of the README run as they stand there. */
class ReadmeTest {
    private static final Pattern PROGRAM = Pattern.compile("```java\n(.*?\nclass (\\w+) .*?)```", Pattern.DOTALL);

    @Test
    void itsProgramsRun(@TempDir Path folder) throws Exception {
        Matcher programs = PROGRAM.matcher(Files.readString(Repository.README));
        int count = 0;
        while (programs.find()) {
            Path file = Files.writeString(folder.resolve(programs.group(2) + ".java"), programs.group(1));
            String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
            String output = Repository.run(List.of(
                    java,
                    "-Ddeberta.native.path=" + System.getProperty("deberta.native.path"),
                    "-cp",
                    Jvm.classPath(),
                    file.toString(),
                    Repository.BUNDLED_MODEL.toString()));
            assertThat(output).contains("rust");
            count++;
        }
        assertThat(count).isPositive();
    }
}
