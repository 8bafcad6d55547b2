//! `deberta fetch` against a hub on this machine, well-behaved or not.

mod hub;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use hub::{Behaviour, COMMIT, Hub, REPOSITORY, Reply, Request, git_checksum, sha256};

/// A cache, and the command that uses it.
struct Machine {
    folder: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("hub")
    }

    fn repository(&self) -> PathBuf {
        self.cache().join("models--user--name")
    }

    fn snapshot(&self) -> PathBuf {
        self.repository().join("snapshots").join(COMMIT)
    }

    fn command(&self, endpoint: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_deberta"));
        let proxies = ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "all_proxy", "https_proxy", "http_proxy"];
        for name in proxies.into_iter().chain(["HF_HUB_CACHE", "HF_TOKEN", "HF_TOKEN_PATH", "HF_HUB_OFFLINE"])
        {
            command.env_remove(name);
        }
        command.env("HF_HOME", self.folder.path()).env("HF_ENDPOINT", endpoint);
        command.args(arguments).stdin(Stdio::null());
        command
    }

    fn run(&self, endpoint: &str, arguments: &[&str]) -> Output {
        self.command(endpoint, arguments).output().unwrap()
    }

    fn fetch(&self, hub: &Hub) -> Output {
        self.run(&hub.endpoint, &["fetch", REPOSITORY, "--json"])
    }

    /// Whether nothing of a fetch can be seen by those who look for a model.
    fn is_empty(&self) -> bool {
        !self.repository().join("refs").exists() && !self.snapshot().join("model.safetensors").exists()
    }
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn report(output: &Output) -> Value {
    serde_json::from_str(&stdout(output)).unwrap()
}

/// The one line on stderr of a command that fails with this exit code.
#[track_caller]
fn failure(output: &Output, code: i32) -> String {
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    stderr
}

fn as_documented() -> Behaviour {
    Box::new(|_, _| {})
}

/// The first replies that fit are changed, as many as `times`.
fn at_first(
    times: usize,
    fits: impl Fn(&Request) -> bool + Send + Sync + 'static,
    change: impl Fn(&mut Reply) + Send + Sync + 'static,
) -> Behaviour {
    let done = AtomicUsize::new(0);
    Box::new(move |request, reply| {
        if fits(request) && done.fetch_add(1, Ordering::Relaxed) < times {
            change(reply);
        }
    })
}

fn always(
    fits: impl Fn(&Request) -> bool + Send + Sync + 'static,
    change: impl Fn(&mut Reply) + Send + Sync + 'static,
) -> Behaviour {
    at_first(usize::MAX, fits, change)
}

/// Requests for the content of a file from the server that has it.
fn content_requests(hub: &Hub, file: &str) -> Vec<Request> {
    let mut requests = hub.requests();
    requests
        .retain(|request| request.gets(file) && (request.is_to_storage || !file.ends_with(".safetensors")));
    requests
}

