//! Runs cargo inside a build script. What the outer cargo, its caller or a configuration file
//! says about flags, wrappers and profiles must not reach the nested one: the archive depends on
//! the sources and the rustc alone.

use crate::{Compiler, Result, workspace_root};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

const PACKAGE: &str = "wasmwright-runtime";
const PROFILE: &str = "runtime";

/// Variables of cargo that stay: where it finds and how it fetches packages, and the jobs that it
/// may run at once.
const KEPT: &[&str] = &["CARGO_HOME", "CARGO_MAKEFLAGS"];
const KEPT_PREFIXES: &[&str] =
    &["CARGO_HTTP_", "CARGO_NET_", "CARGO_REGISTRIES_", "CARGO_REGISTRY_", "CARGO_SOURCE_"];

/// Variables that change what rustc does, other than cargo's own. Clippy works through
/// `RUSTC_WORKSPACE_WRAPPER`.
const DROPPED: &[&str] = &[
    "CLIPPY_ARGS",
    "DEBUG",
    "MAKEFLAGS",
    "MFLAGS",
    "OPT_LEVEL",
    "OUT_DIR",
    "PROFILE",
    "RUSTC_BOOTSTRAP",
    "RUSTC_LINKER",
    "RUSTDOCFLAGS",
    "RUSTFLAGS",
    "TARGET",
    "__CARGO_DEFAULT_LIB_METADATA",
];

/// Compiles the runtime as a static library and returns where it is.
pub fn compile(compiler: &Compiler, features: &[&str], scratch: &Path) -> Result<PathBuf> {
    let root = workspace_root();
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    scrub(&mut cargo);
    cargo
        .current_dir(&root)
        .env("RUSTC", &compiler.rustc)
        .env("CARGO_ENCODED_RUSTFLAGS", rustflags(compiler.target, &root))
        .env("CARGO_BUILD_BUILD_DIR", scratch)
        .args(["rustc", "--quiet", "--locked", "--lib", "--package", PACKAGE, "--profile", PROFILE])
        .args(["--crate-type", "staticlib", "--no-default-features", "--features", &features.join(",")])
        .args(["--target", compiler.target, "--target-dir"])
        .arg(scratch);
    run(&mut cargo)?;
    Ok(scratch.join(compiler.target).join(PROFILE).join("libwasmwright_runtime.a"))
}

/// Whether the compiler has `core` for its target.
pub fn has_core(compiler: &Compiler) -> Result<bool> {
    let mut rustc = Command::new(&compiler.rustc);
    scrub(&mut rustc);
    rustc.args(["--print", "target-libdir", "--target", compiler.target]);
    let folder = run(&mut rustc)?;
    let Ok(entries) = std::fs::read_dir(folder.trim()) else { return Ok(false) };
    Ok(entries.flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libcore-") && name.ends_with(".rlib")
    }))
}

/// Flags for the runtime and its dependencies. Given through the environment they also replace
/// the flags of any configuration file (a `target-cpu=native` there would break artifacts on
/// other machines). No path of this machine ends in a panic message.
///
/// AArch64's atomic operations are inline: the functions that choose between two forms of them ask
/// a C library at start-up.
fn rustflags(target: &str, root: &Path) -> String {
    let mut flags =
        vec!["-Crelocation-model=pic".to_owned(), format!("--remap-path-prefix={}=.", root.display())];
    if target.starts_with("aarch64") {
        flags.push("-Ctarget-feature=-outline-atomics".to_owned());
    }
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    if let Some(home) = home {
        flags.push(format!("--remap-path-prefix={}=cargo", home.display()));
    }
    flags.join("\u{1f}")
}

fn scrub(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if is_scrubbed(&name) {
            command.env_remove(name);
        }
    }
    // Empty, they also overrule a configuration file.
    command.env("RUSTC_WRAPPER", "").env("RUSTC_WORKSPACE_WRAPPER", "");
}

fn is_scrubbed(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    let kept = KEPT.contains(&name) || KEPT_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    (name.starts_with("CARGO") && !kept) || DROPPED.contains(&name)
}

/// Runs a command and returns its standard output; the error holds its standard error.
fn run(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("cannot run {program}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let arguments: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
    Err(format!(
        "`{program} {}` failed ({}):\n{}",
        arguments.join(" "),
        output.status,
        String::from_utf8_lossy(&output.stderr).trim_end()
    ))
}

#[cfg(test)]
mod tests {
    use super::is_scrubbed;

    #[test]
    fn only_what_finds_packages_and_jobs_reaches_the_nested_cargo() {
        for name in [
            "CARGO",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_PROFILE_RUNTIME_OPT_LEVEL",
            "RUSTFLAGS",
            "CARGO_CFG_UNIX",
        ] {
            assert!(is_scrubbed(name.as_ref()), "{name}");
        }
        for name in ["CARGO_HOME", "CARGO_NET_OFFLINE", "CARGO_MAKEFLAGS", "PATH", "HOME", "RUSTUP_TOOLCHAIN"]
        {
            assert!(!is_scrubbed(name.as_ref()), "{name}");
        }
    }
}
