use super::*;

const PUBLISHED: &[(&str, &str)] = &[
    (
        "xsmall",
        r#"{"model_type": "deberta-v2", "attention_probs_dropout_prob": 0.1, "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1, "hidden_size": 384, "initializer_range": 0.02, "intermediate_size": 1536,
        "max_position_embeddings": 512, "relative_attention": true, "position_buckets": 256,
        "norm_rel_ebd": "layer_norm", "share_att_key": true, "pos_att_type": "p2c|c2p", "layer_norm_eps": 1e-7,
        "max_relative_positions": -1, "position_biased_input": false, "num_attention_heads": 6,
        "num_hidden_layers": 12, "type_vocab_size": 0, "vocab_size": 128100}"#,
    ),
    (
        "small",
        r#"{"model_type": "deberta-v2", "hidden_act": "gelu", "hidden_size": 768, "intermediate_size": 3072,
        "max_position_embeddings": 512, "relative_attention": true, "position_buckets": 256,
        "norm_rel_ebd": "layer_norm", "share_att_key": true, "pos_att_type": "p2c|c2p", "layer_norm_eps": 1e-7,
        "max_relative_positions": -1, "position_biased_input": false, "num_attention_heads": 12,
        "num_hidden_layers": 6, "type_vocab_size": 0, "vocab_size": 128100}"#,
    ),
    (
        "base, fine-tuned for NLI",
        r#"{"_name_or_path": "microsoft/deberta-v3-base", "architectures": ["DebertaV2ForSequenceClassification"],
        "hidden_act": "gelu", "hidden_size": 768,
        "id2label": {"0": "contradiction", "1": "entailment", "2": "neutral"}, "intermediate_size": 3072,
        "label2id": {"contradiction": 0, "entailment": 1, "neutral": 2}, "layer_norm_eps": 1e-07,
        "max_position_embeddings": 512, "max_relative_positions": -1, "model_type": "deberta-v2",
        "norm_rel_ebd": "layer_norm", "num_attention_heads": 12, "num_hidden_layers": 12, "pad_token_id": 0,
        "pooler_dropout": 0, "pooler_hidden_act": "gelu", "pooler_hidden_size": 768,
        "pos_att_type": ["p2c", "c2p"], "position_biased_input": false, "position_buckets": 256,
        "relative_attention": true, "share_att_key": true, "torch_dtype": "float16", "problem_type": null,
        "transformers_version": "4.10.0.dev0", "type_vocab_size": 0, "vocab_size": 128100}"#,
    ),
    (
        "large",
        r#"{"model_type": "deberta-v2", "hidden_act": "gelu", "hidden_size": 1024, "intermediate_size": 4096,
        "max_position_embeddings": 512, "relative_attention": true, "position_buckets": 256,
        "norm_rel_ebd": "layer_norm", "share_att_key": true, "pos_att_type": "p2c|c2p", "layer_norm_eps": 1e-7,
        "max_relative_positions": -1, "position_biased_input": false, "num_attention_heads": 16,
        "num_hidden_layers": 24, "type_vocab_size": 0, "vocab_size": 128100}"#,
    ),
    (
        "mDeBERTa",
        r#"{"model_type": "deberta-v2", "hidden_act": "gelu", "hidden_size": 768, "intermediate_size": 3072,
        "max_position_embeddings": 512, "relative_attention": true, "position_buckets": 256,
        "norm_rel_ebd": "layer_norm", "share_att_key": true, "pos_att_type": "p2c|c2p", "layer_norm_eps": 1e-7,
        "max_relative_positions": -1, "position_biased_input": false, "num_attention_heads": 12,
        "num_hidden_layers": 12, "type_vocab_size": 0, "vocab_size": 251000}"#,
    ),
    (
        "v2-xlarge",
        r#"{"model_type": "deberta-v2", "hidden_act": "gelu", "hidden_size": 1536, "intermediate_size": 6144,
        "max_position_embeddings": 512, "relative_attention": true, "position_buckets": 256,
        "norm_rel_ebd": "layer_norm", "share_att_key": true, "pos_att_type": "p2c|c2p", "layer_norm_eps": 1e-7,
        "conv_kernel_size": 3, "conv_act": "gelu", "max_relative_positions": -1, "position_biased_input": false,
        "num_attention_heads": 24, "attention_head_size": 64, "num_hidden_layers": 24, "type_vocab_size": 0,
        "vocab_size": 128100}"#,
    ),
];

fn read(text: &str) -> Result<Config> {
    Config::from_json(text, "folder/config.json")
}

