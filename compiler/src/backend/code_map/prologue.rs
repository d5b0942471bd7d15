//! Prologues of AArch64.
//!
//! LLVM describes them as one step, after which the frame is there; but the stack pointer moves
//! before, and the first store may be what finds the stack used up. So the steps are read from the
//! instructions (Arm Architecture Reference Manual, C6.2: SUB (immediate), STR and STP (pre-index)).

use crate::code_map::{FrameBase, UnwindRule};
use wasmwright_abi::trap_table::WORD_BYTES;

const INSTRUCTION_BYTES: u32 = 4;

/// Rules of the instructions between a function's beginning and the first that LLVM describes, by
/// their addresses. Registers are saved there, but hold their values still.
pub fn steps(start: u32, code: &[u8]) -> Vec<(u32, UnwindRule)> {
    let mut rows = Vec::new();
    let (mut address, mut frame_bytes) = (start, 0);
    for instruction in code.chunks_exact(INSTRUCTION_BYTES as usize) {
        let instruction =
            u32::from_le_bytes([instruction[0], instruction[1], instruction[2], instruction[3]]);
        let pushed = pushed_bytes(instruction);
        address += INSTRUCTION_BYTES;
        if pushed > 0 {
            frame_bytes += pushed;
            let frame_words = frame_bytes / WORD_BYTES;
            let rule = UnwindRule { base: FrameBase::StackPointer, frame_words, ..UnwindRule::default() };
            rows.push((address, rule));
        }
    }
    rows.retain(|&(address, _)| address < start + code.len() as u32);
    rows
}

/// By how much an instruction of a prologue lowers the stack pointer.
fn pushed_bytes(instruction: u32) -> u32 {
    let field = |low: u32, bits: u32| instruction >> low & ((1 << bits) - 1);
    let negated = |value: u32, bits: u32| (1u32 << bits).wrapping_sub(value) & ((1 << bits) - 1);
    if instruction & 0xFF80_03FF == 0xD100_03FF {
        // SUB sp, sp, #imm12 {, LSL #12}
        return field(10, 12) << (12 * field(22, 1));
    }
    if instruction & 0x3B20_0FE0 == 0x3800_0FE0 {
        // STR Rt, [sp, #imm9]!
        return negated(field(12, 9), 9);
    }
    if instruction & 0x3BC0_03E0 == 0x2980_03E0 {
        // STP Rt, Rt2, [sp, #imm7]!, scaled by the size of a register
        let is_vector = field(26, 1) == 1;
        let scale = if is_vector { 4 << field(30, 2) } else { 4 << field(31, 1) };
        return negated(field(15, 7), 7) * scale;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::pushed_bytes;

    #[test]
    fn instructions_are_told_apart() {
        for (instruction, bytes) in [
            (0xD100_C3FF, 0x30),   // sub sp, sp, #0x30
            (0xD140_07FF, 0x1000), // sub sp, sp, #1, lsl #12
            (0xF81E_0FFE, 0x20),   // str x30, [sp, #-0x20]!
            (0xA9BE_4FF4, 0x20),   // stp x20, x19, [sp, #-0x20]!
            (0x6DBE_23E9, 0x20),   // stp d9, d8, [sp, #-0x20]!
            (0xA901_4FF4, 0),      // stp x20, x19, [sp, #0x10]
            (0xF900_13FE, 0),      // str x30, [sp, #0x20]
            (0xF842_07FE, 0),      // ldr x30, [sp], #0x20
        ] {
            assert_eq!(pushed_bytes(instruction), bytes, "{instruction:#x}");
        }
    }
}
