//! The C functions return the bits that the Rust types return.

use deberta::{ClassifyOptions, OpenOptions, TextInput, TokenizeOptions, Truncation};

use crate::api::{Api, Padded};
use crate::c_api::CApi;
use crate::common::{bundled_model, cases, goldens, instruction_sets};
use crate::rust_api::RustApi;
use crate::suite::ALL;

#[test]
fn golden_list_on_every_instruction_set() {
    for instruction_set in instruction_sets() {
        for case in cases() {
            let options = OpenOptions {
                threads: Some(2),
                instruction_set,
                tensor_prefix: case.tensor_prefix.clone(),
                ..OpenOptions::default()
            };
            let folder = goldens().join(&case.checkpoint);
            let (rust, c) =
                (RustApi::open(&folder, &options).unwrap(), CApi::open(&folder, &options).unwrap());
            assert_eq!(RustApi::info(&rust), CApi::info(&c));
            let golden = case.read();
            let shape = golden.shape("input_ids");
            let ids = golden.integers("input_ids").unwrap();
            let (mask, types) = (golden.integers("attention_mask"), golden.integers("token_type_ids"));
            let batch = Padded {
                ids: &ids,
                mask: mask.as_deref(),
                types: types.as_deref(),
                rows: shape[0],
                length: shape[1],
            };
            let expected = RustApi::encode_padded(&rust, batch, ALL).unwrap();
            let found = CApi::encode_padded(&c, batch, ALL).unwrap();
            assert!(found == expected, "{}, {instruction_set:?}", case.name());
        }
    }
}

#[test]
fn texts() {
    let options = OpenOptions { threads: Some(2), ..OpenOptions::default() };
    let (rust, c) =
        (RustApi::open(&bundled_model(), &options).unwrap(), CApi::open(&bundled_model(), &options).unwrap());
    let long = "line of text\n".repeat(300);
    let texts: [TextInput<'_>; 4] =
        ["int main(void);".into(), ("a", "b\0é").into(), "".into(), (&long).into()];
    let options = TokenizeOptions {
        max_length: Some(100),
        truncation: Truncation::LongestFirst,
        ..TokenizeOptions::default()
    };
    assert_eq!(RustApi::info(&rust), CApi::info(&c));
    let expected = RustApi::encode_texts(&rust, &texts, &options, ALL).unwrap();
    assert!(CApi::encode_texts(&c, &texts, &options, ALL).unwrap() == expected);
    let options = ClassifyOptions { tokenize: options, ..ClassifyOptions::default() };
    let expected = RustApi::classify(&rust, &texts, &options).unwrap();
    assert_eq!(CApi::classify(&c, &texts, &options).unwrap(), expected);
    assert_eq!(RustApi::special_tokens(&rust), CApi::special_tokens(&c));
    assert_eq!(RustApi::vocabulary_size(&rust), CApi::vocabulary_size(&c));
}
