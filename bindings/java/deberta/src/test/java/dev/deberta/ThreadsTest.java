package dev.deberta;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** One model from many threads, of either kind. */
@Timeout(120)
class ThreadsTest {
    private static final List<String> TEXTS = List.of(
            "fn main() { println!(\"hello\"); }",
            "SELECT name FROM users WHERE id = 3;",
            "The quick brown fox jumps over the lazy dog.",
            "def f(x):\n    return x + 1");

    private static Model model;
    private static List<float[]> expected;

    @BeforeAll
    static void open() {
        model = Model.open(Repository.BUNDLED_MODEL, OpenOptions.defaults().withThreads(2));
        expected = TEXTS.stream().map(text -> model.classify(text).logits()).toList();
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @Test
    void threadsShareAModel() throws Exception {
        assertAllAnswer(Executors.newFixedThreadPool(8), 400);
    }

    /** Called by its name, so that this compiles for JDKs that do not have it. */
    @Test
    @EnabledForJreRange(min = JRE.JAVA_21)
    void virtualThreadsShareAModel() throws Exception {
        Method virtual = Executors.class.getMethod("newVirtualThreadPerTaskExecutor");
        assertAllAnswer((ExecutorService) virtual.invoke(null), 1000);
    }

    private static void assertAllAnswer(ExecutorService executor, int calls) throws Exception {
        List<Callable<float[]>> tasks = IntStream.range(0, calls)
                .mapToObj(call -> (Callable<float[]>) () -> {
                    String text = TEXTS.get(call % TEXTS.size());
                    Tokenizer tokenizer = model.tokenizer().orElseThrow();
                    int[] ids = tokenizer.encode(text).ids();
                    assertThat(tokenizer.decode(ids, true)).isNotEmpty();
                    Encoded encoded = model.encode(Batch.ofRows(ids), EncodeOptions.defaults().withLogits(true));
                    assertThat(encoded.logits()).isEqualTo(expected.get(call % TEXTS.size()));
                    return model.classify(text).logits();
                })
                .toList();
        try {
            List<Future<float[]>> answers = executor.invokeAll(tasks);
            for (int call = 0; call < calls; call++) {
                assertThat(answers.get(call).get()).isEqualTo(expected.get(call % TEXTS.size()));
            }
        } finally {
            executor.shutdown();
        }
    }
}
