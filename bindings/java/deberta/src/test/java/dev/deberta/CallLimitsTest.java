package dev.deberta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Deadlines, cancellation, progress and windows. */
@Timeout(120)
class CallLimitsTest {
    private static final List<TextInput> TEXTS =
            TextInput.ofAll(Collections.nCopies(60, "SELECT name, age FROM users WHERE id = 3 AND name LIKE 'a%';"));

    private static Model model;

    @BeforeAll
    static void open() {
        model = Model.open(Repository.BUNDLED_MODEL, OpenOptions.defaults().withThreads(1));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static void refused(ThrowingCallable call, Status status) {
        assertThatExceptionOfType(DebertaException.class)
                .isThrownBy(call)
                .satisfies(error -> assertThat(error.status()).isEqualTo(status));
    }

    private static List<Classification> classify(RunOptions run) {
        return model.classify(TEXTS, ClassifyOptions.defaults().withRun(run));
    }

    @Test
    void aDeadlineEndsACall() {
        RunOptions over = RunOptions.defaults().withTimeout(Duration.ZERO);
        refused(() -> classify(over), Status.DEADLINE_EXCEEDED);
        refused(() -> classify(over.withTimeout(Duration.ofNanos(-1))), Status.DEADLINE_EXCEEDED);
        refused(() -> classify(over.withTimeout(Duration.ofMillis(1))), Status.DEADLINE_EXCEEDED);
        refused(
                () -> model.encode(Batch.ofRows(new int[] {1, 5, 2}), EncodeOptions.defaults().withRun(over)),
                Status.DEADLINE_EXCEEDED);
        assertThat(classify(over.withTimeout(Duration.ofDays(1)))).hasSameSizeAs(TEXTS);
        assertThat(classify(over.withTimeout(Duration.ofSeconds(Long.MAX_VALUE)))).hasSameSizeAs(TEXTS);
    }

    @Test
    void aCancellationEndsCallsOnceAndForAll() {
        Cancellation cancellation = new Cancellation();
        RunOptions run = RunOptions.defaults().withCancellation(cancellation);
        assertThat(classify(run)).hasSameSizeAs(TEXTS);
        assertThat(cancellation.isCancelled()).isFalse();
        cancellation.cancel();
        assertThat(cancellation.isCancelled()).isTrue();
        refused(() -> classify(run), Status.CANCELLED);
        refused(
                () -> model.encode(Batch.ofRows(new int[] {1, 5, 2}), EncodeOptions.defaults().withRun(run)),
                Status.CANCELLED);
        assertThat(classify(RunOptions.defaults())).hasSameSizeAs(TEXTS);
    }

    @Test
    void progressIsReportedInBatches() {
        List<Integer> seen = new ArrayList<>();
        RunOptions run = RunOptions.defaults().withBatchTokens(200).withObserver((texts, totalTexts) -> {
            assertThat(totalTexts).isEqualTo(TEXTS.size());
            return seen.add(texts);
        });
        List<Classification> answers = classify(run);
        assertThat(seen).isSorted().hasSizeGreaterThan(3).endsWith(TEXTS.size());
        assertThat(answers.get(0).logits()).isEqualTo(model.classify(TEXTS.get(0).text()).logits());
    }

    @Test
    void anObserverEndsACall() {
        refused(() -> classify(RunOptions.defaults().withObserver((texts, totalTexts) -> false)), Status.CANCELLED);
        RuntimeException failure = new RuntimeException("of the observer");
        RunObserver failing = (texts, totalTexts) -> {
            throw failure;
        };
        assertThatThrownBy(() -> classify(RunOptions.defaults().withObserver(failing))).isSameAs(failure);
        assertThat(classify(RunOptions.defaults())).hasSameSizeAs(TEXTS);
    }

    @Test
    void anObserverMayCallTheModel() {
        List<String> labels = new ArrayList<>();
        RunObserver calling = (texts, totalTexts) -> labels.add(model.classify("fn main() {}").label());
        assertThat(classify(RunOptions.defaults().withObserver(calling))).hasSameSizeAs(TEXTS);
        assertThat(labels).isNotEmpty().containsOnly("rust");
    }

    @Test
    void aFutureIsCancelled() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CompletableFuture<Status> ended = new CompletableFuture<>();
        CompletableFuture<Integer> future = Cancellation.supplyAsync(
                cancellation -> {
                    RunOptions run = RunOptions.defaults().withCancellation(cancellation);
                    try {
                        for (int call = 0; ; call++) {
                            classify(run);
                            started.countDown();
                        }
                    } catch (DebertaException error) {
                        ended.complete(error.status());
                        throw error;
                    }
                },
                background());
        assertThat(started.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(future.cancel(true)).isTrue();
        assertThatThrownBy(future::join).isInstanceOf(CancellationException.class);
        assertThat(ended.get(60, TimeUnit.SECONDS)).isEqualTo(Status.CANCELLED);
    }

    @Test
    void aFutureHasTheResultOrTheFailure() {
        assertThat(Cancellation.supplyAsync(cancellation -> model.classify("fn main() {}").label(), background()).join())
                .isEqualTo("rust");
        CompletableFuture<float[]> failing =
                Cancellation.supplyAsync(cancellation -> model.tokenEmbeddings(-1), background());
        assertThatThrownBy(failing::join)
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(DebertaException.class);
    }

    private static Executor background() {
        return task -> new Thread(task).start();
    }

    @Test
    void longTextsAreReadInWindows() {
        String text = "fn main() { println!(\"hello\"); } ".repeat(40);
        ClassifyOptions windows =
                ClassifyOptions.defaults().withTokenize(TokenizeOptions.defaults().withMaxLength(64).withWindowStride(16));
        Classification mean = model.classify(List.of(TextInput.of(text)), windows).get(0);
        Classification max = model.classify(List.of(TextInput.of(text)), windows.withWindowMerge(WindowMerge.MAX)).get(0);
        assertThat(mean.windows()).isGreaterThan(5).isEqualTo(max.windows());
        assertThat(mean.truncated()).isEmpty();
        for (int label = 0; label < mean.logits().length; label++) {
            assertThat(max.logits()[label]).isGreaterThanOrEqualTo(mean.logits()[label]);
        }
    }
}
