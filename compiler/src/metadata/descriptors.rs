//! The descriptors of `wasmwright_abi::program`.

use super::block::{Address, Block, Slice};
use super::writer::{Section, Writer};
use crate::code_map::CodeMap;
use crate::frontend::index::{DataIndex, MemoryIndex, TableIndex, TagIndex};
use crate::frontend::module::Item;
use crate::frontend::types::ValueType;
use crate::options::{Emit, Profile};
use crate::plan::{
    ElementItem, ElementPlan, ExportPlan, HostMemory, ImportBinding, InstanceModel, Interruption,
    MemoryImage, Metering, ModulePlan, Place, ProgramPlan, library_plan, symbols,
};
use std::mem::offset_of;
use wasmwright_abi::instance::Reservation;
use wasmwright_abi::library::HostImport;
use wasmwright_abi::profile::{self, LinkedSection, ProfileDescriptor};
use wasmwright_abi::program::*;
use wasmwright_abi::wasi::{SETUP_SYMBOL, SETUP_WITH_LISTENERS_SYMBOL};
use wasmwright_abi::{ABI_VERSION, PROGRAM_SYMBOL};

/// Granularity of images whose pages move: the largest page of any target.
const MOVABLE_ALIGN: u64 = 64 << 10;

/// The trap table and the units that it is about.
pub struct TrapTable<'a> {
    /// As the ABI has it.
    pub bytes: Vec<u8>,
    /// In the order of the table.
    pub maps: &'a [&'a CodeMap],
}

/// Writes the program's descriptor and all that it points to.
pub fn write(writer: &mut Writer, program: &ProgramPlan<'_>, trap_table: Option<TrapTable<'_>>) {
    let modules: Vec<Block> =
        program.modules.iter().map(|module| module_block(writer, module, program)).collect();
    let modules = writer.array::<ModuleDescriptor>(Section::Relocated, modules);
    let grants = grant_blocks(writer, program);
    let grants = writer.array::<Grant>(Section::Relocated, grants);
    let mut block = Block::of::<ProgramDescriptor>();
    block.set_u32(offset_of!(ProgramDescriptor, abi_version), ABI_VERSION);
    block.set_u32(offset_of!(ProgramDescriptor, flags), flags(program));
    block.set_u32(offset_of!(ProgramDescriptor, entry_module), program.entry.module);
    block.set_u32(offset_of!(ProgramDescriptor, entry_export), program.entry.export);
    let cpu = &program.entry.cpu;
    let names = writer.bytes(cpu.names.join(" ").as_bytes());
    block.set_u32(offset_of!(ProgramDescriptor, cpu.level), cpu.level);
    for (word, bits) in cpu.capabilities.into_iter().enumerate() {
        let word = word * size_of::<u64>();
        block.set_u64(offset_of!(ProgramDescriptor, cpu.capabilities) + word, bits);
    }
    block.set_slice(offset_of!(ProgramDescriptor, cpu.names), names);
    // Nobody starts a library; what it has of an entry is a function of its runtime.
    let starts = matches!(program.emit, Emit::Executable | Emit::Object);
    if let Some(entry) = program.entry.kind.symbol().filter(|_| starts) {
        block.set_address(offset_of!(ProgramDescriptor, entry), Address::symbol(entry));
    }
    let is_library = matches!(program.emit, Emit::Shared | Emit::Static);
    if uses_wasi(program) && program.library.is_some() && is_library {
        let [set_up, close] = LibraryWasi::SYMBOLS.map(Address::symbol);
        block.set_address(offset_of!(ProgramDescriptor, library_wasi.set_up), set_up);
        block.set_address(offset_of!(ProgramDescriptor, library_wasi.close), close);
    } else if uses_wasi(program) {
        let listens = !program.grants.listeners.is_empty();
        let setup = if listens { SETUP_WITH_LISTENERS_SYMBOL } else { SETUP_SYMBOL };
        block.set_address(offset_of!(ProgramDescriptor, wasi_setup), Address::symbol(setup));
    }
    if is_library && !program.explicit_checks {
        let handle_faults = Address::symbol(HANDLE_FAULTS_SYMBOL);
        block.set_address(offset_of!(ProgramDescriptor, handle_faults), handle_faults);
    }
    block.set_u64(offset_of!(ProgramDescriptor, stack_bytes), program.stack_bytes);
    if let Metering::OfInstance { initial } = program.metering {
        block.set_u64(offset_of!(ProgramDescriptor, fuel), initial);
    }
    block.set_slice(offset_of!(ProgramDescriptor, modules), modules);
    block.set_slice(offset_of!(ProgramDescriptor, grants), grants);
    if let Some(table) = trap_table {
        block.set_address(offset_of!(ProgramDescriptor, backtrace), Address::symbol(BACKTRACE_SYMBOL));
        block.set_slice(offset_of!(ProgramDescriptor, trap_table), writer.bytes(&table.bytes));
        let code = table.maps.iter().map(|map| code_block(map));
        let code = writer.array::<*const u8>(Section::Relocated, code.collect::<Vec<_>>());
        block.set_slice(offset_of!(ProgramDescriptor, code), code);
    }
    if let Profile::Generate { file } = &program.profile {
        let profile = profile_block(writer, file);
        block.set_address(
            offset_of!(ProgramDescriptor, write_profile),
            Address::symbol(profile::WRITE_PROFILE_SYMBOL),
        );
        let profile = writer.place(Section::Relocated, profile, 8);
        block.set_address(offset_of!(ProgramDescriptor, profile), profile);
    }
    writer.define(PROGRAM_SYMBOL, Section::Relocated, block, 8);
}

