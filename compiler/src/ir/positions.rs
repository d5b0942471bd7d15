//! Where instructions come from, told to LLVM as debug locations.
//!
//! What enters are functions and, for each instruction, a position in its function. What leaves is
//! metadata that LLVM keeps through inlining and optimisation and writes as DWARF into the object,
//! where `backend` reads it again. A position is the line of a location, plus 1. Functions go by
//! their symbols.
//!
//! Line 0 means that no place is known, for one of two reasons. LLVM has merged instructions from
//! several places: such a location has no column. Or the code generator has made an instruction out
//! of nothing, a spill for instance: it has the column of the one before it. So that the two can be
//! told apart, all locations have the column [`COLUMN`].
//!
//! Where debuggers are told of the source, locations are those of the source, and the number of a
//! position is their discriminator.

use super::debug::{
    BaseWord, BodyNodes, Emission, Expression, FunctionNode, KnownVariable, Named, Node, NodeBuilder,
    SourceNodes, VariableNode,
};
use super::{BasicValue, Builder, FunctionValue, Opcode, PointerValue, Unit, Value};
use crate::debuginfo::{DebugInfo, SourceBody};
use inkwell::context::Context;
use inkwell::debug_info::debug_metadata_version;
use inkwell::llvm_sys::core::{
    LLVMGetFirstUse, LLVMGetNextUse, LLVMGetTypeContext, LLVMGlobalAddDebugInfo, LLVMTypeOf,
};
use inkwell::llvm_sys::debuginfo::{
    LLVMDIBuilderCreateDebugLocation, LLVMDILocationGetInlinedAt, LLVMDILocationGetLine,
    LLVMDILocationGetScope, LLVMGetMetadataKind, LLVMInstructionGetDebugLoc, LLVMInstructionSetDebugLoc,
    LLVMMetadataKind, LLVMSetSubprogram,
};
use inkwell::llvm_sys::prelude::LLVMMetadataRef;
use inkwell::module::{FlagBehavior, Module};
use inkwell::values::{AsValueRef, InstructionValue};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::ops::Range;

/// Version of DWARF: the newest that every tool reads.
const DWARF_VERSION: u64 = 5;

/// See above.
const COLUMN: u32 = 1;

/// A variable that debuggers see besides those of the source: the address of byte 0 of the memory.
const MEMORY_VARIABLE: &str = "wasm_memory";

/// What stands for the file of code without source.
const NO_SOURCE: &str = "wasm";

/// The positions of one unit.
#[derive(Debug)]
pub struct Positions<'c> {
    builder: NodeBuilder<'c>,
    unit: Node<'c>,
    file: Node<'c>,
    ty: Node<'c>,
    /// Where debuggers are told, too, of the source.
    source: Option<RefCell<Source<'c>>>,
}

/// The source of a unit, and which discriminators stand for which positions.
#[derive(Debug)]
struct Source<'c> {
    nodes: SourceNodes<'c>,
    numbers: FunctionNumbers,
    /// What static variables are told over.
    record: Option<PointerValue<'c>>,
}

/// A function that positions are in.
#[derive(Clone, Debug)]
pub struct Subprogram<'c> {
    function: Node<'c>,
    /// Number of position 0.
    first_number: u32,
    source: Option<BodyNodes<'c>>,
}

/// How positions are told from locations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PositionCoding {
    /// A position is the line of a location, plus 1.
    Lines,
    /// Lines are those of the source. The discriminator of a location is the number of its position.
    Discriminators(FunctionNumbers),
}

/// Numbers of positions, which no two functions of a unit share.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionNumbers {
    /// By ascending numbers.
    functions: Vec<NumberedFunction>,
    next: u32,
}

/// A function whose positions have numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct NumberedFunction {
    symbol: String,
    /// The number of position 0.
    first: u32,
    /// The position where parameters are in their places, if that is known.
    prologue_end: Option<u32>,
}

impl FunctionNumbers {
    fn begin(&mut self, symbol: &str, body_bytes: u32, prologue_end: Option<u32>) -> u32 {
        // 0 is the discriminator of what has none.
        let first = self.next + 1;
        self.functions.push(NumberedFunction { symbol: symbol.to_owned(), first, prologue_end });
        self.next = first + body_bytes;
        first
    }

