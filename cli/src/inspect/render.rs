//! [`Report`] → text for people.

use super::report::{Item, Report};
use std::fmt::Write;

/// The report on the module that messages call `name`.
pub fn render(name: &str, report: &Report) -> String {
    let mut text = format!("{name}: WebAssembly module, {}\n", bytes(report.size_bytes));
    match &report.refusal {
        None => text += "compiles: yes\n",
        Some(refusal) => line(&mut text, format_args!("compiles: no: {refusal}")),
    }
    imports(&mut text, report);
    exports(&mut text, report);
    items(&mut text, "memories", &report.memories);
    items(&mut text, "tables", &report.tables);
    items(&mut text, "globals", &report.globals);
    functions(&mut text, report);
    features(&mut text, report);
    sections(&mut text, report);
    producers(&mut text, report);
    text
}

fn line(text: &mut String, content: std::fmt::Arguments<'_>) {
    text.write_fmt(content).expect("writing into a string does not fail");
    text.push('\n');
}

fn imports(text: &mut String, report: &Report) {
    let missing = report.imports.iter().filter(|import| !import.provided).count();
    let provided = match missing {
        0 => "",
        _ => "; link what provides the rest, or see --unknown-imports",
    };
    line(
        text,
        format_args!(
            "\nimports: {}, provided by the runtime: {}{provided}",
            report.imports.len(),
            report.imports.len() - missing
        ),
    );
    for import in &report.imports {
        let provided = if import.provided { "provided" } else { "NOT PROVIDED" };
        let (module, name) = (printable(&import.module), printable(&import.name));
        line(text, format_args!("  {provided:<12} {module}.{name}: {} {}", import.kind, import.ty));
    }
}

fn exports(text: &mut String, report: &Report) {
    line(text, format_args!("\nexports: {}", report.exports.len()));
    for export in &report.exports {
        line(text, format_args!("  {}: {} {}", printable(&export.name), export.kind, export.ty));
    }
}

/// Lists of globals can be long, and tell little one by one.
const SHOWN_ITEMS: usize = 8;

fn items(text: &mut String, kind: &str, items: &[Item]) {
    if items.is_empty() {
        return;
    }
    line(text, format_args!("\n{kind}: {}", items.len()));
    for item in items.iter().take(SHOWN_ITEMS) {
        let imported = if item.imported { ", imported" } else { "" };
        line(text, format_args!("  {}{imported}", item.ty));
    }
    if items.len() > SHOWN_ITEMS {
        line(text, format_args!("  and {} more (see --json)", items.len() - SHOWN_ITEMS));
    }
}

fn functions(text: &mut String, report: &Report) {
    let functions = &report.functions;
    let code = bytes(functions.code_bytes);
    line(
        text,
        format_args!("\nfunctions: {} imported, {} defined ({code})", functions.imported, functions.defined),
    );
    if let Some(start) = report.start {
        line(text, format_args!("start function: {start}"));
    }
}

fn features(text: &mut String, report: &Report) {
    if report.features.is_empty() {
        return;
    }
    line(text, format_args!("\nfeatures beyond WebAssembly 1.0: {}", report.features.len()));
    for feature in &report.features {
        let compiled = if feature.compiled { "compiled" } else { "NOT YET" };
        let function = feature.function.map(|index| format!(" in function {index}")).unwrap_or_default();
        let place =
            feature.offset.map(|offset| format!(", first at {offset:#x}{function}")).unwrap_or_default();
        line(text, format_args!("  {compiled:<12} {}{place}", feature.name));
    }
}

fn sections(text: &mut String, report: &Report) {
    line(text, format_args!("\nsections: {}", report.sections.len()));
    for section in &report.sections {
        let (size, offset) = (bytes(section.size_bytes), section.offset);
        line(
            text,
            format_args!("  {:<12} {size:>12} at {offset:#x}, {} entries", section.name, section.entries),
        );
    }
    if !report.custom_sections.is_empty() {
        line(text, format_args!("\ncustom sections: {}", report.custom_sections.len()));
    }
    for section in &report.custom_sections {
        line(text, format_args!("  {:<24} {:>12}", printable(&section.name), bytes(section.size_bytes)));
    }
}

fn producers(text: &mut String, report: &Report) {
    if !report.producers.is_empty() {
        text.push_str("\nmade by:\n");
    }
    for producer in &report.producers {
        let (field, name) = (printable(&producer.field), printable(&producer.name));
        line(text, format_args!("  {field}: {name} {}", printable(&producer.version)));
    }
}

/// A name from the module, without what a terminal would obey.
fn printable(name: &str) -> String {
    let escape = |letter: char| match letter {
        letter if letter.is_control() => letter.escape_debug().to_string(),
        letter => letter.to_string(),
    };
    name.chars().map(escape).collect()
}

fn bytes(number: u64) -> String {
    match number {
        0..10_000 => format!("{number} bytes"),
        10_000..10_000_000 => format!("{:.1} KiB", number as f64 / 1024.0),
        _ => format!("{:.1} MiB", number as f64 / f64::from(1 << 20)),
    }
}
