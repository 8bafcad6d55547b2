//! The list of all functions, each with its arguments and what performs it.

use arbitrary::Arbitrary;
use deberta::capi::*;

use super::arguments::{Choice, Pick};
use super::contract::string;
use super::encodings::{EncodeIds, EncodeIdsInto, EncodePadded, EncodePaddedInto, Texts};
use super::messages::SetLogCallback;
use super::openings::{
    Handle, Info, ModelFromBackbone, ModelFromPreset, ModelOpen, Name, Sets, TokenEmbeddings, TokenizerOpen,
    static_name,
};
use super::results::OfEncoded;
use super::session::Session;
use super::structs::Init;
use super::tasks::{CancellationLife, Task};
use super::tokens::{Decode, OfTokens, Token, TokenId, TokenizerEncode};

macro_rules! calls {
    ($($function:ident($arguments:ty) => $perform:expr;)*) => {
        /// One call.
        #[derive(Debug, Arbitrary)]
        #[allow(non_camel_case_types)]
        pub enum Call { $($function($arguments),)* }

        /// The names of all functions that are called.
        pub const NAMES: &[&str] = &[$(stringify!($function)),*];

        impl Call {
            pub fn perform(self, session: &mut Session) {
                match self {
                    $(Self::$function(arguments) => {
                        let perform: fn($arguments, &mut Session) = $perform;
                        perform(arguments, session);
                    })*
                }
            }
        }
    };
}

