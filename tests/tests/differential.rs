//! Random modules, compiled in ways that must agree: unoptimised with explicit checks, on this
//! machine, is what the others are held against, those for another machine too.
//!
//! Under guard pages LLVM may move plain accesses around a trap, so there the outcomes are compared
//! up to the first trap of a module only. A failure names its seed:
//! `WASMWRIGHT_DIFFERENTIAL_SEED=N cargo test --test differential` repeats that module alone, and
//! writes it where the message says.

use arbitrary::Unstructured;
use wasm_smith::{Config, Module};
use wasmparser::{ExternalKind, Parser, Payload, ValType};
use wasmwright_abi::instance::ValueSlot;
use wasmwright_abi::script::{Operation, Outcome, slot_bytes, slots};
use wasmwright_compiler::Compiler;
use wasmwright_compiler::options::{BoundsChecks, Optimization};
use wasmwright_compiler::program::{KeptExports, ModuleInput};
use wasmwright_compiler::progress::Silent;
use wasmwright_tests::machine::Machine;
use wasmwright_tests::spec::config::{Configuration, Cpu, Model, TIER_VARIABLE};
use wasmwright_tests::spec::execute::execute;

/// Loop iterations and calls that a module may spend before it ends itself.
const FUEL: u32 = 1000;

/// How often each export is called, with other arguments.
const CALLS: u64 = 3;

/// An outcome without what may differ: addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Observed {
    status: u32,
    results: Vec<ValueSlot>,
}

/// An exported function.
struct Export {
    name: String,
    parameters: Vec<ValType>,
    results: Vec<ValType>,
}

/// splitmix64: the same numbers everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Often a value at an edge, else any.
    fn operand(&mut self) -> u64 {
        const EDGES: [u64; 8] = [0, 1, 2, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 1 << 63, u64::MAX];
        let number = self.next();
        if number.is_multiple_of(2) { EDGES[(number >> 8) as usize % EDGES.len()] } else { self.next() }
    }
}

fn generate(seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let bytes: Vec<u8> = (0..1024).flat_map(|_| random.next().to_le_bytes()).collect();
    let config = Config {
        canonicalize_nans: true,
        export_everything: true,
        exceptions_enabled: false,
        gc_enabled: false,
        threads_enabled: false,
        memory64_enabled: false,
        wide_arithmetic_enabled: false,
        compact_imports_enabled: false,
        relaxed_simd_enabled: false,
        max_imports: 0,
        min_funcs: 3,
        max_memories: 1,
        max_memory32_bytes: 4 << 20,
        memory_max_size_required: true,
        max_table_elements: 1000,
        table_max_size_required: true,
        max_instructions: 200,
        ..Config::default()
    };
    let mut module = Module::new(config, &mut Unstructured::new(&bytes)).expect("there is randomness enough");
    module.ensure_termination(FUEL).expect("no function is one of ours");
    module.to_bytes()
}

fn exports(wasm: &[u8]) -> Vec<Export> {
    let (mut types, mut functions, mut found) = (Vec::new(), Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.expect("wasm-smith makes valid modules") {
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

fn argument(ty: ValType, random: &mut Random) -> ValueSlot {
    match ty {
        ValType::I32 | ValType::F32 => [random.operand() & 0xffff_ffff, 0],
        ValType::I64 | ValType::F64 => [random.operand(), 0],
        ValType::V128 => [random.operand(), random.operand()],
        ValType::Ref(_) => [0, 0],
    }
}

/// Encoded operations, and the types of the results of each.
fn script(exports: &[Export], seed: u64) -> (Vec<u8>, Vec<Vec<ValType>>) {
    let mut random = Random(!seed);
    let (mut operations, mut results) = (Vec::new(), vec![Vec::new()]);
    Operation::Instantiate { module: 0 }.encode(&mut operations);
    for _ in 0..CALLS {
        for export in exports {
            let slots = export.parameters.iter().map(|&ty| slot_bytes(argument(ty, &mut random)));
            let arguments: Vec<u8> = slots.flatten().collect();
            let invoke =
                Operation::Invoke { module: 0, export: export.name.as_bytes(), arguments: &arguments };
            invoke.encode(&mut operations);
            results.push(export.results.clone());
        }
    }
    (operations, results)
}

/// The outcomes; none where the module needs what is not compiled yet.
fn observe(
    wasm: &[u8],
    operations: &[u8],
    results: &[Vec<ValType>],
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
    let execution = execute(&artifact, &configuration, operations, results.len())
        .map_err(|error| format!("{configuration}: {error}"))?;
    let mut input = execution.outcomes.as_slice();
    let mut observed = Vec::new();
    while let Some(outcome) = Outcome::decode(&mut input) {
        observed.push(without_addresses(&outcome, &results[observed.len()]));
    }
    if observed.len() < results.len() && observed.first().is_none_or(|first| first.status == 0) {
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

fn until_trap(observed: &[Observed]) -> &[Observed] {
    let end = observed.iter().position(|outcome| outcome.status != 0);
    &observed[..end.unwrap_or(observed.len())]
}

fn compare(seed: u64) -> Result<usize, String> {
    let wasm = generate(seed);
    let (operations, results) = script(&exports(&wasm), seed);
    let observe = |machine, optimization, bounds| {
        observe(&wasm, &operations, &results, (machine, optimization, bounds))
    };
    let machine = Machine::selected();
    let check = || {
        let expected = observe(Machine::Host, Optimization::O0, BoundsChecks::Explicit)?;
        let Some(expected) = expected else { return Ok(0) };
        let refused = || "optimised code is refused".to_owned();
        let optimised = observe(machine, Optimization::O2, BoundsChecks::Explicit)?.ok_or_else(refused)?;
        if expected != optimised {
            return Err(difference("-O2 with explicit checks", &expected, &optimised));
        }
        let guarded = observe(machine, Optimization::O2, BoundsChecks::Guard)?.ok_or_else(refused)?;
        if !guarded.starts_with(until_trap(&expected)) {
            return Err(difference("-O2 with guard pages", &expected, &guarded));
        }
        Ok(until_trap(&expected).len())
    };
    check().map_err(|message| {
        let path = std::env::temp_dir().join(format!("wasmwright-differential-{seed}.wasm"));
        let written = std::fs::write(&path, &wasm).map(|()| path.display().to_string());
        format!("seed {seed} ({}): {message}", written.unwrap_or_else(|error| error.to_string()))
    })
}

fn difference(what: &str, expected: &[Observed], actual: &[Observed]) -> String {
    let position = expected.iter().zip(actual).take_while(|(left, right)| left == right).count();
    let (expected, actual) = (expected.get(position), actual.get(position));
    format!("{what}: operation {position} gives {actual:x?} where -O0 gives {expected:x?}")
}

fn seeds() -> Result<Vec<u64>, Box<dyn std::error::Error>> {
    if let Ok(seed) = std::env::var("WASMWRIGHT_DIFFERENTIAL_SEED") {
        return Ok(vec![seed.parse()?]);
    }
    let full = std::env::var(TIER_VARIABLE).as_deref() == Ok("full");
    Ok((0..if full { 2000 } else { 60 }).collect())
}

#[test]
fn optimised_code_does_what_unoptimised_code_does() -> Result<(), Box<dyn std::error::Error>> {
    let (mut failures, mut returned) = (Vec::new(), 0);
    for seed in seeds()? {
        match compare(seed) {
            Ok(count) => returned += count,
            Err(failure) => failures.push(failure),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(returned > 0, "no call returned: the modules are too wild to show anything");
    Ok(())
}
