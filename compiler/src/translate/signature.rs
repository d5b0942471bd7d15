//! Wasm function types → LLVM function types, as `plan/convention.rs` says.

use crate::frontend::types::{FunctionType as WasmFunctionType, ValueType};
use crate::ir::{BasicType, FunctionType, Types};
use crate::plan::convention::hidden_parameters;
use crate::plan::{CallConvention, InstanceModel, PassedBase, Passing};

/// The LLVM type.
pub fn lower<'c>(
    types: &Types<'c>,
    ty: &WasmFunctionType,
    convention: CallConvention,
    model: InstanceModel,
    base: Option<PassedBase>,
) -> FunctionType<'c> {
    let hidden = vec![types.pointer.into(); hidden_parameters(ty, model) as usize];
    let lower = |ty| if convention.extends(ty) { types.i64.into() } else { types.value(ty).into() };
    let direct =
        |(&ty, passing): (&ValueType, Passing)| matches!(passing, Passing::Direct(_)).then(|| lower(ty));
    let own = ty.parameters.iter().zip(convention.passings(ty, model)).filter_map(direct);
    let base = base.map(|_| types.pointer.into());
    let parameters: Vec<_> = hidden.into_iter().chain(own).chain(base).collect();
    match ty.results[..] {
        [result] => types.value(result).fn_type(&parameters, false),
        [first, second] => {
            let members = [types.value(first), types.value(second)];
            types.context.struct_type(&members, false).fn_type(&parameters, false)
        }
        _ => types.context.void_type().fn_type(&parameters, false),
    }
}
