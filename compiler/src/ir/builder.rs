//! Instructions. Names are left to LLVM: they cost time and say nothing.

use super::alias::AliasMetadata;
use super::attributes::enum_attribute;
use super::locations::NextLocation;
use super::*;
use crate::target::Architecture;
use inkwell::attributes::AttributeLoc;
use inkwell::llvm_sys::LLVMTailCallKind;
use inkwell::values::{BasicMetadataValueEnum, CallSiteValue, FastMathFlags, InstructionValue};
use std::rc::Rc;

const POSITIONED: &str = "the builder is positioned";

/// Calling conventions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Convention {
    /// C: the edges to the runtime and to hosts.
    C,
    /// LLVM's `fastcc`: between translated functions of a program without tail calls.
    Fast,
    /// LLVM's `tailcc`: between translated functions, so that any tail call can be one. The callee
    /// pops its arguments, at least 8 bytes of them on x86-64, which makes calls slower.
    Tail,
}

impl Convention {
    /// LLVM's number for it.
    pub fn number(self) -> u32 {
        match self {
            Self::C => 0,
            Self::Fast => 8,
            Self::Tail => 18,
        }
    }
}

/// How likely a conditional branch is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Nothing is known.
    Unknown,
    /// Almost never.
    Never,
    /// The module says that it is not.
    Unlikely,
    /// The module says that it is.
    Likely,
}

impl Weight {
    /// Weights of the branch being taken and not taken, in LLVM's own ratios.
    fn weights(self) -> Option<[u32; 2]> {
        match self {
            Self::Unknown => None,
            Self::Never => Some([1, (1 << 20) - 1]),
            Self::Unlikely => Some([1, 2000]),
            Self::Likely => Some([2000, 1]),
        }
    }
}

/// Appends instructions to basic blocks.
#[derive(Clone, Debug)]
pub struct Builder<'c> {
    pub(super) raw: Rc<inkwell::builder::Builder<'c>>,
    /// Types of the context.
    pub types: Types<'c>,
    /// What is told of accesses, if anything that only optimisations use is told.
    alias: Option<Rc<AliasMetadata<'c>>>,
    pub(super) next_location: Rc<NextLocation<'c>>,
}

impl<'c> Builder<'c> {
    pub(super) fn new(types: Types<'c>, alias: Option<Rc<AliasMetadata<'c>>>) -> Self {
        Self { raw: Rc::new(types.context.create_builder()), alias, next_location: Rc::default(), types }
    }

    /// A new block at the end of a function.
    pub fn block(&self, function: FunctionValue<'c>, name: &str) -> BasicBlock<'c> {
        self.types.context.append_basic_block(function, name)
    }

    /// Goes to the end of a block.
    pub fn position(&self, block: BasicBlock<'c>) {
        self.raw.position_at_end(block);
    }

    /// The block that instructions go to.
    pub fn current(&self) -> BasicBlock<'c> {
        self.raw.get_insert_block().expect(POSITIONED)
    }

