//! The way into the library from Java, and the way out: an error or a panic becomes a `DebertaException`.

use std::any::Any;
use std::error::Error as _;

use deberta::ErrorKind;
use jni::errors::{ErrorPolicy, JniError};
use jni::objects::{JObject, JObjectArray, JString, JThrowable};
use jni::refs::Global;
use jni::{Env, JValue, jni_sig, jni_str};

/// What ends a call.
#[derive(Debug)]
pub enum Failure {
    /// The library's error.
    Library(deberta::Error),
    /// What is wrong with the call itself.
    Call(ErrorKind, String),
    /// An exception that an observer threw.
    Thrown(Global<JThrowable<'static>>),
    /// A function of the JVM failed; most often there is an exception for it.
    Jni(jni::errors::Error),
}

pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    pub fn invalid_argument(message: impl Into<String>) -> Self {
        Self::Call(ErrorKind::InvalidArgument, message.into())
    }

    pub fn malformed_message() -> Self {
        let message = "a message between Java and the native library is malformed; their versions may differ";
        Self::Call(ErrorKind::Internal, message.into())
    }
}

impl From<deberta::Error> for Failure {
    fn from(error: deberta::Error) -> Self {
        Self::Library(error)
    }
}

impl From<jni::errors::Error> for Failure {
    fn from(error: jni::errors::Error) -> Self {
        Self::Jni(error)
    }
}

/// Throws what ended the call, and has it return null or 0, which nobody sees.
pub struct Throw;

impl<T: Default> ErrorPolicy<T, Failure> for Throw {
    type Captures<'local: 'method, 'method> = ();

    fn on_error<'local: 'method, 'method>(
        env: &mut Env<'local>,
        (): &mut (),
        failure: Failure,
    ) -> jni::errors::Result<T> {
        // What the JVM threw says more than anything that could be thrown in its place.
        if !env.exception_check() {
            match failure {
                Failure::Library(error) => throw(env, error.kind(), error.message(), &causes(&error))?,
                Failure::Call(kind, message) => throw(env, kind, &message, &[])?,
                Failure::Thrown(exception) => env.throw(&exception)?,
                Failure::Jni(error) => {
                    throw(env, kind_of(&error), &format!("a call of the JVM failed: {error}"), &[])?;
                }
            }
        }
        Ok(T::default())
    }

    fn on_panic<'local: 'method, 'method>(
        env: &mut Env<'local>,
        (): &mut (),
        payload: Box<dyn Any + Send + 'static>,
    ) -> jni::errors::Result<T> {
        let message = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
            (Some(message), _) => message,
            (_, Some(message)) => message.as_str(),
            _ => "no message",
        };
        if !env.exception_check() {
            let message = format!("a fault of libdeberta, please report it: {message}");
            throw(env, ErrorKind::Internal, &message, &[])?;
        }
        Ok(T::default())
    }
}

fn kind_of(error: &jni::errors::Error) -> ErrorKind {
    match error {
        jni::errors::Error::JniCall(JniError::NoMemory) => ErrorKind::OutOfMemory,
        _ => ErrorKind::Internal,
    }
}

/// The messages of an error's causes, the nearest first.
fn causes(error: &deberta::Error) -> Vec<String> {
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    causes
}

fn throw(env: &mut Env<'_>, kind: ErrorKind, message: &str, causes: &[String]) -> jni::errors::Result<()> {
    let message = env.new_string(message)?;
    let cause_texts = JObjectArray::<JString<'_>>::new(env, causes.len(), JString::null())?;
    for (index, cause) in causes.iter().enumerate() {
        let cause = env.new_string(cause)?;
        cause_texts.set_element(env, index, &cause)?;
    }
    let class = env.find_class(jni_str!("dev/deberta/DebertaException"))?;
    let exception = env.call_static_method(
        &class,
        jni_str!("of"),
        jni_sig!("(ILjava/lang/String;[Ljava/lang/String;)Ldev/deberta/DebertaException;"),
        &[JValue::Int(kind as i32), JValue::Object(&message), JValue::Object(&cause_texts)],
    )?;
    let exception: JObject<'_> = exception.l()?;
    let exception = env.cast_local::<JThrowable<'_>>(exception)?;
    env.throw(&exception)
}

/// Runs the body of a native method.
#[macro_export]
macro_rules! enter {
    ($env:ident, $body:expr) => {
        $env.with_env($body).resolve::<$crate::entry::Throw>()
    };
}
