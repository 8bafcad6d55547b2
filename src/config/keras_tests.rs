use std::path::Path;

use tempfile::TempDir;

use super::*;

const BACKBONE: &str = r#"{"module": "keras_hub.src.models.deberta_v3.deberta_v3_backbone",
    "class_name": "DebertaV3Backbone", "config": {"name": "deberta_v3_backbone", "trainable": true,
    "vocabulary_size": 60, "num_layers": 2, "num_heads": 4, "hidden_dim": 32, "intermediate_dim": 48, "dropout": 0.1,
    "max_sequence_length": 64, "bucket_size": 16}, "registered_name": "keras_hub>DebertaV3Backbone"}"#;

fn goldens() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/keras")
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// A preset with this `task.json`.
fn with_task(task: &str) -> Result<Config> {
    Config::from_folder(folder(&[("config.json", BACKBONE), ("task.json", task)]).path())
}

fn classifier(settings: &str) -> Result<Config> {
    with_task(&format!(
        r#"{{"registered_name": "keras_hub>DebertaV3TextClassifier", "config": {{{settings}}}}}"#
    ))
}

fn assert_error(result: Result<impl std::fmt::Debug>, kind: ErrorKind, parts: &[&str]) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    for part in parts {
        assert!(error.message().contains(part), "{part}: {error}");
    }
}

#[test]
fn backbones() {
    let expected = BackboneConfig::new(60, 2, 4, 32, 48).max_sequence_length(64).bucket_size(16);
    let expected = format!("{:?}", expected.to_config().unwrap());
    let older = BACKBONE.replace("keras_hub", "keras_nlp");
    for text in [BACKBONE, &older] {
        assert_eq!(format!("{:?}", Config::from_json(text, "config.json").unwrap()), expected);
    }
    let defaults = BACKBONE.replace(
        r#", "dropout": 0.1,
    "max_sequence_length": 64, "bucket_size": 16"#,
        "",
    );
    let config = Config::from_json(&defaults, "config.json").unwrap();
    assert_eq!((config.max_relative_positions, config.position_buckets), (512, Some(256)));
    for name in ["backbone_float32", "backbone_bfloat16", "backbone_float16", "backbone_sharded"] {
        let config = Config::from_folder(&goldens().join(name)).unwrap();
        assert_eq!(
            (config.vocab_size, config.hidden_size, config.num_attention_heads),
            (60, 16, 4),
            "{name}"
        );
        assert_eq!(config.declared_head(), None);
    }
}

#[test]
fn wrong_backbones_are_named() {
    let with = |old: &str, new: &str| Config::from_json(&BACKBONE.replace(old, new), "preset/config.json");
    let invalid = ErrorKind::InvalidConfig;
    for (old, new, kind, parts) in [
        (
            "keras_hub>DebertaV3Backbone",
            "keras_hub>BertBackbone",
            ErrorKind::Unsupported,
            &["\"BertBackbone\""][..],
        ),
        ("keras_hub>DebertaV3Backbone", "", ErrorKind::Unsupported, &["registered_name"]),
        ("\"keras_hub>DebertaV3Backbone\"", "7", invalid, &["\"registered_name\" is 7"]),
        ("\"num_layers\": 2,", "", invalid, &["\"config\" has no \"num_layers\""]),
        ("\"num_layers\": 2", "\"num_layers\": -2", invalid, &["\"num_layers\" is -2"]),
        ("\"num_heads\": 4", "\"num_heads\": \"4\"", invalid, &["\"num_heads\" is \"4\""]),
        (
            "\"num_heads\": 4",
            "\"num_heads\": 5",
            invalid,
            &["\"hidden_dim\" is 32", "\"num_heads\", which is 5"],
        ),
        ("\"bucket_size\": 16", "\"bucket_size\": 0", invalid, &["\"bucket_size\" is 0"]),
        ("\"bucket_size\": 16", "\"bucket_size\": 126", invalid, &["\"max_sequence_length\" is 64", "126"]),
        ("\"vocabulary_size\": 60", "\"vocabulary_size\": 1e30", invalid, &["\"vocabulary_size\" is 1e+30"]),
        ("\"config\"", "\"settings\"", invalid, &["has no \"config\""]),
        ("\"config\": {", "\"config\": 3, \"x\": {", invalid, &["\"config\" is 3"]),
    ] {
        assert_error(with(old, new), kind, parts);
        assert_error(with(old, new), kind, &["preset/config.json"]);
    }
}

