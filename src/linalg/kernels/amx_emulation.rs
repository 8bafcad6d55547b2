//! Software emulation of Intel AMX, so that kernels written with AMX instructions can be tested for
//! correctness on a processor without them.
//!
//! Such a processor raises #UD on an AMX instruction, which Linux delivers as SIGILL. The handler installed
//! by [`install`] decodes the instruction, applies it to a tile state of the thread's own, and resumes after
//! it. An instruction that breaks a rule of the architecture ends the process with a message that names the
//! rule, where hardware would raise #UD or #GP, so that a test does not pass here and fault there.
//!
//! The emulation covers AMX-TILE, AMX-INT8 and AMX-BF16 in 64-bit mode, with palette 1. It follows the Intel
//! 64 and IA-32 Architectures Software Developer's Manual (SDM): volume 1 chapter 18, "Programming with Intel
//! Advanced Matrix Extensions", and in volume 2 the page of each instruction and section 2.10, "Intel AMX
//! Instruction Exception Classes". Neither CPUID nor the permission that Linux requires before the first use
//! of AMX is emulated, and instructions with a segment or address-size prefix are not recognized. Handlers of
//! other signals must not use AMX.

use libc::{REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RAX, REG_RBP};
use libc::{REG_RBX, REG_RCX, REG_RDI, REG_RDX, REG_RIP, REG_RSI, REG_RSP};
use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};
use std::fmt::{self, Write};
use std::io::Error;
use std::mem::{self, MaybeUninit};
use std::ops::Range;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The limits of palette 1, as CPUID leaf 1DH enumerates them.
const TILE_COUNT: usize = 8;
const MAXIMUM_ROWS: usize = 16;
const MAXIMUM_ROW_BYTES: usize = 64;

/// Offsets in the 64-byte memory operand of LDTILECFG and STTILECFG (SDM volume 2, LDTILECFG).
const PALETTE: usize = 0;
const START_ROW: usize = 1;
const COLUMN_BYTES: usize = 16;
const ROWS: usize = 48;
const RESERVED: [Range<usize>; 3] = [2..16, 32..48, 56..64];

/// The general registers in the order in which instructions number them.
const GENERAL_REGISTERS: [c_int; 16] = [
    REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI, REG_R8, REG_R9, REG_R10, REG_R11,
    REG_R12, REG_R13, REG_R14, REG_R15,
];

type Configuration = [u8; 64];
/// Two numbers of 16 bits or four of 8 in a source tile, one of 32 in a destination.
type Element = [u8; 4];
type Tile = [[u8; MAXIMUM_ROW_BYTES]; MAXIMUM_ROWS];
type Registers = [libc::greg_t; 23];
type Handler = extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);

thread_local! {
    // Constant initializers of types without a destructor: in an executable the first access of a thread,
    // which is usually in the signal handler, neither allocates nor registers anything.
    static STATE: UnsafeCell<State> = const { UnsafeCell::new(State::INITIAL) };
    // Atomic because the handler changes it while the thread is in the middle of other code.
    static COUNT: AtomicU64 = const { AtomicU64::new(0) };
}

/// What SIGILL did before [`install`].
static PREVIOUS: OnceLock<libc::sigaction> = OnceLock::new();

/// Installs the emulator for all threads of the process. Further calls return the outcome of the first.
pub(crate) fn install() -> Result<(), String> {
    static OUTCOME: OnceLock<Result<(), String>> = OnceLock::new();
    let outcome = OUTCOME.get_or_init(|| {
        // Known before the handler can run, which may be as soon as it is installed.
        let previous = exchange_action(None)?;
        PREVIOUS.get_or_init(|| previous);
        // SAFETY: all zeros is a valid `sigaction`, with an empty signal mask.
        let mut action: libc::sigaction = unsafe { mem::zeroed() };
        action.sa_sigaction = handle as *const () as usize;
        // On the alternate stack, because an instruction leaves the memory below the stack pointer alone; not
        // deferred, so that a previous handler may leave by a long jump without losing later instructions.
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
        exchange_action(Some(&action)).map(drop)
    });
    outcome.clone()
}

