//! The control stack: one frame per open block, and the joins that branches lead to.

use super::exception::{Dispatch, Handlers};
use super::function::FunctionTranslator;
use crate::frontend::types::{FunctionType, ValueType};
use crate::ir::{BasicBlock, PhiValue, Value};
use wasmparser::Catch;

/// What opened a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FrameKind<'c> {
    /// The function's body.
    Function,
    /// `block`
    Block,
    /// `loop`
    Loop,
    /// `if`, before its `else`. Control gets to the block where the condition is false.
    If { otherwise: BasicBlock<'c> },
    /// `if`, after its `else`.
    Else,
    /// `try_table`
    TryTable { catches: Box<[Catch]> },
    /// The legacy `try`, before its first handler.
    Try,
    /// The legacy `try`, in a handler.
    Catch,
}

/// A block with the values that its predecessors bring.
#[derive(Clone, Debug)]
pub struct Join<'c> {
    /// Where control joins.
    pub block: BasicBlock<'c>,
    /// The values there.
    pub values: Vec<PhiValue<'c>>,
}

/// An open block.
#[derive(Debug)]
pub struct Frame<'c> {
    /// What opened it.
    pub kind: FrameKind<'c>,
    /// Types of its parameters.
    pub parameters: Vec<ValueType>,
    /// Types of its results.
    pub results: Vec<ValueType>,
    /// Height of the operand stack below its parameters.
    pub height: usize,
    /// Values of the parameters at an `if`, for its `else`.
    pub saved_parameters: Vec<Value<'c>>,
    /// What follows it; made when something first goes there, so that no block is without
    /// predecessors.
    pub end: Option<Join<'c>>,
    /// The head of a loop.
    pub head: Option<Join<'c>>,
    /// Where exceptions of the block arrive that it protects; made with the first that may be
    /// thrown.
    pub dispatch: Option<Dispatch<'c>>,
    /// Position of the frame that protects its instructions: itself or one around it.
    pub protector: Option<usize>,
    /// How many blocks protect them, in this frame and around it.
    pub protectors: usize,
    /// The handlers of a legacy `try`, where any can be entered.
    pub handlers: Option<Handlers<'c>>,
}

impl<'c> Frame<'c> {
    /// The frame of a function's body.
    pub fn function(ty: &FunctionType) -> Self {
        Self {
            kind: FrameKind::Function,
            parameters: Vec::new(),
            results: ty.results.clone(),
            height: 0,
            saved_parameters: Vec::new(),
            end: None,
            head: None,
            dispatch: None,
            protector: None,
            protectors: 0,
            handlers: None,
        }
    }
}

impl<'c> FunctionTranslator<'_, '_, 'c> {
    /// Makes a block for these types.
    pub(super) fn make_join(&self, types: &[ValueType], name: &str) -> Join<'c> {
        let here = self.b.current();
        let block = self.b.block(self.function, name);
        self.b.position(block);
        let values = types.iter().map(|&ty| self.b.phi(self.b.types.value(ty))).collect();
        self.b.position(here);
        Join { block, values }
    }

    /// Where a branch to the frame at that depth goes: a loop's head, else what follows.
    pub(super) fn branch_target(&mut self, depth: u32) -> Join<'c> {
        let position = self.control.len() - 1 - depth as usize;
        match &self.control[position].head {
            Some(head) => head.clone(),
            None => self.end_of(position),
        }
    }

    /// What follows the frame at that position.
    pub(super) fn end_of(&mut self, position: usize) -> Join<'c> {
        if self.control[position].end.is_none() {
            let join = self.make_join(&self.control[position].results, "end");
            self.control[position].end = Some(join);
        }
        self.control[position].end.clone().expect("just made")
    }

    /// Records an edge from the current block, which brings the top of the stack. Leaves the
    /// stack as it is.
    pub(super) fn add_edge(&self, join: &Join<'c>) {
        let from = self.b.current();
        let values = &self.stack[self.stack.len() - join.values.len()..];
        for (phi, value) in join.values.iter().zip(values) {
            phi.add_incoming(&[(value, from)]);
        }
    }

    /// Control does not get beyond this instruction.
    pub(super) fn set_unreachable(&mut self) {
        self.reachable = false;
        let height = self.control.last().expect("inside the function's frame").height;
        self.stack.truncate(height);
    }
}
