//! A thin layer over inkwell: the only folder that uses its builder or `llvm-sys`.
//!
//! What enters are values and types of one LLVM context, what leaves are instructions in it. Its
//! functions do not fail: inkwell's errors can only mean that the caller broke an invariant, and
//! become a panic that the driver turns into an internal error.

mod alias;
mod attributes;
mod bitcode;
mod builder;
mod code;
mod conditions;
mod debug;
mod intrinsics;
mod locations;
mod optimize;
mod positions;
mod raw;
mod selects;
mod shape;
mod types;
mod unit;
mod uses;

pub use alias::Access;
pub use attributes::{
    FunctionKind, base_parameter, leave_unoptimized, pass_base, poll_in_loops, take_base, take_extended,
};
pub use builder::{Builder, Convention, Weight};
pub use code::generate_code;
pub use debug::{BaseWord, Expression, INLINED_IN_SOURCE, KnownVariable, RECORD_MARK_BYTES};
pub use optimize::{Optimized, Pipeline, check_profile, optimize};
pub use positions::{FunctionNumbers, Place, PositionCoding, Positions, Subprogram, keep_those_of_traps};
pub use raw::{const_float_bits, install_error_handler};
pub use selects::keep_selects;
pub use shape::{F32X4, F64X2, I8X16, I16X8, I32X4, I64X2, Shape};
pub use types::Types;
pub use unit::{Linkage, Unit};
pub use uses::{Uses, keep};

pub use inkwell::basic_block::BasicBlock;
pub use inkwell::types::{BasicType, BasicTypeEnum as Type, FunctionType};
pub use inkwell::values::{
    BasicValue, BasicValueEnum as Value, CallSiteValue, FloatValue, FunctionValue,
    InstructionOpcode as Opcode, IntValue, PhiValue, PointerValue, VectorValue,
};
pub use inkwell::{FloatPredicate, IntPredicate};