fn profile_block(writer: &mut Writer, file: &str) -> Block {
    let mut block = Block::of::<ProfileDescriptor>();
    block.set_slice(offset_of!(ProfileDescriptor, file), writer.bytes(file.as_bytes()));
    block.set_address(offset_of!(ProfileDescriptor, version), Address::symbol(profile::VERSION_SYMBOL));
    let sections = [
        (offset_of!(ProfileDescriptor, data), profile::DATA_SECTION),
        (offset_of!(ProfileDescriptor, counters), profile::COUNTERS_SECTION),
        (offset_of!(ProfileDescriptor, names), profile::NAMES_SECTION),
    ];
    for (offset, name) in sections {
        let start = offset + offset_of!(LinkedSection, start);
        block.set_address(start, Address::symbol(format!("__start_{name}")));
        let stop = offset + offset_of!(LinkedSection, stop);
        block.set_address(stop, Address::symbol(format!("__stop_{name}")));
    }
    block
}

/// A pointer to where a unit's code begins.
fn code_block(map: &CodeMap) -> Block {
    let (symbol, offset) = &map.anchor;
    let mut block = Block::of::<*const u8>();
    block.set_address(0, Address::Symbol(symbol.clone(), u64::from(*offset).wrapping_neg()));
    block
}

fn flags(program: &ProgramPlan<'_>) -> u32 {
    let flag = |set: bool, bit: u32| if set { bit } else { 0 };
    flag(program.grants.sealed, program_flag::SEALED)
        | flag(program.grants.inherit_environment, program_flag::INHERIT_ENVIRONMENT)
        | flag(program.explicit_checks, program_flag::EXPLICIT_CHECKS)
        | flag(program.interruption == Interruption::Polled, program_flag::INTERRUPTIBLE)
        | flag(program.entry.kind == EntryKind::Script, program_flag::ENTRY_INSTANTIATES)
}

fn uses_wasi(program: &ProgramPlan<'_>) -> bool {
    let host = |binding: &ImportBinding| matches!(binding, ImportBinding::Host { .. });
    program.modules.iter().any(|module| module.imports.iter().any(host))
}

