package dev.deberta.benchmarks;

import dev.deberta.BackboneConfig;
import dev.deberta.Batch;
import dev.deberta.EncodeOptions;
import dev.deberta.Encoded;
import dev.deberta.Model;
import dev.deberta.OpenOptions;
import dev.deberta.RunOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One row of 16 tokens through a model of the size of {@code deberta_v3_extra_small_en}, to be set beside {@code
 * loop.c}, which does the same in C. A model of one tiny layer shows what a call costs that hardly computes.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 3)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class CallOverhead {
    private static final int TOKENS = 16;

    private Model extraSmall;
    private Model tiny;
    private Batch arrays;
    private Batch buffers;
    private FloatBuffer target;

    /** Opens the models with random weights. */
    @Setup
    public void open() {
        OpenOptions options = OpenOptions.defaults().withThreads(1);
        extraSmall = Model.fromBackbone(BackboneConfig.of(128_100, 12, 6, 384, 1536), 1, options);
        tiny = Model.fromBackbone(BackboneConfig.of(128_100, 1, 1, 8, 8), 1, options);
        int[] ids = new int[TOKENS];
        for (int token = 0; token < TOKENS; token++) {
            ids[token] = 5 + 97 * token;
        }
        arrays = Batch.ofRows(ids);
        buffers = Batch.ragged(direct(ids), direct(0, TOKENS));
        target = ByteBuffer.allocateDirect(TOKENS * 384 * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    private static IntBuffer direct(int... values) {
        return ByteBuffer.allocateDirect(values.length * Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .asIntBuffer()
                .put(values)
                .flip();
    }

    /** Closes the models. */
    @TearDown
    public void close() {
        extraSmall.close();
        tiny.close();
    }

    /**
     * What {@code loop.c} measures.
     *
     * @return the buffer that was written to
     */
    @Benchmark
    public FloatBuffer extraSmallIntoDirectBuffer() {
        extraSmall.encodeInto(buffers, RunOptions.defaults(), target.clear());
        return target;
    }

    /**
     * The same with a result of its own.
     *
     * @return the result
     */
    @Benchmark
    public Encoded extraSmallFromArrays() {
        return extraSmall.encode(arrays, EncodeOptions.defaults());
    }

    /**
     * A call that hardly computes.
     *
     * @return the buffer that was written to
     */
    @Benchmark
    public FloatBuffer tinyIntoDirectBuffer() {
        tiny.encodeInto(buffers, RunOptions.defaults(), target.clear());
        return target;
    }

    /**
     * A call that hardly computes, with a result of its own.
     *
     * @return the result
     */
    @Benchmark
    public Encoded tinyFromArrays() {
        return tiny.encode(arrays, EncodeOptions.defaults());
    }
}
