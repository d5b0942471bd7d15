//! The initialize function of a module: what instantiation leaves to run time, in the order of
//! the specification. Imports are checked, globals and tables get their values, element segments
//! are applied, then data segments, then the start function runs.

use super::call::CallKind;
use super::control_stack::Frame;
use super::function::FunctionTranslator;
use super::unit::UnitContext;
use crate::frontend::const_expr::ConstExpr;
use crate::frontend::index::{DataIndex, ElemIndex, FuncIndex, GlobalIndex, TableIndex};
use crate::frontend::module::SegmentMode;
use crate::frontend::types::{FunctionType, ValueType};
use crate::ir::{Access, Convention, IntPredicate, IntValue, Linkage, Opcode, PointerValue};
use crate::plan::{
    Application, ElementItem, ElementPlan, FunctionTarget, InstanceModel, pages_to_bytes, symbols,
};
use wasmwright_abi::runtime_function::RuntimeFunction;
use wasmwright_abi::trap::Trap;

/// Defines it.
pub fn define(cx: &UnitContext<'_, '_>) {
    let types = &cx.unit.types;
    let ty = types.context.void_type().fn_type(&[types.pointer.into()], false);
    let symbol = symbols::initialize(cx.module.index);
    let function = cx.unit.function(&symbol, ty, cx.kind(), Convention::C);
    cx.unit.define(function, Linkage::Hidden);
    let nothing = FunctionType::default();
    let mut translator = FunctionTranslator::at_start(cx, function, &nothing);
    let start = translator.b.block(function, "body");
    translator.b.position(start);
    translator.control.push(Frame::function(&nothing));
    translator.check_imports();
    translator.initialize_globals();
    translator.initialize_tables();
    translator.initialize_elements();
    translator.initialize_data();
    if let Some(start) = cx.module.parsed.start.filter(|_| translator.reachable) {
        translator.call(start.0, CallKind::Ordinary);
    }
    if let Some(initializer) = cx.module.initializer.filter(|_| translator.reachable) {
        translator.call(initializer.0, CallKind::Ordinary);
    }
    if translator.reachable {
        translator.return_();
    }
    translator.finish(start);
}

impl<'p, 'c> FunctionTranslator<'_, 'p, 'c> {
    /// An imported memory or table must by now be as large as its import demands.
    fn check_imports(&mut self) {
        let module = self.cx.module;
        for (index, memory) in module.parsed.memories.iter().enumerate() {
            let plan = &module.memories[index];
            let wanted = pages_to_bytes(memory.ty.initial, plan.page_size_log2);
            if memory.import.is_some() && wanted > 0 {
                let length = self.memory_length(index as u32);
                self.check_size(length, wanted);
            }
        }
        for (index, table) in module.parsed.tables.iter().enumerate() {
            if table.import.is_some() && table.ty.initial > 0 {
                let length = self.table_length(TableIndex::from(index));
                self.check_size(length, table.ty.initial);
            }
        }
    }

    fn check_size(&mut self, size: IntValue<'c>, wanted: u64) {
        let too_small = self.b.compare(IntPredicate::ULT, size, self.b.i64(wanted));
        self.trap_if(too_small, Trap::IncompatibleImport);
    }

    /// Globals whose value is not in the record's image: all of an instance made at run time.
    fn initialize_globals(&mut self) {
        let module = self.cx.module;
        for (index, global) in module.parsed.globals.iter().enumerate() {
            let Some(init) = &global.init else { continue };
            let in_image = module.model == InstanceModel::Static && module.globals[index].initial.is_some();
            if !in_image {
                let value = self.const_expr(init, global.ty);
                self.set_global(GlobalIndex::from(index), value);
            }
        }
    }

    /// Tables with an initial value and no image.
    fn initialize_tables(&mut self) {
        let module = self.cx.module;
        for (index, table) in module.parsed.tables.iter().enumerate() {
            let Some(init) = &table.init else { continue };
            if module.tables[index].image.is_none() {
                let value = self.const_expr(init, ValueType::Reference(table.element));
                let value = self.b.cast(Opcode::PtrToInt, value, self.b.types.i64);
                let record = self.table_record(TableIndex::from(index));
                let count = self.b.i64(table.ty.initial).into();
                self.table_call(
                    RuntimeFunction::TableFill,
                    &[record.into(), self.b.i64(0).into(), value, count],
                );
            }
        }
    }

    fn initialize_elements(&mut self) {
        let module = self.cx.module;
        for (index, plan) in module.elements.iter().enumerate() {
            let index = ElemIndex::from(index);
            if !plan.has_array {
                continue;
            }
            let array = self.element_array(index, plan);
            self.set_dynamic_elements(array, plan);
            let segment = &module.parsed.elements[index.index()];
            if let (SegmentMode::Active { target, offset }, Application::Runtime) =
                (&segment.mode, plan.application)
            {
                let table = self.table_record(*target).into();
                let start = self.offset_value(offset).into();
                let count = self.b.i64(plan.items.len() as u64).into();
                self.table_call(RuntimeFunction::TableWrite, &[table, array.into(), start, count]);
                if plan.record.is_some() {
                    self.drop_segment(self.element_record(index));
                }
            }
        }
    }

    /// The elements of a segment: in the instance, or an array of the artifact.
    fn element_array(&self, index: ElemIndex, plan: &ElementPlan) -> PointerValue<'c> {
        match plan.storage {
            Some(offset) => self.b.field(self.instance(), offset),
            None => {
                let symbol = symbols::elements(self.cx.module.index, index);
                self.cx.unit.symbol(&symbol, 8 * plan.items.len() as u64, symbols::alignment::RECORD, false)
            }
        }
    }

    fn set_dynamic_elements(&self, array: PointerValue<'c>, plan: &ElementPlan) {
        for (position, item) in plan.items.iter().enumerate() {
            let value = match item {
                ElementItem::Dynamic(expr) => self.const_expr(expr, ValueType::I64),
                ElementItem::Function(function) if self.is_in_other_instance(*function) => {
                    self.function_reference(*function).into()
                }
                _ => continue,
            };
            let place = self.b.field(array, 8 * position as u64);
            self.b.store(value, place, 8, Access::Element);
        }
    }

    /// Whether the reference to a function is only known once instances are there.
    fn is_in_other_instance(&self, function: FuncIndex) -> bool {
        matches!(self.cx.function_plan(function).target, FunctionTarget::Linked { slot: Some(_), .. })
    }

    fn offset_value(&self, offset: &ConstExpr) -> IntValue<'c> {
        let value = self.const_expr(offset, ValueType::I64).into_int_value();
        self.b.extend(value)
    }

    fn initialize_data(&mut self) {
        let module = self.cx.module;
        for (index, plan) in module.data.iter().enumerate() {
            let segment = &module.parsed.data[index];
            let (SegmentMode::Active { target, offset }, Application::Runtime) =
                (&segment.mode, plan.application)
            else {
                continue;
            };
            let length = segment.bytes.len() as u64;
            let symbol = symbols::data(module.index, DataIndex::from(index));
            let bytes = self.cx.unit.symbol(&symbol, length, symbols::alignment::BYTES, true);
            let start = self.offset_value(offset);
            self.copy_segment(target.0, start, bytes, length);
        }
    }
}
