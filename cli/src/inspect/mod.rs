//! Bytes of a module → [`Report`]: what it imports, exports and needs.
//!
//! Only valid modules are reported on. One that uses features which are not compiled yet is valid.

mod features;
mod render;
mod report;
mod signature;

pub use render::render;

use features::UsedFeatures;
use report::{Custom, Export, Import, Item, Producer, Report, Section};
use signature::Signatures;
use wasmparser::{CustomSectionReader, KnownCustom, Parser, Payload, SectionLimited, Validator};
use wasmwright_compiler::error::{Error, Result};
use wasmwright_compiler::frontend::{self, features as compiled};

/// Inspects a module, binary or text.
pub fn inspect(bytes: &[u8]) -> Result<Report> {
    let binary = frontend::to_binary(bytes)?;
    let refusal = match frontend::parse(&binary) {
        Ok(_) => None,
        Err(error @ Error::Unsupported { .. }) => Some(error.to_string()),
        Err(error) => return Err(error),
    };
    let mut inspection = Inspection::new(&binary);
    inspection.report.refusal = refusal;
    for payload in Parser::new(0).parse_all(&binary) {
        inspection.read(payload.map_err(compiled::malformed)?).map_err(compiled::malformed)?;
    }
    let Inspection { mut report, features, .. } = inspection;
    report.features = features.into_report();
    Ok(report)
}

type Read<T = ()> = std::result::Result<T, wasmparser::BinaryReaderError>;

/// A report that is being made.
struct Inspection {
    report: Report,
    features: UsedFeatures,
    signatures: Signatures,
    /// The validator that knows the types; it never sees a body.
    validator: Validator,
}

impl Inspection {
    fn new(binary: &[u8]) -> Self {
        Self {
            report: Report { size_bytes: binary.len() as u64, ..Report::default() },
            features: UsedFeatures::default(),
            signatures: Signatures::default(),
            validator: Validator::new_with_features(compiled::validated()),
        }
    }

    fn read(&mut self, payload: Payload<'_>) -> Read {
        if !matches!(payload, Payload::CodeSectionEntry(_) | Payload::End(_)) {
            self.validator.payload(&payload)?;
        }
        match payload {
            Payload::TypeSection(section) => {
                self.section("type", &section);
                self.features.types(section.clone())?;
                self.signatures.types(section)?;
            }
            Payload::ImportSection(section) => {
                self.section("import", &section);
                self.imports(section)?;
            }
            Payload::FunctionSection(section) => {
                self.section("function", &section);
                self.report.functions.defined = section.count();
                self.signatures.functions(section)?;
            }
            Payload::TableSection(section) => {
                self.section("table", &section);
                for table in section {
                    let ty = table?.ty;
                    self.features.table(&ty);
                    self.report.tables.push(Item::defined(signature::table(&ty)));
                }
            }
            Payload::MemorySection(section) => {
                self.section("memory", &section);
                for memory in section {
                    self.memory(memory?, false);
                }
            }
            Payload::TagSection(section) => {
                self.section("tag", &section);
                self.features.note("exceptions", section.range().start, None);
            }
            Payload::GlobalSection(section) => {
                self.section("global", &section);
                for global in section {
                    let global = global?;
                    self.features.constant(&global.init_expr)?;
                    self.report.globals.push(Item::defined(signature::global(&global.ty)));
                }
            }
            Payload::ExportSection(section) => {
                self.section("export", &section);
                self.exports(section)?;
            }
            Payload::StartSection { func, range } => {
                self.add_section("start", range, 1);
                self.report.start = Some(func);
            }
            Payload::ElementSection(section) => self.section("element", &section),
            Payload::DataCountSection { count, range } => self.add_section("data count", range, count),
            Payload::DataSection(section) => self.section("data", &section),
            Payload::CodeSectionStart { count, unchecked_range, .. } => {
                self.report.functions.code_bytes = unchecked_range.end - unchecked_range.start;
                self.add_section("code", unchecked_range, count);
            }
            Payload::CodeSectionEntry(body) => self.features.body(&body, &self.signatures)?,
            Payload::CustomSection(section) => self.custom(&section)?,
            _ => {}
        }
        Ok(())
    }

    fn section<T>(&mut self, name: &'static str, section: &SectionLimited<'_, T>) {
        self.add_section(name, section.range(), section.count());
    }

    fn add_section(&mut self, name: &'static str, range: std::ops::Range<u64>, entries: u32) {
        let (offset, size_bytes) = (range.start, range.end - range.start);
        self.report.sections.push(Section { name, offset, size_bytes, entries });
    }

    fn imports(&mut self, section: wasmparser::ImportSectionReader<'_>) -> Read {
        for import in section.into_imports() {
            let import = import?;
            let (kind, ty) = self.signatures.import(import.ty);
            match import.ty {
                wasmparser::TypeRef::Func(_) | wasmparser::TypeRef::FuncExact(_) => {
                    self.report.functions.imported += 1
                }
                wasmparser::TypeRef::Table(table) => {
                    self.features.table(&table);
                    self.report.tables.push(Item::imported(ty.clone()));
                }
                wasmparser::TypeRef::Memory(memory) => self.memory(memory, true),
                wasmparser::TypeRef::Global(_) => self.report.globals.push(Item::imported(ty.clone())),
                wasmparser::TypeRef::Tag(_) => {}
            }
            let provided = self.signatures.is_provided(import.module, import.name, import.ty);
            let (module, name) = (import.module.to_owned(), import.name.to_owned());
            self.report.imports.push(Import { module, name, kind, ty, provided });
        }
        Ok(())
    }

    fn memory(&mut self, ty: wasmparser::MemoryType, imported: bool) {
        self.features.memory(&ty, self.report.memories.len());
        self.report.memories.push(Item { imported, ty: signature::memory(&ty) });
    }

    fn exports(&mut self, section: wasmparser::ExportSectionReader<'_>) -> Read {
        // The types of a module are complete before its exports.
        let Some(types) = self.validator.types(0) else { return Ok(()) };
        for export in section {
            let export = export?;
            let (kind, ty) = signature::export(types, export.kind, export.index);
            self.report.exports.push(Export { name: export.name.to_owned(), kind, ty });
        }
        Ok(())
    }

    fn custom(&mut self, section: &CustomSectionReader<'_>) -> Read {
        let size_bytes = section.data().len() as u64;
        self.report.custom_sections.push(Custom { name: section.name().to_owned(), size_bytes });
        // A damaged custom section does not make a module invalid.
        if let KnownCustom::Producers(producers) = section.as_known() {
            for field in producers.into_iter().map_while(Read::ok) {
                for value in field.values.into_iter().map_while(Read::ok) {
                    let (name, version) = (value.name.to_owned(), value.version.to_owned());
                    self.report.producers.push(Producer { field: field.name.to_owned(), name, version });
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
