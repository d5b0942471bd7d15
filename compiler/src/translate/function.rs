//! One function body → one LLVM function.

use super::address::Extended;
use super::control_stack::Frame;
use super::debug_variables::DebugVariables;
use super::trap::TrapSite;
use super::unit::UnitContext;
use crate::error::{Error, Location, Result};
use crate::frontend::features::malformed;
use crate::frontend::index::{DefinedFuncIndex, FuncIndex};
use crate::frontend::module::{Body, BranchHints};
use crate::frontend::types::{FunctionType, ValueType};
use crate::ir::{BasicBlock, Builder, FunctionValue, PointerValue, Subprogram, Value, Weight};
use crate::plan::InstanceModel;
use std::collections::HashMap;

/// Nested blocks of a function body: beyond this the recursions of LLVM's passes may exhaust a
/// worker's stack.
const MAXIMUM_NESTING: usize = 50_000;

/// A local variable.
#[derive(Clone, Copy)]
pub struct Local<'c> {
    /// Type of its value.
    pub ty: ValueType,
    /// Its place in the frame.
    pub place: PointerValue<'c>,
    /// Its value in a block, since that was last read or written there.
    pub known: Option<(BasicBlock<'c>, Value<'c>)>,
}

/// What debuggers are told of a function.
#[derive(Default)]
struct Source<'p> {
    /// Its name in the module.
    name: Option<&'p str>,
    body: Option<&'p Body<'p>>,
}

/// The state of a translation. The value stack and the control stack are those of the
/// specification's validation algorithm, with LLVM values and blocks for types.
pub struct FunctionTranslator<'u, 'p, 'c> {
    pub(super) cx: &'u UnitContext<'p, 'c>,
    pub(super) b: Builder<'c>,
    pub(super) function: FunctionValue<'c>,
    pub(super) ty: &'p FunctionType,
    pub(super) locals: Vec<Local<'c>>,
    pub(super) stack: Vec<Value<'c>>,
    pub(super) control: Vec<Frame<'c>>,
    /// Whether control gets to the current instruction. If not, nothing is emitted.
    pub(super) reachable: bool,
    /// Blocks entered since control was lost.
    pub(super) skipped_blocks: u32,
    /// Holds what every block may use: locals, bases of memories. It gets its branch to the body
    /// last.
    pub(super) entry: BasicBlock<'c>,
    pub(super) trap_blocks: HashMap<TrapSite, BasicBlock<'c>>,
    /// Where the current instruction is: bytes from the start of the body.
    pub(super) position: u32,
    /// The function as positions know it, if anybody asks for them.
    pub(super) subprogram: Option<Subprogram<'c>>,
    pub(super) memory_bases: Vec<Option<PointerValue<'c>>>,
    /// The base that calls of compiled functions hand over, once it is needed.
    pub(super) passed_base: Option<PointerValue<'c>>,
    /// What was zero-extended last.
    pub(super) extended: Extended<'c>,
    /// Loads from memories, until it is known what becomes of their values.
    pub(super) memory_loads: Vec<Value<'c>>,
    /// Whether it calls functions that may use any amount of stack.
    pub(super) calls: bool,
    /// Whether it has loops.
    pub(super) loops: bool,
    /// Executed since control got here, and not paid for yet.
    pub(super) unpaid: u64,
    /// The variables that debuggers are told of.
    pub(super) variables: Option<DebugVariables<'c>>,
    /// What the module says of the branches of this body, whose first byte is at that offset.
    pub(super) branch_hints: Option<(u64, &'p BranchHints)>,
}

impl<'u, 'p, 'c> FunctionTranslator<'u, 'p, 'c> {
    /// Translates a body of the unit's module.
    pub fn translate(cx: &'u UnitContext<'p, 'c>, body: DefinedFuncIndex) -> Result<()> {
        let index = cx.module.parsed.function_of(body);
        let mut translator = Self::new(cx, index);
        let hints = cx.module.parsed.branch_hints.get(&index);
        translator.branch_hints = hints.map(|hints| (cx.module.parsed.bodies[body.index()].offset, hints));
        translator.declare_parameters();
        translator.translate_body(body).map_err(|error| in_function(cx, index, error))
    }

    /// A translator that stands at the start of an empty function.
    pub(super) fn new(cx: &'u UnitContext<'p, 'c>, index: FuncIndex) -> Self {
        let function = cx.code(cx.module.index, index);
        cx.unit.define(function, cx.linkage(index));
        let parsed = &cx.module.parsed;
        let body = parsed.defined(index).and_then(|body| parsed.bodies.get(body.index()));
        let source = Source { name: parsed.function_names.get(&index).copied(), body };
        Self::begin(cx, function, parsed.function_type(index), &source)
    }

    /// Likewise, for a function that is none of the module's.
    pub(super) fn at_start(
        cx: &'u UnitContext<'p, 'c>,
        function: FunctionValue<'c>,
        ty: &'p FunctionType,
    ) -> Self {
        Self::begin(cx, function, ty, &Source::default())
    }

