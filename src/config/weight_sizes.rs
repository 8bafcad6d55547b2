//! Checks that the weights a configuration describes can be counted at all, so that later size arithmetic cannot
//! overflow.

use super::Config;
use crate::error::{Result, bail};

/// Sizes that are multiplied to the element count of one kind of weight.
type Factors<'a> = &'a [(&'static str, usize)];

/// Fails if the element count of any weight, or the bytes of all of them in f32, exceed what memory can address.
/// `file_key` gives the key of the file for a key of Hugging Face's.
pub(super) fn check(config: &Config, origin: &str, file_key: fn(&'static str) -> &'static str) -> Result<()> {
    let hidden = ("hidden_size", config.hidden_size);
    let embedding = ("embedding_size", config.embedding_size);
    let vocabulary = ("vocab_size", config.vocab_size);
    let intermediate = ("intermediate_size", config.intermediate_size);
    let layers = ("num_hidden_layers", config.num_hidden_layers);
    let pooler = ("pooler_hidden_size", config.pooler_hidden_size);
    let kernel = ("conv_kernel_size", config.conv.map_or(0, |conv| conv.kernel_size));
    let positions = (
        "max_position_embeddings",
        if config.position_biased_input { config.max_position_embeddings } else { 0 },
    );
    let span =
        ("the number of relative positions", if config.relative_attention { config.span() } else { 0 });

    // The numbers without a key are how many weights of that size there are, biases and layer norms included.
    let weights: &[Factors] = &[
        &[vocabulary, embedding, ("", 2)],
        &[positions, embedding],
        &[("type_vocab_size", config.type_vocab_size), embedding],
        &[embedding, hidden],
        &[span, hidden, ("", 2)],
        &[layers, hidden, hidden, ("", 6)],
        &[layers, hidden, ("", 12)],
        &[layers, intermediate, hidden, ("", 2)],
        &[layers, intermediate],
        &[layers, span, hidden, ("", 4)],
        &[kernel, hidden, hidden],
        &[hidden, hidden, ("", 2)],
        &[pooler, hidden],
        &[("num_labels", config.num_labels), pooler],
        &[vocabulary],
    ];
    let limit = isize::MAX as usize / size_of::<f32>();
    let mut total = 0_usize;
    for factors in weights {
        let elements = factors.iter().try_fold(1_usize, |product, (_, factor)| product.checked_mul(*factor));
        match elements.and_then(|elements| total.checked_add(elements)).filter(|sum| *sum <= limit) {
            Some(sum) => total = sum,
            None => {
                let named: Vec<String> = factors
                    .iter()
                    .filter(|(name, _)| !name.is_empty())
                    .map(|(name, factor)| format!("{} {factor}", file_key(name)))
                    .collect();
                bail!(
                    InvalidConfig,
                    "{origin}: the weights are larger than memory can address: {}; correct the sizes",
                    named.join(" × ")
                );
            }
        }
    }
    Ok(())
}
