//! How the operands of a matrix product lie in memory.
//!
//! Every format is made of cells of four bytes. A cell holds as many consecutive values of k as fit, so that one
//! register of cells of B and one broadcast cell of A give one sum for each column whatever the format is: a single
//! multiplication in float32, a dot product of two or four values in the smaller ones.

/// Cells of one piece that lie together in [`Format::Bfloat16Pieces`]: a tile's worth.
pub(crate) const PIECE_CELLS: usize = 16;

/// The numbers in a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Format {
    /// One float32.
    #[default]
    Float32,
    /// Two bfloat16.
    Bfloat16,
    /// Four 8-bit integers: weights are signed with one scale a column, activations unsigned with a scale and zero
    /// point a row.
    Int8,
    /// Float32 as the sum of two bfloat16 pieces: for every [`PIECE_CELLS`] cells of the larger pieces as many of the
    /// smaller ones. Products leave out that of the smaller pieces, so about 16 bits of each number count.
    Bfloat16Pieces,
    /// The numbers of [`Format::Int8`] as two 16-bit integers, for machines without a dot product of bytes.
    Int16,
}

impl Format {
    /// All formats, in the order of their numbers.
    #[cfg(any(test, feature = "benchmark"))]
    pub const ALL: [Self; 5] = [Self::Float32, Self::Bfloat16, Self::Int8, Self::Bfloat16Pieces, Self::Int16];

    /// Consecutive values of k in one cell.
    pub fn values_per_cell(self) -> usize {
        match self {
            Self::Float32 => 1,
            Self::Bfloat16 | Self::Bfloat16Pieces | Self::Int16 => 2,
            Self::Int8 => 4,
        }
    }

    /// Cells of a row of `depth` values; the last is filled up with zeros.
    pub fn cells(self, depth: usize) -> usize {
        let cells = depth.div_ceil(self.values_per_cell());
        if self == Self::Bfloat16Pieces { 2 * cells.next_multiple_of(PIECE_CELLS) } else { cells }
    }

    /// Whether products are integers that scales turn into numbers.
    pub fn is_integer(self) -> bool {
        matches!(self, Self::Int8 | Self::Int16)
    }

    /// Rows in front of a panel's cells: what sums start from (the bias; zero for integers), and for integers the
    /// bias, the scale and the sum of each column.
    pub fn header_rows(self) -> usize {
        if self.is_integer() { 4 } else { 1 }
    }

    /// The name in reports and packed files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Float32 => "float32",
            Self::Bfloat16 => "bfloat16",
            Self::Bfloat16Pieces => "bfloat16 in two pieces",
            Self::Int8 => "int8",
            Self::Int16 => "int8 in 16 bits",
        }
    }
}

/// What an activation row's integers mean: `value = scale · (integer − zero_point)`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct RowScale {
    pub scale: f32,
    pub zero_point: i32,
}
