//! Variables for debuggers: tells LLVM, while a body is translated, what each variable of the source
//! is made of.
//!
//! What the module says of a variable in a local holds in a range of the body. Compilers let other
//! values have a local while their ranges go on, so nothing is told beyond a write to it:
//! invariant: within a stretch, the local has one value on all ways through it.
//!
//! Optimised code may store to its frame in the memory late or never. A variable there that only plain
//! stores write has a shadow, a local of ours that is never read but to tell of it.

use super::frame_uses::FrameUses;
use super::function::{FunctionTranslator, Local};
use super::local_writes::{Writes, is_edge};
use crate::debuginfo::{Location, Place, Root, SourceBody};
use crate::error::Result;
use crate::frontend::module::Body;
use crate::frontend::types::ValueType;
use crate::ir::{BaseWord, Expression, KnownVariable, PointerValue, Value};
use crate::plan::{InstanceModel, VariableTracking};
use std::collections::HashMap;
use wasmparser::Operator as Op;

/// The variables of the body that is being translated.
pub struct DebugVariables<'c> {
    known: Vec<KnownVariable<'c>>,
    stretches: Vec<Stretch>,
    /// The next of them that begins.
    next: usize,
    /// Positions of those that hold here, in which something is told.
    active: Vec<usize>,
    /// The local that holds the address of the frame in the memory.
    frame_local: Option<u32>,
    /// Variables in that frame, and where.
    in_frame: Vec<(usize, Place)>,
    /// Variables over locals of our own frame that nothing is written to, and those.
    in_locals: Vec<(usize, u32, Place)>,
    /// Locals behind the body's that hold what is stored to the frame.
    shadows: Vec<Local<'c>>,
    /// Which of them a store writes, by its position.
    shadowed: HashMap<u32, usize>,
    /// The one that the current instruction writes.
    stored: Option<usize>,
    /// Where the address of the frame is kept for as long as the function runs.
    frame_copy: Option<PointerValue<'c>>,
    is_frame_told: bool,
    /// Where the parameters are in their frame.
    prologue_end: u32,
    base: Option<BaseWord>,
    /// Whether the body has protected blocks.
    catches: bool,
}

/// A stretch of a body in which a variable is at one place.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    variable: usize,
    start: u32,
    end: u32,
    place: Place,
}

impl<'c> DebugVariables<'c> {
    /// Those of a body; `keeps_locals` if its locals stay in its frame.
    fn new(
        known: Vec<KnownVariable<'c>>,
        source: &SourceBody,
        body: &Body<'_>,
        keeps_locals: bool,
    ) -> Result<Self> {
        let writes = Writes::read(body)?;
        let body_bytes = body.bytes.len() as u32;
        let mut variables = Self {
            known,
            stretches: Vec::new(),
            next: 0,
            active: Vec::new(),
            frame_local: match source.frame_base {
                Some(Root::Local(local)) => Some(local),
                _ => None,
            },
            in_frame: Vec::new(),
            in_locals: Vec::new(),
            shadows: Vec::new(),
            shadowed: HashMap::new(),
            stored: None,
            frame_copy: None,
            is_frame_told: false,
            prologue_end: source.prologue_end.unwrap_or(0),
            base: None,
            catches: writes.catches,
        };
        for (position, variable) in source.variables.iter().enumerate() {
            for location in &variable.locations {
                let start = source.scopes[variable.scope].ranges.first().map_or(0, |range| range.start);
                match (location, location.place.root) {
                    (Location { range: None, place }, Root::Local(local))
                        if keeps_locals && !writes.after.contains_key(&local) =>
                    {
                        variables.in_locals.push((position, local, *place));
                    }
                    _ => variables.add(position, location, start, body_bytes, &writes),
                }
            }
        }
        variables.stretches.sort_by_key(|stretch| stretch.start);
        Ok(variables)
    }