fn grant_blocks(writer: &mut Writer, program: &ProgramPlan<'_>) -> Vec<Block> {
    let grants = &program.grants;
    let mut blocks = Vec::new();
    for directory in &grants.directories {
        blocks.push(grant(
            writer,
            GrantKind::Directory,
            directory.read_only,
            &directory.host,
            &directory.guest,
        ));
    }
    for (name, value) in &grants.variables {
        let value_at_launch = value.is_none();
        blocks.push(grant(
            writer,
            GrantKind::Variable,
            value_at_launch,
            name,
            value.as_deref().unwrap_or_default(),
        ));
    }
    for address in &grants.listeners {
        blocks.push(grant(writer, GrantKind::Listener, false, address, ""));
    }
    blocks
}

fn grant(writer: &mut Writer, kind: GrantKind, flag: bool, host: &str, guest: &str) -> Block {
    let mut block = Block::of::<Grant>();
    block.set_u32(offset_of!(Grant, kind), kind as u32);
    block.set_u32(offset_of!(Grant, flag), flag.into());
    block.set_slice(offset_of!(Grant, host), writer.bytes(host.as_bytes()));
    block.set_slice(offset_of!(Grant, guest), writer.bytes(guest.as_bytes()));
    block
}

fn module_block(writer: &mut Writer, module: &ModulePlan<'_>, program: &ProgramPlan<'_>) -> Block {
    let mut block = Block::of::<ModuleDescriptor>();
    block.set_slice(offset_of!(ModuleDescriptor, name), writer.bytes(module.name.as_bytes()));
    if module.model == InstanceModel::Static {
        let instance = Address::symbol(symbols::instance(module.index));
        block.set_address(offset_of!(ModuleDescriptor, instance), instance);
    }
    block.set_u64(offset_of!(ModuleDescriptor, instance_bytes), module.layout.bytes);
    let (offset, is_import) = match module.host_memory {
        HostMemory::None => (u64::MAX, 0),
        HostMemory::Own(offset) => (offset, 0),
        HostMemory::Slot { slot, .. } => (slot, 1),
    };
    block.set_u64(offset_of!(ModuleDescriptor, host_memory_offset), offset);
    block.set_u64(offset_of!(ModuleDescriptor, host_memory_is_import), is_import);
    let slices = [
        (offset_of!(ModuleDescriptor, memories), memories(writer, module)),
        (offset_of!(ModuleDescriptor, tables), tables(writer, module)),
        (offset_of!(ModuleDescriptor, tags), tags(writer, module)),
        (offset_of!(ModuleDescriptor, segments), segments(writer, module)),
        (offset_of!(ModuleDescriptor, function_references), function_references(writer, module)),
        (offset_of!(ModuleDescriptor, imports), imports(writer, module, program)),
        (offset_of!(ModuleDescriptor, host_imports), host_imports(writer, module, program)),
        (offset_of!(ModuleDescriptor, exports), exports(writer, module, program)),
    ];
    for (offset, slice) in slices {
        block.set_slice(offset, slice);
    }
    let references = module.layout.function_references;
    block.set_u64(offset_of!(ModuleDescriptor, function_references_offset), references);
    let initialize = Address::symbol(symbols::initialize(module.index));
    block.set_address(offset_of!(ModuleDescriptor, initialize), initialize);
    block
}

/// The offset of a record in the own instance.
fn own(place: Place) -> Option<u64> {
    match place {
        Place::Own(offset) => Some(offset),
        _ => None,
    }
}

