//! Sections → [`ParsedModule`]. First the whole module is validated (bodies in parallel), then it
//! is read, so that a module which is both invalid and ahead of us is called invalid.

use super::const_expr::ConstExpr;
use super::features::{self, check_reference_type, check_value_type, invalid, malformed, unsupported};
use super::index::*;
use super::module::*;
use super::types::{FunctionType, ReferenceType, ValueType};
use crate::error::{Error, Location, Result};
use rayon::prelude::*;
use std::collections::BTreeSet;
use wasmparser::{
    BinaryReaderError, BrTable, CompositeInnerType, ElementItems, ElementKind, Encoding, ExternalKind,
    FuncToValidate, FuncValidatorAllocations, FunctionBody, MemoryType, Operator, Parser, Payload, TableInit,
    TypeRef, ValidPayload, Validator, ValidatorResources,
};

type Validated<'a> = (FuncToValidate<ValidatorResources>, FunctionBody<'a>);

/// Validates and reads a binary module.
pub fn parse(bytes: &[u8]) -> Result<ParsedModule<'_>> {
    let functions = validate_sections(bytes)?;
    let bodies = functions.into_par_iter().map(validate_body).collect::<Vec<_>>();
    let bodies = bodies.into_iter().collect::<Result<Vec<_>>>()?;
    let mut module = ParsedModule { binary: bytes, ..ParsedModule::default() };
    for payload in Parser::new(0).parse_all(bytes) {
        module.read_payload(payload.map_err(malformed)?)?;
    }
    if module.memories.len() > 1 && !features::is_compiled("multi_memory") {
        return Err(unsupported("several memories", 0));
    }
    for facts in bodies {
        module.facts = std::mem::take(&mut module.facts).merge(facts?);
    }
    Ok(module)
}

/// Validates all but the bodies, which it returns.
fn validate_sections(bytes: &[u8]) -> Result<Vec<Validated<'_>>> {
    let mut validator = Validator::new_with_features(features::validated());
    let mut functions = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(malformed)?;
        if let Payload::Version { encoding: Encoding::Component, .. } = payload {
            return Err(unsupported("the component model", 0));
        }
        if let ValidPayload::Func(function, body) = validator.payload(&payload).map_err(invalid)? {
            functions.push((function, body));
        }
    }
    Ok(functions)
}

/// Validates a body. The outer result is its validity, the inner one whether it can be compiled.
fn validate_body((function, body): Validated<'_>) -> Result<Result<Facts>> {
    let index = function.index;
    let in_function = |error: BinaryReaderError| Error::Invalid {
        message: error.message().into(),
        location: Location {
            offset: Some(error.offset()),
            function: Some(index.to_string()),
            section: Some("code"),
        },
    };
    let mut validator = function.into_validator(FuncValidatorAllocations::default());
    let mut reader = body.get_binary_reader();
    validator.read_locals(&mut reader).map_err(in_function)?;
    let mut facts = Ok(Facts::default());
    for local in body.get_locals_reader().map_err(in_function)? {
        let (_, ty) = local.map_err(in_function)?;
        if let (Ok(_), Err(error)) = (&facts, check_value_type(ty, body.range().start)) {
            facts = Err(error);
        }
    }
    let mut operators = wasmparser::OperatorsReader::new(reader);
    while !operators.eof() {
        let (op, offset) = operators.read_with_offset().map_err(in_function)?;
        validator.op(offset, &op).map_err(in_function)?;
        if let Ok(known) = &mut facts {
            known.note(FuncIndex(index), &op);
            if let Err(error) = features::check_operator(&op, offset) {
                facts = Err(error);
            }
        }
    }
    operators.finish().map_err(in_function)?;
    Ok(facts)
}

