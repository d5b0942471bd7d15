//! Types as people read them: `(i32, i32) -> i64`, `memory of 1 to 4 pages`.

use super::Read;
use wasmparser::types::TypesRef;
use wasmparser::{
    CompositeInnerType, ExternalKind, FuncType, FunctionSectionReader, GlobalType, MemoryType, TableType,
    TypeRef, TypeSectionReader, ValType,
};
use wasmwright_abi::wasi::{self, WasiType};

/// The function types of a module.
#[derive(Default)]
pub struct Signatures {
    /// By type index; nothing for types that are not functions.
    types: Vec<Option<FuncType>>,
    imported_functions: u32,
    defined_functions: u32,
    /// How many bodies came so far.
    bodies: std::cell::Cell<u32>,
}

impl Signatures {
    /// Reads the type section.
    pub fn types(&mut self, section: TypeSectionReader<'_>) -> Read {
        for group in section {
            for ty in group?.into_types() {
                self.types.push(match ty.composite_type.inner {
                    CompositeInnerType::Func(function) => Some(function),
                    _ => None,
                });
            }
        }
        Ok(())
    }

    /// Reads the function section.
    pub fn functions(&mut self, section: FunctionSectionReader<'_>) -> Read {
        self.defined_functions = section.count();
        Ok(())
    }

    /// A function type by its index.
    pub fn function(&self, index: u32) -> Option<&FuncType> {
        self.types.get(index as usize)?.as_ref()
    }

    /// Index of the function whose body comes next.
    pub fn next_body(&self) -> u32 {
        let position = self.bodies.get();
        self.bodies.set(position + 1);
        self.imported_functions + position
    }

    /// Kind and type of an import.
    pub fn import(&mut self, ty: TypeRef) -> (&'static str, String) {
        match ty {
            TypeRef::Func(index) | TypeRef::FuncExact(index) => {
                self.imported_functions += 1;
                ("function", self.function(index).map(function).unwrap_or_default())
            }
            TypeRef::Table(ty) => ("table", table(&ty)),
            TypeRef::Memory(ty) => ("memory", memory(&ty)),
            TypeRef::Global(ty) => ("global", global(&ty)),
            TypeRef::Tag(ty) => ("tag", self.function(ty.func_type_idx).map(function).unwrap_or_default()),
        }
    }

    /// Whether the runtime has a function of that name and type.
    pub fn is_provided(&self, module: &str, name: &str, ty: TypeRef) -> bool {
        let TypeRef::Func(index) = ty else { return false };
        let (Some(function), Some((provided, _))) = (self.function(index), wasi::find(module, name)) else {
            return false;
        };
        let results: &[ValType] = if provided.returns_errno { &[ValType::I32] } else { &[] };
        let parameters = provided.parameters.iter().map(|ty| match ty {
            WasiType::I32 => ValType::I32,
            WasiType::I64 => ValType::I64,
        });
        function.params().iter().copied().eq(parameters) && function.results() == results
    }
}

/// Kind and type of an export of a validated module.
pub fn export(types: TypesRef<'_>, kind: ExternalKind, index: u32) -> (&'static str, String) {
    let function_type =
        |id: wasmparser::types::CoreTypeId| match types.get(id).map(|ty| &ty.composite_type.inner) {
            Some(CompositeInnerType::Func(ty)) => function(ty),
            _ => String::new(),
        };
    match kind {
        ExternalKind::Func | ExternalKind::FuncExact => {
            ("function", function_type(types.core_function_at(index)))
        }
        ExternalKind::Table => ("table", table(&types.table_at(index))),
        ExternalKind::Memory => ("memory", memory(&types.memory_at(index))),
        ExternalKind::Global => ("global", global(&types.global_at(index))),
        ExternalKind::Tag => ("tag", function_type(types.tag_at(index))),
    }
}

fn function(ty: &FuncType) -> String {
    let list = |types: &[ValType]| types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let results = match ty.results() {
        [one] => one.to_string(),
        several => format!("({})", list(several)),
    };
    format!("({}) -> {results}", list(ty.params()))
}

/// The type of a memory.
pub fn memory(ty: &MemoryType) -> String {
    let mut text = limits(ty.initial, ty.maximum) + " pages";
    if let Some(log2) = ty.page_size_log2 {
        text += &format!(" of {} bytes", 1_u64.checked_shl(log2).unwrap_or_default());
    }
    if ty.memory64 {
        text += ", 64-bit";
    }
    if ty.shared {
        text += ", shared";
    }
    text
}

/// The type of a table.
pub fn table(ty: &TableType) -> String {
    let width = if ty.table64 { ", 64-bit" } else { "" };
    format!("{} of {}{width}", limits(ty.initial, ty.maximum), ValType::Ref(ty.element_type))
}

/// The type of a global.
pub fn global(ty: &GlobalType) -> String {
    if ty.mutable { format!("mutable {}", ty.content_type) } else { ty.content_type.to_string() }
}

fn limits(initial: u64, maximum: Option<u64>) -> String {
    match maximum {
        Some(maximum) if maximum == initial => initial.to_string(),
        Some(maximum) => format!("{initial} to {maximum}"),
        None => format!("{initial} or more"),
    }
}
