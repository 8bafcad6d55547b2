//! An interpreter of pickles that knows no more than tensors need.
//!
//! It runs no code: a name that is not in [`Constructor`] ends it. Texts stay where they are, every length is checked
//! against the bytes that are there, and the number of operations is limited; with it memory and time are.

use std::collections::HashMap;

use super::constructor::load_storage;
use super::cursor::{Cursor, text};
use super::opcode;
use super::value::{Constructor, Objects, Value};
use crate::error::{Error, Result, bail};

/// The newest protocol of pickles.
const NEWEST_PROTOCOL: u8 = 5;

/// Operations that a pickle may have, fifty times as many as a large model needs; none makes more than one value.
const MOST_OPERATIONS: usize = 1 << 20;

/// A pickle's outcome.
pub(super) struct Pickle<'a> {
    pub(super) root: Value<'a>,
    pub(super) objects: Objects<'a>,
    /// The bytes that it takes; others may follow.
    pub(super) length: usize,
}

impl<'a> Pickle<'a> {
    /// Interprets the pickle at the start of the bytes.
    pub(super) fn load(bytes: &'a [u8]) -> Result<Self> {
        let mut interpreter = Interpreter {
            input: Cursor::new(bytes, "the pickle"),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
            objects: Objects::default(),
        };
        for _ in 0..MOST_OPERATIONS {
            let position = interpreter.input.position();
            let root = interpreter.step().map_err(|error| {
                let message = format!("at byte {position} of its pickle: {}", error.message());
                Error::new(error.kind(), message)
            })?;
            if let Some(root) = root {
                let Interpreter { input, objects, .. } = interpreter;
                return Ok(Self { root, objects, length: input.position() });
            }
        }
        bail!(
            Unsupported,
            "its pickle has more than {MOST_OPERATIONS} operations, which weights do not need; save the tensors alone"
        )
    }
}

struct Interpreter<'a> {
    input: Cursor<'a>,
    stack: Vec<Value<'a>>,
    /// How high the stack was at each mark.
    marks: Vec<usize>,
    memo: HashMap<usize, Value<'a>>,
    objects: Objects<'a>,
}

