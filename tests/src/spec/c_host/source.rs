//! The libraries of a script → its host in C, against their headers alone: how each instance is made
//! from its imports, and typed calls of the exports that the script uses.
//!
//! Invariant: what the host says is what a user would write. An import from another instance is that
//! instance's exported memory, table or global, or a function of the host that calls the exported one.

use super::header::{Declaration, Kind, Signature, Type};
use super::library::Library;
use std::collections::BTreeSet;
use std::fmt::Write;
use wasmwright_abi::script::Operation;

/// What an instance is of.
pub enum Instance {
    /// The module `spectest`, which the host itself is.
    Spectest,
    /// A library, by its position, with the instance behind each name that it imports from.
    Library {
        /// Position among the libraries.
        library: usize,
        /// Positions of instances by names of modules.
        links: std::collections::BTreeMap<String, usize>,
    },
    /// None: no operation names it.
    None,
}

/// What the script does with an export: position of the library, name, whether it is called.
pub type Use = (usize, Vec<u8>, bool);

/// The uses among operations.
pub fn uses(mut operations: &[u8], instances: &[Instance]) -> BTreeSet<Use> {
    let mut uses = BTreeSet::new();
    while let Some(operation) = Operation::decode(&mut operations) {
        let (module, export, is_call) = match operation {
            Operation::Invoke { module, export, .. } => (module, export, true),
            Operation::Get { module, export } => (module, export, false),
            Operation::Instantiate { .. } => continue,
        };
        if let Instance::Library { library, .. } = instances[module as usize] {
            uses.insert((library, export.to_vec(), is_call));
        }
    }
    uses
}

/// The host.
pub fn write(libraries: &[Library], instances: &[Instance], uses: &BTreeSet<Use>) -> Result<String, String> {
    let mut text = String::from("/* The host of a script. */\n\n");
    for library in libraries {
        put(&mut text, format!("#include \"{}.h\"", library.name));
    }
    text += "#include \"spectest.h\"\n\n";
    for (position, library) in libraries.iter().enumerate() {
        items(&mut text, library, uses.iter().filter(|(used, ..)| *used == position))?;
    }
    let mut list = String::new();
    for (position, instance) in instances.iter().enumerate() {
        match instance {
            Instance::None => put(&mut list, "    {NULL, NULL, 0},"),
            Instance::Spectest => put(&mut list, "    {spectest_make, NULL, 0},"),
            Instance::Library { library, links } => {
                let library = &libraries[*library];
                let imports = Imports { libraries, instances, links, position, library };
                imports.write(&mut text)?;
                let name = &library.name;
                put(
                    &mut list,
                    format!(
                        "    {{make_i{position}, items_of_{name}, sizeof items_of_{name} / sizeof *items_of_{name} - 1}},"
                    ),
                );
            }
        }
    }
    put(
        &mut text,
        format!("const module_t modules[] = {{\n{list}}};\nconst size_t module_count = {};", instances.len()),
    );
    Ok(text)
}

fn put(text: &mut String, line: impl AsRef<str>) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{}", line.as_ref());
}

