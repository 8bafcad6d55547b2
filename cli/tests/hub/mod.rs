//! A hub as huggingface.co is one: an API, small files with the checksum of git, large ones on another server.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde_json::json;
use sha1::Sha1;
use sha2::{Digest, Sha256};

pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
pub const REPOSITORY: &str = "user/name";

/// What came over a connection.
#[derive(Clone, Debug)]
pub struct Request {
    pub is_to_storage: bool,
    pub method: String,
    pub path: String,
    headers: BTreeMap<String, String>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Whether the content of this file is asked for.
    pub fn gets(&self, file: &str) -> bool {
        self.method == "GET" && self.path.ends_with(&format!("/{file}"))
    }
}

/// What goes back.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// The connection ends after as many bytes of the body.
    pub cut: Option<usize>,
}

impl Reply {
    pub fn new(status: u16, headers: &[(&'static str, &str)], body: &[u8]) -> Self {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self { status, headers, body: body.to_vec(), cut: None }
    }

    pub fn set(&mut self, name: &'static str, value: &str) {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_owned()));
    }

    fn send(&self, is_head: bool, mut stream: TcpStream) {
        let mut text = format!("HTTP/1.1 {} Status\r\nConnection: close\r\n", self.status);
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        if !self.headers.iter().any(|(name, _)| *name == "Transfer-Encoding") {
            text += &format!("Content-Length: {}\r\n", self.body.len());
        }
        let body = if is_head { &[] } else { &self.body[..self.cut.unwrap_or(self.body.len())] };
        // Clients may go away at any time.
        let _ = stream.write_all((text + "\r\n").as_bytes()).and_then(|()| stream.write_all(body));
    }
}

/// Changes the reply to a request.
pub type Behaviour = Box<dyn Fn(&Request, &mut Reply) + Send + Sync>;

/// The files of one repository, and the requests for them.
struct State {
    files: BTreeMap<String, Vec<u8>>,
    behaviour: Behaviour,
    storage: String,
    requests: Mutex<Vec<Request>>,
}

/// Two servers: the hub, and the storage of large files.
pub struct Hub {
    pub endpoint: String,
    state: Arc<State>,
}

impl Hub {
    pub fn start(files: &[(&str, &[u8])], behaviour: Behaviour) -> Self {
        let (hub, storage) = (listen(), listen());
        let address = |listener: &TcpListener| format!("http://{}", listener.local_addr().unwrap());
        let endpoint = address(&hub);
        let state = Arc::new(State {
            files: files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect(),
            behaviour,
            storage: address(&storage),
            requests: Mutex::default(),
        });
        for (listener, is_storage) in [(hub, false), (storage, true)] {
            let state = Arc::clone(&state);
            std::thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    let state = Arc::clone(&state);
                    std::thread::spawn(move || state.serve(is_storage, stream));
                }
            });
        }
        Self { endpoint, state }
    }

    /// With the bundled model as its repository.
    pub fn with_bundled_model(behaviour: Behaviour) -> Self {
        let entries = std::fs::read_dir(bundled_model()).unwrap().map(Result::unwrap);
        let files: Vec<(String, Vec<u8>)> = entries
            .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
            .collect();
        let files: Vec<(&str, &[u8])> =
            files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        Self::start(&files, behaviour)
    }

    pub fn requests(&self) -> Vec<Request> {
        self.state.requests.lock().unwrap().clone()
    }

    pub fn file(&self, name: &str) -> &[u8] {
        &self.state.files[name]
    }
}

pub fn bundled_model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("models/code-language")
}

/// As git names a content.
pub fn git_checksum(bytes: &[u8]) -> String {
    hexadecimal(&Sha1::new_with_prefix(format!("blob {}\0", bytes.len())).chain_update(bytes).finalize())
}

pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}

/// Git LFS has these.
fn is_large(name: &str) -> bool {
    [".safetensors", ".model", ".bin", ".h5"].iter().any(|ending| name.ends_with(ending))
}

