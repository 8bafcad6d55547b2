//! The AVX-512 register tile of the GEMM in assembly: 12, 8 or 4 rows by 32 columns.
//!
//! Compilers spend registers and a chain of additions on the addresses of twelve rows; here four rows share one base
//! register. The products and their order are those of [`super::gemm`].

use core::arch::asm;
use core::arch::x86_64::*;

use super::gemm::{SUM_BLOCK, Tile};

/// Values of k in one iteration of the assembly loop; SUM_BLOCK is a multiple.
const UNROLLED: usize = 4;
const _: () = assert!(SUM_BLOCK.is_multiple_of(UNROLLED));

/// Both registers of B at one k into zmm24 and zmm25; lines further on are fetched into the cache on the way.
macro_rules! load_columns {
    ($k:literal) => {
        concat!(
            "vmovups zmm24, zmmword ptr [{panel} + 128*",
            $k,
            "]\n",
            "vmovups zmm25, zmmword ptr [{panel} + 128*",
            $k,
            " + 64]\n",
            "prefetcht0 byte ptr [{panel} + 128*",
            $k,
            " + 2048]\n",
            "prefetcht0 byte ptr [{panel} + 128*",
            $k,
            " + 2112]\n",
        )
    };
}

/// One value of A, broadcast and multiplied with both registers of B.
macro_rules! multiply_row {
    ($address:expr, $k:literal, $broadcast:literal, $left:literal, $right:literal) => {
        concat!(
            "vbroadcastss zmm",
            $broadcast,
            ", dword ptr [",
            $address,
            " + 4*",
            $k,
            "]\n",
            "vfmadd231ps zmm",
            $left,
            ", zmm24, zmm",
            $broadcast,
            "\n",
            "vfmadd231ps zmm",
            $right,
            ", zmm25, zmm",
            $broadcast,
            "\n",
        )
    };
}

/// Four rows of A at one k, from one base register; `$sums` are the numbers of their eight sums.
macro_rules! multiply_four_rows {
    ($base:literal, $k:literal, $a:literal $b:literal $c:literal $d:literal $e:literal $f:literal $g:literal $h:literal) => {
        concat!(
            multiply_row!(concat!("{", $base, "}"), $k, 26, $a, $b),
            multiply_row!(concat!("{", $base, "} + {stride}"), $k, 27, $c, $d),
            multiply_row!(concat!("{", $base, "} + 2*{stride}"), $k, 28, $e, $f),
            multiply_row!(concat!("{", $base, "} + {three_strides}"), $k, 29, $g, $h),
        )
    };
}

/// Defines a tile of a number of rows: for each base register the offset of its first row and its sums.
macro_rules! define_tile {
    ($name:ident, $rows:literal, [$(($base:ident, $base_name:literal, $first_row:literal, $($sum:literal)+)),+], [$(($value:ident, $register:literal, $register_name:tt)),+]) => {
        /// Adds `blocks` blocks of SUM_BLOCK products, each summed up on its own, to C, or to the bias first where
        /// that is not null.
        ///
        /// # Safety
        ///
        /// AVX-512 is available; A, the panel and C are valid for the tile.
        #[target_feature(enable = "avx512f")]
        unsafe fn $name(blocks: usize, tile: &Tile) {
            let Tile { a, a_stride, mut panel, mut bias, c, c_stride } = *tile;
            let stride = a_stride * size_of::<f32>();
            for block in 0..blocks {
                // SAFETY: the loop reads SUM_BLOCK values of every row and of the panel, which the caller promised.
                unsafe {
                    $(let $base = a.add($first_row * a_stride + block * SUM_BLOCK);)+
                    $(let $value: __m512;)+
                    asm!(
                        $(concat!("vpxord zmm", $register, ", zmm", $register, ", zmm", $register),)+
                        "2:",
                        load_columns!(0),
                        $(multiply_four_rows!($base_name, 0, $($sum)+),)+
                        load_columns!(1),
                        $(multiply_four_rows!($base_name, 1, $($sum)+),)+
                        load_columns!(2),
                        $(multiply_four_rows!($base_name, 2, $($sum)+),)+
                        load_columns!(3),
                        $(multiply_four_rows!($base_name, 3, $($sum)+),)+
                        "add {panel}, 512",
                        $(concat!("add {", $base_name, "}, 16"),)+
                        "dec {steps}",
                        "jnz 2b",
                        panel = inout(reg) panel,
                        stride = in(reg) stride,
                        three_strides = in(reg) 3 * stride,
                        steps = inout(reg) SUM_BLOCK / UNROLLED => _,
                        $($base = inout(reg) $base => _,)+
                        $(out($register_name) $value,)+
                        out("zmm24") _, out("zmm25") _, out("zmm26") _, out("zmm27") _, out("zmm28") _, out("zmm29") _,
                        options(nostack, readonly),
                    );
                    let sums = [$($value),+];
                    for row in 0..$rows {
                        for column in 0..2 {
                            let target = c.add(row * c_stride + column * 16);
                            let start = if bias.is_null() { target.cast_const() } else { bias.add(column * 16) };
                            _mm512_storeu_ps(target, _mm512_add_ps(_mm512_loadu_ps(start), sums[2 * row + column]));
                        }
                    }
                    bias = std::ptr::null();
                }
            }
        }
    };
}

