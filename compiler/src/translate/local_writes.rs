//! What a body does to its locals: where each is written, and which ways come back from there.

use crate::error::Result;
use crate::frontend::features::malformed;
use crate::frontend::module::Body;
use std::collections::HashMap;
use wasmparser::Operator as Op;

/// What a body does to its locals.
#[derive(Debug, Default)]
pub struct Writes {
    /// Where the instructions begin that follow a write, by local.
    pub after: HashMap<u32, Vec<u32>>,
    /// Where loops begin and end.
    loops: Vec<(u32, u32)>,
    /// Whether there are protected blocks.
    pub catches: bool,
}

impl Writes {
    /// Reads a body.
    pub fn read(body: &Body<'_>) -> Result<Self> {
        let mut writes = Self::default();
        let mut open = Vec::new();
        let mut operators = body.reader.get_operators_reader().map_err(malformed)?;
        while !operators.eof() {
            let (op, offset) = operators.read_with_offset().map_err(malformed)?;
            let start = (offset - body.offset) as u32;
            let end = (operators.original_position() - body.offset) as u32;
            match op {
                Op::LocalSet { local_index } | Op::LocalTee { local_index } => {
                    writes.after.entry(local_index).or_default().push(end);
                }
                Op::Loop { .. } => open.push(Some(start)),
                Op::Block { .. } | Op::If { .. } => open.push(None),
                Op::TryTable { .. } | Op::Try { .. } => {
                    writes.catches = true;
                    open.push(None);
                }
                Op::End | Op::Delegate { .. } => {
                    if let Some(Some(start)) = open.pop() {
                        writes.loops.push((start, end));
                    }
                }
                _ => {}
            }
        }
        Ok(writes)
    }

    /// Up to where a local keeps the value that it has at `start`.
    pub fn kept_until(&self, local: u32, start: u32, end: u32) -> u32 {
        let writes = self.after.get(&local).map_or(&[][..], Vec::as_slice);
        let Some(&first) = writes.iter().find(|&&after| after > start) else { return end };
        // A loop that begins in between may come back with what is written in it.
        let heads = self.loops.iter().filter(|&&(head, tail)| head >= start && head < first && first <= tail);
        let heads = heads.map(|&(head, _)| head);
        heads.chain([first, end]).min().unwrap_or(end)
    }
}

/// Whether control may come or go at an instruction by other ways than from the one before to the one
/// behind.
pub fn is_edge(op: &Op<'_>) -> bool {
    matches!(
        op,
        Op::Loop { .. }
            | Op::If { .. }
            | Op::Else
            | Op::End
            | Op::Br { .. }
            | Op::BrIf { .. }
            | Op::BrTable { .. }
            | Op::BrOnNull { .. }
            | Op::BrOnNonNull { .. }
            | Op::TryTable { .. }
            | Op::Try { .. }
            | Op::Catch { .. }
            | Op::CatchAll
            | Op::Delegate { .. }
    )
}
