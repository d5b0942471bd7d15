//! Globals: place, and the value where it is known.

use super::{ModuleContext, Place};
use crate::frontend::const_expr::ConstValue;
use crate::frontend::index::GlobalIndex;
use crate::frontend::module::{Global, Item};
use crate::frontend::types::ValueType;

/// A global.
#[derive(Clone, Copy, Debug)]
pub struct GlobalPlan {
    /// Type of its value.
    pub ty: ValueType,
    /// Where it is.
    pub place: Place,
    /// Initial value, where it is known at compile time.
    pub initial: Option<ConstValue>,
    /// Whether nothing ever changes it.
    pub constant: bool,
}

impl GlobalPlan {
    /// The value that every read gives.
    pub fn constant_value(&self) -> Option<ConstValue> {
        self.initial.filter(|_| self.constant)
    }
}

pub(super) fn plan(cx: &mut ModuleContext<'_, '_>) -> Vec<GlobalPlan> {
    let mut plans: Vec<GlobalPlan> = Vec::with_capacity(cx.parsed.globals.len());
    for (index, global) in cx.parsed.globals.iter().enumerate() {
        let plan = match global.import {
            Some(position) => import(global, position, cx),
            None => {
                let bytes = global.ty.bytes();
                let known =
                    |index: GlobalIndex| plans.get(index.index()).and_then(GlobalPlan::constant_value);
                GlobalPlan {
                    ty: global.ty,
                    place: Place::Own(cx.layout.room(bytes, bytes)),
                    initial: global.init.as_ref().and_then(|init| init.evaluate(known)),
                    constant: !global.mutable
                        || !cx.exposed.written_globals.contains(&GlobalIndex::from(index)),
                }
            }
        };
        plans.push(plan);
    }
    plans
}

fn import(global: &Global, position: usize, cx: &mut ModuleContext<'_, '_>) -> GlobalPlan {
    let Some(definition) = cx.linked(position) else { return provided(global, position, cx) };
    let Item::Global(index) = definition.item else { unreachable!("imports were matched by kind") };
    let provider = cx.earlier[definition.module].globals[index.index()];
    GlobalPlan {
        place: cx.imported_place(provider.place, definition.module, position),
        // A function is known by its index in the other module only.
        initial: provider.initial.filter(|value| !matches!(value, ConstValue::Function(_))),
        ..provider
    }
}

/// A global of the host: a mutable one is where the host says, of another there is a copy.
fn provided(global: &Global, position: usize, cx: &mut ModuleContext<'_, '_>) -> GlobalPlan {
    let bytes = global.ty.bytes();
    let place = match global.mutable {
        true => Place::Slot(cx.layout.slot(position)),
        false => Place::Own(cx.layout.room(bytes, bytes)),
    };
    GlobalPlan { ty: global.ty, place, initial: None, constant: !global.mutable }
}
