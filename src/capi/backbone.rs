//! Models of any size, with random weights.

use super::call::call;
use super::enums;
use super::error::{deberta_error, deberta_status};
use super::extensible::{self, extensible};
use super::model::deberta_model;
use super::open::{deberta_open_options, hand_over, resolve};
use super::pointers;
use crate::config::BackboneConfig;
use crate::error::{Result, bail};
use crate::model::Model;

/// A model's sizes, as the constructor of Keras' DebertaV3Backbone takes them. Set it up with
/// deberta_backbone_config_init().
#[derive(Clone, Copy)]
#[repr(C)]
pub struct deberta_backbone_config {
    /// sizeof(deberta_backbone_config)
    pub struct_size: usize,
    /// Rows of the token embedding.
    pub vocabulary_size: u64,
    /// Number of transformer layers.
    pub num_layers: u64,
    /// Number of attention heads; divides `hidden_dim`.
    pub num_heads: u64,
    /// Length of a hidden state.
    pub hidden_dim: u64,
    /// Length of the feed-forward layer's inner vector.
    pub intermediate_dim: u64,
    /// Distance from which on relative positions are not told apart, which is no limit on the input; 0 for 512.
    pub max_sequence_length: u64,
    /// Number of buckets for distances to one side; 0 for 256.
    pub bucket_size: u64,
    /// A deberta_weight_type: what the weights are rounded to.
    pub dtype: i32,
    /// Always 0.
    pub reserved: i32,
}

extensible!(deberta_backbone_config, size: 72, {
    vocabulary_size: 8, num_layers: 16, num_heads: 24, hidden_dim: 32, intermediate_dim: 40, max_sequence_length: 48,
    bucket_size: 56, dtype: 64, reserved: 68,
});

/// Sets every field to 0: the defaults of those that have one.
///
/// @param config       The struct to set up. Not NULL.
/// @param struct_size  sizeof(deberta_backbone_config), which tells the library which version of the struct this is.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_backbone_config_init(
    config: *mut deberta_backbone_config,
    struct_size: usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe { call(error, || extensible::init(config, struct_size, "config")) }
}

/// # Safety
///
/// The header's contract.
unsafe fn backbone(config: *const deberta_backbone_config) -> Result<BackboneConfig> {
    // SAFETY: the caller's promise.
    let config = unsafe {
        pointers::reference(config.cast::<usize>(), "config")?;
        extensible::read(config, "config")?
    };
    if config.reserved != 0 {
        bail!(InvalidArgument, "reserved of deberta_backbone_config is {}; it must be 0", config.reserved);
    }
    let size = |value: u64, name: &str| match usize::try_from(value) {
        Ok(size) => Ok(size),
        Err(_) => bail!(InvalidConfig, "{name} is {value}, which is more than this machine can address"),
    };
    let backbone = BackboneConfig::new(
        size(config.vocabulary_size, "vocabulary_size")?,
        size(config.num_layers, "num_layers")?,
        size(config.num_heads, "num_heads")?,
        size(config.hidden_dim, "hidden_dim")?,
        size(config.intermediate_dim, "intermediate_dim")?,
    );
    let or_default = |value: usize, default: usize| if value == 0 { default } else { value };
    let positions =
        or_default(size(config.max_sequence_length, "max_sequence_length")?, backbone.max_sequence_length);
    let buckets = or_default(size(config.bucket_size, "bucket_size")?, backbone.bucket_size);
    let dtype = enums::weight_type(config.dtype)?;
    Ok(backbone.max_sequence_length(positions).bucket_size(buckets).dtype(dtype))
}

/// Makes a model of any size with random weights, as Keras' DebertaV3Backbone does when it is constructed: layer norms are
/// the identity, biases zero, all else a truncated normal distribution with a deviation of 0.02. For measuring speed and
/// memory without a checkpoint.
///
/// @param config   The model's sizes. Not NULL.
/// @param options  How to open it; NULL for the defaults. The weights depend on `random_seed`; `random_weights` may be 0.
/// @param model    Where the model goes. Not NULL.
/// @param error    Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_INVALID_CONFIG for sizes that are impossible or do not fit together, or
///   whatever is wrong with the options.
/// @par Ownership
///   The caller owns the model and frees it with deberta_model_free(). The arguments are only used during the call.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_from_backbone(
    config: *const deberta_backbone_config,
    options: *const deberta_open_options,
    model: *mut *mut deberta_model,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let output = pointers::Output::new(model, "model")?;
            let backbone = backbone(config)?;
            let seed = extensible::read(options, "options")?.random_seed;
            output.set(hand_over(Model::from_backbone(&backbone, seed, &resolve(options)?)?));
            Ok(())
        })
    }
}
