package dev.deberta;

import java.lang.ref.Cleaner;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;

/**
 * A value of the native library. Any number of calls may use it at once; closing it waits for them. A value that was
 * forgotten is released when the garbage collector finds it, and with the property {@code deberta.debug.leaks} reported
 * with the place where it was made.
 */
final class NativeHandle implements AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();
    private static final System.Logger LOGGER = System.getLogger("dev.deberta");

    private final State state;
    private final Cleaner.Cleanable cleanable;

    /**
     * @param name what the value is, for messages
     * @param address the value
     * @param release releases it
     */
    NativeHandle(String name, long address, LongConsumer release) {
        state = new State(name, address, release);
        cleanable = CLEANER.register(this, state);
    }

    /** Uses the value, which is not released before the function has returned. */
    <T> T use(LongFunction<T> function) {
        // Does not wait behind a thread that closes: the call that it waits for may itself be waiting for this one.
        if (!state.lock.readLock().tryLock()) {
            throw closed();
        }
        try {
            if (state.isClosed) {
                throw closed();
            }
            return function.apply(state.address);
        } finally {
            state.lock.readLock().unlock();
        }
    }

    /** Refuses further calls, and releases the value when those that run have ended; the second time does nothing. */
    @Override
    public void close() {
        if (state.lock.getReadHoldCount() > 0) {
            throw new IllegalStateException(
                    "the %s cannot be closed from inside of a call that uses it".formatted(state.name));
        }
        state.isClosed = true;
        cleanable.clean();
    }

    private IllegalStateException closed() {
        return new IllegalStateException("the %s is closed".formatted(state.name));
    }

    /** All but the handle, which must be free to be forgotten. */
    private static final class State implements Runnable {
        private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
        private final String name;
        private final long address;
        private final LongConsumer release;
        /** Where the value was made, if that is to be reported. */
        private final Throwable origin;
        private volatile boolean isClosed;

        State(String name, long address, LongConsumer release) {
            this.name = name;
            this.address = address;
            this.release = release;
            origin = Boolean.getBoolean("deberta.debug.leaks") ? new Throwable("it was made here") : null;
        }

        @Override
        public void run() {
            lock.writeLock().lock();
            try {
                if (origin != null && !isClosed) {
                    LOGGER.log(System.Logger.Level.WARNING, "a " + name + " was never closed", origin);
                }
                release.accept(address);
            } finally {
                lock.writeLock().unlock();
            }
        }
    }
}
