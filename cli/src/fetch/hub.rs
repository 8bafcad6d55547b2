//! What the hub of Hugging Face says about repositories and files, and the files themselves.

use std::ffi::OsString;
use std::path::PathBuf;

use deberta::{Caches, HuggingFaceModel};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use ureq::Body;
use ureq::http::header::{CONTENT_LENGTH, ETAG};
use ureq::http::{HeaderMap, Method, Response, StatusCode};

use super::checksum::Checksum;
use super::client::{Client, OtherHosts, Problem, parse, persist};
use super::selection::check_name;
use crate::failure::Failure;

const DEFAULT_ENDPOINT: &str = "https://huggingface.co";
/// The list of a repository's files is a few kilobytes; that of the largest, a few megabytes.
const LARGEST_LIST: u64 = 64 << 20;
/// What stays as it is in one part of a path.
const PATH_PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The hub, or a mirror of it.
pub struct Hub {
    client: Client,
    endpoint: String,
    has_token: bool,
}

/// A commit of a repository.
#[derive(Deserialize)]
pub struct Revision {
    #[serde(rename = "sha")]
    pub commit: String,
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
}

/// A file of a commit, by its checksum.
pub struct RemoteFile {
    pub name: String,
    pub size: u64,
    pub checksum: Checksum,
    address: String,
}

impl Hub {
    /// The hub that `HF_ENDPOINT` names, with the token of `HF_TOKEN` or of the file of `huggingface-cli login`.
    pub fn from_environment(caches: &Caches) -> Result<Self, Failure> {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        if variable("HF_HUB_OFFLINE").is_some_and(|value| is_true(&value)) {
            return Err(Failure::Failed(
                "HF_HUB_OFFLINE is set, so nothing is fetched; unset it, or use a model that is on this machine".into(),
            ));
        }
        let endpoint = match variable("HF_ENDPOINT") {
            Some(endpoint) => endpoint.to_string_lossy().trim_end_matches('/').to_owned(),
            None => DEFAULT_ENDPOINT.to_owned(),
        };
        let home = parse(&endpoint).map_err(|failure| failure.within("HF_ENDPOINT"))?;
        let token =
            variable("HF_TOKEN").map(|token| token.to_string_lossy().trim().to_owned()).or_else(|| {
                let default = || Some(caches.hugging_face_home.as_ref()?.join("token"));
                let path = variable("HF_TOKEN_PATH").map(PathBuf::from).or_else(default)?;
                Some(std::fs::read_to_string(path).ok()?.trim().to_owned())
            });
        let token = token.filter(|token| !token.is_empty());
        Ok(Self { has_token: token.is_some(), client: Client::new(home, token), endpoint })
    }