fn memories(writer: &mut Writer, module: &ModulePlan<'_>) -> Option<Slice> {
    let mut blocks = Vec::new();
    for (index, plan) in module.memories.iter().enumerate() {
        let Some(record) = own(plan.place) else { continue };
        let images = &module.layout.memory_images[MemoryIndex::from(index).index()];
        let images: Vec<Block> = images.iter().map(|image| image_block(writer, image)).collect();
        let images = writer.array::<DataImage>(Section::Relocated, images);
        let mut block = Block::of::<MemoryDescriptor>();
        block.set_u64(offset_of!(MemoryDescriptor, record_offset), record);
        block.set_u64(offset_of!(MemoryDescriptor, minimum_bytes), plan.minimum_bytes);
        block.set_u64(offset_of!(MemoryDescriptor, maximum_bytes), plan.maximum_bytes);
        block.set_u32(offset_of!(MemoryDescriptor, page_size_log2), plan.page_size_log2);
        block.set_u32(offset_of!(MemoryDescriptor, strategy), plan.strategy as u32);
        set_reservation(&mut block, offset_of!(MemoryDescriptor, reservation), plan.reservation);
        block.set_slice(offset_of!(MemoryDescriptor, images), images);
        blocks.push(block);
    }
    writer.array::<MemoryDescriptor>(Section::Relocated, blocks)
}

fn image_block(writer: &mut Writer, image: &MemoryImage) -> Block {
    let (section, align) = match image.movable {
        true => (Section::Movable, MOVABLE_ALIGN),
        false => (Section::ReadOnly, 16),
    };
    let address = writer.place(section, Block::from_bytes(image.bytes.clone()), align);
    let mut block = Block::of::<DataImage>();
    block.set_u64(offset_of!(DataImage, offset), image.offset);
    let slice = Slice { address, length: image.bytes.len() as u64 };
    block.set_slice(offset_of!(DataImage, bytes), Some(slice));
    block.set_u64(offset_of!(DataImage, movable), image.movable.into());
    block
}

fn tables(writer: &mut Writer, module: &ModulePlan<'_>) -> Option<Slice> {
    let block = |(index, record): (usize, u64)| {
        let plan = &module.tables[index];
        let mut block = Block::of::<TableDescriptor>();
        block.set_u64(offset_of!(TableDescriptor, record_offset), record);
        block.set_u64(offset_of!(TableDescriptor, minimum), plan.minimum);
        block.set_u64(offset_of!(TableDescriptor, maximum), plan.maximum);
        if plan.image.is_some() {
            let symbol = symbols::table(module.index, TableIndex::from(index));
            block.set_address(offset_of!(TableDescriptor, image), Address::symbol(symbol));
        }
        block
    };
    let defined =
        module.tables.iter().enumerate().filter_map(|(index, plan)| Some((index, own(plan.place)?)));
    let blocks: Vec<Block> = defined.map(block).collect();
    writer.array::<TableDescriptor>(Section::Relocated, blocks)
}

fn tags(writer: &mut Writer, module: &ModulePlan<'_>) -> Option<Slice> {
    let mut blocks = Vec::new();
    for (index, place) in module.tags.iter().enumerate() {
        let Some(record) = own(*place) else { continue };
        let tag = TagIndex::from(index);
        let mut block = Block::of::<TagDescriptor>();
        block.set_u64(offset_of!(TagDescriptor, record_offset), record);
        if module.model == InstanceModel::Passed {
            let ty = Address::symbol(symbols::type_id(module.parsed.tag_type(tag)));
            block.set_address(offset_of!(TagDescriptor, ty), ty);
        }
        let value_count = module.parsed.tag_type(tag).parameters.len() as u64;
        block.set_u64(offset_of!(TagDescriptor, value_count), value_count);
        let name = module.parsed.tag_name(tag);
        block.set_slice(offset_of!(TagDescriptor, name), writer.bytes(name.as_bytes()));
        blocks.push(block);
    }
    writer.array::<TagDescriptor>(Section::Relocated, blocks)
}

