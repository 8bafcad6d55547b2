//! The command as its users meet it: arguments and files in; output, messages and exit codes out.

mod command;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;

use command::{deberta, failure, golden, incomplete, json_lines, names, run, run_with_input, stdout};

#[test]
fn help_and_version_teach() {
    let help = stdout(&run(&["--help"]));
    assert!(help.contains("Examples:") && help.contains("Exit code"));
    for command in [
        "classify",
        "zero-shot",
        "tag",
        "answer",
        "rank",
        "fill-mask",
        "choose",
        "encode",
        "tokenize",
        "info",
        "fetch",
        "pack",
        "convert",
        "bench",
    ] {
        assert!(help.contains(&format!("\n  {command} ")), "{command}");
        assert!(stdout(&run(&[command, "--help"])).contains("Example"), "{command}");
    }
    assert!(stdout(&run(&["--version"])).starts_with("deberta "));
}

#[test]
fn wrong_usage_is_one_line_and_exit_code_2() {
    for (arguments, part) in [
        (&["--nonsense"][..], "--nonsense"),
        (&["nonsense"], "nonsense"),
        (&["encode", "--tensors", "in"], "--output"),
        (&["encode", "--all-layers", "text"], "--output"),
        (&["encode", "--tensors", "in", "--output", "out", "text"], "--tensors"),
        (&["encode", "--pool", "sum", "text"], "cls, mean"),
        (&["classify", "--pair", "b"], "TEXT"),
        (&["classify", "a", "b", "--pair", "c"], "--pair"),
        (&["classify", "a", "--file", "b"], "--file"),
        (&["classify", "--top-k", "0", "a"], "at least 1"),
        (&["classify", "--top-k", "2", "--all", "a"], "--all"),
        (&["classify", "--precision", "best", "a"], "highest, high, medium, int8"),
        (&["classify", "--isa", "sse", "a"], "avx2"),
        (&["classify", "--threads", "0", "a"], "at least 1"),
        (&["tokenize", "--truncation", "longest", "a"], "longest_first"),
        (&["tokenize", "--max-length", "-1", "a"], "-1"),
        (&["bench", "--preset", "deberta_v3_base_en"], "--random-weights"),
        (&["bench", "--seed", "2"], "--random-weights"),
        (&["bench", "--preset", "bert", "--random-weights"], "deberta_v3_base_en"),
        (&["bench", "--shapes", "1y2"], "8x128"),
        (&["bench", "--seconds", "-1"], "-1"),
    ] {
        let message = failure(&run(arguments), 2);
        assert!(message.contains(part), "{arguments:?}: {message}");
    }
    assert_eq!(run(&[]).status.code(), Some(2));
}

#[test]
fn a_missing_model_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().to_str().unwrap();
    assert!(failure(&run(&["info", "--model", "/nowhere"]), 1).contains("--model"));
    assert!(failure(&run(&["info", "--model", empty]), 1).contains("config.json"));
    assert!(failure(&run(&["tokenize", "--model", empty, "a"]), 1).contains("tokenizer.json"));
    assert!(failure(&run(&["info", "--model", "no name"]), 1).contains("not the name of a model"));
    let output = deberta(&["info", "--model", "user/name@v1"]).env("HF_HUB_CACHE", empty).output().unwrap();
    let message = failure(&output, 1);
    assert!(message.contains("`deberta fetch user/name@v1`") && message.contains(empty), "{message}");
    let output = deberta(&["info"]).env("DEBERTA_MODEL", "/nowhere").output().unwrap();
    assert!(failure(&output, 1).contains("DEBERTA_MODEL"));
}

