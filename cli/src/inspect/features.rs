//! Which features beyond WebAssembly 1.0 a module uses, and where first.

use super::Read;
use super::report::Feature;
use super::signature::Signatures;
use std::collections::BTreeMap;
use wasmparser::{
    AbstractHeapType, BlockType, CompositeInnerType, ConstExpr, FunctionBody, HeapType, MemoryType, Operator,
    TableType, TypeSectionReader, ValType,
};
use wasmwright_compiler::frontend::features as compiled;

/// Features by the names of their proposals.
#[derive(Default)]
pub struct UsedFeatures {
    uses: BTreeMap<&'static str, Use>,
}

/// The first use of a feature.
#[derive(Clone, Copy)]
struct Use {
    offset: Option<u64>,
    function: Option<u32>,
}

impl UsedFeatures {
    /// Notes a use; only the first counts.
    pub fn note(&mut self, proposal: &'static str, offset: impl Into<Option<u64>>, function: Option<u32>) {
        self.uses.entry(proposal).or_insert(Use { offset: offset.into(), function });
    }

    /// Notes what a type section needs.
    pub fn types(&mut self, section: TypeSectionReader<'_>) -> Read {
        for group in section.into_iter_with_offsets() {
            let (offset, group) = group?;
            for ty in group.types() {
                let CompositeInnerType::Func(function) = &ty.composite_type.inner else {
                    self.note("gc", offset, None);
                    continue;
                };
                if function.results().len() > 1 {
                    self.note("multi_value", offset, None);
                }
                for &ty in function.params().iter().chain(function.results()) {
                    self.value(ty, offset, None);
                }
            }
        }
        Ok(())
    }

    /// Notes what a table needs.
    pub fn table(&mut self, ty: &TableType) {
        if ty.element_type != wasmparser::RefType::FUNCREF {
            self.value(ValType::Ref(ty.element_type), None, None);
        }
        if ty.table64 {
            self.note("memory64", None, None);
        }
        if ty.shared {
            self.note("shared_everything_threads", None, None);
        }
    }

    /// Notes what the memory of that index needs.
    pub fn memory(&mut self, ty: &MemoryType, index: usize) {
        let uses = [
            (index > 0, "multi_memory"),
            (ty.memory64, "memory64"),
            (ty.shared, "threads"),
            (ty.page_size_log2.is_some_and(|log2| log2 != 16), "custom_page_sizes"),
        ];
        for (_, proposal) in uses.into_iter().filter(|(used, _)| *used) {
            self.note(proposal, None, None);
        }
    }

    /// Notes what a constant expression needs.
    pub fn constant(&mut self, expr: &ConstExpr<'_>) -> Read {
        for op in expr.get_operators_reader().into_iter_with_offsets() {
            let (op, offset) = op?;
            match compiled::proposal_of(&op) {
                "mvp" if is_arithmetic(&op) => self.note("extended_const", offset, None),
                "mvp" => {}
                proposal => self.note(proposal, offset, None),
            }
        }
        Ok(())
    }

    /// Notes what a body needs.
    pub fn body(&mut self, body: &FunctionBody<'_>, signatures: &Signatures) -> Read {
        let function = Some(signatures.next_body());
        for local in body.get_locals_reader()? {
            self.value(local?.1, body.range().start, function);
        }
        for op in body.get_operators_reader()?.into_iter_with_offsets() {
            let (op, offset) = op?;
            if let Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty } = op
                && let BlockType::FuncType(index) = blockty
                && signatures
                    .function(index)
                    .is_some_and(|ty| !ty.params().is_empty() || ty.results().len() > 1)
            {
                self.note("multi_value", offset, function);
            }
            match compiled::proposal_of(&op) {
                "mvp" => {}
                proposal => self.note(proposal, offset, function),
            }
        }
        Ok(())
    }

    fn value(&mut self, ty: ValType, offset: impl Into<Option<u64>>, function: Option<u32>) {
        let proposal = match ty {
            ValType::V128 => "simd",
            ValType::Ref(ty) => match ty.heap_type() {
                HeapType::Abstract { shared: true, .. } => "shared_everything_threads",
                HeapType::Abstract { ty: AbstractHeapType::Func | AbstractHeapType::Extern, .. } => {
                    if ty.is_nullable() { "reference_types" } else { "function_references" }
                }
                // They came with garbage collection, but need none.
                HeapType::Abstract { ty: AbstractHeapType::NoFunc | AbstractHeapType::NoExtern, .. } => {
                    "function_references"
                }
                HeapType::Abstract { ty: AbstractHeapType::Exn | AbstractHeapType::NoExn, .. } => {
                    "exceptions"
                }
                HeapType::Abstract { ty: AbstractHeapType::Cont | AbstractHeapType::NoCont, .. } => {
                    "stack_switching"
                }
                HeapType::Abstract { .. } => "gc",
                HeapType::Concrete(_) => "function_references",
                HeapType::Exact(_) => "custom_descriptors",
            },
            _ => return,
        };
        self.note(proposal, offset, function);
    }

    /// The features for the report.
    pub fn into_report(self) -> Vec<Feature> {
        let feature = |(proposal, first): (&'static str, Use)| Feature {
            name: compiled::feature_name(proposal).replace('_', " "),
            compiled: is_compiled(proposal),
            offset: first.offset,
            function: first.function,
        };
        self.uses.into_iter().map(feature).collect()
    }
}

/// Features without instructions of their own, which the compiler's list does not name.
fn is_compiled(proposal: &str) -> bool {
    matches!(proposal, "multi_value" | "extended_const") || compiled::is_compiled(proposal)
}

fn is_arithmetic(op: &Operator<'_>) -> bool {
    matches!(
        op,
        Operator::I32Add
            | Operator::I32Sub
            | Operator::I32Mul
            | Operator::I64Add
            | Operator::I64Sub
            | Operator::I64Mul
    )
}
