//! Proof at compile time that the bodies here have the signatures and symbols that the ABI's
//! table of runtime functions states. Nothing of this is in the compiled runtime.

use wasmwright_abi::exception::{Exception, TagRecord};
use wasmwright_abi::for_each_runtime_function;
use wasmwright_abi::instance::{InstanceHeader, MemoryRecord, SegmentRecord, TableRecord};
use wasmwright_abi::runtime_function::RuntimeFunction;

use crate::same_text;

/// The body of each row, by the row's name.
macro_rules! bodies {
    ($($name:ident = $module:ident :: $symbol:ident;)*) => {
        mod body {
            $(pub use crate::$module::$symbol as $name;)*
        }

        const _: () = {
            let bodies = [$((RuntimeFunction::$name, stringify!($symbol))),*];
            assert!(bodies.len() == RuntimeFunction::ALL.len());
            let mut index = 0;
            while index < bodies.len() {
                assert!(same_text(bodies[index].0.symbol(), bodies[index].1));
                index += 1;
            }
        };
    };
}

bodies! {
    MemoryGrow = memory::wasmwright_memory_grow;
    TableGrow = table::wasmwright_table_grow;
    TableFill = table::wasmwright_table_fill;
    TableCopy = table::wasmwright_table_copy;
    TableInit = table::wasmwright_table_init;
    TableWrite = table::wasmwright_table_write;
    UnknownImport = trap::wasmwright_unknown_import;
    Raise = trap::wasmwright_raise;
    ExceptionNew = exception::wasmwright_exception_new;
    ExceptionRelease = exception::wasmwright_exception_release;
    ExceptionThrown = exception::wasmwright_exception_thrown;
    ExceptionLeft = exception::wasmwright_exception_left;
    ExceptionAdopt = exception::wasmwright_exception_adopt;
    Throw = exception::wasmwright_throw;
}

macro_rules! check_signatures {
    ($($(#[$doc:meta])* $name:ident, $symbol:literal, ($($parameter:ty),*) -> $result:ty;)*) => {
        $(const _: unsafe extern "C" fn($($parameter),*) -> $result = body::$name;)*
    };
}

for_each_runtime_function!(check_signatures);
