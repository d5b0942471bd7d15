//! Globals: place, and the value where it is known.

use super::exposure::ModuleExposure;
use super::imports::ImportBinding;
use super::instance_layout::Allocator;
use super::{InstanceModel, ModulePlan, Place};
use crate::frontend::ParsedModule;
use crate::frontend::const_expr::ConstValue;
use crate::frontend::index::GlobalIndex;
use crate::frontend::module::Item;
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

pub(super) fn plan(
    parsed: &ParsedModule<'_>,
    imports: &[ImportBinding],
    earlier: &[ModulePlan<'_>],
    exposed: &ModuleExposure,
    model: InstanceModel,
    layout: &mut Allocator,
) -> Vec<GlobalPlan> {
    let mut plans: Vec<GlobalPlan> = Vec::with_capacity(parsed.globals.len());
    for (index, global) in parsed.globals.iter().enumerate() {
        let plan = match global.import {
            Some(position) => import(position, &imports[position], earlier, model, layout),
            None => {
                let bytes = global.ty.bytes();
                let known =
                    |index: GlobalIndex| plans.get(index.index()).and_then(GlobalPlan::constant_value);
                GlobalPlan {
                    ty: global.ty,
                    place: Place::Own(layout.room(bytes, bytes)),
                    initial: global.init.as_ref().and_then(|init| init.evaluate(known)),
                    constant: !global.mutable || !exposed.written_globals.contains(&GlobalIndex::from(index)),
                }
            }
        };
        plans.push(plan);
    }
    plans
}

fn import(
    position: usize,
    binding: &ImportBinding,
    earlier: &[ModulePlan<'_>],
    model: InstanceModel,
    layout: &mut Allocator,
) -> GlobalPlan {
    let ImportBinding::Linked(definition) = binding else {
        unreachable!("only functions are provided by the host")
    };
    let Item::Global(index) = definition.item else { unreachable!("imports were matched by kind") };
    let provider = &earlier[definition.module].globals[index.index()];
    GlobalPlan {
        place: Place::imported(provider.place, definition.module, position, model, layout),
        // A function is known by its index in the other module only.
        initial: provider.initial.filter(|value| !matches!(value, ConstValue::Function(_))),
        ..*provider
    }
}