#[test]
fn a_fetched_model_opens_by_its_name_without_a_network() {
    let (machine, hub) = (Machine::new(), Hub::with_bundled_model(as_documented()));
    let output =
        machine.command(&hub.endpoint, &["fetch", REPOSITORY, "--json"]).env("HF_TOKEN", "secret").output();
    let report = report(&output.unwrap());
    assert_eq!(report["folder"], machine.snapshot().to_str().unwrap());
    assert_eq!((&report["commit"], &report["revision"]), (&Value::from(COMMIT), &Value::from("main")));
    let files = ["config.json", "model.safetensors", "spm.model", "tokenizer.json", "tokenizer_config.json"];
    assert_eq!(report["files"], Value::from(files.to_vec()));
    let total: usize = files.iter().map(|file| hub.file(file).len()).sum();
    assert_eq!(report["received_bytes"], total);

    // The token is for the hub alone.
    let requests = hub.requests();
    assert!(requests.iter().any(|request| request.is_to_storage));
    for request in &requests {
        let expected = (!request.is_to_storage).then_some("Bearer secret");
        assert_eq!(request.header("authorization"), expected, "{request:?}");
    }
    // The layout of huggingface_hub.
    assert_eq!(std::fs::read_to_string(machine.repository().join("refs/main")).unwrap(), COMMIT);
    for file in files {
        let (path, bytes) = (machine.snapshot().join(file), hub.file(file));
        let is_large = [".safetensors", ".model"].iter().any(|ending| file.ends_with(ending));
        let checksum = if is_large { sha256(bytes) } else { git_checksum(bytes) };
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "{file}");
        if cfg!(unix) {
            assert_eq!(std::fs::read_link(&path).unwrap(), Path::new("../../blobs").join(checksum));
        }
    }

    let nowhere = "http://127.0.0.1:1";
    for name in [REPOSITORY, "hf://user/name", &format!("{REPOSITORY}@{COMMIT}")] {
        let info = machine.run(nowhere, &["info", "--model", name, "--json"]);
        assert!(stdout(&info).contains("tokenizer_tokens"), "{name}");
    }
    let missing = machine.run(nowhere, &["info", "--model", "user/name@v1.0"]);
    assert!(failure(&missing, 1).contains("`deberta fetch user/name@v1.0`"));
}

#[test]
fn fetching_again_receives_nothing_and_revisions_are_kept_apart() {
    let (machine, hub) = (Machine::new(), Hub::with_bundled_model(as_documented()));
    stdout(&machine.fetch(&hub));
    assert_eq!(report(&machine.fetch(&hub))["received_bytes"], 0);
    for arguments in [&["fetch", "user/name@refs/pr/1"][..], &["fetch", REPOSITORY, "--revision", "v1.0"]] {
        let folder = stdout(&machine.run(&hub.endpoint, arguments));
        assert_eq!(folder.trim_end(), machine.snapshot().to_str().unwrap());
    }
    for reference in ["refs/pr/1", "v1.0"] {
        let path = machine.repository().join("refs").join(reference);
        assert_eq!(std::fs::read_to_string(path).unwrap(), COMMIT);
    }
    let with_readme = ["fetch", REPOSITORY, "--include", "*.md", "--json"];
    let report = report(&machine.run(&hub.endpoint, &with_readme));
    assert_eq!(report["received_bytes"], hub.file("README.md").len());
}

#[test]
fn cut_connections_are_resumed() {
    let fits = |request: &Request| request.is_to_storage && request.gets("model.safetensors");
    let hub = Hub::with_bundled_model(at_first(7, fits, |reply| reply.cut = Some(10_000)));
    let machine = Machine::new();
    assert!(machine.fetch(&hub).status.success());
    let requests = content_requests(&hub, "model.safetensors");
    // As long as something is received, there is no limit of tries.
    assert_eq!(requests.len(), 8);
    for (number, request) in requests.iter().enumerate().skip(1) {
        assert_eq!(request.header("range").unwrap(), format!("bytes={}-", number * 10_000));
        assert_eq!(request.header("if-range"), None);
    }
    let fits = |request: &Request| request.gets("tokenizer.json");
    let hub = Hub::with_bundled_model(at_first(1, fits, |reply| reply.cut = Some(100)));
    assert!(Machine::new().fetch(&hub).status.success());
    let second = &content_requests(&hub, "tokenizer.json")[1];
    let etag = format!("\"{}\"", git_checksum(hub.file("tokenizer.json")));
    assert_eq!(
        (second.header("range"), second.header("if-range")),
        (Some("bytes=100-"), Some(etag.as_str()))
    );
}

