//! Takes tensors by name and shape, and reports everything that is wrong with them at once.

use super::{Checkpoint, SourceTensor, StoredDtype, Tensor};
use crate::error::{Error, Result, bail};

/// How many problems the error lists.
const LISTED: usize = 20;

/// Takes tensors out of a checkpoint. A tensor that cannot be had is noted and stands as an empty placeholder;
/// [`TensorReader::finish`] reports all of them.
#[must_use = "problems are reported by `finish`"]
pub(crate) struct TensorReader<'a> {
    checkpoint: &'a Checkpoint,
    /// The first ones; the rest are only counted, so that a hostile layer count costs no memory.
    problems: Vec<String>,
    problem_count: usize,
    parameters: u64,
    /// Why reading goes no further.
    failure: Option<Error>,
}

impl<'a> TensorReader<'a> {
    pub(super) fn new(checkpoint: &'a Checkpoint) -> Self {
        Self { checkpoint, problems: Vec::new(), problem_count: 0, parameters: 0, failure: None }
    }

    /// The encoder's tensor `name` (without the checkpoint's prefix), which must have this shape.
    pub(crate) fn encoder_tensor(&mut self, name: &str, shape: &[usize]) -> Tensor {
        self.head_tensor(&format!("{}{name}", self.checkpoint.prefix), shape)
    }

    /// The tensor of this full name, such as `classifier.weight`, which must have this shape.
    pub(crate) fn head_tensor(&mut self, name: &str, shape: &[usize]) -> Tensor {
        if self.failure.is_some() {
            return Tensor::placeholder();
        }
        let found = match self.checkpoint.source.tensor_of_shape(name, shape) {
            Ok(found) => check(found, shape),
            Err(error) => {
                self.failure = Some(error);
                return Tensor::placeholder();
            }
        };
        self.parameters += found.as_ref().map_or(0, |tensor| tensor.elements() as u64);
        found.unwrap_or_else(|problem| {
            if self.problems.len() < LISTED {
                self.problems.push(format!("{}: {problem}", self.shown(name)));
            }
            self.problem_count += 1;
            Tensor::placeholder()
        })
    }

    /// How many elements the tensors found so far have.
    pub(crate) fn parameters(&self) -> u64 {
        self.parameters
    }

    /// # Errors
    /// `InvalidCheckpoint` with a line for each tensor that was asked for in vain; `OutOfMemory` if one could not be made.
    pub(crate) fn finish(self) -> Result<()> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        if self.problem_count == 0 {
            return Ok(());
        }
        let mut lines = self.problems;
        let more = self.problem_count - lines.len();
        if more > 0 {
            lines.push(format!("and {more} more"));
        }
        let is_or_are = if self.problem_count == 1 { "tensor does" } else { "tensors do" };
        bail!(
            InvalidCheckpoint,
            "{}: {} {is_or_are} not fit config.json; check that both files are from the same model\n  {}",
            self.checkpoint.folder.display(),
            self.problem_count,
            lines.join("\n  ")
        )
    }

    /// The tensor's name, and that in the file where it is another one.
    fn shown(&self, name: &str) -> String {
        match self.checkpoint.source.stored_name(name) {
            None => name.to_owned(),
            Some(stored) => format!("{name} ({stored})"),
        }
    }
}

/// The tensor, if it is there with this shape and can be used.
fn check(found: Option<SourceTensor>, shape: &[usize]) -> std::result::Result<Tensor, String> {
    let Some(found) = found else {
        return Err(format!("missing, expected shape {shape:?}"));
    };
    if found.shape != shape {
        return Err(format!("expected shape {shape:?}, found {:?}", found.shape));
    }
    let Some(dtype) = StoredDtype::from_name(&found.dtype) else {
        return Err(format!("wrong dtype {}, expected F32, F16 or BF16", found.dtype));
    };
    Tensor::new(found.file, found.range, dtype, found.shape, found.strides)
        .ok_or_else(|| format!("the stored bytes do not fit the shape {shape:?} of {dtype}"))
}