    /// The symbol of a function and the position in it that a number stands for.
    pub fn find(&self, number: u32) -> Option<(&str, u32)> {
        let after = self.functions.partition_point(|function| function.first <= number);
        let function = &self.functions[after.checked_sub(1)?];
        Some((&function.symbol, number - function.first))
    }

    /// The numbers that stand for positions in prologues, where those are known, by the functions' symbols.
    pub fn prologues(&self) -> impl Iterator<Item = (&str, Range<u32>)> {
        self.functions.iter().filter_map(|function| {
            let end = function.first + function.prologue_end?;
            Some((function.symbol.as_str(), function.first..end))
        })
    }
}

impl<'c> Positions<'c> {
    /// Positions in an LLVM module that has none yet; `with_source` for debuggers.
    pub(super) fn new(context: &'c Context, module: &Module<'c>, with_source: bool) -> Self {
        let number = |value| context.i32_type().const_int(value, false);
        let version = u64::from(debug_metadata_version());
        module.add_basic_value_flag("Debug Info Version", FlagBehavior::Warning, number(version));
        module.add_basic_value_flag("Dwarf Version", FlagBehavior::Warning, number(DWARF_VERSION));
        let builder = NodeBuilder::new(context, module.as_mut_ptr());
        let file = builder.file(NO_SOURCE, "");
        let emission = if with_source { Emission::All } else { Emission::Lines };
        let unit = builder.unit(gimli::DW_LANG_C.0, file, "wasmwright", emission);
        let ty = builder.function_type(file, &mut []);
        let source = with_source.then(|| {
            RefCell::new(Source {
                nodes: SourceNodes::new(context, module),
                numbers: FunctionNumbers::default(),
                record: None,
            })
        });
        Self { builder, unit, file, ty, source }
    }

