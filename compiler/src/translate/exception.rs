//! Exceptions: tags, throws, protected blocks and their handlers, in both encodings.
//!
//! Calls inside a protected block are `invoke`s whose landing pad leads to the block's dispatch,
//! which compares tags; what is thrown inside the same function goes there directly. What no
//! handler takes goes to the dispatch of the next block outwards, and at last out of the function.
//! A `return_call` has left all blocks. Traps do not unwind, so no handler sees one.

use super::control_stack::{Frame, FrameKind};
use super::function::FunctionTranslator;
use crate::frontend::index::TagIndex;
use crate::ir::{
    Access, BasicBlock, IntPredicate, Opcode, PhiValue, PointerValue, Value, Weight, leave_unoptimized,
};
use crate::plan::Unwinding;
use std::mem::offset_of;
use wasmparser::{BlockType, Catch};
use wasmwright_abi::exception::{Exception, REFERENCED, VALUES_OFFSET};
use wasmwright_abi::runtime_function::RuntimeFunction;
use wasmwright_abi::trap::Trap;

/// A function with more protected blocks in one another is not optimised: the time that LLVM takes
/// grows with the square of their number, and worse. Programs have a handful.
const MOST_OPTIMIZED_PROTECTORS: usize = 256;

/// Where the exceptions of a protected block arrive.
#[derive(Clone, Copy, Debug)]
pub struct Dispatch<'c> {
    /// The block, filled when the protected one ends.
    block: BasicBlock<'c>,
    /// The exception there.
    exception: PhiValue<'c>,
    /// Where calls unwind to; made with the first of them.
    landing_pad: Option<BasicBlock<'c>>,
}

/// The handlers of a legacy `try`, as far as they were read.
#[derive(Clone, Copy, Debug)]
pub struct Handlers<'c> {
    /// What they handle.
    pub(super) exception: PointerValue<'c>,
    /// Where control gets if no handler so far takes it; nowhere after `catch_all`.
    pub(super) otherwise: Option<BasicBlock<'c>>,
    /// The beginning of the current handler, which still lacks its end, and what follows it.
    pub(super) current: Option<(BasicBlock<'c>, BasicBlock<'c>)>,
    /// Whether the current handler may throw the exception again.
    pub(super) rethrows: bool,
}

impl<'c> Handlers<'c> {
    /// None yet, of the block whose exceptions arrive there.
    pub(super) fn of(dispatch: Dispatch<'c>) -> Self {
        Self {
            exception: dispatch.exception.as_basic_value().into_pointer_value(),
            otherwise: Some(dispatch.block),
            current: None,
            rethrows: false,
        }
    }
}

