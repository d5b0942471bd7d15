//! Types of the module in the compiler's own words.

use wasmparser::{HeapType, RefType, UnpackedIndex, ValType};

/// A value type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum ValueType {
    I32,
    I64,
    F32,
    F64,
    V128,
    Reference(RefType),
}

impl From<ValType> for ValueType {
    fn from(ty: ValType) -> Self {
        match ty {
            ValType::I32 => Self::I32,
            ValType::I64 => Self::I64,
            ValType::F32 => Self::F32,
            ValType::F64 => Self::F64,
            ValType::V128 => Self::V128,
            ValType::Ref(reference) => Self::Reference(reference),
        }
    }
}

impl ValueType {
    /// The type's byte in the binary format; references as `funcref` or `externref`, whichever
    /// their values are like.
    pub fn code(self) -> u8 {
        match self {
            Self::I32 => 0x7f,
            Self::I64 => 0x7e,
            Self::F32 => 0x7d,
            Self::F64 => 0x7c,
            Self::V128 => 0x7b,
            Self::Reference(reference) if is_function_reference(reference) => 0x70,
            Self::Reference(_) => 0x6f,
        }
    }

    /// Bytes that a value takes in a global.
    pub fn bytes(self) -> u64 {
        if self == Self::V128 { 16 } else { wasmwright_abi::instance::GLOBAL_BYTES }
    }

    /// Whether values are pointers or opaque host values.
    pub fn is_reference(self) -> bool {
        matches!(self, Self::Reference(_))
    }
}

/// Whether values of this type are pointers to function references.
pub fn is_function_reference(ty: RefType) -> bool {
    match ty.heap_type() {
        HeapType::Abstract { ty, .. } => {
            matches!(ty, wasmparser::AbstractHeapType::Func | wasmparser::AbstractHeapType::NoFunc)
        }
        HeapType::Concrete(UnpackedIndex::Module(_)) | HeapType::Exact(_) | HeapType::Concrete(_) => true,
    }
}

/// A function type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FunctionType {
    /// Types of the parameters.
    pub parameters: Vec<ValueType>,
    /// Types of the results.
    pub results: Vec<ValueType>,
}

impl From<&wasmparser::FuncType> for FunctionType {
    fn from(ty: &wasmparser::FuncType) -> Self {
        Self {
            parameters: ty.params().iter().map(|&ty| ty.into()).collect(),
            results: ty.results().iter().map(|&ty| ty.into()).collect(),
        }
    }
}

impl FunctionType {
    /// Text that two types share exactly when they are the same.
    pub fn canonical(&self) -> String {
        let list =
            |types: &[ValueType]| types.iter().map(|ty| format!("{ty:?}")).collect::<Vec<_>>().join(",");
        format!("({})->({})", list(&self.parameters), list(&self.results))
    }
}
