//! Wasmtime in the process model of its command line: one process compiles a module to a file,
//! another maps that file and executes it.
//!
//! ```text
//! wasmtime-host compile MODULE OUTPUT
//! wasmtime-host run OUTPUT [ARGUMENT...]
//! ```
//!
//! Both use the defaults of `Config`, which are those of Wasmtime's command line: Cranelift for
//! speed, guard pages, this machine's CPU.

use std::process::ExitCode;
use wasmtime::{Engine, Linker, Module, Result, Store, bail};
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wasi::{I32Exit, WasiCtxBuilder};

fn main() -> Result<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["compile", module, output] => compile(module, output),
        ["run", program, arguments @ ..] => run(program, arguments),
        _ => bail!("use: wasmtime-host compile MODULE OUTPUT, wasmtime-host run OUTPUT [ARGUMENT...]"),
    }
}

fn compile(module: &str, output: &str) -> Result<ExitCode> {
    let compiled = Engine::default().precompile_module(&std::fs::read(module)?)?;
    std::fs::write(output, compiled)?;
    Ok(ExitCode::SUCCESS)
}

fn run(program: &str, arguments: &[&str]) -> Result<ExitCode> {
    let engine = Engine::default();
    // SAFETY: the benchmarks execute only what `compile` wrote.
    let module = unsafe { Module::deserialize_file(&engine, program)? };
    let mut linker: Linker<WasiP1Ctx> = Linker::new(&engine);
    p1::add_to_linker_sync(&mut linker, |context| context)?;
    let context = WasiCtxBuilder::new().inherit_stdio().arg("program").args(arguments).build_p1();
    let mut store = Store::new(&engine, context);
    let instance = linker.instantiate(&mut store, &module)?;
    let start = instance.get_typed_func::<(), ()>(&mut store, "_start")?;
    match start.call(&mut store, ()) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => match error.downcast_ref::<I32Exit>() {
            Some(exit) => Ok(ExitCode::from(exit.0 as u8)),
            None => Err(error),
        },
    }
}
