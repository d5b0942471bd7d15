//! A module's functions → what a call of one may execute, as far as its code tells.
//!
//! Invariant: nothing that can happen is missing. A call through a reference reaches every function.

use std::collections::BTreeSet;
use wasmparser::Operator;
use wasmwright_compiler::frontend::ParsedModule;
use wasmwright_compiler::frontend::index::FuncIndex;

/// What a call may execute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Imported functions that it may call, by their index.
    pub imported: BTreeSet<usize>,
    /// Whether it may call a function through a reference.
    pub calls_references: bool,
}

/// What the body of one function says.
#[derive(Default)]
struct Body {
    callees: Vec<usize>,
    calls_references: bool,
}

/// What a call of the function may execute.
pub fn of(module: &ParsedModule<'_>, function: FuncIndex) -> Reach {
    let mut reach = Reach::default();
    let mut seen = BTreeSet::new();
    let mut pending = vec![function.index()];
    while let Some(next) = pending.pop() {
        if !seen.insert(next) {
            continue;
        }
        let Some(defined) = next.checked_sub(module.imported_functions()) else {
            reach.imported.insert(next);
            continue;
        };
        let body = Body::of(&module.bodies[defined].reader);
        if body.calls_references && !reach.calls_references {
            pending.extend(0..module.functions.len());
        }
        pending.extend(body.callees);
        reach.calls_references |= body.calls_references;
    }
    reach
}

impl Body {
    fn of(reader: &wasmparser::FunctionBody<'_>) -> Self {
        let mut body = Self::default();
        let operators = reader.get_operators_reader().expect("the module is valid");
        for operator in operators {
            match operator.expect("the module is valid") {
                Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                    body.callees.push(function_index as usize);
                }
                Operator::CallIndirect { .. }
                | Operator::ReturnCallIndirect { .. }
                | Operator::CallRef { .. }
                | Operator::ReturnCallRef { .. } => body.calls_references = true,
                _ => {}
            }
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_reaches_what_its_callees_do_and_by_references_everything() {
        let module = wat::parse_str(
            r#"(module (import "a" "b" (func $imported)) (table 1 funcref)
                (func $leaf)
                (func $calls (call $further))
                (func $further (call $imported))
                (func $indirect (call_indirect (i32.const 0))))"#,
        )
        .unwrap();
        let module = wasmwright_compiler::frontend::parse(&module).unwrap();
        let of = |function: usize| of(&module, FuncIndex::from(function));
        assert_eq!(of(1), Reach::default());
        let calls = Reach { imported: [0].into(), ..Reach::default() };
        assert_eq!((of(2), of(3)), (calls.clone(), calls));
        assert_eq!(of(4), Reach { imported: [0].into(), calls_references: true });
    }
}
