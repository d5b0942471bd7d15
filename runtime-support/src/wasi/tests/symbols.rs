//! The functions are those of the ABI: symbol by symbol, parameter by parameter.

use std::vec::Vec;

use wasmwright_abi::instance::InstanceHeader;
use wasmwright_abi::wasi::{
    FUNCTIONS, SETUP_SYMBOL, SETUP_WITH_LISTENERS_SYMBOL, SNAPSHOT_PREVIEW1, UNSTABLE, WasiType, find,
};

use super::super::{args, clock, environ, fd, path, poll, process, random, socket, unstable};

/// A parameter as Rust has it.
trait Parameter {
    const TYPE: WasiType;
}

impl Parameter for u32 {
    const TYPE: WasiType = WasiType::I32;
}
impl Parameter for u64 {
    const TYPE: WasiType = WasiType::I64;
}
impl Parameter for i64 {
    const TYPE: WasiType = WasiType::I64;
}

/// A function as the linker and the compiler see it.
trait Function {
    fn parameters(&self) -> Vec<WasiType>;
}

macro_rules! functions_of {
    ($($type:ident)*) => {
        impl<$($type: Parameter),*> Function for unsafe extern "C" fn(*mut InstanceHeader $(, $type)*) -> u32 {
            fn parameters(&self) -> Vec<WasiType> {
                std::vec![$($type::TYPE),*]
            }
        }
    };
}

functions_of!();
functions_of!(A);
functions_of!(A B);
functions_of!(A B C);
functions_of!(A B C D);
functions_of!(A B C D E);
functions_of!(A B C D E F);
functions_of!(A B C D E F G);
functions_of!(A B C D E F G H I);

macro_rules! implemented {
    ($($module:ident: $($path:ident)::+ ($($type:ty),*);)*) => {{
        let mut rows: Vec<(&str, &str, usize, Vec<WasiType>)> = Vec::new();
        $({
            let function: unsafe extern "C" fn(*mut InstanceHeader $(, $type)*) -> u32 = $($path)::+;
            let name = stringify!($($path)::+).rsplit(' ').next().and_then(|path| path.rsplit(':').next());
            let name = name.expect("a path has a last part");
            rows.push(($module, name, function as usize, function.parameters()));
        })*
        rows
    }};
}

fn rows() -> Vec<(&'static str, &'static str, usize, Vec<WasiType>)> {
    implemented! {
        SNAPSHOT_PREVIEW1: args::args_get(u32, u32);
        SNAPSHOT_PREVIEW1: args::args_sizes_get(u32, u32);
        SNAPSHOT_PREVIEW1: environ::environ_get(u32, u32);
        SNAPSHOT_PREVIEW1: environ::environ_sizes_get(u32, u32);
        SNAPSHOT_PREVIEW1: clock::clock_res_get(u32, u32);
        SNAPSHOT_PREVIEW1: clock::clock_time_get(u32, u64, u32);
        SNAPSHOT_PREVIEW1: fd::storage::fd_advise(u32, u64, u64, u32);
        SNAPSHOT_PREVIEW1: fd::storage::fd_allocate(u32, u64, u64);
        SNAPSHOT_PREVIEW1: fd::lifecycle::fd_close(u32);
        SNAPSHOT_PREVIEW1: fd::storage::fd_datasync(u32);
        SNAPSHOT_PREVIEW1: fd::flags::fd_fdstat_get(u32, u32);
        SNAPSHOT_PREVIEW1: fd::flags::fd_fdstat_set_flags(u32, u32);
        SNAPSHOT_PREVIEW1: fd::flags::fd_fdstat_set_rights(u32, u64, u64);
        SNAPSHOT_PREVIEW1: fd::filestat::fd_filestat_get(u32, u32);
        SNAPSHOT_PREVIEW1: fd::filestat::fd_filestat_set_size(u32, u64);
        SNAPSHOT_PREVIEW1: fd::filestat::fd_filestat_set_times(u32, u64, u64, u32);
        SNAPSHOT_PREVIEW1: fd::read::fd_pread(u32, u32, u32, u64, u32);
        SNAPSHOT_PREVIEW1: fd::prestat::fd_prestat_get(u32, u32);
        SNAPSHOT_PREVIEW1: fd::prestat::fd_prestat_dir_name(u32, u32, u32);
        SNAPSHOT_PREVIEW1: fd::write::fd_pwrite(u32, u32, u32, u64, u32);
        SNAPSHOT_PREVIEW1: fd::read::fd_read(u32, u32, u32, u32);
        SNAPSHOT_PREVIEW1: fd::readdir::fd_readdir(u32, u32, u32, u64, u32);
        SNAPSHOT_PREVIEW1: fd::lifecycle::fd_renumber(u32, u32);
        SNAPSHOT_PREVIEW1: fd::position::fd_seek(u32, i64, u32, u32);
        SNAPSHOT_PREVIEW1: fd::storage::fd_sync(u32);
        SNAPSHOT_PREVIEW1: fd::position::fd_tell(u32, u32);
        SNAPSHOT_PREVIEW1: fd::write::fd_write(u32, u32, u32, u32);
        SNAPSHOT_PREVIEW1: path::create::path_create_directory(u32, u32, u32);
        SNAPSHOT_PREVIEW1: path::attributes::path_filestat_get(u32, u32, u32, u32, u32);
        SNAPSHOT_PREVIEW1: path::attributes::path_filestat_set_times(u32, u32, u32, u32, u64, u64, u32);
        SNAPSHOT_PREVIEW1: path::link::path_link(u32, u32, u32, u32, u32, u32, u32);
        SNAPSHOT_PREVIEW1: path::open::path_open(u32, u32, u32, u32, u32, u64, u64, u32, u32);
        SNAPSHOT_PREVIEW1: path::link::path_readlink(u32, u32, u32, u32, u32, u32);
        SNAPSHOT_PREVIEW1: path::remove::path_remove_directory(u32, u32, u32);
        SNAPSHOT_PREVIEW1: path::rename::path_rename(u32, u32, u32, u32, u32, u32);
        SNAPSHOT_PREVIEW1: path::create::path_symlink(u32, u32, u32, u32, u32);
        SNAPSHOT_PREVIEW1: path::remove::path_unlink_file(u32, u32, u32);
        SNAPSHOT_PREVIEW1: poll::poll_oneoff(u32, u32, u32, u32);
        SNAPSHOT_PREVIEW1: process::proc_raise(u32);
        SNAPSHOT_PREVIEW1: process::sched_yield();
        SNAPSHOT_PREVIEW1: random::random_get(u32, u32);
        SNAPSHOT_PREVIEW1: socket::sock_accept(u32, u32, u32);
        SNAPSHOT_PREVIEW1: socket::sock_recv(u32, u32, u32, u32, u32, u32);
        SNAPSHOT_PREVIEW1: socket::sock_send(u32, u32, u32, u32, u32);
        SNAPSHOT_PREVIEW1: socket::sock_shutdown(u32, u32);
        UNSTABLE: unstable::fd_filestat_get(u32, u32);
        UNSTABLE: unstable::fd_seek(u32, i64, u32, u32);
        UNSTABLE: unstable::path_filestat_get(u32, u32, u32, u32, u32);
        UNSTABLE: unstable::poll_oneoff(u32, u32, u32, u32);
    }
}