#[test]
fn a_later_fetch_goes_on_where_an_earlier_one_ended() {
    let of_another_file = |reply: &mut Reply| {
        reply.set("Content-Range", "bytes 0-9/10");
        reply.body.truncate(10);
    };
    let is_rest = |request: &Request| request.is_to_storage && request.header("range").is_some();
    for behaviour in [as_documented(), at_first(1, is_rest, of_another_file)] {
        let hub = Hub::with_bundled_model(behaviour);
        let bytes = hub.file("model.safetensors");
        for old in [&bytes[..70_000], &vec![7; 70_000], &vec![7; bytes.len()], &vec![7; bytes.len() + 1]] {
            let machine = Machine::new();
            let path = machine.repository().join("blobs").join(format!("{}.incomplete", sha256(bytes)));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, old).unwrap();
            assert!(machine.fetch(&hub).status.success());
            assert!(!path.exists());
            assert_eq!(std::fs::read(machine.snapshot().join("model.safetensors")).unwrap(), bytes);
        }
        let first = &content_requests(&hub, "model.safetensors")[0];
        assert_eq!(first.header("range"), Some("bytes=70000-"));
    }
}

#[test]
fn a_server_without_ranges_starts_anew() {
    let whole = std::fs::read(hub::bundled_model().join("model.safetensors")).unwrap();
    let behaviour: Behaviour = Box::new(move |request, reply| {
        if request.is_to_storage && request.gets("model.safetensors") {
            match request.header("range") {
                None => reply.cut = Some(5000),
                Some(_) => *reply = Reply::new(200, &[], &whole),
            }
        }
    });
    let (machine, hub) = (Machine::new(), Hub::with_bundled_model(behaviour));
    assert!(machine.fetch(&hub).status.success());
    assert_eq!(content_requests(&hub, "model.safetensors").len(), 2);
}

#[test]
fn wrong_content_is_refused_and_nothing_of_it_is_seen() {
    let refused = |part: &str, change: fn(&mut Reply)| {
        let fits = |request: &Request| request.is_to_storage && request.gets("model.safetensors");
        let (machine, hub) = (Machine::new(), Hub::with_bundled_model(always(fits, change)));
        let message = failure(&machine.fetch(&hub), 1);
        assert!(message.contains(part) && message.contains("model.safetensors"), "{message}");
        assert!(machine.is_empty());
        let info = machine.run(&hub.endpoint, &["info", "--model", REPOSITORY]);
        assert!(failure(&info, 1).contains("deberta fetch"));
    };
    refused("checksum", |reply| reply.body[12_345] ^= 1);
    refused("bytes, but the hub promised", |reply| reply.body.truncate(1000));
    refused("bytes, but the hub promised", |reply| reply.body.push(0));
    refused("larger than the hub promised", |reply| {
        // Chunks do not say how many there will be.
        let length = reply.body.len() + 10;
        reply.body = [format!("{length:x}\r\n").as_bytes(), &reply.body, b"0123456789\r\n0\r\n\r\n"].concat();
        reply.set("Transfer-Encoding", "chunked");
    });
}

#[test]
fn servers_that_are_busy_are_asked_again() {
    for status in [429, 500, 503] {
        let fits = |request: &Request| !request.is_to_storage;
        let busy = move |reply: &mut Reply| *reply = Reply::new(status, &[("Retry-After", "0")], b"busy");
        let (machine, hub) = (Machine::new(), Hub::with_bundled_model(at_first(3, fits, busy)));
        assert!(machine.fetch(&hub).status.success(), "{status}");
        let (machine, hub) = (Machine::new(), Hub::with_bundled_model(always(fits, busy)));
        let message = failure(&machine.fetch(&hub), 1);
        assert!(message.contains(&status.to_string()) && message.contains("gave up"), "{message}");
        assert_eq!(hub.requests().len(), 5);
    }
}