    /// Makes positions possible in a function of that name, whose body has so many bytes and that source.
    pub fn begin(
        &self,
        function: FunctionValue<'c>,
        name: &str,
        body_bytes: u32,
        body: Option<(&DebugInfo, &SourceBody)>,
    ) -> Subprogram<'c> {
        let symbol = function.get_name().to_string_lossy();
        let Some(source) = &self.source else {
            let subprogram = self.bare(&symbol);
            set_subprogram(function, subprogram);
            return Subprogram { function: subprogram, first_number: 0, source: None };
        };
        let mut source = source.borrow_mut();
        let prologue_end = body.and_then(|(_, body)| body.prologue_end);
        let first_number = source.numbers.begin(&symbol, body_bytes, prologue_end);
        let source = body.and_then(|(info, body)| source.nodes.body(info, body));
        let subprogram = match &source {
            Some(body) => body.subprogram,
            None => self.bare(name),
        };
        set_subprogram(function, subprogram);
        Subprogram { function: subprogram, first_number, source }
    }

    /// A function without source.
    fn bare(&self, name: &str) -> Node<'c> {
        let function = FunctionNode { name, linkage_name: "", file: self.file, line: 1, external: true };
        self.builder.function(self.unit, self.ty, &function)
    }

    /// Says where the builder's next instructions come from; `None` is nowhere in particular.
    pub fn set(&self, b: &Builder<'c>, function: &Subprogram<'c>, position: Option<u32>) {
        match (&self.source, position) {
            (_, None) => b.locate_all(self.builder.location(0, COLUMN, function.function, Node::NONE)),
            (None, Some(position)) => {
                b.locate_telling(function.function, position.saturating_add(1), COLUMN);
            }
            (Some(source), Some(position)) => {
                b.locate_all(self.source_location(&source.borrow().nodes, function, position));
            }
        }
    }

    fn source_location(&self, nodes: &SourceNodes<'c>, function: &Subprogram<'c>, position: u32) -> Node<'c> {
        let number = function.first_number + position;
        match &function.source {
            Some(body) => nodes.location(body, position, number),
            None => {
                let scope = self.builder.marked(function.function, self.file, number);
                self.builder.location(1, COLUMN, scope, Node::NONE)
            }
        }
    }

    /// The variables of a body; `keeps_frame` if debuggers find its frame wherever it is stopped.
    pub fn variables(
        &self,
        info: &DebugInfo,
        body: &SourceBody,
        function: &Subprogram<'c>,
        keeps_frame: bool,
    ) -> Vec<KnownVariable<'c>> {
        let (Some(source), Some(nodes)) = (&self.source, &function.source) else { return Vec::new() };
        let mut source = source.borrow_mut();
        let known = source.nodes.variables(info, body, nodes, keeps_frame);
        let statics = source.nodes.take_statics();
        if let Some(record) = source.record {
            attach(record, &statics);
        }
        known
    }

    /// Says from here on, wherever the function is stopped, that a variable is where the expression
    /// says of a place in the frame.
    pub fn declare(
        &self,
        b: &Builder<'c>,
        place: PointerValue<'c>,
        variable: &KnownVariable<'c>,
        expression: &Expression,
    ) {
        self.tell(variable, expression.words(), |builder, told| {
            builder.declare(place.as_value_ref(), told, b.current().as_mut_ptr());
        });
    }

    /// Says what a variable is from here on.
    pub fn value(
        &self,
        b: &Builder<'c>,
        value: Value<'c>,
        variable: &KnownVariable<'c>,
        expression: &Expression,
    ) {
        self.tell(variable, expression.words(), |builder, told| {
            builder.value(value.as_value_ref(), told, b.current().as_mut_ptr());
        });
    }

    /// Says that nothing is known of a variable from here on.
    pub fn end_value(&self, b: &Builder<'c>, variable: &KnownVariable<'c>) {
        let poison = b.types.i32.get_poison();
        self.tell(variable, Some(Vec::new()), |builder, told| {
            builder.value(poison.as_value_ref(), told, b.current().as_mut_ptr());
        });
    }

    /// Has `say` write what is told of a variable: its node, the words of an expression, a location.
    /// Nothing is told where debuggers are not or an expression has no words.
    fn tell(
        &self,
        variable: &KnownVariable<'c>,
        words: Option<Vec<u64>>,
        say: impl FnOnce(&NodeBuilder<'c>, [Node<'c>; 3]),
    ) {
        let (Some(source), Some(mut words)) = (&self.source, words) else { return };
        let source = source.borrow();
        let builder = source.nodes.builder(variable.unit);
        say(builder, [variable.node, builder.expression(&mut words), variable.location]);
    }

    /// Has debuggers follow members that are pointers, before anything is told that has such.
    pub fn follow_pointers(&self) {
        if let Some(source) = &self.source {
            source.borrow_mut().nodes.follow_pointers();
        }
    }

    /// Says where the memory is, by the record of the instance, and which variables have fixed
    /// addresses in it; `info` is that of the module in one of its units.
    pub fn tell_memory(&self, record: PointerValue<'c>, base: BaseWord, info: Option<&DebugInfo>) {
        let Some(source) = &self.source else { return };
        source.borrow_mut().nodes.set_base(base);
        let byte = Named { name: "unsigned char", line: 0 };
        let byte = self.builder.base(&byte, 8, gimli::DW_ATE_unsigned_char.0.into());
        let ty = self.builder.pointer(byte, 64, &Named { name: "", line: 0 });
        let mut words = [gimli::DW_OP_plus_uconst.0.into(), base.offset()];
        let variable = VariableNode {
            named: Named { name: MEMORY_VARIABLE, line: 0 },
            scope: self.unit,
            file: self.file,
            argument: None,
            always: true,
        };
        let memory = self.builder.global(ty, &variable, self.builder.expression(&mut words));
        let mut nodes = vec![memory];
        nodes.extend(info.map(|info| source.borrow_mut().nodes.globals(info, base)).unwrap_or_default());
        attach(record, &nodes);
        source.borrow_mut().record = Some(record);
    }

    /// How the positions are told after this.
    pub(super) fn coding(&self) -> PositionCoding {
        match &self.source {
            None => PositionCoding::Lines,
            Some(source) => PositionCoding::Discriminators(source.borrow().numbers.clone()),
        }
    }

    /// The position that the line of a call stands for.
    pub fn of_line(line: u32) -> Option<u32> {
        line.checked_sub(1)
    }
}

