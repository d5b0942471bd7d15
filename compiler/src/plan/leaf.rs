//! Functions that end where they began: which neither trap nor call anything, nor run long.
//!
//! What enters: a body. What leaves: whether a host may call it as it calls functions in C, for nothing
//! in it needs to know who called. Invariant: what is not listed here is not such, so an instruction
//! that is added to the compiler is not, either.

use crate::frontend::ParsedModule;
use crate::frontend::index::FuncIndex;
use wasmparser::Operator as Op;

/// Instructions at most, so that deciding takes little time.
const MOST_INSTRUCTIONS: usize = 100;

/// Locals at most: with more, functions look at how much of the stack is left.
const MOST_LOCALS: u32 = 32;

/// Whether a function is a leaf. An imported one is not.
pub(super) fn is_leaf(module: &ParsedModule<'_>, function: FuncIndex) -> bool {
    let Some(body) = module.defined(function) else { return false };
    let reader = &module.bodies[body.index()].reader;
    let Ok(locals) = reader.get_locals_reader() else { return false };
    let count = locals.into_iter().try_fold(0u32, |sum, group| sum.checked_add(group.ok()?.0));
    if count.is_none_or(|count| count > MOST_LOCALS) {
        return false;
    }
    let Ok(operators) = reader.get_operators_reader() else { return false };
    let mut left = MOST_INSTRUCTIONS;
    operators.into_iter().all(|op| {
        left = left.saturating_sub(1);
        left > 0 && op.is_ok_and(|op| is_contained(&op))
    })
}

/// Whether an instruction always goes on, in the same function and not backwards.
fn is_contained(op: &Op<'_>) -> bool {
    goes_forwards(op) || computes_integers(op) || computes_floats(op)
}

fn goes_forwards(op: &Op<'_>) -> bool {
    matches!(
        op,
        Op::Nop
            | Op::Block { .. }
            | Op::If { .. }
            | Op::Else
            | Op::End
            | Op::Br { .. }
            | Op::BrIf { .. }
            | Op::Return
            | Op::Drop
            | Op::Select
            | Op::LocalGet { .. }
            | Op::LocalSet { .. }
            | Op::LocalTee { .. }
            | Op::GlobalGet { .. }
            | Op::GlobalSet { .. }
            | Op::I32Const { .. }
            | Op::I64Const { .. }
            | Op::F32Const { .. }
            | Op::F64Const { .. }
    )
}

#[rustfmt::skip]
fn computes_integers(op: &Op<'_>) -> bool {
    matches!(
        op,
        Op::I32Eqz | Op::I32Eq | Op::I32Ne | Op::I32LtS | Op::I32LtU | Op::I32GtS | Op::I32GtU | Op::I32LeS
            | Op::I32LeU | Op::I32GeS | Op::I32GeU | Op::I32Clz | Op::I32Ctz | Op::I32Popcnt | Op::I32Add
            | Op::I32Sub | Op::I32Mul | Op::I32And | Op::I32Or | Op::I32Xor | Op::I32Shl | Op::I32ShrS
            | Op::I32ShrU | Op::I32Rotl | Op::I32Rotr | Op::I32Extend8S | Op::I32Extend16S | Op::I32WrapI64
            | Op::I64Eqz | Op::I64Eq | Op::I64Ne | Op::I64LtS | Op::I64LtU | Op::I64GtS | Op::I64GtU | Op::I64LeS
            | Op::I64LeU | Op::I64GeS | Op::I64GeU | Op::I64Clz | Op::I64Ctz | Op::I64Popcnt | Op::I64Add
            | Op::I64Sub | Op::I64Mul | Op::I64And | Op::I64Or | Op::I64Xor | Op::I64Shl | Op::I64ShrS
            | Op::I64ShrU | Op::I64Rotl | Op::I64Rotr | Op::I64Extend8S | Op::I64Extend16S | Op::I64Extend32S
            | Op::I64ExtendI32S | Op::I64ExtendI32U
    )
}

#[rustfmt::skip]
fn computes_floats(op: &Op<'_>) -> bool {
    matches!(
        op,
        Op::F32Eq | Op::F32Ne | Op::F32Lt | Op::F32Gt | Op::F32Le | Op::F32Ge | Op::F32Abs | Op::F32Neg
            | Op::F32Add | Op::F32Sub | Op::F32Mul | Op::F32Div | Op::F32Sqrt | Op::F32Copysign
            | Op::F64Eq | Op::F64Ne | Op::F64Lt | Op::F64Gt | Op::F64Le | Op::F64Ge | Op::F64Abs | Op::F64Neg
            | Op::F64Add | Op::F64Sub | Op::F64Mul | Op::F64Div | Op::F64Sqrt | Op::F64Copysign
            | Op::F32ConvertI32S | Op::F32ConvertI32U | Op::F32ConvertI64S | Op::F32ConvertI64U
            | Op::F64ConvertI32S | Op::F64ConvertI32U | Op::F64ConvertI64S | Op::F64ConvertI64U
            | Op::F32DemoteF64 | Op::F64PromoteF32 | Op::I32ReinterpretF32 | Op::I64ReinterpretF64
            | Op::F32ReinterpretI32 | Op::F64ReinterpretI64
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frontend;

    /// Of a module of one function with that body, after an imported one.
    fn is_leaf(body: &str) -> bool {
        let text = format!(
            "(module (import \"m\" \"f\" (func $other)) (memory 1) (table 1 funcref) (elem declare func $other)
               (global $g (mut i32) (i32.const 0)) (func (param i32 f64) (result i32) {body}))"
        );
        let bytes = wat::parse_str(text).unwrap();
        let module = frontend::parse(&bytes).unwrap();
        assert!(!super::is_leaf(&module, FuncIndex(0)), "an import");
        super::is_leaf(&module, FuncIndex(1))
    }

    #[test]
    fn functions_that_compute_are_leaves() {
        for body in [
            "(i32.const 1)",
            "(global.set $g (i32.add (global.get $g) (local.get 0))) (global.get $g)",
            "(if (result i32) (f64.lt (local.get 1) (f64.const 0)) (then (i32.const 1)) (else (return (local.get 0))))",
            "(block (br_if 0 (local.get 0)) (local.set 0 (i32.const 7))) (local.get 0)",
        ] {
            assert!(is_leaf(body), "{body}");
        }
    }

    #[test]
    fn functions_that_may_end_elsewhere_or_late_are_not() {
        let long = "(local.set 0 (i32.const 1))".repeat(MOST_INSTRUCTIONS) + "(local.get 0)";
        for body in [
            "unreachable",
            "(i32.load (i32.const 0))",
            "(i32.store (i32.const 0) (local.get 0)) (local.get 0)",
            "(i32.div_u (local.get 0) (local.get 0))",
            "(i32.rem_s (local.get 0) (i32.const 3))",
            "(i32.trunc_f64_s (local.get 1))",
            "(call $other) (local.get 0)",
            "(call_indirect (i32.const 0)) (local.get 0)",
            "(return_call 1 (local.get 0) (local.get 1))",
            "(loop (br_if 0 (local.get 0))) (local.get 0)",
            "(memory.grow (local.get 0))",
            "(table.size 0)",
            "(drop (ref.func $other)) (local.get 0)",
            &format!("(local {}) (local.get 0)", "i32 ".repeat(1 + MOST_LOCALS as usize)),
            &long,
        ] {
            assert!(!is_leaf(body), "{body}");
        }
    }
}
