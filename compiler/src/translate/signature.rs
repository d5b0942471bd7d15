//! Wasm function types → LLVM function types.
//!
//! Parameters: the instance (`Passed`), the address of the results where they go through memory,
//! then Wasm's own. Up to two results return in registers; more go through memory that the caller
//! provides, one [`ValueSlot`](wasmwright_abi::instance::ValueSlot) each, because LLVM cannot
//! tail-call functions whose results it demotes to memory itself.

use crate::frontend::types::{FunctionType as WasmFunctionType, ValueType};
use crate::ir::{BasicType, FunctionType, Types};
use crate::plan::InstanceModel;

/// Most results that return in registers on every target.
const REGISTER_RESULTS: usize = 2;

/// Whether results go through memory.
pub fn returns_through_memory(ty: &WasmFunctionType) -> bool {
    ty.results.len() > REGISTER_RESULTS
}

/// Parameters that every target passes in registers: integers with references, floats with vectors.
/// x86-64's numbers, the lesser ones.
const REGISTER_PARAMETERS: (usize, usize) = (6, 8);

/// Whether all parameters are passed in registers.
pub fn fits_registers(ty: &WasmFunctionType, model: InstanceModel) -> bool {
    let is_float = |ty: &&ValueType| matches!(ty, ValueType::F32 | ValueType::F64 | ValueType::V128);
    let floats = ty.parameters.iter().filter(is_float).count();
    let integers = ty.parameters.len() - floats + first_parameter(ty, model) as usize;
    integers <= REGISTER_PARAMETERS.0 && floats <= REGISTER_PARAMETERS.1
}

/// Position of Wasm's first parameter.
pub fn first_parameter(ty: &WasmFunctionType, model: InstanceModel) -> u32 {
    u32::from(model == InstanceModel::Passed) + u32::from(returns_through_memory(ty))
}

/// The LLVM type.
pub fn lower<'c>(types: &Types<'c>, ty: &WasmFunctionType, model: InstanceModel) -> FunctionType<'c> {
    let hidden = vec![types.pointer.into(); first_parameter(ty, model) as usize];
    let own = ty.parameters.iter().map(|&ty| types.value(ty).into());
    let parameters: Vec<_> = hidden.into_iter().chain(own).collect();
    match ty.results[..] {
        [result] => types.value(result).fn_type(&parameters, false),
        [first, second] => {
            let members = [types.value(first), types.value(second)];
            types.context.struct_type(&members, false).fn_type(&parameters, false)
        }
        _ => types.context.void_type().fn_type(&parameters, false),
    }
}
