//! `model.weights.h5` and `task.weights.h5`.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use hdf5_pure::{FileBuilder, GroupBuilder};

use crate::checkpoint::{Checkpoint, Tensor, keras_dataset_path};
use crate::config::{Config, HeadKind};
use crate::convert::ConversionProgress;
use crate::error::{Error, ErrorKind, Result, bail};
use crate::heads::masked_lm_layout;

/// What was written.
pub(super) struct Written {
    pub count: usize,
    pub parameters: u64,
}

/// A dataset, or the groups and datasets in a group, by name.
enum Node<'a> {
    Dataset(&'a Variable),
    Group(BTreeMap<&'a str, Node<'a>>),
}

/// A variable of a layer.
struct Variable {
    path: String,
    shape: Vec<u64>,
    tensor: Tensor,
}

/// Writes the backbone's variables, and the head's to a file of their own, as float32.
pub(super) fn write(
    config: &Config,
    checkpoint: &Checkpoint,
    head: Option<HeadKind>,
    output: &Path,
    progress: &ConversionProgress<'_>,
) -> Result<Written> {
    let backbone = variables(config, checkpoint, &backbone_tensors(config))?;
    let head = match head {
        None => Vec::new(),
        Some(head) => variables(config, checkpoint, &head_tensors(config, checkpoint, head)?)?,
    };
    let elements =
        |variables: &[Variable]| variables.iter().map(|one| one.tensor.elements() as u64).sum::<u64>();
    let (parameters, total) = (elements(&backbone), 4 * (elements(&backbone) + elements(&head)));
    let mut bytes = 0;
    for (name, variables) in [("model.weights.h5", &backbone), ("task.weights.h5", &head)] {
        if variables.is_empty() {
            continue;
        }
        let path = output.join(name);
        let mut file = FileBuilder::new();
        let mut root = BTreeMap::new();
        variables.iter().for_each(|variable| insert(&mut root, &variable.path, variable));
        for (name, node) in root {
            let Node::Group(nodes) = node else { continue };
            let mut group = file.create_group(name);
            fill(&mut group, nodes, &mut |written| {
                bytes += written;
                match progress(bytes, total) {
                    ControlFlow::Continue(()) => Ok(()),
                    ControlFlow::Break(()) => bail!(Cancelled, "writing {} was cancelled", path.display()),
                }
            })?;
            file.add_group(group.finish());
        }
        file.write(&path).map_err(|error| {
            Error::new(ErrorKind::Io, format!("cannot write {}: {error}; make room there", path.display()))
                .with_source(error)
        })?;
    }
    Ok(Written { count: backbone.len() + head.len(), parameters })
}

/// Puts a variable into the groups that its path leads through.
fn insert<'a>(group: &mut BTreeMap<&'a str, Node<'a>>, path: &'a str, variable: &'a Variable) {
    match path.split_once('/') {
        None => _ = group.insert(path, Node::Dataset(variable)),
        Some((name, rest)) => {
            if let Node::Group(inner) = group.entry(name).or_insert_with(|| Node::Group(BTreeMap::new())) {
                insert(inner, rest, variable);
            }
        }
    }
}