#[test]
fn classify_prints_label_and_score_for_each_text_in_order() {
    let texts = ["fn main() { println!(\"hello\"); }", "import os\nprint(os.name)"];
    let output = run(&["classify", texts[0], texts[1]]);
    let lines = stdout(&output);
    let labels: Vec<&str> = lines.lines().filter_map(|line| line.split('\t').next()).collect();
    assert_eq!(labels, ["rust", "python"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("2 texts in "));

    let all = stdout(&run(&["classify", "--all", texts[0]]));
    let cells: Vec<&str> = all.trim_end().split('\t').collect();
    let sum: f32 = cells.iter().skip(1).step_by(2).map(|score| score.parse::<f32>().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-4, "{sum}");

    let answer = &json_lines(&run(&["classify", "--json", "--top-k", "2", texts[0]]))[0];
    assert_eq!((&answer["label"], &answer["truncated"]), (&Value::from("rust"), &Value::Null));
    assert_eq!(answer["labels"].as_array().unwrap().len(), 2);
}

#[test]
fn classify_reads_lines_and_json_lines() {
    let many: String = (0..150).map(|number| format!("let x = {number};\n")).collect();
    let output = run_with_input(&["classify", "--json"], many.as_bytes());
    let texts: Vec<String> =
        json_lines(&output).iter().map(|answer| answer["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(texts, many.lines().collect::<Vec<_>>());

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pairs.jsonl");
    std::fs::write(&path, "{\"text\": \"a\", \"pair\": \"b\"}\n\n{\"text\": \"c\"}\n").unwrap();
    let answers = json_lines(&run(&["classify", "--json", "--file", path.to_str().unwrap()]));
    assert_eq!((&answers[0]["pair"], &answers[1]["pair"]), (&Value::from("b"), &Value::Null));
    assert_eq!(answers.len(), 2);
    let same =
        run_with_input(&["classify", "--json", "--jsonl", "--file", "-"], &std::fs::read(&path).unwrap());
    assert_eq!(json_lines(&same), answers);
}

#[test]
fn bad_arguments_and_files_are_named() {
    let too_long = run(&["classify", "--max-length", "4", "--json", "a", "a b c d e f", "b"]);
    let message = failure(&too_long, 1);
    assert!(message.contains("text 2: ") && message.contains("longest_first"), "{message}");
    assert_eq!(String::from_utf8(too_long.stdout).unwrap().lines().count(), 1);
    assert!(failure(&run(&["classify", "--file", "/nowhere.txt"]), 1).contains("/nowhere.txt"));
    let (answers, messages) = incomplete(&run_with_input(&["tokenize", "--json"], b"\xff\xfe\n"));
    assert_eq!((answers[0]["line"].as_u64(), messages.len()), (Some(1), 2));
    assert!(messages[0].contains("line 1: not UTF-8"), "{messages:?}");
}

#[test]
fn answers_do_not_wait_for_the_end_of_the_input() {
    let mut child =
        deberta(&["tokenize", "--json"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"first\n").unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut byte = [0];
    stdout.read_exact(&mut byte).unwrap();
    assert_eq!(&byte, b"{");
    drop(stdin);
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let mut child = deberta(&["tokenize"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        // Ends with an error as soon as the command has gone.
        while stdin.write_all(b"let x = 1;\n").is_ok() {}
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn tokenize_shows_tokens_and_what_was_cut_off() {
    let table = stdout(&run(&["tokenize", "fn x"]));
    assert!(table.starts_with("1\t[CLS]\t0\t0\t0\n") && table.ends_with("2\t[SEP]\t0\t0\t0\n"), "{table}");
    let bare = stdout(&run(&["tokenize", "--no-special-tokens", "fn x"]));
    assert_eq!(bare.lines().count() + 2, table.lines().count());

    let arguments =
        ["tokenize", "--json", "one two", "--pair", "three", "--truncation", "longest_first", "--max-length"];
    let encoding = &json_lines(&run(&[&arguments[..], &["5"]].concat()))[0];
    assert_eq!(encoding["ids"].as_array().unwrap().len(), 5);
    let truncated = &encoding["truncated"];
    let removed =
        truncated["removed_tokens"].as_array().unwrap().iter().filter_map(Value::as_u64).sum::<u64>();
    assert_eq!(truncated["total_tokens"].as_u64().unwrap(), 5 + removed);
    let output = run(&["tokenize", "one two three", "--truncation", "only_first", "--max-length", "3"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("text 1: cut off the last "));
    stdout(&output);
}

#[test]
fn info_describes_the_model() {
    let info = &json_lines(&run(&["info", "--json"]))[0];
    assert_eq!(info["head"], "SequenceClassification");
    assert_eq!(info["precision"], "highest");
    assert!(info["parameters"].as_u64().unwrap() > 1_000_000);
    assert!(stdout(&run(&["info"])).contains("config.hidden_size: "));
}

#[test]
fn encode_embeds_texts() {
    let texts = ["fn main() {}", "a rather longer text than the first one"];
    let mean = json_lines(&run(&["encode", "--json", "--pool", "mean", texts[0], texts[1]]));
    let every = json_lines(&run(&["encode", "--json", "--pool", "none", texts[0], texts[1]]));
    for (mean, every) in mean.iter().zip(&every) {
        let states = every["last_hidden_state"].as_array().unwrap();
        assert_eq!(states.len(), every["tokens"].as_array().unwrap().len());
        let column = states.iter().map(|state| state[0].as_f64().unwrap()).sum::<f64>() / states.len() as f64;
        assert!((column - mean["embedding"][0].as_f64().unwrap()).abs() < 1e-5);
    }
    let cls = stdout(&run(&["encode", texts[0]]));
    let first: f64 = cls.split(' ').next().unwrap().parse().unwrap();
    assert!((first - every[0]["last_hidden_state"][0][0].as_f64().unwrap()).abs() < 1e-6);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.safetensors");
    stdout(&run(&["encode", "--pool", "mean", "--output", path.to_str().unwrap(), texts[0], texts[1]]));
    let bytes = std::fs::read(&path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let embeddings = file.tensor("embeddings").unwrap();
    assert_eq!(embeddings.shape()[0], 2);
    let second = floats(&embeddings)[embeddings.shape()[1]];
    assert!((f64::from(second) - mean[1]["embedding"][0].as_f64().unwrap()).abs() < 1e-6);
    assert_eq!(names(folder.path()), ["out.safetensors"]);
}

#[test]
fn encode_streams_embeddings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vectors.jsonl");
    let arguments = ["encode", "--pool", "mean", "--output", path.to_str().unwrap()];
    stdout(&run_with_input(&arguments, b"fn main() {}\nSELECT 1\n"));
    let written = std::fs::read_to_string(&path).unwrap();
    let vectors: Vec<Value> = written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((vectors.len(), &vectors[1]["line"]), (2, &Value::from(2)));
    let alone = &json_lines(&run(&["encode", "--json", "--pool", "mean", "SELECT 1"]))[0];
    assert_eq!(alone["embedding"], vectors[1]["embedding"]);
    let layers = run(&[&arguments[..], &["--all-layers", "a"]].concat());
    assert!(failure(&layers, 2).contains("safetensors"));
}

fn floats(tensor: &TensorView<'_>) -> Vec<f32> {
    assert_eq!(tensor.dtype(), Dtype::F32);
    tensor.data().as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
}

#[test]
fn encode_turns_token_tensors_into_the_golden_outputs() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.safetensors");
    let model = golden("v3_shared");
    let input = model.join("case_mixed.safetensors");
    let paths = [&model, &input, &output].map(|path| path.to_str().unwrap());
    stdout(&run(&[
        "encode",
        "--model",
        paths[0],
        "--tensors",
        paths[1],
        "--output",
        paths[2],
        "--all-layers",
        "--attentions",
    ]));
    let (expected, found) = (std::fs::read(&input).unwrap(), std::fs::read(&output).unwrap());
    let (expected, found) =
        (SafeTensors::deserialize(&expected).unwrap(), SafeTensors::deserialize(&found).unwrap());
    let mask: Vec<bool> = expected
        .tensor("attention_mask")
        .unwrap()
        .data()
        .as_chunks::<8>()
        .0
        .iter()
        .map(|&bytes| i64::from_le_bytes(bytes) == 1)
        .collect();
    for name in ["last_hidden_state", "hidden_states.0", "hidden_states.1", "hidden_states.2", "logits"] {
        let (expected, found) = (expected.tensor(name).unwrap(), found.tensor(name).unwrap());
        assert_eq!(expected.shape(), found.shape(), "{name}");
        let expected = expected.data().as_chunks::<8>().0.iter().map(|&bytes| f64::from_le_bytes(bytes));
        let found = floats(&found);
        let size = found.len() / mask.len();
        for (index, (expected, found)) in expected.zip(found).enumerate() {
            if name == "logits" || mask[index / size] {
                assert!(
                    (expected - f64::from(found)).abs() < 1e-4,
                    "{name}[{index}]: {found}, not {expected}"
                );
            } else {
                assert_eq!(found, 0.0, "{name}[{index}] is padding");
            }
        }
    }
    let attentions = found.tensor("attentions.1").unwrap();
    assert_eq!(attentions.shape(), expected.tensor("attentions.1").unwrap().shape());
    assert_eq!(names(folder.path()), ["out.safetensors"]);
}

#[test]
fn encode_refuses_bad_tensors_and_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let model = golden("v3_shared");
    let model = model.to_str().unwrap();
    let write = |name: &str, ids: &[i64], shape: &[usize]| {
        let bytes: Vec<u8> = ids.iter().flat_map(|id| id.to_le_bytes()).collect();
        let view = TensorView::new(Dtype::I64, shape.to_vec(), &bytes).unwrap();
        safetensors::serialize_to_file([("input_ids", view)], None, Path::new(&path(name))).unwrap();
    };
    write("negative", &[1, -1], &[1, 2]);
    write("large", &[1, 1 << 30], &[1, 2]);
    write("flat", &[1, 2], &[2]);
    write("empty", &[], &[0, 4]);
    write("no_tokens", &[], &[4, 0]);
    std::fs::write(path("nonsense"), "nonsense").unwrap();
    let inputs = [
        ("negative", "-1"),
        ("large", "1073741824"),
        ("flat", "[rows, length]"),
        ("empty", "no rows"),
        ("no_tokens", "no valid token"),
        ("nonsense", "not a safetensors file"),
        ("missing", "missing"),
    ];
    for (name, part) in inputs {
        let arguments = ["encode", "--model", model, "--tensors", &path(name), "--output", &path("out")];
        let message = failure(&run(&arguments), 1);
        assert!(message.contains(part) && message.contains(name), "{name}: {message}");
    }
    write("good", &[1, 2], &[1, 2]);
    for output in ["no/such/folder/out", "."] {
        failure(
            &run(&["encode", "--model", model, "--tensors", &path("good"), "--output", &path(output)]),
            1,
        );
    }
    let mut left = names(folder.path());
    left.sort();
    assert_eq!(left, ["empty", "flat", "good", "large", "negative", "no_tokens", "nonsense"]);
}

#[test]
#[cfg(unix)]
fn encode_replaces_files_behind_links_and_nothing_but_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let model = golden("v3_shared");
    let encode = |output: &str| {
        let input = golden("v3_shared/case_mixed.safetensors");
        let (model, input) = (model.to_str().unwrap(), input.to_str().unwrap());
        run(&["--model", model, "encode", "--tensors", input, "--output", output])
    };
    assert!(Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
    let message = failure(&encode(&path("pipe")), 1);
    assert!(message.contains("not a regular file"), "{message}");

    std::fs::write(path("file"), "old").unwrap();
    std::os::unix::fs::symlink(path("file"), path("link")).unwrap();
    stdout(&encode(&path("link")));
    assert!(folder.path().join("link").is_symlink());
    assert!(SafeTensors::deserialize(&std::fs::read(path("file")).unwrap()).is_ok());
    let mut left = names(folder.path());
    left.sort();
    assert_eq!(left, ["file", "link", "pipe"]);
}

#[test]
fn bench_reports_each_shape() {
    let report = &json_lines(&run(&["bench", "--shapes", "1x8,2x4", "--repeat", "3", "--json"]))[0];
    assert!(report["peak_gflops"].as_f64().unwrap() > 0.0);
    let shapes = report["shapes"].as_array().unwrap();
    assert_eq!(shapes.len(), 2);
    for shape in shapes {
        assert_eq!(shape["runs"], 3);
        assert!(shape["median_ms"].as_f64().unwrap() <= shape["p95_ms"].as_f64().unwrap());
        assert!(shape["gflops"].as_f64().unwrap() > 0.0);
    }
    assert!(stdout(&run(&["bench", "--shapes", "1x8", "--repeat", "3"])).contains("of peak"));
    let ragged = ["bench", "--random-weights", "--shapes", "3x2-8", "--callers", "--repeat", "3", "--json"];
    let shape = &json_lines(&run(&ragged))[0]["shapes"][0];
    assert_eq!((shape["shape"].as_str(), shape["tokens"].as_u64()), (Some("3x2-8"), Some(15)));
}

#[test]
fn random_weights_depend_on_the_seed() {
    let labels = |options: &[&str]| stdout(&run(&[&["classify", "--all", "fn main() {}"], options].concat()));
    let random = labels(&["--random-weights"]);
    assert_eq!(labels(&["--random-weights", "--seed", "1"]), random);
    assert_ne!(labels(&["--random-weights", "--seed", "2"]), random);
    assert_ne!(labels(&[]), random);
    let preset = run(&["info", "--random-weights", "--model", "deberta_v3_extra_small_en", "--json"]);
    assert_eq!(json_lines(&preset)[0]["parameters"], 70_682_112);
}

#[test]
fn pack_writes_what_other_commands_use() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("packed");
    let packed = output.to_str().unwrap();
    let missing = run(&["pack", "--output", packed, "--verify"]);
    assert!(failure(&missing, 1).contains("holds no packed weights"));
    let report = json_lines(&run(&["pack", "--output", packed, "--json"])).remove(0);
    let file = PathBuf::from(report["file"].as_str().unwrap());
    assert_eq!(report["bytes"].as_u64().unwrap(), file.metadata().unwrap().len());
    let classify =
        |options: &[&str]| stdout(&run(&[options, &["classify", "--all", "fn main() {}"]].concat()));
    assert_eq!(classify(&["--packed-cache", packed]), classify(&[]));
    let info = json_lines(&run(&["info", "--json", "--packed-cache", packed])).remove(0);
    assert_eq!((info["packed_bytes"].as_u64(), info["packed_file"].as_str()), (Some(0), file.to_str()));
    assert!(info["mapped_bytes"].as_u64().unwrap() > 0);
    assert!(stdout(&run(&["pack", "--output", packed, "--verify"])).starts_with("verified "));
    let other = run(&["info", "--packed-cache", packed, "--precision", "int8"]);
    assert!(failure(&other, 1).contains("deberta pack"));

    // Between two sampled blocks of the largest tensor, or wherever that is: only --verify reads all.
    let mut bytes = std::fs::read(&file).unwrap();
    let (header, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let largest =
        metadata.tensors().into_values().max_by_key(|info| info.data_offsets.1 - info.data_offsets.0);
    let (start, end) = largest.unwrap().data_offsets;
    assert!(end - start > 40 * 4096, "the bundled model is too small for this test");
    bytes[8 + header + start + 4096 + (end - start) / 17 / 2] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    assert_eq!(classify(&["--packed-cache", packed]).lines().count(), classify(&[]).lines().count());
    assert!(failure(&run(&["pack", "--output", packed, "--verify"]), 1).contains("are damaged"));
}

#[test]
fn convert_writes_a_folder_that_works_like_its_source() {
    let folder = tempfile::tempdir().unwrap();
    let converted = folder.path().join("converted");
    let converted = converted.to_str().unwrap();
    let convert = |options: &[&str]| {
        run(&[&["convert", "--to", "safetensors", "--output", converted], options].concat())
    };
    let report = json_lines(&convert(&["--json"])).remove(0);
    let names: Vec<&str> = report["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["path"].as_str().unwrap().rsplit_once('/').unwrap().1)
        .collect();
    assert_eq!(
        names,
        ["config.json", "model.safetensors", "spm.model", "tokenizer.json", "tokenizer_config.json"]
    );
    let text = "fn main() {}";
    let expected = stdout(&run(&["classify", "--all", text]));
    assert_eq!(stdout(&run(&["--model", converted, "classify", "--all", text])), expected);
    assert!(failure(&convert(&[]), 1).contains("is there already"));
    assert!(failure(&run(&["convert", "--to", "onnx", "--output", converted]), 2).contains("tokenizer-json"));
}

#[test]
fn a_cache_that_is_written_anew_is_warned_about() {
    let cache = tempfile::tempdir().unwrap();
    let info = || run(&["info", "--packed-cache", cache.path().to_str().unwrap()]);
    stdout(&info());
    let file = std::fs::read_dir(cache.path()).unwrap().next().unwrap().unwrap().path();
    std::fs::write(&file, "damaged").unwrap();
    let output = info();
    let warning = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(warning.starts_with("deberta: warning: packed weights are written anew: "), "{warning}");
    stdout(&output);
}
