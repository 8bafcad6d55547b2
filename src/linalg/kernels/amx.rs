//! AMX: products of bfloat16 and of bytes in tiles of 16 rows by 16 columns, everything else as AVX-512.
//!
//! A panel's 32 columns are two tiles side by side, and 32 rows of A two tiles one above the other: four tiles of C take
//! four products from four loads. The layouts are those of all kernels: a tile of B is 16 rows of cells of a panel.

use core::arch::asm;
use core::arch::x86_64::{__cpuid_count, _MM_HINT_T1, _mm_prefetch};

use super::avx512::bf16;
use super::format::{Format, PIECE_CELLS};
use super::gemm::GemmBlock;
use super::product::{Bfloat16, Bfloat16Pieces, Int8, Product};
use super::registry::{FormatTable, InstructionSet, Kernels};

/// Rows of a tile; also the cells of a tile's row.
const TILE: usize = 16;
const _: () = assert!(PIECE_CELLS == TILE && DEPTH_BLOCK.is_multiple_of(2 * PIECE_CELLS));
/// Columns of a panel.
const PANEL_WIDTH: usize = 2 * TILE;
/// Cells of k between loading and storing the tiles of C: this much of a panel is 64 KiB and stays in the second-level
/// cache.
const DEPTH_BLOCK: usize = 512;

pub(super) static KERNELS: Kernels = Kernels {
    instruction_set: InstructionSet::Amx,
    gemm: FormatTable([
        bf16::KERNELS.gemm.0[Format::Float32 as usize],
        Some(gemm::<Bfloat16>),
        Some(gemm::<Int8>),
        Some(gemm::<Bfloat16Pieces>),
        bf16::KERNELS.gemm.0[Format::Int16 as usize],
    ]),
    ..bf16::KERNELS
};

/// Whether the processor has AMX and the operating system lets this process use it, for which it must be asked once.
pub(super) fn is_available() -> bool {
    #[cfg(feature = "amx-emulation")]
    if super::amx_emulation::install().is_ok() {
        return true;
    }
    const TILE_BF16_INT8: u32 = 1 << 24 | 1 << 22 | 1 << 25;
    // SAFETY: every processor with AVX-512, which the caller has checked, has this leaf.
    #[allow(unused_unsafe)]
    let features = unsafe { __cpuid_count(7, 0) }.edx;
    features & TILE_BF16_INT8 == TILE_BF16_INT8 && is_permitted()
}

#[cfg(target_os = "linux")]
fn is_permitted() -> bool {
    const ARCH_REQ_XCOMP_PERM: libc::c_long = 0x1023;
    const XFEATURE_XTILEDATA: libc::c_long = 18;
    // SAFETY: this call takes two numbers and touches no memory of ours.
    unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0 }
}

#[cfg(not(target_os = "linux"))]
fn is_permitted() -> bool {
    false
}

/// The shape of the tiles (palette 1): 0 to 3 are C, 4 and 5 A, 6 and 7 B.
#[repr(C, align(64))]
struct TileConfiguration {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

impl TileConfiguration {
    /// For `rows` rows of A, at most 32, and `cells` cells of k, at most 16.
    fn new(rows: usize, cells: usize) -> Self {
        let above = rows.min(TILE) as u8;
        // Tiles without rows cannot be configured; these are then not used.
        let below = rows.saturating_sub(TILE).max(1) as u8;
        let mut configuration =
            Self { palette: 1, start_row: 0, reserved: [0; 14], row_bytes: [0; 16], rows: [0; 16] };
        let (full, part) = ((TILE * size_of::<f32>()) as u16, (cells * size_of::<f32>()) as u16);
        configuration.row_bytes[..8].copy_from_slice(&[full, full, full, full, part, part, full, full]);
        let depth = cells as u8;
        configuration.rows[..8].copy_from_slice(&[above, above, below, below, above, below, depth, depth]);
        configuration
    }

