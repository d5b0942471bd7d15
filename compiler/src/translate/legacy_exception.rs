//! The legacy encoding of exception handling: handlers follow the protected block in place.
//!
//! A handler that has no `rethrow` of its own is done with the exception once it has its values;
//! any other keeps a reference to it for as long as control is in it.

use super::control_stack::FrameKind;
use super::exception::Handlers;
use super::function::FunctionTranslator;
use crate::frontend::index::TagIndex;
use crate::ir::Weight;
use wasmparser::BlockType;

impl<'c> FunctionTranslator<'_, '_, 'c> {
    pub(super) fn begin_try(&mut self, ty: BlockType) {
        self.push_frame(FrameKind::Try, ty);
    }

    /// Ends what comes before and begins the handler of a tag, or of all that is left.
    pub(super) fn begin_catch(&mut self, tag: Option<u32>) {
        if self.reachable {
            self.fall_through();
        }
        let height = self.control.last().expect("`catch` follows `try`").height;
        self.stack.truncate(height);
        self.end_handler();
        let Some(mut handlers) = self.handlers() else {
            // Nothing in the protected block throws.
            self.reachable = false;
            return;
        };
        let test = handlers.otherwise.take().expect("validated: nothing follows `catch_all`");
        self.b.position(test);
        let handler = self.b.block(self.function, "handler");
        if let Some(tag) = tag.map(TagIndex) {
            let caught = self.b.block(self.function, "caught");
            let next = self.b.block(self.function, "next");
            let matches = self.has_tag(handlers.exception, tag);
            self.b.branch_if(matches, caught, next, Weight::Unknown);
            self.b.position(caught);
            self.stack.extend(self.exception_values(handlers.exception, tag));
            handlers.otherwise = Some(next);
        }
        handlers.current = Some((self.b.current(), handler));
        handlers.rethrows = false;
        self.control.last_mut().expect("still there").handlers = Some(handlers);
        self.b.position(handler);
        self.reachable = true;
    }

    /// The handlers of the innermost `try`, whose protected block has ended.
    fn handlers(&mut self) -> Option<Handlers<'c>> {
        let [.., around, frame] = &mut self.control[..] else { unreachable!("a `try` is in a function") };
        if frame.kind == FrameKind::Try {
            frame.kind = FrameKind::Catch;
            frame.protector = around.protector;
            frame.handlers = frame.dispatch.take().map(Handlers::of);
        }
        frame.handlers
    }

    /// Completes the beginning of the current handler, now that all of it was read.
    fn end_handler(&mut self) {
        let frame = self.control.last_mut().expect("`catch` follows `try`");
        let Some(handlers) = &mut frame.handlers else { return };
        let Some((beginning, handler)) = handlers.current.take() else { return };
        let (exception, rethrows) = (handlers.exception, handlers.rethrows);
        let here = self.b.current();
        self.b.position(beginning);
        match rethrows {
            true => self.keep_exception(exception),
            false => self.release_exception(exception),
        }
        self.b.branch(handler);
        self.b.position(here);
    }

    /// At the `end` of a `try`: what no handler takes goes on outwards.
    pub(super) fn end_try(&mut self) {
        self.end_handler();
        let position = self.control.len() - 1;
        self.pass_on(position.checked_sub(1));
    }

    /// Ends a `try` whose exceptions the block at that depth handles as if its own instructions
    /// threw them.
    pub(super) fn delegate(&mut self, depth: u32) {
        let position = self.control.len() - 1;
        self.pass_on((position - 1).checked_sub(depth as usize));
        self.end();
    }

    /// Throws what the innermost `try` does not handle as the frame at that position does.
    fn pass_on(&mut self, position: Option<usize>) {
        let Some(handlers) = self.handlers() else { return };
        let (Some(block), Some(position)) = (handlers.otherwise, position) else { return };
        let here = self.b.current();
        self.b.position(block);
        self.raise_from(position, handlers.exception);
        self.b.position(here);
        self.control.last_mut().expect("still there").handlers = None;
    }

    pub(super) fn rethrow(&mut self, depth: u32) {
        let position = self.control.len() - 1 - depth as usize;
        let handlers = self.control[position].handlers.as_mut().expect("validated: a handler is there");
        handlers.rethrows = true;
        let exception = handlers.exception;
        self.raise(exception);
        self.set_unreachable();
    }
}
