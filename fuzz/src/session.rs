//! The handles of one sequence of calls, and what becomes of them.

use std::collections::HashMap;
use std::ptr;

use deberta::capi::*;

use super::arguments::Pick;
use super::world::{Folder, World};

/// More live handles of one kind than a sequence needs.
const MOST_HANDLES: usize = 24;

#[derive(Clone, Copy, PartialEq)]
enum Owner {
    /// Freed by the sequence.
    Caller,
    /// Belongs to another handle, and goes with it.
    Handle(*const ()),
    /// Stays for all sequences.
    World,
}

/// The live handles of one kind.
pub struct Table<T> {
    entries: Vec<(*mut T, Owner)>,
}

impl<T> Table<T> {
    fn shared(handles: &[*mut T]) -> Self {
        Self { entries: handles.iter().map(|&handle| (handle, Owner::World)).collect() }
    }

    pub fn own(&mut self, handle: *mut T) {
        assert!(self.entries.iter().all(|&(known, _)| known != handle), "a handle was returned twice");
        self.entries.push((handle, Owner::Caller));
    }

    /// A handle that belongs to another.
    pub fn borrow<O>(&mut self, handle: *const T, owner: *const O) {
        if self.entries.len() < MOST_HANDLES && self.entries.iter().all(|&(known, _)| !ptr::eq(known, handle))
        {
            self.entries.push((handle.cast_mut(), Owner::Handle(owner.cast())));
        }
    }

    pub fn pick(&self, pick: Pick) -> *const T {
        pick.index(self.entries.len()).map_or(ptr::null(), |index| self.entries[index].0)
    }

    /// One of those that fit.
    pub fn pick_of(&self, pick: Pick, fits: impl Fn(&*const T) -> bool) -> *const T {
        let fitting: Vec<_> =
            self.entries.iter().map(|&(handle, _)| handle.cast_const()).filter(fits).collect();
        pick.index(fitting.len()).map_or(ptr::null(), |index| fitting[index])
    }

    /// A handle to free; NULL if the one that was picked is not the caller's.
    fn take(&mut self, pick: Pick) -> *mut T {
        match pick.index(self.entries.len()) {
            Some(index) if self.entries[index].1 == Owner::Caller => self.entries.swap_remove(index).0,
            _ => ptr::null_mut(),
        }
    }

    /// Any handle to free, if there is one.
    fn take_any(&mut self, number: usize) -> Option<*mut T> {
        let owned: Vec<usize> =
            (0..self.entries.len()).filter(|&index| self.entries[index].1 == Owner::Caller).collect();
        let index = *owned.get(number % owned.len().max(1))?;
        Some(self.entries.swap_remove(index).0)
    }

    fn forget_of<O>(&mut self, owner: *const O) {
        self.entries.retain(|&(_, known)| known != Owner::Handle(owner.cast()));
    }

    fn is_full(&self) -> bool {
        self.entries.len() >= MOST_HANDLES
    }
}

pub struct Session<'a> {
    pub world: &'a World,
    pub models: Table<deberta_model>,
    pub tokenizers: Table<deberta_tokenizer>,
    pub tokenized: Table<deberta_tokenized>,
    pub encoded: Table<deberta_encoded>,
    pub classifications: Table<deberta_classifications>,
    pub errors: Table<deberta_error>,
    /// The last hidden state of each result, as it was at first: results never change.
    digests: HashMap<*const deberta_encoded, u64>,
    openings: usize,
    slow_openings: usize,
}

impl<'a> Session<'a> {
    pub fn new(world: &'a World) -> Self {
        Self {
            world,
            models: Table::shared(&world.models),
            tokenizers: Table::shared(&world.tokenizers),
            tokenized: Table::shared(&[]),
            encoded: Table::shared(&[]),
            classifications: Table::shared(&[]),
            errors: Table::shared(&[]),
            digests: HashMap::new(),
            openings: 3,
            slow_openings: 1,
        }
    }