    /// # Safety
    ///
    /// AMX is available.
    unsafe fn load(&self) {
        // SAFETY: the configuration is 64 bytes long and valid.
        unsafe { asm!("ldtilecfg [{}]", in(reg) self, options(nostack, readonly, preserves_flags)) };
    }
}

/// Loads two tiles of C that lie side by side.
macro_rules! load_sums {
    ($left:literal, $right:literal, $c:expr, $stride:expr) => {
        asm!(
            concat!("tileloadd ", $left, ", [{c} + {stride}]"),
            concat!("tileloadd ", $right, ", [{c} + {stride} + 64]"),
            c = in(reg) $c,
            stride = in(reg) $stride,
            options(nostack, readonly, preserves_flags)
        )
    };
}

/// Stores two tiles of C side by side.
macro_rules! store_sums {
    ($left:literal, $right:literal, $c:expr, $stride:expr) => {
        asm!(
            concat!("tilestored [{c} + {stride}], ", $left),
            concat!("tilestored [{c} + {stride} + 64], ", $right),
            c = in(reg) $c,
            stride = in(reg) $stride,
            options(nostack, preserves_flags)
        )
    };
}

/// One step of 16 cells: the tiles of A from `$a`, or from `$a` and the rows below.
macro_rules! multiply_step {
    ($instruction:literal, above, $a:expr, $stride:expr, $b:expr) => {
        asm!(
            "tileloadd tmm4, [{a} + {stride}]",
            "tileloadd tmm6, [{b} + {panel_stride}]",
            "tileloadd tmm7, [{b} + {panel_stride} + 64]",
            concat!($instruction, " tmm0, tmm4, tmm6"),
            concat!($instruction, " tmm1, tmm4, tmm7"),
            a = in(reg) $a,
            stride = in(reg) $stride,
            b = in(reg) $b,
            panel_stride = in(reg) PANEL_WIDTH * size_of::<f32>(),
            options(nostack, readonly, preserves_flags)
        )
    };
    ($instruction:literal, both, $a:expr, $stride:expr, $b:expr) => {
        asm!(
            "tileloadd tmm6, [{b} + {panel_stride}]",
            "tileloadd tmm4, [{a} + {stride}]",
            "tileloadd tmm7, [{b} + {panel_stride} + 64]",
            concat!($instruction, " tmm0, tmm4, tmm6"),
            "tileloadd tmm5, [{below} + {stride}]",
            concat!($instruction, " tmm1, tmm4, tmm7"),
            concat!($instruction, " tmm2, tmm5, tmm6"),
            concat!($instruction, " tmm3, tmm5, tmm7"),
            a = in(reg) $a,
            below = in(reg) $a.wrapping_byte_add(TILE * $stride),
            stride = in(reg) $stride,
            b = in(reg) $b,
            panel_stride = in(reg) PANEL_WIDTH * size_of::<f32>(),
            options(nostack, readonly, preserves_flags)
        )
    };
}

/// Computes a block of C: all its rows by all its panels, as [`super::gemm::gemm`].
///
/// # Safety
///
/// AMX is available, and the pointers of `block` are valid for the sizes it gives.
unsafe fn gemm<P: Product>(block: &GemmBlock) {
    let header = P::FORMAT.header_rows() * PANEL_WIDTH;
    let panel_length = header + block.depth * PANEL_WIDTH;
    // SAFETY: every pointer below stays within the sizes that the caller promised.
    unsafe {
        for panel_index in 0..block.panel_count {
            let panel = block.panels.add(panel_index * panel_length);
            let c = block.c.add(panel_index * PANEL_WIDTH);
            if !block.accumulate {
                for row in 0..block.rows {
                    c.add(row * block.c_stride).copy_from_nonoverlapping(panel, PANEL_WIDTH);
                }
            }
            for first in (0..block.depth).step_by(DEPTH_BLOCK) {
                let depth = DEPTH_BLOCK.min(block.depth - first);
                let whole = depth / TILE * TILE;
                for (first, cells) in [(first, whole), (first + whole, depth - whole)] {
                    if cells > 0 {
                        let b = panel.add(header + first * PANEL_WIDTH);
                        multiply_rows::<P>(block, block.a.add(first), b, c, cells, panel_length);
                    }
                }
            }
        }
        // Tiles in use make every change of threads dearer.
        asm!("tilerelease", options(nomem, nostack, preserves_flags));
    }
}

/// Adds the products of `cells` cells of all rows with a panel to C. `cells` is a multiple of TILE, or below it.
///
/// # Safety
///
/// As for [`gemm`].
unsafe fn multiply_rows<P: Product>(
    block: &GemmBlock,
    a: *const f32,
    b: *const f32,
    c: *mut f32,
    cells: usize,
    panel_length: usize,
) {
    let (a_stride, c_stride) = (block.a_stride * size_of::<f32>(), block.c_stride * size_of::<f32>());
    let step = TILE.min(cells);
    let mut configured = 0;
    // SAFETY: the caller's promise.
    unsafe {
        for row in (0..block.rows).step_by(2 * TILE) {
            let rows = (2 * TILE).min(block.rows - row);
            if rows != configured {
                TileConfiguration::new(rows, step).load();
                configured = rows;
            }
            let c = c.byte_add(row * c_stride);
            let below = c.wrapping_byte_add(TILE * c_stride);
            load_sums!("tmm0", "tmm1", c, c_stride);
            if rows > TILE {
                load_sums!("tmm2", "tmm3", below, c_stride);
            }
            let a = a.byte_add(row * a_stride);
            let pieces = if P::FORMAT == Format::Bfloat16Pieces { 2 } else { 1 };
            for k in (0..cells).step_by(pieces * TILE) {
                let (a, b) = (a.add(k), b.add(k * PANEL_WIDTH));
                if row == 0 {
                    // The next panel moves into the second-level cache while this one is used. Prefetches never fault.
                    for line in 0..pieces * 2 * TILE {
                        _mm_prefetch::<_MM_HINT_T1>(b.wrapping_add(panel_length + line * TILE).cast());
                    }
                }
                match (P::FORMAT, rows > TILE) {
                    (Format::Bfloat16, true) => multiply_step!("tdpbf16ps", both, a, a_stride, b),
                    (Format::Bfloat16, false) => multiply_step!("tdpbf16ps", above, a, a_stride, b),
                    (Format::Bfloat16Pieces, both) => {
                        // Large times large, large times small, small times large.
                        let (small_a, small_b) = (a.add(PIECE_CELLS), b.add(PIECE_CELLS * PANEL_WIDTH));
                        for (a, b) in [(small_a, b), (a, small_b), (a, b)] {
                            if both {
                                multiply_step!("tdpbf16ps", both, a, a_stride, b);
                            } else {
                                multiply_step!("tdpbf16ps", above, a, a_stride, b);
                            }
                        }
                    }
                    (_, true) => multiply_step!("tdpbusd", both, a, a_stride, b),
                    (_, false) => multiply_step!("tdpbusd", above, a, a_stride, b),
                }
            }
            store_sums!("tmm0", "tmm1", c, c_stride);
            if rows > TILE {
                store_sums!("tmm2", "tmm3", below, c_stride);
            }
        }
    }
}