/// The exports of a library that the script uses, as a table with a function for each.
fn items<'u>(
    text: &mut String,
    library: &Library,
    uses: impl Iterator<Item = &'u Use>,
) -> Result<(), String> {
    let name = &library.name;
    let mut list = String::new();
    for (number, (_, export, is_call)) in uses.enumerate() {
        let export_name = str::from_utf8(export).map_err(|error| error.to_string())?;
        let suits = |kind: &Kind| match kind {
            Kind::Function(_) => *is_call,
            Kind::Global { .. } => !*is_call,
            _ => false,
        };
        // The host finds none of that name, and the outcome says so.
        let Some(declaration) = library.export(export_name, suits) else { continue };
        let head = format!("    {{\"{}\", {}, ", literal(export), export.len());
        match &declaration.kind {
            Kind::Function(signature) => {
                call(text, &format!("call_{number}_of_{name}"), &declaration.name, signature);
                let (parameters, results) = (signature.parameters.len(), signature.results.len());
                put(&mut list, format!("{head}{parameters}, {results}, call_{number}_of_{name}, NULL}},"));
            }
            Kind::Global { ty, .. } => {
                put(text, format!("static void get_{number}_of_{name}(void *instance, slot_t *value) {{"));
                put(text, format!("    {} global = *{}(instance);", ty.name(), declaration.name));
                put(text, format!("    *value = {};\n}}\n", to_slot(*ty, "global")));
                put(&mut list, format!("{head}0, 1, NULL, get_{number}_of_{name}}},"));
            }
            _ => {}
        }
    }
    // C has no empty lists.
    put(
        text,
        format!("static const item_t items_of_{name}[] = {{\n{list}    {{NULL, 0, 0, 0, NULL, NULL}}}};\n"),
    );
    Ok(())
}

/// A function that calls an exported one with arguments from slots and puts its results into slots.
fn call(text: &mut String, name: &str, exported: &str, signature: &Signature) {
    put(text, format!("static uint32_t {name}(void *instance, const slot_t *arguments, slot_t *results) {{"));
    put(text, "    (void)arguments, (void)results;");
    let mut passed = vec!["instance".to_owned()];
    for (position, &ty) in signature.parameters.iter().enumerate() {
        let slot = format!("arguments[{position}]");
        passed.push(match ty {
            Type::I32 => format!("(uint32_t){slot}.low"),
            Type::I64 => format!("{slot}.low"),
            Type::F32 => format!("f32_of({slot})"),
            Type::F64 => format!("f64_of({slot})"),
            Type::Reference => format!("(wasmwright_reference_t)(uintptr_t){slot}.low"),
            Type::V128 => {
                put(text, format!("    wasmwright_v128_t p{position} = {{{slot}.low, {slot}.high}};"));
                format!("&p{position}")
            }
        });
    }
    for (position, &ty) in signature.results.iter().enumerate() {
        let zero = if ty == Type::V128 { "{0, 0}" } else { "0" };
        put(text, format!("    {} r{position} = {zero};", ty.name()));
        passed.push(format!("&r{position}"));
    }
    put(text, format!("    wasmwright_trap_t code = {exported}({});", passed.join(", ")));
    for (position, &ty) in signature.results.iter().enumerate() {
        put(text, format!("    results[{position}] = {};", to_slot(ty, &format!("r{position}"))));
    }
    put(text, "    return code;\n}\n");
}

fn to_slot(ty: Type, value: &str) -> String {
    match ty {
        Type::I32 | Type::I64 => format!("slot_of_integer({value})"),
        Type::F32 => format!("slot_of_f32({value})"),
        Type::F64 => format!("slot_of_f64({value})"),
        Type::Reference => format!("slot_of_integer((uintptr_t){value})"),
        Type::V128 => format!("(slot_t){{{value}.low, {value}.high}}"),
    }
}

/// Bytes inside a string of C.
fn literal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\{byte:03o}")).collect()
}

/// An instance and what it imports.
struct Imports<'a> {
    libraries: &'a [Library],
    instances: &'a [Instance],
    links: &'a std::collections::BTreeMap<String, usize>,
    position: usize,
    library: &'a Library,
}

