//! Tensors that are not stored row-major: which stored elements they have, and where.

/// One more than the largest offset that the strides lead to, in elements; `None` if that is more than can be.
pub(super) fn reached_elements(shape: &[usize], strides: &[usize]) -> Option<usize> {
    if shape.contains(&0) {
        return Some(0);
    }
    let last =
        |last: usize, (&size, &stride): (&usize, &usize)| last.checked_add((size - 1).checked_mul(stride)?);
    shape.iter().zip(strides).try_fold(0, last)?.checked_add(1)
}

/// Where an element is, by its place in row-major order.
pub(super) fn offset(shape: &[usize], strides: &[usize], mut element: usize) -> usize {
    let mut offset = 0;
    for (&size, &stride) in shape.iter().zip(strides).rev() {
        offset += element % size * stride;
        element /= size;
    }
    offset
}

/// The strides of a tensor that is stored row-major and without gaps.
pub(super) fn row_major(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for dimension in (1..shape.len()).rev() {
        strides[dimension - 1] = strides[dimension] * shape[dimension];
    }
    strides
}
