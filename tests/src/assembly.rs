//! Loops in AArch64 assembly, as LLVM prints it.
//!
//! What enters: the assembly of a program. What leaves: its innermost loops, instruction by
//! instruction. A loop is what lies between a label and the last branch back to it: where LLVM puts
//! something that is never executed behind the function, it belongs to no loop.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// A loop that has no other one in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loop<'t> {
    /// The function that it is in.
    pub function: &'t str,
    /// Its instructions, in the order of addresses.
    pub instructions: Vec<&'t str>,
}

enum Line<'t> {
    Label(&'t str),
    Instruction(&'t str),
}

/// The innermost loops of all functions.
pub fn innermost_loops(assembly: &str) -> Vec<Loop<'_>> {
    let mut function = "";
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut loops = Vec::new();
    for line in assembly.lines() {
        let text = line.split("//").next().unwrap_or_default().trim();
        match text.strip_suffix(':') {
            Some(label) if label.starts_with(".L") => lines.push(Line::Label(label)),
            Some(label) => {
                loops.extend(loops_of(function, &lines));
                (function, lines) = (label, Vec::new());
            }
            None if text.is_empty() || text.starts_with('.') => {}
            None => lines.push(Line::Instruction(text)),
        }
    }
    loops.extend(loops_of(function, &lines));
    loops
}

fn loops_of<'t>(function: &'t str, lines: &[Line<'t>]) -> Vec<Loop<'t>> {
    let mut labels = BTreeMap::new();
    let mut ends = BTreeMap::new();
    for (place, line) in lines.iter().enumerate() {
        match line {
            Line::Label(label) => drop(labels.insert(*label, place)),
            Line::Instruction(text) => {
                if let Some(start) = branch_target(text).and_then(|label| labels.get(label)) {
                    ends.insert(*start, place);
                }
            }
        }
    }
    let ranges: Vec<RangeInclusive<usize>> = ends.into_iter().map(|(start, end)| start..=end).collect();
    let holds_another = |range: &RangeInclusive<usize>| {
        ranges.iter().any(|other| other.start() > range.start() && other.end() <= range.end())
    };
    let instructions = |range: &RangeInclusive<usize>| {
        let texts = lines[range.clone()].iter().filter_map(|line| match line {
            Line::Instruction(text) => Some(*text),
            Line::Label(_) => None,
        });
        texts.collect()
    };
    let innermost = ranges.iter().filter(|range| !holds_another(range));
    innermost.map(|range| Loop { function, instructions: instructions(range) }).collect()
}

/// Mnemonic and operands.
pub fn parts(instruction: &str) -> (&str, &str) {
    instruction.split_once(char::is_whitespace).unwrap_or((instruction, ""))
}

/// The label that a branch goes to.
fn branch_target(instruction: &str) -> Option<&str> {
    let (mnemonic, operands) = parts(instruction);
    let is_branch = ["b", "cbz", "cbnz", "tbz", "tbnz"].contains(&mnemonic) || mnemonic.starts_with("b.");
    is_branch.then(|| operands.rsplit(',').next().unwrap_or_default().trim())
}

/// How many numbers an instruction computes.
pub fn lanes(instruction: &str) -> usize {
    let arrangements = [(".16b", 16), (".8b", 8), (".8h", 8), (".4h", 4), (".4s", 4), (".2s", 2), (".2d", 2)];
    let found = arrangements.iter().find(|(suffix, _)| instruction.contains(suffix));
    found.map_or(1, |&(_, lanes)| lanes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
f:
\t.cfi_startproc
.LBB0_1:                                // outer
\tmov\tx1, #0
.LBB0_2:
\tcbz\tw2, .LBB0_4
.LBB0_3:
\tfadd\tv0.4s, v0.4s, v1.4s               // sum
\tsubs\tx1, x1, #1
\tb.ne\t.LBB0_2
\tb.ls\t.LBB0_1
\tret
.LBB0_4:
\tb\tg
.Lfunc_end0:
g:
.LBB1_1:
\tb\t.LBB1_1
";

    #[test]
    fn innermost_loops_are_found() {
        let loops = innermost_loops(TEXT);
        let texts: Vec<(&str, usize)> =
            loops.iter().map(|one| (one.function, one.instructions.len())).collect();
        assert_eq!(texts, [("f", 4), ("g", 1)]);
        assert_eq!(loops[0].instructions[1], "fadd\tv0.4s, v0.4s, v1.4s");
        assert_eq!((lanes(loops[0].instructions[1]), lanes("fadd d0, d1, d2")), (4, 1));
    }
}
