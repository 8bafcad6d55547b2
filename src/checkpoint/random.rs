//! Random weights in the place of a checkpoint.

use std::sync::Arc;

use half::{bf16, f16};

use super::memory_map::FileBytes;
use super::{SourceTensor, TensorSource};
use crate::config::WeightType;
use crate::error::{Result, bail};

/// Standard deviation of weights, and where their distribution is cut off, as the reference initialises them.
const DEVIATION: f64 = 0.02;
const CUT_OFF: f64 = 2.0;

/// Makes every tensor that is asked for: layer norms are the identity, biases zero, all else truncated normal. A
/// tensor's values depend on the seed, its name and the element type they are rounded to, and nothing else.
pub(super) struct RandomSource {
    pub seed: u64,
    pub dtype: WeightType,
}

impl TensorSource for RandomSource {
    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(std::iter::empty())
    }

    fn tensor(&self, _name: &str) -> Option<SourceTensor> {
        None
    }

    fn tensor_of_shape(&self, name: &str, shape: &[usize]) -> Result<Option<SourceTensor>> {
        // The configuration's check bounds the sizes.
        let elements: usize = shape.iter().product();
        let mut random =
            SplitMix(name.bytes().fold(self.seed, |state, byte| SplitMix(state ^ u64::from(byte)).next()));
        let mut value = || {
            if name.ends_with(".bias") {
                0.0
            } else if name.contains("LayerNorm") {
                1.0
            } else {
                random.truncated_normal() as f32
            }
        };
        let (dtype, size) = match self.dtype {
            WeightType::Float32 => ("F32", 4),
            WeightType::Float16 => ("F16", 2),
            WeightType::Bfloat16 => ("BF16", 2),
        };
        let mut bytes: Vec<u8> = Vec::new();
        if bytes.try_reserve_exact(elements * size).is_err() {
            bail!(
                OutOfMemory,
                "no memory for random weights: {name} has {} bytes; choose a smaller model",
                elements * size
            );
        }
        for _ in 0..elements {
            match self.dtype {
                WeightType::Float32 => bytes.extend(value().to_le_bytes()),
                WeightType::Float16 => bytes.extend(f16::from_f32(value()).to_le_bytes()),
                WeightType::Bfloat16 => bytes.extend(bf16::from_f32(value()).to_le_bytes()),
            }
        }
        Ok(Some(SourceTensor {
            range: 0..bytes.len(),
            file: Arc::new(FileBytes::from_memory(bytes)),
            dtype: dtype.into(),
            shape: shape.to_vec(),
            strides: None,
        }))
    }

    fn files(&self) -> &[Arc<FileBytes>] {
        &[]
    }
}

/// The generator SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Uniform in (0, 1].
    fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1u64 << 53) as f64
    }

    fn truncated_normal(&mut self) -> f64 {
        loop {
            let radius = (-2.0 * self.uniform().ln()).sqrt();
            let normal = radius * (std::f64::consts::TAU * self.uniform()).cos();
            if normal.abs() <= CUT_OFF {
                return normal * DEVIATION;
            }
        }
    }
}
