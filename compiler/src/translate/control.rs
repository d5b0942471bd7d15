//! Structured control: blocks, branches, `br_table`, `return`, `unreachable`.

use super::control_stack::{Frame, FrameKind};
use super::function::FunctionTranslator;
use crate::error::Result;
use crate::frontend::features::malformed;
use crate::frontend::index::TypeIndex;
use crate::frontend::types::ValueType;
use crate::ir::{Access, IntValue, Value, Weight};
use crate::plan::convention::returns_through_memory;
use wasmparser::{BlockType, BrTable, Operator};
use wasmwright_abi::trap::Trap;

impl<'c> FunctionTranslator<'_, '_, 'c> {
    /// An instruction that control does not get to: only the nesting counts.
    pub(super) fn skip(&mut self, op: &Operator<'_>) {
        match op {
            Operator::Block { .. }
            | Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::TryTable { .. }
            | Operator::Try { .. } => self.skipped_blocks += 1,
            Operator::Else if self.skipped_blocks == 0 => self.begin_else(),
            Operator::Catch { tag_index } if self.skipped_blocks == 0 => self.begin_catch(Some(*tag_index)),
            Operator::CatchAll if self.skipped_blocks == 0 => self.begin_catch(None),
            Operator::Delegate { relative_depth } if self.skipped_blocks == 0 => {
                self.delegate(*relative_depth);
            }
            Operator::End if self.skipped_blocks == 0 => self.end(),
            Operator::End | Operator::Delegate { .. } => self.skipped_blocks -= 1,
            _ => {}
        }
    }

    fn block_types(&self, ty: BlockType) -> (Vec<ValueType>, Vec<ValueType>) {
        match ty {
            BlockType::Empty => (Vec::new(), Vec::new()),
            BlockType::Type(result) => (Vec::new(), vec![self.cx.module.parsed.value_type(result)]),
            BlockType::FuncType(index) => {
                let ty = &self.cx.module.parsed.types[TypeIndex(index).index()];
                (ty.parameters.clone(), ty.results.clone())
            }
        }
    }

    pub(super) fn push_frame(&mut self, kind: FrameKind<'c>, ty: BlockType) {
        let (parameters, results) = self.block_types(ty);
        let height = self.stack.len() - parameters.len();
        let saved_parameters = match kind {
            FrameKind::If { .. } => self.stack[height..].to_vec(),
            _ => Vec::new(),
        };
        let protector = self.protector_of(&kind);
        let protectors = self.protectors_with(protector);
        self.control.push(Frame {
            kind,
            parameters,
            results,
            height,
            saved_parameters,
            end: None,
            head: None,
            dispatch: None,
            protector,
            protectors,
            handlers: None,
        });
    }

    pub(super) fn begin_block(&mut self, ty: BlockType) {
        self.push_frame(FrameKind::Block, ty);
    }

    pub(super) fn begin_loop(&mut self, ty: BlockType) {
        self.push_frame(FrameKind::Loop, ty);
        let frame = self.control.last().expect("just pushed");
        let head = self.make_join(&frame.parameters, "loop");
        self.add_edge(&head);
        self.b.branch(head.block);
        self.b.position(head.block);
        let height = frame.height;
        self.stack.truncate(height);
        self.stack.extend(head.values.iter().map(|phi| phi.as_basic_value()));
        self.control.last_mut().expect("just pushed").head = Some(head);
        self.loops = true;
        self.check_fuel();
    }

    pub(super) fn begin_if(&mut self, ty: BlockType, weight: Weight) {
        let condition = self.pop_bool();
        let then = self.b.block(self.function, "then");
        let otherwise = self.b.block(self.function, "else");
        self.b.branch_if(condition, then, otherwise, weight);
        self.push_frame(FrameKind::If { otherwise }, ty);
        self.b.position(then);
    }

    pub(super) fn begin_else(&mut self) {
        if self.reachable {
            self.fall_through();
        }
        let frame = self.control.last_mut().expect("`else` follows `if`");
        let FrameKind::If { otherwise } = frame.kind else { unreachable!("validated: `else` ends an `if`") };
        frame.kind = FrameKind::Else;
        self.stack.truncate(frame.height);
        self.stack.append(&mut frame.saved_parameters);
        self.b.position(otherwise);
        self.reachable = true;
    }

    /// Goes to what follows the innermost frame.
    pub(super) fn fall_through(&mut self) {
        let join = self.end_of(self.control.len() - 1);
        self.add_edge(&join);
        self.b.branch(join.block);
    }

    pub(super) fn end(&mut self) {
        match self.control.last().expect("`end` closes a frame").kind {
            // An `if` without `else` passes its parameters on.
            FrameKind::If { .. } => self.begin_else(),
            FrameKind::Try | FrameKind::Catch => self.end_try(),
            _ => {}
        }
        let frame = self.control.last().expect("still there");
        if self.reachable && frame.end.is_some() {
            self.fall_through();
        }
        let frame = self.control.pop().expect("still there");
        self.dispatch_to_labels(&frame);
        if let Some(join) = frame.end {
            self.b.position(join.block);
            self.stack.truncate(frame.height);
            self.stack.extend(join.values.iter().map(|phi| phi.as_basic_value()));
            self.reachable = true;
        }
        if frame.kind == FrameKind::Function && self.reachable {
            self.emit_return();
        }
    }

    pub(super) fn br(&mut self, depth: u32) {
        let join = self.branch_target(depth);
        self.add_edge(&join);
        self.b.branch(join.block);
        self.set_unreachable();
    }

    pub(super) fn br_if(&mut self, depth: u32, weight: Weight) {
        let condition = self.pop_bool();
        self.branch_where(condition, depth, weight);
    }

    /// Branches if the condition holds, and goes on otherwise.
    pub(super) fn branch_where(&mut self, condition: IntValue<'c>, depth: u32, weight: Weight) {
        let join = self.branch_target(depth);
        self.add_edge(&join);
        let next = self.b.block(self.function, "next");
        self.b.branch_if(condition, join.block, next, weight);
        self.b.position(next);
    }

    pub(super) fn br_table(&mut self, targets: &BrTable<'_>) -> Result<()> {
        let index = self.pop_int();
        let default = self.branch_target(targets.default());
        self.add_edge(&default);
        let mut cases = Vec::with_capacity(targets.len() as usize);
        for (number, depth) in targets.targets().enumerate() {
            let join = self.branch_target(depth.map_err(malformed)?);
            // A case that goes where the default goes would only make the switch larger.
            if join.block != default.block {
                self.add_edge(&join);
                cases.push((self.b.i32(number as u32), join.block));
            }
        }
        self.b.switch(index, default.block, &cases);
        self.set_unreachable();
        Ok(())
    }

    pub(super) fn return_(&mut self) {
        self.emit_return();
        self.set_unreachable();
    }

    /// Returns the top of the stack.
    fn emit_return(&mut self) {
        let values = self.pop_many(self.ty.results.len());
        self.return_values(&values);
    }

    pub(super) fn return_values(&self, values: &[Value<'c>]) {
        if returns_through_memory(self.ty) {
            let results = self.results_pointer();
            for (position, &value) in values.iter().enumerate() {
                let slot = self.b.field(results, 16 * position as u64);
                self.b.store(value, slot, 8, Access::Slot);
            }
            return self.b.ret(None);
        }
        match values {
            [] => self.b.ret(None),
            [value] => self.b.ret(Some(*value)),
            values => self.b.ret(Some(self.b.aggregate(values))),
        }
    }

    pub(super) fn unreachable(&mut self) {
        self.trap(Trap::Unreachable);
    }
}