/// The number of instructions emulated on this thread so far.
#[cfg(test)]
pub(crate) fn count() -> u64 {
    COUNT.with(|count| count.load(Ordering::Relaxed))
}

/// Sets the action of SIGILL if one is given, and returns the action it had.
fn exchange_action(action: Option<&libc::sigaction>) -> Result<libc::sigaction, String> {
    let mut previous = MaybeUninit::uninit();
    let action = action.map_or(ptr::null(), ptr::from_ref);
    // SAFETY: `action` is null or a valid action, and `previous` has room for one. The only handler ever
    // passed is `handle`, which has the signature that SA_SIGINFO asks for.
    if unsafe { libc::sigaction(libc::SIGILL, action, previous.as_mut_ptr()) } != 0 {
        return Err(format!("cannot handle SIGILL: {}", Error::last_os_error()));
    }
    // SAFETY: `sigaction` succeeded, so it has written the previous action.
    Ok(unsafe { previous.assume_init() })
}

/// Handles SIGILL: emulates an AMX instruction and resumes after it, or passes the signal on.
///
/// The kernel enters a handler with the floating-point environment reset, so the arithmetic here does not
/// depend on the rounding mode of the interrupted code.
extern "C" fn handle(signal: c_int, information: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: with SA_SIGINFO the kernel passes a valid information record.
    let raised_by_instruction = unsafe { (*information).si_code } > 0;
    // SAFETY: with SA_SIGINFO the third argument is the context of the interrupted thread, which the kernel
    // restores on return and nothing else refers to.
    let registers = unsafe { &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs };
    let instruction = match raised_by_instruction {
        // SAFETY: the processor has just tried to execute the instruction at RIP, so its bytes are readable.
        true => unsafe { decode(registers) },
        false => None,
    };
    let Some(instruction) = instruction else {
        return pass_on(signal, information, context);
    };
    STATE.with(|state| {
        // SAFETY: the state of this thread is used only here, and by one instruction at a time: neither this
        // code nor a handler of another signal that interrupts it executes AMX.
        let state = unsafe { &mut *state.get() };
        state.instruction = Some(instruction);
        (instruction.execute)(state, &instruction);
    });
    COUNT.with(|count| count.fetch_add(1, Ordering::Relaxed));
    registers[REG_RIP as usize] = instruction.next as libc::greg_t;
}

/// Does with a SIGILL that is not the emulator's what would have been done without the emulator.
fn pass_on(signal: c_int, information: *mut libc::siginfo_t, context: *mut c_void) {
    let Some(previous) = PREVIOUS.get() else { return };
    match previous.sa_sigaction {
        libc::SIG_DFL | libc::SIG_IGN => {
            // SAFETY: `previous` is an action that was in force before. The process ends by the signal raised
            // here or, if that is ignored, by the instruction executed again, where Linux ignores nothing.
            unsafe {
                libc::sigaction(signal, previous, ptr::null_mut());
                libc::raise(signal);
            }
        }
        handler if previous.sa_flags & libc::SA_SIGINFO != 0 => {
            // SAFETY: the flag says that the handler has this signature.
            let handler = unsafe { mem::transmute::<usize, Handler>(handler) };
            handler(signal, information, context);
        }
        handler => {
            // SAFETY: without the flag the handler takes the signal's number alone.
            let handler = unsafe { mem::transmute::<usize, extern "C" fn(c_int)>(handler) };
            handler(signal);
        }
    }
}

/// A decoded instruction, with the values that its registers had.
#[derive(Clone, Copy)]
struct Instruction {
    mnemonic: &'static str,
    execute: fn(&mut State, &Instruction),
    /// The tiles in ModRM.reg, ModRM.r/m and VEX.vvvv, of which the first `tile_count` are operands.
    tiles: [usize; 3],
    tile_count: usize,
    memory: Memory,
    /// The addresses of the instruction and of the one after it.
    address: *const u8,
    next: *const u8,
}

