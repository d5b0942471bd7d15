//! The header in C of a library, or of a program for functions that it is linked with.
//!
//! In: a program's plan. Out: text that is C99 and C++, the same for the same module. Constants and
//! the functions that all libraries have are those of [`wasmwright_abi::library`].

use crate::frontend::module::Item;
use crate::plan::c_names::in_comment;
use crate::plan::c_types::{self, stored};
use crate::plan::library_plan::{LibraryExport, LibraryImport, LibraryPlan};
use crate::plan::{ModulePlan, ProgramPlan};
use std::fmt::Write;
use wasmwright_abi::library::{ERROR_CODES, EXIT, FIRST_HOST_CODE, MESSAGE_BYTES, SHARED_DECLARATIONS};
use wasmwright_abi::trap::Trap;

/// The header of a program that is a library.
pub fn of_library(program: &ProgramPlan<'_>) -> Option<String> {
    let (library, main) = (program.library.as_ref()?, program.modules.last()?);
    let name = &library.name;
    let about = format!(
        "/* The library `{name}`, compiled by wasmwright {} from the module {}.\n\
         \x20*\n\
         \x20* An instance is used by one thread at a time; different instances are independent. A call into\n\
         \x20* the module returns WASMWRIGHT_OK or why it was abandoned, and then its results are not\n\
         \x20* written. The guest may use {} KiB of the calling thread's stack, which must have 128 KiB more\n\
         \x20* than that, and what functions of yours need.{} */\n",
        env!("CARGO_PKG_VERSION"),
        in_comment(&main.name),
        program.stack_bytes >> 10,
        signals(program),
    );
    let mut text = shared();
    text += &types(library, program);
    declare_common(&mut text, library);
    for export in &library.exports {
        declare_export(&mut text, library, export, main);
    }
    Some(guarded(about, name, &text))
}

/// The header of a program for the functions that it imports from C.
pub fn of_program(program: &ProgramPlan<'_>) -> Option<String> {
    let (library, main) = (program.library.as_ref()?, program.modules.last()?);
    let name = &library.name;
    let about = format!(
        "/* What functions in C share with a program that wasmwright {} compiles from the module {}.\n\
         \x20*\n\
         \x20* Define those below that the module imports, compile them, and link the objects:\n\
         \x20*     wasmwright compile {name}.wasm host.o -o {name}\n\
         \x20* There is no C library behind them, but memcpy, memmove, memset, memcmp and strlen.\n\
         \x20* They run on the program's stack, which has {} KiB (--stack-size). A call into the module returns WASMWRIGHT_OK or\n\
         \x20* why it was abandoned, and then its results are not written; proc_exit ends the process. */\n",
        env!("CARGO_PKG_VERSION"),
        in_comment(&main.name),
        program.stack_bytes >> 10,
    );
    let mut text = shared();
    comment(&mut text, "The program's instance of the module.");
    line(&mut text, &format!("typedef struct wasmwright_{name} wasmwright_{name}_t;\n"));
    if !library.host_functions.is_empty() {
        comment(
            &mut text,
            "What the module imports, to be defined by you. Each returns WASMWRIGHT_OK, or why the calls that\n\
             led to it are abandoned; if that ends the program, it prints a report. `user` is null: the types\n\
             are those of the imports of a library, so that a function may serve both.",
        );
    }
    for function in &library.host_functions {
        let (module, import) = &function.import;
        let origin = in_comment(&format!("{module}.{import}"));
        line(&mut text, &format!("{}; /* {origin} */", function.declaration(name)));
    }
    text.push('\n');
    declare_common(&mut text, library);
    for export in &library.exports {
        declare_export(&mut text, library, export, main);
    }
    Some(guarded(about, name, &text))
}

/// A header with this content.
fn guarded(about: String, name: &str, content: &str) -> String {
    let guard = format!("WASMWRIGHT_{}_H", name.to_uppercase());
    format!(
        "{about}#ifndef {guard}\n#define {guard}\n\n\
         #include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n\n\
         #ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n\
         {content}#ifdef __cplusplus\n}}\n#endif\n\n#endif\n"
    )
}

fn declare_common(text: &mut String, library: &LibraryPlan) {
    let name = &library.name;
    for function in &library.functions {
        let declaration = function.declaration.replace('@', &library.symbol(function)).replace('$', name);
        comment(text, &function.documentation.replace('$', name));
        line(text, &format!("{declaration};\n"));
    }
}

