//! From texts to answers.

use deberta::Model;
use jni::objects::{JByteArray, JClass, JObject};
use jni::sys::jlong;
use jni::{Env, EnvUnowned, jni_mangle};

use crate::enter;
use crate::entry::Result;
use crate::handle;
use crate::message::{Reader, Writer};
use crate::observer::Observer;
use crate::options;
use crate::results::WriteTo;

/// Answers a message that came with an observer of the call, or with null.
pub fn answer<'local, A: WriteTo>(
    env: &mut Env<'local>,
    request: &JByteArray<'_>,
    observer: &JObject<'_>,
    body: impl FnOnce(&mut Reader<'_>, &Observer) -> Result<A>,
) -> Result<JByteArray<'local>> {
    let request = env.convert_byte_array(request)?;
    let observer = Observer::new(env, observer)?;
    let answer = observer.finish(body(&mut Reader::new(&request), &observer))?;
    let mut writer = Writer::default();
    answer.write_to(&mut writer);
    Ok(env.byte_array_from_slice(&writer.into_bytes())?)
}

/// Defines the native method of a task.
macro_rules! task {
    ($name:ident, |$model:ident, $reader:ident, $observer:ident| $body:block) => {
        #[jni_mangle("dev.deberta.Native")]
        pub fn $name<'local>(
            mut env: EnvUnowned<'local>,
            _class: JClass<'local>,
            model: jlong,
            request: JByteArray<'local>,
            observer: JObject<'local>,
        ) -> JByteArray<'local> {
            enter!(env, |env| {
                // SAFETY: Java calls with the handle of an open model.
                let $model = unsafe { handle::borrow::<Model>(model) };
                answer(env, &request, &observer, |$reader, $observer| $body)
            })
        }
    };
}

task!(classify, |model, reader, observer| {
    let texts = options::inputs(reader)?;
    Ok(model.classify(&texts, &options::classify(reader, observer)?)?)
});

task!(zero_shot, |model, reader, observer| {
    let (texts, labels) = (reader.texts()?, reader.texts()?);
    Ok(model.zero_shot(&texts, &labels, &options::zero_shot(reader, observer)?)?)
});

task!(rank, |model, reader, observer| {
    let (query, documents) = (reader.text()?, reader.texts()?);
    Ok(model.rank(query, &documents, &options::rank(reader, observer)?)?)
});

task!(tag, |model, reader, observer| {
    let texts = reader.texts()?;
    Ok(model.tag(&texts, &options::tag(reader, observer)?)?)
});

task!(answer_questions, |model, reader, observer| {
    let questions = options::inputs(reader)?;
    Ok(model.answer(&questions, &options::answer(reader, observer)?)?)
});

task!(fill_mask, |model, reader, observer| {
    let texts = reader.texts()?;
    Ok(model.fill_mask(&texts, &options::fill_mask(reader, observer)?)?)
});

task!(choose, |model, reader, observer| {
    let (prompt, choices) = (reader.text()?, reader.texts()?);
    Ok(model.choose(prompt, &choices, &options::choose(reader, observer)?)?)
});

task!(embed, |model, reader, observer| {
    let texts = options::inputs(reader)?;
    Ok(model.embed(&texts, &options::embed(reader, observer)?)?)
});

task!(explain, |model, reader, observer| {
    let input = options::input(reader)?;
    Ok(model.explain(input, &options::explain(reader, observer)?)?)
});