/// A memory operand. Row `r` of a tile is at `start + r * stride`; an operand that is not a tile is where an
/// ordinary instruction would find it, at `start + stride`.
#[derive(Clone, Copy, Default)]
struct Memory {
    start: u64,
    stride: u64,
    has_index_byte: bool,
}

impl Memory {
    fn row(&self, row: usize) -> u64 {
        self.start.wrapping_add(self.stride.wrapping_mul(row as u64))
    }
}

/// Reads the bytes of an instruction one by one, as its encoding announces them, hence never past its end.
struct Reader {
    position: *const u8,
}

impl Reader {
    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let bytes = self.position.cast::<[u8; N]>();
        self.position = bytes.wrapping_add(1).cast();
        // SAFETY: `decode` starts at a whole readable instruction, and what was read announced these bytes.
        unsafe { bytes.read() }
    }

    /// Reads what follows the ModRM byte of an instruction with a memory operand (SDM volume 2, section 2.1.5
    /// and, for the stride, TILELOADD). The second byte of the VEX prefix holds `extensions`, inverted.
    fn memory(&mut self, modrm: u8, extensions: u8, registers: &Registers) -> Memory {
        let extend = |low: u8, bit: u8| usize::from(low | (!extensions >> bit & 1) << 3);
        let value = |number: usize| registers[GENERAL_REGISTERS[number] as usize] as u64;
        let mut memory = Memory::default();
        let (mode, mut base) = (modrm >> 6, modrm & 7);
        if base == 4 {
            memory.has_index_byte = true;
            let [index_byte] = self.bytes();
            base = index_byte & 7;
            let index = extend(index_byte >> 3 & 7, 6);
            // Number 4 would be RSP, which cannot be an index: it stands for none, hence a stride of 0.
            if index != 4 {
                memory.stride = value(index) << (index_byte >> 6);
            }
        }
        let without_base = mode == 0 && base == 5;
        let displacement = match mode {
            0 if !without_base => 0,
            1 => i64::from(i8::from_le_bytes(self.bytes())),
            _ => i64::from(i32::from_le_bytes(self.bytes())),
        };
        let origin = match without_base {
            false => value(extend(base, 5)),
            true if memory.has_index_byte => 0,
            // Relative to the next instruction, which is here because no AMX instruction has an immediate.
            true => self.position as u64,
        };
        memory.start = origin.wrapping_add_signed(displacement);
        memory
    }
}