/// What a host that has signal handlers must know.
fn signals(program: &ProgramPlan<'_>) -> &'static str {
    if program.explicit_checks {
        return "\n *\n * Nothing here has to do with signals: accesses to memories and the end of the stack are found by\n \
                * comparisons.";
    }
    "\n *\n * The first memory with guard pages installs a handler for SIGSEGV. Faults that are not the guest's\n \
     * go to the handler that was there before; one that you install later must do the same."
}

/// Declarations that all libraries of a process share.
fn shared() -> String {
    let mut text = String::from("#ifndef WASMWRIGHT_SHARED\n#define WASMWRIGHT_SHARED\n\n");
    line(&mut text, "#define WASMWRIGHT_OK 0u");
    for trap in Trap::ALL {
        let constant = format!("{trap:?}").chars().fold(String::new(), |mut name, letter| {
            if letter.is_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.push(letter.to_ascii_uppercase());
            name
        });
        line(
            &mut text,
            &format!("#define WASMWRIGHT_TRAP_{constant} {}u /* {} */", *trap as u32, trap.message()),
        );
    }
    line(&mut text, &format!("#define WASMWRIGHT_EXIT {EXIT}u /* the guest ended itself */"));
    line(&mut text, &format!("#define WASMWRIGHT_FIRST_HOST_CODE {FIRST_HOST_CODE}u"));
    text.push('\n');
    for (code, constant, documentation) in ERROR_CODES {
        line(&mut text, &format!("#define WASMWRIGHT_ERROR_{constant} {code}u /*{documentation} */"));
    }
    line(&mut text, &format!("#define WASMWRIGHT_MESSAGE_BYTES {MESSAGE_BYTES}\n"));
    text += SHARED_DECLARATIONS;
    text += "\n#endif\n\n";
    text
}

fn types(library: &LibraryPlan, program: &ProgramPlan<'_>) -> String {
    let name = &library.name;
    let mut text = String::new();
    comment(&mut text, "An instance of the module.");
    line(&mut text, &format!("typedef struct wasmwright_{name} wasmwright_{name}_t;\n"));
    line(&mut text, &format!("typedef wasmwright_error_t wasmwright_{name}_error_t;\n"));
    comment(
        &mut text,
        "What the module imports. Functions return WASMWRIGHT_OK, or a code with which the calls that led\n\
         to them are abandoned; memories, tables, mutable globals and tags must live as long as\n\
         the instance.",
    );
    line(&mut text, &format!("typedef struct wasmwright_{name}_imports {{"));
    line(&mut text, "    void *user; /* passed to every function below */");
    let wasi = match library.has_wasi {
        true => "what WASI gives; null for the process's standard streams and nothing else",
        false => "not used",
    };
    line(&mut text, &format!("    const wasmwright_wasi_t *wasi; /* {wasi} */"));
    line(
        &mut text,
        "    const wasmwright_limits_t *limits; /* what an instance may use; null for no limits */",
    );
    for import in library.imports.iter().filter(|import| !import.is_repeated) {
        declare_import(&mut text, library, import, &program.modules[import.module]);
    }
    line(&mut text, &format!("}} wasmwright_{name}_imports_t;\n"));
    text
}

fn declare_import(text: &mut String, library: &LibraryPlan, import: &LibraryImport, module: &ModulePlan<'_>) {
    let parsed = &module.parsed.imports[import.position];
    let member = &import.member;
    let declaration = match parsed.item {
        Item::Function(function) => {
            let ty = module.parsed.function_type(function);
            c_types::host_function(&format!("(*{member})"), &library.name, ty)
        }
        Item::Memory(_) => format!("wasmwright_memory_t *{member}"),
        Item::Table(_) => format!("wasmwright_table_t *{member}"),
        Item::Global(index) => {
            let global = &module.parsed.globals[index.index()];
            let pointer = if global.mutable { "*" } else { "" };
            format!("{} {pointer}{member}", stored(global.ty))
        }
        Item::Tag(_) => format!("wasmwright_tag_t *{member}"),
    };
    let origin = in_comment(&format!("{}.{}", parsed.module, parsed.name));
    line(text, &format!("    {declaration}; /* {origin} */"));
}

fn declare_export(text: &mut String, library: &LibraryPlan, export: &LibraryExport, main: &ModulePlan<'_>) {
    let plan = &main.exports[export.position];
    let instance = format!("wasmwright_{}_t *instance", library.name);
    let symbol = &export.symbol;
    let (what, declaration) = match plan.item {
        Item::Function(function) => {
            ("function", c_types::function(symbol, &instance, main.parsed.function_type(function)))
        }
        Item::Memory(_) => ("memory", format!("wasmwright_memory_t *{symbol}({instance})")),
        Item::Table(_) => ("table", format!("wasmwright_table_t *{symbol}({instance})")),
        Item::Global(index) => {
            let global = &main.parsed.globals[index.index()];
            let constant = if global.mutable { "" } else { "const " };
            let ty = stored(global.ty);
            // A constant pointer, not a pointer to a constant.
            let ty = if global.ty.is_reference() {
                format!("{ty} {constant}*")
            } else {
                format!("{constant}{ty} *")
            };
            ("global, whose value this points to", format!("{ty}{symbol}({instance})"))
        }
        Item::Tag(_) => ("tag", format!("wasmwright_tag_t *{symbol}({instance})")),
    };
    comment(text, &format!("The exported {what}: `{}`.", in_comment(&plan.name)));
    line(text, &format!("{declaration};\n"));
}

fn comment(text: &mut String, content: &str) {
    line(text, &format!("/* {} */", content.replace('\n', "\n * ")));
}

fn line(text: &mut String, content: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{content}");
}
