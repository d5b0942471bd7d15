//! How functions of WebAssembly look in C.
//!
//! Each takes what its edge adds, its own parameters and pointers to where its results go, and returns
//! a code; vectors are passed by address.

use crate::frontend::types::{FunctionType, ValueType};

/// The declaration of a function of that name, or of a pointer to one: without the semicolon.
pub fn function(name: &str, first: &str, ty: &FunctionType) -> String {
    let own = ty.parameters.iter().enumerate().map(|(position, &ty)| match ty {
        ValueType::V128 => format!("const wasmwright_v128_t *p{position}"),
        _ => format!("{} p{position}", stored(ty)),
    });
    let results = ty.results.iter().enumerate().map(|(position, &ty)| match ty.is_reference() {
        true => format!("wasmwright_reference_t *r{position}"),
        false => format!("{} *r{position}", stored(ty)),
    });
    let parameters =
        std::iter::once(first.to_owned()).chain(own).chain(results).collect::<Vec<_>>().join(", ");
    format!("wasmwright_trap_t {name}({parameters})")
}

/// The same of one that the host provides to a library or a program of that name.
pub fn host_function(name: &str, library: &str, ty: &FunctionType) -> String {
    function(name, &format!("void *user, wasmwright_{library}_t *instance"), ty)
}

/// The type of a value that lies in memory.
pub fn stored(ty: ValueType) -> &'static str {
    match ty {
        ValueType::I32 => "uint32_t",
        ValueType::I64 => "uint64_t",
        ValueType::F32 => "float",
        ValueType::F64 => "double",
        ValueType::V128 => "wasmwright_v128_t",
        ValueType::Reference(_) => "wasmwright_reference_t",
    }
}
