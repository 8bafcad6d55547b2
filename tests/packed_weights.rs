//! Packed weights in a file: the same bits with and without, and a reason for every file that does not fit.

mod common;

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;

use common::{goldens, instruction_sets};
use deberta::{Batch, ErrorKind, InstructionSet, LoadMode, Model, OpenOptions, Outputs, Precision};
use safetensors::SafeTensors;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// Names the directory for processes that this test starts of itself.
const CHILD: &str = "DEBERTA_TEST_PACKED_CACHE";
const PRECISIONS: [Precision; 4] = [Precision::Highest, Precision::High, Precision::Medium, Precision::Int8];

thread_local! {
    static WARNINGS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Keeps each thread's warnings.
struct Logger;

impl log::Log for Logger {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Warn
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            WARNINGS.with_borrow_mut(|warnings| warnings.push(record.args().to_string()));
        }
    }

    fn flush(&self) {}
}

/// What was logged on this thread since the last call.
fn warnings() -> String {
    WARNINGS.with_borrow_mut(std::mem::take).join("\n")
}

fn log_warnings() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&Logger).unwrap();
        log::set_max_level(log::LevelFilter::Warn);
    });
    warnings();
}

fn options(cache: Option<&Path>) -> OpenOptions {
    OpenOptions { threads: Some(2), packed_cache: cache.map(Path::to_owned), ..OpenOptions::default() }
}

fn open(folder: &Path, options: &OpenOptions) -> Model {
    Model::open(folder, options).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
}

