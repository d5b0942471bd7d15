//! What an object that we do not link needs of others: a C header for whoever links it.
//!
//! In: an object of any format. Out: the text of a header that declares what the object defines and
//! every function that it calls, with the prototypes that the ABI states. Nothing is left out: a
//! symbol of which we know no prototype is listed by its name.

use crate::error::{Error, Result};
use crate::target::{System, Target};
use object::{Object, ObjectSymbol};
use std::collections::BTreeSet;
use std::fmt::Write;
use wasmwright_abi::PROGRAM_SYMBOL;
use wasmwright_abi::program::EntryKind;
use wasmwright_abi::runtime_function::{AbiType, RuntimeFunction};
use wasmwright_abi::trap::Trap;
use wasmwright_abi::wasi::{FUNCTIONS, SETUP_SYMBOL, SETUP_WITH_LISTENERS_SYMBOL, WasiFunction, WasiType};

/// The header for `object`, which was compiled for `target` from a module of that name.
pub fn header(object: &[u8], target: &Target, module: &str) -> Result<String> {
    let needed = undefined_symbols(object, target)?;
    let module: String =
        module.chars().filter(|letter| letter.is_alphanumeric() || "-_. ".contains(*letter)).collect();
    let mut text = format!(
        "/* An object for {} ({}), compiled by wasmwright {} from the module {module}.\n\
         \x20*\n\
         \x20* It is an object only: wasmwright has no runtime for this target. Whoever links it provides\n\
         \x20* the functions below, in the target's C calling convention, and begins with what\n\
         \x20* {PROGRAM_SYMBOL} describes (ABI version {}). The first argument of a function that is\n\
         \x20* imported by the module is the instance of its caller. */\n\
         #include <stdint.h>\n\n\
         /* Defined by the object. */\nextern const uint64_t {PROGRAM_SYMBOL}[];\n\n\
         /* Needed by the object. */\n",
        target.name(),
        target.triple(),
        env!("CARGO_PKG_VERSION"),
        wasmwright_abi::ABI_VERSION,
    );
    for name in needed {
        let line = prototype(&name).unwrap_or_else(|| format!("/* {name} */"));
        // Writing to a string does not fail.
        let _ = writeln!(text, "{line}");
    }
    Ok(text)
}

/// Their names in C.
fn undefined_symbols(object: &[u8], target: &Target) -> Result<BTreeSet<String>> {
    let broken = |error: object::Error| Error::internal(format!("the object: {error}"));
    let file = object::File::parse(object).map_err(broken)?;
    let mut names = BTreeSet::new();
    for symbol in file.symbols().filter(ObjectSymbol::is_undefined) {
        let name = symbol.name().map_err(broken)?;
        let in_c = if target.system == System::MacOs { name.strip_prefix('_').unwrap_or(name) } else { name };
        if !in_c.is_empty() {
            names.insert(in_c.to_owned());
        }
    }
    Ok(names)
}

/// The prototype of what the ABI knows.
fn prototype(name: &str) -> Option<String> {
    if Trap::ALL.iter().any(|trap| trap.symbol() == name) {
        return Some(format!("_Noreturn void {name}(void);"));
    }
    if let Some(function) = RuntimeFunction::ALL.iter().find(|function| function.symbol() == name) {
        let parameters: Vec<_> = function.parameters().iter().map(|&ty| abi_type(ty)).collect();
        return Some(format!("{} {name}({});", abi_type(function.result()), parameters.join(", ")));
    }
    let is_entry = |kind: &EntryKind| kind.symbol() == Some(name);
    if [EntryKind::Command, EntryKind::Invoke].iter().any(is_entry) {
        return Some(format!("int32_t {name}(void *);"));
    }
    if [SETUP_SYMBOL, SETUP_WITH_LISTENERS_SYMBOL].contains(&name) {
        return Some(format!("void {name}(void *);"));
    }
    let is_named =
        |function: &&WasiFunction| function.snapshot_symbol == name || function.unstable_symbol == Some(name);
    FUNCTIONS.iter().find(is_named).map(|function| wasi_prototype(function, name))
}

fn abi_type(ty: AbiType) -> &'static str {
    match ty {
        AbiType::I32 => "uint32_t",
        AbiType::I64 => "uint64_t",
        AbiType::Pointer => "void *",
    }
}

fn wasi_prototype(function: &WasiFunction, name: &str) -> String {
    let own = function.parameters.iter().map(|ty| match ty {
        WasiType::I32 => "uint32_t",
        WasiType::I64 => "uint64_t",
    });
    let parameters: Vec<_> = std::iter::once("void *").chain(own).collect();
    let result = if function.returns_errno { "uint32_t" } else { "_Noreturn void" };
    format!("{result} {name}({});", parameters.join(", "))
}
