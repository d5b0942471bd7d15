//! The same calls of the same module, compiled in ways that must agree: unoptimised with explicit
//! checks, on this machine, is what the others are held against, those for another machine too.

use crate::machine::Machine;
use crate::spec::config::{Configuration, Cpu, Model};
use crate::spec::execute::execute;
use crate::tier::is_full_tier;
use wasmparser::{ExternalKind, Parser, Payload, ValType};
use wasmwright_abi::instance::ValueSlot;
use wasmwright_abi::script::{Operation, Outcome, slot_bytes, slots};
use wasmwright_compiler::Compiler;
use wasmwright_compiler::options::{BoundsChecks, Optimization};
use wasmwright_compiler::program::{KeptExports, ModuleInput};
use wasmwright_compiler::progress::Silent;

/// An outcome without what may differ: addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Zero, or the trap.
    pub status: u32,
    /// Results, references by whether they are null.
    pub results: Vec<ValueSlot>,
}

/// An exported function.
#[derive(Debug)]
pub struct Export {
    name: String,
    parameters: Vec<ValType>,
    results: Vec<ValType>,
}

/// splitmix64: the same numbers everywhere.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    /// Any number.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Often a value at an edge, else any.
    pub fn operand(&mut self) -> u64 {
        const EDGES: [u64; 8] = [0, 1, 2, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 1 << 63, u64::MAX];
        let number = self.next();
        if number.is_multiple_of(2) { EDGES[(number >> 8) as usize % EDGES.len()] } else { self.next() }
    }
}

/// The exported functions of a module.
pub fn exports(wasm: &[u8]) -> Vec<Export> {
    let (mut types, mut functions, mut found) = (Vec::new(), Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.expect("a valid module") {
            Payload::TypeSection(section) => {
                types.extend(section.into_iter_err_on_gc_types().map(|ty| ty.expect("a function type")));
            }
            Payload::FunctionSection(section) => {
                functions.extend(section.into_iter().map(|ty| ty.expect("an index") as usize));
            }
            Payload::ExportSection(section) => {
                let exports = section.into_iter().map(|export| export.expect("an export"));
                found.extend(exports.filter(|export| export.kind == ExternalKind::Func));
            }
            _ => {}
        }
    }
    let export = |export: wasmparser::Export<'_>| {
        let ty: &wasmparser::FuncType = &types[functions[export.index as usize]];
        let (parameters, results) = (ty.params().to_vec(), ty.results().to_vec());
        Export { name: export.name.into(), parameters, results }
    };
    found.into_iter().map(export).collect()
}

/// Any value of a type.
pub fn argument(ty: ValType, random: &mut Random) -> ValueSlot {
    match ty {
        ValType::I32 | ValType::F32 => [random.operand() & 0xffff_ffff, 0],
        ValType::I64 | ValType::F64 => [random.operand(), 0],
        ValType::V128 => [random.operand(), random.operand()],
        ValType::Ref(_) => [0, 0],
    }
}

/// What is done with a module: its exports are called in rounds.
#[derive(Clone, Debug)]
pub struct Script {
    operations: Vec<u8>,
    /// Types of the results of each operation.
    results: Vec<Vec<ValType>>,
    /// So many of the first outcomes agree under guard pages even after a trap, because nothing is
    /// stored up to there.
    exact: usize,
}

impl Script {
    /// Instantiates the module.
    pub fn new() -> Self {
        let mut operations = Vec::new();
        Operation::Instantiate { module: 0 }.encode(&mut operations);
        Self { operations, results: vec![Vec::new()], exact: 0 }
    }

    /// Calls each of the exports once, with arguments that `choose` makes.
    pub fn call(&mut self, exports: &[Export], mut choose: impl FnMut(ValType) -> ValueSlot) {
        for export in exports {
            let slots = export.parameters.iter().map(|&ty| slot_bytes(choose(ty)));
            let arguments: Vec<u8> = slots.flatten().collect();
            let invoke =
                Operation::Invoke { module: 0, export: export.name.as_bytes(), arguments: &arguments };
            invoke.encode(&mut self.operations);
            self.results.push(export.results.clone());
        }
    }

    /// Says that nothing has been stored yet.
    pub fn nothing_stored(&mut self) {
        self.exact = self.results.len();
    }
}

impl Default for Script {
    fn default() -> Self {
        Self::new()
    }
}

