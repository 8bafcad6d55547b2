//! Keys and values of one head, packed as the right operands of products.

use crate::linalg::kernels::Format;

/// Packs `count` rows of `cells` cells as the columns of panels that start from zero.
///
/// # Safety
///
/// The rows are readable and the panels have room for `count` rounded up to whole panels.
pub(super) unsafe fn pack_keys(
    rows: *const f32,
    stride: usize,
    count: usize,
    cells: usize,
    panel_width: usize,
    panels: *mut f32,
) {
    // SAFETY: the caller's promise.
    unsafe {
        for panel in 0..count.div_ceil(panel_width) {
            let target = panels.add(panel * (cells + 1) * panel_width);
            let first = panel * panel_width;
            let columns = panel_width.min(count - first);
            let cleared = if columns < panel_width { (cells + 1) * panel_width } else { panel_width };
            target.write_bytes(0, cleared);
            let target = target.add(panel_width);
            // Four columns at a time: their cells of one k lie side by side.
            let mut column = 0;
            while column + 4 <= columns {
                let sources = [0, 1, 2, 3].map(|index| rows.add((first + column + index) * stride));
                for k in 0..cells {
                    let values = sources.map(|source| *source.add(k));
                    target.add(k * panel_width + column).cast::<[f32; 4]>().write_unaligned(values);
                }
                column += 4;
            }
            for column in column..columns {
                let source = rows.add((first + column) * stride);
                for k in 0..cells {
                    *target.add(k * panel_width + column) = *source.add(k);
                }
            }
        }
    }
}

/// Packs `count` rows of `size` values as the rows of panels that start from zero; in bfloat16 two rows share the cells
/// of one.
///
/// # Safety
///
/// The rows, `stride` cells apart, are readable, and the panels have room for `size` rounded up to whole panels.
pub(super) unsafe fn pack_values(
    format: Format,
    rows: *const f32,
    stride: usize,
    count: usize,
    size: usize,
    panel_width: usize,
    panels: *mut f32,
) {
    // SAFETY: the caller's promise.
    unsafe {
        for panel in 0..size.div_ceil(panel_width) {
            let target = panels.add(panel * (format.cells(count) + 1) * panel_width);
            let first = panel * panel_width;
            let columns = panel_width.min(size - first);
            target.write_bytes(0, panel_width);
            for k in 0..format.cells(count) {
                let target = target.add((k + 1) * panel_width);
                if columns < panel_width {
                    target.write_bytes(0, panel_width);
                }
                match format {
                    Format::Float32 => {
                        target.copy_from_nonoverlapping(rows.add(k * stride + first), columns);
                    }
                    _ => {
                        let low = rows.add(2 * k * stride).cast::<u16>().add(first);
                        let has_high = 2 * k + 1 < count;
                        let high = low.wrapping_add(if has_high { 2 * stride } else { 0 });
                        let mask = if has_high { u32::MAX } else { 0xffff };
                        for column in 0..columns {
                            let pair = u32::from(*low.add(column)) | u32::from(*high.add(column)) << 16;
                            *target.add(column) = f32::from_bits(pair & mask);
                        }
                    }
                }
            }
        }
    }
}