    fn begin(
        cx: &'u UnitContext<'p, 'c>,
        function: FunctionValue<'c>,
        ty: &'p FunctionType,
        source: &Source<'p>,
    ) -> Self {
        let b = cx.unit.builder();
        let entry = b.block(function, "entry");
        b.position(entry);
        let subprogram = cx.unit.positions.as_ref().map(|positions| {
            let symbol = function.get_name().to_string_lossy();
            let body_bytes = source.body.map_or(0, |body| body.bytes.len() as u32);
            let known = source.body.and_then(|body| Some((cx.debug?, cx.debug?.bodies.get(&body.offset)?)));
            let subprogram = positions.begin(function, source.name.unwrap_or(&symbol), body_bytes, known);
            positions.set(&b, &subprogram, None);
            subprogram
        });
        Self {
            cx,
            b,
            function,
            ty,
            locals: Vec::new(),
            stack: Vec::new(),
            control: Vec::new(),
            reachable: true,
            skipped_blocks: 0,
            entry,
            trap_blocks: HashMap::new(),
            position: 0,
            subprogram,
            memory_bases: vec![None; cx.module.memories.len()],
            passed_base: None,
            extended: Extended::default(),
            memory_loads: Vec::new(),
            calls: false,
            loops: false,
            unpaid: 0,
            variables: None,
            branch_hints: None,
        }
    }

    fn declare_parameters(&mut self) {
        for (value, &ty) in self.parameter_values().into_iter().zip(&self.ty.parameters) {
            self.declare_local(ty, value);
        }
    }

    fn declare_local(&mut self, ty: ValueType, value: Value<'c>) {
        let place = self.b.alloca(self.cx.unit.types.value(ty));
        self.b.set_local(value, place);
        self.locals.push(Local { ty, place, known: None });
    }

    fn translate_body(&mut self, body: DefinedFuncIndex) -> Result<()> {
        let reader = &self.cx.module.parsed.bodies[body.index()].reader;
        for group in reader.get_locals_reader().map_err(malformed)? {
            let (count, ty) = group.map_err(malformed)?;
            let ty = self.cx.module.parsed.value_type(ty);
            for _ in 0..count {
                self.declare_local(ty, self.cx.unit.types.zero(ty));
            }
        }
        let start = self.b.block(self.function, "body");
        self.b.position(start);
        self.control.push(Frame::function(self.ty));
        let module = &self.cx.module.parsed;
        let body_offset = module.bodies[body.index()].offset;
        if let Some(source) = self.cx.debug.and_then(|info| info.bodies.get(&body_offset)) {
            self.begin_variables(source, &module.bodies[body.index()])?;
        }
        let mut operators = reader.get_operators_reader().map_err(malformed)?;
        while !operators.eof() {
            let (op, offset) = operators.read_with_offset().map_err(malformed)?;
            self.set_position((offset - body_offset) as u32);
            self.variables_before(&op, (offset - body_offset) as u32);
            self.pay_for(&op);
            self.operator(&op, offset)?;
            self.variables_after(&op);
            if self.control.len() > MAXIMUM_NESTING {
                return Err(too_deep(offset));
            }
        }
        self.finish(start);
        Ok(())
    }

    /// Says where the instructions come from that follow: bytes from the start of the body.
    fn set_position(&mut self, position: u32) {
        self.position = position;
        if let (Some(positions), Some(subprogram)) = (&self.cx.unit.positions, &self.subprogram) {
            positions.set(&self.b, subprogram, Some(position));
        }
    }

    /// How likely the module says that the branch at an offset is taken.
    pub(super) fn hint(&self, offset: u64) -> Weight {
        let Some((start, hints)) = self.branch_hints else { return Weight::Unknown };
        let offset = u32::try_from(offset - start).ok();
        match offset.and_then(|offset| hints.get(&offset)) {
            Some(true) => Weight::Likely,
            Some(false) => Weight::Unlikely,
            None => Weight::Unknown,
        }
    }

    /// Ends the entry block, to which translation has added all along.
    pub(super) fn finish(&mut self, start: BasicBlock<'c>) {
        self.keep_discarded_loads();
        self.b.position(self.entry);
        // Not from where translation ended.
        if let (Some(positions), Some(subprogram)) = (&self.cx.unit.positions, &self.subprogram) {
            positions.set(&self.b, subprogram, None);
        }
        if self.checks_stack() {
            self.check_stack();
        }
        self.poll_in_loops();
        if self.calls {
            self.check_fuel();
        }
        self.b.branch(start);
    }

    /// The address of the instance record.
    pub(super) fn instance(&self) -> PointerValue<'c> {
        match self.cx.module.model {
            InstanceModel::Static => self.cx.instance_symbol(self.cx.module.index),
            InstanceModel::Passed => self
                .function
                .get_nth_param(0)
                .expect("the instance is the first parameter")
                .into_pointer_value(),
        }
    }

    /// Where the results go if they return through memory.
    pub(super) fn results_pointer(&self) -> PointerValue<'c> {
        let position = u32::from(self.cx.module.model == InstanceModel::Passed);
        self.function
            .get_nth_param(position)
            .expect("results through memory have a pointer")
            .into_pointer_value()
    }
}

fn too_deep(offset: u64) -> Error {
    Error::Unsupported {
        feature: format!("blocks nested deeper than {MAXIMUM_NESTING}"),
        location: Location::at(offset),
    }
}

/// Adds the function to an error.
fn in_function(cx: &UnitContext<'_, '_>, index: FuncIndex, error: Error) -> Error {
    let name = cx.module.parsed.function_names.get(&index);
    let text = name.map_or_else(|| index.0.to_string(), |name| format!("{} ({name})", index.0));
    match error {
        Error::Unsupported { feature, location } => {
            Error::Unsupported { feature, location: Location { function: Some(text), ..location } }
        }
        Error::Malformed { message, location } => {
            Error::Malformed { message, location: Location { function: Some(text), ..location } }
        }
        other => other,
    }
}