calls! {
    deberta_abi_version(()) => |(), _| assert_eq!(deberta_abi_version(), DEBERTA_ABI_VERSION);
    deberta_answer_init(Init) => |init, session| init.perform(session, deberta_answer_init);
    deberta_answer_options_init(Init) => |init, session| init.perform(session, deberta_answer_options_init);
    deberta_answers_answer(Task) => Task::answer;
    deberta_answers_count(Task) => Task::answer;
    deberta_answers_free(Task) => Task::answer;
    deberta_answers_rows(Task) => Task::answer;
    deberta_answers_truncation(Task) => Task::answer;
    deberta_answers_windows(Task) => Task::answer;
    deberta_backbone_config_init(Init) => |init, session| init.perform(session, deberta_backbone_config_init);
    deberta_cancellation_cancel(CancellationLife) => CancellationLife::perform;
    deberta_cancellation_free(CancellationLife) => CancellationLife::perform;
    deberta_cancellation_is_cancelled(CancellationLife) => CancellationLife::perform;
    deberta_cancellation_new(CancellationLife) => CancellationLife::perform;
    deberta_choose_options_init(Init) => |init, session| init.perform(session, deberta_choose_options_init);
    deberta_classifications_free(Pick) => |pick, session| session.free_classifications(pick);
    deberta_classifications_label(Name) => Name::classified_label;
    deberta_classifications_logits(Name) => |name, session|
        name.of_answer(session, deberta_classifications_logits, |value: f32, _| value.is_finite());
    deberta_classifications_ranking(Name) => |name, session|
        name.of_answer(session, deberta_classifications_ranking, |label, labels| label < labels);
    deberta_classifications_rows(Handle) => Handle::classified_rows;
    deberta_classifications_scores(Name) => |name, session|
        name.of_answer(session, deberta_classifications_scores, |value: f32, _| value.is_finite());
    deberta_classifications_truncation(Info) => Info::classified_truncation;
    deberta_classifications_windows(Info) => Info::classified_windows;
    deberta_classify_options_init(Init) => |init, session| init.perform(session, deberta_classify_options_init);
    deberta_embed_options_init(Init) => |init, session| init.perform(session, deberta_embed_options_init);
    deberta_embeddings_free(Task) => Task::embed;
    deberta_embeddings_rows(Task) => Task::embed;
    deberta_embeddings_truncation(Task) => Task::embed;
    deberta_embeddings_vectors(Task) => Task::embed;
    deberta_embeddings_windows(Task) => Task::embed;
    deberta_encode_options_init(Init) => |init, session| init.perform(session, deberta_encode_options_init);
    deberta_encoded_attentions(OfEncoded) => OfEncoded::attentions;
    deberta_encoded_attentions_padded(OfEncoded) => |of, session|
        of.layer_padded(session, deberta_encoded_attentions_padded);
    deberta_encoded_free(Pick) => |pick, session| session.free_encoded(pick);
    deberta_encoded_get_info(Info) => Info::encoded;
    deberta_encoded_hidden_states(OfEncoded) => OfEncoded::hidden_states;
    deberta_encoded_hidden_states_padded(OfEncoded) => |of, session|
        of.layer_padded(session, deberta_encoded_hidden_states_padded);
    deberta_encoded_info_init(Init) => |init, session| init.perform(session, deberta_encoded_info_init);
    deberta_encoded_last_hidden_state(OfEncoded) => OfEncoded::last_hidden_state;
    deberta_encoded_last_hidden_state_padded(OfEncoded) => |of, session|
        of.padded(session, deberta_encoded_last_hidden_state_padded);
    deberta_encoded_logits(OfEncoded) => OfEncoded::logits;
    deberta_encoded_logits_padded(OfEncoded) => |of, session| of.padded(session, deberta_encoded_logits_padded);
    deberta_encoded_positions(OfEncoded) => OfEncoded::positions;
    deberta_encoded_row_offsets(OfEncoded) => OfEncoded::row_offsets;
    deberta_encoded_tokenized(OfEncoded) => OfEncoded::tokenized;
    deberta_entity_init(Init) => |init, session| init.perform(session, deberta_entity_init);
    deberta_error_cause(Handle) => |handle, session| handle.error_text(session, deberta_error_cause);
    deberta_error_free(Pick) => |pick, session| session.free_error(pick);
    deberta_error_message(Handle) => |handle, session| handle.error_text(session, deberta_error_message);
    deberta_error_status(Handle) => Handle::error_status;
    deberta_explain_options_init(Init) => |init, session| init.perform(session, deberta_explain_options_init);
    deberta_explanation_attentions(Task) => Task::explain;
    deberta_explanation_free(Task) => Task::explain;
    deberta_explanation_get_info(Task) => Task::explain;
    deberta_explanation_info_init(Init) => |init, session| init.perform(session, deberta_explanation_info_init);
    deberta_explanation_logits(Task) => Task::explain;
    deberta_explanation_relative_position(Task) => Task::explain;
    deberta_explanation_relevance(Task) => Task::explain;
    deberta_explanation_scores(Task) => Task::explain;
    deberta_explanation_tokenized(Task) => Task::explain;
    deberta_fill_init(Init) => |init, session| init.perform(session, deberta_fill_init);
    deberta_fill_mask_options_init(Init) => |init, session| init.perform(session, deberta_fill_mask_options_init);
    deberta_filled_mask_init(Init) => |init, session| init.perform(session, deberta_filled_mask_init);
    deberta_filled_masks_count(Task) => Task::fill_mask;
    deberta_filled_masks_fill(Task) => Task::fill_mask;
    deberta_filled_masks_free(Task) => Task::fill_mask;
    deberta_filled_masks_mask(Task) => Task::fill_mask;
    deberta_filled_masks_rows(Task) => Task::fill_mask;
    deberta_filled_masks_truncation(Task) => Task::fill_mask;
    deberta_filled_masks_windows(Task) => Task::fill_mask;
    deberta_instruction_set_name(Choice) => |number, _| static_name(deberta_instruction_set_name(number.0));
    deberta_instruction_sets(Sets) => Sets::perform;
    deberta_model_answer(Task) => Task::answer;
    deberta_model_choose(Task) => Task::choose;
    deberta_model_classify(Task) => Task::classify;
    deberta_model_embed(Task) => Task::embed;
    deberta_model_embed_into(Task) => Task::embed_into;
    deberta_model_encode_embeddings(EncodePadded) => EncodePadded::embeddings;
    deberta_model_encode_embeddings_into(EncodePaddedInto) => EncodePaddedInto::embeddings;
    deberta_model_encode_ids(EncodeIds) => EncodeIds::perform;
    deberta_model_encode_ids_into(EncodeIdsInto) => EncodeIdsInto::perform;
    deberta_model_encode_padded(EncodePadded) => EncodePadded::ids;
    deberta_model_encode_padded_into(EncodePaddedInto) => EncodePaddedInto::ids;
    deberta_model_encode_texts(Texts) => Texts::encode;
    deberta_model_explain(Task) => Task::explain;
    deberta_model_file(Name) => Name::model_file;
    deberta_model_fill_mask(Task) => Task::fill_mask;
    deberta_model_free(Pick) => |pick, session| session.free_model(pick);
    deberta_model_from_backbone(ModelFromBackbone) => ModelFromBackbone::perform;
    deberta_model_from_preset(ModelFromPreset) => ModelFromPreset::perform;
    deberta_model_get_info(Info) => Info::model;
    deberta_model_info_init(Init) => |init, session| init.perform(session, deberta_model_info_init);
    deberta_model_label(Name) => Name::model_label;
    deberta_model_open(ModelOpen) => ModelOpen::perform;
    deberta_model_rank(Task) => Task::rank;
    deberta_model_tag(Task) => Task::tag;
    deberta_model_tensor_prefix(Handle) => Handle::tensor_prefix;
    deberta_model_token_embeddings(TokenEmbeddings) => TokenEmbeddings::perform;
    deberta_model_tokenizer(Handle) => Handle::model_tokenizer;
    deberta_model_zero_shot(Task) => Task::zero_shot;
    deberta_open_options_init(Init) => |init, session| init.perform(session, deberta_open_options_init);
    deberta_rank_options_init(Init) => |init, session| init.perform(session, deberta_rank_options_init);
    deberta_ranking_documents(Task) => Task::rank;
    deberta_ranking_free(Task) => Task::rank;
    deberta_ranking_logits(Task) => Task::rank;
    deberta_ranking_scores(Task) => Task::rank;
    deberta_ranking_truncation(Task) => Task::rank;
    deberta_ranking_windows(Task) => Task::rank;
    deberta_run_options_init(Init) => |init, session| init.perform(session, deberta_run_options_init);
    deberta_set_log_callback(SetLogCallback) => SetLogCallback::perform;
    deberta_special_tokens_init(Init) => |init, session| init.perform(session, deberta_special_tokens_init);
    deberta_status_name(Choice) => |number, _| static_name(deberta_status_name(number.0));
    deberta_tag_options_init(Init) => |init, session| init.perform(session, deberta_tag_options_init);
    deberta_tagged_entity(Task) => Task::tag;
    deberta_tagged_entity_count(Task) => Task::tag;
    deberta_tagged_free(Task) => Task::tag;
    deberta_tagged_rows(Task) => Task::tag;
    deberta_tagged_truncation(Task) => Task::tag;
    deberta_tagged_windows(Task) => Task::tag;
    deberta_tokenize_options_init(Init) => |init, session| init.perform(session, deberta_tokenize_options_init);
    deberta_tokenized_byte_offsets(OfTokens) => |of, session|
        of.array(session, deberta_tokenized_byte_offsets, |range| range.start <= range.end);
    deberta_tokenized_char_offsets(OfTokens) => |of, session|
        of.array(session, deberta_tokenized_char_offsets, |range| range.start <= range.end);
    deberta_tokenized_free(Pick) => |pick, session| session.free_tokenized(pick);
    deberta_tokenized_ids(OfTokens) => |of, session| of.array(session, deberta_tokenized_ids, |_| true);
    deberta_tokenized_length(Handle) => Handle::token_count;
    deberta_tokenized_sequence_ids(OfTokens) => |of, session|
        of.array(session, deberta_tokenized_sequence_ids, |id| (-1..=1).contains(&id));
    deberta_tokenized_special_tokens_mask(OfTokens) => |of, session|
        of.array(session, deberta_tokenized_special_tokens_mask, |special| special <= 1);
    deberta_tokenized_token(Name) => Name::token;
    deberta_tokenized_token_type_ids(OfTokens) => |of, session|
        of.array(session, deberta_tokenized_token_type_ids, |kind| kind <= 1);
    deberta_tokenized_truncation(Info) => Info::tokenized_truncation;
    deberta_tokenized_word_ids(OfTokens) => |of, session|
        of.array(session, deberta_tokenized_word_ids, |id| (-1..1 << 32).contains(&id));
    deberta_tokenizer_decode(Decode) => Decode::perform;
    deberta_tokenizer_encode(TokenizerEncode) => TokenizerEncode::perform;
    deberta_tokenizer_free(Pick) => |pick, session| session.free_tokenizer(pick);
    deberta_tokenizer_id(TokenId) => TokenId::perform;
    deberta_tokenizer_open(TokenizerOpen) => TokenizerOpen::perform;
    deberta_tokenizer_special_tokens(Info) => Info::special_tokens;
    deberta_tokenizer_token(Token) => Token::perform;
    deberta_tokenizer_vocabulary_size(Handle) => Handle::vocabulary_size;
    deberta_truncated_text_init(Init) => |init, session| init.perform(session, deberta_truncated_text_init);
    deberta_version(()) => |(), _| assert!(!string(deberta_version()).is_empty());
    deberta_zero_shot_options_init(Init) => |init, session| init.perform(session, deberta_zero_shot_options_init);
}
