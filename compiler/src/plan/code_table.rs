//! Code tables: for functions of one type in a constant table, the addresses of their code as an array,
//! so that `call_indirect` needs neither references nor a comparison of types.
//!
//! Invariant: a position of the array that holds no function of the type holds nothing that a call
//! would take for one: null, or the function of the trap that the call is to raise.

use super::ModuleContext;
use super::element_init::ElementItem;
use crate::frontend::ParsedModule;
use crate::frontend::index::FuncIndex;
use crate::frontend::types::FunctionType;
use std::collections::HashMap;
use std::ops::Range;

/// Types have code tables if all of them together take no more than this.
const CODE_TABLES_BYTES: usize = 16 << 10;

/// A type has a code table anyway if it is that of one in so many elements between its first and its
/// last.
const CODE_TABLE_SHARE: usize = 4;

/// The code of a constant table's functions of one type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeTable {
    /// The type.
    pub ty: FunctionType,
    /// The part of the table from the first function of the type to the last, which the array is for.
    pub elements: Range<u64>,
    /// What is in the array where the table has something else.
    pub holes: Holes,
    /// The function, if the part is one element.
    pub only: Option<FuncIndex>,
}

/// What an array of code has where the table has no function of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holes {
    /// There are no such places.
    None,
    /// The address of the function that raises the trap, which the array's reader calls like any
    /// other: where the call is tells the return address.
    Traps,
    /// Null, for the reader to find: a tail call leaves no return address.
    Null,
}

/// What is known of the functions of a type.
struct Span {
    first: usize,
    last: usize,
    count: usize,
}

impl Span {
    fn elements(&self) -> usize {
        self.last - self.first + 1
    }
}

/// All types of a small table, and those that are close together in a large one, in the order in which
/// the table has them.
pub(super) fn plan(elements: &[ElementItem], cx: &ModuleContext<'_, '_>) -> Vec<CodeTable> {
    let mut spans = spans(elements, cx.parsed);
    let all_bytes = size_of::<u64>() * spans.iter().map(|(_, span)| span.elements()).sum::<usize>();
    spans.retain(|(_, span)| {
        all_bytes <= CODE_TABLES_BYTES || span.count * CODE_TABLE_SHARE >= span.elements()
    });
    let with_holes = holes(cx);
    let table = |(ty, span): (&FunctionType, Span)| CodeTable {
        ty: ty.clone(),
        elements: span.first as u64..span.last as u64 + 1,
        holes: if span.count == span.elements() { Holes::None } else { with_holes },
        only: match elements[span.first] {
            ElementItem::Function(function) if span.elements() == 1 => Some(function),
            _ => None,
        },
    };
    spans.into_iter().map(table).collect()
}

/// The runtime's trap functions can be called like any other but where it is not ours.
fn holes(cx: &ModuleContext<'_, '_>) -> Holes {
    let traps = !cx.parsed.facts.has_tail_calls && !cx.options.target.is_object_only();
    if traps { Holes::Traps } else { Holes::Null }
}

fn spans<'m>(elements: &[ElementItem], parsed: &'m ParsedModule<'_>) -> Vec<(&'m FunctionType, Span)> {
    let mut positions: HashMap<&FunctionType, usize> = HashMap::new();
    let mut spans: Vec<(&FunctionType, Span)> = Vec::new();
    for (position, element) in elements.iter().enumerate() {
        let ElementItem::Function(function) = element else { continue };
        let ty = parsed.function_type(*function);
        let index = *positions.entry(ty).or_insert(spans.len());
        match spans.get_mut(index) {
            Some((_, span)) => (span.last, span.count) = (position, span.count + 1),
            None => spans.push((ty, Span { first: position, last: position, count: 1 })),
        }
    }
    spans
}
