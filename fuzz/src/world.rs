//! What all sequences of calls share: folders to open, good and damaged, and models that stay open.

use std::ffi::CString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr;

use deberta::capi::*;

/// Folders of the repository that open fast.
const CHECKPOINTS: [&str; 4] =
    ["v3_shared", "token_classification", "absolute_positions", "embedding_projection"];

/// Those with a head for each kind of task.
const TASKS: [&str; 6] =
    ["regression", "v3_shared", "token_classification", "question_answering", "masked_lm", "multiple_choice"];

/// A folder to open a model or a tokenizer from.
pub struct Folder {
    pub path: PathBuf,
    /// Whether opening takes so long that a sequence of calls may do it only once.
    pub slow: bool,
}

pub struct World {
    /// The slow ones last.
    pub folders: Vec<Folder>,
    /// Where a path of arbitrary bytes starts.
    pub scratch: PathBuf,
    pub models: Vec<*mut deberta_model>,
    pub tokenizers: Vec<*mut deberta_tokenizer>,
}

// SAFETY: the header lets every thread use every handle.
unsafe impl Send for World {}
// SAFETY: as above.
unsafe impl Sync for World {}

impl World {
    /// Writes the damaged folders to `scratch`, where they are not yet, and opens the models.
    pub fn new(repository: &Path, scratch: &Path) -> Self {
        let goldens = repository.join("tests/goldens");
        let checkpoints = CHECKPOINTS.map(|name| goldens.join(name));
        let code_language = repository.join("models/code-language");
        let lower_punct = goldens.join("tokenizer/lower_punct");
        let mut models = vec![
            open_model(&checkpoints[0], 1),
            open_model(&checkpoints[0], 2),
            open_model(&checkpoints[1], 2),
            open_model(&checkpoints[2], 1),
            open_model(&checkpoints[3], 1),
            open_model(&code_language, 1),
            open_model(&code_language, 2),
        ];
        models.extend(TASKS.map(|name| open_model(&with_tokenizer(&goldens, name, scratch), 1)));
        let tokenizers = vec![open_tokenizer(&lower_punct)];

        let damaged = damage(&checkpoints[1], &lower_punct, scratch);
        let missing = scratch.join("missing");
        let fast = checkpoints.into_iter().chain(damaged).chain([missing]);
        let mut folders: Vec<Folder> = fast.map(|path| Folder { path, slow: false }).collect();
        folders.extend([code_language, lower_punct].map(|path| Folder { path, slow: true }));
        Self { folders, scratch: scratch.to_owned(), models, tokenizers }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // SAFETY: each was opened by `new`, and no session is left that uses it.
        unsafe {
            self.models.iter().for_each(|&model| deberta_model_free(model));
            self.tokenizers.iter().for_each(|&tokenizer| deberta_tokenizer_free(tokenizer));
        }
    }
}

/// A path as C has it.
pub fn c_path(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).expect("a path without NUL")
}

fn open_model(folder: &Path, threads: u32) -> *mut deberta_model {
    let options = deberta_open_options {
        struct_size: size_of::<deberta_open_options>(),
        precision: 0,
        instruction_set: 0,
        load_mode: 0,
        threads,
        tensor_prefix: ptr::null(),
        tensor_prefix_length: 0,
        packed_cache_directory: ptr::null(),
        random_weights: 0,
        tokenizer_mode: 0,
        random_seed: 0,
        open_callback: None,
        open_callback_data: ptr::null_mut(),
    };
    let mut model = ptr::null_mut();
    // SAFETY: every pointer is valid.
    let status =
        unsafe { deberta_model_open(c_path(folder).as_ptr(), &options, &mut model, ptr::null_mut()) };
    assert_eq!(status, deberta_status::Ok, "opening {}", folder.display());
    model
}

fn open_tokenizer(folder: &Path) -> *mut deberta_tokenizer {
    let mut tokenizer = ptr::null_mut();
    // SAFETY: every pointer is valid.
    let status = unsafe { deberta_tokenizer_open(c_path(folder).as_ptr(), &mut tokenizer, ptr::null_mut()) };
    assert_eq!(status, deberta_status::Ok, "opening {}", folder.display());
    tokenizer
}

/// Names and contents.
type Files = Vec<(&'static str, Vec<u8>)>;

/// A copy of a checkpoint, with a small tokenizer.
fn with_tokenizer(goldens: &Path, name: &str, scratch: &Path) -> PathBuf {
    let checkpoint = goldens.join(name);
    let files = vec![
        ("config.json", read(&checkpoint, "config.json")),
        ("model.safetensors", read(&checkpoint, "model.safetensors")),
        ("tokenizer.json", read(goldens, "task_tokenizer.json")),
    ];
    write_folder(scratch, &format!("{name}_with_tokenizer"), files)
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    let path = folder.join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Folders in which one file each is not what it should be.
fn damage(checkpoint: &Path, tokenizer: &Path, scratch: &Path) -> Vec<PathBuf> {
    let config = read(checkpoint, "config.json");
    let weights = read(checkpoint, "model.safetensors");
    let tokenizer = read(tokenizer, "tokenizer.json");
    let half = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();
    let absurd = String::from_utf8_lossy(&config).replace("\"hidden_size\": ", "\"hidden_size\": 9999999");
    assert_ne!(absurd.as_bytes(), config, "config.json has no hidden_size");
    let mut long_header = weights.clone();
    long_header[..8].fill(0x7F);

    let good_weights = || ("model.safetensors", weights.clone());
    let good_config = || ("config.json", config.clone());
    let folders: [(&str, Files); 9] = [
        ("empty", vec![]),
        ("no_weights", vec![good_config()]),
        ("truncated_weights", vec![good_config(), ("model.safetensors", half(&weights))]),
        ("long_header", vec![good_config(), ("model.safetensors", long_header)]),
        ("truncated_config", vec![good_weights(), ("config.json", half(&config))]),
        ("absurd_config", vec![good_weights(), ("config.json", absurd.into_bytes())]),
        ("truncated_tokenizer", vec![good_config(), good_weights(), ("tokenizer.json", half(&tokenizer))]),
        ("empty_tokenizer", vec![good_config(), good_weights(), ("tokenizer.json", b"{}".to_vec())]),
        ("folder_as_file", vec![good_config(), ("model.safetensors/inside", vec![])]),
    ];
    folders.into_iter().map(|(name, files)| write_folder(scratch, name, files)).collect()
}

/// Writes a folder to `scratch` if it is not there yet.
fn write_folder(scratch: &Path, name: &str, files: Files) -> PathBuf {
    let folder = scratch.join(name);
    if !folder.exists() {
        // Another process that starts at the same time finds the folder whole or not at all.
        let new = scratch.join(format!("{name}.{}", std::process::id()));
        fs::create_dir_all(&new).expect("a folder to write to");
        for (file, bytes) in files {
            let path = new.join(file);
            fs::create_dir_all(path.parent().expect("a file in a folder")).expect("a folder");
            fs::write(path, bytes).expect("a file in a folder");
        }
        if fs::rename(&new, &folder).is_err() {
            assert!(folder.exists(), "{} could not be made", folder.display());
        }
    }
    folder
}
