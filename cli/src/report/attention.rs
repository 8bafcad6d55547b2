//! Attention probabilities, small enough for a page.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use deberta::Explanation;
use miniz_oxide::deflate::compress_to_vec;
use serde::Serialize;

/// Most probabilities in a page: 12 layers of 12 heads over 512 tokens, and a little more. Compressed, that is some 20 MB.
const MOST_VALUES: usize = 40_000_000;
/// Deflate's usual level.
const COMPRESSION: u8 = 6;

/// The maps of every layer.
#[derive(Serialize)]
pub struct Attention {
    /// Each layer's probabilities [heads, tokens, tokens]: square roots in 255 steps, compressed, in base64. Small probabilities
    /// differ by less than large ones, and no error is above 0.004.
    layers: Vec<String>,
    heads: usize,
    /// Whether the one head is the mean of all.
    mean: bool,
    /// What there is to see.
    note: String,
}

impl Attention {
    /// The maps of an explanation.
    pub fn new(explanation: &Explanation) -> Self {
        Self::within(MOST_VALUES, &explanation.attentions, explanation.heads)
    }

    /// The maps of every head, or where these are too many values, each layer's mean over its heads, or none.
    fn within(most_values: usize, layers: &[Vec<f32>], heads: usize) -> Self {
        let values: usize = layers.iter().map(Vec::len).sum();
        let counts = format!("{} layers of {heads} heads, {values} probabilities", layers.len());
        let elsewhere = "deberta encode --attentions writes all of them to a file";
        let rounded = "Probabilities are rounded, with an error of less than 0.004.";
        if values <= most_values {
            let note = format!("{counts}. {rounded}");
            let layers = layers.iter().map(|layer| pack(layer)).collect();
            return Self { layers, heads, mean: false, note };
        }
        if values / heads <= most_values {
            let note = format!(
                "{counts}: too many for a page, which shows each layer's mean over its heads; {elsewhere}. {rounded}"
            );
            let layers = layers.iter().map(|layer| pack(&mean_of_heads(layer, heads))).collect();
            return Self { layers, heads: 1, mean: true, note };
        }
        let note = format!("{counts}: too many for a page; {elsewhere}.");
        Self { layers: Vec::new(), heads: 0, mean: false, note }
    }
}

fn mean_of_heads(layer: &[f32], heads: usize) -> Vec<f32> {
    let size = layer.len() / heads;
    let mut mean = vec![0.0; size];
    for head in layer.chunks_exact(size) {
        mean.iter_mut().zip(head).for_each(|(mean, probability)| *mean += probability / heads as f32);
    }
    mean
}

fn pack(probabilities: &[f32]) -> String {
    let steps: Vec<u8> =
        probabilities.iter().map(|probability| (probability.sqrt() * 255.0).round() as u8).collect();
    STANDARD.encode(compress_to_vec(&steps, COMPRESSION))
}

#[cfg(test)]
mod tests {
    use miniz_oxide::inflate::decompress_to_vec;

    use super::*;

    fn unpack(layer: &str) -> Vec<f32> {
        let steps = decompress_to_vec(&STANDARD.decode(layer).unwrap()).unwrap();
        steps.into_iter().map(|step| (f32::from(step) / 255.0).powi(2)).collect()
    }

    #[test]
    fn probabilities_are_kept_to_less_than_their_documented_error() {
        let probabilities: Vec<f32> = (0..=100_000).map(|step| step as f32 / 100_000.0).collect();
        for (kept, probability) in unpack(&pack(&probabilities)).iter().zip(&probabilities) {
            let error = (kept - probability).abs();
            assert!(error < 0.004 && error <= 0.004 * probability.sqrt() + 4e-6, "{probability}: {kept}");
        }
    }

    #[test]
    fn what_is_too_much_is_cut_to_means_and_then_left_out() {
        let layers = [vec![0.0, 1.0, 0.5, 0.5, 0.5, 0.5, 1.0, 0.0], vec![0.5; 8]];
        let all = Attention::within(16, &layers, 2);
        assert!(all.heads == 2 && !all.mean && unpack(&all.layers[0]).len() == 8, "{}", all.note);
        let means = Attention::within(15, &layers, 2);
        assert!(
            means.heads == 1 && means.mean && means.note.contains("mean over its heads"),
            "{}",
            means.note
        );
        for (found, expected) in unpack(&means.layers[0]).into_iter().zip([0.25, 0.75, 0.75, 0.25]) {
            assert!((found - expected).abs() < 0.004, "{found}, {expected}");
        }
        let nothing = Attention::within(7, &layers, 2);
        assert!(nothing.layers.is_empty() && nothing.note.contains("deberta encode"), "{}", nothing.note);
    }
}
