//! Wasmtime as its own command line uses it: `compile MODULE OUTPUT`, then `run OUTPUT ARGUMENT...`.

use std::path::Path;
use wasmtime::error::Context as _;
use wasmtime::{Engine, Linker, Module, Result, Store, bail};
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wasi::{I32Exit, WasiCtxBuilder};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["compile", module, output] => compile(module.as_ref(), output.as_ref()),
        ["run", compiled, ..] => run(compiled.as_ref(), &arguments[1..]),
        _ => bail!("usage: wasmtime-host compile MODULE OUTPUT | wasmtime-host run OUTPUT [ARGUMENT]..."),
    }
}

fn compile(module: &Path, output: &Path) -> Result<()> {
    let code = Engine::default().precompile_module(&std::fs::read(module)?)?;
    std::fs::write(output, code).with_context(|| format!("cannot write {}", output.display()))
}

fn run(compiled: &Path, arguments: &[String]) -> Result<()> {
    let engine = Engine::default();
    // SAFETY: the file is the one that `compile` wrote, and nobody changes it while it is mapped.
    let module = unsafe { Module::deserialize_file(&engine, compiled)? };
    let mut linker: Linker<WasiP1Ctx> = Linker::new(&engine);
    p1::add_to_linker_sync(&mut linker, |context| context)?;
    let context = WasiCtxBuilder::new().inherit_stdio().args(arguments).build_p1();
    let mut store = Store::new(&engine, context);
    let instance = linker.instantiate(&mut store, &module)?;
    let start = instance.get_typed_func::<(), ()>(&mut store, "_start")?;
    match start.call(&mut store, ()) {
        Err(error) => match error.downcast_ref::<I32Exit>() {
            Some(exit) => std::process::exit(exit.0),
            None => Err(error),
        },
        Ok(()) => Ok(()),
    }
}
