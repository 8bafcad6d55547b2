//! The program in `docs/c-api.md` compiles without a warning, runs, and answers what it should.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::Command;

fn program() -> String {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/c-api.md")).unwrap();
    let program = page.split("```c\n").nth(1).and_then(|rest| rest.split("```").next());
    program.expect("docs/c-api.md has a program").to_owned()
}

#[test]
fn the_program_in_the_documentation_runs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let (source, binary) = (folder.path().join("program.c"), folder.path().join("program"));
    std::fs::write(&source, program()).unwrap();
    let library = std::env::current_exe().unwrap().with_file_name("libdeberta.so");
    for name in ["libdeberta.so", "libdeberta.so.0"] {
        std::os::unix::fs::symlink(&library, folder.path().join(name)).unwrap();
    }
    let compiled = Command::new("gcc")
        .args(["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"])
        .arg("-I")
        .arg(root.join("include"))
        .arg(&source)
        .arg("-L")
        .arg(folder.path())
        .args(["-ldeberta", "-o"])
        .arg(&binary)
        .output()
        .expect("gcc; install it");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));

    let run = |arguments: &[&str]| {
        let mut command = Command::new(&binary);
        command.current_dir(root).env("LD_LIBRARY_PATH", folder.path()).args(arguments);
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (status, output, messages) = run(&[]);
    assert_eq!((status, messages.as_str()), (Some(0), ""), "{output}");
    assert!(
        output.to_lowercase().contains("\nrust 0.") || output.to_lowercase().contains("\nrust 1."),
        "{output}"
    );
    assert!(output.contains("floats for two rows"), "{output}");
    assert!(output.contains("decoded: fn main() { println!"), "{output}");
    let (status, output, messages) = run(&["nowhere"]);
    assert_eq!((status, output.as_str()), (Some(1), ""));
    assert!(messages.starts_with("NOT_FOUND: ") && messages.contains("nowhere"), "{messages}");
}
