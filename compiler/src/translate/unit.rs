//! A codegen unit → a filled LLVM module.

use super::function::FunctionTranslator;
use super::{foreign, initialize, library, signature, trampoline};
use crate::debuginfo::DebugInfo;
use crate::error::Result;
use crate::frontend::index::{DefinedFuncIndex, FuncIndex};
use crate::frontend::types::FunctionType;
use crate::ir::{BaseWord, Convention, FunctionKind, FunctionValue, Linkage, Unit, take_base, take_extended};
use crate::options::TrapInfo;
use crate::plan::{
    CallConvention, CodegenUnit, DataForm, FunctionPlan, FunctionTarget, InstanceModel, ModulePlan,
    OptimizerHints, Passing, Place, ProgramPlan, StoredPointers, UnitPart, Unwinding,
    symbols::{self, alignment},
};
use inkwell::context::Context;
use std::mem::offset_of;
use wasmwright_abi::exception::PERSONALITY_SYMBOL;
use wasmwright_abi::instance::{MemoryRecord, TypeRecord};

/// What the translation of the functions of a unit's part shares.
pub struct UnitContext<'p, 'c> {
    /// The whole program, for what is linked from other modules.
    pub program: &'p ProgramPlan<'p>,
    /// The module of the part.
    pub module: &'p ModulePlan<'p>,
    /// The unit's part of it.
    pub plan: &'p UnitPart,
    /// What debuggers are told of the module's source, if they are.
    pub debug: Option<&'p DebugInfo>,
    /// The LLVM module.
    pub unit: Unit<'c>,
}

/// Translates a unit. `debug` is what the source of its only module is known of, for debuggers.
pub fn translate<'c>(
    program: &ProgramPlan<'_>,
    debug: Option<&DebugInfo>,
    plan: &CodegenUnit,
    context: &'c Context,
) -> Result<Unit<'c>> {
    // Neither by its position, which an edit of another unit may change, nor by its file, which may
    // be renamed: code depends on neither. Names in profiles begin with it.
    let unit = Unit::new(context, "wasm", &program.target);
    let has_positions = program.trap_info != TrapInfo::None || debug.is_some();
    let unit = if has_positions { unit.with_positions(debug.is_some()) } else { unit };
    let mut unit = if program.hints == OptimizerHints::Told { unit.with_hints() } else { unit };
    for part in &plan.parts {
        let module = &program.modules[part.module];
        let cx = UnitContext { program, module, plan: part, debug, unit };
        translate_part(&cx)?;
        unit = cx.unit;
    }
    Ok(unit.finish())
}

fn translate_part(cx: &UnitContext<'_, '_>) -> Result<()> {
    let UnitContext { program, plan, .. } = *cx;
    cx.tell_memory();
    for position in plan.functions.clone() {
        FunctionTranslator::translate(cx, DefinedFuncIndex::from(position))?;
    }
    if plan.is_first() {
        trampoline::define_wrappers(cx);
        trampoline::define_invokes(cx);
        foreign::define_bridges(cx);
        initialize::define(cx);
    }
    if let Some(library) = &program.library
        && plan.is_first()
        && plan.module + 1 == program.modules.len()
    {
        library::define(cx, library);
        foreign::define_reference_calls(cx, library);
    }
    Ok(())
}

impl<'p, 'c> UnitContext<'p, 'c> {
    /// Where debuggers find the address of memory 0.
    pub fn memory_base_word(&self) -> Option<BaseWord> {
        if self.program.data != DataForm::Object {
            return None;
        }
        let memory = self.module.memories.first()?;
        match memory.place {
            Place::Own(offset) if self.module.model == InstanceModel::Static && !memory.index64 => {
                BaseWord::at(offset + offset_of!(MemoryRecord, base) as u64)
            }
            _ => None,
        }
    }

    fn tell_memory(&self) {
        let (Some(positions), Some(info)) = (&self.unit.positions, self.debug) else { return };
        if let Some(base) = self.memory_base_word() {
            let record = self.instance_symbol(self.module.index);
            self.unit.keep(record);
            if self.program.stored_pointers == StoredPointers::Followed {
                positions.follow_pointers();
            }
            positions.tell_memory(record, base, self.plan.is_first().then_some(info));
        }
    }

