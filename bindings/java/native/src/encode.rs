//! What the encoder gives for each token.

use deberta::{Batch, Encoded, Encoding, Model, Outputs, RunOptions};
use jni::objects::{JByteArray, JClass, JFloatArray, JObject, JObjectArray};
use jni::sys::{jint, jlong};
use jni::{Env, EnvUnowned, JValue, jni_mangle, jni_sig, jni_str};

use crate::array;
use crate::enter;
use crate::entry::{Failure, Result};
use crate::handle;
use crate::message::{Reader, Writer};
use crate::observer::Observer;
use crate::options;
use crate::results::{WriteTo, head};

/// The parts of Java's `Batch`.
struct BatchArguments<'a, 'local> {
    /// An array or a direct buffer, of ints, or of floats for embeddings.
    values: &'a JObject<'local>,
    /// An array or a direct buffer of ints: the row offsets of ragged rows, or the attention mask of padded ones; or null.
    layout: &'a JObject<'local>,
    /// An array or a direct buffer of ints, or null.
    token_type_ids: &'a JObject<'local>,
    rows: jint,
    length: jint,
    embedding_size: jint,
}

impl BatchArguments<'_, '_> {
    /// Ragged if `rows` is negative, embeddings if `embedding_size` is not.
    fn read(&self, env: &mut Env<'_>) -> Result<Batch> {
        let layout = array::optional_ints(env, self.layout)?;
        let types = array::optional_ints(env, self.token_type_ids)?;
        if self.rows < 0 {
            let ids = array::optional_ints(env, self.values)?.unwrap_or_default();
            let types = types.map(|types| array::ids("token_type_ids", &types)).transpose()?;
            return Ok(Batch::from_ragged(
                &array::ids("ids", &ids)?,
                types.as_deref(),
                &row_offsets(&layout.unwrap_or_default())?,
            )?);
        }
        let wide = |values: Vec<i32>| values.into_iter().map(i64::from).collect::<Vec<i64>>();
        let (mask, types) = (layout.map(wide), types.map(wide));
        let (rows, length) = (self.rows as usize, usize::try_from(self.length).unwrap_or(0));
        if let Ok(embedding_size) = usize::try_from(self.embedding_size) {
            let embeddings = array::floats(env, self.values)?;
            return Ok(Batch::from_embeddings(
                &embeddings,
                embedding_size,
                mask.as_deref(),
                types.as_deref(),
                rows,
                length,
            )?);
        }
        let ids = wide(array::optional_ints(env, self.values)?.unwrap_or_default());
        Ok(Batch::from_padded(&ids, mask.as_deref(), types.as_deref(), rows, length)?)
    }
}

fn row_offsets(offsets: &[i32]) -> Result<Vec<usize>> {
    let checked = offsets.iter().enumerate().map(|(index, &offset)| {
        usize::try_from(offset).map_err(|_| {
            Failure::invalid_argument(format!("row_offsets[{index}] is {offset}; offsets are not negative"))
        })
    });
    checked.collect()
}

#[jni_mangle("dev.deberta.Native")]
pub fn encode<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    model: jlong,
    values: JObject<'local>,
    layout: JObject<'local>,
    token_type_ids: JObject<'local>,
    rows: jint,
    length: jint,
    embedding_size: jint,
    request: JByteArray<'local>,
) -> JObject<'local> {
    enter!(env, |env| {
        // SAFETY: Java calls with the handle of an open model.
        let model = unsafe { handle::borrow::<Model>(model) };
        let (outputs, run) = read_options(env, &request)?;
        let batch = BatchArguments {
            values: &values,
            layout: &layout,
            token_type_ids: &token_type_ids,
            rows,
            length,
            embedding_size,
        }
        .read(env)?;
        new_encoded(env, &model.encode_with(&batch, outputs, &run)?, &[], &JObject::null())
    })
}