impl<'c> FunctionTranslator<'_, '_, 'c> {
    fn tag_record(&self, tag: TagIndex) -> PointerValue<'c> {
        self.place(self.cx.module.tags[tag.index()])
    }

    pub(super) fn throw(&mut self, tag: u32) {
        let tag = TagIndex(tag);
        let record = self.tag_record(tag);
        let instance = self.instance();
        let address = self.runtime_call(RuntimeFunction::ExceptionNew, &[instance.into(), record.into()]);
        let full = self.b.compare(IntPredicate::EQ, address, self.b.i64(0));
        self.trap_if(full, Trap::HeapExhausted);
        let exception =
            self.b.cast(Opcode::IntToPtr, address.into(), self.b.types.pointer).into_pointer_value();
        let values = self.pop_many(self.cx.module.parsed.tag_type(tag).parameters.len());
        for (position, value) in values.into_iter().enumerate() {
            self.b.store(value, self.exception_value(exception, position), 16, Access::Slot);
        }
        self.raise(exception);
        self.set_unreachable();
    }

    pub(super) fn throw_ref(&mut self) {
        let exception = self.pop_pointer();
        self.trap_if(self.b.is_null(exception), Trap::NullReference);
        self.raise(exception);
        self.set_unreachable();
    }

    fn exception_value(&self, exception: PointerValue<'c>, position: usize) -> PointerValue<'c> {
        self.b.field(exception, VALUES_OFFSET + 16 * position as u64)
    }

    /// The position of the frame that protects the instructions of a new innermost one.
    pub(super) fn protector_of(&self, kind: &FrameKind<'c>) -> Option<usize> {
        let itself = match kind {
            FrameKind::TryTable { catches } => !catches.is_empty(),
            FrameKind::Try => true,
            _ => false,
        };
        match self.cx.program.unwinding {
            Unwinding::Tables if itself => Some(self.control.len()),
            _ => self.control.last().and_then(|frame| frame.protector),
        }
    }

    /// How many blocks protect the instructions of a new innermost frame with that protector.
    pub(super) fn protectors_with(&self, protector: Option<usize>) -> usize {
        let around = self.control.last().map_or(0, |frame| frame.protectors);
        let protectors = around + usize::from(protector == Some(self.control.len()));
        if protectors > MOST_OPTIMIZED_PROTECTORS {
            leave_unoptimized(self.b.types.context, self.function);
        }
        protectors
    }

    /// Throws an exception from here.
    pub(super) fn raise(&mut self, exception: PointerValue<'c>) {
        self.raise_from(self.control.len() - 1, exception);
    }

    /// Throws an exception as the instructions of the frame at that position do.
    pub(super) fn raise_from(&mut self, position: usize, exception: PointerValue<'c>) {
        match self.control[position].protector {
            Some(protector) => {
                let dispatch = self.dispatch(protector);
                dispatch.exception.add_incoming(&[(&exception, self.b.current())]);
                self.b.branch(dispatch.block);
            }
            None => {
                self.runtime_call(RuntimeFunction::Throw, &[self.instance().into(), exception.into()]);
                self.b.unreachable();
            }
        }
    }

    fn dispatch(&mut self, position: usize) -> Dispatch<'c> {
        if let Some(dispatch) = self.control[position].dispatch {
            return dispatch;
        }
        let here = self.b.current();
        let block = self.b.block(self.function, "dispatch");
        self.b.position(block);
        let exception = self.b.phi(self.b.types.pointer);
        self.b.position(here);
        let dispatch = Dispatch { block, exception, landing_pad: None };
        self.control[position].dispatch = Some(dispatch);
        dispatch
    }

    /// Where a call made here unwinds to, if this function handles exceptions there.
    pub(super) fn landing_pad(&mut self) -> Option<BasicBlock<'c>> {
        let position = self.control.last().expect("inside the function's frame").protector?;
        let dispatch = self.dispatch(position);
        if dispatch.landing_pad.is_some() {
            return dispatch.landing_pad;
        }
        let here = self.b.current();
        let block = self.b.block(self.function, "landing");
        self.b.position(block);
        let exception = self.b.landing_pad(self.cx.personality());
        dispatch.exception.add_incoming(&[(&exception, block)]);
        self.b.branch(dispatch.block);
        self.b.position(here);
        self.control[position].dispatch = Some(Dispatch { landing_pad: Some(block), ..dispatch });
        Some(block)
    }

    pub(super) fn begin_try_table(&mut self, ty: BlockType, catches: &[Catch]) {
        self.push_frame(FrameKind::TryTable { catches: catches.into() }, ty);
    }

    /// Goes from the dispatch of a block that has ended to its handlers, which are branches.
    pub(super) fn dispatch_to_labels(&mut self, frame: &Frame<'c>) {
        let (FrameKind::TryTable { catches }, Some(dispatch)) = (&frame.kind, frame.dispatch) else { return };
        let here = self.b.current();
        self.b.position(dispatch.block);
        let exception = dispatch.exception.as_basic_value().into_pointer_value();
        let mut taken = false;
        for catch in catches {
            match *catch {
                Catch::One { tag, label } => self.catch_tag(exception, TagIndex(tag), label, false),
                Catch::OneRef { tag, label } => self.catch_tag(exception, TagIndex(tag), label, true),
                Catch::All { label } | Catch::AllRef { label } => {
                    let referenced = matches!(catch, Catch::AllRef { .. });
                    self.catch_to(exception, Vec::new(), label, referenced);
                    taken = true;
                    break;
                }
            }
        }
        if !taken {
            self.raise(exception);
        }
        self.b.position(here);
    }

    /// Branches to the label if the exception has the tag, and goes on otherwise.
    fn catch_tag(&mut self, exception: PointerValue<'c>, tag: TagIndex, label: u32, referenced: bool) {
        let caught = self.b.block(self.function, "caught");
        let next = self.b.block(self.function, "next");
        self.b.branch_if(self.has_tag(exception, tag), caught, next, Weight::Unknown);
        self.b.position(caught);
        let values = self.exception_values(exception, tag);
        self.catch_to(exception, values, label, referenced);
        self.b.position(next);
    }

    pub(super) fn has_tag(&self, exception: PointerValue<'c>, tag: TagIndex) -> crate::ir::IntValue<'c> {
        let place = self.b.field(exception, offset_of!(Exception, tag) as u64);
        let actual = self.b.load(self.b.types.pointer, place, 8, Access::Slot).into_pointer_value();
        self.b.not(self.b.pointers_differ(actual, self.tag_record(tag)))
    }

    pub(super) fn exception_values(&self, exception: PointerValue<'c>, tag: TagIndex) -> Vec<Value<'c>> {
        let value = |(position, &ty)| {
            let place = self.exception_value(exception, position);
            self.b.load(self.b.types.value(ty), place, 16, Access::Slot)
        };
        self.cx.module.parsed.tag_type(tag).parameters.iter().enumerate().map(value).collect()
    }

    /// Branches to a label with the exception's values, and the exception where it is referenced.
    fn catch_to(
        &mut self,
        exception: PointerValue<'c>,
        values: Vec<Value<'c>>,
        label: u32,
        referenced: bool,
    ) {
        let height = self.stack.len();
        self.stack.extend(values);
        if referenced {
            self.keep_exception(exception);
            self.push(exception);
        } else {
            self.release_exception(exception);
        }
        let join = self.branch_target(label);
        self.add_edge(&join);
        self.b.branch(join.block);
        self.stack.truncate(height);
    }

    pub(super) fn keep_exception(&self, exception: PointerValue<'c>) {
        let state = self.b.field(exception, offset_of!(Exception, state) as u64);
        self.b.store(self.b.i64(REFERENCED).into(), state, 8, Access::Slot);
    }

    pub(super) fn release_exception(&self, exception: PointerValue<'c>) {
        let arguments = [self.instance().into(), exception.into()];
        self.runtime_call(RuntimeFunction::ExceptionRelease, &arguments);
    }
}