    /// An `i32` constant.
    pub fn i32(&self, value: u32) -> IntValue<'c> {
        self.types.i32.const_int(value.into(), false)
    }

    /// An `i64` constant.
    pub fn i64(&self, value: u64) -> IntValue<'c> {
        self.types.i64.const_int(value, false)
    }

    /// A binary operation on integers, floats or vectors of them.
    pub fn binary(&self, op: Opcode, left: Value<'c>, right: Value<'c>) -> Value<'c> {
        self.raw.build_binop(op, left, right, "").expect(POSITIONED)
    }

    /// A binary operation on integers.
    pub fn int(&self, op: Opcode, left: IntValue<'c>, right: IntValue<'c>) -> IntValue<'c> {
        self.binary(op, left.into(), right.into()).into_int_value()
    }

    /// A float, its sign inverted, NaNs too.
    pub fn negate(&self, value: FloatValue<'c>) -> FloatValue<'c> {
        self.raw.build_float_neg(value, "").expect(POSITIONED)
    }

    /// Vectors of floats, their signs inverted, NaNs' too.
    pub fn negate_lanes(&self, value: VectorValue<'c>) -> VectorValue<'c> {
        self.raw.build_float_neg(value, "").expect(POSITIONED)
    }

    /// The same bits as another type.
    pub fn bitcast(&self, value: impl BasicValue<'c>, to: impl BasicType<'c>) -> Value<'c> {
        self.cast(Opcode::BitCast, value.as_basic_value_enum(), to)
    }

    /// An integer in another width, zero-extended or truncated.
    pub fn resize(&self, value: IntValue<'c>, to: inkwell::types::IntType<'c>) -> IntValue<'c> {
        self.raw.build_int_cast_sign_flag(value, to, false, "").expect(POSITIONED)
    }

    /// Whether a vector, seen in whatever shape, is the result of such an instruction.
    pub fn is_result_of(&self, vector: VectorValue<'c>, op: Opcode) -> bool {
        let Some(instruction) = vector.as_instruction() else { return false };
        let source = match instruction.get_opcode() {
            Opcode::BitCast => instruction.get_operand(0).and_then(|operand| operand.value()),
            _ => return instruction.get_opcode() == op,
        };
        source.is_some_and(|value| self.is_result_of(value.into_vector_value(), op))
    }

    /// A conversion.
    pub fn cast(&self, op: Opcode, value: Value<'c>, to: impl BasicType<'c>) -> Value<'c> {
        self.raw.build_cast(op, value, to, "").expect(POSITIONED)
    }

    /// Zero-extends an integer to `i64`, if it is not one.
    pub fn extend(&self, value: IntValue<'c>) -> IntValue<'c> {
        if value.get_type().get_bit_width() == 64 {
            return value;
        }
        self.cast(Opcode::ZExt, value.into(), self.types.i64).into_int_value()
    }

    /// Compares integers.
    pub fn compare(&self, predicate: IntPredicate, left: IntValue<'c>, right: IntValue<'c>) -> IntValue<'c> {
        self.raw.build_int_compare(predicate, left, right, "").expect(POSITIONED)
    }

    /// Compares vectors of integers, lane by lane.
    pub fn compare_lanes(
        &self,
        predicate: IntPredicate,
        left: VectorValue<'c>,
        right: VectorValue<'c>,
    ) -> VectorValue<'c> {
        self.raw.build_int_compare(predicate, left, right, "").expect(POSITIONED)
    }

    /// Compares floats.
    pub fn compare_float(
        &self,
        predicate: FloatPredicate,
        left: FloatValue<'c>,
        right: FloatValue<'c>,
    ) -> IntValue<'c> {
        self.raw.build_float_compare(predicate, left, right, "").expect(POSITIONED)
    }

    /// Compares vectors of floats, lane by lane.
    pub fn compare_float_lanes(
        &self,
        predicate: FloatPredicate,
        left: VectorValue<'c>,
        right: VectorValue<'c>,
    ) -> VectorValue<'c> {
        self.raw.build_float_compare(predicate, left, right, "").expect(POSITIONED)
    }

    /// Lets LLVM suppose that no operand of an operation on floats is a NaN. Where one is, the
    /// result must not be used.
    pub fn assume_no_nans(&self, result: Value<'c>) {
        if let Some(instruction) = result.as_instruction_value() {
            instruction.set_fast_math_flags(FastMathFlags::NoNaNs).expect("an operation on floats");
        }
    }

    /// Whether a pointer is null.
    pub fn is_null(&self, pointer: PointerValue<'c>) -> IntValue<'c> {
        self.raw.build_is_null(pointer, "").expect(POSITIONED)
    }

    /// An `i1` inverted.
    pub fn not(&self, condition: IntValue<'c>) -> IntValue<'c> {
        self.raw.build_not(condition, "").expect(POSITIONED)
    }

    /// Whether two pointers differ.
    pub fn pointers_differ(&self, left: PointerValue<'c>, right: PointerValue<'c>) -> IntValue<'c> {
        self.raw.build_int_compare(IntPredicate::NE, left, right, "").expect(POSITIONED)
    }

    /// One of two values.
    pub fn select(&self, condition: IntValue<'c>, yes: Value<'c>, no: Value<'c>) -> Value<'c> {
        self.raw.build_select(condition, yes, no, "").expect(POSITIONED)
    }

    /// One of two values, lane by lane.
    pub fn select_lanes(
        &self,
        condition: VectorValue<'c>,
        yes: VectorValue<'c>,
        no: VectorValue<'c>,
    ) -> Value<'c> {
        self.raw.build_select(condition, yes, no, "").expect(POSITIONED)
    }

    /// Lanes of two vectors by constant positions.
    pub fn shuffle(&self, left: VectorValue<'c>, right: VectorValue<'c>, lanes: &[u32]) -> VectorValue<'c> {
        let lanes: Vec<IntValue<'c>> = lanes.iter().map(|&lane| self.i32(lane)).collect();
        let mask = inkwell::types::VectorType::const_vector(&lanes);
        self.raw.build_shuffle_vector(left, right, mask, "").expect(POSITIONED)
    }

    /// A lane of a vector.
    pub fn extract_lane(&self, vector: VectorValue<'c>, lane: IntValue<'c>) -> Value<'c> {
        self.raw.build_extract_element(vector, lane, "").expect(POSITIONED)
    }

    /// A vector with one lane replaced.
    pub fn insert_lane(
        &self,
        vector: VectorValue<'c>,
        value: Value<'c>,
        lane: IntValue<'c>,
    ) -> VectorValue<'c> {
        self.raw.build_insert_element(vector, value, lane, "").expect(POSITIONED)
    }

    /// Room in the frame. Must be in the entry block.
    pub fn alloca(&self, ty: impl BasicType<'c>) -> PointerValue<'c> {
        self.raw.build_alloca(ty, "").expect(POSITIONED)
    }

    /// `pointer` moved by bytes. Never `inbounds`: the sum may leave the object on paper.
    pub fn offset(&self, pointer: PointerValue<'c>, bytes: IntValue<'c>) -> PointerValue<'c> {
        // SAFETY: a plain getelementptr is arithmetic, whatever its operands.
        unsafe { self.raw.build_gep(self.types.i8, pointer, &[bytes], "").expect(POSITIONED) }
    }

    /// `pointer` moved by a constant number of bytes.
    pub fn field(&self, pointer: PointerValue<'c>, bytes: u64) -> PointerValue<'c> {
        if bytes == 0 { pointer } else { self.offset(pointer, self.i64(bytes)) }
    }

    /// Loads with an alignment in bytes.
    pub fn load(
        &self,
        ty: impl BasicType<'c>,
        pointer: PointerValue<'c>,
        align: u32,
        access: Access,
    ) -> Value<'c> {
        let value = self.raw.build_load(ty, pointer, "").expect(POSITIONED);
        self.mark(value.as_instruction_value().expect("a load is an instruction"), align, access);
        value
    }

    /// Loads what other threads may change, each time anew.
    pub fn load_shared(
        &self,
        ty: impl BasicType<'c>,
        pointer: PointerValue<'c>,
        align: u32,
        access: Access,
    ) -> Value<'c> {
        let value = self.load(ty, pointer, align, access);
        super::keep(value);
        value
    }

    /// Stores with an alignment in bytes.
    pub fn store(&self, value: Value<'c>, pointer: PointerValue<'c>, align: u32, access: Access) {
        let store = self.raw.build_store(pointer, value).expect(POSITIONED);
        self.mark(store, align, access);
    }

    /// Stores to the frame.
    pub fn set_local(&self, value: Value<'c>, pointer: PointerValue<'c>) {
        self.raw.build_store(pointer, value).expect(POSITIONED);
    }

    /// Loads from the frame.
    pub fn get_local(&self, ty: impl BasicType<'c>, pointer: PointerValue<'c>) -> Value<'c> {
        self.raw.build_load(ty, pointer, "").expect(POSITIONED)
    }

    fn mark(&self, instruction: InstructionValue<'c>, align: u32, access: Access) {
        instruction.set_alignment(align).expect("a power of two");
        if let Some(alias) = &self.alias {
            alias.mark(instruction, access);
        }
        self.located(instruction);
    }

    /// Copies bytes between places that may overlap.
    pub fn memmove(&self, to: PointerValue<'c>, from: PointerValue<'c>, bytes: IntValue<'c>) {
        self.located(self.raw.build_memmove(to, 1, from, 1, bytes).expect(POSITIONED));
    }

    /// Copies bytes between places that do not overlap.
    pub fn memcpy(&self, to: PointerValue<'c>, from: PointerValue<'c>, bytes: IntValue<'c>) {
        self.located(self.raw.build_memcpy(to, 1, from, 1, bytes).expect(POSITIONED));
    }

    /// Fills bytes.
    pub fn memset(&self, to: PointerValue<'c>, byte: IntValue<'c>, bytes: IntValue<'c>) {
        self.located(self.raw.build_memset(to, 1, byte, bytes).expect(POSITIONED));
    }

    /// Calls a function of this unit.
    pub fn call(&self, function: FunctionValue<'c>, arguments: &[Value<'c>]) -> CallSiteValue<'c> {
        let arguments = metadata_values(arguments);
        let call = self.located(self.raw.build_call(function, &arguments, "").expect(POSITIONED));
        call.set_call_convention(function.get_call_conventions());
        call
    }

    /// Calls a function that never returns without LLVM's knowing: the stack is not aligned for it,
    /// and no frame is set up for its sake. The argument, if any, is the first one of the C
    /// convention.
    pub fn call_bare(
        &self,
        architecture: Architecture,
        function: FunctionValue<'c>,
        argument: Option<PointerValue<'c>>,
    ) -> CallSiteValue<'c> {
        let values: Vec<_> = std::iter::once(function.as_global_value().as_pointer_value())
            .chain(argument)
            .map(BasicMetadataValueEnum::from)
            .collect();
        let types = vec![self.types.pointer.into(); values.len()];
        let ty = self.types.context.void_type().fn_type(&types, false);
        let (call, symbol, register) = match architecture {
            Architecture::X86_64 => ("call ${0:P}", "s", "rdi"),
            Architecture::Aarch64 => ("mov x9, x30\nbl $0", "S", "x0"),
            other => unreachable!("the runtime has no trap functions for {other:?}"),
        };
        let register = if argument.is_some() { format!(",{{{register}}}") } else { String::new() };
        // It may read all that was stored.
        let constraints = format!("{symbol}{register},~{{memory}}");
        let call = call.to_owned();
        let code = self.types.context.create_inline_asm(ty, call, constraints, true, false, None, false);
        let call = self.located(self.raw.build_indirect_call(ty, code, &values, "").expect(POSITIONED));
        for name in ["cold", "noreturn", "nounwind"] {
            call.add_attribute(AttributeLoc::Function, enum_attribute(self.types.context, name));
        }
        call
    }

    /// Calls through a pointer.
    pub fn call_pointer(
        &self,
        ty: FunctionType<'c>,
        convention: Convention,
        pointer: PointerValue<'c>,
        arguments: &[Value<'c>],
    ) -> CallSiteValue<'c> {
        let arguments = metadata_values(arguments);
        let call = self.raw.build_indirect_call(ty, pointer, &arguments, "").expect(POSITIONED);
        self.located(call);
        call.set_call_convention(convention.number());
        call
    }

    /// Calls through a pointer and goes on in `normal`, or in `unwind` where an exception comes out.
    pub fn invoke_pointer(
        &self,
        ty: FunctionType<'c>,
        convention: Convention,
        pointer: PointerValue<'c>,
        arguments: &[Value<'c>],
        [normal, unwind]: [BasicBlock<'c>; 2],
    ) -> CallSiteValue<'c> {
        let invoke = self.raw.build_indirect_invoke(ty, pointer, arguments, normal, unwind, "");
        let call = self.located(invoke.expect(POSITIONED));
        call.set_call_convention(convention.number());
        call
    }

    /// Begins a block that calls unwind to, whatever the exception; its address.
    pub fn landing_pad(&self, personality: FunctionValue<'c>) -> PointerValue<'c> {
        let types = [self.types.pointer.into(), self.types.i32.into()];
        let ty = self.types.context.struct_type(&types, false);
        let all = self.types.pointer.const_null().into();
        let landed = self.raw.build_landing_pad(ty, personality, &[all], false, "").expect(POSITIONED);
        self.extract(landed, 0).into_pointer_value()
    }

    /// Keeps a call apart from others like it: where it is would be lost.
    pub fn never_merge(&self, call: CallSiteValue<'c>) {
        let nomerge = enum_attribute(self.types.context, "nomerge");
        call.add_attribute(AttributeLoc::Function, nomerge);
    }

    /// Makes a call a guaranteed tail call. A return of its result must follow.
    pub fn must_tail(&self, call: CallSiteValue<'c>) {
        call.set_tail_call_kind(LLVMTailCallKind::LLVMTailCallKindMustTail);
    }

    /// The result of a call that has one.
    pub fn result(&self, call: CallSiteValue<'c>) -> Value<'c> {
        call.try_as_basic_value().basic().expect("the callee returns a value")
    }

    /// Member of a structure value.
    pub fn extract(&self, aggregate: Value<'c>, position: u32) -> Value<'c> {
        self.raw.build_extract_value(aggregate.into_struct_value(), position, "").expect(POSITIONED)
    }

    /// A structure value of these members.
    pub fn aggregate(&self, members: &[Value<'c>]) -> Value<'c> {
        let types: Vec<Type<'c>> = members.iter().map(|member| member.get_type()).collect();
        let mut aggregate = self.types.context.struct_type(&types, false).get_undef().into();
        for (position, &member) in members.iter().enumerate() {
            aggregate = self
                .raw
                .build_insert_value(aggregate, member, position as u32, "")
                .expect("a member's position");
        }
        aggregate.into_struct_value().into()
    }

    /// Returns.
    pub fn ret(&self, value: Option<Value<'c>>) {
        let value = value.as_ref().map(|value| value as &dyn BasicValue<'c>);
        self.raw.build_return(value).expect(POSITIONED);
    }

    /// Branches.
    pub fn branch(&self, to: BasicBlock<'c>) {
        self.raw.build_unconditional_branch(to).expect(POSITIONED);
    }

    /// Branches on an `i1`.
    pub fn branch_if(
        &self,
        condition: IntValue<'c>,
        yes: BasicBlock<'c>,
        no: BasicBlock<'c>,
        weight: Weight,
    ) {
        let branch = self.raw.build_conditional_branch(condition, yes, no).expect(POSITIONED);
        if let Some([taken, not_taken]) = weight.weights().filter(|_| self.alias.is_some()) {
            let context = self.types.context;
            let name = context.metadata_string("branch_weights");
            let weights =
                context.metadata_node(&[name.into(), self.i32(taken).into(), self.i32(not_taken).into()]);
            branch.set_metadata(weights, context.get_kind_id("prof")).expect("a node");
        }
    }

    /// Branches by number.
    pub fn switch(
        &self,
        value: IntValue<'c>,
        default: BasicBlock<'c>,
        cases: &[(IntValue<'c>, BasicBlock<'c>)],
    ) {
        self.raw.build_switch(value, default, cases).expect(POSITIONED);
    }

    /// Says that control never gets here.
    pub fn unreachable(&self) {
        self.raw.build_unreachable().expect(POSITIONED);
    }

    /// A value that depends on where control came from.
    pub fn phi(&self, ty: impl BasicType<'c>) -> PhiValue<'c> {
        self.raw.build_phi(ty, "").expect(POSITIONED)
    }
}

fn metadata_values<'c>(values: &[Value<'c>]) -> Vec<BasicMetadataValueEnum<'c>> {
    values.iter().map(|&value| value.into()).collect()
}