impl Facts {
    fn note(&mut self, function: FuncIndex, op: &Operator<'_>) {
        match *op {
            Operator::Loop { .. } => self.branching.entry(function).or_default().loops += 1,
            Operator::BrTable { ref targets } => self.note_labels(function, targets),
            Operator::GlobalSet { global_index } => {
                self.written_globals.insert(GlobalIndex(global_index));
            }
            Operator::TableSet { table } | Operator::TableFill { table } => self.note_table(table),
            Operator::TableGrow { table } => {
                self.note_table(table);
                self.grown_tables.insert(TableIndex(table));
            }
            Operator::TableCopy { dst_table, .. } => self.note_table(dst_table),
            Operator::TableInit { elem_index, table } => {
                self.note_table(table);
                self.used_elements.insert(ElemIndex(elem_index));
            }
            Operator::ElemDrop { elem_index } => {
                self.used_elements.insert(ElemIndex(elem_index));
            }
            Operator::MemoryInit { data_index, .. } | Operator::DataDrop { data_index } => {
                self.used_data.insert(DataIndex(data_index));
            }
            Operator::CallIndirect { type_index, .. } | Operator::CallRef { type_index } => {
                self.called_types.insert(TypeIndex(type_index));
            }
            Operator::ReturnCallIndirect { type_index, .. } | Operator::ReturnCallRef { type_index } => {
                self.called_types.insert(TypeIndex(type_index));
                self.has_tail_calls = true;
            }
            Operator::ReturnCall { .. } => self.has_tail_calls = true,
            Operator::Throw { .. } | Operator::ThrowRef | Operator::Rethrow { .. } => self.throws = true,
            Operator::TryTable { .. } | Operator::Try { .. } => self.catches = true,
            Operator::RefFunc { function_index } => {
                self.referenced_functions.insert(FuncIndex(function_index));
            }
            _ => {}
        }
    }

    fn note_labels(&mut self, function: FuncIndex, targets: &BrTable<'_>) {
        let labels = targets.targets().flatten().chain([targets.default()]);
        let different = labels.collect::<BTreeSet<_>>().len();
        let most = &mut self.branching.entry(function).or_default().labels;
        *most = different.max(*most);
    }

    fn note_table(&mut self, table: u32) {
        self.written_tables.insert(TableIndex(table));
    }
}

/// The names of the modules that a binary imports from.
pub fn imported_modules(binary: &[u8]) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for payload in Parser::new(0).parse_all(binary) {
        if let Payload::ImportSection(section) = payload.map_err(malformed)? {
            for import in section.into_imports_with_offsets() {
                names.insert(import.map_err(malformed)?.1.module.to_owned());
            }
        }
    }
    Ok(names)
}