impl State {
    fn serve(&self, is_to_storage: bool, stream: TcpStream) {
        let Some(request) = read_request(is_to_storage, &stream) else { return };
        self.requests.lock().unwrap().push(request.clone());
        let mut reply = if is_to_storage { self.store(&request) } else { self.answer(&request) };
        (self.behaviour)(&request, &mut reply);
        reply.send(request.method == "HEAD", stream);
    }

    /// What the hub answers.
    fn answer(&self, request: &Request) -> Reply {
        let api = format!("/api/models/{REPOSITORY}/revision/");
        if let Some(revision) = request.path.strip_prefix(&api) {
            if !["main", "v1.0", "refs%2Fpr%2F1", COMMIT].contains(&revision) {
                return Reply::new(404, &[("X-Error-Code", "RevisionNotFound")], b"");
            }
            let siblings: Vec<_> = self.files.keys().map(|name| json!({"rfilename": name})).collect();
            let text = json!({"id": REPOSITORY, "sha": COMMIT, "private": false, "siblings": siblings});
            return Reply::new(200, &[("Content-Type", "application/json")], text.to_string().as_bytes());
        }
        let Some(name) = request.path.strip_prefix(&format!("/{REPOSITORY}/resolve/{COMMIT}/")) else {
            // Nobody is told whether a repository is not there or private.
            return Reply::new(
                401,
                &[("X-Error-Code", "RepoNotFound"), ("X-Error-Message", "Not found")],
                b"",
            );
        };
        let Some(bytes) = self.files.get(name) else {
            return Reply::new(404, &[("X-Error-Code", "EntryNotFound")], b"");
        };
        if is_large(name) {
            let location = format!("{}/storage/{name}", self.storage);
            let (etag, size) = (format!("\"{}\"", sha256(bytes)), bytes.len().to_string());
            let headers = [
                ("Location", location.as_str()),
                ("ETag", "\"of the redirect\""),
                ("X-Linked-Etag", &etag),
                ("X-Linked-Size", &size),
                ("X-Repo-Commit", COMMIT),
            ];
            return Reply::new(302, &headers, b"Found. Redirecting");
        }
        let etag = format!("\"{}\"", git_checksum(bytes));
        let is_same = request.header("if-range").is_none_or(|known| known == etag);
        let mut reply = content(request, bytes, is_same);
        reply.set("ETag", &etag);
        reply.set("X-Repo-Commit", COMMIT);
        reply
    }

    /// What the storage answers, which knows nothing of the hub's checksums.
    fn store(&self, request: &Request) -> Reply {
        let bytes = request.path.strip_prefix("/storage/").and_then(|name| self.files.get(name));
        let is_same = request.header("if-range").is_none();
        bytes.map_or_else(|| Reply::new(404, &[], b""), |bytes| content(request, bytes, is_same))
    }
}

/// The part of a content that a request wants.
fn content(request: &Request, bytes: &[u8], is_same: bool) -> Reply {
    let range = request.header("range").filter(|_| is_same);
    let start = range.and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    match start {
        None => Reply::new(200, &[], bytes),
        Some(start) if start < bytes.len() => {
            let range = format!("bytes {start}-{}/{}", bytes.len() - 1, bytes.len());
            Reply::new(206, &[("Content-Range", &range)], &bytes[start..])
        }
        Some(_) => Reply::new(416, &[], b""),
    }
}

fn read_request(is_to_storage: bool, stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream.take(1 << 16)).lines();
    let first = lines.next()?.ok()?;
    let mut parts = first.split(' ');
    let (method, path) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    let headers = lines.map_while(Result::ok).take_while(|line| !line.is_empty());
    let headers = headers.filter_map(|line| {
        line.split_once(':').map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
    });
    Some(Request { is_to_storage, method, path, headers: headers.collect() })
}