/// Decodes the instruction at RIP, or returns `None` if it is no AMX instruction, or one that raises #UD
/// because of its encoding alone.
///
/// All AMX instructions are in the opcode map 0F38, which only the three-byte VEX prefix (SDM volume 2,
/// section 2.3.5) can select; the two-byte prefix implies the map 0F.
///
/// # Safety
///
/// RIP must be the address of a whole readable instruction.
unsafe fn decode(registers: &Registers) -> Option<Instruction> {
    let address = registers[REG_RIP as usize] as *const u8;
    let mut reader = Reader { position: address };
    if reader.bytes() != [0xC4] {
        return None;
    }
    let [extensions, fields, opcode] = reader.bytes();
    // The map, VEX.R, which would name a tile above 7, VEX.W and VEX.L.
    if extensions & 0x9F != 0x82 || fields & 0x84 != 0 {
        return None;
    }
    let [modrm] = reader.bytes();
    let has_memory = modrm >> 6 != 3;
    let memory = has_memory.then(|| reader.memory(modrm, extensions, registers));

    // VEX.vvvv is stored inverted as well.
    let tiles @ [first, second, third] = [modrm >> 3 & 7, modrm & 7, !fields >> 3 & 15].map(usize::from);
    let (mnemonic, tile_count, execute): (_, _, fn(&mut State, &Instruction)) =
        // The low bits of the prefix are 0 for none, 1 for 66, 2 for F3 and 3 for F2.
        match (opcode, fields & 3, memory) {
            (0x49, 0, Some(_)) if first == 0 => ("LDTILECFG", 0, State::load_configuration),
            (0x49, 1, Some(_)) if first == 0 => ("STTILECFG", 0, State::store_configuration),
            (0x49, 0, None) if modrm == 0xC0 => ("TILERELEASE", 0, |s, _| s.configure([0; 64])),
            (0x49, 3, None) if second == 0 => ("TILEZERO", 1, State::zero),
            (0x4B, 1, Some(m)) if m.has_index_byte => ("TILELOADDT1", 1, |s, i| s.transfer(i, false)),
            (0x4B, 2, Some(m)) if m.has_index_byte => ("TILESTORED", 1, |s, i| s.transfer(i, true)),
            (0x4B, 3, Some(m)) if m.has_index_byte => ("TILELOADD", 1, |s, i| s.transfer(i, false)),
            (0x5C, 2, None) => ("TDPBF16PS", 3, |s, i| s.multiply(i, accumulate_brain_floats)),
            (0x5E, 0, None) => ("TDPBUUD", 3, |s, i| s.multiply(i, accumulate_integers::<false, false>)),
            (0x5E, 1, None) => ("TDPBUSD", 3, |s, i| s.multiply(i, accumulate_integers::<false, true>)),
            (0x5E, 2, None) => ("TDPBSUD", 3, |s, i| s.multiply(i, accumulate_integers::<true, false>)),
            (0x5E, 3, None) => ("TDPBSSD", 3, |s, i| s.multiply(i, accumulate_integers::<true, true>)),
            _ => return None,
        };
    // Neither VEX.vvvv nor VEX.B may name a tile above 7; without a third tile VEX.vvvv must be unused.
    let valid = match tile_count {
        3 => third < TILE_COUNT && extensions & 0x20 != 0,
        _ => third == 0,
    };
    let (memory, next) = (memory.unwrap_or_default(), reader.position);
    valid.then_some(Instruction { mnemonic, execute, tiles, tile_count, memory, address, next })
}

/// The tile state of a thread: the registers TILECFG and TILEDATA (SDM volume 1, chapter 18).
struct State {
    /// The instruction being executed, if any.
    instruction: Option<Instruction>,
    /// TILECFG in the form in which it is loaded and stored; all zeros when no tiles are configured.
    configuration: Configuration,
    /// The bytes outside the configured shape of a tile are always 0.
    tiles: [Tile; TILE_COUNT],
}

impl State {
    const INITIAL: State = State {
        instruction: None,
        configuration: [0; 64],
        tiles: [[[0; MAXIMUM_ROW_BYTES]; MAXIMUM_ROWS]; TILE_COUNT],
    };

    fn rows(&self, tile: usize) -> usize {
        usize::from(self.configuration[ROWS + tile])
    }

    /// The bytes in a row of a tile, which the SDM calls colsb.
    fn column_bytes(&self, tile: usize) -> usize {
        let bytes = [0, 1].map(|byte| self.configuration[COLUMN_BYTES + 2 * tile + byte]);
        usize::from(u16::from_le_bytes(bytes))
    }

    /// Ends the process unless a rule of the architecture holds, with a message that says which one.
    fn require(&self, holds: bool, rule: &str) {
        if !holds {
            let _ = self.explain(rule);
            // SAFETY: `abort` may be called anywhere.
            unsafe { libc::abort() }
        }
    }

    fn explain(&self, rule: &str) -> fmt::Result {
        write!(StandardError, "AMX emulation: {rule}")?;
        if let Some(instruction) = self.instruction {
            write!(StandardError, "; in {}", instruction.mnemonic)?;
            for tile in &instruction.tiles[..instruction.tile_count] {
                write!(StandardError, " tmm{tile}")?;
            }
            write!(StandardError, " at {:?}", instruction.address)?;
        }
        let (palette, start) = (self.configuration[PALETTE], self.configuration[START_ROW]);
        write!(StandardError, "; palette {palette}, start_row {start}, rows x colsb")?;
        for tile in 0..TILE_COUNT {
            write!(StandardError, " {}x{}", self.rows(tile), self.column_bytes(tile))?;
        }
        writeln!(StandardError)
    }