    /// A folder to open; opening takes time, so a sequence only gets a few.
    pub fn folder(&mut self, number: u8) -> Option<&'a Folder> {
        // Slow ones are few, at the end of the list, and only for the highest numbers.
        let folders = &self.world.folders;
        let fast = folders.iter().filter(|folder| !folder.slow).count();
        let (range, left) = match number {
            0xF8.. => (&folders[fast..], &mut self.slow_openings),
            _ => (&folders[..fast], &mut self.openings),
        };
        let folder = &range[usize::from(number) % range.len()];
        *left = left.checked_sub(1)?;
        Some(folder)
    }

    pub fn own_encoded(&mut self, encoded: *mut deberta_encoded) {
        self.encoded.own(encoded);
        self.digests.insert(encoded, digest(encoded));
    }

    pub fn free_model(&mut self, pick: Pick) {
        let model = self.models.take(pick);
        self.release_model(model);
    }

    pub fn free_tokenizer(&mut self, pick: Pick) {
        let tokenizer = self.tokenizers.take(pick);
        // SAFETY: NULL, or taken out of the table, so freed once.
        unsafe { deberta_tokenizer_free(tokenizer) }
    }

    pub fn free_tokenized(&mut self, pick: Pick) {
        let tokenized = self.tokenized.take(pick);
        // SAFETY: as above.
        unsafe { deberta_tokenized_free(tokenized) }
    }

    pub fn free_encoded(&mut self, pick: Pick) {
        let encoded = self.encoded.take(pick);
        self.release_encoded(encoded);
    }

    pub fn free_classifications(&mut self, pick: Pick) {
        let classifications = self.classifications.take(pick);
        // SAFETY: as above.
        unsafe { deberta_classifications_free(classifications) }
    }

    pub fn free_error(&mut self, pick: Pick) {
        let error = self.errors.take(pick);
        // SAFETY: as above.
        unsafe { deberta_error_free(error) }
    }

    fn release_model(&mut self, model: *mut deberta_model) {
        self.tokenizers.forget_of(model);
        // SAFETY: as above; the tokenizer that belongs to it was forgotten.
        unsafe { deberta_model_free(model) }
    }

    fn release_encoded(&mut self, encoded: *mut deberta_encoded) {
        self.tokenized.forget_of(encoded);
        if let Some(first) = self.digests.remove(&encoded.cast_const()) {
            assert_eq!(digest(encoded), first, "a result changed");
        }
        // SAFETY: as above; the tokens that belong to it were forgotten.
        unsafe { deberta_encoded_free(encoded) }
    }

    /// Frees the oldest handles of a kind of which there are too many.
    pub fn make_room(&mut self) {
        // SAFETY: each was taken out of its table.
        unsafe {
            if self.errors.is_full() {
                self.errors.take_any(0).into_iter().for_each(|error| deberta_error_free(error));
            }
            if self.tokenized.is_full() {
                self.tokenized.take_any(0).into_iter().for_each(|tokens| deberta_tokenized_free(tokens));
            }
        }
    }

    /// Frees all that is the caller's, in an order that the number stands for.
    pub fn free_all(&mut self, order: u64) {
        let mut state = order;
        let mut empty = 0u8;
        while empty != 0b11_1111 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (kind, number) = ((state >> 60) as u8 % 6, (state >> 32) as usize);
            // SAFETY: each was taken out of its table.
            let freed = unsafe {
                match kind {
                    0 => self.models.take_any(number).map(|handle| self.release_model(handle)),
                    1 => self.tokenizers.take_any(number).map(|handle| deberta_tokenizer_free(handle)),
                    2 => self.tokenized.take_any(number).map(|handle| deberta_tokenized_free(handle)),
                    3 => self.encoded.take_any(number).map(|handle| self.release_encoded(handle)),
                    4 => self
                        .classifications
                        .take_any(number)
                        .map(|handle| deberta_classifications_free(handle)),
                    _ => self.errors.take_any(number).map(|handle| deberta_error_free(handle)),
                }
            };
            if freed.is_none() {
                empty |= 1 << kind;
            }
        }
    }
}

/// A number that tells the last hidden states of two results apart.
fn digest(encoded: *const deberta_encoded) -> u64 {
    let (mut values, mut length) = (ptr::null(), 0);
    // SAFETY: a result that is alive, and valid outputs.
    let values = unsafe {
        let status = deberta_encoded_last_hidden_state(encoded, &mut values, &mut length, ptr::null_mut());
        assert_eq!(status, deberta_status::Ok);
        std::slice::from_raw_parts(values, length)
    };
    values.iter().fold(length as u64, |sum, value| sum.rotate_left(5) ^ u64::from(value.to_bits()))
}
