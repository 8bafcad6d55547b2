package dev.deberta;

/**
 * The instructions that a model computes with. Which of them there are is a matter of the machine: see {@link
 * Deberta#instructionSets()}.
 */
public enum InstructionSet {
    /** What every machine has. */
    PORTABLE,
    /** x86-64 with AVX2 and FMA. */
    AVX2,
    /** x86-64 with AVX-512 F, BW, DQ and VL. */
    AVX512,
    /** {@link #AVX512} with VNNI. */
    AVX512_VNNI,
    /** {@link #AVX512_VNNI} with BF16. */
    AVX512_BF16,
    /** {@link #AVX512_BF16} with AMX tiles of bfloat16 and bytes. */
    AMX,
    /** AArch64 with NEON. */
    NEON,
    /** {@link #NEON} with dot products of bytes. */
    NEON_DOTPROD,
    /** {@link #NEON_DOTPROD} with dot products of bfloat16. */
    NEON_BF16
}