#[test]
fn refusals_say_what_to_do() {
    let machine = Machine::new();
    let hub = Hub::with_bundled_model(as_documented());
    for (name, part) in [("user/other", "HF_TOKEN"), ("user/name@v2", "no revision \"v2\"")] {
        let message = failure(&machine.run(&hub.endpoint, &["fetch", name]), 1);
        assert!(message.contains(part), "{message}");
    }
    let gated = always(
        |request| request.path.contains("resolve"),
        |reply| {
            *reply = Reply::new(403, &[("X-Error-Code", "GatedRepo"), ("X-Error-Message", "Ask first")], b"")
        },
    );
    let hub = Hub::with_bundled_model(gated);
    let message = failure(&machine.fetch(&hub), 1);
    for part in ["gated", "HF_TOKEN", "Ask first", &format!("{}/{REPOSITORY}", hub.endpoint)] {
        assert!(message.contains(part), "{message}");
    }
    let no_checksum =
        always(|request| request.path.ends_with("config.json"), |reply| reply.set("ETag", "\"1\""));
    let message = failure(&machine.fetch(&Hub::with_bundled_model(no_checksum)), 1);
    assert!(message.contains("without size or checksum"), "{message}");
    let around = always(|_| true, |reply| *reply = Reply::new(302, &[("Location", "/around")], b""));
    assert!(failure(&machine.fetch(&Hub::with_bundled_model(around)), 1).contains("again and again"));
    assert!(machine.is_empty());
}

#[test]
fn answers_that_are_not_the_hubs_are_refused() {
    let commit = format!("{{\"sha\": \"../../{COMMIT}\", \"siblings\": []}}");
    for (text, part) in [
        ("<html>", "HF_ENDPOINT"),
        ("{\"siblings\": []}", "HF_ENDPOINT"),
        (&commit, "commit"),
        (&format!("{{\"sha\": \"{COMMIT}\", \"siblings\": []}}"), "config.json"),
    ] {
        let text = text.to_owned();
        let change = move |reply: &mut Reply| *reply = Reply::new(200, &[], text.as_bytes());
        let (machine, hub) = (Machine::new(), Hub::with_bundled_model(always(|_| true, change)));
        let message = failure(&machine.fetch(&hub), 1);
        assert!(message.contains(part), "{message}");
        assert!(!machine.cache().exists());
    }
}

#[test]
fn names_that_lead_out_of_the_folder_are_refused() {
    for name in ["../x", "/etc/x", "a/../../x", "a\\..\\x", "..", "a//x"] {
        let files = [("config.json", &b"{}"[..]), ("model.safetensors", b""), (name, b"x")];
        let (machine, hub) = (Machine::new(), Hub::start(&files, as_documented()));
        let message = failure(&machine.run(&hub.endpoint, &["fetch", REPOSITORY, "--include", "*"]), 1);
        assert!(message.contains("lead out"), "{name}: {message}");
        assert!(!machine.cache().exists());
    }
}

#[test]
fn shards_come_with_their_index() {
    let index = br#"{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}"#;
    let files = [
        ("config.json", &b"{}"[..]),
        ("model-1.safetensors", b"one"),
        ("model-2.safetensors", b"two"),
        ("model-3.safetensors", b"three"),
        ("model.safetensors.index.json", index),
        ("pytorch_model.bin", b"not this"),
    ];
    let (machine, hub) = (Machine::new(), Hub::start(&files, as_documented()));
    let report = report(&machine.fetch(&hub));
    let expected =
        ["config.json", "model.safetensors.index.json", "model-1.safetensors", "model-2.safetensors"];
    assert_eq!(report["files"], Value::from(expected.to_vec()));

    let index = br#"{"weight_map": {"a": "../../../model.safetensors"}}"#;
    let files = [("config.json", &b"{}"[..]), ("model.safetensors.index.json", index)];
    let (machine, hub) = (Machine::new(), Hub::start(&files, as_documented()));
    assert!(failure(&machine.fetch(&hub), 1).contains("does not have"));
    assert!(machine.is_empty());
}

#[test]
fn keras_presets_come_with_their_assets() {
    let files = [
        ("assets/tokenizer/vocabulary.spm", &b"pieces"[..]),
        ("config.json", b"{}"),
        ("model.weights.h5", b"weights"),
        ("task.json", b"{}"),
        ("tokenizer.json", b"{}"),
    ];
    let (machine, hub) = (Machine::new(), Hub::start(&files, as_documented()));
    assert_eq!(report(&machine.fetch(&hub))["files"].as_array().unwrap().len(), files.len());
    for (name, bytes) in files {
        assert_eq!(std::fs::read(machine.snapshot().join(name)).unwrap(), bytes);
    }
}

