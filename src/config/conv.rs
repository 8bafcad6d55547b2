//! The convolution that v2-xlarge and v2-xxlarge add after the first layer.

use super::activation::Activation;
use super::fields::Fields;
use crate::error::{Result, bail};

/// Settings of the convolution over the tokens, whose input and output have `hidden_size` channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvConfig {
    /// Number of tokens that one output sees; odd.
    pub kernel_size: usize,
    /// Number of groups that the channels are split into; divides `hidden_size`.
    pub groups: usize,
    /// Applied to the result of the convolution.
    pub activation: Activation,
}

impl ConvConfig {
    pub(super) fn read(fields: &Fields, hidden_size: usize) -> Result<Option<Self>> {
        let Some(kernel_size) = fields.size_if_positive("conv_kernel_size")? else { return Ok(None) };
        if kernel_size % 2 == 0 {
            bail!(
                InvalidConfig,
                "{}: \"conv_kernel_size\" is {kernel_size}, but must be odd: an even one would shorten the text by \
                 a token",
                fields.origin()
            );
        }
        let groups = fields.positive_size("conv_groups", 1)?;
        if !hidden_size.is_multiple_of(groups) {
            bail!(
                InvalidConfig,
                "{}: \"conv_groups\" is {groups}, but must divide \"hidden_size\", which is {hidden_size}",
                fields.origin()
            );
        }
        let activation = super::read_activation(fields, "conv_act", Activation::Tanh)?;
        Ok(Some(Self { kernel_size, groups, activation }))
    }
}