    fn add(&mut self, variable: usize, location: &Location, scope_start: u32, bytes: u32, writes: &Writes) {
        let (start, end) =
            location.range.as_ref().map_or((scope_start, bytes), |range| (range.start, range.end));
        let place = location.place;
        match place.root {
            Root::FrameBase if location.range.is_none() => self.in_frame.push((variable, place)),
            Root::Local(local) => {
                let end = writes.kept_until(local, start, end);
                self.stretches.push(Stretch { variable, start, end, place });
            }
            Root::Operand(_) | Root::Constant(_) => {
                self.stretches.push(Stretch { variable, start, end, place });
            }
            Root::FrameBase | Root::Address(_) => {}
        }
    }
}

impl<'c> FunctionTranslator<'_, '_, 'c> {
    /// Prepares for the variables of a body.
    pub(super) fn begin_variables(&mut self, source: &SourceBody, body: &Body<'_>) -> Result<()> {
        let base = self.memory_base_word();
        let (Some(positions), Some(subprogram), Some(info)) =
            (&self.cx.unit.positions, &self.subprogram, self.cx.debug)
        else {
            return Ok(());
        };
        let keeps_frame = self.kept_frame(source.frame_base).is_some();
        let known = positions.variables(info, source, subprogram, keeps_frame);
        if known.is_empty() {
            return Ok(());
        }
        let keeps_locals = self.keeps_locals();
        let mut variables = DebugVariables::new(known, source, body, keeps_locals)?;
        variables.base = base;
        if !keeps_locals {
            self.begin_shadows(&mut variables, source, body)?;
        }
        self.tell_kept_locals(&variables);
        self.variables = Some(variables);
        self.prepare_frame();
        Ok(())
    }

    /// Makes shadows of all variables in the frame that can have one.
    fn begin_shadows(
        &self,
        variables: &mut DebugVariables<'c>,
        source: &SourceBody,
        body: &Body<'_>,
    ) -> Result<()> {
        let Some(local) = variables.frame_local.filter(|_| !variables.in_frame.is_empty()) else {
            return Ok(());
        };
        let uses = FrameUses::read(&self.cx.module.parsed, body, local)?;
        let here = self.b.current();
        self.b.position(self.entry);
        for (variable, place) in std::mem::take(&mut variables.in_frame) {
            let known = variables.known[variable];
            let bytes = place.offset..place.offset.saturating_add((known.bits / 8) as i64);
            let value =
                Place { root: self.shadow_root(variables.shadows.len()), offset: 0, is_memory: false };
            let types = &self.cx.unit.types;
            let slot = uses.only_slot(bytes).filter(|slot| {
                let bits = types.bits(types.value(slot.ty));
                place.is_memory && fits(&known, value, bits)
            });
            let Some(slot) = slot else {
                variables.in_frame.push((variable, place));
                continue;
            };
            let stores = uses.stores_to(slot).map(|position| (position, variables.shadows.len()));
            variables.shadowed.extend(stores);
            let place = self.b.alloca(types.value(slot.ty));
            variables.shadows.push(Local { ty: slot.ty, place, known: None });
            let scope = &source.scopes[source.variables[variable].scope].ranges;
            let start = scope.iter().map(|range| range.start).min().unwrap_or(0);
            let end = scope.iter().map(|range| range.end).max().unwrap_or(body.bytes.len() as u32);
            variables.stretches.push(Stretch { variable, start, end, place: value });
        }
        variables.stretches.sort_by_key(|stretch| stretch.start);
        self.b.position(here);
        Ok(())
    }

    /// What stands for a shadow: a local behind the body's.
    fn shadow_root(&self, shadow: usize) -> Root {
        Root::Local((self.locals.len() + shadow) as u32)
    }

    /// Where debuggers find the address of memory 0.
    fn memory_base_word(&self) -> Option<BaseWord> {
        self.cx.memory_base_word().filter(|_| self.cx.module.model == InstanceModel::Static)
    }

