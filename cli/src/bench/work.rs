//! How much arithmetic a forward pass needs.
//!
//! For B rows of S tokens, T = B·S, hidden size H, feed-forward size I, L layers, a multiplication and an addition each
//! counting as one operation:
//!
//! * dense layers (query, key, value, output; feed-forward in and out): `2·T·(4·H² + 2·H·I)·L`
//! * content attention (Q·Kᵀ and P·V): `2·T·2·S·H·L`
//! * each of c2p and p2c: `2·T·min(S, 2·span)·H·L`: a query meets as many distances as there are tokens, and no more
//!   products than there are rows of relative embeddings
//! * the projection of embeddings, if there is one: `2·T·E·H`
//! * the convolution, if there is one: `2·T·H²·kernel/groups`
//!
//! Left out, as they are small: layer norm, softmax, activations, heads. The relative embeddings' projections do not
//! depend on the input and are no work of a forward pass.

use deberta::{Config, Stage};

use super::Shape;

/// Floating-point operations of one forward pass.
pub fn floating_point_operations(config: &Config, shape: Shape) -> f64 {
    Stage::ALL.into_iter().map(|stage| operations_of(stage, config, shape)).sum()
}

/// Floating-point operations of one stage of a forward pass; zero for those that are not counted.
pub fn operations_of(stage: Stage, config: &Config, shape: Shape) -> f64 {
    shape.lengths().map(|length| 2.0 * length as f64 * of_each_token(stage, config, length as f64)).sum()
}

/// Multiplications of one token in a row of that length.
fn of_each_token(stage: Stage, config: &Config, length: f64) -> f64 {
    let hidden = config.hidden_size as f64;
    let layers = config.num_hidden_layers as f64;
    let inner = config.intermediate_size as f64;
    let position = length.min(2.0 * config.span() as f64) * hidden;
    let has_term = |present: bool| f64::from(u8::from(config.relative_attention && present));
    match stage {
        Stage::Embeddings if config.embedding_size != config.hidden_size => {
            config.embedding_size as f64 * hidden
        }
        Stage::QueriesKeysValues => layers * 3.0 * hidden * hidden,
        Stage::ContentToPosition => layers * has_term(config.pos_att_type.c2p) * position,
        Stage::PositionToContent => layers * has_term(config.pos_att_type.p2c) * position,
        Stage::ContentToContent | Stage::WeightedValues => layers * length * hidden,
        Stage::AttentionOutput => layers * hidden * hidden,
        Stage::Intermediate | Stage::Output => layers * hidden * inner,
        Stage::Convolution => {
            config.conv.map_or(0.0, |conv| hidden * hidden * conv.kernel_size as f64 / conv.groups as f64)
        }
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deberta::Preset;

    #[test]
    fn base_at_512_tokens() {
        let config = Preset::BaseEnglish.config().unwrap();
        let operations = floating_point_operations(&config, Shape::even(1, 512));
        let (tokens, hidden, inner) = (512.0, 768.0, 3072.0);
        let dense = 2.0 * tokens * (4.0 * hidden * hidden + 2.0 * hidden * inner) * 12.0;
        let attention = 4.0 * 2.0 * tokens * tokens * hidden * 12.0;
        assert_eq!(operations, dense + attention);
        assert!((operations / 1e9 - 106.3).abs() < 0.1, "{operations}");
    }

    #[test]
    fn position_terms_stop_growing_at_the_relative_embeddings() {
        let config = Preset::BaseEnglish.config().unwrap();
        let at = |tokens| floating_point_operations(&config, Shape::even(1, tokens));
        let terms = |tokens: f64| 2.0 * tokens * 2.0 * 512.0 * 768.0 * 12.0;
        let without = |tokens: f64| {
            2.0 * tokens * 12.0 * (4.0 * 768.0 * 768.0 + 2.0 * 768.0 * 3072.0 + 2.0 * tokens * 768.0)
        };
        assert_eq!(at(2048), without(2048.0) + terms(2048.0));
    }
}
