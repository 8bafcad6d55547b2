//! Token tensors in, result tensors out: safetensors files.

use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::failure::Failure;
use crate::output_file::OutputFile;

/// Padded token tensors: each [rows, length] in row-major order.
#[derive(Debug)]
pub struct TokenTensors {
    pub rows: usize,
    pub length: usize,
    pub input_ids: Vec<i64>,
    pub attention_mask: Option<Vec<i64>>,
    pub token_type_ids: Option<Vec<i64>>,
}

impl TokenTensors {
    /// Reads `input_ids` and, where they are there, `attention_mask` and `token_type_ids`.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = std::fs::read(path).map_err(|error| Failure::io("read", path.display(), &error))?;
        Self::from_bytes(&bytes).map_err(|failure| failure.within(path.display()))
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Failure> {
        let file = SafeTensors::deserialize(bytes).map_err(|error| {
            Failure::Failed(format!(
                "not a safetensors file ({error}); write it with the safetensors library"
            ))
        })?;
        let Some((shape, input_ids)) = integers(&file, "input_ids")? else {
            let names = file.names().join(", ");
            return Err(Failure::Failed(format!("there is no tensor input_ids; the file has: {names}")));
        };
        let &[rows, length] = shape.as_slice() else {
            return Err(Failure::Failed(format!(
                "input_ids has the shape {shape:?}; it must be [rows, length]"
            )));
        };
        let same_shape = |name: &str| match integers(&file, name)? {
            Some((other, _)) if other != shape => Err(Failure::Failed(format!(
                "{name} has the shape {other:?}, but input_ids has {shape:?}; they must be equal"
            ))),
            tensor => Ok(tensor.map(|(_, values)| values)),
        };
        let attention_mask = same_shape("attention_mask")?;
        let token_type_ids = same_shape("token_type_ids")?;
        Ok(Self { rows, length, input_ids, attention_mask, token_type_ids })
    }
}

/// Shape and values.
type IntegerTensor = (Vec<usize>, Vec<i64>);

/// An integer tensor, if the file has it.
fn integers(file: &SafeTensors<'_>, name: &str) -> Result<Option<IntegerTensor>, Failure> {
    let Ok(tensor) = file.tensor(name) else { return Ok(None) };
    let values = match tensor.dtype() {
        Dtype::I64 => {
            let (values, _) = tensor.data().as_chunks::<8>();
            values.iter().map(|&bytes| i64::from_le_bytes(bytes)).collect()
        }
        Dtype::I32 => {
            let (values, _) = tensor.data().as_chunks::<4>();
            values.iter().map(|&bytes| i64::from(i32::from_le_bytes(bytes))).collect()
        }
        other => {
            return Err(Failure::Failed(format!("{name} has the type {other:?}; it must be int32 or int64")));
        }
    };
    Ok(Some((tensor.shape().to_vec(), values)))
}

/// A tensor in the making. Rows can be appended: the first dimension grows.
#[derive(Debug)]
pub struct ResultTensor {
    pub name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl ResultTensor {
    /// A float32 tensor of the given shape.
    pub fn float32(name: impl Into<String>, shape: &[usize], values: &[f32]) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self { name: name.into(), dtype: Dtype::F32, shape: shape.to_vec(), bytes }
    }

    /// An int64 tensor of the given shape.
    pub fn int64(name: impl Into<String>, shape: &[usize], values: &[i64]) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self { name: name.into(), dtype: Dtype::I64, shape: shape.to_vec(), bytes }
    }

    /// Appends the rows of a tensor with the same name and the same further dimensions.
    pub fn append(&mut self, rows: Self) {
        self.shape[0] += rows.shape[0];
        self.bytes.extend(rows.bytes);
    }
}

/// Writes the tensors; the file appears complete or not at all.
pub fn write(output: OutputFile, tensors: &[ResultTensor]) -> Result<(), Failure> {
    let failed = |error| Failure::Failed(format!("cannot write {}: {error}", output.path().display()));
    let views = tensors
        .iter()
        .map(|tensor| {
            let view = TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes)?;
            Ok((tensor.name.as_str(), view))
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    safetensors::serialize_to_file(views, None, output.path()).map_err(failed)?;
    output.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(tensors: &[ResultTensor]) -> Vec<u8> {
        let views = tensors.iter().map(|tensor| {
            (
                tensor.name.as_str(),
                TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes).unwrap(),
            )
        });
        safetensors::serialize(views, None).unwrap()
    }

    #[test]
    fn token_tensors_are_read_in_both_widths() {
        let ids = ResultTensor::int64("input_ids", &[2, 2], &[1, 2, -3, 4]);
        let bytes = [1_i32, 1, 1, 0].iter().flat_map(|value| value.to_le_bytes()).collect();
        let mask =
            ResultTensor { name: "attention_mask".into(), dtype: Dtype::I32, shape: vec![2, 2], bytes };
        let tokens = TokenTensors::from_bytes(&file(&[ids, mask])).unwrap();
        assert_eq!((tokens.rows, tokens.length), (2, 2));
        assert_eq!(tokens.input_ids, [1, 2, -3, 4]);
        assert_eq!(tokens.attention_mask, Some(vec![1, 1, 1, 0]));
        assert_eq!(tokens.token_type_ids, None);
    }

    #[test]
    fn bad_token_tensors_are_named() {
        let message = |bytes: &[u8]| match TokenTensors::from_bytes(bytes) {
            Err(Failure::Failed(message)) => message,
            other => panic!("{other:?}"),
        };
        assert!(message(b"nonsense").contains("not a safetensors file"));
        let other = ResultTensor::int64("ids", &[1], &[1]);
        assert!(message(&file(&[other])).contains("no tensor input_ids; the file has: ids"));
        let floats = ResultTensor::float32("input_ids", &[1, 1], &[1.0]);
        assert!(message(&file(&[floats])).contains("int32 or int64"));
        let flat = ResultTensor::int64("input_ids", &[2], &[1, 2]);
        assert!(message(&file(&[flat])).contains("[rows, length]"));
        let ids = ResultTensor::int64("input_ids", &[1, 2], &[1, 2]);
        let mask = ResultTensor::int64("attention_mask", &[2, 1], &[1, 2]);
        assert!(message(&file(&[ids, mask])).contains("attention_mask has the shape [2, 1]"));
    }

    #[test]
    fn rows_can_be_appended() {
        let mut tensor = ResultTensor::float32("x", &[1, 2], &[1.0, 2.0]);
        tensor.append(ResultTensor::float32("x", &[2, 2], &[3.0; 4]));
        assert_eq!((tensor.shape, tensor.bytes.len()), (vec![3, 2], 24));
    }
}
