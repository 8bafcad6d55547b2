//! Opening, closing, and what a model is.

use std::ptr;

use deberta::{Cancellation, InstructionSet, Model, ProblemType};
use jni::objects::{JByteArray, JClass, JFloatArray, JIntArray, JObject, JString};
use jni::sys::{jboolean, jlong};
use jni::{Env, EnvUnowned, jni_mangle};

use crate::array;
use crate::enter;
use crate::entry::Result;
use crate::handle;
use crate::message::{Reader, Writer};
use crate::observer::Observer;
use crate::options;
use crate::results::head;

fn open<'local>(
    env: &mut Env<'local>,
    request: &JByteArray<'_>,
    observer: &JObject<'_>,
    open: impl FnOnce(&mut Reader<'_>, &Observer) -> Result<Model>,
) -> Result<jlong> {
    let request = env.convert_byte_array(request)?;
    let observer = Observer::new(env, observer)?;
    observer.finish(open(&mut Reader::new(&request), &observer)).map(handle::hand_over)
}

#[jni_mangle("dev.deberta.Native")]
pub fn open_model<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    request: JByteArray<'local>,
    observer: JObject<'local>,
) -> jlong {
    enter!(env, |env| open(env, &request, &observer, |reader, observer| {
        let folder = reader.text()?;
        Ok(Model::open(folder, &options::open(reader, observer)?)?)
    }))
}

#[jni_mangle("dev.deberta.Native")]
pub fn open_preset<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    request: JByteArray<'local>,
    observer: JObject<'local>,
) -> jlong {
    enter!(env, |env| open(env, &request, &observer, |reader, observer| {
        let name = reader.text()?;
        Ok(Model::from_preset(name, &options::open(reader, observer)?)?)
    }))
}

#[jni_mangle("dev.deberta.Native")]
pub fn open_backbone<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    request: JByteArray<'local>,
    observer: JObject<'local>,
) -> jlong {
    enter!(env, |env| open(env, &request, &observer, |reader, observer| {
        let backbone = options::backbone(reader)?;
        let options = options::open(reader, observer)?;
        Ok(Model::from_backbone(&backbone, options.random_weights.unwrap_or(0), &options)?)
    }))
}

#[jni_mangle("dev.deberta.Native")]
pub fn close_model<'local>(mut env: EnvUnowned<'local>, _class: JClass<'local>, model: jlong) {
    enter!(env, |_| -> Result<()> {
        // SAFETY: Java releases a handle once, when no call uses it.
        unsafe { handle::release::<Model>(model) };
        Ok(())
    })
}

/// The address of the model's tokenizer, which lives as long as the model; 0 if there is none.
#[jni_mangle("dev.deberta.Native")]
pub fn model_tokenizer<'local>(mut env: EnvUnowned<'local>, _class: JClass<'local>, model: jlong) -> jlong {
    enter!(env, |_| -> Result<jlong> {
        // SAFETY: Java calls with the handle of an open model.
        let model = unsafe { handle::borrow::<Model>(model) };
        Ok(model.tokenizer().map_or(0, |tokenizer| ptr::from_ref(tokenizer) as jlong))
    })
}

#[jni_mangle("dev.deberta.Native")]
pub fn model_info<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    model: jlong,
) -> JByteArray<'local> {
    enter!(env, |env| -> Result<_> {
        // SAFETY: Java calls with the handle of an open model.
        let model = unsafe { handle::borrow::<Model>(model) };
        let (info, config) = (model.info(), model.config());
        let mut writer = Writer::default();
        writer.text(head(info.head));
        writer.text(match config.problem_type {
            Some(ProblemType::Regression) => "regression",
            Some(ProblemType::SingleLabel) => "single_label",
            Some(ProblemType::MultiLabel) => "multi_label",
            _ => "",
        });
        writer.texts(&config.id2label);
        writer.long(info.parameters);
        writer.size(config.vocab_size);
        writer.size(config.hidden_size);
        writer.size(config.embedding_size);
        writer.size(config.num_hidden_layers);
        writer.size(config.num_attention_heads);
        writer.size(config.intermediate_size);
        writer.size(config.max_position_embeddings);
        writer.boolean(config.position_biased_input);
        writer.size(config.type_vocab_size);
        writer.int(config.pad_token_id.cast_signed());
        writer.text(info.precision.name());
        writer.text(info.instruction_set.name());
        writer.size(info.threads);
        writer.text(&info.tensor_prefix);
        writer.list(&info.files, |writer, (path, bytes)| {
            writer.text(&path.to_string_lossy());
            writer.long(*bytes);
        });
        writer.long(info.packed_bytes);
        writer.long(info.mapped_bytes);
        Ok(env.byte_array_from_slice(&writer.into_bytes())?)
    })
}

/// Rows of the word embedding table, [ids, embedding_size].
#[jni_mangle("dev.deberta.Native")]
pub fn token_embeddings<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    model: jlong,
    ids: JIntArray<'local>,
) -> JFloatArray<'local> {
    enter!(env, |env| -> Result<_> {
        // SAFETY: Java calls with the handle of an open model.
        let model = unsafe { handle::borrow::<Model>(model) };
        let ids = array::ids("ids", &array::ints(env, &ids)?)?;
        array::new_floats(env, &model.token_embeddings(&ids)?)
    })
}

#[jni_mangle("dev.deberta.Native")]
pub fn new_cancellation<'local>(mut env: EnvUnowned<'local>, _class: JClass<'local>) -> jlong {
    enter!(env, |_| -> Result<jlong> { Ok(handle::hand_over(Cancellation::new())) })
}

#[jni_mangle("dev.deberta.Native")]
pub fn cancel<'local>(mut env: EnvUnowned<'local>, _class: JClass<'local>, cancellation: jlong) {
    enter!(env, |_| -> Result<()> {
        // SAFETY: Java calls with the handle of a cancellation that it keeps.
        unsafe { handle::borrow::<Cancellation>(cancellation) }.cancel();
        Ok(())
    })
}

#[jni_mangle("dev.deberta.Native")]
pub fn is_cancelled<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    cancellation: jlong,
) -> jboolean {
    enter!(env, |_| -> Result<jboolean> {
        // SAFETY: Java calls with the handle of a cancellation that it keeps.
        Ok(unsafe { handle::borrow::<Cancellation>(cancellation) }.is_cancelled())
    })
}

#[jni_mangle("dev.deberta.Native")]
pub fn free_cancellation<'local>(mut env: EnvUnowned<'local>, _class: JClass<'local>, cancellation: jlong) {
    enter!(env, |_| -> Result<()> {
        // SAFETY: Java releases a handle once, when nothing can use it any more.
        unsafe { handle::release::<Cancellation>(cancellation) };
        Ok(())
    })
}

#[jni_mangle("dev.deberta.Native")]
pub fn version<'local>(mut env: EnvUnowned<'local>, _class: JClass<'local>) -> JString<'local> {
    enter!(env, |env| -> Result<_> { Ok(env.new_string(env!("CARGO_PKG_VERSION"))?) })
}

/// The names of the instruction sets of this machine, fastest first.
#[jni_mangle("dev.deberta.Native")]
pub fn instruction_sets<'local>(mut env: EnvUnowned<'local>, _class: JClass<'local>) -> JByteArray<'local> {
    enter!(env, |env| -> Result<_> {
        let mut writer = Writer::default();
        writer.list(InstructionSet::available(), |writer, set| writer.text(set.name()));
        Ok(env.byte_array_from_slice(&writer.into_bytes())?)
    })
}
