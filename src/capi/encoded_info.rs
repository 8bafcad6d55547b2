//! The sizes of a result in one struct.

use super::call::call;
use super::encoded::deberta_encoded;
use super::enums::deberta_head;
use super::error::{deberta_error, deberta_status};
use super::extensible::{self, OutputStruct, extensible};
use super::pointers;

/// The sizes of a result.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct deberta_encoded_info {
    /// sizeof(deberta_encoded_info)
    pub struct_size: usize,
    /// Number of rows.
    pub rows: usize,
    /// Number of valid tokens in all rows.
    pub tokens: usize,
    /// Length of the rows with their padding: as given, or that of the longest row.
    pub length: usize,
    /// Length of a token's hidden state.
    pub hidden_size: usize,
    /// Number of attention heads.
    pub num_attention_heads: usize,
    /// Number of layers of which there are hidden states, the embeddings counted as the first; 0 if not asked for.
    pub hidden_states: usize,
    /// Number of layers of which there are attention probabilities; 0 if not asked for.
    pub attentions: usize,
    /// Length of a row of logits: the number of labels; 1 for multiple choice, 2 for question answering, the vocabulary's
    /// size for masked language modelling; 0 if there are no logits.
    pub num_labels: usize,
    /// A deberta_head: whose logits they are; #DEBERTA_HEAD_NONE if there are none.
    pub logits_head: i32,
    /// 0.
    pub reserved: i32,
}

extensible!(deberta_encoded_info, size: 80, {
    struct_size: 0, rows: 8, tokens: 16, length: 24, hidden_size: 32, num_attention_heads: 40, hidden_states: 48,
    attentions: 56, num_labels: 64, logits_head: 72, reserved: 76,
});

/// Sets up the struct for deberta_encoded_get_info(): every field 0 but `struct_size`.
///
/// @param info         The struct to set up. Not NULL.
/// @param struct_size  sizeof(deberta_encoded_info), which tells the library which version of the struct this is.
/// @param error        Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_encoded_info_init(
    info: *mut deberta_encoded_info,
    struct_size: usize,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe { call(error, || extensible::init(info, struct_size, "info")) }
}

/// The sizes of a result.
///
/// @param encoded  The result. Not NULL.
/// @param info     A struct whose `struct_size` is set; the fields that it has and the library knows are written, all
///   others set to 0. Not NULL.
/// @param error    Where an error goes; or NULL.
/// @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
/// @par Thread safety
///   May be called from several threads on one result.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deberta_encoded_get_info(
    encoded: *const deberta_encoded,
    info: *mut deberta_encoded_info,
    error: *mut *mut deberta_error,
) -> deberta_status {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let encoded = &pointers::reference(encoded, "encoded")?.encoded;
            let output = OutputStruct::new(info, "info")?;
            let logits = encoded.logits();
            output.set(&deberta_encoded_info {
                struct_size: size_of::<deberta_encoded_info>(),
                rows: encoded.rows(),
                tokens: encoded.tokens(),
                length: encoded.length(),
                hidden_size: encoded.hidden_size(),
                num_attention_heads: encoded.attention_heads(),
                hidden_states: encoded.hidden_states().len(),
                attentions: encoded.attentions().len(),
                num_labels: logits.map_or(0, |logits| logits.labels),
                logits_head: deberta_head::from(logits.map(|logits| logits.head)) as i32,
                reserved: 0,
            });
            Ok(())
        })
    }
}
