//! What Keras calls the tensors that have Hugging Face's names here.

use super::super::SourceTensor;

/// How a variable of Keras relates to the tensor of Hugging Face.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// The same shape.
    Same,
    /// The dimensions of a head and within a head are one dimension.
    Flat,
    /// [inputs, outputs…] in the place of [outputs, inputs].
    Kernel,
}

/// A layer: its name in Hugging Face's checkpoints, the path of its group in Keras' files, and its variables in order.
type Layer = (&'static str, &'static str, &'static [(&'static str, Form)]);

const TABLE: &[(&str, Form)] = &[("weight", Form::Same)];
const NORM: &[(&str, Form)] = &[("weight", Form::Same), ("bias", Form::Same)];
const DENSE: &[(&str, Form)] = &[("weight", Form::Kernel), ("bias", Form::Flat)];
const BIAS: &[(&str, Form)] = &[("bias", Form::Same)];

/// Layers that a model has once; the last five are those of a task.
const LAYERS: [Layer; 9] = [
    ("embeddings.word_embeddings", "layers/reversible_embedding", TABLE),
    ("embeddings.LayerNorm", "layers/layer_normalization", NORM),
    ("encoder.rel_embeddings", "layers/relative_embedding", TABLE),
    ("encoder.LayerNorm", "layers/relative_embedding/layer_norm", NORM),
    ("pooler.dense", "layers/dense", DENSE),
    ("classifier", "layers/dense_1", DENSE),
    ("lm_predictions.lm_head.dense", "layers/masked_lm_head/_intermediate_dense", DENSE),
    ("lm_predictions.lm_head.LayerNorm", "layers/masked_lm_head/_intermediate_layer_norm", NORM),
    ("lm_predictions.lm_head", "layers/masked_lm_head", BIAS),
];

/// Layers within each transformer layer.
const TRANSFORMER_LAYERS: [Layer; 8] = [
    ("attention.self.query_proj", "_self_attention_layer/_query_dense", DENSE),
    ("attention.self.key_proj", "_self_attention_layer/_key_dense", DENSE),
    ("attention.self.value_proj", "_self_attention_layer/_value_dense", DENSE),
    ("attention.output.dense", "_self_attention_layer/_output_dense", DENSE),
    ("attention.output.LayerNorm", "_self_attention_layer_norm", NORM),
    ("intermediate.dense", "_feedforward_intermediate_dense", DENSE),
    ("output.dense", "_feedforward_output_dense", DENSE),
    ("output.LayerNorm", "_feedforward_layer_norm", NORM),
];

const TRANSFORMER: &str = "layers/disentangled_attention_encoder";
const ENCODER_LAYER: &str = "encoder.layer.";

/// The name of a dataset's tensor, and how it is to be seen; `None` for datasets that an encoder or its head does not use.
pub(super) fn tensor_name(path: &str) -> Option<(String, Form)> {
    let (group, variable) = path.rsplit_once("/vars/")?;
    let ((module, _, variables), number) = match LAYERS.iter().find(|(_, known, _)| *known == group) {
        Some(layer) => (layer, None),
        None => {
            let (number, group) = transformer_layer(group)?;
            (TRANSFORMER_LAYERS.iter().find(|(_, known, _)| *known == group)?, Some(number))
        }
    };
    let (parameter, form) = variables.get(canonical_number(variable)?)?;
    let name = match number {
        None => format!("{module}.{parameter}"),
        Some(number) => format!("{ENCODER_LAYER}{number}.{module}.{parameter}"),
    };
    Some((name, *form))
}

/// The path of a tensor's dataset.
pub(crate) fn dataset_path(name: &str) -> Option<String> {
    let (module, parameter) = name.rsplit_once('.')?;
    let path = |layers: &[Layer], module: &str, parent: &str| {
        let (_, group, variables) = layers.iter().find(|(known, ..)| *known == module)?;
        let variable = variables.iter().position(|(known, _)| *known == parameter)?;
        Some(format!("{parent}{group}/vars/{variable}"))
    };
    match module.strip_prefix(ENCODER_LAYER).and_then(|rest| rest.split_once('.')) {
        None => path(&LAYERS, module, ""),
        // Keras counts names from the second one of a kind on.
        Some(("0", module)) => path(&TRANSFORMER_LAYERS, module, &format!("{TRANSFORMER}/")),
        Some((number, module)) => path(&TRANSFORMER_LAYERS, module, &format!("{TRANSFORMER}_{number}/")),
    }
}

