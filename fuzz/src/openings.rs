//! Opening models and tokenizers, and what they tell about themselves.

use std::ffi::{CString, c_char};
use std::ptr;

use arbitrary::Arbitrary;
use deberta::capi::*;

use super::arguments::{Capacity, Choice, Claim, Few, Id, Index, Nulls, Pick, Text};
use super::contract::{ARGUMENT, BUFFER, ErrorOutput, Slot, array, buffer, call, check_nul, handle, string};
use super::session::Session;
use super::structs::{Claimed, StructBuffer, filled};
use super::world::c_path;

use deberta_status::{
    InvalidArgument, InvalidCheckpoint, InvalidConfig, InvalidTokenizer, InvalidUtf8, Io, NotFound,
    OutOfMemory, Unsupported,
};

/// What can be wrong with a folder, its files or the options.
const OPENING: &[deberta_status] = &[
    InvalidArgument,
    NotFound,
    Io,
    InvalidConfig,
    InvalidCheckpoint,
    InvalidTokenizer,
    Unsupported,
    OutOfMemory,
    InvalidUtf8,
];

/// A path to something, or to nothing.
#[derive(Debug, Arbitrary)]
enum Place {
    Folder(u8),
    File(u8, bool),
    Anything(Few<u8, 12>),
}

impl Place {
    fn path(&self, session: &mut Session) -> CString {
        let path = match self {
            Self::Folder(number) => session.folder(*number).map(|folder| folder.path.clone()),
            Self::File(number, tokenizer) => {
                let file = if *tokenizer { "tokenizer.json" } else { "config.json" };
                session.folder(*number).map(|folder| folder.path.join(file))
            }
            Self::Anything(bytes) => {
                // What is left of the bytes is one name, so that nothing outside of the folder is opened.
                let name =
                    bytes.0.iter().filter(|byte| !b"\0/.".contains(byte)).copied().collect::<Vec<u8>>();
                let mut path = c_path(&session.world.scratch).into_bytes();
                path.push(b'/');
                path.extend(name);
                return CString::new(path).expect("NUL was left out");
            }
        };
        path.map_or_else(CString::default, |path| c_path(&path))
    }
}

#[derive(Debug, Arbitrary)]
pub struct ModelOpen {
    place: Place,
    options: Option<OpenOptions>,
    nulls: Nulls,
}

#[derive(Debug, Arbitrary)]
struct OpenOptions {
    precision: Choice,
    instruction_set: Choice,
    load_mode: Choice,
    threads: bool,
    tensor_prefix: Option<Text>,
    claimed_prefix: Claim,
    claimed: Claimed,
}

impl OpenOptions {
    fn buffer(&self, prefix: Option<&[u8]>) -> StructBuffer {
        let value = deberta_open_options {
            struct_size: 0,
            precision: self.precision.0,
            instruction_set: self.instruction_set.0,
            load_mode: self.load_mode.0,
            threads: 1 + u32::from(self.threads),
            tensor_prefix: prefix.map_or(ptr::null(), |prefix| prefix.as_ptr().cast()),
            tensor_prefix_length: self.claimed_prefix.of_bytes(prefix.map_or(0, <[u8]>::len)),
            packed_cache_directory: ptr::null(),
            random_weights: 0,
            tokenizer_mode: 0,
            random_seed: 0,
            open_callback: None,
            open_callback_data: ptr::null_mut(),
        };
        StructBuffer::options(&value, self.claimed)
    }
}

/// Opens a model with options, or without.
fn open_model(
    session: &mut Session,
    nulls: Nulls,
    options: Option<OpenOptions>,
    function: impl FnOnce(*const deberta_open_options, *mut *mut deberta_model, ErrorOutput) -> deberta_status,
) {
    let prefix = options.as_ref().and_then(|options| options.tensor_prefix.as_ref()).map(Text::bytes);
    let options = options.map(|options| options.buffer(prefix.as_deref()));
    let options = options.as_ref().map_or(ptr::null(), |options| options.pointer::<deberta_open_options>());
    if let Some(model) = handle(session, nulls, OPENING, |model, error| function(options, model, error)) {
        session.models.own(model);
    }
}