#[test]
fn several_fetches_at_once_all_succeed() {
    let slow: Behaviour = Box::new(|request, _| {
        if request.is_to_storage {
            std::thread::sleep(std::time::Duration::from_millis(300));
        }
    });
    let (machine, hub) = (Machine::new(), Hub::with_bundled_model(slow));
    let start = || {
        let mut command = machine.command(&hub.endpoint, &["fetch", REPOSITORY, "--json"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let processes: Vec<_> = (0..4).map(|_| start()).collect();
    let reports: Vec<Value> =
        processes.into_iter().map(|process| report(&process.wait_with_output().unwrap())).collect();
    assert_eq!(content_requests(&hub, "model.safetensors").len(), 1);
    let received: u64 = reports.iter().map(|report| report["received_bytes"].as_u64().unwrap()).sum();
    let files = reports[0]["files"].as_array().unwrap();
    let total: usize = files.iter().map(|file| hub.file(file.as_str().unwrap()).len()).sum();
    assert_eq!(received, total as u64);
}

#[test]
fn what_cannot_be_fetched_is_said_before_anything_is_asked() {
    let (machine, hub) = (Machine::new(), Hub::with_bundled_model(as_documented()));
    let run = |arguments: &[&str]| machine.run(&hub.endpoint, arguments);
    let kaggle = "kaggle://keras/deberta_v3/keras/deberta_v3_base_en";
    let message = failure(&run(&["fetch", kaggle]), 1);
    assert!(
        message.contains("kagglehub.model_download(\"keras/deberta_v3/keras/deberta_v3_base_en\")"),
        "{message}"
    );
    for name in ["../x/..", "bert", "user/name@../x", "gs://a/b"] {
        failure(&run(&["fetch", name]), 2);
    }
    assert!(failure(&run(&["fetch", REPOSITORY, "--revision", "a b"]), 2).contains("a b"));
    let offline = machine.command(&hub.endpoint, &["fetch", REPOSITORY]).env("HF_HUB_OFFLINE", "1").output();
    assert!(failure(&offline.unwrap(), 1).contains("HF_HUB_OFFLINE"));
    assert!(failure(&machine.run("ftp://host", &["fetch", REPOSITORY]), 1).contains("HF_ENDPOINT"));
    assert!(hub.requests().is_empty());
}

#[test]
fn caches_that_cannot_be_written_to_are_named() {
    let (machine, hub) = (Machine::new(), Hub::with_bundled_model(as_documented()));
    let file = machine.folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let output = machine.command(&hub.endpoint, &["fetch", REPOSITORY]).env("HF_HUB_CACHE", &file).output();
    let message = failure(&output.unwrap(), 1);
    assert!(message.contains("HF_HUB_CACHE") && message.contains(file.to_str().unwrap()), "{message}");
}

#[test]
fn proxies_and_the_token_file_are_those_of_the_environment() {
    let (machine, hub) = (Machine::new(), Hub::with_bundled_model(as_documented()));
    std::fs::write(machine.folder.path().join("token"), "from a file\n").unwrap();
    let proxy = Hub::with_bundled_model(always(|_| true, |reply| *reply = Reply::new(403, &[], b"")));
    let fetch = |variables: &[(&str, &str)]| {
        let mut command = machine.command(&hub.endpoint, &["fetch", REPOSITORY]);
        command.envs(variables.iter().copied()).output().unwrap()
    };
    failure(&fetch(&[("HTTP_PROXY", &proxy.endpoint)]), 1);
    let host = hub.endpoint.trim_start_matches("http://");
    let first = &proxy.requests()[0];
    assert!(first.method == "CONNECT" && first.path == host, "{first:?}");
    assert!(hub.requests().is_empty());
    stdout(&fetch(&[("HTTP_PROXY", &proxy.endpoint), ("NO_PROXY", "127.0.0.1")]));
    assert_eq!(hub.requests()[0].header("authorization"), Some("Bearer from a file"));
}
