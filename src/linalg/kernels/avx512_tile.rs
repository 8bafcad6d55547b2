//! The AVX-512 register tile of the GEMM in assembly: 12, 8 or 4 rows by 32 columns.
//!
//! Compilers spend registers and a chain of additions on the addresses of twelve rows; here four rows share one base
//! register. All formats share the loop and differ in the instruction that multiplies. The products and their order
//! are those of [`super::gemm`].

use core::arch::asm;
use core::arch::x86_64::*;

use super::format::Format;
use super::gemm::Tile;

/// Cells of k in one iteration of the assembly loop.
const UNROLLED: usize = 4;

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

/// `sum += a·b` in each format; zmm30 is scratch.
macro_rules! multiply_add {
    (float32, $sum:literal, $a:literal, $b:literal) => {
        concat!("vfmadd231ps zmm", $sum, ", zmm", $b, ", zmm", $a, "\n")
    };
    (bfloat16, $sum:literal, $a:literal, $b:literal) => {
        concat!("vdpbf16ps zmm", $sum, ", zmm", $a, ", zmm", $b, "\n")
    };
    (int8, $sum:literal, $a:literal, $b:literal) => {
        concat!("vpdpbusd zmm", $sum, ", zmm", $a, ", zmm", $b, "\n")
    };
    (int16, $sum:literal, $a:literal, $b:literal) => {
        concat!("vpmaddwd zmm30, zmm", $a, ", zmm", $b, "\n", "vpaddd zmm", $sum, ", zmm", $sum, ", zmm30\n")
    };
}

/// The sum of what C starts from and a tile's sums in each format.
macro_rules! add_sum {
    (float32, $start:expr, $sum:expr) => {
        _mm512_add_ps($start, $sum)
    };
    (bfloat16, $start:expr, $sum:expr) => {
        _mm512_add_ps($start, $sum)
    };
    ($integer:ident, $start:expr, $sum:expr) => {
        _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512($start), _mm512_castps_si512($sum)))
    };
}

/// One cell of A, broadcast and multiplied with both registers of B.
macro_rules! multiply_row {
    ($format:ident, $address:expr, $k:literal, $broadcast:literal, $left:literal, $right:literal) => {
        concat!(
            "vbroadcastss zmm",
            $broadcast,
            ", dword ptr [",
            $address,
            " + 4*",
            $k,
            "]\n",
            multiply_add!($format, $left, $broadcast, 24),
            multiply_add!($format, $right, $broadcast, 25),
        )
    };
}

/// Four rows of A at one k, from one base register; `$sums` are the numbers of their eight sums.
macro_rules! multiply_four_rows {
    ($format:ident, $base:literal, $k:literal, $a:literal $b:literal $c:literal $d:literal $e:literal $f:literal $g:literal $h:literal) => {
        concat!(
            multiply_row!($format, concat!("{", $base, "}"), $k, 26, $a, $b),
            multiply_row!($format, concat!("{", $base, "} + {stride}"), $k, 27, $c, $d),
            multiply_row!($format, concat!("{", $base, "} + 2*{stride}"), $k, 28, $e, $f),
            multiply_row!($format, concat!("{", $base, "} + {three_strides}"), $k, 29, $g, $h),
        )
    };
}

/// Defines a tile of a number of rows: for each base register the offset of its first row and its sums.
macro_rules! define_tile {
    ($format:ident, $name:ident, $rows:literal, [$(($base:ident, $base_name:literal, $first_row:literal, $($sum:literal)+)),+], [$(($value:ident, $register:literal, $register_name:tt)),+]) => {
        /// Adds the sums of `cells` products to C, or to what it starts from where that is not null.
        ///
        /// # Safety
        ///
        /// AVX-512 and the format's instruction are available; A, the panel and C are valid for the tile; `cells` is a
        /// multiple of UNROLLED and not zero.
        #[target_feature(enable = "avx512f")]
        unsafe fn $name(cells: usize, tile: &Tile) {
            let Tile { a, a_stride, panel, start, c, c_stride } = *tile;
            let stride = a_stride * size_of::<f32>();
            // SAFETY: the loop reads `cells` cells of every row and of the panel, which the caller promised.
            unsafe {
                $(let $base = a.add($first_row * a_stride);)+
                $(let $value: __m512;)+
                asm!(
                    $(concat!("vpxord zmm", $register, ", zmm", $register, ", zmm", $register),)+
                    "2:",
                    load_columns!(0),
                    $(multiply_four_rows!($format, $base_name, 0, $($sum)+),)+
                    load_columns!(1),
                    $(multiply_four_rows!($format, $base_name, 1, $($sum)+),)+
                    load_columns!(2),
                    $(multiply_four_rows!($format, $base_name, 2, $($sum)+),)+
                    load_columns!(3),
                    $(multiply_four_rows!($format, $base_name, 3, $($sum)+),)+
                    "add {panel}, 512",
                    $(concat!("add {", $base_name, "}, 16"),)+
                    "dec {steps}",
                    "jnz 2b",
                    panel = inout(reg) panel => _,
                    stride = in(reg) stride,
                    three_strides = in(reg) 3 * stride,
                    steps = inout(reg) cells / UNROLLED => _,
                    $($base = inout(reg) $base => _,)+
                    $(out($register_name) $value,)+
                    out("zmm24") _, out("zmm25") _, out("zmm26") _, out("zmm27") _, out("zmm28") _, out("zmm29") _,
                    out("zmm30") _,
                    options(nostack, readonly),
                );
                let sums = [$($value),+];
                for row in 0..$rows {
                    for column in 0..2 {
                        let target = c.add(row * c_stride + column * 16);
                        let start = if start.is_null() { target.cast_const() } else { start.add(column * 16) };
                        _mm512_storeu_ps(target, add_sum!($format, _mm512_loadu_ps(start), sums[2 * row + column]));
                    }
                }
            }
        }
    };
}

