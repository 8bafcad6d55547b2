package dev.deberta;

import java.util.List;

/**
 * The functions of the native library. Handles are those of {@link NativeHandle}; requests and answers are messages of
 * {@link MessageWriter} and {@link MessageReader}; observers may be {@code null}.
 */
final class Native {
    static {
        NativeLibrary.load();
    }

    private Native() {}

    static native String version();

    static native byte[] instructionSets();

    static native void setLogListener(LogReceiver listener, int level);

    static native long newCancellation();

    static native void cancel(long cancellation);

    static native boolean isCancelled(long cancellation);

    static native void freeCancellation(long cancellation);

    static native long openModel(byte[] request, StageReceiver observer);

    static native long openPreset(byte[] request, StageReceiver observer);

    static native long openBackbone(byte[] request, StageReceiver observer);

    static native void closeModel(long model);

    static native byte[] modelInfo(long model);

    static native long modelTokenizer(long model);

    static native float[] tokenEmbeddings(long model, int[] ids);

    static native Encoded encode(
            long model,
            Object values,
            Object layout,
            Object tokenTypeIds,
            int rows,
            int length,
            int embeddingSize,
            byte[] request);

    static native long encodeInto(
            long model,
            Object values,
            Object layout,
            Object tokenTypeIds,
            int rows,
            int length,
            int embeddingSize,
            byte[] request,
            Object target,
            int offset,
            int room);

    /** The texts are those of the request, and come back in the result. */
    static native Encoded encodeTexts(long model, byte[] request, List<TextInput> texts);

    static native byte[] classify(long model, byte[] request, RunObserver observer);

    static native byte[] zeroShot(long model, byte[] request, RunObserver observer);

    static native byte[] rank(long model, byte[] request, RunObserver observer);

    static native byte[] tag(long model, byte[] request, RunObserver observer);

    static native byte[] answerQuestions(long model, byte[] request, RunObserver observer);

    static native byte[] fillMask(long model, byte[] request, RunObserver observer);

    static native byte[] choose(long model, byte[] request, RunObserver observer);

    static native byte[] embed(long model, byte[] request, RunObserver observer);

    static native byte[] explain(long model, byte[] request, RunObserver observer);

    static native long openTokenizer(byte[] request);

    static native void closeTokenizer(long tokenizer);

    static native byte[] tokenize(long tokenizer, byte[] request);

    static native String decode(long tokenizer, int[] ids, boolean skipSpecialTokens);

    static native String token(long tokenizer, int id);

    static native int id(long tokenizer, byte[] request);

    static native byte[] tokenizerInfo(long tokenizer);

    /** An {@link OpenObserver} that gets stages by their names in small letters. */
    @FunctionalInterface
    interface StageReceiver {
        boolean onProgress(String stage, long bytes, long totalBytes);
    }

    /** A {@link LogListener} that gets levels by their numbers, from 1 for errors to 5. */
    @FunctionalInterface
    interface LogReceiver {
        void accept(int level, String target, String message);
    }
}
