//! Which features of the standard are compiled, and how a refusal names the others.
//!
//! To compile a further proposal: let [`is_compiled`] say so, add its instructions to
//! `translate/dispatch.rs`; a test walks wasmparser's operator table and holds both together.

use crate::error::{Error, Location, Result};
use wasmparser::{AbstractHeapType, BinaryReaderError, HeapType, Operator, RefType, ValType, WasmFeatures};

/// Every proposal that wasmparser knows, so that what is refused is refused by its name. Without
/// the settings that only forbid things, and those that make other modules invalid.
pub fn validated() -> WasmFeatures {
    WasmFeatures::all() - WasmFeatures::CM_VALUES
}

macro_rules! define_proposal_of {
    ($(@$proposal:ident $op:ident $({ $($argument:ident: $ty:ty),* })? => $visit:ident ($($arity:tt)*))*) => {
        /// The proposal that brought an instruction, in wasmparser's words.
        pub fn proposal_of(op: &Operator<'_>) -> &'static str {
            match op {
                $(Operator::$op { .. } => stringify!($proposal),)*
                _ => "an unknown instruction",
            }
        }
    };
}
wasmparser::for_each_operator!(define_proposal_of);

/// Whether the instructions of a proposal are compiled.
pub fn is_compiled(proposal: &str) -> bool {
    matches!(
        proposal,
        "mvp"
            | "sign_extension"
            | "saturating_float_to_int"
            | "bulk_memory"
            | "reference_types"
            | "tail_call"
            | "simd"
            | "relaxed_simd"
            | "multi_memory"
            | "memory64"
            | "custom_page_sizes"
            | "wide_arithmetic"
            | "function_references"
            | "exceptions"
            | "legacy_exceptions"
    )
}

/// A proposal for people.
pub fn feature_name(proposal: &str) -> &str {
    match proposal {
        "simd" => "SIMD",
        "relaxed_simd" => "relaxed SIMD",
        "exceptions" => "exception handling",
        "legacy_exceptions" => "legacy exception handling",
        "function_references" => "typed function references",
        "gc" => "garbage collection",
        "threads" => "threads",
        "wide_arithmetic" => "wide arithmetic",
        "shared_everything_threads" => "shared-everything threads",
        "stack_switching" => "stack switching",
        "memory_control" => "memory control",
        "custom_descriptors" => "custom descriptors",
        "acquire_release_atomics" => "acquire-release atomics",
        other => other,
    }
}

/// The feature that an instruction belongs to, for people.
pub fn feature_of(op: &Operator<'_>) -> &'static str {
    feature_name(proposal_of(op))
}

/// Refuses an instruction that is not compiled yet.
pub fn check_operator(op: &Operator<'_>, offset: u64) -> Result<()> {
    if is_compiled(proposal_of(op)) {
        return Ok(());
    }
    Err(unsupported(feature_of(op), offset))
}

/// Refuses a value type that is not compiled yet.
pub fn check_value_type(ty: ValType, offset: u64) -> Result<()> {
    match ty {
        ValType::V128 if !is_compiled("simd") => Err(unsupported(feature_name("simd"), offset)),
        ValType::Ref(reference) => check_reference_type(reference, offset),
        _ => Ok(()),
    }
}

/// Refuses a reference type that is not compiled yet.
pub fn check_reference_type(ty: RefType, offset: u64) -> Result<()> {
    let proposal = match ty.heap_type() {
        HeapType::Abstract { shared: true, .. } => "shared_everything_threads",
        HeapType::Abstract {
            ty:
                AbstractHeapType::Func
                | AbstractHeapType::NoFunc
                | AbstractHeapType::Extern
                | AbstractHeapType::NoExtern
                | AbstractHeapType::Exn
                | AbstractHeapType::NoExn,
            ..
        } => return Ok(()),
        // Only function types pass the type section.
        HeapType::Concrete(_) => return Ok(()),
        HeapType::Abstract { ty: AbstractHeapType::Cont | AbstractHeapType::NoCont, .. } => "stack_switching",
        HeapType::Abstract { .. } => "gc",
        HeapType::Exact(_) => "custom_descriptors",
    };
    Err(unsupported(feature_name(proposal), offset))
}

/// The error for a feature that is not compiled yet.
pub fn unsupported(feature: &str, offset: u64) -> Error {
    Error::Unsupported { feature: feature.into(), location: Location::at(offset) }
}

/// wasmparser's error for bytes that cannot be decoded.
pub fn malformed(error: BinaryReaderError) -> Error {
    Error::Malformed { message: error.message().into(), location: Location::at(error.offset()) }
}

/// wasmparser's error for a module that is not valid.
pub fn invalid(error: BinaryReaderError) -> Error {
    Error::Invalid { message: error.message().into(), location: Location::at(error.offset()) }
}