/// Makes variables some of the record's, a global of the module.
fn attach(record: PointerValue<'_>, variables: &[Node<'_>]) {
    for node in variables {
        // SAFETY: the record is a global of the nodes' module, and the nodes are variables.
        unsafe { LLVMGlobalAddDebugInfo(record.as_value_ref(), node.0) };
    }
}

impl PositionCoding {
    /// What a row of a line table says. Numbers of positions are returned as they are.
    pub fn place(&self, line: u32, column: u32, discriminator: u32) -> Place {
        let position = match self {
            Self::Lines => line.checked_sub(1),
            Self::Discriminators(_) => (line != 0 && discriminator != 0).then_some(discriminator),
        };
        match (position, line, column) {
            (Some(position), ..) => Place::At(position),
            (None, 1.., _) | (None, 0, 0) => Place::Unknown,
            (None, ..) => Place::Nowhere,
        }
    }
}

fn set_subprogram<'c>(function: FunctionValue<'c>, subprogram: Node<'c>) {
    // SAFETY: both are of one context, and the node is a function's.
    unsafe { LLVMSetSubprogram(function.as_value_ref(), subprogram.0) };
}

/// Where an instruction of the processor comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// From there in its function.
    At(u32),
    /// From several places.
    Unknown,
    /// From none: it can neither call nor fail.
    Nowhere,
}

/// After optimisation: leaves the positions of calls and of accesses to memory, which are all that
/// a trap or a backtrace can be at, and has every other instruction share that of one before it, so
/// that it costs no row in a table. Where debuggers are told of the source, the others keep theirs.
pub fn keep_those_of_traps(unit: &Unit<'_>) {
    let is_source = matches!(unit.coding, PositionCoding::Discriminators(_));
    for function in unit.module.get_functions() {
        let Some(subprogram) = function.get_subprogram() else { continue };
        let context = unit.types.context.raw();
        // SAFETY: the scope is metadata of this context.
        let unknown = unsafe {
            LLVMDIBuilderCreateDebugLocation(context, 0, 0, subprogram.as_mut_ptr(), std::ptr::null_mut())
        };
        let mut shared = std::ptr::null_mut();
        for block in function.get_basic_block_iter() {
            for instruction in block.get_instructions() {
                shared = match is_source {
                    true => tell(instruction, shared, unknown),
                    false => share(instruction, shared, unknown),
                };
            }
        }
    }
}

/// Decides about one instruction among locations of the source; `before` is the last that has a line.
fn tell(
    instruction: InstructionValue<'_>,
    before: LLVMMetadataRef,
    unknown: LLVMMetadataRef,
) -> LLVMMetadataRef {
    let own = location(instruction);
    if own.is_null() {
        if is_told(instruction) && !is_in_frame(instruction) {
            set_location(instruction, unknown);
        }
        return before;
    }
    let failing = match instruction.get_opcode() {
        Opcode::Load | Opcode::Call | Opcode::Invoke => None,
        Opcode::Store => replaced_load(instruction),
        _ => operands(instruction).filter(|&load| is_folded(load, instruction)).last(),
    };
    match failing.map(location).filter(|location| !location.is_null()) {
        Some(location) => set_location(instruction, location),
        None => with_line(instruction, own, before),
    }
}

/// Gives an instruction that the module has without a line that of the one before it: rows without
/// lines have no positions.
fn with_line(
    instruction: InstructionValue<'_>,
    own: LLVMMetadataRef,
    before: LLVMMetadataRef,
) -> LLVMMetadataRef {
    // SAFETY: both are locations.
    let line = |location| unsafe { LLVMDILocationGetLine(location) };
    if line(own) != 0 {
        return own;
    }
    // SAFETY: likewise.
    let scope = unsafe { LLVMDILocationGetScope(own) };
    // Of the kinds of nodes that are scopes only this one has a discriminator.
    // SAFETY: a scope is a node.
    let kind = unsafe { LLVMGetMetadataKind(scope) };
    let is_position = matches!(kind, LLVMMetadataKind::LLVMDILexicalBlockFileMetadataKind);
    if !is_position || before.is_null() {
        return before;
    }
    // SAFETY: the context is the instruction's.
    let location = unsafe {
        let context = LLVMGetTypeContext(LLVMTypeOf(instruction.as_value_ref()));
        let inlined_at = LLVMDILocationGetInlinedAt(own);
        LLVMDIBuilderCreateDebugLocation(context, line(before), 0, scope, inlined_at)
    };
    set_location(instruction, location);
    before
}