/// Segments of an instance made at run time.
fn segments(writer: &mut Writer, module: &ModulePlan<'_>) -> Option<Slice> {
    if module.model == InstanceModel::Static {
        return None;
    }
    let mut blocks = Vec::new();
    for plan in &module.elements {
        let Some(record) = plan.record else { continue };
        let indices = if plan.has_array { writer.bytes(&element_indices(plan, module)) } else { None };
        let storage = plan.storage.unwrap_or(u64::MAX);
        blocks.push(segment_block(
            record,
            indices.map(|slice| Slice { length: slice.length / 4, ..slice }),
            storage,
        ));
    }
    for (index, plan) in module.data.iter().enumerate() {
        let Some(record) = plan.record else { continue };
        let filled = (plan.starts_filled && plan.has_bytes).then(|| Slice {
            address: Address::symbol(symbols::data(module.index, DataIndex::from(index))),
            length: module.parsed.data[index].bytes.len() as u64,
        });
        blocks.push(segment_block(record, filled, u64::MAX));
    }
    writer.array::<SegmentDescriptor>(Section::Relocated, blocks)
}

fn segment_block(record: u64, content: Option<Slice>, elements: u64) -> Block {
    let mut block = Block::of::<SegmentDescriptor>();
    block.set_u64(offset_of!(SegmentDescriptor, record_offset), record);
    block.set_u64(offset_of!(SegmentDescriptor, elements_offset), elements);
    if let Some(slice) = content {
        block.set_address(offset_of!(SegmentDescriptor, start), slice.address);
        block.set_u64(offset_of!(SegmentDescriptor, length), slice.length);
    }
    block
}

/// Elements by their position among the instance's function references; what another instance
/// has is set by the initialize function.
fn element_indices(plan: &ElementPlan, module: &ModulePlan<'_>) -> Vec<u8> {
    let index = |item: &ElementItem| match item {
        ElementItem::Function(function) => {
            module.layout.referenced.binary_search(function).map_or(0, |position| position as u32 + 1)
        }
        _ => 0,
    };
    plan.items.iter().flat_map(|item| index(item).to_le_bytes()).collect()
}

fn function_references(writer: &mut Writer, module: &ModulePlan<'_>) -> Option<Slice> {
    let block = |function: &crate::frontend::index::FuncIndex| {
        let mut block = Block::of::<FunctionReferenceDescriptor>();
        let code = &module.functions[function.index()].symbol;
        let type_id = symbols::type_id(module.parsed.function_type(*function));
        block.set_address(offset_of!(FunctionReferenceDescriptor, code), Address::symbol(code));
        block.set_address(offset_of!(FunctionReferenceDescriptor, type_id), Address::symbol(type_id));
        block
    };
    let blocks: Vec<Block> = module.layout.referenced.iter().map(block).collect();
    writer.array::<FunctionReferenceDescriptor>(Section::Relocated, blocks)
}

fn imports(writer: &mut Writer, module: &ModulePlan<'_>, program: &ProgramPlan<'_>) -> Option<Slice> {
    if module.model == InstanceModel::Static {
        return None;
    }
    let mut blocks = Vec::new();
    for (&position, &slot) in &module.layout.slots {
        let ImportBinding::Linked(definition) = &module.imports[position] else { continue };
        let Some(offset) = item_offset(definition.item, &program.modules[definition.module]) else {
            continue;
        };
        let mut block = Block::of::<ImportDescriptor>();
        block.set_u64(offset_of!(ImportDescriptor, slot_offset), slot);
        block.set_u64(offset_of!(ImportDescriptor, provider), definition.module as u64);
        block.set_u64(offset_of!(ImportDescriptor, provider_offset), offset);
        blocks.push(block);
    }
    writer.array::<ImportDescriptor>(Section::Relocated, blocks)
}

