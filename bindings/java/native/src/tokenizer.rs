//! Text to ids and back.

use std::path::Path;

use deberta::Tokenizer;
use jni::objects::{JByteArray, JClass, JIntArray, JObject, JString};
use jni::sys::{jboolean, jint, jlong};
use jni::{EnvUnowned, jni_mangle};

use crate::array;
use crate::enter;
use crate::entry::Result;
use crate::handle;
use crate::message::{Reader, Writer};
use crate::options;
use crate::results::WriteTo;

#[jni_mangle("dev.deberta.Native")]
pub fn open_tokenizer<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    request: JByteArray<'local>,
) -> jlong {
    enter!(env, |env| -> Result<jlong> {
        let request = env.convert_byte_array(&request)?;
        let path = Path::new(Reader::new(&request).text()?);
        Ok(handle::hand_over(Tokenizer::from_file(path)?))
    })
}

#[jni_mangle("dev.deberta.Native")]
pub fn close_tokenizer<'local>(mut env: EnvUnowned<'local>, _class: JClass<'local>, tokenizer: jlong) {
    enter!(env, |_| -> Result<()> {
        // SAFETY: Java releases a handle once, when no call uses it.
        unsafe { handle::release::<Tokenizer>(tokenizer) };
        Ok(())
    })
}

#[jni_mangle("dev.deberta.Native")]
pub fn tokenize<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    tokenizer: jlong,
    request: JByteArray<'local>,
) -> JByteArray<'local> {
    enter!(env, |env| {
        // SAFETY: Java calls with the handle of an open tokenizer.
        let tokenizer = unsafe { handle::borrow::<Tokenizer>(tokenizer) };
        crate::tasks::answer(env, &request, &JObject::null(), |reader, _| {
            let inputs = options::inputs(reader)?;
            let tokenize = options::tokenize(reader)?;
            match tokenize.windows {
                None => Ok(tokenizer.encode_batch(&inputs, &tokenize)?),
                Some(_) => {
                    let windows = inputs.iter().map(|&input| tokenizer.windows(input, &tokenize));
                    let windows = windows.collect::<deberta::Result<Vec<_>>>()?;
                    Ok(windows.into_iter().flatten().map(|window| window.encoding).collect())
                }
            }
        })
    })
}

#[jni_mangle("dev.deberta.Native")]
pub fn decode<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    tokenizer: jlong,
    ids: JIntArray<'local>,
    skip_special_tokens: jboolean,
) -> JString<'local> {
    enter!(env, |env| -> Result<_> {
        // SAFETY: Java calls with the handle of an open tokenizer.
        let tokenizer = unsafe { handle::borrow::<Tokenizer>(tokenizer) };
        let ids = array::ids("ids", &array::ints(env, &ids)?)?;
        Ok(env.new_string(tokenizer.decode(&ids, skip_special_tokens)?)?)
    })
}

/// The token of an id; null if there is none.
#[jni_mangle("dev.deberta.Native")]
pub fn token<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    tokenizer: jlong,
    id: jint,
) -> JString<'local> {
    enter!(env, |env| -> Result<_> {
        // SAFETY: Java calls with the handle of an open tokenizer.
        let tokenizer = unsafe { handle::borrow::<Tokenizer>(tokenizer) };
        match u32::try_from(id).ok().and_then(|id| tokenizer.token(id)) {
            Some(token) => Ok(env.new_string(token)?),
            None => Ok(JString::null()),
        }
    })
}

/// The id of a token; -1 if there is none.
#[jni_mangle("dev.deberta.Native")]
pub fn id<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    tokenizer: jlong,
    request: JByteArray<'local>,
) -> jint {
    enter!(env, |env| -> Result<jint> {
        // SAFETY: Java calls with the handle of an open tokenizer.
        let tokenizer = unsafe { handle::borrow::<Tokenizer>(tokenizer) };
        let request = env.convert_byte_array(&request)?;
        let token = Reader::new(&request).text()?;
        Ok(tokenizer.id(token).map_or(-1, u32::cast_signed))
    })
}

/// The size of the vocabulary and the special tokens.
#[jni_mangle("dev.deberta.Native")]
pub fn tokenizer_info<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    tokenizer: jlong,
) -> JByteArray<'local> {
    enter!(env, |env| -> Result<_> {
        // SAFETY: Java calls with the handle of an open tokenizer.
        let tokenizer = unsafe { handle::borrow::<Tokenizer>(tokenizer) };
        let mut writer = Writer::default();
        writer.size(tokenizer.vocabulary_size());
        tokenizer.special_tokens().write_to(&mut writer);
        Ok(env.byte_array_from_slice(&writer.into_bytes())?)
    })
}
