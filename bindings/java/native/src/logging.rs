//! Log messages to a listener in Java.

use std::cell::Cell;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use jni::objects::{JClass, JObject};
use jni::refs::Global;
use jni::sys::jint;
use jni::{EnvUnowned, JValue, JavaVM, jni_mangle, jni_sig, jni_str};
use log::LevelFilter;

use crate::enter;
use crate::entry::{Failure, Result};

static LISTENER: RwLock<Option<Arc<Global<JObject<'static>>>>> = RwLock::new(None);

thread_local! {
    /// Whether the listener is running on this thread.
    static IN_LISTENER: Cell<bool> = const { Cell::new(false) };
}

struct ToListener;

impl log::Log for ToListener {
    fn enabled(&self, metadata: &log::Metadata) -> bool {
        // The jni crate speaks of attachments, which this logger makes.
        !metadata.target().starts_with("jni")
    }

    fn log(&self, record: &log::Record) {
        // A listener that causes messages would be called from itself.
        if !self.enabled(record.metadata()) || IN_LISTENER.get() {
            return;
        }
        let listener = LISTENER.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(listener) = listener else { return };
        IN_LISTENER.set(true);
        // Threads of the library are detached again, so that they do not keep the JVM from ending. What a listener throws
        // has no one to go to.
        let _ = JavaVM::singleton().and_then(|vm| {
            vm.attach_current_thread_for_scope(|env| {
                let target = env.new_string(record.target())?;
                let message = env.new_string(record.args().to_string())?;
                let level = JValue::Int(record.level() as jint);
                let arguments = [level, JValue::Object(&target), JValue::Object(&message)];
                let signature = jni_sig!("(ILjava/lang/String;Ljava/lang/String;)V");
                let outcome = env.call_method(&*listener, jni_str!("accept"), signature, &arguments);
                env.exception_clear();
                outcome.map(drop)
            })
        });
        IN_LISTENER.set(false);
    }

    fn flush(&self) {}
}

/// Sets who receives log messages up to a level: 0 for none, 1 for errors, to 5 for everything.
#[jni_mangle("dev.deberta.Native")]
pub fn set_log_listener<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    listener: JObject<'local>,
    level: jint,
) {
    enter!(env, |env| -> Result<()> {
        if IN_LISTENER.get() {
            return Err(Failure::invalid_argument("the log listener cannot be set from inside of it"));
        }
        static INSTALLED: OnceLock<bool> = OnceLock::new();
        INSTALLED.get_or_init(|| log::set_logger(&ToListener).is_ok());
        let listener = match listener.is_null() {
            true => None,
            false => Some(Arc::new(env.new_global_ref(&listener)?)),
        };
        let level = match level {
            _ if listener.is_none() => LevelFilter::Off,
            1 => LevelFilter::Error,
            2 => LevelFilter::Warn,
            3 => LevelFilter::Info,
            4 => LevelFilter::Debug,
            5 => LevelFilter::Trace,
            _ => LevelFilter::Off,
        };
        *LISTENER.write().unwrap_or_else(PoisonError::into_inner) = listener;
        log::set_max_level(level);
        Ok(())
    })
}
