//! Requests over HTTP: redirects, the token, and what is worth another try.

use std::thread::sleep;
use std::time::Duration;

use ureq::http::header::{ACCEPT_ENCODING, AUTHORIZATION, LOCATION, RETRY_AFTER};
use ureq::http::{Method, Request, Response, StatusCode, Uri};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body, Proxy};

use crate::failure::Failure;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a server may be silent.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);
const MOST_REDIRECTS: usize = 5;
/// Failures in a row, without a byte received in between, after which there is no further try.
const MOST_FAILURES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Why a request did not succeed.
pub enum Problem {
    /// It may succeed if it is tried again, after the pause that the server asks for.
    Passing { message: String, pause: Option<Duration> },
    /// Another try would fail as well.
    Lasting(Failure),
}

impl Problem {
    pub fn passing(message: String) -> Self {
        Self::Passing { message, pause: None }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self::Lasting(failure)
    }
}

/// How often something failed in a row.
#[derive(Default)]
pub struct Patience {
    failures: u32,
}

impl Patience {
    /// Something went well.
    pub fn renew(&mut self) {
        self.failures = 0;
    }

    /// Waits before another try, each time longer; gives up if there were too many.
    pub fn wait(&mut self, problem: Problem) -> Result<(), Failure> {
        let (message, pause) = match problem {
            Problem::Passing { message, pause } => (message, pause),
            Problem::Lasting(failure) => return Err(failure),
        };
        self.failures += 1;
        if self.failures >= MOST_FAILURES {
            return Err(Failure::Failed(format!("{message}; gave up after {MOST_FAILURES} tries")));
        }
        let doubled = FIRST_PAUSE * 2u32.pow(self.failures - 1);
        sleep(pause.unwrap_or(doubled).min(LONGEST_PAUSE));
        Ok(())
    }
}

/// Tries until it succeeds or there is no hope.
pub fn persist<T>(mut attempt: impl FnMut() -> Result<T, Problem>) -> Result<T, Failure> {
    let mut patience = Patience::default();
    loop {
        match attempt() {
            Ok(value) => return Ok(value),
            Err(problem) => patience.wait(problem)?,
        }
    }
}

/// What to do about a redirect to another host.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum OtherHosts {
    /// Go there, without the token.
    Follow,
    /// Take the redirect itself as the answer.
    Stop,
}

/// Sends requests to one server and to where it redirects.
pub struct Client {
    agent: Agent,
    home: Uri,
    token: Option<String>,
}

impl Client {
    /// The token is sent to the server of `home` only. Proxies are those of the environment.
    pub fn new(home: Uri, token: Option<String>) -> Self {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = Agent::config_builder()
            .user_agent(concat!("deberta/", env!("CARGO_PKG_VERSION")))
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_recv_response(Some(SILENCE_TIMEOUT))
            .timeout_per_read(Some(SILENCE_TIMEOUT))
            .proxy(Proxy::try_from_env())
            .tls_config(tls)
            .build();
        Self { agent: config.into(), home, token }
    }

    /// Whether an address is one of the server that the client is for.
    pub fn is_home(&self, address: &Uri) -> bool {
        origin(address) == origin(&self.home)
    }

    /// Sends a request, and follows redirects. `headers` tells the headers for each address.
    pub fn send(
        &self,
        method: &Method,
        address: &str,
        others: OtherHosts,
        headers: impl Fn(&Uri) -> Vec<(&'static str, String)>,
    ) -> Result<Response<Body>, Problem> {
        let mut address = parse(address)?;
        for _ in 0..=MOST_REDIRECTS {
            let response = self.send_once(method, &address, headers(&address))?;
            if !response.status().is_redirection() {
                return Ok(response);
            }
            let target = redirect(&address, &response)?;
            if others == OtherHosts::Stop && !self.is_home(&target) {
                return Ok(response);
            }
            address = target;
        }
        Err(Failure::Failed(format!("{address} redirects again and again")).into())
    }

    fn send_once(
        &self,
        method: &Method,
        address: &Uri,
        headers: Vec<(&'static str, String)>,
    ) -> Result<Response<Body>, Problem> {
        // Lengths and checksums are those of the plain bytes.
        let mut request = Request::builder().method(method).uri(address).header(ACCEPT_ENCODING, "identity");
        if let Some(token) = self.token.as_ref().filter(|_| self.is_home(address)) {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(()).map_err(|error| {
            Failure::Failed(format!("cannot ask {address}: {error}; is the token whole?"))
        })?;
        let response = self.agent.run(request).map_err(|error| transport_problem(address, &error))?;
        let status = response.status();
        match status {
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {}
            _ if status.is_server_error() => {}
            _ => return Ok(response),
        }
        let seconds = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        Err(Problem::Passing {
            message: format!("{address} answers {status}"),
            pause: seconds.map(Duration::from_secs),
        })
    }
}

fn transport_problem(address: &Uri, error: &ureq::Error) -> Problem {
    let message = format!("cannot reach {address}: {error}");
    match error {
        // A certificate that is not trusted stays so.
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            Failure::Failed(message).into()
        }
        ureq::Error::Io(_)
        | ureq::Error::Timeout(_)
        | ureq::Error::ConnectionFailed
        | ureq::Error::HostNotFound
        | ureq::Error::Protocol(_) => Problem::passing(message),
        _ => Failure::Failed(message).into(),
    }
}

/// Reads the address of a server or of a file on it.
pub fn parse(address: &str) -> Result<Uri, Failure> {
    let parsed = address.parse::<Uri>().ok().filter(|uri| uri.host().is_some());
    parsed.filter(|uri| matches!(uri.scheme_str(), Some("http" | "https"))).ok_or_else(|| {
        Failure::Failed(format!("{address:?} is not an address that starts with https:// or http://"))
    })
}

/// Scheme, host and port.
fn origin(address: &Uri) -> (String, String, u16) {
    let scheme = address.scheme_str().unwrap_or_default().to_owned();
    let port = address.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    (scheme, address.host().unwrap_or_default().to_ascii_lowercase(), port)
}

/// Where a response sends its reader.
fn redirect(from: &Uri, response: &Response<Body>) -> Result<Uri, Failure> {
    let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
    match location {
        Some(path) if path.starts_with('/') && !path.starts_with("//") => {
            let base =
                (from.scheme_str().unwrap_or_default(), from.authority().map_or("", |host| host.as_str()));
            parse(&format!("{}://{}{path}", base.0, base.1))
        }
        Some(address) => parse(address),
        None => Err(Failure::Failed(format!("{from} redirects to nowhere"))),
    }
}