    /// The code of a function with a body in any module of the program, declared.
    pub fn code(&self, module: usize, function: FuncIndex) -> FunctionValue<'c> {
        let owner = &self.program.modules[module];
        let symbol = &owner.functions[function.index()].symbol;
        self.declare(symbol, owner.parsed.function_type(function))
    }

    /// A function in the convention of compiled functions, declared.
    pub fn declare(&self, symbol: &str, ty: &FunctionType) -> FunctionValue<'c> {
        let function = self.unit.function(symbol, self.lower(ty), self.kind(), self.convention());
        if let CallConvention::Tail(_) = self.program.convention {
            self.tell_parameters(function, ty);
        }
        function
    }

    /// Tells LLVM what it is to know of the parameters of a function.
    fn tell_parameters(&self, function: FunctionValue<'c>, ty: &FunctionType) {
        let ProgramPlan { convention, passed_base, .. } = *self.program;
        let context = self.unit.types.context;
        if passed_base.is_some() {
            take_base(context, function);
        }
        for (passing, &ty) in convention.passings(ty, self.module.model).into_iter().zip(&ty.parameters) {
            match passing {
                Passing::Direct(position) if convention.extends(ty) => {
                    take_extended(context, function, position);
                }
                _ => {}
            }
        }
    }

    /// How compiled functions call one another.
    pub fn convention(&self) -> Convention {
        match self.program.convention {
            CallConvention::Fast => Convention::Fast,
            CallConvention::C => Convention::C,
            CallConvention::Tail(_) => Convention::Tail,
        }
    }

    /// What holds of translated functions.
    pub fn kind(&self) -> FunctionKind {
        match self.program.unwinding {
            Unwinding::None => FunctionKind::Translated,
            Unwinding::Tables => FunctionKind::Throwing,
        }
    }

    /// What functions with handlers name as their personality.
    pub fn personality(&self) -> FunctionValue<'c> {
        let ty = self.unit.types.i32.fn_type(&[], false);
        self.unit.function(PERSONALITY_SYMBOL, ty, FunctionKind::Runtime, Convention::C)
    }

    /// The LLVM type of a function type in the convention of compiled functions.
    pub fn lower(&self, ty: &FunctionType) -> crate::ir::FunctionType<'c> {
        let ProgramPlan { convention, passed_base, .. } = *self.program;
        signature::lower(&self.unit.types, ty, convention, self.module.model, passed_base)
    }

    /// The plan of a function of this module.
    pub fn function_plan(&self, function: FuncIndex) -> &'p FunctionPlan {
        &self.module.functions[function.index()]
    }

    /// How far the symbol of a function of this unit reaches: data names the referenced ones.
    pub fn linkage(&self, function: FuncIndex) -> Linkage {
        let plan = self.function_plan(function);
        if self.plan.whole_program && !plan.referenced { Linkage::Internal } else { Linkage::Hidden }
    }

    /// Functions that only have code here because references to them exist.
    pub fn wrapped_functions(&self) -> impl Iterator<Item = FuncIndex> + 'p {
        let wrapped = |(index, function): (usize, &FunctionPlan)| {
            let foreign = !matches!(function.target, FunctionTarget::Defined | FunctionTarget::Linked { .. });
            (function.referenced && foreign).then(|| FuncIndex::from(index))
        };
        self.module.functions.iter().enumerate().filter_map(wrapped)
    }

    /// The symbol whose address stands for a function type.
    pub fn type_id(&self, ty: &FunctionType) -> crate::ir::PointerValue<'c> {
        let (bytes, alignment) = match self.module.model {
            InstanceModel::Static => (1, alignment::BYTES),
            InstanceModel::Passed => (size_of::<TypeRecord>() as u64, alignment::REFERENCE),
        };
        self.unit.symbol(&symbols::type_id(ty), bytes, alignment, true)
    }
}