impl<'a> Interpreter<'a> {
    /// Performs one operation. Returns the pickle's value if it was the last.
    fn step(&mut self) -> Result<Option<Value<'a>>> {
        let input = &mut self.input;
        let operation = input.u8()?;
        let value = match operation {
            opcode::STOP => return self.pop().map(Some),
            opcode::PROTO => return self.check_protocol(),
            opcode::FRAME => {
                input.u64()?;
                return Ok(None);
            }

            opcode::NONE => Value::None,
            opcode::NEWTRUE => Value::Boolean(true),
            opcode::NEWFALSE => Value::Boolean(false),
            opcode::BININT => Value::Integer(i32::from_le_bytes(input.array()?).into()),
            opcode::BININT1 => Value::Integer(input.u8()?.into()),
            opcode::BININT2 => Value::Integer(input.u16()?.into()),
            opcode::INT | opcode::LONG => decimal(input.line()?)?,
            opcode::LONG1 => integer(input.counted::<1>()?),
            opcode::LONG4 => integer(input.counted::<4>()?),
            opcode::BINUNICODE => Value::Text(text(input.counted::<4>()?)?),
            opcode::SHORT_BINUNICODE => Value::Text(text(input.counted::<1>()?)?),
            opcode::BINUNICODE8 => Value::Text(text(input.counted::<8>()?)?),
            opcode::BINSTRING => text(input.counted::<4>()?).map_or(Value::Other, Value::Text),
            opcode::SHORT_BINSTRING => text(input.counted::<1>()?).map_or(Value::Other, Value::Text),
            opcode::FLOAT => input.line().map(|_| Value::Other)?,
            opcode::BINFLOAT => input.take(8).map(|_| Value::Other)?,
            opcode::BINBYTES => input.counted::<4>().map(|_| Value::Other)?,
            opcode::SHORT_BINBYTES => input.counted::<1>().map(|_| Value::Other)?,
            opcode::BINBYTES8 | opcode::BYTEARRAY8 => input.counted::<8>().map(|_| Value::Other)?,

            opcode::EMPTY_TUPLE | opcode::EMPTY_LIST | opcode::EMPTY_SET => {
                self.objects.new_sequence(Vec::new())
            }
            opcode::TUPLE | opcode::LIST | opcode::FROZENSET => {
                let items = self.pop_to_mark()?;
                self.objects.new_sequence(items)
            }
            opcode::TUPLE1 => self.tuple(1)?,
            opcode::TUPLE2 => self.tuple(2)?,
            opcode::TUPLE3 => self.tuple(3)?,
            opcode::APPEND => {
                let item = self.pop()?;
                return self.extend_sequence(vec![item]);
            }
            opcode::APPENDS | opcode::ADDITEMS => {
                let items = self.pop_to_mark()?;
                return self.extend_sequence(items);
            }
            opcode::EMPTY_DICT => self.objects.new_dict(Vec::new()),
            opcode::DICT => {
                let items = pairs(self.pop_to_mark()?)?;
                self.objects.new_dict(items)
            }
            opcode::SETITEM => {
                let (value, key) = (self.pop()?, self.pop()?);
                return self.extend_dict(vec![(key, value)]);
            }
            opcode::SETITEMS => {
                let items = pairs(self.pop_to_mark()?)?;
                return self.extend_dict(items);
            }

            opcode::MARK => {
                self.marks.push(self.stack.len());
                return Ok(None);
            }
            opcode::POP => return self.pop_value_or_mark(),
            opcode::POP_MARK => return self.pop_to_mark().map(|_| None),
            opcode::DUP => self.top()?,
            opcode::BINPUT => {
                let index = input.u8()?;
                return self.memoize(index.into());
            }
            opcode::LONG_BINPUT => {
                let index = input.u32()?;
                return self.memoize(index as usize);
            }
            opcode::MEMOIZE => return self.memoize(self.memo.len()),
            opcode::BINGET => {
                let index = input.u8()?;
                self.recall(index.into())?
            }
            opcode::LONG_BINGET => {
                let index = input.u32()?;
                self.recall(index as usize)?
            }

            opcode::GLOBAL => {
                let (module, name) = (input.line()?, input.line()?);
                Value::Constructor(Constructor::from_name(module, name)?)
            }
            opcode::STACK_GLOBAL => match (self.pop()?, self.pop()?) {
                (Value::Text(name), Value::Text(module)) => {
                    Value::Constructor(Constructor::from_name(module, name)?)
                }
                _ => bail!(InvalidCheckpoint, "a name is not a text"),
            },
            opcode::REDUCE => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                self.call(function, arguments)?
            }
            opcode::BUILD => return self.drop_state(),
            opcode::BINPERSID => {
                let id = self.pop()?;
                load_storage(id, &mut self.objects)?
            }
            opcode::INST => {
                let (module, name) = (input.line()?, input.line()?);
                bail!(
                    Unsupported,
                    "it makes an instance of {}.{}, which is not part of a tensor file",
                    module.escape_debug(),
                    name.escape_debug()
                )
            }
            opcode::OBJ | opcode::NEWOBJ | opcode::NEWOBJ_EX => {
                bail!(Unsupported, "it makes an instance of a class, which is not part of a tensor file")
            }
            opcode::EXT1 | opcode::EXT2 | opcode::EXT4 => {
                bail!(
                    Unsupported,
                    "it names an object of the extension registry, which is not part of a tensor file"
                )
            }
            _ => bail!(InvalidCheckpoint, "the operation {operation:#04x} is not part of a tensor file"),
        };
        self.stack.push(value);
        Ok(None)
    }

    fn check_protocol(&mut self) -> Result<Option<Value<'a>>> {
        let protocol = self.input.u8()?;
        if protocol > NEWEST_PROTOCOL {
            bail!(Unsupported, "protocol {protocol} is newer than this library knows, {NEWEST_PROTOCOL}");
        }
        Ok(None)
    }

    /// How many values are on the stack above the last mark.
    fn height(&self) -> usize {
        self.stack.len() - self.marks.last().copied().unwrap_or(0)
    }

    fn top(&self) -> Result<Value<'a>> {
        match self.stack.last() {
            Some(value) if self.height() > 0 => Ok(*value),
            _ => bail!(InvalidCheckpoint, "it takes a value from an empty stack"),
        }
    }

    fn pop(&mut self) -> Result<Value<'a>> {
        let value = self.top()?;
        self.stack.pop();
        Ok(value)
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Value<'a>>> {
        match self.marks.pop() {
            Some(mark) => Ok(self.stack.split_off(mark)),
            None => bail!(InvalidCheckpoint, "it takes values up to a mark, and there is none"),
        }
    }

    fn pop_value_or_mark(&mut self) -> Result<Option<Value<'a>>> {
        // With nothing above it, the mark itself is taken.
        if self.height() > 0 || self.marks.pop().is_none() {
            self.pop()?;
        }
        Ok(None)
    }

    /// A tuple of the last values.
    fn tuple(&mut self, length: usize) -> Result<Value<'a>> {
        let height = self.height();
        if length > height {
            bail!(InvalidCheckpoint, "a tuple takes {length} values, and there are {height}");
        }
        let items = self.stack.split_off(self.stack.len() - length);
        Ok(self.objects.new_sequence(items))
    }

    fn extend_sequence(&mut self, items: Vec<Value<'a>>) -> Result<Option<Value<'a>>> {
        match self.top()? {
            Value::Sequence(index) => self.objects.sequences[index].extend(items),
            other => bail!(InvalidCheckpoint, "it appends to {}", other.kind()),
        }
        Ok(None)
    }

    fn extend_dict(&mut self, items: Vec<(Value<'a>, Value<'a>)>) -> Result<Option<Value<'a>>> {
        match self.top()? {
            Value::Dict(index) => self.objects.dicts[index].extend(items),
            other => bail!(InvalidCheckpoint, "it sets a key of {}", other.kind()),
        }
        Ok(None)
    }

    fn call(&mut self, function: Value<'a>, arguments: Value<'a>) -> Result<Value<'a>> {
        match (function, arguments) {
            (Value::Constructor(constructor), Value::Sequence(index)) => {
                // Taken out for the call, which needs the objects too.
                let arguments = std::mem::take(&mut self.objects.sequences[index]);
                let value = constructor.call(&arguments, &mut self.objects);
                self.objects.sequences[index] = arguments;
                value
            }
            _ => bail!(InvalidCheckpoint, "it calls {} with {}", function.kind(), arguments.kind()),
        }
    }

    /// Attributes, such as `_metadata` of a dict of tensors, say nothing about the tensors.
    fn drop_state(&mut self) -> Result<Option<Value<'a>>> {
        let _state = self.pop()?;
        match self.top()? {
            Value::Dict(_) | Value::Tensor(_) => Ok(None),
            other => bail!(InvalidCheckpoint, "it sets attributes of {}", other.kind()),
        }
    }

    fn memoize(&mut self, index: usize) -> Result<Option<Value<'a>>> {
        self.memo.insert(index, self.top()?);
        Ok(None)
    }

    fn recall(&self, index: usize) -> Result<Value<'a>> {
        match self.memo.get(&index) {
            Some(value) => Ok(*value),
            None => bail!(InvalidCheckpoint, "it refers to value {index}, which it has not made"),
        }
    }
}

