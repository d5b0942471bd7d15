//! `--link`: modules that become one program, and what is refused.

mod common;

use common::Folder;

const MAIN: &str = r#"(module (import "lib" "double" (func $double (param i32) (result i32)))
    (func (export "run") (param i32) (result i32) (call $double (call $double (local.get 0)))))"#;
const LIB: &str = r#"(module (func $double (export "double") (param i32) (result i32)
    (if (i32.gt_u (local.get 0) (i32.const 1000)) (then (unreachable)))
    (i32.mul (local.get 0) (i32.const 2))))"#;

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("main.wat", MAIN);
    folder.write("lib.wat", LIB);
    folder
}

#[test]
fn linked_modules_are_one_program() {
    let folder = folder();
    let link = ["--link", "lib=lib.wat", "--invoke", "run"];
    folder.succeed(&[&["compile", "main.wat", "-MD", "-o", "main"][..], &link].concat());
    let rule = std::fs::read_to_string(folder.path("main.d")).unwrap();
    assert_eq!(rule, "main: main.wat lib.wat\n");
    let run = |argument: &str| folder.execute(&[&["run"][..], &link, &["main.wat", argument]].concat());
    assert_eq!(run("10").output, "40\n");
    // A change of the linked module is seen.
    folder.write("lib.wat", LIB.replace("(i32.const 2)", "(i32.const 3)"));
    assert_eq!(run("10").output, "90\n");
    let report = run("1001");
    assert!(report.errors.contains("0: double (lib function 0, offset 0x"), "{}", report.errors);
    // Elsewhere, by others.
    folder.succeed(&[&["compile", "main.wat", "--emit", "build-plan", "-o", "plan"][..], &link].concat());
}

#[test]
fn what_does_not_link_is_refused() {
    let folder = folder();
    folder.fail(&["compile", "main.wat"], 1, "function `lib.double`");
    let malformed = folder.execute(&["compile", "main.wat", "--link", "lib"]);
    assert!(malformed.status == Some(2) && malformed.errors.contains("NAME=FILE"), "{}", malformed.errors);
    folder.fail(&["compile", "main.wat", "--link", "lib=none.wat"], 1, "none.wat");
    folder.fail(&["compile", "main.wat", "--link", "lib=lib.wat", "--link", "other=lib.wat"], 1, "`other`");
    folder.fail(&["compile", "main.wat", "--link", "lib=main.wat"], 1, "does not export");
    folder.write("broken.wat", "(module (func (result i32)))");
    folder.fail(&["compile", "main.wat", "--link", "lib=broken.wat"], 1, "module `lib`");
    folder.write("circle.wat", r#"(module (import "two" "f" (func)))"#);
    folder.write("two.wat", r#"(module (import "lib" "f" (func)))"#);
    let circle = ["--link", "lib=circle.wat", "--link", "two=two.wat"];
    folder.fail(&[&["compile", "main.wat"][..], &circle].concat(), 1, "`lib` from `two` from `lib`");
}