/// A small valid configuration with one more key; a later key of the same name wins in JSON.
fn with(extra: &str) -> Result<Config> {
    read(&format!(
        r#"{{"vocab_size": 50, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
        "intermediate_size": 64, "relative_attention": true, {extra}}}"#
    ))
}

#[test]
fn published_shapes() {
    let shapes = [
        (384, 12, 6, 1536, 128_100),
        (768, 6, 12, 3072, 128_100),
        (768, 12, 12, 3072, 128_100),
        (1024, 24, 16, 4096, 128_100),
        (768, 12, 12, 3072, 251_000),
        (1536, 24, 24, 6144, 128_100),
    ];
    for ((name, text), (hidden, layers, heads, intermediate, vocabulary)) in PUBLISHED.iter().zip(shapes) {
        let config = read(text).unwrap();
        assert_eq!(config.hidden_size, hidden, "{name}");
        assert_eq!(config.embedding_size, hidden, "{name}");
        assert_eq!(config.pooler_hidden_size, hidden, "{name}");
        assert_eq!(config.num_hidden_layers, layers, "{name}");
        assert_eq!(config.num_attention_heads, heads, "{name}");
        assert_eq!(config.intermediate_size, intermediate, "{name}");
        assert_eq!(config.vocab_size, vocabulary, "{name}");
        assert_eq!(config.head_size(), 64, "{name}");
        assert_eq!(config.position_buckets, Some(256), "{name}");
        assert_eq!(config.max_relative_positions, 512, "{name}");
        assert_eq!(config.span(), 256, "{name}");
        assert_eq!(config.score_scale_terms(), 3, "{name}");
        assert_eq!(config.layer_norm_eps, 1e-7, "{name}");
        assert_eq!(config.hidden_act, Activation::Gelu, "{name}");
        assert!(config.relative_attention && config.share_att_key, "{name}");
        assert!(config.normalize_relative_embeddings && !config.position_biased_input, "{name}");
        let conv = ConvConfig { kernel_size: 3, groups: 1, activation: Activation::Gelu };
        assert_eq!(config.conv, (*name == "v2-xlarge").then_some(conv), "{name}");
    }
    let classifier = read(PUBLISHED[2].1).unwrap();
    assert_eq!(classifier.declared_head(), Some(HeadKind::SequenceClassification));
    assert_eq!(classifier.id2label, ["contradiction", "entailment", "neutral"]);
    assert_eq!((classifier.num_labels, classifier.problem_type), (3, None));
}

#[test]
fn defaults_are_those_of_transformers() {
    let nulls = r#"{"vocab_size": null, "hidden_size": null, "pos_att_type": null, "norm_rel_ebd": null,
        "id2label": null, "conv_kernel_size": null, "pad_token_id": null, "architectures": null,
        "embedding_size": null, "position_buckets": null, "attention_head_size": null, "model_type": null}"#;
    for text in ["{}", nulls] {
        let config = read(text).unwrap();
        assert_eq!(
            (config.vocab_size, config.hidden_size, config.embedding_size, config.num_hidden_layers),
            (128_100, 1536, 1536, 24)
        );
        assert_eq!(
            (config.num_attention_heads, config.intermediate_size, config.max_position_embeddings),
            (24, 6144, 512)
        );
        assert_eq!((config.type_vocab_size, config.layer_norm_eps), (0, 1e-7));
        assert!(config.position_biased_input && !config.relative_attention && !config.share_att_key);
        assert_eq!((config.position_buckets, config.max_relative_positions, config.span()), (None, 512, 512));
        assert_eq!((config.pos_att_type, config.score_scale_terms()), (PosAttType::default(), 1));
        assert!(!config.normalize_relative_embeddings && config.conv.is_none());
        assert_eq!((config.pad_token_id, config.pooler_hidden_size), (0, 1536));
        assert_eq!(config.pooler_hidden_act, Activation::Gelu);
        assert!(config.architectures.is_empty() && config.declared_head().is_none());
        assert_eq!(config.id2label, ["LABEL_0", "LABEL_1"]);
    }
}