impl ModelOpen {
    pub fn perform(self, session: &mut Session) {
        let path = self.place.path(session);
        let folder = self.nulls.or(2, path.as_ptr());
        open_model(session, self.nulls, self.options, |options, model, error| {
            // SAFETY: every pointer is NULL or valid.
            unsafe { deberta_model_open(folder, options, model, error) }
        });
    }
}

/// Sizes of a small model, one of which may be anything.
#[derive(Debug, Arbitrary)]
pub struct ModelFromBackbone {
    wrong: Option<(u8, u64)>,
    dtype: Choice,
    options: Option<OpenOptions>,
    claimed: Claimed,
    nulls: Nulls,
}

impl ModelFromBackbone {
    pub fn perform(self, session: &mut Session) {
        let mut sizes = [50, 1, 2, 8, 12, 16, 4];
        if let Some((index, value)) = self.wrong {
            // A size that is possible may still be more than there is memory for.
            let value = if value > 256 { value | 1 << 40 } else { value };
            sizes[usize::from(index) % sizes.len()] = value;
        }
        let [
            vocabulary_size,
            num_layers,
            num_heads,
            hidden_dim,
            intermediate_dim,
            max_sequence_length,
            bucket_size,
        ] = sizes;
        let config = deberta_backbone_config {
            struct_size: 0,
            vocabulary_size,
            num_layers,
            num_heads,
            hidden_dim,
            intermediate_dim,
            max_sequence_length,
            bucket_size,
            dtype: self.dtype.0,
            reserved: 0,
        };
        let config = StructBuffer::options(&config, self.claimed);
        let config = self.nulls.or(2, config.pointer::<deberta_backbone_config>());
        open_model(session, self.nulls, self.options, |options, model, error| {
            // SAFETY: every pointer is NULL or valid.
            unsafe { deberta_model_from_backbone(config, options, model, error) }
        });
    }
}

/// A folder's path in the place of a name, or anything.
#[derive(Debug, Arbitrary)]
enum PresetName {
    Place(Place),
    Text(Text),
}

#[derive(Debug, Arbitrary)]
pub struct ModelFromPreset {
    name: PresetName,
    claimed: Claim,
    options: Option<OpenOptions>,
    nulls: Nulls,
}

impl ModelFromPreset {
    pub fn perform(self, session: &mut Session) {
        let name = match self.name {
            PresetName::Place(place) => place.path(session).into_bytes().into(),
            PresetName::Text(text) => text.bytes(),
        };
        let length = self.claimed.of_bytes(name.len());
        let name = self.nulls.or(2, name.as_ptr().cast::<c_char>());
        open_model(session, self.nulls, self.options, |options, model, error| {
            // SAFETY: every pointer is NULL or valid, and a length that is not true is refused.
            unsafe { deberta_model_from_preset(name, length, options, model, error) }
        });
    }
}

#[derive(Debug, Arbitrary)]
pub struct TokenizerOpen {
    place: Place,
    nulls: Nulls,
}

impl TokenizerOpen {
    pub fn perform(self, session: &mut Session) {
        let path = self.place.path(session);
        let path = self.nulls.or(2, path.as_ptr());
        let failures = &[InvalidArgument, NotFound, Io, Unsupported, InvalidTokenizer];
        let tokenizer = handle(session, self.nulls, failures, |tokenizer, error| {
            // SAFETY: every pointer is NULL or valid.
            unsafe { deberta_tokenizer_open(path, tokenizer, error) }
        });
        if let Some(tokenizer) = tokenizer {
            session.tokenizers.own(tokenizer);
        }
    }
}

