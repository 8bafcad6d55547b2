//! Where the encoder's packed weights come from.

use std::cell::{Cell, RefCell};

use super::file::PackedFile;
use crate::checkpoint::Tensor;
use crate::error::{Error, ErrorKind, Result};
use crate::linalg::kernels::Format;
use crate::linalg::{Cells, Compute, Linear, PackedRows, Panels, PanelsShape, RowsShape};
use crate::opening::{OpenObserver, OpenStage};

/// Cells to the end of which a part of a tensor is filled up, so that the next starts on a cache line.
const ALIGNMENT: usize = 16;

/// Gives each layer its packed weights by name: packs them, or finds them in a file.
pub(crate) struct Packing<'a> {
    pub compute: &'a Compute,
    observer: &'a OpenObserver,
    origin: Origin<'a>,
    sizes: Cell<PackedSizes>,
}

enum Origin<'a> {
    Weights,
    /// Also keeps what was packed, for writing it to a file.
    Recorded(RefCell<Vec<PackedTensor>>),
    File(&'a PackedFile),
}

/// Bytes of packed weights.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PackedSizes {
    /// In memory of the process alone.
    pub private: u64,
    /// In the mapped file.
    pub mapped: u64,
}

/// A packed weight of a layer, or several of equal shape one after the other.
pub(super) struct PackedTensor {
    pub name: String,
    pub format: Format,
    /// The shape of all parts together.
    pub shape: Vec<usize>,
    pub parts: Vec<Cells>,
}

impl<'a> Packing<'a> {
    /// Packs everything.
    pub fn of_weights(compute: &'a Compute, observer: &'a OpenObserver) -> Self {
        Self::new(compute, observer, Origin::Weights)
    }

    /// Packs everything and keeps it for [`Self::into_recorded`].
    pub(super) fn recorded(compute: &'a Compute, observer: &'a OpenObserver) -> Self {
        Self::new(compute, observer, Origin::Recorded(RefCell::default()))
    }

    /// Finds everything in a file.
    pub(super) fn of_file(compute: &'a Compute, observer: &'a OpenObserver, file: &'a PackedFile) -> Self {
        Self::new(compute, observer, Origin::File(file))
    }

    fn new(compute: &'a Compute, observer: &'a OpenObserver, origin: Origin<'a>) -> Self {
        Self { compute, observer, origin, sizes: Cell::default() }
    }

    /// What was packed, in order.
    pub(super) fn into_recorded(self) -> Vec<PackedTensor> {
        match self.origin {
            Origin::Recorded(tensors) => tensors.into_inner(),
            Origin::Weights | Origin::File(_) => Vec::new(),
        }
    }

    /// Tells the caller who opens the model how many bytes of stored weights are done.
    ///
    /// # Errors
    ///
    /// `Cancelled` if the caller wants no more.
    pub fn report(&self, bytes: u64, total_bytes: u64) -> Result<()> {
        let stage = match self.origin {
            Origin::Weights | Origin::Recorded(_) => OpenStage::Packing,
            Origin::File(_) => OpenStage::Mapping,
        };
        self.observer.report(stage, bytes, total_bytes)
    }

    /// Bytes of what was given out.
    pub fn sizes(&self) -> PackedSizes {
        self.sizes.get()
    }

    /// A linear layer of one or more weights [columns_i, depth], side by side.
    pub fn linear(
        &self,
        name: &str,
        format: Format,
        weights: &[&Tensor],
        biases: &[&Tensor],
    ) -> Result<Linear> {
        let columns = weights.iter().map(|weight| weight.shape()[0]).sum();
        let pack = || Ok(vec![Linear::pack(self.compute, format, weights, biases)?]);
        let mut panels = self.panels(name, 1, format, [weights[0].shape()[1], columns], pack)?;
        match panels.pop() {
            Some(panels) => Ok(Linear::from_panels(panels)),
            None => Err(Error::new(ErrorKind::Internal, format!("nothing was packed for {name}"))),
        }
    }

    /// `count` matrices [depth, columns] as panels.
    pub fn panels(
        &self,
        name: &str,
        count: usize,
        format: Format,
        [depth, columns]: [usize; 2],
        pack: impl FnOnce() -> Result<Vec<Panels>>,
    ) -> Result<Vec<Panels>> {
        let shape = PanelsShape { format, depth, columns, panel_width: self.compute.kernels.panel_width };
        if let Origin::File(file) = self.origin {
            let parts = self.find(file, name, format, count, shape.cell_count())?;
            return parts
                .into_iter()
                .map(|cells| Panels::new(cells, shape).ok_or_else(|| file.misfit(name)))
                .collect();
        }
        let packed = pack()?;
        let dimensions = [count, shape.panel_count(), shape.panel_rows(), shape.panel_width];
        self.note(name, format, &dimensions, packed.iter().map(|panels| panels.cells().clone()).collect());
        Ok(packed)
    }

    /// Rows of a left operand, of a format without scales.
    pub fn rows(
        &self,
        name: &str,
        shape: RowsShape,
        make: impl FnOnce() -> Result<PackedRows>,
    ) -> Result<PackedRows> {
        if let Origin::File(file) = self.origin {
            let cells = self.find(file, name, shape.format, 1, shape.cell_count())?.pop();
            return cells.and_then(|cells| PackedRows::new(cells, shape)).ok_or_else(|| file.misfit(name));
        }
        let rows = make()?;
        self.note(name, shape.format, &[shape.rows, shape.stride()], vec![rows.cells().clone()]);
        Ok(rows)
    }

    /// The parts of a tensor in the file.
    fn find(
        &self,
        file: &PackedFile,
        name: &str,
        format: Format,
        count: usize,
        length: usize,
    ) -> Result<Vec<Cells>> {
        let length = length.next_multiple_of(ALIGNMENT);
        let parts = file.tensor(name, format, count, length)?;
        let bytes = parts.iter().map(|part| size_of_val::<[f32]>(part) as u64).sum::<u64>();
        let private = parts.first().is_some_and(|part| part.as_owned().is_some());
        self.count(if private { (bytes, 0) } else { (0, bytes) });
        Ok(parts)
    }

    /// Counts what was packed, and keeps it where that is wanted.
    fn note(&self, name: &str, format: Format, dimensions: &[usize], parts: Vec<Cells>) {
        let cells = parts.iter().map(|part| part.len()).sum();
        self.count((size_of::<f32>() as u64 * cells as u64, 0));
        if let Origin::Recorded(tensors) = &self.origin {
            // With what fills up the parts, a tensor has no other shape than its length.
            let exact = dimensions.iter().product::<usize>() == cells;
            let shape = if exact { dimensions.to_vec() } else { vec![cells] };
            tensors.borrow_mut().push(PackedTensor { name: name.to_owned(), format, shape, parts });
        }
    }

    fn count(&self, (private, mapped): (u64, u64)) {
        let sizes = self.sizes.get();
        self.sizes.set(PackedSizes { private: sizes.private + private, mapped: sizes.mapped + mapped });
    }
}