impl<'a> ParsedModule<'a> {
    fn read_payload(&mut self, payload: Payload<'a>) -> Result<()> {
        match payload {
            Payload::TypeSection(section) => self.read_types(section),
            Payload::ImportSection(section) => self.read_imports(section),
            Payload::FunctionSection(section) => {
                for ty in section {
                    self.functions.push(Function { ty: TypeIndex(ty.map_err(malformed)?), import: None });
                }
                Ok(())
            }
            Payload::TableSection(section) => self.read_tables(section),
            Payload::MemorySection(section) => {
                for memory in section.into_iter_with_offsets() {
                    let (offset, ty) = memory.map_err(malformed)?;
                    self.push_memory(ty, None, offset)?;
                }
                Ok(())
            }
            Payload::TagSection(section) => {
                for tag in section {
                    let ty = TypeIndex(tag.map_err(malformed)?.func_type_idx);
                    self.tags.push(Tag { ty, import: None });
                }
                Ok(())
            }
            Payload::GlobalSection(section) => self.read_globals(section),
            Payload::ExportSection(section) => self.read_exports(section),
            Payload::StartSection { func, .. } => {
                self.start = Some(FuncIndex(func));
                Ok(())
            }
            Payload::ElementSection(section) => self.read_elements(section),
            Payload::DataSection(section) => self.read_data(section),
            Payload::CodeSectionStart { unchecked_range: range, .. } => {
                self.code_offset = range.start;
                Ok(())
            }
            Payload::CodeSectionEntry(reader) => {
                let (bytes, offset) = (reader.as_bytes(), reader.range().start);
                self.bodies.push(Body { reader, bytes, offset });
                Ok(())
            }
            Payload::CustomSection(section) => {
                self.read_custom(&section);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn read_types(&mut self, section: wasmparser::TypeSectionReader<'a>) -> Result<()> {
        for group in section.into_iter_with_offsets() {
            let (offset, group) = group.map_err(malformed)?;
            let mut members = Vec::new();
            for ty in group.types() {
                if !ty.is_final || !ty.supertype_idxs.is_empty() {
                    return Err(unsupported("garbage collection", offset));
                }
                if ty.composite_type.shared {
                    return Err(unsupported("shared-everything threads", offset));
                }
                let CompositeInnerType::Func(function) = &ty.composite_type.inner else {
                    return Err(unsupported("garbage collection", offset));
                };
                for &ty in function.params().iter().chain(function.results()) {
                    check_value_type(ty, offset)?;
                }
                members.push(function);
            }
            let types = FunctionType::read_group(&members, &self.type_identities);
            self.type_identities.extend(types.iter().map(FunctionType::identity));
            self.types.extend(types);
        }
        Ok(())
    }

    fn read_imports(&mut self, section: wasmparser::ImportSectionReader<'a>) -> Result<()> {
        for import in section.into_imports_with_offsets() {
            let (offset, import) = import.map_err(malformed)?;
            let position = Some(self.imports.len());
            let item = match import.ty {
                TypeRef::Func(ty) => {
                    self.functions.push(Function { ty: TypeIndex(ty), import: position });
                    Item::Function(FuncIndex::from(self.functions.len() - 1))
                }
                TypeRef::Table(ty) => {
                    self.push_table(ty, position, None, offset)?;
                    Item::Table(TableIndex::from(self.tables.len() - 1))
                }
                TypeRef::Memory(ty) => {
                    self.push_memory(ty, position, offset)?;
                    Item::Memory(MemoryIndex::from(self.memories.len() - 1))
                }
                TypeRef::Global(ty) => {
                    self.push_global(ty, position, None, offset)?;
                    Item::Global(GlobalIndex::from(self.globals.len() - 1))
                }
                TypeRef::Tag(ty) => {
                    self.tags.push(Tag { ty: TypeIndex(ty.func_type_idx), import: position });
                    Item::Tag(TagIndex::from(self.tags.len() - 1))
                }
                TypeRef::FuncExact(_) => return Err(unsupported("custom descriptors", offset)),
            };
            self.imports.push(Import { module: import.module, name: import.name, item, offset });
        }
        Ok(())
    }

    fn read_tables(&mut self, section: wasmparser::TableSectionReader<'a>) -> Result<()> {
        for table in section.into_iter_with_offsets() {
            let (offset, table) = table.map_err(malformed)?;
            let init = match table.init {
                TableInit::RefNull => None,
                TableInit::Expr(expr) => Some(ConstExpr::read(&expr)?),
            };
            self.push_table(table.ty, None, init, offset)?;
        }
        Ok(())
    }

    fn push_table(
        &mut self,
        ty: wasmparser::TableType,
        import: Option<usize>,
        init: Option<ConstExpr>,
        offset: u64,
    ) -> Result<()> {
        check_reference_type(ty.element_type, offset)?;
        if ty.shared {
            return Err(unsupported("shared-everything threads", offset));
        }
        if ty.table64 && !features::is_compiled("memory64") {
            return Err(unsupported("64-bit tables", offset));
        }
        let element = ReferenceType::new(ty.element_type, &self.type_identities);
        self.tables.push(Table { ty, element, import, init });
        Ok(())
    }

    fn push_memory(&mut self, ty: MemoryType, import: Option<usize>, offset: u64) -> Result<()> {
        if ty.memory64 && !features::is_compiled("memory64") {
            return Err(unsupported("64-bit memories", offset));
        }
        if ty.shared && !features::is_compiled("threads") {
            return Err(unsupported("threads", offset));
        }
        if ty.page_size_log2.is_some_and(|log2| log2 != 16) && !features::is_compiled("custom_page_sizes") {
            return Err(unsupported("custom page sizes", offset));
        }
        self.memories.push(Memory { ty, import });
        Ok(())
    }

    fn read_globals(&mut self, section: wasmparser::GlobalSectionReader<'a>) -> Result<()> {
        for global in section.into_iter_with_offsets() {
            let (offset, global) = global.map_err(malformed)?;
            let init = ConstExpr::read(&global.init_expr)?;
            self.push_global(global.ty, None, Some(init), offset)?;
        }
        Ok(())
    }

    fn push_global(
        &mut self,
        ty: wasmparser::GlobalType,
        import: Option<usize>,
        init: Option<ConstExpr>,
        offset: u64,
    ) -> Result<()> {
        if ty.shared {
            return Err(unsupported("shared-everything threads", offset));
        }
        check_value_type(ty.content_type, offset)?;
        let value = ValueType::new(ty.content_type, &self.type_identities);
        self.globals.push(Global { ty: value, mutable: ty.mutable, import, init });
        Ok(())
    }

    fn read_exports(&mut self, section: wasmparser::ExportSectionReader<'a>) -> Result<()> {
        for export in section {
            let export = export.map_err(malformed)?;
            let item = match export.kind {
                ExternalKind::Func | ExternalKind::FuncExact => Item::Function(FuncIndex(export.index)),
                ExternalKind::Table => Item::Table(TableIndex(export.index)),
                ExternalKind::Memory => Item::Memory(MemoryIndex(export.index)),
                ExternalKind::Global => Item::Global(GlobalIndex(export.index)),
                ExternalKind::Tag => Item::Tag(TagIndex(export.index)),
            };
            self.exports.push(Export { name: export.name, item });
        }
        Ok(())
    }

    fn read_elements(&mut self, section: wasmparser::ElementSectionReader<'a>) -> Result<()> {
        for segment in section.into_iter_with_offsets() {
            let (offset, segment) = segment.map_err(malformed)?;
            let mode = match segment.kind {
                ElementKind::Passive => SegmentMode::Passive,
                ElementKind::Declared => SegmentMode::Declared,
                ElementKind::Active { table_index, offset_expr } => SegmentMode::Active {
                    target: TableIndex(table_index.unwrap_or(0)),
                    offset: ConstExpr::read(&offset_expr)?,
                },
            };
            let items = match segment.items {
                ElementItems::Functions(functions) => functions
                    .into_iter()
                    .map(|function| Ok(ConstExpr::of_function(FuncIndex(function.map_err(malformed)?))))
                    .collect::<Result<_>>()?,
                ElementItems::Expressions(ty, expressions) => {
                    check_reference_type(ty, offset)?;
                    expressions
                        .into_iter()
                        .map(|expr| ConstExpr::read(&expr.map_err(malformed)?))
                        .collect::<Result<_>>()?
                }
            };
            self.elements.push(ElementSegment { mode, items });
        }
        Ok(())
    }

    fn read_data(&mut self, section: wasmparser::DataSectionReader<'a>) -> Result<()> {
        for segment in section {
            let segment = segment.map_err(malformed)?;
            let mode = match segment.kind {
                wasmparser::DataKind::Passive => SegmentMode::Passive,
                wasmparser::DataKind::Active { memory_index, offset_expr } => SegmentMode::Active {
                    target: MemoryIndex(memory_index),
                    offset: ConstExpr::read(&offset_expr)?,
                },
            };
            self.data.push(DataSegment { mode, bytes: segment.data });
        }
        Ok(())
    }
}