    /// Replaces the configuration, which zeroes all tiles.
    fn configure(&mut self, configuration: Configuration) {
        self.configuration = configuration;
        self.tiles.as_flattened_mut().as_flattened_mut().fill(0);
    }

    /// LDTILECFG, exception class AMX-E1.
    fn load_configuration(&mut self, instruction: &Instruction) {
        let source = instruction.memory.row(1) as *const Configuration;
        // SAFETY: the program loads 64 bytes from here; where it must not, it faults as on hardware.
        self.configure(unsafe { source.read_unaligned() });
        match self.configuration[PALETTE] {
            // The initial state, whatever the other bytes are.
            0 => return self.configure([0; 64]),
            palette => self.require(palette == 1, "#GP, the palette is neither 0 nor 1"),
        }
        for offset in RESERVED.into_iter().flatten() {
            self.require(self.configuration[offset] == 0, "#GP, a reserved byte is not 0");
        }
        for (rows, bytes) in (0..TILE_COUNT).map(|tile| (self.rows(tile), self.column_bytes(tile))) {
            self.require(rows <= MAXIMUM_ROWS, "#GP, a tile has more than 16 rows");
            self.require(bytes <= MAXIMUM_ROW_BYTES, "#GP, a tile has colsb above 64");
            self.require(rows != 0 || bytes == 0, "#GP, a tile has 0 rows but not 0 colsb");
            self.require(rows == 0 || bytes != 0, "#GP, a tile has 0 colsb but not 0 rows");
        }
    }

    /// STTILECFG, exception class AMX-E2.
    fn store_configuration(&mut self, instruction: &Instruction) {
        let target = instruction.memory.row(1) as *mut Configuration;
        // SAFETY: the program stores 64 bytes here; where it must not, it faults as on hardware.
        unsafe { target.write_unaligned(self.configuration) }
    }

    fn require_configured(&self, tile: usize) {
        self.require(self.configuration[PALETTE] != 0, "#UD, no tiles are configured");
        self.require(self.rows(tile) != 0, "#UD, a tile is used but not configured");
    }

    fn require_whole_columns(&self, tile: usize) {
        self.require_configured(tile);
        let whole = self.column_bytes(tile).is_multiple_of(4);
        self.require(whole, "#UD, colsb is not a multiple of 4");
    }

    /// TILEZERO, exception class AMX-E5.
    fn zero(&mut self, instruction: &Instruction) {
        let [tile, ..] = instruction.tiles;
        self.require_configured(tile);
        self.tiles[tile].as_flattened_mut().fill(0);
        self.configuration[START_ROW] = 0;
    }

    /// TILELOADD, TILELOADDT1 and TILESTORED, exception class AMX-E3.
    fn transfer(&mut self, instruction: &Instruction, to_memory: bool) {
        let [tile, ..] = instruction.tiles;
        self.require_whole_columns(tile);
        // Not 0 if the program resumes a transfer that was interrupted.
        let start = usize::from(self.configuration[START_ROW]);
        self.require(start < self.rows(tile), "#UD, start_row is not below rows");
        for row in start..self.rows(tile) {
            let memory = instruction.memory.row(row) as *mut u8;
            let register = self.tiles[tile][row].as_mut_ptr();
            let (source, target) = match to_memory {
                true => (register, memory),
                false => (memory, register),
            };
            // SAFETY: a configured row is no longer than the register. The program accesses the memory; where
            // it must not, it faults as on hardware. It cannot reach the tiles, so the two do not overlap.
            unsafe { ptr::copy_nonoverlapping(source, target, self.column_bytes(tile)) }
        }
        self.configuration[START_ROW] = 0;
    }