    /// The commit that a revision is now.
    pub fn revision(&self, model: &HuggingFaceModel) -> Result<Revision, Failure> {
        let address = format!(
            "{}/api/models/{}/revision/{}",
            self.endpoint,
            model.repository(),
            utf8_percent_encode(model.revision(), PATH_PART)
        );
        let revision: Revision = persist(|| {
            let mut response =
                self.client.send(&Method::GET, &address, OtherHosts::Follow, |_| Vec::new())?;
            if response.status() != StatusCode::OK {
                return Err(self.refusal(model, &response).into());
            }
            let text =
                response.body_mut().with_config().limit(LARGEST_LIST).read_to_vec().map_err(|error| {
                    Problem::passing(format!("cannot read the answer of {address}: {error}"))
                })?;
            serde_json::from_slice(&text).map_err(|error| {
                Failure::Failed(format!(
                    "{address} does not answer as the hub does: {error}; check HF_ENDPOINT"
                ))
                .into()
            })
        })?;
        // It becomes the name of a folder.
        if revision.commit.len() != 40 || !revision.commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Failure::Failed(format!(
                "{address} names the commit {:?}, which is none",
                revision.commit
            )));
        }
        revision.siblings.iter().try_for_each(|sibling| check_name(&sibling.rfilename))?;
        Ok(revision)
    }

    /// What the hub says about a file of a commit.
    pub fn file(&self, model: &HuggingFaceModel, commit: &str, name: &str) -> Result<RemoteFile, Failure> {
        let parts: Vec<String> =
            name.split('/').map(|part| utf8_percent_encode(part, PATH_PART).to_string()).collect();
        let address =
            format!("{}/{}/resolve/{commit}/{}", self.endpoint, model.repository(), parts.join("/"));
        let response = persist(|| {
            let response = self.client.send(&Method::HEAD, &address, OtherHosts::Stop, |_| Vec::new())?;
            match response.status() {
                status if status.is_success() || status.is_redirection() => Ok(response),
                _ => Err(self.refusal(model, &response).into()),
            }
        })?;
        let headers = response.headers();
        // Large files are elsewhere: the headers that are not "linked" are those of the redirect.
        let etag = header(headers, "x-linked-etag").or_else(|| header(headers, ETAG.as_str()));
        let size = header(headers, "x-linked-size").or_else(|| header(headers, CONTENT_LENGTH.as_str()));
        match (etag.and_then(Checksum::from_etag), size.and_then(|size| size.parse().ok())) {
            (Some(checksum), Some(size)) => Ok(RemoteFile { name: name.to_owned(), size, checksum, address }),
            _ => Err(Failure::Failed(format!(
                "{address} comes without size or checksum, so that it could not be checked; use another HF_ENDPOINT"
            ))),
        }
    }

    /// The bytes of a file from an offset on, or all of them if the server does not do that or has another file.
    pub fn read(&self, file: &RemoteFile, offset: u64) -> Result<Response<Body>, Problem> {
        self.client.send(&Method::GET, &file.address, OtherHosts::Follow, |address| match offset {
            0 => Vec::new(),
            // Other hosts have their own tags for the same content; there the checksum alone decides.
            _ if self.client.is_home(address) => {
                vec![("range", format!("bytes={offset}-")), ("if-range", format!("\"{}\"", file.checksum))]
            }
            _ => vec![("range", format!("bytes={offset}-"))],
        })
    }

    /// Why the hub does not give what was asked for.
    fn refusal(&self, model: &HuggingFaceModel, response: &Response<Body>) -> Failure {
        let (endpoint, repository, status) = (&self.endpoint, model.repository(), response.status());
        let said = header(response.headers(), "x-error-message").unwrap_or_default();
        let token = match self.has_token {
            true => "use a token of an account that has access (HF_TOKEN)",
            false => "set HF_TOKEN to a token of an account that has access",
        };
        let code = header(response.headers(), "x-error-code").unwrap_or_default();
        let message = match (code, status) {
            ("GatedRepo", _) => {
                format!("{repository} is gated: ask for access at {endpoint}/{repository}, then {token}")
            }
            ("RevisionNotFound", _) => {
                format!(
                    "{repository} has no revision {:?}; its branches and tags are at {endpoint}/{repository}",
                    model.revision()
                )
            }
            ("EntryNotFound", _) => format!("{repository} lists a file that {endpoint} does not have"),
            // Whether a repository is not there or not for everyone is not told.
            ("RepoNotFound", _)
            | (_, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND) => {
                format!("{endpoint} has no model {repository}, or it is private: check the name, or {token}")
            }
            _ => format!("{endpoint} refuses to give {repository}"),
        };
        let said = if said.is_empty() { String::new() } else { format!(": {said}") };
        Failure::Failed(format!("{message} (HTTP status {status}{said})"))
    }
}

impl Revision {
    /// The names of its files.
    pub fn files(&self) -> Vec<&str> {
        self.siblings.iter().map(|sibling| sibling.rfilename.as_str()).collect()
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn is_true(value: &OsString) -> bool {
    let value = value.to_string_lossy().to_ascii_uppercase();
    ["1", "ON", "YES", "TRUE"].contains(&value.as_str())
}
