//! Which version of the library this is.

use super::string::deberta_string;

/// First part of the version that this header belongs to.
pub const DEBERTA_VERSION_MAJOR: u32 = 0;
/// Second part of the version that this header belongs to.
pub const DEBERTA_VERSION_MINOR: u32 = 1;
/// Third part of the version that this header belongs to.
pub const DEBERTA_VERSION_PATCH: u32 = 0;
/// The version of the binary interface that this header describes; the number in the name libdeberta.so.0. It only
/// changes when programs must be recompiled.
pub const DEBERTA_ABI_VERSION: u32 = 0;

const fn is_number(text: &str, number: u32) -> bool {
    let (digits, mut index, mut value) = (text.as_bytes(), 0, 0);
    while index < digits.len() {
        value = value * 10 + (digits[index] - b'0') as u32;
        index += 1;
    }
    value == number
}

// The header cannot take its numbers from Cargo.toml, so this makes sure that they are the same.
const _: () = assert!(is_number(env!("CARGO_PKG_VERSION_MAJOR"), DEBERTA_VERSION_MAJOR));
const _: () = assert!(is_number(env!("CARGO_PKG_VERSION_MINOR"), DEBERTA_VERSION_MINOR));
const _: () = assert!(is_number(env!("CARGO_PKG_VERSION_PATCH"), DEBERTA_VERSION_PATCH));

/// The version of the library in use, as "0.1.0"; it may be newer than the header's.
///
/// @return The version, static and followed by a NUL.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn deberta_version() -> deberta_string {
    deberta_string::from_static(concat!(env!("CARGO_PKG_VERSION"), "\0"))
}

/// The version of the binary interface of the library in use. A program that loads the library at run time compares
/// it with #DEBERTA_ABI_VERSION and must not go on if they differ.
///
/// @return The version of the binary interface.
/// @par Thread safety
///   May be called from any thread at any time.
/// @since 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn deberta_abi_version() -> u32 {
    DEBERTA_ABI_VERSION
}
