//! Compiles the module to a static library that the program is linked with.

use std::env;
use std::error::Error;
use std::path::PathBuf;
use wasmwright_compiler::options::Emit;
use wasmwright_compiler::target::Target;
use wasmwright_compiler::{Compiler, Options};

const MODULE: &str = "../checksum.wat";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={MODULE}");
    let options =
        Options { emit: Emit::Static, target: Target::parse(&env::var("TARGET")?)?, ..Options::default() };
    let library = Compiler::new(options).compile("checksum", &std::fs::read(MODULE)?)?;
    let folder = PathBuf::from(env::var("OUT_DIR")?);
    library.write(&folder.join("libchecksum.a"))?;
    println!("cargo::rustc-link-search=native={}", folder.display());
    println!("cargo::rustc-link-lib=static=checksum");
    Ok(())
}
