//! Index newtypes, one per index space, so that a type index never reaches a function table.

macro_rules! index_types {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            /// Position in a vector that holds this whole index space.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl From<usize> for $name {
            fn from(index: usize) -> Self {
                Self(u32::try_from(index).expect("wasm index spaces fit u32"))
            }
        }
    )*};
}

index_types! {
    /// A type of the type section.
    TypeIndex
    /// A function, imported or defined.
    FuncIndex
    /// A function with a body: [`FuncIndex`] less the imported ones.
    DefinedFuncIndex
    /// A table.
    TableIndex
    /// A memory.
    MemoryIndex
    /// A global.
    GlobalIndex
    /// A tag.
    TagIndex
    /// An element segment.
    ElemIndex
    /// A data segment.
    DataIndex
}
