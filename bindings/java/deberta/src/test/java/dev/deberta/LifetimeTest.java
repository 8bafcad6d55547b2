package dev.deberta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What lives how long. The property {@code deberta.test.loops} multiplies the loops that measure memory. */
@Timeout(300)
class LifetimeTest {
    private static final int LOOPS = Integer.getInteger("deberta.test.loops", 1);
    private static final String TEXT = "fn main() { println!(\"hello\"); }";

    private static Model open() {
        return Model.open(Repository.BUNDLED_MODEL, OpenOptions.defaults().withThreads(1));
    }

    @Test
    void afterClosingNothingRuns() {
        Model model = open();
        Tokenizer tokenizer = model.tokenizer().orElseThrow();
        model.close();
        model.close();
        assertThatIllegalStateException().isThrownBy(() -> model.classify(TEXT)).withMessage("the model is closed");
        assertThatIllegalStateException()
                .isThrownBy(() -> model.encode(Batch.ofRows(new int[] {1}), EncodeOptions.defaults()));
        assertThatIllegalStateException().isThrownBy(() -> model.tokenEmbeddings(1));
        assertThatIllegalStateException().isThrownBy(() -> tokenizer.encode(TEXT)).withMessage("the model is closed");
        assertThat(model.info().labels()).isNotEmpty();
    }

    @Test
    void aTokenizerIsClosedAloneOrWithItsModel() {
        Tokenizer alone = Tokenizer.open(Repository.BUNDLED_MODEL.resolve("tokenizer.json"));
        alone.close();
        alone.close();
        assertThatIllegalStateException().isThrownBy(() -> alone.encode(TEXT)).withMessage("the tokenizer is closed");
        try (Model model = open()) {
            model.tokenizer().orElseThrow().close();
            assertThat(model.tokenizer().orElseThrow().encode(TEXT).ids()).isNotEmpty();
        }
    }

    @Test
    void resultsOutliveTheModel() {
        Encoded encoded;
        Classification answer;
        try (Model model = open()) {
            encoded = model.encode(
                    List.of(TextInput.of(TEXT)), TokenizeOptions.defaults(), EncodeOptions.defaults().withLogits(true));
            answer = model.classify(TEXT);
        }
        assertThat(encoded.logitsPadded()).isEqualTo(answer.logits());
        assertThat(encoded.encodings().get(0).tokens()).startsWith("[CLS]");
        assertThat(answer.label()).isEqualTo("rust");
    }

    @Test
    void closingWaitsForCallsThatRun() throws Exception {
        Model model = open();
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        RunObserver waiting = (texts, totalTexts) -> {
            running.countDown();
            return awaited(mayEnd);
        };
        ClassifyOptions options = ClassifyOptions.defaults().withRun(RunOptions.defaults().withObserver(waiting));
        CompletableFuture<List<Classification>> call =
                CompletableFuture.supplyAsync(() -> model.classify(List.of(TextInput.of(TEXT)), options));
        assertThat(awaited(running)).isTrue();
        CompletableFuture<Void> closing = CompletableFuture.runAsync(model::close);
        assertThat(closing).failsWithin(200, TimeUnit.MILLISECONDS);
        mayEnd.countDown();
        assertThat(call.get().get(0).label()).isEqualTo("rust");
        closing.get();
        assertThatIllegalStateException().isThrownBy(() -> model.classify(TEXT));
    }

    @Test
    @SuppressWarnings("try")
    void closingFromInsideOfACallIsRefused() {
        try (Model model = open()) {
            ClassifyOptions options = ClassifyOptions.defaults().withRun(RunOptions.defaults().withObserver((texts, total) -> {
                model.close();
                return true;
            }));
            assertThatIllegalStateException()
                    .isThrownBy(() -> model.classify(List.of(TextInput.of(TEXT)), options))
                    .withMessageContaining("from inside of a call");
            assertThat(model.classify(TEXT).label()).isEqualTo("rust");
        }
    }

