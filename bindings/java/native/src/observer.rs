//! Java's observers, called from the library.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use deberta::{OpenObserver, RunObserver};
use jni::objects::{JObject, JThrowable};
use jni::refs::Global;
use jni::{Env, JValue, JavaVM, jni_sig, jni_str};

use crate::entry::{Failure, Result};

/// An observer, and the exception that it threw. Exceptions do not pass through Rust: the call is ended by cancelling it, and then
/// [`Self::finish`] throws anew.
#[derive(Clone)]
pub struct Observer {
    object: Option<Arc<Global<JObject<'static>>>>,
    thrown: Arc<Mutex<Option<Global<JThrowable<'static>>>>>,
}

impl Observer {
    /// `object` may be null: then nobody is told.
    pub fn new(env: &Env<'_>, object: &JObject<'_>) -> Result<Self> {
        let object = match object.is_null() {
            true => None,
            false => Some(Arc::new(env.new_global_ref(object)?)),
        };
        Ok(Self { object, thrown: Arc::default() })
    }

    /// Tells it how far a call is.
    pub fn of_run(&self) -> RunObserver {
        let Some(object) = self.object.clone() else { return RunObserver::default() };
        let observer = self.clone();
        RunObserver::new(move |progress| {
            observer.tell(|env| {
                let arguments =
                    [JValue::Int(progress.texts as i32), JValue::Int(progress.total_texts as i32)];
                let goes_on =
                    env.call_method(&*object, jni_str!("onProgress"), jni_sig!("(II)Z"), &arguments)?;
                goes_on.z()
            })
        })
    }

    /// Tells it how far an opening is.
    pub fn of_opening(&self) -> OpenObserver {
        let Some(object) = self.object.clone() else { return OpenObserver::default() };
        let observer = self.clone();
        OpenObserver::new(move |progress| {
            observer.tell(|env| {
                let stage = env.new_string(progress.stage.name())?;
                let arguments = [
                    JValue::Object(&stage),
                    JValue::Long(progress.bytes as i64),
                    JValue::Long(progress.total_bytes as i64),
                ];
                let signature = jni_sig!("(Ljava/lang/String;JJ)Z");
                let goes_on = env.call_method(&*object, jni_str!("onProgress"), signature, &arguments)?;
                goes_on.z()
            })
        })
    }

    /// The library observes on the thread that called, so that there is an attachment already.
    fn tell(&self, call: impl FnOnce(&mut Env<'_>) -> jni::errors::Result<bool>) -> ControlFlow<()> {
        let goes_on = JavaVM::singleton().and_then(|vm| {
            vm.attach_current_thread(|env| {
                let outcome = call(env);
                if let Some(exception) = env.exception_occurred() {
                    env.exception_clear();
                    let exception = env.new_global_ref(exception)?;
                    *self.thrown.lock().unwrap_or_else(PoisonError::into_inner) = Some(exception);
                }
                outcome
            })
        });
        match goes_on {
            Ok(true) => ControlFlow::Continue(()),
            Ok(false) | Err(_) => ControlFlow::Break(()),
        }
    }

    /// The result of the call, or the exception that ended it.
    pub fn finish<T>(&self, result: Result<T>) -> Result<T> {
        match self.thrown.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(exception) => Err(Failure::Thrown(exception)),
            None => result,
        }
    }
}
