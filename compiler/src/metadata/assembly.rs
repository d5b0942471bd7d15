//! Data → assembly text for LLVM's own assembler, which knows every object format: the data of
//! objects that we do not link.
//!
//! Invariant: the text defines what `elf.rs` would, with the names that C has for them.

use super::block::Address;
use super::writer::{Contents, Section, Writer};
use crate::target::System;
use std::collections::HashMap;
use std::fmt::Write;

/// Bytes that a line holds.
const LINE_BYTES: usize = 64;

/// The text.
pub fn write(data: &Writer, system: System) -> String {
    let format = Format { system };
    let mut text = String::new();
    for (section, contents) in &data.sections {
        let symbols = data.definitions.iter().filter(|definition| definition.section == *section);
        let mut labels: HashMap<u64, Vec<&str>> = HashMap::new();
        for definition in symbols {
            labels.entry(definition.offset).or_default().push(&definition.name);
        }
        // Writing to a string does not fail.
        let _ = format.section(&mut text, *section, contents, &labels);
    }
    text
}

/// How an object format spells things.
struct Format {
    system: System,
}

impl Format {
    fn section(
        &self,
        text: &mut String,
        section: Section,
        contents: &Contents,
        labels: &HashMap<u64, Vec<&str>>,
    ) -> std::fmt::Result {
        writeln!(text, "{}", self.directive(section))?;
        writeln!(text, ".p2align {}", contents.align.trailing_zeros())?;
        writeln!(text, "{}:", self.start(section))?;
        let addresses: HashMap<u64, &Address> =
            contents.addresses.iter().map(|(offset, address)| (*offset, address)).collect();
        let mut stops: Vec<u64> = labels.keys().chain(addresses.keys()).copied().collect();
        stops.sort_unstable();
        stops.dedup();
        stops.push(contents.bytes.len() as u64);
        let mut position = 0;
        for stop in stops {
            bytes(text, &contents.bytes[position..stop as usize])?;
            position = stop as usize;
            for name in labels.get(&stop).into_iter().flatten() {
                self.label(text, name)?;
            }
            if let Some(address) = addresses.get(&stop) {
                writeln!(text, ".quad {}", self.address(address))?;
                position += size_of::<u64>();
            }
        }
        Ok(())
    }

    fn label(&self, text: &mut String, name: &str) -> std::fmt::Result {
        let symbol = self.symbol(name);
        writeln!(text, ".globl {symbol}")?;
        match self.system {
            System::Linux => writeln!(text, ".hidden {symbol}")?,
            System::MacOs => writeln!(text, ".private_extern {symbol}")?,
            System::Windows => {}
        }
        writeln!(text, "{symbol}:")
    }

    fn symbol(&self, name: &str) -> String {
        let prefix = if self.system == System::MacOs { "_" } else { "" };
        format!("\"{prefix}{name}\"")
    }

    fn address(&self, address: &Address) -> String {
        match address {
            Address::Symbol(name, offset) => format!("{}+{offset}", self.symbol(name)),
            Address::Place(section, offset) => format!("{}+{offset}", self.start(*section)),
        }
    }

    /// A label of the object alone.
    fn start(&self, section: Section) -> String {
        let prefix = if self.system == System::MacOs { "L" } else { ".L" };
        format!("{prefix}wasmwright_{section:?}")
    }

    fn directive(&self, section: Section) -> &'static str {
        match (self.system, section) {
            (System::Linux, Section::ReadOnly) => ".section .rodata,\"a\",@progbits",
            (System::Linux, Section::Relocated) => ".section .data.rel.ro,\"aw\",@progbits",
            (System::Linux, Section::Data) => ".section .data,\"aw\",@progbits",
            (System::Linux, Section::Movable) => ".section .data.wasm_image,\"aw\",@progbits",
            (System::Linux, Section::Note) => ".section .note.wasmwright,\"a\",@note",
            (System::Windows, Section::ReadOnly | Section::Relocated | Section::Note) => {
                ".section .rdata,\"dr\""
            }
            (System::Windows, Section::Data | Section::Movable) => ".section .data,\"dw\"",
            (System::MacOs, Section::ReadOnly | Section::Note) => ".section __TEXT,__const",
            (System::MacOs, Section::Relocated) => ".section __DATA,__const",
            (System::MacOs, Section::Data | Section::Movable) => ".section __DATA,__data",
        }
    }
}

fn bytes(text: &mut String, bytes: &[u8]) -> std::fmt::Result {
    if !bytes.is_empty() && bytes.iter().all(|&byte| byte == 0) {
        return writeln!(text, ".zero {}", bytes.len());
    }
    for line in bytes.chunks(LINE_BYTES) {
        let numbers: Vec<String> = line.iter().map(u8::to_string).collect();
        writeln!(text, ".byte {}", numbers.join(","))?;
    }
    Ok(())
}