    /// The local with the address of the frame, if a copy of it is kept in our own: without
    /// optimisation.
    fn kept_frame(&self, frame_base: Option<Root>) -> Option<Local<'c>> {
        let Some(Root::Local(local)) = frame_base else { return None };
        let local = self.locals.get(local as usize).copied()?;
        (self.keeps_locals() && local.ty == ValueType::I32).then_some(local)
    }

    /// Whether all locals stay in our frame: without optimisation.
    fn keeps_locals(&self) -> bool {
        self.cx.program.variables == VariableTracking::InFrame
    }

    /// Tells of variables in locals that have the same value throughout, parameters of the module's.
    fn tell_kept_locals(&self, variables: &DebugVariables<'c>) {
        let here = self.b.current();
        self.b.position(self.entry);
        for &(variable, local, place) in &variables.in_locals {
            let (known, types) = (variables.known[variable], &self.cx.unit.types);
            let Some(local) = self.locals.get(local as usize) else { continue };
            let bits = types.bits(types.value(local.ty));
            if !fits(&known, place, bits) {
                continue;
            }
            let is_host_pointer = known.is_host_pointer;
            let expression = Expression { place, base: variables.base, is_host_pointer, in_frame: true };
            self.tell(|positions, b| positions.declare(b, local.place, &known, &expression));
        }
        self.b.position(here);
    }

    /// Tells of variables in a frame that is kept once, over the copy: that is right wherever the
    /// function is stopped.
    fn prepare_frame(&mut self) {
        let Some(mut variables) = self.variables.take() else { return };
        if let Some(local) = self.kept_frame(variables.frame_local.map(Root::Local))
            && !variables.in_frame.is_empty()
        {
            let here = self.b.current();
            self.b.position(self.entry);
            let copy = self.b.alloca(self.cx.unit.types.i32);
            let value = self.b.get_local(self.cx.unit.types.i32, local.place);
            self.b.set_local(value, copy);
            for &(variable, place) in &variables.in_frame {
                let known = variables.known[variable];
                let expression = Expression {
                    place,
                    base: variables.base,
                    is_host_pointer: known.is_host_pointer,
                    in_frame: true,
                };
                self.tell(|positions, b| positions.declare(b, copy, &known, &expression));
            }
            self.b.position(here);
            variables.frame_copy = Some(copy);
        }
        self.variables = Some(variables);
    }

    fn tell(&self, tell: impl FnOnce(&crate::ir::Positions<'c>, &crate::ir::Builder<'c>)) {
        if let Some(positions) = &self.cx.unit.positions {
            tell(positions, &self.b);
        }
    }

    /// Before an instruction at a position.
    pub(super) fn variables_before(&mut self, op: &Op<'_>, position: u32) {
        let Some(mut variables) = self.variables.take() else { return };
        let over: Vec<usize> = variables
            .active
            .iter()
            .copied()
            .filter(|&stretch| variables.stretches[stretch].end <= position)
            .collect();
        variables.active.retain(|stretch| !over.contains(stretch));
        self.end_stretches(&variables, &over);
        if variables.prologue_end > 0 && position >= variables.prologue_end {
            variables.prologue_end = 0;
            if let Some(local) = variables.frame_local.filter(|_| variables.is_frame_told) {
                self.tell_frame(&variables, local);
            }
        }
        while variables.stretches.get(variables.next).is_some_and(|stretch| stretch.start <= position) {
            let stretch = variables.next;
            variables.next += 1;
            if variables.stretches[stretch].end > position {
                variables.active.push(stretch);
                self.tell_stretch(&variables, stretch);
            }
        }
        if is_edge(op) {
            self.end_stretches(&variables, &variables.active);
        }
        variables.stored = variables.shadowed.get(&position).copied().filter(|_| self.reachable);
        if let (Some(shadow), Some(&value)) = (variables.stored, self.stack.last()) {
            self.b.set_local(value, variables.shadows[shadow].place);
        }
        self.variables = Some(variables);
    }

    /// After an instruction.
    pub(super) fn variables_after(&mut self, op: &Op<'_>) {
        if self.control.is_empty() {
            // That was the end of the body.
            return;
        }
        let Some(mut variables) = self.variables.take() else { return };
        if is_edge(op) {
            // Operands are others where ways join.
            let stretches = &variables.stretches;
            variables.active.retain(|&stretch| !matches!(stretches[stretch].place.root, Root::Operand(_)));
            if variables.catches {
                // Ways out of protected blocks come from anywhere.
                let over: Vec<usize> =
                    (0..variables.next).filter(|stretch| !variables.active.contains(stretch)).collect();
                self.end_stretches(&variables, &over);
            }
            for &stretch in &variables.active {
                self.tell_stretch(&variables, stretch);
            }
        }
        if let Some(root) = variables.stored.take().map(|shadow| self.shadow_root(shadow)) {
            let is_stored = |stretch: &&usize| variables.stretches[**stretch].place.root == root;
            for &stretch in variables.active.iter().filter(is_stored) {
                self.tell_stretch(&variables, stretch);
            }
        }
        if let Op::LocalSet { local_index } | Op::LocalTee { local_index } = op
            && variables.frame_local == Some(*local_index)
            && !variables.is_frame_told
            && self.reachable
        {
            variables.is_frame_told = true;
            // Else parameters are told before they are there.
            if variables.prologue_end == 0 || variables.frame_copy.is_some() {
                self.tell_frame(&variables, *local_index);
            }
        }
        self.variables = Some(variables);
    }

    /// The address of the frame is known now.
    fn tell_frame(&self, variables: &DebugVariables<'c>, local: u32) {
        let local = self.locals[local as usize];
        let value = self.b.get_local(self.cx.unit.types.value(local.ty), local.place);
        if let Some(copy) = variables.frame_copy {
            return self.b.set_local(value, copy);
        }
        for &(variable, place) in &variables.in_frame {
            self.tell_value(variables, variable, place, value);
        }
    }

    fn tell_stretch(&self, variables: &DebugVariables<'c>, stretch: usize) {
        let Stretch { variable, place, .. } = variables.stretches[stretch];
        let types = &self.cx.unit.types;
        let value = match place.root {
            _ if !self.reachable => None,
            Root::Local(local) => self
                .locals
                .get(local as usize)
                .or_else(|| variables.shadows.get(local as usize - self.locals.len()))
                .map(|local| self.b.get_local(types.value(local.ty), local.place)),
            Root::Operand(index) => self.stack.get(index as usize).copied(),
            Root::Constant(value) => Some(self.b.i64(value as u64).into()),
            Root::FrameBase | Root::Address(_) => None,
        };
        if let Some(value) = value {
            self.tell_value(variables, variable, place, value);
        }
    }

    fn tell_value(&self, variables: &DebugVariables<'c>, variable: usize, place: Place, value: Value<'c>) {
        let known = variables.known[variable];
        let bits = self.cx.unit.types.bits(value.get_type());
        if !fits(&known, place, bits) {
            return;
        }
        let is_host_pointer = known.is_host_pointer;
        let expression = Expression { place, base: variables.base, is_host_pointer, in_frame: false };
        self.tell(|positions, b| positions.value(b, value, &known, &expression));
    }

    fn end_stretches(&self, variables: &DebugVariables<'c>, stretches: &[usize]) {
        if !self.reachable {
            return;
        }
        for &stretch in stretches {
            let known = variables.known[variables.stretches[stretch].variable];
            self.tell(|positions, b| positions.end_value(b, &known));
        }
    }
}

/// Whether a value of so many bits can be what a variable is told over.
fn fits(variable: &KnownVariable<'_>, place: Place, bits: Option<u64>) -> bool {
    let is_address = place.is_memory || variable.is_host_pointer;
    bits.is_some_and(|bits| if is_address { bits == 32 } else { variable.bits <= bits })
}
