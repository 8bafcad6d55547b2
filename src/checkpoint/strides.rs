//! Tensors that are not stored row-major: which stored elements they have, and where.

/// Whether so many bytes hold a tensor: exactly its elements where there are no strides, and all that the strides reach
/// where there are.
pub(super) fn are_held(
    shape: &[usize],
    strides: Option<&[usize]>,
    element_size: usize,
    bytes: usize,
) -> bool {
    let in_bytes = |elements: usize| elements.checked_mul(element_size);
    let elements = shape.iter().try_fold(1_usize, |product, size| product.checked_mul(*size));
    // What the elements take must be a number also where they are repeated, since they are copied out.
    let Some(length) = elements.and_then(in_bytes) else { return false };
    match strides {
        None => length == bytes,
        Some(strides) => {
            let reached = reached_elements(shape, strides).and_then(in_bytes);
            strides.len() == shape.len() && reached.is_some_and(|reached| reached <= bytes)
        }
    }
}

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
