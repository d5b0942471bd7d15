//! The table from instructions to methods. An arm is one call; it may be long, and nothing else.

use super::call::CallKind;
use super::convert::Integer;
use super::function::FunctionTranslator;
use crate::error::Result;
use crate::frontend::features;
use crate::ir::{FloatPredicate as F, IntPredicate as I, Opcode};
use wasmparser::Operator as Op;

const S32: Integer = Integer::I32 { signed: true };
const U32: Integer = Integer::I32 { signed: false };
const S64: Integer = Integer::I64 { signed: true };
const U64: Integer = Integer::I64 { signed: false };

impl FunctionTranslator<'_, '_, '_> {
    /// Translates one instruction.
    pub(super) fn operator(&mut self, op: &Op<'_>, offset: u64) -> Result<()> {
        if !self.reachable {
            self.skip(op);
            return Ok(());
        }
        let types = self.b.types;
        match op {
            Op::Nop => {}
            Op::Unreachable => self.unreachable(),
            Op::Block { blockty } => self.begin_block(*blockty),
            Op::Loop { blockty } => self.begin_loop(*blockty),
            Op::If { blockty } => self.begin_if(*blockty, self.hint(offset)),
            Op::Else => self.begin_else(),
            Op::End => self.end(),
            Op::Br { relative_depth } => self.br(*relative_depth),
            Op::BrIf { relative_depth } => self.br_if(*relative_depth, self.hint(offset)),
            Op::BrOnNull { relative_depth } => self.br_on_null(*relative_depth),
            Op::BrOnNonNull { relative_depth } => self.br_on_non_null(*relative_depth),
            Op::BrTable { targets } => self.br_table(targets)?,
            Op::Return => self.return_(),
            Op::Call { function_index } => self.call(*function_index, CallKind::Ordinary),
            Op::CallIndirect { type_index, table_index } => {
                self.call_indirect(*type_index, *table_index, CallKind::Ordinary)
            }
            Op::ReturnCall { function_index } => self.call(*function_index, CallKind::Tail),
            Op::ReturnCallIndirect { type_index, table_index } => {
                self.call_indirect(*type_index, *table_index, CallKind::Tail)
            }
            Op::CallRef { type_index } => self.call_ref(*type_index, CallKind::Ordinary),
            Op::ReturnCallRef { type_index } => self.call_ref(*type_index, CallKind::Tail),

            Op::TryTable { try_table } => self.begin_try_table(try_table.ty, &try_table.catches),
            Op::Throw { tag_index } => self.throw(*tag_index),
            Op::ThrowRef => self.throw_ref(),
            Op::Try { blockty } => self.begin_try(*blockty),
            Op::Catch { tag_index } => self.begin_catch(Some(*tag_index)),
            Op::CatchAll => self.begin_catch(None),
            Op::Rethrow { relative_depth } => self.rethrow(*relative_depth),
            Op::Delegate { relative_depth } => self.delegate(*relative_depth),

            Op::Drop => drop(self.pop()),
            Op::Select | Op::TypedSelect { .. } => self.select(),
            Op::LocalGet { local_index } => self.local_get(*local_index),
            Op::LocalSet { local_index } => self.local_set(*local_index),
            Op::LocalTee { local_index } => self.local_tee(*local_index),
            Op::GlobalGet { global_index } => self.global_get(*global_index),
            Op::GlobalSet { global_index } => self.global_set(*global_index),

            Op::I32Const { value } => self.push(self.b.i32(*value as u32)),
            Op::I64Const { value } => self.push(self.b.i64(*value as u64)),
            Op::F32Const { value } => self.push_f32(value.bits()),
            Op::F64Const { value } => self.push_f64(value.bits()),

            Op::I32Load { memarg } => self.load(memarg, 4, types.i32),
            Op::I64Load { memarg } => self.load(memarg, 8, types.i64),
            Op::F32Load { memarg } => self.load(memarg, 4, types.f32),
            Op::F64Load { memarg } => self.load(memarg, 8, types.f64),
            Op::I32Load8S { memarg } => self.load_extended(memarg, 1, Opcode::SExt, types.i32),
            Op::I32Load8U { memarg } => self.load_extended(memarg, 1, Opcode::ZExt, types.i32),
            Op::I32Load16S { memarg } => self.load_extended(memarg, 2, Opcode::SExt, types.i32),
            Op::I32Load16U { memarg } => self.load_extended(memarg, 2, Opcode::ZExt, types.i32),
            Op::I64Load8S { memarg } => self.load_extended(memarg, 1, Opcode::SExt, types.i64),
            Op::I64Load8U { memarg } => self.load_extended(memarg, 1, Opcode::ZExt, types.i64),
            Op::I64Load16S { memarg } => self.load_extended(memarg, 2, Opcode::SExt, types.i64),
            Op::I64Load16U { memarg } => self.load_extended(memarg, 2, Opcode::ZExt, types.i64),
            Op::I64Load32S { memarg } => self.load_extended(memarg, 4, Opcode::SExt, types.i64),
            Op::I64Load32U { memarg } => self.load_extended(memarg, 4, Opcode::ZExt, types.i64),
            Op::I32Store { memarg } | Op::F32Store { memarg } => self.store(memarg, 4),
            Op::I64Store { memarg } | Op::F64Store { memarg } => self.store(memarg, 8),
            Op::I32Store8 { memarg } | Op::I64Store8 { memarg } => self.store_low(memarg, 1),
            Op::I32Store16 { memarg } | Op::I64Store16 { memarg } => self.store_low(memarg, 2),
            Op::I64Store32 { memarg } => self.store_low(memarg, 4),
            Op::MemorySize { mem } => self.memory_size(*mem),
            Op::MemoryGrow { mem } => self.memory_grow(*mem),
            Op::MemoryCopy { dst_mem, src_mem } => self.memory_copy(*dst_mem, *src_mem),
            Op::MemoryFill { mem } => self.memory_fill(*mem),
            Op::MemoryInit { data_index, mem } => self.memory_init(*mem, *data_index),
            Op::DataDrop { data_index } => self.data_drop(*data_index),

            Op::TableGet { table } => self.table_get(*table),
            Op::TableSet { table } => self.table_set(*table),
            Op::TableSize { table } => self.table_size(*table),
            Op::TableGrow { table } => self.table_grow(*table),
            Op::TableFill { table } => self.table_fill(*table),
            Op::TableCopy { dst_table, src_table } => self.table_copy(*dst_table, *src_table),
            Op::TableInit { elem_index, table } => self.table_init(*elem_index, *table),
            Op::ElemDrop { elem_index } => self.elem_drop(*elem_index),
            Op::RefNull { .. } => self.ref_null(),
            Op::RefIsNull => self.ref_is_null(),
            Op::RefFunc { function_index } => self.ref_func(*function_index),
            Op::RefAsNonNull => self.ref_as_non_null(),

            Op::I32Eqz | Op::I64Eqz => self.eqz(),
            Op::I32Eq | Op::I64Eq => self.compare_int(I::EQ),
            Op::I32Ne | Op::I64Ne => self.compare_int(I::NE),
            Op::I32LtS | Op::I64LtS => self.compare_int(I::SLT),
            Op::I32LtU | Op::I64LtU => self.compare_int(I::ULT),
            Op::I32GtS | Op::I64GtS => self.compare_int(I::SGT),
            Op::I32GtU | Op::I64GtU => self.compare_int(I::UGT),
            Op::I32LeS | Op::I64LeS => self.compare_int(I::SLE),
            Op::I32LeU | Op::I64LeU => self.compare_int(I::ULE),
            Op::I32GeS | Op::I64GeS => self.compare_int(I::SGE),
            Op::I32GeU | Op::I64GeU => self.compare_int(I::UGE),
            Op::F32Eq | Op::F64Eq => self.compare_float(F::OEQ),
            Op::F32Ne | Op::F64Ne => self.compare_float(F::UNE),
            Op::F32Lt | Op::F64Lt => self.compare_float(F::OLT),
            Op::F32Gt | Op::F64Gt => self.compare_float(F::OGT),
            Op::F32Le | Op::F64Le => self.compare_float(F::OLE),
            Op::F32Ge | Op::F64Ge => self.compare_float(F::OGE),

            Op::I32Clz | Op::I64Clz => self.count_zeros("llvm.ctlz"),
            Op::I32Ctz | Op::I64Ctz => self.count_zeros("llvm.cttz"),
            Op::I32Popcnt | Op::I64Popcnt => self.unary_intrinsic("llvm.ctpop"),
            Op::I32Add | Op::I64Add => self.binary(Opcode::Add),
            Op::I32Sub | Op::I64Sub => self.binary(Opcode::Sub),
            Op::I32Mul | Op::I64Mul => self.binary(Opcode::Mul),
            Op::I32DivS | Op::I64DivS => self.divide_signed(),
            Op::I32DivU | Op::I64DivU => self.divide_unsigned(),
            Op::I32RemS | Op::I64RemS => self.remainder_signed(),
            Op::I32RemU | Op::I64RemU => self.remainder_unsigned(),
            Op::I32And | Op::I64And => self.binary(Opcode::And),
            Op::I32Or | Op::I64Or => self.binary(Opcode::Or),
            Op::I32Xor | Op::I64Xor => self.binary(Opcode::Xor),
            Op::I32Shl | Op::I64Shl => self.shift(Opcode::Shl),
            Op::I32ShrS | Op::I64ShrS => self.shift(Opcode::AShr),
            Op::I32ShrU | Op::I64ShrU => self.shift(Opcode::LShr),
            Op::I32Rotl | Op::I64Rotl => self.rotate("llvm.fshl"),
            Op::I32Rotr | Op::I64Rotr => self.rotate("llvm.fshr"),
            Op::I64Add128 => self.wide_binary(Opcode::Add),
            Op::I64Sub128 => self.wide_binary(Opcode::Sub),
            Op::I64MulWideS => self.wide_product(Opcode::SExt),
            Op::I64MulWideU => self.wide_product(Opcode::ZExt),
            Op::I32Extend8S | Op::I64Extend8S => self.sign_extend_low(8),
            Op::I32Extend16S | Op::I64Extend16S => self.sign_extend_low(16),
            Op::I64Extend32S => self.sign_extend_low(32),

            Op::F32Abs | Op::F64Abs => self.unary_intrinsic("llvm.fabs"),
            Op::F32Neg | Op::F64Neg => self.negate(),
            Op::F32Ceil | Op::F64Ceil => self.unary_intrinsic("llvm.ceil"),
            Op::F32Floor | Op::F64Floor => self.unary_intrinsic("llvm.floor"),
            Op::F32Trunc | Op::F64Trunc => self.unary_intrinsic("llvm.trunc"),
            Op::F32Nearest | Op::F64Nearest => self.unary_intrinsic("llvm.roundeven"),
            Op::F32Sqrt | Op::F64Sqrt => self.unary_intrinsic("llvm.sqrt"),
            Op::F32Add | Op::F64Add => self.float_binary(Opcode::FAdd),
            Op::F32Sub | Op::F64Sub => self.float_binary(Opcode::FSub),
            Op::F32Mul | Op::F64Mul => self.float_binary(Opcode::FMul),
            Op::F32Div | Op::F64Div => self.float_binary(Opcode::FDiv),
            Op::F32Min | Op::F64Min => self.float_extremum("llvm.minimum"),
            Op::F32Max | Op::F64Max => self.float_extremum("llvm.maximum"),
            Op::F32Copysign | Op::F64Copysign => self.float_binary_intrinsic("llvm.copysign"),

            Op::I32WrapI64 => self.convert(Opcode::Trunc, types.i32),
            Op::I64ExtendI32S => self.convert(Opcode::SExt, types.i64),
            Op::I64ExtendI32U => self.convert(Opcode::ZExt, types.i64),
            Op::I32TruncF32S | Op::I32TruncF64S => self.truncate(S32),
            Op::I32TruncF32U | Op::I32TruncF64U => self.truncate(U32),
            Op::I64TruncF32S | Op::I64TruncF64S => self.truncate(S64),
            Op::I64TruncF32U | Op::I64TruncF64U => self.truncate(U64),
            Op::I32TruncSatF32S | Op::I32TruncSatF64S => self.truncate_saturating(S32),
            Op::I32TruncSatF32U | Op::I32TruncSatF64U => self.truncate_saturating(U32),
            Op::I64TruncSatF32S | Op::I64TruncSatF64S => self.truncate_saturating(S64),
            Op::I64TruncSatF32U | Op::I64TruncSatF64U => self.truncate_saturating(U64),
            Op::F32ConvertI32S | Op::F32ConvertI64S => self.convert(Opcode::SIToFP, types.f32),
            Op::F32ConvertI32U | Op::F32ConvertI64U => self.convert(Opcode::UIToFP, types.f32),
            Op::F64ConvertI32S | Op::F64ConvertI64S => self.convert(Opcode::SIToFP, types.f64),
            Op::F64ConvertI32U | Op::F64ConvertI64U => self.convert(Opcode::UIToFP, types.f64),
            Op::F32DemoteF64 => self.demote(),
            Op::F64PromoteF32 => self.convert(Opcode::FPExt, types.f64),
            Op::I32ReinterpretF32 => self.convert(Opcode::BitCast, types.i32),
            Op::I64ReinterpretF64 => self.convert(Opcode::BitCast, types.i64),
            Op::F32ReinterpretI32 => self.convert(Opcode::BitCast, types.f32),
            Op::F64ReinterpretI64 => self.convert(Opcode::BitCast, types.f64),

            other if self.vector_operator(other) => {}
            other => {
                features::check_operator(other, offset).and_then(|()| Err(not_translated(other, offset)))?
            }
        }
        Ok(())
    }
}

/// An instruction of a proposal that claims to be compiled, but for it.
fn not_translated(op: &Op<'_>, offset: u64) -> crate::Error {
    crate::Error::internal(format!("instruction {op:?} at offset {offset:#x} has no translation"))
}
