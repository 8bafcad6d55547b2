//! The numbers of a model in one struct.

use super::call::call;
use super::enums::{deberta_head, deberta_instruction_set, deberta_precision, deberta_problem_type};
use super::error::{deberta_error, deberta_status};
use super::extensible::{self, OutputStruct, extensible};
use super::model::deberta_model;
use super::pointers;
use crate::model::Model;

/// What a model consists of and runs with. Set it up with deberta_model_info_init(). Names are those of `config.json`
/// where the number is from there.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct deberta_model_info {
    /// sizeof(deberta_model_info)
    pub struct_size: usize,
    /// Number of weights in the tensors that the model uses.
    pub parameters: u64,
    /// Bytes of weights packed for the kernels, held in private memory.
    pub packed_bytes: u64,
    /// Number of weight files, see deberta_model_file().
    pub files: usize,
    /// Threads that work on one forward pass.
    pub threads: usize,
    /// Rows of the word embedding table; token ids are below it.
    pub vocab_size: usize,
    /// Length of a hidden state.
    pub hidden_size: usize,
    /// Length of a row of the word embedding table.
    pub embedding_size: usize,
    /// Number of transformer layers. There is one more of hidden states: those of the embeddings.
    pub num_hidden_layers: usize,
    /// Number of attention heads.
    pub num_attention_heads: usize,
    /// Length of the feed-forward layer's inner vector.
    pub intermediate_size: usize,
    /// The longest row that the model was made for; a limit only if `position_biased_input`.
    pub max_position_embeddings: usize,
    /// Number of token types; 0 if the model has none and ignores them.
    pub type_vocab_size: usize,
    /// Number of labels, see deberta_model_label().
    pub num_labels: usize,
    /// Token id of padding.
    pub pad_token_id: u32,
    /// 1 if the model has absolute positions, else 0.
    pub position_biased_input: i32,
    /// A deberta_head: the head that was loaded.
    pub head: i32,
    /// A deberta_problem_type: what the logits of a classifier mean.
    pub problem_type: i32,
    /// A deberta_precision: the one that was asked for.
    pub precision: i32,
    /// A deberta_instruction_set: the one in use.
    pub instruction_set: i32,
    /// 1 if the model has a tokenizer, else 0.
    pub has_tokenizer: i32,
    /// 0.
    pub reserved: i32,
    /// Bytes of packed weights that are mapped from a file in `packed_cache_directory`, and shared with other processes
    /// that do the same; 0 without.
    pub mapped_bytes: u64,
}

extensible!(deberta_model_info, size: 152, {
    struct_size: 0, parameters: 8, packed_bytes: 16, files: 24, threads: 32, vocab_size: 40, hidden_size: 48,
    embedding_size: 56, num_hidden_layers: 64, num_attention_heads: 72, intermediate_size: 80,
    max_position_embeddings: 88, type_vocab_size: 96, num_labels: 104, pad_token_id: 112,
    position_biased_input: 116, head: 120, problem_type: 124, precision: 128, instruction_set: 132,
    has_tokenizer: 136, reserved: 140, mapped_bytes: 144,
});

impl deberta_model_info {
    fn of(model: &Model) -> Self {
        let (info, config) = (model.info(), model.config());
        Self {
            struct_size: size_of::<Self>(),
            parameters: info.parameters,
            packed_bytes: info.packed_bytes,
            files: info.files.len(),
            threads: info.threads,
            vocab_size: config.vocab_size,
            hidden_size: config.hidden_size,
            embedding_size: config.embedding_size,
            num_hidden_layers: config.num_hidden_layers,
            num_attention_heads: config.num_attention_heads,
            intermediate_size: config.intermediate_size,
            max_position_embeddings: config.max_position_embeddings,
            type_vocab_size: config.type_vocab_size,
            num_labels: config.num_labels,
            pad_token_id: config.pad_token_id,
            position_biased_input: config.position_biased_input.into(),
            head: deberta_head::from(info.head) as i32,
            problem_type: deberta_problem_type::from(config.problem_type) as i32,
            precision: deberta_precision::from(info.precision) as i32,
            instruction_set: deberta_instruction_set::from(info.instruction_set) as i32,
            has_tokenizer: model.tokenizer().is_some().into(),
            reserved: 0,
            mapped_bytes: info.mapped_bytes,
        }
    }
}

/// Sets up the struct for deberta_model_get_info(): every field 0 but `struct_size`.
///
/// @param info         The struct to set up. Not NULL.
/// @param struct_size  sizeof(deberta_model_info), which tells the library which version of the struct this is.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_info_init(
    info: *mut deberta_model_info,
    struct_size: usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe { call(error, || extensible::init(info, struct_size, "info")) }
}

/// What a model consists of and runs with.
///
/// @param model  The model. Not NULL.
/// @param info   A struct whose `struct_size` is set; the fields that it has and the library knows are written, all
///   others set to 0. Not NULL.
/// @param error  Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on one model.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_model_get_info(
    model: *const deberta_model,
    info: *mut deberta_model_info,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let model = pointers::reference(model, "model")?;
            let output = OutputStruct::new(info, "info")?;
            output.set(&deberta_model_info::of(&model.model));
            Ok(())
        })
    }
}