/// What instantiation takes from the host.
fn host_imports(writer: &mut Writer, module: &ModulePlan<'_>, program: &ProgramPlan<'_>) -> Option<Slice> {
    let library = program.library.as_ref()?;
    let mut blocks = Vec::new();
    for host in &module.host_slots {
        let mut block = Block::of::<HostImport>();
        block.set_u32(offset_of!(HostImport, kind), host.kind as u32);
        block.set_u32(offset_of!(HostImport, detail), host.detail);
        let member_offset = library_plan::member_offset(library, module, host);
        block.set_u64(offset_of!(HostImport, member_offset), member_offset);
        block.set_u64(offset_of!(HostImport, slot_offset), host.slot);
        block.set_u64(offset_of!(HostImport, minimum), host.minimum);
        block.set_u64(offset_of!(HostImport, maximum), host.maximum);
        set_reservation(&mut block, offset_of!(HostImport, reservation), host.reservation);
        let import = host.import.map(|position| &module.parsed.imports[position]);
        if let Some(Item::Tag(tag)) = import.map(|import| import.item) {
            let ty = Address::symbol(symbols::type_id(module.parsed.tag_type(tag)));
            block.set_address(offset_of!(HostImport, ty), ty);
        }
        let name = import.map_or_else(String::new, |import| format!("{}.{}", import.module, import.name));
        block.set_slice(offset_of!(HostImport, name), writer.bytes(name.as_bytes()));
        blocks.push(block);
    }
    writer.array::<HostImport>(Section::Relocated, blocks)
}

fn set_reservation(block: &mut Block, offset: usize, reservation: Reservation) {
    let Reservation { below_bytes, above_bytes } = reservation;
    block.set_u64(offset + offset_of!(Reservation, below_bytes), below_bytes);
    block.set_u64(offset + offset_of!(Reservation, above_bytes), above_bytes);
}

/// Where an item is in the instance of the module that defines it.
fn item_offset(item: Item, module: &ModulePlan<'_>) -> Option<u64> {
    match item {
        Item::Function(index) => module.layout.function_reference(index),
        Item::Table(index) => own(module.tables[index.index()].place),
        Item::Memory(index) => own(module.memories[index.index()].place),
        Item::Global(index) => own(module.globals[index.index()].place),
        Item::Tag(index) => own(module.tags[index.index()]),
    }
}

fn exports(writer: &mut Writer, module: &ModulePlan<'_>, program: &ProgramPlan<'_>) -> Option<Slice> {
    let mut blocks = Vec::new();
    for (position, export) in module.exports.iter().enumerate() {
        blocks.push(export_block(writer, position, export, module, program));
    }
    writer.array::<ExportDescriptor>(Section::Relocated, blocks)
}

fn export_block(
    writer: &mut Writer,
    position: usize,
    export: &ExportPlan,
    module: &ModulePlan<'_>,
    program: &ProgramPlan<'_>,
) -> Block {
    let mut block = Block::of::<ExportDescriptor>();
    block.set_slice(offset_of!(ExportDescriptor, name), writer.bytes(export.name.as_bytes()));
    let codes = |types: &[ValueType]| types.iter().map(|ty| ty.code()).collect::<Vec<u8>>();
    let kind = match export.item {
        Item::Function(function) => {
            let ty = module.parsed.function_type(function);
            let parameters = writer.bytes(&codes(&ty.parameters));
            let results = writer.bytes(&codes(&ty.results));
            block.set_slice(offset_of!(ExportDescriptor, parameters), parameters);
            block.set_slice(offset_of!(ExportDescriptor, results), results);
            let invoke = Address::symbol(symbols::invoke(module.index, position));
            block.set_address(offset_of!(ExportDescriptor, invoke), invoke);
            ExportKind::Function
        }
        Item::Global(global) => {
            let ty = writer.bytes(&[module.globals[global.index()].ty.code()]);
            block.set_slice(offset_of!(ExportDescriptor, parameters), ty);
            ExportKind::Global
        }
        Item::Table(_) => ExportKind::Table,
        Item::Memory(_) => ExportKind::Memory,
        Item::Tag(_) => ExportKind::Tag,
    };
    block.set_u32(offset_of!(ExportDescriptor, kind), kind as u32);
    if let (Some(definition), false) = (export.definition, kind == ExportKind::Function) {
        let offset = item_offset(definition.item, &program.modules[definition.module]);
        block.set_u32(offset_of!(ExportDescriptor, provider), definition.module as u32);
        block.set_u64(
            offset_of!(ExportDescriptor, offset),
            offset.expect("a definition is in its own instance"),
        );
    }
    block
}