    /// The instructions that multiply tiles A and B into C, exception class AMX-E4. `accumulate` does one row
    /// of A and C, given as elements of four bytes.
    fn multiply(&mut self, instruction: &Instruction, accumulate: fn(&mut [Element], &[Element], &Tile)) {
        let [c, a, b] = instruction.tiles;
        self.require(c != a && a != b && b != c, "#UD, two of the tiles are the same");
        for tile in instruction.tiles {
            self.require_whole_columns(tile);
        }
        let [c_bytes, a_bytes, b_bytes] = instruction.tiles.map(|tile| self.column_bytes(tile));
        self.require(self.rows(a) == self.rows(c), "#UD, A.rows differs from C.rows");
        self.require(a_bytes / 4 == self.rows(b), "#UD, A.colsb/4 differs from B.rows");
        self.require(b_bytes == c_bytes, "#UD, B.colsb differs from C.colsb");
        let rows = self.rows(c);
        let Ok([c, a, b]) = self.tiles.get_disjoint_mut([c, a, b]) else {
            unreachable!("the tiles are different");
        };
        for (c, a) in c.iter_mut().zip(a).take(rows) {
            accumulate(c[..c_bytes].as_chunks_mut().0, a[..a_bytes].as_chunks().0, b);
        }
        self.configuration[START_ROW] = 0;
    }
}

/// One row of TDPBF16PS (SDM volume 2, TDPBF16PS, "Operation"): the products of the even elements and those
/// of the odd elements are summed apart by fused multiply-adds, then the two sums to each other, and only
/// then to C.
fn accumulate_brain_floats(c: &mut [Element], a: &[Element], b: &Tile) {
    let mut sums = [[0.0f32; 2]; MAXIMUM_ROW_BYTES / 4];
    for (a, b) in a.iter().zip(b) {
        let [a_even, a_odd] = brain_floats(*a);
        for (sum, b) in sums.iter_mut().zip(b.as_chunks().0).take(c.len()) {
            let [b_even, b_odd] = brain_floats(*b);
            *sum = [flush(a_even.mul_add(b_even, sum[0])), flush(a_odd.mul_add(b_odd, sum[1]))];
        }
    }
    for (c, [even, odd]) in c.iter_mut().zip(sums) {
        *c = flush(flush(f32::from_le_bytes(*c)) + flush(even + odd)).to_le_bytes();
    }
}

/// The two bfloat16 numbers of an element, which are the upper halves of single-precision numbers.
fn brain_floats([even_low, even_high, odd_low, odd_high]: Element) -> [f32; 2] {
    let widen = |low, high| flush(f32::from_le_bytes([0, 0, low, high]));
    [widen(even_low, even_high), widen(odd_low, odd_high)]
}

/// Replaces a denormal by zero, as the instruction does with its inputs (DAZ) and its results (FTZ).
fn flush(value: f32) -> f32 {
    if value.is_subnormal() { value * 0.0 } else { value }
}

/// One row of TDPBSSD, TDPBSUD, TDPBUSD or TDPBUUD (SDM volume 2, same page), which do not saturate. `A` and
/// `B` say which of the two source tiles are signed.
fn accumulate_integers<const A: bool, const B: bool>(c: &mut [Element], a: &[Element], b: &Tile) {
    let extend = |byte: u8, signed| if signed { byte as i8 as i32 } else { byte as i32 };
    for (a, b) in a.iter().zip(b) {
        for (c, b) in c.iter_mut().zip(b.as_chunks().0) {
            let b: &Element = b;
            let products = (0..4).map(|i| extend(a[i], A) * extend(b[i], B));
            let sum = products.fold(i32::from_le_bytes(*c), i32::wrapping_add);
            *c = sum.to_le_bytes();
        }
    }
}

/// Standard error without the lock and buffer of the standard library, which a handler must not wait for.
struct StandardError;

impl Write for StandardError {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // SAFETY: the pointer and length are those of `text`.
        unsafe { libc::write(libc::STDERR_FILENO, text.as_ptr().cast(), text.len()) };
        Ok(())
    }
}