/// Defines the tiles of a format.
macro_rules! define_tiles {
    ($format:ident, $tile_12:ident, $tile_8:ident, $tile_4:ident) => {
        define_tile!(
            $format,
            $tile_12,
            12,
            [(a0, "a0", 0, 0 1 2 3 4 5 6 7), (a4, "a4", 4, 8 9 10 11 12 13 14 15), (a8, "a8", 8, 16 17 18 19 20 21 22 23)],
            [(s0, 0, "zmm0"), (s1, 1, "zmm1"), (s2, 2, "zmm2"), (s3, 3, "zmm3"), (s4, 4, "zmm4"), (s5, 5, "zmm5"), (s6, 6, "zmm6"), (s7, 7, "zmm7"), (s8, 8, "zmm8"), (s9, 9, "zmm9"), (s10, 10, "zmm10"), (s11, 11, "zmm11"), (s12, 12, "zmm12"), (s13, 13, "zmm13"), (s14, 14, "zmm14"), (s15, 15, "zmm15"), (s16, 16, "zmm16"), (s17, 17, "zmm17"), (s18, 18, "zmm18"), (s19, 19, "zmm19"), (s20, 20, "zmm20"), (s21, 21, "zmm21"), (s22, 22, "zmm22"), (s23, 23, "zmm23")]
        );
        define_tile!(
            $format,
            $tile_8,
            8,
            [(a0, "a0", 0, 0 1 2 3 4 5 6 7), (a4, "a4", 4, 8 9 10 11 12 13 14 15)],
            [(s0, 0, "zmm0"), (s1, 1, "zmm1"), (s2, 2, "zmm2"), (s3, 3, "zmm3"), (s4, 4, "zmm4"), (s5, 5, "zmm5"), (s6, 6, "zmm6"), (s7, 7, "zmm7"), (s8, 8, "zmm8"), (s9, 9, "zmm9"), (s10, 10, "zmm10"), (s11, 11, "zmm11"), (s12, 12, "zmm12"), (s13, 13, "zmm13"), (s14, 14, "zmm14"), (s15, 15, "zmm15")]
        );
        define_tile!(
            $format,
            $tile_4,
            4,
            [(a0, "a0", 0, 0 1 2 3 4 5 6 7)],
            [(s0, 0, "zmm0"), (s1, 1, "zmm1"), (s2, 2, "zmm2"), (s3, 3, "zmm3"), (s4, 4, "zmm4"), (s5, 5, "zmm5"), (s6, 6, "zmm6"), (s7, 7, "zmm7")]
        );
    };
}

define_tiles!(float32, float32_12, float32_8, float32_4);
define_tiles!(bfloat16, bfloat16_12, bfloat16_8, bfloat16_4);
define_tiles!(int8, int8_12, int8_8, int8_4);
define_tiles!(int16, int16_12, int16_8, int16_4);

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

/// Multiplies a block of cells of a tile, if there is a tile for it.
///
/// # Safety
///
/// As the tiles, but for the number of cells.
#[inline(always)]
pub(super) unsafe fn multiply(format: Format, rows: usize, cells: usize, tile: &Tile) -> bool {
    if cells == 0 || !cells.is_multiple_of(UNROLLED) {
        return false;
    }
    // SAFETY: the caller's promise.
    unsafe {
        match (format, rows) {
            (Format::Float32, 12) => float32_12(cells, tile),
            (Format::Float32, 8) => float32_8(cells, tile),
            (Format::Float32, 4) => float32_4(cells, tile),
            (Format::Bfloat16, 12) => bfloat16_12(cells, tile),
            (Format::Bfloat16, 8) => bfloat16_8(cells, tile),
            (Format::Bfloat16, 4) => bfloat16_4(cells, tile),
            (Format::Int8, 12) => int8_12(cells, tile),
            (Format::Int8, 8) => int8_8(cells, tile),
            (Format::Int8, 4) => int8_4(cells, tile),
            (Format::Int16, 12) => int16_12(cells, tile),
            (Format::Int16, 8) => int16_8(cells, tile),
            (Format::Int16, 4) => int16_4(cells, tile),
            _ => return false,
        }
    }
    true
}