/// The address that the linker gives a symbol of this program.
fn address_of(symbol: &str) -> Option<usize> {
    macro_rules! symbols {
        ($($symbol:literal $name:ident)*) => {{
            unsafe extern "C" {
                $(#[link_name = $symbol] fn $name();)*
            }
            match symbol { $($symbol => Some($name as *const () as usize),)* _ => None }
        }};
    }
    symbols! {
        "wasmwright_wasi_snapshot_preview1_proc_exit" proc_exit
        "wasmwright_wasi_snapshot_preview1_fd_filestat_get" fd_filestat_get
        "wasmwright_wasi_snapshot_preview1_path_open" path_open
        "wasmwright_wasi_unstable_fd_filestat_get" unstable_fd_filestat_get
        "wasmwright_wasi_unstable_fd_seek" unstable_fd_seek
        "wasmwright_wasi_unstable_path_filestat_get" unstable_path_filestat_get
        "wasmwright_wasi_unstable_poll_oneoff" unstable_poll_oneoff
        "wasmwright_wasi_setup" setup
        "wasmwright_wasi_setup_with_listeners" setup_with_listeners
    }
}

#[test]
fn every_function_of_the_abi_is_there_with_its_parameters() {
    let rows = rows();
    for function in FUNCTIONS.iter().filter(|function| function.returns_errno) {
        let row = rows.iter().find(|row| row.0 == SNAPSHOT_PREVIEW1 && row.1 == function.name);
        let (.., parameters) = row.unwrap_or_else(|| panic!("{} is missing", function.name));
        assert_eq!(parameters, function.parameters, "{}", function.name);
    }
    // `proc_exit`, which returns nothing, is the 46th.
    assert_eq!(rows.iter().filter(|row| row.0 == SNAPSHOT_PREVIEW1).count(), 45);
    assert_eq!(FUNCTIONS.len(), 46);
    let _: unsafe extern "C" fn(*mut InstanceHeader, u32) -> ! = process::proc_exit;
}

#[test]
fn the_older_version_has_its_own_where_layouts_differ() {
    let rows = rows();
    let mut own = 0;
    for function in FUNCTIONS {
        let row = rows.iter().find(|row| row.0 == UNSTABLE && row.1 == function.name);
        let is_own = function.unstable_symbol.is_some_and(|symbol| symbol != function.snapshot_symbol);
        assert_eq!(row.is_some(), is_own, "{}", function.name);
        if let Some((.., parameters)) = row {
            assert_eq!(parameters, function.parameters, "{}", function.name);
            own += 1;
        }
    }
    assert_eq!(own, 4);
}

#[test]
fn symbols_are_those_of_the_abi() {
    for symbol in [SETUP_SYMBOL, SETUP_WITH_LISTENERS_SYMBOL] {
        assert!(address_of(symbol).is_some_and(|address| address != 0), "{symbol}");
    }
    for (module, name, address, _) in rows() {
        let (_, symbol) = find(module, name).expect("it is in the ABI");
        if let Some(linked) = address_of(symbol) {
            assert_eq!(linked, address, "{symbol}");
        }
    }
    assert_eq!(
        address_of(find(SNAPSHOT_PREVIEW1, "proc_exit").expect("it is there").1),
        Some(process::proc_exit as *const () as usize)
    );
}