/// The outcomes; none where the module needs what is not compiled yet.
fn observe(
    wasm: &[u8],
    script: &Script,
    (machine, optimization, bounds_checks): (Machine, Optimization, BoundsChecks),
) -> Result<Option<Vec<Observed>>, String> {
    let (model, cpu) = (Model::Executable, Cpu::Baseline);
    let configuration = Configuration { machine, optimization, bounds_checks, model, cpu };
    let mut module = ModuleInput::new("random", wasm);
    module.exports = KeptExports::All;
    let artifact = match Compiler::new(configuration.options()).compile_program(&[module], &Silent) {
        Ok(artifact) => artifact,
        Err(wasmwright_compiler::Error::Unsupported { .. }) => return Ok(None),
        Err(error) => return Err(format!("{configuration}: {error}")),
    };
    let execution = execute(&artifact, &configuration, &script.operations, script.results.len())
        .map_err(|error| format!("{configuration}: {error}"))?;
    let mut input = execution.outcomes.as_slice();
    let mut observed = Vec::new();
    while let Some(outcome) = Outcome::decode(&mut input) {
        observed.push(without_addresses(&outcome, &script.results[observed.len()]));
    }
    if observed.len() < script.results.len() && observed.first().is_none_or(|first| first.status == 0) {
        return Err(format!(
            "{configuration}: ended after {} operations{}",
            observed.len(),
            execution.trouble
        ));
    }
    Ok(Some(observed))
}

fn without_addresses(outcome: &Outcome<'_>, types: &[ValType]) -> Observed {
    let plain = |(slot, ty): (ValueSlot, &ValType)| match ty {
        ValType::Ref(_) => [u64::from(slot[0] != 0), 0],
        ValType::V128 => slot,
        _ => [slot[0], 0],
    };
    Observed { status: outcome.status, results: slots(outcome.results).zip(types).map(plain).collect() }
}

/// Compares a module's outcomes in all ways of compiling it; the number of operations that were
/// compared under guard pages.
pub fn compare(wasm: &[u8], script: &Script) -> Result<usize, String> {
    let observe = |machine, optimization, bounds| observe(wasm, script, (machine, optimization, bounds));
    let machine = Machine::selected();
    let plain = observe(Machine::Host, Optimization::O0, BoundsChecks::Explicit)?;
    let Some(expected) = plain else { return Ok(0) };
    let refused = || "optimised code is refused".to_owned();
    let optimised = observe(machine, Optimization::O2, BoundsChecks::Explicit)?.ok_or_else(refused)?;
    if expected != optimised {
        return Err(difference("-O2 with explicit checks", &expected, &optimised));
    }
    let comparable = until_trap(&expected, script.exact);
    for optimization in [Optimization::O2, Optimization::O3] {
        let guarded = observe(machine, optimization, BoundsChecks::Guard)?.ok_or_else(refused)?;
        if !guarded.starts_with(comparable) {
            return Err(difference(&format!("{optimization:?} with guard pages"), comparable, &guarded));
        }
    }
    Ok(comparable.len())
}

/// The outcomes before the first trap that may have left stores undone.
fn until_trap(observed: &[Observed], exact: usize) -> &[Observed] {
    let end = observed.iter().skip(exact).position(|outcome| outcome.status != 0);
    &observed[..end.map_or(observed.len(), |end| exact.min(observed.len()) + end)]
}

/// As [`compare`], for modules made from the seed; a failure names it and keeps the module.
pub fn compare_seed(
    subject: &str,
    seed: u64,
    make: impl Fn(u64) -> (Vec<u8>, Script),
) -> Result<usize, String> {
    let (wasm, script) = make(seed);
    compare(&wasm, &script).map_err(|message| {
        let path = std::env::temp_dir().join(format!("wasmwright-{subject}-{seed}.wasm"));
        let written = std::fs::write(&path, &wasm).map(|()| path.display().to_string());
        format!("seed {seed} ({}): {message}", written.unwrap_or_else(|error| error.to_string()))
    })
}

/// Compares modules of many seeds: `WASMWRIGHT_DIFFERENTIAL_SEED` chooses one.
pub fn compare_seeds(
    subject: &str,
    fast: u64,
    full: u64,
    make: impl Fn(u64) -> (Vec<u8>, Script),
) -> Result<(), String> {
    let seeds = match std::env::var("WASMWRIGHT_DIFFERENTIAL_SEED") {
        Ok(seed) => vec![seed.parse().map_err(|error| format!("{seed}: {error}"))?],
        // An emulator would take hours for all.
        Err(_) if is_full_tier() => (0..full / u64::from(Machine::selected().patience())).collect(),
        Err(_) => (0..fast).collect::<Vec<u64>>(),
    };
    let (mut failures, mut compared) = (Vec::new(), 0);
    for seed in seeds {
        match compare_seed(subject, seed, &make) {
            Ok(count) => compared += count,
            Err(failure) => failures.push(failure),
        }
    }
    if !failures.is_empty() {
        return Err(failures.join("\n"));
    }
    if compared == 0 { Err("nothing was compared: the modules are too wild".into()) } else { Ok(()) }
}

fn difference(what: &str, expected: &[Observed], actual: &[Observed]) -> String {
    let position = expected.iter().zip(actual).take_while(|(left, right)| left == right).count();
    let (expected, actual) = (expected.get(position), actual.get(position));
    format!("{what}: operation {position} gives {actual:x?} where -O0 gives {expected:x?}")
}
