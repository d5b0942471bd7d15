//! Two modules whose instances are made at run time: the second imports from the first, has
//! function references, segments and a start function.

#![no_std]
#![allow(unused)]
#[path = "prelude.rs"]
mod prelude;
use prelude::*;

#[repr(C)]
struct Provider {
    header: InstanceHeader,
    memory: MemoryRecord,
    global: u64,
}

#[repr(C)]
struct Importer {
    header: InstanceHeader,
    memory: *mut MemoryRecord,
    global: *mut u64,
    table: TableRecord,
    elements: SegmentRecord,
    data: SegmentRecord,
    element_room: [u64; 3],
    references: [FunctionReference; 2],
}

const PAGE: u64 = 64 << 10;
const NAMES: [u32; 3] = [2, 0, 1];

static MEMORY: Constant<[MemoryDescriptor; 1]> = Constant([MemoryDescriptor {
    record_offset: offset_of!(Provider, memory) as u64,
    minimum_bytes: PAGE,
    maximum_bytes: PAGE,
    page_size_log2: 16,
    strategy: BoundsStrategy::GuardPages as u32,
    reservation: Reservation::around(WideningRoom::LIBRARY),
    images: slice(&[]),
}]);
static TABLE: Constant<[TableDescriptor; 1]> = Constant([TableDescriptor {
    record_offset: offset_of!(Importer, table) as u64,
    minimum: 3,
    maximum: 5,
    image: null_mut(),
}]);
static IMPORTS: Constant<[ImportDescriptor; 2]> = Constant([
    ImportDescriptor {
        slot_offset: offset_of!(Importer, memory) as u64,
        provider: 0,
        provider_offset: offset_of!(Provider, memory) as u64,
    },
    ImportDescriptor {
        slot_offset: offset_of!(Importer, global) as u64,
        provider: 0,
        provider_offset: offset_of!(Provider, global) as u64,
    },
]);
static SEGMENTS: Constant<[SegmentDescriptor; 2]> = Constant([
    SegmentDescriptor {
        record_offset: offset_of!(Importer, elements) as u64,
        start: NAMES.as_ptr().cast(),
        length: 3,
        elements_offset: offset_of!(Importer, element_room) as u64,
    },
    SegmentDescriptor {
        record_offset: offset_of!(Importer, data) as u64,
        start: b"passive".as_ptr(),
        length: 7,
        elements_offset: u64::MAX,
    },
]);
static REFERENCES: Constant<[FunctionReferenceDescriptor; 2]> = Constant([
    FunctionReferenceDescriptor { code: initialize_provider as _, type_id: null_mut() },
    FunctionReferenceDescriptor { code: check as _, type_id: null_mut() },
]);
static EXPORTS: Constant<[ExportDescriptor; 1]> = Constant([function("_start", &[], &[], check)]);
static MODULES: Constant<[ModuleDescriptor; 2]> = Constant([
    ModuleDescriptor {
        instance_bytes: size_of::<Provider>() as u64,
        host_memory_offset: offset_of!(Provider, memory) as u64,
        memories: slice(&MEMORY.0),
        initialize: Some(initialize_provider),
        ..MODULE
    },
    ModuleDescriptor {
        instance_bytes: size_of::<Importer>() as u64,
        host_memory_offset: offset_of!(Importer, memory) as u64,
        host_memory_is_import: 1,
        tables: slice(&TABLE.0),
        imports: slice(&IMPORTS.0),
        segments: slice(&SEGMENTS.0),
        function_references: slice(&REFERENCES.0),
        function_references_offset: offset_of!(Importer, references) as u64,
        exports: slice(&EXPORTS.0),
        ..MODULE
    },
]);

#[unsafe(no_mangle)]
static wasmwright_program: Constant<ProgramDescriptor> = Constant(ProgramDescriptor {
    entry: Some(wasmwright_entry_command),
    entry_module: 1,
    modules: slice(&MODULES.0),
    ..PROGRAM
});

unsafe extern "C" {
    fn wasmwright_table_init(
        table: *mut TableRecord,
        segment: *mut SegmentRecord,
        table_start: u64,
        segment_start: u64,
        count: u64,
    ) -> u32;
}

#[unsafe(link_section = "wasm_text")]
unsafe extern "C" fn initialize_provider(instance: *mut InstanceHeader) {
    unsafe { (*instance.cast::<Provider>()).global = 7 };
}

#[unsafe(link_section = "wasm_text")]
unsafe extern "C" fn check(instance: *mut InstanceHeader, _slots: *mut ValueSlot) {
    unsafe {
        let importer = &mut *instance.cast::<Importer>();
        let tell = |what: &'static [u8], holds: bool| {
            write(1, what);
            write(1, if holds { b" yes\n" } else { b" NO\n" });
        };
        tell(b"imported global", *importer.global == 7);
        tell(b"imported memory", (*importer.memory).length_bytes == PAGE);
        tell(b"host memory", importer.header.memory == importer.memory);
        tell(b"passive data", core::slice::from_raw_parts(importer.data.start, 7) == b"passive");
        let references = [0, 1].map(|index| (&raw mut importer.references[index]) as u64);
        tell(b"references", importer.references.iter().all(|reference| reference.instance == instance));
        tell(b"table.init", wasmwright_table_init(&mut importer.table, &mut importer.elements, 0, 0, 3) == 0);
        let elements = core::slice::from_raw_parts(importer.table.elements, 3);
        tell(b"elements", elements == [references[1], 0, references[0]]);
    }
}
