//! A plan and the outcomes of its operations → a verdict on each directive.

use super::execute::{Answer, Answered};
use super::plan::{Decision, Expectation, Plan, Verdict, same_class};
use super::value::Pattern;
use wasmwright_abi::script::status;
use wasmwright_abi::trap::Trap;

/// The verdicts, in the order of the directives, from the answers to the operations.
pub fn judge(plan: &Plan, answers: &[Answer]) -> Vec<Verdict> {
    let verdict = |decision: &Decision| match decision {
        Decision::Made(verdict) => verdict.clone(),
        Decision::Outcome { operation, expected } => match &answers[*operation] {
            Ok(outcome) => judge_outcome(expected, outcome),
            Err(why) => Verdict::Failed(why.clone()),
        },
    };
    plan.directives.iter().map(|directive| verdict(&directive.decision)).collect()
}

fn judge_outcome(expected: &Expectation, outcome: &Answered) -> Verdict {
    let results = &outcome.results;
    let returned = outcome.status == status::RETURNED;
    let holds = match expected {
        Expectation::Success => returned,
        Expectation::Results(patterns) => {
            returned
                && patterns.len() == results.len()
                && patterns.iter().zip(results).all(|(pattern, slot)| pattern.matches(*slot))
        }
        Expectation::Trap(message) => {
            Trap::from_code(outcome.status).is_some_and(|trap| same_class(trap.message(), message))
        }
    };
    if holds {
        return Verdict::Passed;
    }
    Verdict::Failed(format!("expected {}, got {}", describe(expected), describe_outcome(outcome)))
}

fn describe(expected: &Expectation) -> String {
    match expected {
        Expectation::Success => "it to return".into(),
        Expectation::Results(patterns) => list(patterns.iter().map(Pattern::to_string)),
        Expectation::Trap(message) => format!("the trap `{message}`"),
    }
}

fn describe_outcome(outcome: &Answered) -> String {
    match outcome.status {
        status::RETURNED => list(outcome.results.iter().map(|[low, high]| match high {
            0 => format!("{low:#x}"),
            _ => format!("{high:#x}_{low:016x}"),
        })),
        status::NO_SUCH_MODULE => "no such instance".into(),
        status::NO_SUCH_EXPORT => "no such export".into(),
        status::WRONG_ARGUMENTS => "a function of other parameters".into(),
        status::OUT_OF_RESOURCES => "no memory for the instance".into(),
        code => match Trap::from_code(code) {
            Some(trap) => format!("the trap `{}`", trap.message()),
            None => format!("the unknown status {code}"),
        },
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("({})", items.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::super::execute::Execution;
    use super::super::plan::Directive;
    use super::*;
    use wasmwright_abi::instance::ValueSlot;
    use wasmwright_abi::script::Outcome;

    fn number(value: u64) -> Pattern {
        Pattern::Bits { mask: u64::MAX.into(), value: value.into() }
    }

    #[test]
    fn results_must_agree_in_number_and_value() {
        let expected = Expectation::Results(vec![number(1), number(2)]);
        let judged =
            |slots: &[ValueSlot]| judge_outcome(&expected, &Answered { status: 0, results: slots.into() });
        assert_eq!(judged(&[[1, 0], [2, 9]]), Verdict::Passed, "a scalar has no upper half");
        assert_ne!(judged(&[[1, 0], [3, 0]]), Verdict::Passed);
        assert_ne!(judged(&[[1, 0]]), Verdict::Passed);
        assert_ne!(judged(&[[1, 0], [2, 0], [0, 0]]), Verdict::Passed);
    }

    #[test]
    fn a_crash_fails_the_directive_that_it_ended_and_those_after_it() {
        let directive = |operation| Directive {
            line: operation + 1,
            keyword: "invoke",
            decision: Decision::Outcome { operation, expected: Expectation::Success },
        };
        let plan = Plan {
            modules: Vec::new(),
            operations: Vec::new(),
            operation_count: 3,
            directives: (0..3).map(directive).collect(),
        };
        let mut outcomes = Vec::new();
        Outcome { status: status::RETURNED, results: &[] }.encode(&mut outcomes);
        outcomes.extend([0; 100]);
        let verdicts = judge(&plan, &Execution { outcomes, trouble: "signal 11".into() }.answers(3));
        assert_eq!(verdicts[0], Verdict::Passed);
        assert!(matches!(&verdicts[1], Verdict::Failed(why) if why.contains("signal 11")));
        assert!(matches!(&verdicts[2], Verdict::Failed(why) if why.contains("before")));
    }

    #[test]
    fn a_trap_must_be_of_the_class_of_its_message() {
        let judged = |message: &str, trap: Trap| {
            let outcome = Answered { status: trap as u32, results: Vec::new() };
            judge_outcome(&Expectation::Trap(message.into()), &outcome) == Verdict::Passed
        };
        assert!(judged("uninitialized", Trap::UninitializedElement));
        assert!(judged("uninitialized element 7", Trap::UninitializedElement));
        assert!(!judged("undefined element", Trap::UninitializedElement));
        assert!(!judged("out of bounds table access", Trap::MemoryOutOfBounds));
        let returned = Answered { status: status::RETURNED, results: Vec::new() };
        assert_ne!(judge_outcome(&Expectation::Trap("unreachable".into()), &returned), Verdict::Passed);
        let trapped = Answered { status: Trap::Unreachable as u32, results: Vec::new() };
        assert_ne!(judge_outcome(&Expectation::Success, &trapped), Verdict::Passed);
    }
}
