//! How translated functions call one another, and where parameters and results travel.
//!
//! A function has hidden parameters first: the instance (`Passed`), then the address of the
//! results where these go through memory. The [base of a memory](super::PassedBase) may be the last
//! parameter, in a register of its own. Under [`CallConvention::Tail`] no parameter travels on
//! the stack: LLVM 22 loses stack arguments of guaranteed tail calls on x86-64. What does not fit
//! into registers goes through [memory](wasmwright_abi::instance::ARGUMENTS_OFFSET).

use super::InstanceModel;
use crate::error::{Error, Location, Result};
use crate::frontend::ParsedModule;
use crate::frontend::types::{FunctionType, ValueType};
use crate::options::{Optimization, Options};
use crate::target::{Architecture, System};

/// How translated functions call one another, the same in all of a program: any function may be
/// called through a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallConvention {
    /// The fastest that LLVM has.
    Fast,
    /// That of C, whose parameters are in the same registers: the only one whose parameters LLVM's fast
    /// instruction selection knows, which is for code that is not optimised.
    C,
    /// The one that allows a tail call between any two signatures.
    Tail(ParameterRegisters),
}

/// How many parameters travel in registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterRegisters {
    /// Integers and references, hidden parameters included.
    integers: u32,
    /// Floats and vectors.
    floats: u32,
    /// Whether integers of 32 bits fill theirs, zero-extended. They are addresses, mostly: callers have
    /// them so for nothing, and a callee need not extend them.
    extended: bool,
}

/// How one of Wasm's parameters travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passing {
    /// As LLVM's parameter of this position.
    Direct(u32),
    /// In this slot of the arguments in memory.
    Memory(u32),
}

/// Most results that return in registers on every target.
const REGISTER_RESULTS: usize = 2;

/// Whether results go through memory that the caller provides, one slot each: LLVM cannot
/// tail-call functions whose results it demotes to memory itself.
pub fn returns_through_memory(ty: &FunctionType) -> bool {
    ty.results.len() > REGISTER_RESULTS
}

/// Number of parameters before Wasm's own.
pub fn hidden_parameters(ty: &FunctionType, model: InstanceModel) -> u32 {
    u32::from(model == InstanceModel::Passed) + u32::from(returns_through_memory(ty))
}

impl CallConvention {
    /// The convention of a program.
    pub(super) fn choose(modules: &[ParsedModule<'_>], options: &Options) -> Result<Self> {
        if !modules.iter().any(|module| module.facts.has_tail_calls) {
            return Ok(if options.optimization == Optimization::O0 { Self::C } else { Self::Fast });
        }
        let target = &options.target;
        let extended = options.optimization != Optimization::O0;
        match (target.architecture, target.system) {
            (Architecture::X86_64, System::Linux | System::MacOs) => {
                Ok(Self::Tail(ParameterRegisters { integers: 6, floats: 8, extended }))
            }
            (Architecture::Aarch64, _) => {
                Ok(Self::Tail(ParameterRegisters { integers: 8, floats: 8, extended }))
            }
            // Where vectors travel by address or in pairs of integers, nothing was tried.
            (Architecture::Riscv64, _) | (Architecture::X86_64, System::Windows) => {
                let feature = format!("tail calls for {}", target.name());
                Err(Error::Unsupported { feature, location: Location::default() })
            }
        }
    }

    /// How each of Wasm's parameters travels.
    pub fn passings(self, ty: &FunctionType, model: InstanceModel) -> Vec<Passing> {
        let hidden = hidden_parameters(ty, model);
        let Self::Tail(ParameterRegisters { integers, floats, .. }) = self else {
            return (0..ty.parameters.len() as u32).map(|own| Passing::Direct(hidden + own)).collect();
        };
        let (mut integers_left, mut floats_left) = (integers - hidden, floats);
        let (mut direct, mut slots) = (hidden, 0);
        let passing = |ty: &ValueType| {
            let left = match ty {
                ValueType::F32 | ValueType::F64 | ValueType::V128 => &mut floats_left,
                ValueType::I32 | ValueType::I64 | ValueType::Reference(_) => &mut integers_left,
            };
            let counter = if *left > 0 { &mut direct } else { &mut slots };
            let position = *counter;
            *counter += 1;
            if *left == 0 {
                return Passing::Memory(position);
            }
            *left -= 1;
            Passing::Direct(position)
        };
        ty.parameters.iter().map(passing).collect()
    }

    /// Whether a parameter that is LLVM's travels as an integer of 64 bits whose upper half is zero.
    pub fn extends(self, ty: ValueType) -> bool {
        ty == ValueType::I32 && matches!(self, Self::Tail(ParameterRegisters { extended: true, .. }))
    }

    /// Slots for arguments in memory that the program needs: as many as its largest function type.
    pub(super) fn memory_slots(self, modules: &[ParsedModule<'_>], model: InstanceModel) -> u64 {
        let in_memory = |ty: &FunctionType| {
            let passings = self.passings(ty, model);
            passings.iter().filter(|passing| matches!(passing, Passing::Memory(_))).count() as u64
        };
        modules.iter().flat_map(|module| &module.types).map(in_memory).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ValueType::{F64, I32, V128};

    fn tail() -> CallConvention {
        CallConvention::Tail(ParameterRegisters { integers: 3, floats: 2, extended: true })
    }

    #[test]
    fn parameters_beyond_the_registers_of_their_kind_go_through_memory() {
        use Passing::{Direct, Memory};
        let ty = FunctionType::plain(vec![I32, F64, I32, I32, V128, I32, F64], vec![]);
        let passed = [Direct(1), Direct(2), Direct(3), Memory(0), Direct(4), Memory(1), Memory(2)];
        assert_eq!(tail().passings(&ty, InstanceModel::Passed), passed);
        let fixed = [Direct(0), Direct(1), Direct(2), Direct(3), Direct(4), Memory(0), Memory(1)];
        assert_eq!(tail().passings(&ty, InstanceModel::Static), fixed);
    }

    #[test]
    fn the_address_of_results_takes_a_register() {
        let ty = FunctionType::plain(vec![I32; 3], vec![I32; 3]);
        let passings = tail().passings(&ty, InstanceModel::Passed);
        assert_eq!(passings, [Passing::Direct(2), Passing::Memory(0), Passing::Memory(1)]);
    }

    #[test]
    fn integers_of_32_bits_are_extended_in_registers() {
        assert!(tail().extends(I32));
        assert!(
            !tail().extends(F64) && !CallConvention::Fast.extends(I32) && !CallConvention::C.extends(I32)
        );
    }

    #[test]
    fn without_tail_calls_all_are_parameters_of_llvm() {
        let ty = FunctionType::plain(vec![I32; 40], vec![]);
        let passings = CallConvention::Fast.passings(&ty, InstanceModel::Passed);
        assert!(passings.iter().zip(1..).all(|(passing, position)| *passing == Passing::Direct(position)));
    }
}