impl Imports<'_> {
    /// The function that makes the instance.
    fn write(&self, text: &mut String) -> Result<(), String> {
        let (position, name) = (self.position, &self.library.name);
        put(text, format!("static wasmwright_{name}_t *i{position};\n"));
        let mut members = String::new();
        for (number, (module, import, member)) in self.library.imports.iter().enumerate() {
            let value = self.import(text, number, module, import, member)?;
            put(&mut members, format!("    imports.{} = {value};", member.name));
        }
        put(text, format!("static uint32_t make_i{position}(void **instance) {{"));
        put(text, format!("    wasmwright_{name}_imports_t imports;\n    wasmwright_{name}_error_t error;"));
        put(text, "    memset(&imports, 0, sizeof imports);");
        *text += &members;
        put(text, format!("    *instance = i{position} = wasmwright_{name}_instantiate(&imports, &error);"));
        put(text, format!("    return i{position} ? 0 : status_of(&error);\n}}\n"));
        Ok(())
    }

    /// What a member of the structure of imports gets.
    fn import(
        &self,
        text: &mut String,
        number: usize,
        module: &str,
        import: &str,
        member: &Declaration,
    ) -> Result<String, String> {
        let provider = *self.links.get(module).ok_or_else(|| format!("nobody provides {module}"))?;
        let Instance::Library { library, .. } = &self.instances[provider] else {
            return self.spectest(text, number, import, member);
        };
        let suits = |kind: &Kind| std::mem::discriminant(kind) == std::mem::discriminant(&member.kind);
        let export = self.libraries[*library].export(import, suits);
        let export = &export.ok_or_else(|| format!("the header does not have {module}.{import}"))?.name;
        Ok(match &member.kind {
            Kind::Function(signature) => {
                let count = |prefix, count| (0..count).map(move |index| format!(", {prefix}{index}"));
                let arguments: String = count("p", signature.parameters.len())
                    .chain(count("r", signature.results.len()))
                    .collect();
                let call = format!("{export}(i{provider}{arguments})");
                let provider = (provider, &self.libraries[*library]);
                self.function(text, number, member, &self.passed_on(&call, provider))
            }
            Kind::Memory | Kind::Table | Kind::Tag | Kind::Global { is_address: true, .. } => {
                format!("{export}(i{provider})")
            }
            Kind::Global { is_address: false, .. } => format!("*{export}(i{provider})"),
        })
    }

    /// Returns what a call of another instance does; an exception that it ended with goes on.
    fn passed_on(&self, call: &str, (provider, library): (usize, &Library)) -> String {
        if !library.has_exceptions || !self.library.has_exceptions {
            return format!("return {call};");
        }
        format!(
            "wasmwright_exception_t exception;\n    wasmwright_trap_t code = {call};\n    \
             if (code != WASMWRIGHT_TRAP_UNCAUGHT_EXCEPTION || !wasmwright_{}_exception(i{provider}, &exception))\n        \
             return code;\n    return wasmwright_{}_throw(instance, &exception);",
            library.name, self.library.name
        )
    }

    /// A function of the type that the header's member has. Returns its name.
    fn function(&self, text: &mut String, number: usize, member: &Declaration, body: &str) -> String {
        let name = format!("import_{number}_of_i{}", self.position);
        let head = member.text.replacen(&format!("(*{})", member.name), &name, 1);
        put(text, format!("static {head} {{\n    (void)user, (void)instance;\n    {body}\n}}\n"));
        name
    }

    /// What the host itself provides, as the suite's reference interpreter does.
    fn spectest(
        &self,
        text: &mut String,
        number: usize,
        import: &str,
        member: &Declaration,
    ) -> Result<String, String> {
        let name = &self.library.name;
        Ok(match &member.kind {
            Kind::Function(signature) => {
                let unused: String =
                    (0..signature.parameters.len()).map(|index| format!("(void)p{index}; ")).collect();
                self.function(text, number, member, &format!("{unused}return WASMWRIGHT_OK;"))
            }
            Kind::Memory => format!(
                "spectest_memory ? spectest_memory : (spectest_memory = wasmwright_{name}_memory_create(65536, 131072))"
            ),
            Kind::Table => format!(
                "spectest_table ? spectest_table : (spectest_table = wasmwright_{name}_table_create(10, 20))"
            ),
            Kind::Tag => return Err(format!("there is no spectest.{import}")),
            Kind::Global { .. } => match import {
                "global_i32" | "global_i64" => "666",
                "global_f32" => "666.6f",
                "global_f64" => "666.6",
                _ => return Err(format!("there is no spectest.{import}")),
            }
            .into(),
        })
    }
}