/// What the library tells about a model; nothing for NULL.
pub fn model_info(model: *const deberta_model) -> Option<deberta_model_info> {
    let info = &mut Slot::<deberta_model_info>::new();
    let pointer = info.pointer(Nulls(0), 1);
    // SAFETY: the struct starts with its size and has room for as much.
    unsafe {
        let size = size_of::<deberta_model_info>();
        assert_eq!(deberta_model_info_init(pointer, size, ptr::null_mut()), deberta_status::Ok);
        let status = deberta_model_get_info(model, pointer, ptr::null_mut());
        (status == deberta_status::Ok).then(|| info.read())
    }
}

/// A handle, and a struct for what it tells.
#[derive(Debug, Arbitrary)]
pub struct Info {
    pub pick: Pick,
    pub claimed: Claimed,
    pub nulls: Nulls,
}

impl Info {
    pub fn model(self, session: &mut Session) {
        let model = session.models.pick(self.pick);
        let info = filled(session, self.nulls, self.claimed, |info, error| {
            // SAFETY: every pointer is NULL or valid.
            unsafe { deberta_model_get_info(model, info, error) }
        });
        if let Some(info) = info {
            assert!((1..=2).contains(&info.threads), "{} threads", info.threads);
            assert!(info.parameters > 0 && info.hidden_size > 0 && info.reserved == 0);
            assert!(!string(deberta_instruction_set_name(info.instruction_set)).is_empty());
        }
    }

    pub fn special_tokens(self, session: &mut Session) {
        let tokenizer = session.tokenizers.pick(self.pick);
        let tokens: Option<deberta_special_tokens> =
            filled(session, self.nulls, self.claimed, |tokens, error| {
                // SAFETY: every pointer is NULL or valid.
                unsafe { deberta_tokenizer_special_tokens(tokenizer, tokens, error) }
            });
        let Some(tokens) = tokens else { return };
        // SAFETY: a tokenizer that is alive.
        let size = unsafe { deberta_tokenizer_vocabulary_size(tokenizer) };
        let ids = [tokens.cls, tokens.sep, tokens.pad, tokens.unk, tokens.mask];
        assert!(ids.iter().all(|&id| id == -1 || (0..size as i64).contains(&id)), "{ids:?} of {size}");
    }
}

/// A handle, and an index of a name.
#[derive(Debug, Arbitrary)]
pub struct Name {
    pub pick: Pick,
    pub index: Index,
    pub nulls: Nulls,
}

impl Name {
    /// Calls a function that returns the name at the index; whether it did.
    pub fn of<H>(
        &self,
        session: &mut Session,
        handle: *const H,
        function: unsafe extern "C" fn(*const H, usize, *mut deberta_string, ErrorOutput) -> deberta_status,
    ) -> bool {
        let mut slot = Slot::<deberta_string>::new();
        let output = slot.pointer(self.nulls, 1);
        let status = call(session, self.nulls, ARGUMENT, |error| {
            // SAFETY: every pointer is NULL or valid.
            unsafe { function(handle, self.index.0, output, error) }
        });
        slot.result(status).map(string).is_some()
    }

    pub fn model_label(self, session: &mut Session) {
        let model = session.models.pick(self.pick);
        let found = self.of(session, model, deberta_model_label);
        let labels = model_info(model).map_or(0, |info| info.num_labels);
        assert_eq!(found, self.index.0 < labels && !self.nulls.has(1), "label {} of {labels}", self.index.0);
    }

    pub fn model_file(self, session: &mut Session) {
        let model = session.models.pick(self.pick);
        let (mut path, mut bytes) = (Slot::<*const c_char>::new(), Slot::<u64>::new());
        let (path_output, bytes_output) = (path.pointer(self.nulls, 1), bytes.pointer(self.nulls, 2));
        let status = call(session, self.nulls, ARGUMENT, |error| {
            // SAFETY: every pointer is NULL or valid.
            unsafe { deberta_model_file(model, self.index.0, path_output, bytes_output, error) }
        });
        if let (Some(path), Some(bytes)) = (path.result(status), bytes.result(status)) {
            // SAFETY: a path of the library's, which ends with a NUL.
            let length = unsafe { std::ffi::CStr::from_ptr(path) }.count_bytes();
            assert!(length > 0 && bytes > 0);
        }
    }
}

