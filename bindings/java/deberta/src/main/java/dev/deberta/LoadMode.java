package dev.deberta;

/** How weight files come into memory. */
public enum LoadMode {
    /**
     * They are mapped: pages are read when first used and shared between processes. The files must not be truncated
     * while the model is open, or the operating system ends the process; replacing one by renaming another over it is
     * safe.
     */
    MEMORY_MAP,
    /** They are read into memory, so that nothing that happens to them afterwards matters. */
    COPY
}
