//! A validated module, as data. Borrows the bytes it was read from.

use super::const_expr::ConstExpr;
use super::debug_file::SourceMap;
use super::index::*;
use super::types::{FunctionType, ReferenceType, TypeIdentity, ValueType};
use std::collections::{BTreeMap, BTreeSet};

/// A validated module.
#[derive(Debug, Default)]
pub struct ParsedModule<'a> {
    /// The whole binary.
    pub binary: &'a [u8],
    /// Function types by [`TypeIndex`].
    pub types: Vec<FunctionType>,
    /// What stands for each of them.
    pub type_identities: Vec<TypeIdentity>,
    /// Imports in the order of the module.
    pub imports: Vec<Import<'a>>,
    /// Functions by [`FuncIndex`], imported ones first.
    pub functions: Vec<Function>,
    /// Tables by [`TableIndex`].
    pub tables: Vec<Table>,
    /// Memories by [`MemoryIndex`].
    pub memories: Vec<Memory>,
    /// Globals by [`GlobalIndex`].
    pub globals: Vec<Global>,
    /// Tags by [`TagIndex`].
    pub tags: Vec<Tag>,
    /// Exports in the order of the module.
    pub exports: Vec<Export<'a>>,
    /// The start function.
    pub start: Option<FuncIndex>,
    /// Element segments by [`ElemIndex`].
    pub elements: Vec<ElementSegment>,
    /// Data segments by [`DataIndex`].
    pub data: Vec<DataSegment<'a>>,
    /// Bodies by [`DefinedFuncIndex`].
    pub bodies: Vec<Body<'a>>,
    /// What the bodies do, taken together.
    pub facts: Facts,
    /// Names from the name section by [`FuncIndex`].
    pub function_names: BTreeMap<FuncIndex, &'a str>,
    /// Likewise of tags.
    pub tag_names: BTreeMap<TagIndex, &'a str>,
    /// Offset of the code section's content, from which the addresses in debug information count.
    pub code_offset: u64,
    /// Contents of the custom sections with debug information, by name.
    pub debug_sections: BTreeMap<&'a str, &'a [u8]>,
    /// Where the module says that its debug information is, where it is not in the module.
    pub debug_reference: Option<&'a str>,
    /// Source lines, where they come from a source map.
    pub source_map: Option<SourceMap>,
    /// Which way branches are expected to go, by function and offset in its body.
    pub branch_hints: BTreeMap<FuncIndex, BranchHints>,
}

/// Whether the branch at an offset of a body is expected to be taken.
pub type BranchHints = BTreeMap<u32, bool>;

/// An import.
#[derive(Clone, Copy, Debug)]
pub struct Import<'a> {
    /// Module name.
    pub module: &'a str,
    /// Item name.
    pub name: &'a str,
    /// What is imported, by its index in its own space.
    pub item: Item,
    /// Where the import section says so.
    pub offset: u64,
}

/// Something that can be imported or exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Item {
    Function(FuncIndex),
    Table(TableIndex),
    Memory(MemoryIndex),
    Global(GlobalIndex),
    Tag(TagIndex),
}

impl Item {
    /// What the specification calls it.
    pub fn kind_name(self) -> &'static str {
        match self {
            Self::Function(_) => "function",
            Self::Table(_) => "table",
            Self::Memory(_) => "memory",
            Self::Global(_) => "global",
            Self::Tag(_) => "tag",
        }
    }
}

/// An export.
#[derive(Clone, Copy, Debug)]
pub struct Export<'a> {
    /// Its name.
    pub name: &'a str,
    /// What is exported.
    pub item: Item,
}

/// A function of the index space.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// Its type.
    pub ty: TypeIndex,
    /// Position in [`ParsedModule::imports`] if it is imported.
    pub import: Option<usize>,
}

/// A table of the index space.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its type.
    pub ty: wasmparser::TableType,
    /// Type of the elements.
    pub element: ReferenceType,
    /// Position in [`ParsedModule::imports`] if it is imported.
    pub import: Option<usize>,
    /// Initial value of the elements, where it is not null.
    pub init: Option<ConstExpr>,
}

/// A memory of the index space.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Its type.
    pub ty: wasmparser::MemoryType,
    /// Position in [`ParsedModule::imports`] if it is imported.
    pub import: Option<usize>,
}

/// A global of the index space.
#[derive(Clone, Debug)]
pub struct Global {
    /// Type of its value.
    pub ty: ValueType,
    /// Whether it can change.
    pub mutable: bool,
    /// Position in [`ParsedModule::imports`] if it is imported.
    pub import: Option<usize>,
    /// Initial value, if it is not imported.
    pub init: Option<ConstExpr>,
}

/// A tag of the index space.
#[derive(Clone, Copy, Debug)]
pub struct Tag {
    /// A function type whose parameters are the values of its exceptions.
    pub ty: TypeIndex,
    /// Position in [`ParsedModule::imports`] if it is imported.
    pub import: Option<usize>,
}

