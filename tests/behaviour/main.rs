//! One suite of tests, run through the Rust types and through the C functions; and what only C can do wrong.

mod answers;
mod api;
mod c_api;
mod c_call;
mod c_misuse;
mod c_null;
#[path = "../common/mod.rs"]
mod common;
mod embedding;
mod equal_bits;
mod explain;
mod fill_mask;
mod multiple_choice;
mod ranking;
mod rust_api;
mod suite;
mod tagging;
mod task_call;

/// Makes a test of every function of the suite, for both interfaces.
macro_rules! run_suite {
    ($($test:ident),* $(,)?) => {
        mod rust {
            $(
                #[test]
                fn $test() {
                    crate::suite::$test::<crate::rust_api::RustApi>();
                }
            )*
        }
        mod c {
            $(
                #[test]
                fn $test() {
                    crate::suite::$test::<crate::c_api::CApi>();
                }
            )*
        }
    };
}

run_suite!(
    golden_list,
    info_tells_the_configuration,
    padding_makes_no_difference,
    embeddings_stand_for_ids,
    wrong_models_are_refused,
    wrong_options_are_refused,
    texts_are_tokenized_and_encoded,
    texts_may_hold_anything,
    truncation_is_reported,
    classification_answers_in_order,
    a_text_is_explained,
    wrong_explanations_are_refused,
    ids_become_text_again,
    results_outlive_the_model,
    packed_weights_give_the_same_bits,
    opening_is_observed_and_can_be_stopped,
    random_weights_need_no_files,
    a_model_of_any_size_has_random_weights,
);