/// The bits of everything that a model computes of two rows.
fn bits(model: &Model) -> Vec<u32> {
    let row =
        |length: u32, step: u32| (0..length).map(|index| (index * step + 5) % 90 + 4).collect::<Vec<_>>();
    let batch = Batch::from_rows(&[&row(21, 37), &row(5, 11)]).unwrap();
    let encoded = model.encode(&batch, Outputs { logits: true, ..Outputs::default() }).unwrap();
    let logits = encoded.logits().map_or(&[][..], |logits| &logits.values);
    encoded.last_hidden_state().iter().chain(logits).map(|value| value.to_bits()).collect()
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// A cache with the packed weights of a checkpoint, their file, and the bits that are right.
fn filled_cache(folder: &Path) -> (TempDir, PathBuf, Vec<u32>) {
    let cache = tempfile::tempdir().unwrap();
    let expected = bits(&open(folder, &options(None)));
    let model = open(folder, &options(Some(cache.path())));
    assert!(bits(&model) == expected);
    let path = model.info().packed_file.unwrap();
    assert_eq!(files(cache.path()), [path.as_path()]);
    (cache, path, expected)
}

/// A checkpoint that may be changed.
fn copied(checkpoint: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["config.json", "model.safetensors"] {
        fs::copy(goldens().join(checkpoint).join(name), folder.path().join(name)).unwrap();
    }
    folder
}

/// Where the data of a safetensors file start.
fn data_start(bytes: &[u8]) -> usize {
    8 + u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize
}

/// The file with a text in its header replaced by one of the same length, and the header's digest made right again.
fn forged(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let start = data_start(bytes);
    let header = String::from_utf8(bytes[8..start].to_vec()).unwrap();
    assert!(header.contains(from), "{from} in {header}");
    let header = header.replace(from, to);
    let digest = header.find(r#""header_sha256":""#).unwrap() + 17;
    let (before, after) = (&header[..digest], &header[digest + 64..]);
    let zeroed = [&bytes[..8], before.as_bytes(), "0".repeat(64).as_bytes(), after.as_bytes()].concat();
    let digits: String = Sha256::digest(&zeroed).iter().map(|byte| format!("{byte:02x}")).collect();
    [&bytes[..8], before.as_bytes(), digits.as_bytes(), after.as_bytes(), &bytes[start..]].concat()
}

#[test]
fn mapped_weights_give_the_same_bits() {
    for checkpoint in [
        "v3_shared",
        "v2_unshared",
        "conv_tanh_groups",
        "embedding_projection",
        "token_classification",
        "c2p_only",
        "p2c_only_shared",
        "head_size_20",
        "terms_without_relative",
        "bfloat16_stored",
        "sharded",
    ] {
        let folder = goldens().join(checkpoint);
        let cache = tempfile::tempdir().unwrap();
        for instruction_set in instruction_sets() {
            for precision in PRECISIONS {
                let options = |packed_cache, load_mode| OpenOptions {
                    precision,
                    instruction_set,
                    load_mode,
                    packed_cache,
                    ..options(None)
                };
                let directory = || Some(cache.path().join("made").join("by the model"));
                let raw = open(&folder, &options(None, LoadMode::MemoryMap));
                let expected = bits(&raw);
                let info = raw.info();
                assert!(info.packed_bytes > 0 && info.mapped_bytes == 0 && info.packed_file.is_none());
                let before = fs::read_dir(directory().unwrap()).map_or(0, Iterator::count);
                for opening in ["first", "second"] {
                    let mapped = open(&folder, &options(directory(), LoadMode::MemoryMap));
                    let what = format!("{checkpoint}, {instruction_set:?}, {precision}, {opening}");
                    assert!(bits(&mapped) == expected, "{what}");
                    let found = mapped.info();
                    assert_eq!((found.packed_bytes, found.mapped_bytes), (0, info.packed_bytes), "{what}");
                    assert_eq!(files(&directory().unwrap()).len(), before + 1, "{what}");
                    let name = found.packed_file.unwrap().file_name().unwrap().to_owned();
                    let part = format!("-{precision}-{}-v", info.instruction_set);
                    assert!(name.to_str().unwrap().contains(&part), "{name:?}");
                }
                let copied = open(&folder, &options(directory(), LoadMode::Copy));
                assert!(bits(&copied) == expected);
                let found = copied.info();
                assert_eq!((found.packed_bytes, found.mapped_bytes), (info.packed_bytes, 0));
                assert!(found.packed_file.is_some());
            }
        }
    }
}

#[test]
fn the_file_is_safetensors_with_aligned_tensors() {
    let (_cache, path, _) = filled_cache(&goldens().join("conv_tanh_groups"));
    let bytes = fs::read(&path).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let names = tensors.names();
    for name in ["encoder.layer.0.attention.queries_keys_values", "encoder.layer.0.attention.position_keys"] {
        assert!(names.contains(&name), "{names:?}");
    }
    for (_, tensor) in tensors.tensors() {
        let offset = tensor.data().as_ptr().addr() - bytes.as_ptr().addr();
        assert_eq!((offset % 64, tensor.data().len() % 64), (0, 0));
    }
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let metadata = header.metadata().as_ref().unwrap();
    assert_eq!(metadata["format"], "libdeberta packed weights");
    assert_eq!((metadata["precision"].as_str(), metadata["layout_version"].as_str()), ("highest", "1"));
    assert_eq!(metadata["instruction_set"], InstructionSet::available()[0].name());
}

/// Puts something in the place of the file, and opens: the reason is logged, the bits are right, the file is whole again.
fn rebuilt(
    folder: &Path,
    (cache, path, expected): &(TempDir, PathBuf, Vec<u32>),
    content: &[u8],
    reason: &str,
) {
    // By renaming, since the file may be mapped.
    let replacement = cache.path().join("replacement");
    fs::write(&replacement, content).unwrap();
    fs::rename(replacement, path).unwrap();
    warnings();
    let model = open(folder, &options(Some(cache.path())));
    let logged = warnings();
    assert!(logged.contains(reason) && logged.contains(path.to_str().unwrap()), "{reason}: {logged:?}");
    assert!(bits(&model) == *expected, "{reason}");
    assert_eq!(files(cache.path()), [path.as_path()]);
    open(folder, &options(Some(cache.path())));
    assert_eq!(warnings(), "");
}

#[test]
fn files_that_do_not_fit_are_written_anew() {
    log_warnings();
    let folder = goldens().join("v3_shared");
    let filled = filled_cache(&folder);
    let sound = fs::read(&filled.1).unwrap();
    let start = data_start(&sound);
    let (_, header) = SafeTensors::read_metadata(&sound).unwrap();
    let rebuilt = |content: &[u8], reason: &str| rebuilt(&folder, &filled, content, reason);

    let mut ends: Vec<_> = header.tensors().values().map(|info| start + info.data_offsets.1).collect();
    ends.sort_unstable();
    assert_eq!(ends.pop(), Some(sound.len()));
    rebuilt(&[], "is empty");
    for end in [1, 7, 8, 9, start / 2, start - 1, start, start + 1, sound.len() - 1].into_iter().chain(ends) {
        rebuilt(&sound[..end], "truncated");
    }
    rebuilt(&[&sound[..], &[0]].concat(), "goes on after the end");
    rebuilt(&[&sound[..], &sound[..]].concat(), "goes on after the end");
    rebuilt(&vec![0xa5; 4096], "not a safetensors file");
    rebuilt(&vec![0; 4096], "not valid JSON");
    rebuilt(&fs::read(folder.join("model.safetensors")).unwrap(), "holds no packed weights");

    // Every byte of the header counts: some of it changes the JSON, the rest its digest.
    for position in (8..start).step_by(97) {
        let mut damaged = sound.clone();
        damaged[position] ^= 1;
        rebuilt(&damaged, "");
    }
    let flip = |text: &str| {
        let mut damaged = sound.clone();
        let position = sound.windows(text.len()).position(|window| window == text.as_bytes()).unwrap();
        damaged[position + text.len() - 1] ^= 1;
        damaged
    };
    rebuilt(&flip("\"library_version\":\"0"), "header is damaged");
    rebuilt(&flip("\"sampled_sha256.encoder.layer.0.intermediate\":\""), "not valid JSON");

    for (from, to, reason) in [
        ("libdeberta packed weights", "libdeberta_packed_weights", "holds no packed weights"),
        ("\"layout_version\":\"1\"", "\"layout_version\":\"2\"", "made for layout_version \"2\""),
        ("\"precision\":\"highest\"", "\"precision\":\"mediumx\"", "made for precision \"mediumx\""),
        ("\"dense_format\":\"float32\"", "\"dense_format\":\"float64\"", "dense_format \"float64\""),
        ("\"dense_format\"", "\"danse_format\"", "metadata lack dense_format"),
        ("layer.0.intermediate\"", "layer.0.intermediatx\"", "\"encoder.layer.0.intermediate\" is missing"),
        ("\"sampled_sha256.encoder.layer.1.output", "\"sampled_sha265.encoder.layer.1.output", "no digest"),
        ("\"dtype\":\"F32\"", "\"dtype\":\"I32\"", "not what the model needs"),
    ] {
        rebuilt(&forged(&sound, from, to), reason);
    }

    // The first and the last block of a tensor are always sampled.
    for info in header.tensors().values() {
        for position in [info.data_offsets.0, info.data_offsets.1 - 1] {
            let mut damaged = sound.clone();
            damaged[start + position] ^= 0x40;
            rebuilt(&damaged, "are damaged");
        }
    }
}

#[test]
fn files_for_something_else_are_written_anew() {
    log_warnings();
    let folder = goldens().join("v3_shared");
    let filled = filled_cache(&folder);
    let elsewhere = tempfile::tempdir().unwrap();
    let other = |folder: &Path, options: OpenOptions| {
        let options = OpenOptions { packed_cache: Some(elsewhere.path().to_owned()), ..options };
        fs::read(open(folder, &options).info().packed_file.unwrap()).unwrap()
    };
    let precise = other(&folder, OpenOptions { precision: Precision::High, ..options(None) });
    rebuilt(&folder, &filled, &precise, "made for precision \"high\"");
    if instruction_sets() != [None] {
        let portable = Some(InstructionSet::Portable);
        let portable = other(&folder, OpenOptions { instruction_set: portable, ..options(None) });
        rebuilt(&folder, &filled, &portable, "made for instruction_set \"portable\"");
    }
    let foreign = other(&goldens().join("v2_unshared"), options(None));
    rebuilt(&folder, &filled, &foreign, "made of another model");
}

#[test]
fn a_changed_source_is_packed_anew() {
    log_warnings();
    let folder = copied("v3_shared");
    let filled = filled_cache(folder.path());
    let path = folder.path().join("model.safetensors");
    let opened = |count: usize| {
        let model = open(folder.path(), &options(Some(filled.0.path())));
        assert!(bits(&model) == bits(&open(folder.path(), &options(None))));
        assert_eq!(files(filled.0.path()).len(), count);
        bits(&model)
    };
    // A weight.
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 0x40;
    fs::write(&path, &bytes).unwrap();
    let keep_time = || fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    keep_time();
    assert!(opened(2) != filled.2);
    // The time alone.
    fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(modified - std::time::Duration::from_nanos(1000))
        .unwrap();
    opened(3);
    keep_time();
    opened(3);
    // The configuration.
    let config = folder.path().join("config.json");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(
        &config,
        text.replacen('{', "{ \"layer_norm_eps\": 1e-3,", 1).replacen(
            "\"layer_norm_eps\": 1e-07",
            "\"_\": 0",
            1,
        ),
    )
    .unwrap();
    opened(4);
    // What belongs to the changed model is put in the place of the first.
    fs::write(&config, &text).unwrap();
    bytes[last] ^= 0x40;
    fs::write(&path, &bytes).unwrap();
    keep_time();
    let other = files(filled.0.path()).into_iter().find(|path| *path != filled.1).unwrap();
    fs::rename(other, &filled.1).unwrap();
    assert!(opened(3) == filled.2);
    assert!(warnings().contains("made of another model, or config.json or the weights have changed"));
}

#[test]
fn directories_and_links_in_the_place_of_the_file() {
    log_warnings();
    let folder = goldens().join("v3_shared");
    let (cache, path, expected) = filled_cache(&folder);
    let options = options(Some(cache.path()));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let error = Model::open(&folder, &options).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(
        error.message().contains("remove what is there") && error.message().contains(path.to_str().unwrap())
    );
    assert!(warnings().contains("not a regular file"));
    assert_eq!(files(cache.path()), [path.as_path()]);
    fs::remove_dir(&path).unwrap();
    assert!(bits(&open(&folder, &options)) == expected);

    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        let target = tempfile::tempdir().unwrap().path().join("target");
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        // A link to a file that fits is followed.
        fs::rename(&path, &target).unwrap();
        symlink(&target, &path).unwrap();
        assert!(bits(&open(&folder, &options)) == expected);
        assert!(path.is_symlink() && warnings().is_empty());
        // One to another file, to nothing or to itself is replaced, and what it names is left alone.
        fs::write(&target, "precious").unwrap();
        for (link, reason) in
            [(&target, "safetensors"), (&target.join("gone"), "cannot read"), (&path, "cannot read")]
        {
            fs::remove_file(&path).unwrap();
            symlink(link, &path).unwrap();
            assert!(bits(&open(&folder, &options)) == expected);
            assert!(!path.is_symlink() && warnings().contains(reason), "{reason}");
            assert_eq!(fs::read_to_string(&target).unwrap(), "precious");
        }
    }
}

#[test]
fn directories_that_cannot_be_written_to() {
    let folder = goldens().join("v3_shared");
    let (cache, path, expected) = filled_cache(&folder);
    let file = cache.path().join("file");
    fs::write(&file, "").unwrap();
    for directory in [file.clone(), file.join("below")] {
        let error = Model::open(&folder, &options(Some(&directory))).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Io);
        for part in [directory.to_str().unwrap(), "cannot write packed weights", "deberta pack"] {
            assert!(error.message().contains(part), "{error}");
        }
    }
    let error = Model::open(&folder, &options(Some(Path::new("")))).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let permit = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        permit(&path, 0o444);
        permit(cache.path(), 0o555);
        assert!(bits(&open(&folder, &options(Some(cache.path())))) == expected);
        // The superuser may write all the same.
        if fs::write(cache.path().join("probe"), "").is_err() {
            let other = Model::open(goldens().join("v2_unshared"), &options(Some(cache.path())));
            assert_eq!(other.err().unwrap().kind(), ErrorKind::Io);
        }
        permit(cache.path(), 0o755);
    }
}