/// When a segment is applied.
#[derive(Clone, Debug)]
pub enum SegmentMode<T> {
    /// At instantiation, to that table or memory from that offset.
    Active {
        /// The table or memory.
        target: T,
        /// Where in it.
        offset: ConstExpr,
    },
    /// By instructions.
    Passive,
    /// Never: it only declares references.
    Declared,
}

/// An element segment.
#[derive(Clone, Debug)]
pub struct ElementSegment {
    /// When it is applied.
    pub mode: SegmentMode<TableIndex>,
    /// Its elements.
    pub items: Vec<ConstExpr>,
}

/// A data segment.
#[derive(Clone, Debug)]
pub struct DataSegment<'a> {
    /// When it is applied.
    pub mode: SegmentMode<MemoryIndex>,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// The body of a function.
#[derive(Clone, Debug)]
pub struct Body<'a> {
    /// Locals and instructions.
    pub reader: wasmparser::FunctionBody<'a>,
    /// The same as bytes.
    pub bytes: &'a [u8],
    /// Offset of the first of these bytes in the module.
    pub offset: u64,
}

/// What the function bodies of a module do to its state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Globals that `global.set` names.
    pub written_globals: BTreeSet<GlobalIndex>,
    /// Tables that `table.set`, `fill`, `copy` or `init` write or `table.grow` changes.
    pub written_tables: BTreeSet<TableIndex>,
    /// Tables that `table.grow` changes.
    pub grown_tables: BTreeSet<TableIndex>,
    /// Element segments that instructions name.
    pub used_elements: BTreeSet<ElemIndex>,
    /// Data segments that instructions name.
    pub used_data: BTreeSet<DataIndex>,
    /// Functions that `ref.func` names.
    pub referenced_functions: BTreeSet<FuncIndex>,
    /// Types of functions that are called through references.
    pub called_types: BTreeSet<TypeIndex>,
    /// Whether there are tail calls.
    pub has_tail_calls: bool,
    /// Functions with loops or `br_table`s.
    pub branching: BTreeMap<FuncIndex, Branching>,
    /// Whether anything is thrown.
    pub throws: bool,
    /// Whether there are handlers.
    pub catches: bool,
}

/// How many ways there are through a function, as far as LLVM's time depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Branching {
    /// Its loops.
    pub loops: usize,
    /// The different labels of the `br_table` with the most of them.
    pub labels: usize,
}

impl Facts {
    /// The facts of two sets of bodies.
    pub fn merge(mut self, mut other: Self) -> Self {
        self.written_globals.append(&mut other.written_globals);
        self.written_tables.append(&mut other.written_tables);
        self.grown_tables.append(&mut other.grown_tables);
        self.used_elements.append(&mut other.used_elements);
        self.used_data.append(&mut other.used_data);
        self.referenced_functions.append(&mut other.referenced_functions);
        self.called_types.append(&mut other.called_types);
        self.has_tail_calls |= other.has_tail_calls;
        self.branching.extend(other.branching);
        self.throws |= other.throws;
        self.catches |= other.catches;
        self
    }
}

impl<'a> ParsedModule<'a> {
    /// Number of imported functions: the first defined one has this index.
    pub fn imported_functions(&self) -> usize {
        self.functions.len() - self.bodies.len()
    }

    /// The type of a function.
    pub fn function_type(&self, function: FuncIndex) -> &FunctionType {
        &self.types[self.functions[function.index()].ty.index()]
    }

    /// The type of a tag.
    pub fn tag_type(&self, tag: TagIndex) -> &FunctionType {
        &self.types[self.tags[tag.index()].ty.index()]
    }

    /// A tag's name for people.
    pub fn tag_name(&self, tag: TagIndex) -> String {
        let exported = || self.exports.iter().find(|export| export.item == Item::Tag(tag));
        let name = self.tag_names.get(&tag).copied();
        name.or_else(|| exported().map(|export| export.name)).map_or_else(|| tag.0.to_string(), str::to_owned)
    }

    /// A value type as the module writes it.
    pub fn value_type(&self, ty: wasmparser::ValType) -> ValueType {
        ValueType::new(ty, &self.type_identities)
    }

    /// The body of a function, unless it is imported.
    pub fn defined(&self, function: FuncIndex) -> Option<DefinedFuncIndex> {
        function.index().checked_sub(self.imported_functions()).map(DefinedFuncIndex::from)
    }

    /// The function of a body.
    pub fn function_of(&self, body: DefinedFuncIndex) -> FuncIndex {
        FuncIndex::from(body.index() + self.imported_functions())
    }

    /// What a reactor of WASI wants to be called before all else.
    pub fn initializer(&self) -> Option<FuncIndex> {
        match self.export("_initialize") {
            Some(Item::Function(function))
                if self.function_type(function).is_like(&FunctionType::default()) =>
            {
                Some(function)
            }
            _ => None,
        }
    }

    /// The export of that name.
    pub fn export(&self, name: &str) -> Option<Item> {
        self.exports.iter().find(|export| export.name == name).map(|export| export.item)
    }
}