/// The number of a transformer layer, and the path within it.
fn transformer_layer(group: &str) -> Option<(usize, &str)> {
    let (number, rest) = group.strip_prefix(TRANSFORMER)?.split_once('/')?;
    match number.strip_prefix('_') {
        Some(number) => Some((canonical_number(number).filter(|number| *number > 0)?, rest)),
        None => number.is_empty().then_some((0, rest)),
    }
}

/// The number, if it is written as Keras writes it, so that no two names mean the same.
fn canonical_number(text: &str) -> Option<usize> {
    text.parse().ok().filter(|number: &usize| number.to_string() == text)
}

impl Form {
    /// The tensor as Hugging Face's checkpoints have it; as it is if its shape does not allow that.
    pub(super) fn view(self, mut tensor: SourceTensor) -> SourceTensor {
        let product =
            |sizes: &[usize]| sizes.iter().try_fold(1_usize, |product, size| product.checked_mul(*size));
        match (self, tensor.shape.as_slice()) {
            (Self::Flat, shape) => {
                if let Some(elements) = product(shape) {
                    tensor.shape = vec![elements];
                }
            }
            (Self::Kernel, [inputs, outputs @ ..]) if !outputs.is_empty() => {
                if let Some(outputs) = product(outputs) {
                    tensor.strides = Some(vec![1, outputs]);
                    tensor.shape = vec![outputs, *inputs];
                }
            }
            _ => {}
        }
        tensor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths_belong_together() {
        for (name, path) in [
            ("embeddings.word_embeddings.weight", "layers/reversible_embedding/vars/0"),
            ("encoder.LayerNorm.bias", "layers/relative_embedding/layer_norm/vars/1"),
            (
                "encoder.layer.0.attention.self.key_proj.weight",
                "layers/disentangled_attention_encoder/_self_attention_layer/_key_dense/vars/0",
            ),
            (
                "encoder.layer.11.output.LayerNorm.bias",
                "layers/disentangled_attention_encoder_11/_feedforward_layer_norm/vars/1",
            ),
            ("classifier.bias", "layers/dense_1/vars/1"),
            ("lm_predictions.lm_head.bias", "layers/masked_lm_head/vars/0"),
        ] {
            assert_eq!(dataset_path(name).as_deref(), Some(path));
            assert_eq!(tensor_name(path).map(|(name, _)| name).as_deref(), Some(name));
        }
        for (module, _, variables) in LAYERS {
            for (parameter, _) in variables {
                let name = format!("{module}.{parameter}");
                assert_eq!(tensor_name(&dataset_path(&name).unwrap()).unwrap().0, name);
            }
        }
    }

    #[test]
    fn other_paths_and_names_have_no_counterpart() {
        for path in [
            "",
            "layers/vars/0",
            "layers/dense_2/vars/0",
            "layers/dense/vars/2",
            "layers/dense/vars/00",
            "layers/dense/vars/+1",
            "layers/deberta_v3_backbone/layers/reversible_embedding/vars/0",
            "layers/disentangled_attention_encoder_0/_feedforward_layer_norm/vars/1",
            "layers/disentangled_attention_encoder_01/_feedforward_layer_norm/vars/1",
            "layers/disentangled_attention_encoderx/_feedforward_layer_norm/vars/1",
            "layers/disentangled_attention_encoder_1/vars/0",
            "optimizer/vars/0",
        ] {
            assert!(tensor_name(path).is_none(), "{path}");
        }
        for name in ["", "weight", "encoder.layer.0.weight", "encoder.conv.conv.weight", "classifier.weights"]
        {
            assert!(dataset_path(name).is_none(), "{name}");
        }
    }
}