/// Writes the last hidden state to an array from `offset` on or to a direct buffer: [tokens, hidden_size] of ragged rows,
/// [rows, length, hidden_size] of padded ones. `room` is how many values there is room for; returns how many are needed,
/// and has written nothing if they are more.
#[jni_mangle("dev.deberta.Native")]
pub fn encode_into<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    model: jlong,
    values: JObject<'local>,
    layout: JObject<'local>,
    token_type_ids: JObject<'local>,
    rows: jint,
    length: jint,
    embedding_size: jint,
    request: JByteArray<'local>,
    target: JObject<'local>,
    offset: jint,
    room: jint,
) -> jlong {
    enter!(env, |env| -> Result<jlong> {
        // SAFETY: Java calls with the handle of an open model.
        let model = unsafe { handle::borrow::<Model>(model) };
        let (outputs, run) = read_options(env, &request)?;
        let batch = BatchArguments {
            values: &values,
            layout: &layout,
            token_type_ids: &token_type_ids,
            rows,
            length,
            embedding_size,
        }
        .read(env)?;
        let is_padded = rows >= 0;
        let tokens = if is_padded { batch.rows() * batch.length() } else { batch.tokens() };
        let needed = tokens * model.config().hidden_size;
        if usize::try_from(room).is_ok_and(|room| needed <= room) {
            let encoded = model.encode_with(&batch, outputs, &run)?;
            if is_padded {
                let padded = encoded.to_padded(encoded.last_hidden_state());
                array::write_floats(env, &target, offset, &padded)?;
            } else {
                array::write_floats(env, &target, offset, encoded.last_hidden_state())?;
            }
        }
        Ok(needed as jlong)
    })
}

#[jni_mangle("dev.deberta.Native")]
pub fn encode_texts<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    model: jlong,
    request: JByteArray<'local>,
    texts: JObject<'local>,
) -> JObject<'local> {
    enter!(env, |env| {
        // SAFETY: Java calls with the handle of an open model.
        let model = unsafe { handle::borrow::<Model>(model) };
        let request = env.convert_byte_array(&request)?;
        let observer = Observer::new(env, &JObject::null())?;
        let reader = &mut Reader::new(&request);
        let inputs = options::inputs(reader)?;
        let tokenize = options::tokenize(reader)?;
        let outputs = options::outputs(reader)?;
        let run = options::run(reader, &observer)?;
        let (encoded, encodings) = model.encode_texts(&inputs, &tokenize, outputs, &run)?;
        new_encoded(env, &encoded, &encodings, &texts)
    })
}

/// Encoding has no progress to observe: it is one batch.
fn read_options(env: &mut Env<'_>, request: &JByteArray<'_>) -> Result<(Outputs, RunOptions)> {
    let request = env.convert_byte_array(request)?;
    let observer = Observer::new(env, &JObject::null())?;
    let reader = &mut Reader::new(&request);
    Ok((options::outputs(reader)?, options::run(reader, &observer)?))
}

/// Java's `Encoded`, with the texts as Java has them, or null.
fn new_encoded<'local>(
    env: &mut Env<'local>,
    encoded: &Encoded,
    encodings: &[Encoding],
    texts: &JObject<'_>,
) -> Result<JObject<'local>> {
    let logits = encoded.logits();
    let mut writer = Writer::default();
    writer.size(encoded.length());
    writer.size(encoded.hidden_size());
    writer.size(encoded.attention_heads());
    writer.sizes(encoded.row_offsets());
    writer.list(encoded.positions(), |writer, position| writer.int(position.cast_signed()));
    writer.text(head(logits.map(|logits| logits.head)));
    writer.size(logits.map_or(0, |logits| logits.labels));
    writer.list(encodings, |writer, encoding| encoding.write_to(writer));
    let shape = env.byte_array_from_slice(&writer.into_bytes())?;
    let last_hidden_state = array::new_floats(env, encoded.last_hidden_state())?;
    let hidden_states = new_layers(env, encoded.hidden_states())?;
    let attentions = new_layers(env, encoded.attentions())?;
    let logits = array::new_floats(env, logits.map_or(&[], |logits| &logits.values))?;
    let class = env.find_class(jni_str!("dev/deberta/Encoded"))?;
    Ok(env.new_object(
        &class,
        jni_sig!("([BLjava/util/List;[F[[F[[F[F)V"),
        &[
            JValue::Object(&shape),
            JValue::Object(texts),
            JValue::Object(&last_hidden_state),
            JValue::Object(&hidden_states),
            JValue::Object(&attentions),
            JValue::Object(&logits),
        ],
    )?)
}

fn new_layers<'local>(
    env: &mut Env<'local>,
    layers: &[Vec<f32>],
) -> Result<JObjectArray<'local, JFloatArray<'local>>> {
    let array = JObjectArray::<JFloatArray<'_>>::new(env, layers.len(), JFloatArray::null())?;
    for (index, layer) in layers.iter().enumerate() {
        let values = array::new_floats(env, layer)?;
        array.set_element(env, index, &values)?;
        // A model may have more layers than there is room for local references.
        env.delete_local_ref(values);
    }
    Ok(array)
}
