//! Single arguments: mostly what a program would pass, now and then anything at all.

use arbitrary::{Arbitrary, Result, Unstructured};

/// Lengths that no array of elements of four bytes or more can have, which the library refuses before it reads.
const HUGE: [usize; 3] = [usize::MAX, usize::MAX / 2 + 1, usize::MAX / 4];

/// One byte for the usual case; from `rare` on, another draw for the unusual one.
fn usually<'a, T>(
    bytes: &mut Unstructured<'a>,
    rare: u8,
    usual: impl FnOnce(u8) -> T,
    unusual: impl FnOnce(&mut Unstructured<'a>) -> Result<T>,
) -> Result<T> {
    match bytes.arbitrary()? {
        byte if byte < rare => Ok(usual(byte)),
        _ => unusual(bytes),
    }
}

/// Makes a type around a number of which there are usual and unusual values.
macro_rules! number {
    ($(#[$comment:meta])* $name:ident($type:ty), rare from $rare:literal, usually $usual:expr) => {
        $(#[$comment])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name(pub $type);

        impl<'a> Arbitrary<'a> for $name {
            fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
                usually(bytes, $rare, $usual, Unstructured::arbitrary).map(Self)
            }
        }
    };
}

number!(
    /// Which pointers of a call are NULL, a bit for each; bit 0 is the error's.
    Nulls(u8), rare from 0xD8, usually |_| 0
);
number!(
    /// A token id. The golden checkpoints have 120.
    Id(u32), rare from 0xF8, usually |byte| u32::from(byte % 120)
);
number!(
    /// A token id of a padded batch.
    WideId(i64), rare from 0xF8, usually |byte| i64::from(byte % 120)
);
number!(
    /// An element of an attention mask.
    Mask(i64), rare from 0xFC, usually |byte| i64::from(byte % 4 != 3)
);
number!(
    /// A token type.
    TokenType(i64), rare from 0xF8, usually |byte| i64::from(byte & 1)
);
number!(
    /// A float of an embedding.
    Float(f32), rare from 0xFC, usually |byte| (f32::from(byte) - 100.0) / 64.0
);
number!(
    /// A choice.
    Choice(i32), rare from 0xF0, usually |byte| i32::from(byte % 6)
);
number!(
    /// A flag.
    Flag(i32), rare from 0xF0, usually |byte| i32::from(byte & 1)
);
number!(
    /// A field that must be 0.
    Reserved(i32), rare from 0xF0, usually |_| 0
);
number!(
    /// Bits of deberta_output.
    Bits(i32), rare from 0xF0, usually |byte| i32::from(byte & 7)
);
number!(
    /// A limit of tokens.
    Limit(usize), rare from 0xF0, usually |byte| usize::from(byte % 24)
);
number!(
    /// Milliseconds that a call may take.
    Timeout(u64), rare from 0xF8, usually |byte| if byte < 0xE0 { 0 } else { byte.into() }
);
number!(
    /// An index of a row, a layer, a label, …
    Index(usize), rare from 0xE0, usually |byte| usize::from(byte % 5)
);

/// A value now and then.
#[derive(Clone, Copy, Debug)]
pub struct Seldom<T>(pub Option<T>);

impl<'a, T: Arbitrary<'a>> Arbitrary<'a> for Seldom<T> {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        usually(bytes, 0xF0, |_| None, |bytes| bytes.arbitrary().map(Some)).map(Self)
    }
}

impl Nulls {
    pub fn has(self, bit: u32) -> bool {
        self.0 >> bit & 1 == 1
    }

    /// The pointer, or NULL.
    pub fn or<T>(self, bit: u32, pointer: *const T) -> *const T {
        if self.has(bit) { std::ptr::null() } else { pointer }
    }
}

/// A handle of those that are alive; NULL if there is none.
#[derive(Clone, Copy, Debug, Arbitrary)]
pub struct Pick(u8);

impl Pick {
    /// An index below `count`.
    pub fn index(self, count: usize) -> Option<usize> {
        (self.0 != u8::MAX && count > 0).then(|| usize::from(self.0) % count)
    }
}

/// A length as the caller states it: true, or more than memory can hold.
#[derive(Clone, Copy, Debug)]
pub struct Claim(Option<usize>);

impl<'a> Arbitrary<'a> for Claim {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        usually(bytes, 0xF8, |_| None, |bytes| bytes.choose(&HUGE).copied().map(Some)).map(Self)
    }
}

impl Claim {
    pub const TRUE: Self = Self(None);

    pub fn of(self, length: usize) -> usize {
        self.0.unwrap_or(length)
    }

    /// As [`Self::of`] for an array of bytes, of which there can be more.
    pub fn of_bytes(self, length: usize) -> usize {
        if self.is_true() { length } else { usize::MAX }
    }

    pub fn is_true(self) -> bool {
        self.0.is_none()
    }
}

/// How much room a buffer has.
#[derive(Clone, Copy, Debug, Arbitrary)]
pub enum Capacity {
    Exact,
    Less(u8),
    More(u8),
}

impl Capacity {
    pub fn for_length(self, needed: usize) -> usize {
        match self {
            Self::Exact => needed,
            Self::Less(less) => needed.saturating_sub(1 + usize::from(less)),
            Self::More(more) => needed + usize::from(more),
        }
    }
}

/// Up to `MOST` values.
#[derive(Clone, Debug)]
pub struct Few<T, const MOST: usize>(pub Vec<T>);

impl<'a, T: Arbitrary<'a>, const MOST: usize> Arbitrary<'a> for Few<T, MOST> {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        let count = usize::from(bytes.arbitrary::<u8>()?) % (MOST + 1);
        (0..count).map(|_| bytes.arbitrary()).collect::<Result<_>>().map(Self)
    }
}

impl<T: Copy, const MOST: usize> Few<T, MOST> {
    /// An array of any length: the values again and again, `default` if there are none.
    pub fn cycle(&self, length: usize, default: T) -> Box<[T]> {
        (0..length).map(|index| *self.0.get(index % self.0.len().max(1)).unwrap_or(&default)).collect()
    }
}

/// What tokenizers have rules for.
const PIECES: [&str; 16] = [
    "fn",
    " main",
    "\0",
    "é",
    "漢字",
    "[MASK]",
    "[CLS]",
    "▁",
    "e\u{301}",
    "👩‍👧",
    "\r\n",
    "  ",
    "ﬁ",
    "İ",
    "\u{FEFF}",
    "a",
];

/// Bytes of a text.
#[derive(Clone, Debug, Arbitrary)]
pub enum Text {
    Pieces(Few<u8, 4>),
    Bytes(Few<u8, 16>),
}

impl Text {
    /// In memory of exactly that size.
    pub fn bytes(&self) -> Box<[u8]> {
        match self {
            Self::Pieces(pieces) => {
                let pieces = pieces.0.iter().map(|&piece| PIECES[usize::from(piece) % PIECES.len()]);
                pieces.collect::<String>().into_bytes().into()
            }
            Self::Bytes(bytes) => bytes.0.clone().into(),
        }
    }
}
