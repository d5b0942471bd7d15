//! Links inside this process by the wild linker, without touching a file.
//!
//! Invariant: the output does not depend on the rayon pool that runs the link. Wild groups its
//! inputs by a number of threads that only `libwild::run` sets, which is not used here, and splits
//! the merging of strings by the pool's size, which is pinned below.

use super::memory_files::MemoryFiles;
use super::plan::{Paths, arguments, version_script};
use super::{Bytes, LinkKind, LinkRequest};
use crate::error::{Error, Result};
use libwild::args::elf::ElfArgs;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

const RUNTIME: &str = "runtime.a";

/// How the names of inputs begin, so that members of archives are not taken for them in messages.
const INPUT: &str = "input-";

const VERSION_SCRIPT: &str = "exports.map";

/// Wild's own options: no name of a linker in the output, one thread's way to split strings, and
/// undefined symbols as warnings, since of errors it would report one.
const OPTIONS: [&str; 3] = ["--no-identity-comment", "--wild-experiments=1", "--warn-unresolved-symbols"];

/// Links in the rayon pool that is current.
pub(super) fn link(request: &LinkRequest<'_>) -> Result<Vec<u8>> {
    let names: Vec<String> = (0..request.objects.len()).map(|index| format!("{INPUT}{index}.o")).collect();
    let archives: Vec<String> =
        (0..request.archives.len()).map(|index| format!("{INPUT}{index}.a")).collect();
    let files = MemoryFiles::new(inputs(request, &names, &archives));
    let paths = Paths {
        objects: &names,
        archives: &archives,
        runtime: RUNTIME,
        version_script: VERSION_SCRIPT,
        output: "output",
    };
    let mut line: Vec<String> = ["wild"].iter().chain(&OPTIONS).map(|&s| s.to_owned()).collect();
    line.extend(arguments(request, &paths));
    // A linker that panics is as much a defect as one that fails, and must not end the compiler.
    catch_unwind(AssertUnwindSafe(|| run(request, &line, files)))
        .unwrap_or_else(|_| Err(Error::internal("the embedded linker panicked; try --linker")))
}

fn inputs<'a>(
    request: &'a LinkRequest<'_>,
    names: &'a [String],
    archives: &'a [String],
) -> impl Iterator<Item = (String, Bytes)> + 'a {
    let bytes = request.objects.iter().chain(request.archives).map(|object| object.bytes.clone());
    let objects = names.iter().chain(archives).cloned().zip(bytes);
    let runtime = request.runtime.clone().map(|bytes| (RUNTIME.to_owned(), bytes));
    let script = match &request.kind {
        LinkKind::SharedLibrary { exports, .. } => Some(version_script(exports).into_bytes()),
        _ => None,
    };
    let script = script.map(|bytes| (VERSION_SCRIPT.to_owned(), Arc::new(bytes) as Bytes));
    objects.chain(runtime).chain(script)
}

fn run(request: &LinkRequest<'_>, line: &[String], files: MemoryFiles) -> Result<Vec<u8>> {
    let failed = |error: libwild::error::Error| Error::Link(message(request, &error.to_string()));
    let warnings = Arc::new(Mutex::new(BTreeSet::new()));
    // Not `Args::new`, which takes over the file descriptors of a surrounding make's job server.
    let mut args = libwild::Args::Elf(ElfArgs::default());
    let sink = warnings.clone();
    args.on_warning(Box::new(move |warning| {
        sink.lock().unwrap_or_else(PoisonError::into_inner).insert(warning.warning().to_owned());
    }));
    args.parse(|| line.iter()).map_err(failed)?;
    let linker = libwild::Linker::with_file_system(files);
    linker.run(&args).map(drop).map_err(failed)?;
    let warnings = warnings.lock().unwrap_or_else(PoisonError::into_inner);
    let undefined: Vec<_> = warnings.iter().filter(|warning| warning.starts_with(UNDEFINED)).collect();
    if !undefined.is_empty() {
        let lines: Vec<_> = undefined.into_iter().map(|line| message(request, line)).collect();
        return Err(Error::Link(lines.join("\n")));
    }
    linker.file_system().take_output().ok_or_else(|| Error::internal("the embedded linker wrote no output"))
}

/// How wild's warnings about undefined symbols begin.
const UNDEFINED: &str = "Undefined symbol ";

/// A message of wild on one line, with the names of the objects as the user knows them.
fn message(request: &LinkRequest<'_>, text: &str) -> String {
    let words = text.split_whitespace().map(|word| {
        let number =
            word.trim_matches(['`', ':', ',']).strip_prefix(INPUT).and_then(|name| name.split_once('.'));
        let input = number.and_then(|(number, ending)| {
            let inputs = if ending == "a" { request.archives } else { request.objects };
            inputs.get(number.parse::<usize>().ok()?)
        });
        input.map_or(word, |object| &object.name)
    });
    words.collect::<Vec<_>>().join(" ")
}
