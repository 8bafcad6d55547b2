use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Caches, ModelName, Preset};
use crate::config::Config;
use crate::error::ErrorKind;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn caches(variables: &[(&str, &str)]) -> Caches {
    let variables: HashMap<&str, OsString> =
        variables.iter().map(|(name, value)| (*name, OsString::from(value))).collect();
    Caches::from_variables(|name| variables.get(name).cloned(), Some("/home/someone".into()))
}

fn write(path: impl AsRef<Path>, text: &str) {
    std::fs::create_dir_all(path.as_ref().parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A folder with both caches in it.
struct Machine {
    folder: tempfile::TempDir,
    caches: Caches,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let caches = Caches {
            hugging_face: Some(folder.path().join("hub")),
            kaggle: Some(folder.path().join("kagglehub")),
            ..Caches::default()
        };
        Self { folder, caches }
    }

    /// A file of the cache of Hugging Face.
    fn hub(&self, path: &str) -> PathBuf {
        self.folder.path().join("hub").join(path)
    }

    /// A file of the base preset in the cache of kagglehub.
    fn kaggle(&self, path: &str) -> PathBuf {
        let variation = "kagglehub/models/keras/deberta_v3/keras/deberta_v3_base_en";
        self.folder.path().join(variation).join(path)
    }

    fn find(&self, name: &str) -> Result<PathBuf, String> {
        self.caches.locate(name).map_err(|error| error.to_string())
    }

    fn fails(&self, name: &str, part: &str) {
        let message = self.find(name).unwrap_err();
        assert!(message.contains(part), "{name}: {message}");
    }
}

#[test]
fn presets_have_the_published_parameter_counts() {
    /// Weights of the encoder, as KerasHub counts them.
    fn parameters(config: &Config) -> usize {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let dense = |input: usize, output: usize| input * output + output;
        let norm = 2 * hidden;
        let layer = 4 * dense(hidden, hidden) + dense(hidden, inner) + dense(inner, hidden) + 2 * norm;
        let embeddings = config.vocab_size * hidden + norm;
        let relative = 2 * config.span() * hidden + norm;
        embeddings + relative + config.num_hidden_layers * layer
    }
    let published = [
        ("deberta_v3_extra_small_en", "microsoft/deberta-v3-xsmall", 70_682_112),
        ("deberta_v3_small_en", "microsoft/deberta-v3-small", 141_304_320),
        ("deberta_v3_base_en", "microsoft/deberta-v3-base", 183_831_552),
        ("deberta_v3_large_en", "microsoft/deberta-v3-large", 434_012_160),
        ("deberta_v3_base_multi", "microsoft/mdeberta-v3-base", 278_218_752),
    ];
    for ((name, repository, count), preset) in published.into_iter().zip(Preset::ALL) {
        assert_eq!((name.parse::<Preset>().unwrap(), preset.name()), (preset, name));
        assert_eq!(preset.hugging_face().to_string(), repository);
        assert_eq!(preset.kaggle().to_string(), format!("keras/deberta_v3/keras/{name}"));
        assert_eq!(preset.parameters(), count, "{name}");
        assert_eq!(parameters(&preset.config().unwrap()) as u64, count, "{name}");
    }
}

#[test]
fn names_are_read() {
    let revision = format!("user/name@{COMMIT}");
    for (name, shown) in [
        ("deberta_v3_base_multi", "deberta_v3_base_multi"),
        ("microsoft/deberta-v3-base", "microsoft/deberta-v3-base"),
        ("hf://microsoft/deberta-v3-base@main", "microsoft/deberta-v3-base"),
        ("hf://a/b.c_d@refs/pr/7", "a/b.c_d@refs/pr/7"),
        ("user/name@v1.0+x@y", "user/name@v1.0+x@y"),
        (&revision, &revision),
        (
            "kaggle://keras/deberta_v3/keras/deberta_v3_base_en",
            "kaggle://keras/deberta_v3/keras/deberta_v3_base_en",
        ),
        ("kaggle://a/b/c/d/12", "kaggle://a/b/c/d/12"),
    ] {
        assert_eq!(name.parse::<ModelName>().unwrap().to_string(), shown);
    }
}

#[test]
fn malformed_names_are_refused() {
    let long = format!("user/{}", "x".repeat(92));
    for (name, part) in [
        ("", "USER/NAME"),
        ("bert", "deberta_v3_base_en"),
        ("deberta_v3_base_en@main", "USER/NAME"),
        ("../x/..", "../x/.."),
        ("hf://../x", "USER/NAME"),
        ("hf://user", "USER/NAME"),
        ("hf://user/", "USER/NAME"),
        ("hf://user/..", "USER/NAME"),
        ("hf://user/name/more", "USER/NAME"),
        ("user/na--me", "USER/NAME"),
        ("user/name.git", "USER/NAME"),
        ("user/na me", "USER/NAME"),
        ("user/na\\me", "USER/NAME"),
        ("user/na\0me", "USER/NAME"),
        (&long, "USER/NAME"),
        ("user/name@", "revision"),
        ("user/name@/etc", "revision"),
        ("user/name@../../x", "revision"),
        ("user/name@a//b", "revision"),
        ("user/name@a\\b", "revision"),
        ("user/name@a b", "revision"),
        ("user/name@main.lock", "revision"),
        ("gs://bucket/model", "gs://"),
        ("kaggle://a/b/c", "kaggle://OWNER"),
        ("kaggle://a/b/c/../1", "kaggle://OWNER"),
        ("kaggle://a/b/c/d/x", "kaggle://OWNER"),
        ("kaggle://a/b/c/d/0", "kaggle://OWNER"),
        ("kaggle://a/b/c/d/1/e", "kaggle://OWNER"),
        ("kaggle://a//c/d", "kaggle://OWNER"),
    ] {
        let error = name.parse::<ModelName>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{name}");
        assert!(error.message().contains(part), "{name}: {error}");
    }
}

#[test]
fn variables_name_the_caches_in_their_order() {
    let hub = |variables: &[(&str, &str)]| caches(variables).hugging_face.unwrap();
    let mut variables = vec![("XDG_CACHE_HOME", "/xdg")];
    assert_eq!(hub(&[]), Path::new("/home/someone/.cache/huggingface/hub"));
    assert_eq!(hub(&variables), Path::new("/xdg/huggingface/hub"));
    variables.push(("HF_HOME", "~/hf"));
    assert_eq!(hub(&variables), Path::new("/home/someone/hf/hub"));
    variables.push(("HUGGINGFACE_HUB_CACHE", "/old"));
    assert_eq!(hub(&variables), Path::new("/old"));
    variables.push(("HF_HUB_CACHE", "/new"));
    assert_eq!(hub(&variables), Path::new("/new"));
    assert_eq!(hub(&[("HF_HUB_CACHE", ""), ("HF_HOME", "/hf")]), Path::new("/hf/hub"));
    assert_eq!(caches(&variables).hugging_face_home.unwrap(), Path::new("/home/someone/hf"));
    assert_eq!(caches(&[]).kaggle.unwrap(), Path::new("/home/someone/.cache/kagglehub"));
    assert_eq!(caches(&[("KAGGLEHUB_CACHE", "/kaggle")]).kaggle.unwrap(), Path::new("/kaggle"));
    assert_eq!(Caches::from_variables(|_| None, None), Caches::default());
}

#[test]
fn the_cache_of_hugging_face_is_found_by_branch_tag_and_commit() {
    let machine = Machine::new();
    let repository = machine.hub("models--user--name");
    machine.fails("user/name", "there is no ");
    machine.fails("user/name", "`deberta fetch user/name`");
    machine.fails("user/name", repository.to_str().unwrap());

    let snapshot = repository.join("snapshots").join(COMMIT);
    write(snapshot.join("config.json"), "{}");
    let other = format!("user/name@{COMMIT}");
    machine.fails("user/name", "no revision \"main\"");
    machine.fails(&other, "has no weights");
    write(snapshot.join("pytorch_model.bin"), "");
    assert_eq!(machine.find(&other).unwrap(), snapshot);

    write(repository.join("refs/main"), COMMIT);
    write(repository.join("refs/refs/pr/1"), &format!("{COMMIT}\n"));
    for name in ["user/name", "hf://user/name", "user/name@refs/pr/1"] {
        assert_eq!(machine.find(name).unwrap(), snapshot, "{name}");
    }
    machine.fails("user/name@v2", "`deberta fetch user/name@v2`");
    std::fs::remove_file(snapshot.join("config.json")).unwrap();
    machine.fails("user/name", "no config.json");
}

#[test]
fn references_cannot_lead_out_of_the_cache() {
    let machine = Machine::new();
    let outside = machine.folder.path().join("outside");
    write(outside.join("config.json"), "{}");
    write(outside.join("model.safetensors"), "");
    let reference = machine.hub("models--user--name/refs/main");
    std::fs::create_dir_all(machine.hub("models--user--name/snapshots")).unwrap();
    for text in ["../../../outside", outside.to_str().unwrap(), "", "0123", &"0".repeat(1 << 20)] {
        write(&reference, text);
        machine.fails("user/name", "no revision");
    }
}

#[test]
fn the_cache_of_kagglehub_gives_the_highest_complete_version() {
    let machine = Machine::new();
    let name = "kaggle://keras/deberta_v3/keras/deberta_v3_base_en";
    machine.fails(name, "kagglehub.model_download(\"keras/deberta_v3/keras/deberta_v3_base_en\")");
    for version in ["2", "3", "10"] {
        write(machine.kaggle(version).join("config.json"), "{}");
        write(machine.kaggle(version).join("model.weights.h5"), "");
        write(machine.kaggle(version).join("assets/tokenizer/vocabulary.spm"), "");
    }
    machine.fails(name, "not complete");
    // All files at once.
    write(machine.kaggle("2.complete"), "");
    assert_eq!(machine.find(name).unwrap(), machine.kaggle("2"));
    // One by one.
    for file in ["config.json", "model.weights.h5"] {
        write(machine.kaggle(".complete/10").join(format!("{file}.complete")), "");
    }
    assert_eq!(machine.find(name).unwrap(), machine.kaggle("2"));
    write(machine.kaggle(".complete/10/assets/tokenizer/vocabulary.spm.complete"), "");
    assert_eq!(machine.find(name).unwrap(), machine.kaggle("10"));
    assert_eq!(machine.find(&format!("{name}/2")).unwrap(), machine.kaggle("2"));
    machine.fails(&format!("{name}/3"), "not complete");
    machine.fails(&format!("{name}/4"), "has no config.json");
}

#[test]
fn a_preset_is_looked_for_in_both_caches() {
    let machine = Machine::new();
    let message = machine.find("deberta_v3_base_en").unwrap_err();
    for part in ["models--microsoft--deberta-v3-base", "kagglehub", "`deberta fetch deberta_v3_base_en`"] {
        assert!(message.contains(part), "{message}");
    }
    write(machine.kaggle("3/config.json"), "{}");
    write(machine.kaggle("3/model.weights.h5"), "");
    write(machine.kaggle("3.complete"), "");
    assert_eq!(machine.find("deberta_v3_base_en").unwrap(), machine.kaggle("3"));

    let repository = machine.hub("models--microsoft--deberta-v3-base");
    let snapshot = repository.join("snapshots").join(COMMIT);
    write(repository.join("refs/main"), COMMIT);
    write(snapshot.join("config.json"), "{}");
    write(snapshot.join("model.safetensors"), "");
    assert_eq!(machine.find("deberta_v3_base_en").unwrap(), snapshot);
}

#[test]
fn folders_come_before_names_and_paths_are_no_names() {
    let machine = Machine::new();
    let folder = machine.folder.path().join("a folder");
    std::fs::create_dir(&folder).unwrap();
    assert_eq!(machine.find(folder.to_str().unwrap()).unwrap(), folder);
    write(folder.join("file"), "");
    machine.fails(folder.join("file").to_str().unwrap(), "is not a folder");
    for path in ["/nowhere/at/all", "./user/name", "../user/name", "~/model"] {
        let error = machine.caches.locate(path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.message().contains("there is no folder"), "{error}");
    }
    let error = machine.caches.locate("some/relative/path").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.message().contains("there is no folder some/relative/path"), "{error}");
    assert_eq!(Caches::default().locate("user/name").unwrap_err().kind(), ErrorKind::NotFound);
}
