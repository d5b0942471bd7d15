//! Names of symbols. Content-stable: they hang on names and indices, never on addresses.
//!
//! Symbols of translated functions end in two numbers, so that none is in the name space of libc,
//! of the runtime or of LLVM's intrinsics.

use crate::frontend::index::{DataIndex, ElemIndex, FuncIndex, TableIndex};
use crate::frontend::types::FunctionType;

/// What the data that symbols name is aligned to, in bytes: `metadata` keeps it, code relies on it.
pub mod alignment {
    /// Instance records, tables, arrays of elements.
    pub const RECORD: u64 = 16;
    /// Function references.
    pub const REFERENCE: u64 = 8;
    /// The bytes of data segments, and types, of which only the address counts.
    pub const BYTES: u64 = 1;
}

/// Longest part of a Wasm name that goes into a symbol, in bytes.
const LONGEST_NAME: usize = 512;

/// Code of a function: its name, the module, the function's index.
pub fn function(module: usize, function: FuncIndex, name: Option<&str>) -> String {
    let name = name.filter(|name| !name.is_empty()).map_or_else(|| "function".to_owned(), sanitize);
    format!("{name}.{module}.{}", function.0)
}

/// A name without what assemblers, linkers and LLVM give a meaning to.
fn sanitize(name: &str) -> String {
    let mut clean: String = name
        .chars()
        .map(|c| if c.is_control() || c == '@' || c == '"' || c == '\\' { '_' } else { c })
        .take_while({
            let mut length = 0;
            move |c| {
                length += c.len_utf8();
                length <= LONGEST_NAME
            }
        })
        .collect();
    if clean.starts_with("llvm.") || clean.starts_with('.') {
        clean.insert(0, '_');
    }
    clean
}

/// The instance record of a module (`Static`).
pub fn instance(module: usize) -> String {
    format!("wasmwright_instance.{module}")
}

/// What a program may still spend on instructions.
pub const FUEL: &str = "wasmwright_fuel";

/// The initialize function of a module.
pub fn initialize(module: usize) -> String {
    format!("wasmwright_initialize.{module}")
}

/// The entry in C convention of the kept export at that position.
pub fn invoke(module: usize, export: usize) -> String {
    format!("wasmwright_invoke.{module}.{export}")
}

/// The function in the convention of compiled code that calls references of a type for a module where
/// they are to functions of other instances that the host made.
pub fn bridge(module: usize, ty: &FunctionType) -> String {
    format!("wasmwright_bridge.{module}.{}", ty.identity().hex())
}

/// What begins calls of the library's functions of a type for other instances
/// ([`wasmwright_abi::instance::CallReference`]).
pub fn reference_call(ty: &FunctionType) -> String {
    format!("wasmwright_reference_call.{}", ty.identity().hex())
}

/// The entry in C convention behind it.
pub fn reference_entry(ty: &FunctionType) -> String {
    format!("wasmwright_reference_entry.{}", ty.identity().hex())
}

/// The function reference to a function of that module (`Static`).
pub fn function_reference(module: usize, function: FuncIndex) -> String {
    format!("wasmwright_reference.{module}.{}", function.0)
}

/// The elements of a segment as an array.
pub fn elements(module: usize, segment: ElemIndex) -> String {
    format!("wasmwright_elements.{module}.{}", segment.0)
}

/// The bytes of a data segment.
pub fn data(module: usize, segment: DataIndex) -> String {
    format!("wasmwright_data.{module}.{}", segment.0)
}

/// The initial elements of a table.
pub fn table(module: usize, table: TableIndex) -> String {
    format!("wasmwright_table.{module}.{}", table.0)
}

/// The code of a table's functions of one type.
pub fn code_table(module: usize, table: TableIndex, ty: &FunctionType) -> String {
    format!("wasmwright_code.{module}.{}.{}", table.0, ty.identity().hex())
}

/// The symbol whose address stands for a function type, the same for equal types of any module.
pub fn type_id(ty: &FunctionType) -> String {
    format!("wasmwright_type.{}", ty.identity().hex())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_out_of_reserved_name_spaces() {
        assert_eq!(function(0, FuncIndex(3), Some("pow")), "pow.0.3");
        assert_eq!(function(1, FuncIndex(3), None), "function.1.3");
        assert_eq!(function(0, FuncIndex(1), Some("llvm.trap")), "_llvm.trap.0.1");
        assert_eq!(function(0, FuncIndex(1), Some("a@b\0\u{1}c")), "a_b__c.0.1");
        assert!(function(0, FuncIndex(1), Some(&"é".repeat(4000))).len() < 600);
    }

    #[test]
    fn equal_types_share_a_symbol() {
        use crate::frontend::types::ValueType::{I32, I64};
        let a = FunctionType::plain(vec![I32], vec![I64]);
        let b = FunctionType::plain(vec![I32, I64], vec![]);
        assert_eq!(type_id(&a), type_id(&a.clone()));
        assert_ne!(type_id(&a), type_id(&b));
    }
}
