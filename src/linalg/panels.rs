//! A weight matrix in the layout that the GEMM reads front to back.

use rayon::prelude::*;

use crate::error::Result;
use crate::runtime::AlignedBuffer;

/// A matrix [depth, columns] as panels of `panel_width` columns. A panel is one row of bias, then one row for each k;
/// columns beyond the last are zero.
pub(crate) struct Panels {
    values: AlignedBuffer,
    depth: usize,
    columns: usize,
    panel_width: usize,
}

impl Panels {
    /// Packs the matrix whose column `c` is what `read_column(c, buffer)` puts into a buffer of `depth` values, i.e.
    /// row `c` of a PyTorch linear weight [columns, depth]. Runs on all threads of the global rayon pool.
    pub fn pack(
        panel_width: usize,
        depth: usize,
        columns: usize,
        bias: Option<&[f32]>,
        read_column: impl Fn(usize, &mut [f32]) + Sync,
    ) -> Result<Self> {
        let panel_count = columns.div_ceil(panel_width);
        let panel_length = (depth + 1) * panel_width;
        let mut values = AlignedBuffer::default();
        values.ensure(panel_count.saturating_mul(panel_length))?;
        values[..panel_count * panel_length].par_chunks_mut(panel_length).enumerate().for_each_init(
            || vec![0f32; depth],
            |column_values, (panel, target)| {
                for lane in 0..panel_width.min(columns - panel * panel_width) {
                    let column = panel * panel_width + lane;
                    read_column(column, column_values);
                    target[lane] = bias.map_or(0.0, |bias| bias[column]);
                    for (k, value) in column_values.iter().enumerate() {
                        target[(k + 1) * panel_width + lane] = *value;
                    }
                }
            },
        );
        Ok(Self { values, depth, columns, panel_width })
    }

    pub fn depth(&self) -> usize {
        self.depth
    }

    pub fn columns(&self) -> usize {
        self.columns
    }

    pub fn panel_width(&self) -> usize {
        self.panel_width
    }

    pub fn panel_count(&self) -> usize {
        self.columns.div_ceil(self.panel_width)
    }

    /// All panels from `panel` on.
    pub fn panels_from(&self, panel: usize) -> &[f32] {
        &self.values[panel * (self.depth + 1) * self.panel_width..]
    }

    /// Bytes allocated.
    pub fn allocated_bytes(&self) -> usize {
        self.values.len() * size_of::<f32>()
    }
}