/// Decides about one instruction; returns the position that the next one may share.
fn share(
    instruction: InstructionValue<'_>,
    shared: LLVMMetadataRef,
    unknown: LLVMMetadataRef,
) -> LLVMMetadataRef {
    let own = location(instruction);
    match instruction.get_opcode() {
        Opcode::Load | Opcode::Store if is_in_frame(instruction) => match shared.is_null() {
            true => own,
            false => set_location(instruction, shared),
        },
        // What LLVM has moved has no location left, and must not get that of its neighbours.
        _ if own.is_null() && is_told(instruction) => set_location(instruction, unknown),
        Opcode::Load | Opcode::Call | Opcode::Invoke | Opcode::AtomicRMW | Opcode::AtomicCmpXchg => own,
        Opcode::Store => match replaced_load(instruction) {
            // One instruction of the processor: what fails is the load.
            Some(load) => set_location(instruction, location(load)),
            None => own,
        },
        _ if shared.is_null() => own,
        _ => {
            // Of several the code generator prefers the last.
            let folded = operands(instruction).filter(|&load| is_folded(load, instruction)).last();
            set_location(instruction, folded.map_or(shared, location));
            shared
        }
    }
}

fn is_told(instruction: InstructionValue<'_>) -> bool {
    matches!(instruction.get_opcode(), Opcode::Load | Opcode::Store | Opcode::Call)
}

fn location(instruction: InstructionValue<'_>) -> LLVMMetadataRef {
    // SAFETY: the instruction is one of a live module.
    unsafe { LLVMInstructionGetDebugLoc(instruction.as_value_ref()) }
}

fn set_location(instruction: InstructionValue<'_>, location: LLVMMetadataRef) -> LLVMMetadataRef {
    // SAFETY: the location is that of another instruction of the same function, or null.
    unsafe { LLVMInstructionSetDebugLoc(instruction.as_value_ref(), location) };
    location
}

fn operands<'c>(instruction: InstructionValue<'c>) -> impl Iterator<Item = InstructionValue<'c>> {
    let operands =
        (0..instruction.get_num_operands()).filter_map(move |index| instruction.get_operand(index));
    operands.filter_map(|operand| operand.value()?.as_instruction_value())
}

/// Whether an access is to a place in the frame.
fn is_in_frame(access: InstructionValue<'_>) -> bool {
    let place = operands(access).last();
    place.is_some_and(|place| place.get_opcode() == Opcode::Alloca)
}

/// Whether the code generator may make a load part of the one instruction that uses it.
fn is_folded<'c>(load: InstructionValue<'c>, user: InstructionValue<'c>) -> bool {
    load.get_opcode() == Opcode::Load
        && !is_in_frame(load)
        && has_one_use(load)
        && load.get_parent() == user.get_parent()
}

fn has_one_use(value: InstructionValue<'_>) -> bool {
    // SAFETY: the uses of a value of a live module.
    unsafe {
        let first = LLVMGetFirstUse(value.as_value_ref());
        !first.is_null() && LLVMGetNextUse(first).is_null()
    }
}

/// The load from the place that a store writes, if the store's value is made of it alone.
fn replaced_load<'c>(store: InstructionValue<'c>) -> Option<InstructionValue<'c>> {
    let mut operands = [0, 1].map(|index| store.get_operand(index).and_then(|operand| operand.value()));
    let (value, place) = (operands[0].take()?.as_instruction_value()?, operands[1]?);
    if !has_one_use(value) || value.get_parent() != store.get_parent() {
        return None;
    }
    let load = self::operands(value).find(|&load| is_folded(load, value))?;
    (load.get_operand(0).and_then(|operand| operand.value()) == Some(place)).then_some(load)
}