/// A handle alone.
#[derive(Debug, Arbitrary)]
pub struct Handle {
    pub pick: Pick,
}

impl Handle {
    pub fn tensor_prefix(self, session: &mut Session) {
        // SAFETY: NULL, or a model that is alive.
        string(unsafe { deberta_model_tensor_prefix(session.models.pick(self.pick)) });
    }

    pub fn model_tokenizer(self, session: &mut Session) {
        let model = session.models.pick(self.pick);
        // SAFETY: NULL, or a model that is alive.
        let tokenizer = unsafe { deberta_model_tokenizer(model) };
        let expected = model_info(model).is_some_and(|info| info.has_tokenizer == 1);
        assert_eq!(!tokenizer.is_null(), expected, "has_tokenizer");
        if !tokenizer.is_null() {
            session.tokenizers.borrow(tokenizer, model);
        }
    }

    pub fn vocabulary_size(self, session: &mut Session) {
        let tokenizer = session.tokenizers.pick(self.pick);
        // SAFETY: NULL, or a tokenizer that is alive.
        let size = unsafe { deberta_tokenizer_vocabulary_size(tokenizer) };
        assert_eq!(size == 0, tokenizer.is_null(), "a vocabulary of {size}");
    }
}

#[derive(Debug, Arbitrary)]
pub struct TokenEmbeddings {
    pick: Pick,
    ids: Few<Id, 8>,
    capacity: Capacity,
    nulls: Nulls,
}

impl TokenEmbeddings {
    pub fn perform(self, session: &mut Session) {
        let model = session.models.pick(self.pick);
        let ids: Box<[u32]> = self.ids.0.iter().map(|id| id.0).collect();
        let pointer = self.nulls.or(3, ids.as_ptr());
        let values = buffer(session, self.nulls, self.capacity, BUFFER, |values, capacity, length, error| {
            // SAFETY: every pointer is NULL or valid for its length.
            unsafe {
                deberta_model_token_embeddings(model, pointer, ids.len(), values, capacity, length, error)
            }
        });
        let info = model_info(model);
        if let (Some(values), Some(info)) = (values, info) {
            assert_eq!(values.len(), ids.len() * info.embedding_size);
            assert!(values.iter().all(|value| value.is_finite()));
            assert!(ids.iter().all(|&id| (id as usize) < info.vocab_size), "an id beyond the vocabulary");
        }
    }
}

/// A function that needs no handle.
#[derive(Debug, Arbitrary)]
pub struct Sets {
    capacity: Capacity,
    nulls: Nulls,
}

impl Sets {
    pub fn perform(self, session: &mut Session) {
        let sets: Option<Box<[i32]>> =
            buffer(session, self.nulls, self.capacity, BUFFER, |sets, capacity, length, error| {
                // SAFETY: every pointer is NULL or valid for its length.
                unsafe { deberta_instruction_sets(sets, capacity, length, error) }
            });
        if let Some(sets) = sets {
            assert!(!sets.is_empty());
            assert!(sets.iter().all(|&set| !string(deberta_instruction_set_name(set)).is_empty()));
        }
    }
}

/// A static name of a number, followed by a NUL.
pub fn static_name(name: deberta_string) {
    string(name);
    check_nul(name);
}

/// An array that belongs to a handle, and must be there if the outputs are.
pub fn array_of<H, T: Copy + 'static>(
    session: &mut Session,
    nulls: Nulls,
    handle: *const H,
    function: super::contract::ArrayFunction<H, T>,
) -> Option<&'static [T]> {
    // SAFETY: every pointer is NULL or valid.
    let values =
        array(session, nulls, |values, length, error| unsafe { function(handle, values, length, error) });
    assert_eq!(values.is_some(), !handle.is_null() && !nulls.has(1) && !nulls.has(2), "an array of a handle");
    values
}