    @Test
    void callsAndClosingMayMeetAnyhow() {
        for (int round = 0; round < 20 * LOOPS; round++) {
            Model model = open();
            AtomicInteger answered = new AtomicInteger();
            List<CompletableFuture<Void>> callers = IntStream.range(0, 4)
                    .mapToObj(caller -> CompletableFuture.runAsync(() -> {
                        try {
                            while (true) {
                                model.classify(TEXT);
                                answered.incrementAndGet();
                            }
                        } catch (IllegalStateException closed) {
                            assertThat(closed).hasMessage("the model is closed");
                        }
                    }))
                    .toList();
            while (answered.get() < 2) {
                Thread.onSpinWait();
            }
            model.close();
            callers.forEach(CompletableFuture::join);
        }
    }

    @Test
    void aForgottenModelIsReleasedAndReported() {
        String output = Jvm.run(
                List.of("-Ddeberta.debug.leaks=true", "-Xmx64m"), ForgetsModels.class, Repository.BUNDLED_MODEL.toString());
        assertThat(output).contains("a model was never closed").contains("it was made here").contains("ForgetsModels");
        assertThat(output).contains("threads ended");
    }

    /** Forgets models until the garbage collector has found them. */
    static final class ForgetsModels {
        private ForgetsModels() {}

        public static void main(String[] arguments) throws Exception {
            for (int model = 0; model < 3; model++) {
                Model.open(Path.of(arguments[0]), OpenOptions.defaults().withThreads(4)).classify(TEXT);
            }
            for (int wait = 0; wait < 100 && modelThreads() > 0; wait++) {
                System.gc();
                Thread.sleep(50);
            }
            System.out.println(modelThreads() == 0 ? "threads ended" : "threads are left");
        }

        /** Threads of models have names of their own. */
        private static long modelThreads() throws IOException {
            try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
                return tasks.filter(task -> nameOf(task).startsWith("deberta-")).count();
            }
        }

        /** The empty name if the thread has just ended. */
        private static String nameOf(Path task) {
            try {
                return Files.readString(task.resolve("comm"));
            } catch (IOException ended) {
                return "";
            }
        }
    }

    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void memoryIsFlatOverOpeningsAndCalls() {
        String output = Jvm.run(
                List.of("-Xmx64m", "-Ddeberta.test.loops=" + LOOPS), UsesMemory.class, Repository.BUNDLED_MODEL.toString());
        System.out.print(output);
        assertThat(output).contains("flat over openings").contains("flat over calls");
    }

    /** Opens and closes, then calls, and looks whether resident memory grows after a first part. */
    static final class UsesMemory {
        private static final long ALLOWED_KIBIBYTES = 24 << 10;

        private UsesMemory() {}

        public static void main(String[] arguments) throws Exception {
            Path folder = Path.of(arguments[0]);
            OpenOptions options = OpenOptions.defaults().withThreads(1);
            measure("openings", 100 * LOOPS, () -> {
                try (Model model = Model.open(folder, options)) {
                    model.tokenEmbeddings(1);
                }
            });
            try (Model model = Model.open(folder, options)) {
                RunOptions run = RunOptions.defaults().withCancellation(new Cancellation()).withObserver((texts, total) -> true);
                measure("calls", 1000 * LOOPS, () -> {
                    model.classify(List.of(TextInput.of("fn x")), ClassifyOptions.defaults().withRun(run));
                    try {
                        model.tokenEmbeddings(-1);
                    } catch (DebertaException expected) {
                        new Cancellation().cancel();
                    }
                });
            }
        }

        private static void measure(String what, int times, Runnable call) throws IOException {
            for (int warmUp = 0; warmUp < times / 2; warmUp++) {
                call.run();
            }
            long before = residentKibibytes();
            for (int time = 0; time < times; time++) {
                call.run();
            }
            long after = residentKibibytes();
            String word = after - before < ALLOWED_KIBIBYTES ? "flat" : "GROWING";
            System.out.printf("%s over %s: %d times, %d to %d KiB%n", word, what, times, before, after);
        }

        private static long residentKibibytes() throws IOException {
            System.gc();
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static boolean awaited(CountDownLatch latch) {
        try {
            return latch.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException error) {
            throw new AssertionError(error);
        }
    }
}