define_tile!(
    tile_12,
    12,
    [(a0, "a0", 0, 0 1 2 3 4 5 6 7), (a4, "a4", 4, 8 9 10 11 12 13 14 15), (a8, "a8", 8, 16 17 18 19 20 21 22 23)],
    [(s0, 0, "zmm0"), (s1, 1, "zmm1"), (s2, 2, "zmm2"), (s3, 3, "zmm3"), (s4, 4, "zmm4"), (s5, 5, "zmm5"), (s6, 6, "zmm6"), (s7, 7, "zmm7"), (s8, 8, "zmm8"), (s9, 9, "zmm9"), (s10, 10, "zmm10"), (s11, 11, "zmm11"), (s12, 12, "zmm12"), (s13, 13, "zmm13"), (s14, 14, "zmm14"), (s15, 15, "zmm15"), (s16, 16, "zmm16"), (s17, 17, "zmm17"), (s18, 18, "zmm18"), (s19, 19, "zmm19"), (s20, 20, "zmm20"), (s21, 21, "zmm21"), (s22, 22, "zmm22"), (s23, 23, "zmm23")]
);

define_tile!(
    tile_8,
    8,
    [(a0, "a0", 0, 0 1 2 3 4 5 6 7), (a4, "a4", 4, 8 9 10 11 12 13 14 15)],
    [(s0, 0, "zmm0"), (s1, 1, "zmm1"), (s2, 2, "zmm2"), (s3, 3, "zmm3"), (s4, 4, "zmm4"), (s5, 5, "zmm5"), (s6, 6, "zmm6"), (s7, 7, "zmm7"), (s8, 8, "zmm8"), (s9, 9, "zmm9"), (s10, 10, "zmm10"), (s11, 11, "zmm11"), (s12, 12, "zmm12"), (s13, 13, "zmm13"), (s14, 14, "zmm14"), (s15, 15, "zmm15")]
);

define_tile!(
    tile_4,
    4,
    [(a0, "a0", 0, 0 1 2 3 4 5 6 7)],
    [(s0, 0, "zmm0"), (s1, 1, "zmm1"), (s2, 2, "zmm2"), (s3, 3, "zmm3"), (s4, 4, "zmm4"), (s5, 5, "zmm5"), (s6, 6, "zmm6"), (s7, 7, "zmm7")]
);

/// Rows of the largest tile that `rows` rows fill; fewer than four are left to the compiled tiles.
#[inline(always)]
pub(super) fn rows_of_tile(rows: usize) -> usize {
    match rows {
        12.. => 12,
        8.. => 8,
        4.. => 4,
        _ => rows,
    }
}

/// Multiplies `blocks · SUM_BLOCK` values of k of a tile, if there is one of this many rows.
///
/// # Safety
///
/// As the tiles.
#[inline(always)]
pub(super) unsafe fn multiply(rows: usize, blocks: usize, tile: &Tile) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        match rows {
            12 => tile_12(blocks, tile),
            8 => tile_8(blocks, tile),
            4 => tile_4(blocks, tile),
            _ => return false,
        }
    }
    true
}