#[test]
fn values_that_need_resolving() {
    let conv = with(r#""conv_kernel_size": 5, "conv_groups": 2"#).unwrap().conv.unwrap();
    assert_eq!((conv.kernel_size, conv.groups, conv.activation), (5, 2, Activation::Tanh));
    for absent in ["0", "-1"] {
        assert!(with(&format!(r#""conv_kernel_size": {absent}, "conv_act": "odd""#)).unwrap().conv.is_none());
        let config =
            with(&format!(r#""position_buckets": {absent}, "max_relative_positions": {absent}"#)).unwrap();
        assert_eq!((config.position_buckets, config.span()), (None, 512));
    }
    for (value, buckets, span) in [("2", Some(2), 2), ("5", Some(5), 5), ("1020", Some(1020), 1020)] {
        let config = with(&format!(r#""position_buckets": {value}"#)).unwrap();
        assert_eq!((config.position_buckets, config.span()), (buckets, span), "{value}");
    }
    for (norm, expected) in
        [("layer_norm", true), ("Batch | LAYER_NORM ", true), ("none", false), ("layer", false)]
    {
        let config = with(&format!(r#""norm_rel_ebd": "{norm}""#)).unwrap();
        assert_eq!(config.normalize_relative_embeddings, expected, "{norm}");
    }
    for (value, c2p, p2c) in [
        (r#""""#, false, false),
        (r#""None""#, false, false),
        (r#"["none"]"#, false, false),
        ("[]", false, false),
        (r#""C2P""#, true, false),
        (r#"" c2p | p2c""#, true, true),
        (r#"["p2c", "p2c"]"#, false, true),
    ] {
        let config = with(&format!(r#""pos_att_type": {value}, "relative_attention": false"#)).unwrap();
        assert_eq!(config.pos_att_type, PosAttType { c2p, p2c }, "{value}");
        assert_eq!(config.score_scale_terms(), 1 + c2p as usize + p2c as usize, "{value}");
    }
    // Unused without relative attention, so not judged.
    assert!(with(r#""relative_attention": false, "position_buckets": 1"#).is_ok());
    assert_eq!(with(r#""layer_norm_eps": 0"#).unwrap().layer_norm_eps, 0.0);
    assert_eq!(with(r#""embedding_size": 16"#).unwrap().embedding_size, 16);
    let first = r#""architectures": ["DebertaV2Model", "DebertaV2ForTokenClassification"]"#;
    assert_eq!(with(first).unwrap().declared_head(), Some(HeadKind::TokenClassification));
    assert!(with(r#""num_hidden_layers": 60000, "vocab_size": 4000000000"#).is_ok());
}

#[test]
fn labels() {
    for (extra, expected) in [
        (r#""id2label": {"1": "b", "0": "a"}"#, &["a", "b"][..]),
        (r#""id2label": {"0": 0, "1": 1}"#, &["0", "1"]),
        (r#""label2id": {"b": 1, "a": 0}"#, &["a", "b"]),
        (r#""label2id": {"b": "1", "a": "0"}"#, &["a", "b"]),
        (r#""id2label": {}, "num_labels": 1"#, &["LABEL_0"]),
        (r#""id2label": {"0": "a"}, "num_labels": 1, "label2id": {"x": 9}"#, &["a"]),
        (r#""num_labels": 3"#, &["LABEL_0", "LABEL_1", "LABEL_2"]),
    ] {
        let config = with(extra).unwrap();
        assert_eq!(config.id2label, expected, "{extra}");
        assert_eq!(config.num_labels, expected.len(), "{extra}");
    }
    let ten: Vec<String> = (0..11).map(|id| format!(r#""{id}": "name {id}""#)).collect();
    let config = with(&format!(r#""id2label": {{{}}}"#, ten.join(","))).unwrap();
    assert_eq!(config.id2label[10], "name 10");
    for (name, expected) in [
        ("regression", ProblemType::Regression),
        ("single_label_classification", ProblemType::SingleLabel),
        ("multi_label_classification", ProblemType::MultiLabel),
    ] {
        assert_eq!(with(&format!(r#""problem_type": "{name}""#)).unwrap().problem_type, Some(expected));
    }
}

#[test]
fn bad_values_are_named() {
    let largest = u64::MAX;
    let quarter = u64::MAX / 8;
    for (extra, parts) in [
        (r#""hidden_size": "768""#, &["\"hidden_size\" is \"768\"", "whole number"][..]),
        (r#""hidden_size": 768.0"#, &["\"hidden_size\" is 768.0"]),
        (r#""hidden_size": -4"#, &["\"hidden_size\" is -4", "at least 1"]),
        (r#""hidden_size": 0"#, &["\"hidden_size\" is 0"]),
        (r#""hidden_size": [1]"#, &["\"hidden_size\" is [1]"]),
        (r#""hidden_size": 1e400"#, &["not valid JSON", "line", "column"]),
        (r#""layer_norm_eps": NaN"#, &["not valid JSON", "line 2"]),
        (r#""num_hidden_layers": 0"#, &["\"num_hidden_layers\" is 0"]),
        (r#""num_hidden_layers": 65537"#, &["\"num_hidden_layers\" is 65537", "65536"]),
        (r#""num_attention_heads": 0"#, &["\"num_attention_heads\" is 0"]),
        (r#""num_attention_heads": 5"#, &["multiple of \"num_attention_heads\"", "32", "5"]),
        (r#""attention_head_size": 16"#, &["\"attention_head_size\" is 16", "8"]),
        (r#""vocab_size": 0"#, &["\"vocab_size\" is 0"]),
        (r#""vocab_size": 18446744073709551616"#, &["\"vocab_size\" is 1.8446744073709552e+19"]),
        (r#""intermediate_size": 0"#, &["\"intermediate_size\" is 0"]),
        (r#""embedding_size": 0"#, &["\"embedding_size\" is 0"]),
        (r#""max_position_embeddings": 0"#, &["\"max_position_embeddings\" is 0"]),
        (r#""type_vocab_size": -1"#, &["\"type_vocab_size\" is -1"]),
        (r#""relative_attention": "true""#, &["\"relative_attention\" is \"true\"", "true or false"]),
        (r#""position_biased_input": 1"#, &["\"position_biased_input\" is 1"]),
        (r#""layer_norm_eps": "1e-7""#, &["\"layer_norm_eps\" is \"1e-7\"", "a number"]),
        (r#""layer_norm_eps": -1e-7"#, &["\"layer_norm_eps\"", "not negative"]),
        (r#""hidden_act": "mish""#, &["\"hidden_act\" is \"mish\"", "gelu, ", "swish"]),
        (r#""hidden_act": 3"#, &["\"hidden_act\" is 3", "string"]),
        (r#""pooler_hidden_act": "Gelu""#, &["\"pooler_hidden_act\" is \"Gelu\""]),
        (r#""conv_kernel_size": 3, "conv_act": "x""#, &["\"conv_act\" is \"x\""]),
        (r#""conv_kernel_size": 4"#, &["\"conv_kernel_size\" is 4", "odd"]),
        (r#""conv_kernel_size": 2.5"#, &["\"conv_kernel_size\" is 2.5"]),
        (r#""conv_kernel_size": 3, "conv_groups": 5"#, &["\"conv_groups\" is 5", "32"]),
        (r#""conv_kernel_size": 3, "conv_groups": 0"#, &["\"conv_groups\" is 0"]),
        (r#""pos_att_type": "c2p|p2p""#, &["\"p2p\"", "pos_att_type"]),
        (r#""pos_att_type": "c2p,p2c""#, &["\"c2p,p2c\""]),
        (r#""pos_att_type": ["C2P"]"#, &["\"C2P\""]),
        (r#""pos_att_type": ["c2p", 1]"#, &["\"pos_att_type\" is [\"c2p\",1]"]),
        (r#""pos_att_type": 7"#, &["\"pos_att_type\" is 7"]),
        (r#""position_buckets": 1"#, &["\"position_buckets\" is 1", "at least 2"]),
        (r#""position_buckets": 1.5"#, &["\"position_buckets\" is 1.5"]),
        (r#""position_buckets": 1022"#, &["512", "1022", "more than 512"]),
        (r#""position_buckets": 8, "max_relative_positions": 5"#, &["\"max_relative_positions\"", " 5,"]),
        (r#""max_relative_positions": 16777217"#, &["16777217", "16777216"]),
        (r#""norm_rel_ebd": ["layer_norm"]"#, &["\"norm_rel_ebd\""]),
        (r#""pad_token_id": -1"#, &["\"pad_token_id\" is -1"]),
        (r#""pad_token_id": 50"#, &["\"pad_token_id\" is 50", "vocab_size"]),
        (r#""pad_token_id": 4294967296"#, &["\"pad_token_id\" is 4294967296"]),
        (r#""architectures": "DebertaV2Model""#, &["\"architectures\"", "list of strings"]),
        (r#""problem_type": "ranking""#, &["\"problem_type\" is \"ranking\"", "multi_label_classification"]),
        (
            r#""problem_type": "single_label_classification", "num_labels": 1"#,
            &["problem_type", "two labels"],
        ),
        (r#""id2label": ["a", "b"]"#, &["\"id2label\" is [\"a\",\"b\"]", "an object"]),
        (r#""id2label": {"0": "a", "2": "b"}"#, &["\"id2label\" has no label 1", "0 to 1"]),
        (r#""id2label": {"1": "a", "2": "b"}"#, &["\"id2label\" has no label 0"]),
        (r#""id2label": {"0": "a", "00": "b"}"#, &["\"id2label\" gives the id 0 twice"]),
        (r#""id2label": {"0": "a", "1": "a"}"#, &["\"id2label\" names two labels \"a\""]),
        (r#""id2label": {"-1": "a"}"#, &["key \"-1\""]),
        (r#""id2label": {"0": null}"#, &["\"id2label.0\" is null"]),
        (r#""label2id": {"a": 0, "b": 0}"#, &["\"label2id\" gives the id 0 twice"]),
        (r#""label2id": {"a": 0.5}"#, &["\"label2id.a\" is 0.5"]),
        (r#""label2id": {"a": 0}, "num_labels": 2"#, &["\"num_labels\" is 2", "names 1 labels"]),
        (
            r#""id2label": {"0": "a"}, "num_labels": 2"#,
            &["\"num_labels\" is 2", "\"id2label\" names 1 labels"],
        ),
        (r#""num_labels": 1000001"#, &["\"num_labels\" is 1000001"]),
        (r#""num_labels": "2""#, &["\"num_labels\" is \"2\""]),
        (
            r#""pooler_hidden_size": 16, "architectures": ["DebertaV2ForSequenceClassification"]"#,
            &["\"pooler_hidden_size\" is 16", "32"],
        ),
        (&format!(r#""vocab_size": {largest}"#), &["larger than memory", "vocab_size 18446744073709551615"]),
        (&format!(r#""intermediate_size": {quarter}"#), &["larger than memory", "intermediate_size"]),
        (&format!(r#""type_vocab_size": {quarter}"#), &["larger than memory", "type_vocab_size"]),
        (&format!(r#""embedding_size": {quarter}"#), &["larger than memory", "embedding_size"]),
        (&format!(r#""pooler_hidden_size": {quarter}"#), &["larger than memory", "pooler_hidden_size"]),
        (&format!(r#""conv_kernel_size": {quarter}"#), &["larger than memory", "conv_kernel_size"]),
        (
            &format!(r#""max_position_embeddings": {largest}, "max_relative_positions": 9"#),
            &["larger than memory", "max_position_embeddings"],
        ),
        (&format!(r#""position_buckets": {largest}"#), &["position_buckets"]),
    ] {
        let error = with(extra).expect_err(extra);
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{extra}: {error}");
        assert!(error.message().contains("folder/config.json"), "{extra}: {error}");
        for part in parts {
            assert!(error.message().contains(part), "{extra}: {part}: {error}");
        }
    }
}

#[test]
fn other_texts_and_models() {
    for (text, kind, parts) in [
        ("", ErrorKind::InvalidConfig, &["not valid JSON", "line 1"][..]),
        ("{\"a\": 1,\n\"b\" 2}", ErrorKind::InvalidConfig, &["line 2 column 5"]),
        ("[]", ErrorKind::InvalidConfig, &["JSON object"]),
        ("null", ErrorKind::InvalidConfig, &["JSON object"]),
        (&"[".repeat(100_000), ErrorKind::InvalidConfig, &["not valid JSON", "recursion"]),
        (r#"{"model_type": 2}"#, ErrorKind::InvalidConfig, &["\"model_type\" is 2"]),
        (r#"{"model_type": "deberta"}"#, ErrorKind::Unsupported, &["\"deberta\"", "DeBERTa v1"]),
        (r#"{"model_type": "bert"}"#, ErrorKind::Unsupported, &["\"bert\"", "deberta-v2"]),
    ] {
        let error = read(text).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        for part in parts.iter().chain(&["folder/config.json"]) {
            assert!(error.message().contains(part), "{part}: {error}");
        }
    }
    let long = with(&format!(r#""hidden_size": "{}""#, "é".repeat(5000))).unwrap_err();
    assert!(long.message().len() < 400, "{long}");
}

#[test]
fn files_and_folders() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    let missing = Config::from_folder(&folder.path().join("nowhere")).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert!(missing.message().contains("nowhere"));
    let missing = Config::from_folder(folder.path()).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert!(missing.message().contains("no config.json"));
    assert_eq!(Config::from_file(&path).unwrap_err().kind(), ErrorKind::NotFound);

    std::fs::write(&path, PUBLISHED[0].1).unwrap();
    assert_eq!(Config::from_folder(folder.path()).unwrap().hidden_size, 384);
    assert_eq!(Config::from_folder(&path).unwrap_err().kind(), ErrorKind::InvalidArgument);

    std::fs::write(&path, b"{\"a\": \"\xff\"}").unwrap();
    let error = Config::from_folder(folder.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(error.message().contains("UTF-8") && error.message().contains("config.json"));

    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    let error = Config::from_folder(folder.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.message().contains("regular file"));
}