#[test]
fn classifiers() {
    for (settings, labels, hidden, problem_type) in [
        (r#""num_classes": 3, "activation": "linear", "hidden_dim": 32"#, 3, 32, None),
        (r#""num_classes": 3, "activation": null"#, 3, 32, None),
        (r#""num_classes": 1, "hidden_dim": null"#, 1, 32, None),
        (
            r#""num_classes": 2, "activation": "softmax", "hidden_dim": 20"#,
            2,
            20,
            Some(ProblemType::SingleLabel),
        ),
        (
            r#""num_classes": 1, "activation": "sigmoid", "hidden_dim": 64"#,
            1,
            64,
            Some(ProblemType::MultiLabel),
        ),
    ] {
        let config = classifier(settings).unwrap();
        assert_eq!(config.declared_head(), Some(HeadKind::SequenceClassification), "{settings}");
        assert_eq!((config.num_labels, config.pooler_hidden_size), (labels, hidden), "{settings}");
        assert_eq!(config.problem_type, problem_type, "{settings}");
        assert_eq!(config.id2label.last().unwrap(), &format!("LABEL_{}", labels - 1));
    }
    let older = r#"{"registered_name": "keras_nlp>DebertaV3Classifier", "config": {"num_classes": 4}}"#;
    assert_eq!(with_task(older).unwrap().num_labels, 4);
    let masked = r#"{"registered_name": "keras_hub>DebertaV3MaskedLM", "config": {}}"#;
    assert_eq!(with_task(masked).unwrap().declared_head(), Some(HeadKind::MaskedLanguageModeling));
    let written = Config::from_folder(&goldens().join("classifier_sigmoid")).unwrap();
    assert_eq!((written.num_labels, written.pooler_hidden_size), (2, 12));
}

#[test]
fn wrong_tasks_are_named() {
    let invalid = ErrorKind::InvalidConfig;
    for (settings, kind, parts) in [
        ("", invalid, &["\"config\" has no \"num_classes\""][..]),
        (r#""num_classes": 0"#, invalid, &["\"num_classes\" is 0"]),
        (r#""num_classes": 1000001"#, invalid, &["\"num_classes\" is 1000001", "1000000"]),
        (r#""num_classes": 2, "hidden_dim": 0"#, invalid, &["\"hidden_dim\" is 0"]),
        (
            r#""num_classes": 2, "hidden_dim": 2305843009213693951"#,
            invalid,
            &["larger than memory", "hidden_dim"],
        ),
        (r#""num_classes": 1, "activation": "softmax""#, invalid, &["\"activation\" is \"softmax\""]),
        (
            r#""num_classes": 2, "activation": "tanh""#,
            ErrorKind::Unsupported,
            &["\"activation\" is \"tanh\"", "sigmoid"],
        ),
        (r#""num_classes": 2, "activation": {"class_name": "Own"}"#, ErrorKind::Unsupported, &["Own"]),
    ] {
        assert_error(classifier(settings), kind, parts);
        assert_error(classifier(settings), kind, &["task.json"]);
    }
    let other = r#"{"registered_name": "keras_hub>DebertaV3Other", "config": {}}"#;
    assert_error(with_task(other), ErrorKind::Unsupported, &["task.json", "\"DebertaV3Other\""]);
    assert_error(with_task("{}"), invalid, &["task.json", "registered_name"]);
    assert_error(with_task("[]"), invalid, &["task.json", "JSON object"]);
    assert_error(with_task("{"), invalid, &["task.json", "not valid JSON"]);
    // A file of that name beside a configuration of Hugging Face's means something else.
    let hugging_face = folder(&[("config.json", r#"{"model_type": "deberta-v2"}"#), ("task.json", "{}")]);
    assert!(Config::from_folder(hugging_face.path()).is_ok());
}

#[test]
fn preprocessors() {
    let read = |text: &str| KerasPreprocessor::from_folder(folder(&[("preprocessor.json", text)]).path());
    let written = KerasPreprocessor::from_folder(&goldens().join("classifier_0_17")).unwrap().unwrap();
    assert_eq!((written.sequence_length, written.truncation), (24, KerasTruncation::Waterfall));
    let round_robin =
        r#"{"registered_name": "x", "config": {"sequence_length": 7, "truncate": "round_robin"}}"#;
    let round_robin = read(round_robin).unwrap().unwrap();
    assert_eq!((round_robin.sequence_length, round_robin.truncation), (7, KerasTruncation::RoundRobin));
    let defaults = read(r#"{"registered_name": "x", "config": {}}"#).unwrap().unwrap();
    assert_eq!((defaults.sequence_length, defaults.truncation), (512, KerasTruncation::RoundRobin));
    assert_eq!(read(r#"{"do_lower_case": false}"#).unwrap(), None);
    assert_eq!(KerasPreprocessor::from_folder(folder(&[]).path()).unwrap(), None);
    for (text, parts) in [
        (r#"{"registered_name": "x"}"#, &["no \"config\""][..]),
        (
            r#"{"registered_name": "x", "config": {"truncate": "left"}}"#,
            &["\"truncate\" is \"left\"", "waterfall"],
        ),
        (r#"{"registered_name": "x", "config": {"truncate": 1}}"#, &["\"truncate\" is 1"]),
        (r#"{"registered_name": "x", "config": {"sequence_length": 0}}"#, &["\"sequence_length\" is 0"]),
        ("nonsense", &["not valid JSON"]),
    ] {
        assert_error(read(text), ErrorKind::InvalidConfig, parts);
        assert_error(read(text), ErrorKind::InvalidConfig, &["preprocessor.json"]);
    }
}
