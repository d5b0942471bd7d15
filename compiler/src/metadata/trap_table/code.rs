//! The code of all units in terms of the program: functions by module and index, offsets in their
//! modules.

use crate::code_map::{CodeMap, FunctionCode, Row, UnwindRule};
use crate::frontend::index::FuncIndex;
use crate::options::TrapInfo;
use crate::plan::{FunctionTarget, ProgramPlan};
use std::collections::{BTreeSet, HashMap};

/// A function of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Function {
    /// Position of the module.
    pub module: usize,
    /// Its index there.
    pub index: FuncIndex,
    /// Offset of its body in the module.
    pub body: u32,
}

/// A place in the modules of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Offset {
    /// Position of the module.
    pub module: usize,
    /// From the start of its binary.
    pub bytes: u32,
}

/// The code of a program.
#[derive(Debug, Default)]
pub struct Code {
    /// Functions that code comes from, by module and index.
    pub functions: Vec<Function>,
    /// How frames are laid out, each way once.
    pub rules: Vec<UnwindRule>,
    /// Pieces of each unit, by ascending address.
    pub units: Vec<Vec<Piece>>,
}

/// The code of one function of a unit.
#[derive(Debug)]
pub struct Piece {
    /// Address in the unit.
    pub start: u32,
    /// The function and what is inlined in it.
    pub scopes: Vec<Scope>,
    /// As in [`FunctionCode`], but with offsets in the module.
    pub rows: Vec<PieceRow>,
}

/// A function, or one that was inlined.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// Position in [`Code::functions`]; `None` for code that wasmwright added.
    pub function: Option<usize>,
    /// Position of the caller's scope and the place of the call.
    pub call: Option<(usize, Option<Offset>)>,
}

/// A row.
#[derive(Clone, Copy, Debug)]
pub struct PieceRow {
    /// Bytes of code.
    pub bytes: u32,
    /// Position of the scope.
    pub scope: usize,
    /// Where it comes from, if that is known.
    pub offset: Option<Offset>,
    /// Position in [`Code::rules`].
    pub rule: usize,
}

impl Code {
    /// Puts the units' maps into terms of the program.
    pub fn collect(program: &ProgramPlan<'_>, maps: &[&CodeMap]) -> Self {
        let by_symbol = functions_by_symbol(program);
        let named = |symbol: &String| by_symbol.get(symbol.as_str()).copied();
        let scopes = maps.iter().flat_map(|map| &map.functions).flat_map(|function| &function.scopes);
        let functions: BTreeSet<Function> = scopes.filter_map(|scope| named(&scope.symbol)).collect();
        let functions: Vec<Function> = functions.into_iter().collect();
        let positions: HashMap<Function, usize> =
            functions.iter().enumerate().map(|(position, &function)| (function, position)).collect();
        let find = |symbol: &String| named(symbol).and_then(|function| positions.get(&function).copied());
        let with_offsets = program.trap_info == TrapInfo::Full;
        let rules = all_rules(maps);
        let rule_positions: HashMap<UnwindRule, usize> =
            rules.iter().enumerate().map(|(position, &rule)| (rule, position)).collect();
        let make = PieceMaker { functions: &functions, find: &find, rules: &rule_positions, with_offsets };
        let units = maps.iter().map(|map| map.functions.iter().map(|code| make.piece(code)).collect());
        Self { units: units.collect(), rules, functions }
    }

    /// All places that the table tells of.
    pub fn offsets(&self) -> BTreeSet<Offset> {
        let pieces = || self.units.iter().flatten();
        let rows = pieces().flat_map(|piece| &piece.rows).filter_map(|row| row.offset);
        let calls = pieces().flat_map(|piece| &piece.scopes).filter_map(|scope| scope.call?.1);
        rows.chain(calls).collect()
    }
}

fn functions_by_symbol<'p>(program: &'p ProgramPlan<'_>) -> HashMap<&'p str, Function> {
    let mut functions = HashMap::new();
    for module in &program.modules {
        for (index, plan) in module.functions.iter().enumerate() {
            let index = FuncIndex::from(index);
            let body = module.parsed.defined(index).filter(|_| plan.target == FunctionTarget::Defined);
            if let Some(body) = body {
                let body = module.parsed.bodies[body.index()].offset as u32;
                functions.insert(plan.symbol.as_str(), Function { module: module.index, index, body });
            }
        }
    }
    functions
}

/// The rules of all rows. Sorted, so that what a prologue does step by step is a step in the table.
fn all_rules(maps: &[&CodeMap]) -> Vec<UnwindRule> {
    let rows = maps.iter().flat_map(|map| &map.functions).flat_map(|function| &function.rows);
    let rules: BTreeSet<UnwindRule> = rows.map(|row| row.unwind).collect();
    rules.into_iter().collect()
}

struct PieceMaker<'a> {
    functions: &'a [Function],
    find: &'a dyn Fn(&String) -> Option<usize>,
    rules: &'a HashMap<UnwindRule, usize>,
    with_offsets: bool,
}

impl PieceMaker<'_> {
    fn piece(&self, code: &FunctionCode) -> Piece {
        let mut scopes: Vec<Scope> = Vec::with_capacity(code.scopes.len());
        for scope in &code.scopes {
            let call = scope.call.map(|call| (call.caller, self.offset(&scopes[call.caller], call.position)));
            scopes.push(Scope { function: (self.find)(&scope.symbol), call });
        }
        let mut rows: Vec<PieceRow> = Vec::with_capacity(code.rows.len());
        for row in &code.rows {
            let row = self.row(row, &scopes);
            match rows.last_mut() {
                Some(last) if says_the_same(last, &row) => last.bytes += row.bytes,
                _ => rows.push(row),
            }
        }
        Piece { start: code.start, scopes, rows }
    }

    fn row(&self, row: &Row, scopes: &[Scope]) -> PieceRow {
        PieceRow {
            bytes: row.bytes,
            scope: row.scope,
            offset: self.offset(&scopes[row.scope], row.position),
            rule: self.rules[&row.unwind],
        }
    }

    fn offset(&self, scope: &Scope, position: Option<u32>) -> Option<Offset> {
        let position = position.filter(|_| self.with_offsets)?;
        let function = &self.functions[scope.function?];
        Some(Offset { module: function.module, bytes: function.body + position })
    }
}

fn says_the_same(one: &PieceRow, other: &PieceRow) -> bool {
    (one.scope, one.offset, one.rule) == (other.scope, other.offset, other.rule)
}