fn fill(
    group: &mut GroupBuilder,
    nodes: BTreeMap<&str, Node<'_>>,
    written: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<()> {
    for (name, node) in nodes {
        match node {
            Node::Dataset(Variable { tensor, shape, .. }) => {
                let values = tensor.to_f32();
                group.create_dataset(name).with_f32_data(&values).with_shape(shape);
                written(size_of_val::<[f32]>(&values) as u64)?;
            }
            Node::Group(nodes) => {
                let mut inner = group.create_group(name);
                fill(&mut inner, nodes, written)?;
                group.add_group(inner.finish());
            }
        }
    }
    Ok(())
}

/// The encoder's tensors, with the shapes that Hugging Face's checkpoints have.
fn backbone_tensors(config: &Config) -> Vec<(String, Vec<usize>)> {
    let (hidden, inner) = (config.hidden_size, config.intermediate_size);
    let mut tensors = Vec::new();
    let mut affine = |name: &str, shape: &[usize]| {
        tensors.push((format!("{name}.weight"), shape.to_vec()));
        tensors.push((format!("{name}.bias"), shape[..1].to_vec()));
    };
    affine("embeddings.LayerNorm", &[hidden]);
    affine("encoder.LayerNorm", &[hidden]);
    for layer in 0..config.num_hidden_layers {
        for (name, shape) in [
            ("attention.self.query_proj", &[hidden, hidden][..]),
            ("attention.self.key_proj", &[hidden, hidden]),
            ("attention.self.value_proj", &[hidden, hidden]),
            ("attention.output.dense", &[hidden, hidden]),
            ("attention.output.LayerNorm", &[hidden]),
            ("intermediate.dense", &[inner, hidden]),
            ("output.dense", &[hidden, inner]),
            ("output.LayerNorm", &[hidden]),
        ] {
            affine(&format!("encoder.layer.{layer}.{name}"), shape);
        }
    }
    tensors.push(("embeddings.word_embeddings.weight".into(), vec![config.vocab_size, hidden]));
    tensors.push(("encoder.rel_embeddings.weight".into(), vec![2 * config.span(), hidden]));
    tensors
}

/// The head's tensors, with the names that the checkpoint has.
fn head_tensors(
    config: &Config,
    checkpoint: &Checkpoint,
    head: HeadKind,
) -> Result<Vec<(String, Vec<usize>)>> {
    let (hidden, pooled, labels) = (config.hidden_size, config.pooler_hidden_size, config.num_labels);
    if head == HeadKind::SequenceClassification {
        return Ok(vec![
            ("pooler.dense.weight".into(), vec![pooled, hidden]),
            ("pooler.dense.bias".into(), vec![pooled]),
            ("classifier.weight".into(), vec![labels, pooled]),
            ("classifier.bias".into(), vec![labels]),
        ]);
    }
    let Some([dense, layer_norm, bias]) = masked_lm_layout(checkpoint) else {
        bail!(
            InvalidCheckpoint,
            "the tensors of the masked-LM head, which config.json declares, are missing"
        );
    };
    Ok(vec![
        (format!("{dense}.weight"), vec![hidden, hidden]),
        (format!("{dense}.bias"), vec![hidden]),
        (format!("{layer_norm}.weight"), vec![hidden]),
        (format!("{layer_norm}.bias"), vec![hidden]),
        (bias.into(), vec![config.vocab_size]),
    ])
}

/// Finds tensors and says where Keras has them: kernels with the inputs first, and those of queries, keys and values, whose
/// outputs are heads, in three dimensions.
fn variables(
    config: &Config,
    checkpoint: &Checkpoint,
    tensors: &[(String, Vec<usize>)],
) -> Result<Vec<Variable>> {
    let heads = [config.num_attention_heads, config.head_size()];
    let mut reader = checkpoint.reader();
    let mut variables = Vec::new();
    for (name, shape) in tensors {
        let in_encoder = name.starts_with("embeddings.") || name.starts_with("encoder.");
        let found = match in_encoder {
            true => reader.encoder_tensor(name, shape),
            false => reader.head_tensor(name, shape),
        };
        let keras_name = name
            .replace("cls.predictions.transform.", "lm_predictions.lm_head.")
            .replace("cls.predictions.", "lm_predictions.lm_head.");
        let Some(path) = keras_dataset_path(&keras_name) else {
            bail!(Internal, "{name} has no place in a Keras preset");
        };
        let is_table = name.contains("_embeddings.");
        let is_of_heads = name.contains("attention.self.");
        let (tensor, shape) = match (shape.as_slice(), is_table) {
            ([outputs, inputs], false) if is_of_heads => {
                (found.transposed(), vec![*inputs, heads[0], outputs / heads[0]])
            }
            ([outputs, inputs], false) => (found.transposed(), vec![*inputs, *outputs]),
            ([_], _) if is_of_heads => (found, heads.to_vec()),
            _ => (found, shape.clone()),
        };
        variables.push(Variable { path, shape: shape.into_iter().map(|size| size as u64).collect(), tensor });
    }
    reader.finish()?;
    Ok(variables)
}