fn pairs<'a>(items: Vec<Value<'a>>) -> Result<Vec<(Value<'a>, Value<'a>)>> {
    match items.as_chunks() {
        (pairs, []) => Ok(pairs.iter().map(|[key, value]| (*key, *value)).collect()),
        _ => bail!(InvalidCheckpoint, "a key of a dict has no value"),
    }
}

/// A little-endian integer in two's complement.
fn integer<'a>(bytes: &[u8]) -> Value<'a> {
    let is_negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut extended = [if is_negative { 0xff } else { 0 }; size_of::<i128>()];
    match extended.get_mut(..bytes.len()) {
        Some(low) => low.copy_from_slice(bytes),
        None => return Value::Other,
    }
    Value::Integer(i128::from_le_bytes(extended))
}

/// An integer in digits, which in protocol 1 stands for booleans too.
fn decimal<'a>(line: &str) -> Result<Value<'a>> {
    match line {
        "00" => return Ok(Value::Boolean(false)),
        "01" => return Ok(Value::Boolean(true)),
        _ => {}
    }
    match line.strip_suffix('L').unwrap_or(line).parse() {
        Ok(number) => Ok(Value::Integer(number)),
        Err(error) => bail!(InvalidCheckpoint, "{:?} is no integer: {error}", line),
    }
}