/// Opens the model in a process of its own, for the test below.
#[test]
fn one_of_several_processes() {
    let Some(cache) = std::env::var_os(CHILD) else { return };
    let folder = goldens().join("v3_shared");
    let model = open(&folder, &options(Some(Path::new(&cache))));
    assert!(bits(&model) == bits(&open(&folder, &options(None))));
    assert!(model.info().mapped_bytes > 0);
}

#[test]
fn processes_that_write_at_once_all_succeed() {
    for _ in 0..3 {
        let cache = tempfile::tempdir().unwrap();
        let start = || {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "one_of_several_processes"])
                .env(CHILD, cache.path())
                .stdout(std::process::Stdio::null())
                .spawn()
                .unwrap()
        };
        let children: Vec<_> = (0..4).map(|_| start()).collect();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        let files = files(cache.path());
        assert_eq!(files.len(), 1, "{files:?}");
    }
}

#[test]
fn threads_that_write_at_once_all_succeed() {
    let folder = goldens().join("v3_shared");
    let expected = bits(&open(&folder, &options(None)));
    let cache = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert!(bits(&open(&folder, &options(Some(cache.path())))) == expected));
        }
    });
    assert_eq!(files(cache.path()).len(), 1);
}

#[test]
fn a_directory_that_pack_made_is_only_read() {
    log_warnings();
    let folder = copied("v3_shared");
    let output = tempfile::tempdir().unwrap();
    let directory = output.path().join("packed");
    let (raw, cached) = (options(None), options(Some(&directory)));
    let error = Model::verify_packed(folder.path(), &directory, &raw).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let report = Model::pack(folder.path(), &directory, &raw).unwrap();
    let there = files(&directory);
    assert_eq!(report.bytes, fs::metadata(&report.path).unwrap().len());
    assert!(there.len() == 2 && there.contains(&report.path));
    let model = open(folder.path(), &cached);
    assert_eq!(model.info().packed_file.as_ref(), Some(&report.path));
    assert!(bits(&model) == bits(&open(folder.path(), &raw)));
    let verified = Model::verify_packed(folder.path(), &directory, &raw).unwrap();
    assert_eq!((verified.bytes, verified.tensors), (report.bytes, report.tensors));

    let refused = |options: &OpenOptions, kind, part: &str| {
        let error = Model::open(folder.path(), options).err().unwrap();
        assert!(error.kind() == kind && error.message().contains(part), "{part}: {error}");
        assert_eq!(files(&directory), there);
        assert_eq!(warnings(), "");
    };
    let name = report.path.file_name().unwrap().to_str().unwrap();
    refused(&OpenOptions { precision: Precision::High, ..cached.clone() }, ErrorKind::NotFound, name);
    let sound = fs::read(&report.path).unwrap();
    fs::write(&report.path, &sound[..sound.len() / 2]).unwrap();
    refused(&cached, ErrorKind::InvalidCheckpoint, "truncated");
    fs::write(&report.path, &sound).unwrap();
    fs::write(folder.path().join("config.json"), {
        let text = fs::read_to_string(folder.path().join("config.json")).unwrap();
        text + "\n"
    })
    .unwrap();
    refused(&cached, ErrorKind::NotFound, "config.json or the weights have changed");
}

#[test]
fn verifying_reads_every_byte() {
    let folder = goldens().join("v3_shared");
    let (cache, path, _) = filled_cache(&folder);
    let sound = fs::read(&path).unwrap();
    for position in (0..sound.len()).step_by(sound.len() / 150) {
        let mut damaged = sound.clone();
        damaged[position] ^= 1;
        fs::remove_file(&path).unwrap();
        fs::write(&path, damaged).unwrap();
        let error = Model::verify_packed(&folder, cache.path(), &options(None)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidCheckpoint, "{position}: {error}");
    }
    fs::write(&path, &sound).unwrap();
    Model::verify_packed(&folder, cache.path(), &options(None)).unwrap();
}

#[test]
fn random_weights_are_not_kept() {
    let config = fs::read_to_string(goldens().join("v3_shared/config.json")).unwrap();
    let config = deberta::Config::from_json(&config, "test").unwrap();
    let cache = tempfile::tempdir().unwrap();
    let error = Model::random(config, 1, &options(Some(cache.path()))).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}
